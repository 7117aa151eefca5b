"""Templates as Python code: compiled once, kept as Python keeps its own modules, in a __pycache__ beside them."""

from contextlib import suppress
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from experiments.disk.files import write_atomically
from experiments.disk.records import StoreError, read_stamped, stamped
from report.toolchain import toolchain


class CompiledTemplates(BytecodeCache):
    """In memory for the second edition, which is made from the same templates, and in files for the next report.

    A file counts only for the template's own text and for the code and libraries that compiled it. Where none can be
    written, templates are compiled every time; so are those of other folders than `folder`.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._codes: dict[tuple[str, str], CodeType | None] = {}
        self._files: dict[str, Path] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """The bucket of a template, empty if it is to be compiled."""
        languages = "".join(environment.shown)  # type: ignore[attr-defined]  # they change the code, see Notation
        key = f"{languages}-{self.get_cache_key(name, filename)}"
        if filename is not None and Path(filename).is_relative_to(self._folder):
            self._files[key] = self._folder / "__pycache__" / f"{key}.jinja"
        bucket = Bucket(environment, key, self.get_source_checksum(f"{toolchain()}\n{source}"))
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket from memory or from its file."""
        if (key := (bucket.key, bucket.checksum)) in self._codes:
            bucket.code = self._codes[key]
        elif file := self._files.get(bucket.key):
            with suppress(OSError, StoreError):  # not there, or damaged
                bucket.bytecode_from_string(read_stamped(file))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self._codes[bucket.key, bucket.checksum] = bucket.code
        if file := self._files.get(bucket.key):
            with suppress(OSError):
                write_atomically(file, stamped(bucket.bytecode_to_string()))
