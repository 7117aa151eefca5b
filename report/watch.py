"""Renders the report again whenever something that it is made of is saved, and shows its HTML edition in a browser.

The report itself holds nothing of this: it stands in a frame that asks for its state and loads it again.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import watchfiles

PORT = 8642  # the next free one where it is taken: the address stays the same from one start to the next
_PORTS = 50
# Addresses are relative, so that a proxy may serve the frame below a folder of its own.
FRAME = """<!DOCTYPE html>
<html lang="zh-Hans"><meta charset="utf-8"><title>HW1-DL --watch</title>
<style>
  html, body, iframe { margin: 0; border: 0; width: 100%; height: 100%; display: block; overflow: hidden; }
  pre { position: fixed; inset: 0 0 auto; max-height: 60%; overflow: auto; margin: 0; padding: 1em;
    white-space: pre-wrap; background: #8f1d1d; color: #fff; font: 14px/1.5 monospace; }
</style>
<iframe src="report" title="报告 Report"></iframe><pre role="alert" hidden></pre>
<script>
  const report = document.querySelector("iframe").contentWindow, fault = document.querySelector("pre");
  let shown = null;
  async function ask() {
    try {
      const state = await (await fetch("state", { cache: "no-store" })).json();
      fault.textContent = state.fault;
      fault.hidden = !state.fault;
      if (shown !== null && shown !== state.version) report.location.reload();
      shown = state.version;
    } catch { /* the watch has ended, or begins again */ }
    setTimeout(ask, 300);
  }
  ask();
</script></html>
"""
EMPTY = b"<!DOCTYPE html><meta charset='utf-8'><p>\xe2\x80\xa6</p>"  # until there is a report


def watch(
    render: Sequence[str],
    sources: Sequence[Path],
    out: Path,
    say: Callable[[str], None],
    stop: threading.Event | None = None,
    port: int = PORT,
    results: Path | None = None,
) -> None:
    """Run the command `render` now and after every change in `sources`, and serve the newest report in `out`.

    results: a folder of runs; one that is stored there is a change too.

    Each rendering is a process of its own: changed code is loaded again, and a fault in it does not end the watch; the
    browser shows what it wrote to stderr over the last report. Ends by KeyboardInterrupt, or when `stop` is set.
    """
    with served(out, port) as frame:
        say(f"the report is at {frame.address}")

        def again() -> None:
            start = time.monotonic()

            def shown() -> None:
                say(f"shown after {time.monotonic() - start:.1f} s at {frame.address}")

            code, frame.fault = _run(render, frame.written, shown)
            if code == 0:
                say(f"rendered in {time.monotonic() - start:.1f} s")
            say("waiting for the next change; Ctrl-C ends")

        # Watching begins before the first rendering, so that nothing saved during it is missed: the first yield is
        # a time-out, of no changes.
        runs: object = None
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
            before, runs = runs, _runs(results)
            if rendered and runs != before:
                say("new results")
            if changes or not rendered or runs != before:
                again()
                rendered = True


def _runs(results: Path | None) -> object:
    """What changes when a run is stored; what is written while it trains does not."""
    found = set()
    for path in results.glob("*/*/*/run.json") if results else ():
        with suppress(FileNotFoundError):  # replaced meanwhile
            found.add((path, path.stat().st_mtime_ns))
    return found


def _run(command: Sequence[str], state: Callable[[], object], changed: Callable[[], None]) -> tuple[int, str]:
    """Run a command and call `changed` whenever `state` gives another value.

    Returns the exit code, and what was written to stderr if that is not 0; it goes to our own stderr too.
    """
    before = state()
    lines: list[str] = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as child:
        reader = threading.Thread(target=_pass_on, args=(child.stderr, lines), daemon=True)
        reader.start()
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(0.05)
                if (now := state()) != before:
                    before = now
                    changed()
                if child.returncode is not None:
                    reader.join()
                    return child.returncode, "".join(lines) if child.returncode else ""
        except BaseException:  # Ctrl-C, which also the child gets, on a terminal
            child.terminate()  # it then removes its temporary folders
            try:
                child.wait(3)
            except subprocess.TimeoutExpired:
                child.kill()
            raise


def _pass_on(stream: Iterator[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line)
        sys.stderr.write(line)
        sys.stderr.flush()


def _folders(sources: Sequence[Path]) -> set[Path]:
    """What the system is asked to watch: folders, since an editor that replaces a file takes it out of its sight."""
    inner = {path for source in sources for path in source.rglob("*") if path.is_dir()}
    return inner | {source if source.is_dir() else source.parent for source in sources}


class _Among(watchfiles.DefaultFilter):
    """Lets changes in the sources pass, but for what Python and editors leave next to them."""

    def __init__(self, sources: Sequence[Path]):
        super().__init__()
        self._sources = [source.resolve() for source in sources]

    def __call__(self, change: watchfiles.Change, path: str) -> bool:
        changed = Path(path).resolve()
        return super().__call__(change, path) and any(changed.is_relative_to(source) for source in self._sources)


class Frame(ThreadingHTTPServer):
    """Serves, on this machine alone, the newest report of a folder in a frame that loads it again."""

    daemon_threads = True

    def __init__(self, out: Path, port: int):
        super().__init__(("127.0.0.1", port), _Handler)
        self.out = out
        self.fault = ""  # what the last rendering wrote to stderr, if it failed

    @property
    def address(self) -> str:
        return f"http://localhost:{self.server_port}/"

    def written(self) -> int:
        """When the newest HTML edition in the folder was written, in ns; 0 if there is none yet."""
        return max((path.stat().st_mtime_ns for path in self.out.glob("*.html")), default=0)

    def state(self) -> bytes:
        """What the frame asks for, as JSON: the version of the report, and the fault of the last rendering."""
        return json.dumps({"version": str(self.written()), "fault": self.fault}).encode()

    def report(self) -> bytes:
        """The newest HTML edition in the folder, an empty page if there is none yet."""
        found = sorted(self.out.glob("*.html"), key=lambda path: path.stat().st_mtime)
        return found[-1].read_bytes() if found else EMPTY


def _bound(out: Path, port: int) -> Frame:
    """A Frame at the first free port from `port` on, or at any free one."""
    for candidate in range(port, port + _PORTS):
        with suppress(OSError):
            return Frame(out, candidate)
    return Frame(out, 0)


@contextmanager
def served(out: Path, port: int = PORT) -> Iterator[Frame]:
    """A Frame that answers until the block is left."""
    with _bound(out, port) as frame:
        threading.Thread(target=frame.serve_forever, daemon=True).start()
        try:
            yield frame
        finally:
            frame.shutdown()


def is_local(host: str) -> bool:
    """Whether a Host header names this machine, at any port, as a forwarded one or an editor's proxy does.

    A site that rebinds its name to 127.0.0.1 has another name.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name.rstrip(".").rpartition(".")[2] == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: Frame

    def do_GET(self) -> None:
        with suppress(ConnectionError):  # a browser that loads again, or is closed, meanwhile
            self._answer()

    def _answer(self) -> None:
        if not is_local(self.headers["Host"] or ""):
            self.send_error(HTTPStatus.FORBIDDEN, explain=f"this server answers to {self.server.address} and 127.0.0.1")
            return
        name = urlsplit(self.path).path.rpartition("/")[2]  # a proxy may leave a prefix before it
        if name == "":
            self._send("text/html; charset=utf-8", FRAME.encode())
        elif name == "report":
            self._send("text/html; charset=utf-8", self.server.report())
        elif name == "state":
            self._send("application/json", self.server.state())
        else:
            self.send_error(HTTPStatus.NOT_FOUND, explain=f"the report is at {self.server.address}")

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: each request is the browser's own."""
