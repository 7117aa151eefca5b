"""--watch: what is saved is rendered, and a browser that shows the report shows it again."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import urlopen

import pytest

from report.watch import served, watch
from tests.report.page.test_screen import chromium  # noqa: F401  # a fixture
from tests.synthetic import write_results

ROOT = Path(__file__).resolve().parents[2]
RENDER = """
import pathlib, sys
source, out = map(pathlib.Path, sys.argv[1:])
text = source.read_text()
assert "fault" not in text
out.write_text(f"<!DOCTYPE html><p>{text}</p>")
"""


def until(holds, seconds=30):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def watched(tmp_path):
    """A source that is watched, and what was said."""
    source, out = tmp_path / "sources" / "page.txt", tmp_path / "out"
    source.parent.mkdir()
    out.mkdir()
    source.write_text("first")
    said: list[str] = []
    stop = threading.Event()
    render = [sys.executable, "-c", RENDER, str(source), str(out / "report.html")]
    thread = threading.Thread(target=watch, args=(render, [source], out, said.append, stop))
    thread.start()
    until(lambda: any("waiting" in line for line in said))
    yield source, said
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def state(said):
    """What the frame in a browser is told."""
    with urlopen(re.search(r"http://\S+", " ".join(said))[0] + "state") as answer:
        return json.load(answer)


def test_a_browser_shows_what_was_saved_without_being_asked(watched, chromium):  # noqa: F811
    source, said = watched
    address = re.search(r"http://\S+", " ".join(said))[0]
    page = chromium.new_page()
    page.goto(address)
    report = page.frame_locator("iframe")
    report.get_by_text("first").wait_for()
    source.write_text("second")
    report.get_by_text("second").wait_for()
    beside = source.with_name("new")  # as editors save
    beside.write_text("third")
    beside.replace(source)
    report.get_by_text("third").wait_for()
    source.write_text("fourth")
    report.get_by_text("fourth").wait_for()
    page.close()


def test_a_fault_does_not_end_the_watch(watched):
    source, said = watched
    source.write_text("a fault")
    until(lambda: said[-1].startswith("waiting") and "saved: page.txt" in said)
    rendered = sum(line.startswith("rendered") for line in said)
    assert rendered == 1
    assert "AssertionError" in state(said)["fault"]
    source.write_text("fixed")
    until(lambda: sum(line.startswith("rendered") for line in said) == 2)
    until(lambda: state(said)["fault"] == "")


def test_a_new_run_is_a_change_and_its_checkpoint_is_none(tmp_path):
    results, stop, said = tmp_path / "results", threading.Event(), []
    run = results / "softmax" / "wrong" / "seed-0"

    def say(line):
        said.append(line)
        if line.startswith("waiting") and not run.exists():
            run.mkdir(parents=True)
            (run / "checkpoint").write_text("")
            threading.Timer(0.3, (run / "run.json").write_text, ["{}"]).start()
        elif line.startswith("waiting"):
            stop.set()

    source = tmp_path / "page.txt"
    watch([sys.executable, "-c", ""], [source], tmp_path, say, stop, results=results)
    assert said.count("new results") == 1
    assert sum(line.startswith("rendered") for line in said) == 2


def test_what_is_saved_during_the_first_rendering_is_not_missed(tmp_path):
    source, stop, said = tmp_path / "page.txt", threading.Event(), []
    source.write_text("first")

    def say(line):
        said.append(line)
        if line.startswith("rendered"):  # the first rendering has ended, and nothing waits for changes yet
            source.write_text("second")
        if line.startswith("saved"):
            stop.set()

    thread = threading.Thread(target=watch, args=([sys.executable, "-c", ""], [source], tmp_path, say, stop))
    thread.start()
    thread.join(20)
    stop.set()
    assert "saved: page.txt" in said


def test_the_html_edition_is_shown_while_the_pdf_is_still_being_printed(tmp_path):
    stop, said = threading.Event(), []

    def say(line):
        said.append(line)
        if line.startswith("waiting"):
            stop.set()

    page = tmp_path / "report.html"
    render = f"import pathlib, time; pathlib.Path({str(page)!r}).write_text('x'); time.sleep(1)"
    watch([sys.executable, "-c", render], [tmp_path / "page.txt"], tmp_path, say, stop)
    shown, rendered = (float(re.search(r"(?:after|in) ([\d.]+) s", line)[1]) for line in said[1:3])
    assert said[0] == f"the report is at {re.search('http.*', said[0])[0]}"
    assert said[1].startswith("shown after")
    assert rendered - shown > 0.8


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/report", "localhost:1", 200),
        ("/proxy/8642/report", "127.0.0.1:8642", 200),
        ("/state?x=1", "[::1]:9000", 200),
        ("/", "hw.localhost", 200),
        ("/", "127.0.0.2", 200),
        ("/", "evil.test", 403),
        ("/", "localhost.evil.test:80", 403),
        ("/", "127.0.0.1.evil.test", 403),
        ("/", "evil-localhost", 403),
        ("/", "192.168.0.1", 403),
        ("/", "[", 403),
        ("/", "", 403),
        ("/x", "localhost", 404),
    ],
)
def test_only_the_report_is_served_and_only_to_this_machine(tmp_path, path, host, status):
    (tmp_path / "report.html").write_text("<!DOCTYPE html><p>the report</p>")
    with served(tmp_path) as frame:
        assert frame.server_address[0] == "127.0.0.1"
        connection = HTTPConnection("127.0.0.1", frame.server_port)
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        assert response.status == status
        if status != 200:
            assert frame.address in response.read().decode()
        connection.close()


def test_the_port_is_the_same_again_and_the_next_one_where_it_is_taken(tmp_path):
    with served(tmp_path) as first:
        port = first.server_port
        with served(tmp_path) as second:
            assert second.server_port > port
    with served(tmp_path, port) as again:
        assert again.server_port == port


@pytest.mark.slow
def test_what_is_saved_is_in_the_report_and_ctrl_c_ends(tmp_path):
    results = write_results(tmp_path / "results", per_class=20)
    fields = tmp_path / "homework.toml"
    fields.write_text('name = "Ada"\n')
    args = ["--watch", "--results", results, "--out", tmp_path / "out", "--fields", fields]
    with subprocess.Popen(
        [sys.executable, ROOT / "build.py", *args], stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ
    ) as child:

        def rendered() -> str:
            for line in child.stderr:
                if line.startswith("waiting"):
                    return (tmp_path / "out" / "HW1-DL.html").read_text(encoding="utf-8")
            pytest.fail("the watch ended")

        assert "Ada" in rendered()
        fields.write_text('name = "Grace"\n')
        assert "Grace" in rendered()
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == 130
        assert child.stderr.read().strip().endswith("stopped")
