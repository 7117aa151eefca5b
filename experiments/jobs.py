"""Which runs are trained together, and what that needs of the machine. Free of torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.config import Config, ImageConfig
from experiments.disk.files import sha256
from experiments.models.recipe import resources
from experiments.store.runs import Key, RunId

SEEDS_TOGETHER = 4  # at most, of softmax regression


@dataclass(frozen=True)
class Job:
    """What is trained together: a run, or all softmax variants from some seeds."""

    members: tuple[tuple[RunId, Key], ...]

    @property
    def config(self) -> Config:
        """The first run's settings; what must be the same for all is."""
        return self.members[0][1].config

    @property
    def digest(self) -> str:
        """The first run's key, or a digest of all keys where there are more."""
        digests = [key.digest for _, key in self.members]
        return digests[0] if len(digests) == 1 else sha256("".join(digests).encode())

    @property
    def threads(self) -> int:
        """How many it uses well: on small matrices more of them wait for each other most of the time."""
        return resources(self.config.model).threads if isinstance(self.config, ImageConfig) else 2

    @property
    def memory(self) -> int:
        """Bytes at its peak, besides the images, in proportion to the pixels of a batch."""
        if not isinstance(self.config, ImageConfig):
            return 300 * 2**20
        pixels = self.config.batch_size * max(self.config.eval_size, *(side for _, side in self.config.sizes)) ** 2
        return 300 * 2**20 + pixels * resources(self.config.model).bytes_per_pixel


def jobs(wanted: Sequence[tuple[RunId, Key]]) -> list[Job]:
    """What is trained together, in the order of the first runs.

    Softmax runs from some seeds go together, also those that are stored: the variants that share a product with a run
    can change its last bits, and a checkpoint is of all of them, so that they are always the same.
    """
    together: dict[object, list[tuple[RunId, Key]]] = {}
    for run_id, key in wanted:
        same: object = run_id
        if not isinstance(key.config, ImageConfig):
            same = run_id.experiment, run_id.seed // SEEDS_TOGETHER, key.config.epochs, key.config.batch_size
        together.setdefault(same, []).append((run_id, key))
    return [Job(tuple(members)) for members in together.values()]
