"""Renders the report again whenever something that it is made of is saved, and shows its HTML edition in a browser.

The report itself holds nothing of this: it stands in a frame that reloads it.
"""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import watchfiles

FRAME = """<!DOCTYPE html>
<html lang="zh-Hans"><meta charset="utf-8"><title>HW1-DL --watch</title>
<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100%; display: block; overflow: hidden; }</style>
<iframe src="/report" title="报告 Report"></iframe>
<script>
  const report = document.querySelector("iframe").contentWindow;
  new EventSource("/changes").onmessage = () => report.location.reload();
</script></html>
"""
_PATIENCE = 20.0  # seconds; so often a waiting browser is asked whether it is still there


def watch(
    render: Sequence[str],
    sources: Sequence[Path],
    out: Path,
    say: Callable[[str], None],
    stop: threading.Event | None = None,
) -> None:
    """Run the command `render` now and after every change in `sources`, and serve the newest report in `out`.

    Each rendering is a process of its own: changed code is loaded anew, and a fault in it does not end the watch.
    Ends by KeyboardInterrupt, or when `stop` is set.
    """
    with served(out) as frame:

        def again() -> None:
            start = time.monotonic()

            def shown() -> None:
                frame.reload()
                say(f"shown after {time.monotonic() - start:.1f} s at {frame.address}")

            if _run(render, frame.written, shown) == 0:
                say(f"rendered in {time.monotonic() - start:.1f} s")
            say("waiting for the next change; Ctrl-C ends")

        # Watching begins before the first rendering, so that nothing saved during it is missed: the first yield is
        # a time-out, of no changes.
        rendered = False
        for changes in watchfiles.watch(
            *_folders(sources),
            watch_filter=_Among(sources),
            recursive=False,
            debounce=200,
            rust_timeout=100,
            yield_on_timeout=True,
            stop_event=stop,
        ):
            if changes:
                say(f"saved: {', '.join(sorted({Path(path).name for _, path in changes}))}")
            if changes or not rendered:
                again()
                rendered = True


def _run(command: Sequence[str], state: Callable[[], object], changed: Callable[[], None]) -> int:
    """Run a command and call `changed` whenever `state` gives another value; returns the exit code."""
    before = state()
    with subprocess.Popen(command) as child:
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(0.05)
                if (now := state()) != before:
                    before = now
                    changed()
                if child.returncode is not None:
                    return child.returncode
        except BaseException:  # Ctrl-C, which also the child gets, on a terminal
            child.terminate()  # it then removes its temporary folders
            try:
                child.wait(3)
            except subprocess.TimeoutExpired:
                child.kill()
            raise


def _folders(sources: Sequence[Path]) -> set[Path]:
    """What the system is asked to watch: folders, since an editor that replaces a file takes it out of its sight."""
    inner = {path for source in sources for path in source.rglob("*") if path.is_dir()}
    return inner | {source if source.is_dir() else source.parent for source in sources}


class _Among(watchfiles.DefaultFilter):
    """Lets changes in the sources pass, but for what Python and editors leave beside them."""

    def __init__(self, sources: Sequence[Path]):
        super().__init__()
        self._sources = [source.resolve() for source in sources]

    def __call__(self, change: watchfiles.Change, path: str) -> bool:
        changed = Path(path).resolve()
        return super().__call__(change, path) and any(changed.is_relative_to(source) for source in self._sources)


class Frame(ThreadingHTTPServer):
    """Serves, on this machine alone, the newest report of a folder in a frame that reloads it."""

    daemon_threads = True

    def __init__(self, out: Path):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.out = out
        self.version = 0  # of what is shown
        self.changed = threading.Condition()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def address(self) -> str:
        return f"http://{self.host}/"

    def reload(self) -> None:
        """Have every browser that shows the report load it again."""
        with self.changed:
            self.version += 1
            self.changed.notify_all()

    def next_version(self, told: int) -> int:
        """The version that follows `told` once it is there, or `told` when patience is at an end."""
        with self.changed:
            self.changed.wait_for(lambda: self.version > told, _PATIENCE)
            return self.version

    def written(self) -> int:
        """When the newest HTML edition in the folder was written, in ns; 0 if there is none yet."""
        return max((path.stat().st_mtime_ns for path in self.out.glob("*.html")), default=0)

    def report(self) -> bytes | None:
        """The newest HTML edition in the folder, None if there is none yet."""
        found = sorted(self.out.glob("*.html"), key=lambda path: path.stat().st_mtime)
        return found[-1].read_bytes() if found else None


@contextmanager
def served(out: Path) -> Iterator[Frame]:
    """A Frame that answers until the block is left."""
    with Frame(out) as frame:
        threading.Thread(target=frame.serve_forever, daemon=True).start()
        try:
            yield frame
        finally:
            frame.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: Frame

    def do_GET(self) -> None:
        with suppress(ConnectionError):  # a browser that loads again, or is closed, meanwhile
            self._answer()

    def _answer(self) -> None:
        if self.path == "/changes":
            self._tell_changes()
            return
        page = {"/": FRAME.encode(), "/report": self.server.report()}.get(self.path)
        if page is None or self.headers["Host"] != self.server.host:  # another site under a name that leads here
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._head("text/html; charset=utf-8")
        self.wfile.write(page)

    def _tell_changes(self) -> None:
        """One server-sent event for every new version, until the browser goes away."""
        self._head("text/event-stream")
        frame = self.server
        told = frame.version
        while True:
            now = frame.next_version(told)
            self.wfile.write(b": still here\n\n" if now == told else b"data: %d\n\n" % now)
            told = now

    def _head(self, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: each request is the browser's own."""
