from io import StringIO

from rich.console import Console

from experiments.progress import Progress
from experiments.store.runs import RunId

RUN = RunId("imagenet10", "cnn", 1)
MEASURED = {"train_loss": 1.5, "val_loss": 1.25, "val_acc": 0.5}


def follow(terminal: bool, width: int = 160) -> str:
    out = StringIO()
    with Progress(Console(file=out, force_terminal=terminal, width=width)) as progress:
        progress.start(2)
        progress.cached(RunId("imagenet10", "cnn", 0))
        followed = progress.follow([RUN], 3, 1)
        for epoch in (2, 3):
            followed.epoch(epoch, MEASURED)
        progress.stop()
    return out.getvalue()


def test_elsewhere_than_on_a_terminal_an_epoch_is_one_plain_line():
    lines = follow(terminal=False).splitlines()
    assert lines[0] == "[1/2] imagenet10/cnn seed 0: stored already"
    assert lines[1] == "[2/2] imagenet10/cnn seed 1: going on after epoch 1 of 3"
    assert lines[2].startswith(
        "[2/2] imagenet10/cnn seed 1  epoch 2/3  train loss 1.5000  val loss 1.2500  val acc 50.00%"
    )
    assert lines[2].endswith("left")
    assert len(lines) == 4


def test_a_terminal_gets_a_bar_with_loss_accuracy_and_time():
    shown = follow(terminal=True, width=80)  # the usual width: nothing is cut
    assert "\x1b[" in shown  # it is redrawn in place
    for part in ("[2/2] cnn seed 1", "━━", "3/3", "loss 1.250 acc 50.0%", "0:00:0"):
        assert part in shown


def test_runs_that_share_a_pass_share_a_line():
    out = StringIO()
    progress = Progress(Console(file=out, width=160))
    progress.start(4)
    together = progress.follow([RunId("softmax", variant, 0) for variant in ("wrong", "double", "corrected")], 10, 0)
    beside = progress.follow([RUN], 10, 0)
    together.epoch(1, MEASURED)
    beside.epoch(1, MEASURED)
    first, second = out.getvalue().splitlines()
    assert first.startswith("[1–3/4] softmax seed 0, 3 runs  epoch 1/10  train loss")
    assert second.startswith("[4/4] imagenet10/cnn seed 1  epoch 1/10  train loss")


def test_a_message_is_never_read_as_markup():
    out = StringIO()
    progress = Progress(Console(file=out, width=160))
    progress.warn("class [red]x[/red]")
    progress.fail("no [/] there")
    assert out.getvalue() == "warning: class [red]x[/red]\nerror: no [/] there\n"


class Clock:
    """time.monotonic by hand."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr("experiments.progress.time.monotonic", lambda: self.now)


def test_the_time_left_of_the_build_counts_the_runs_that_wait(monkeypatch):
    clock, out = Clock(monkeypatch), StringIO()
    progress = Progress(Console(file=out, width=160))
    progress.start(4)
    cnn = [RunId("imagenet10", "cnn", seed) for seed in range(3)]
    progress.expect([*cnn, RunId("imagenet10", "mlp", 0)])
    first = progress.follow(cnn[:1], 10, 0)
    clock.now = 6.0
    first.epoch(1, MEASURED)  # 54 s left of this run, 60 s for each of two others; of the MLP nothing is known
    assert out.getvalue().endswith("54 s left, more than 2 min 54 s left in all\n")
    mlp = progress.follow([RunId("imagenet10", "mlp", 0)], 2, 0)
    clock.now = 16.0
    mlp.epoch(1, MEASURED)  # 10 s left of it; of the CNN still 54 + 120: two side by side need 92 s
    assert out.getvalue().endswith("10 s left, 1 min 32 s left in all\n")


def test_a_terminal_shows_the_time_left_of_the_build(monkeypatch):
    clock, out = Clock(monkeypatch), StringIO()
    cnn = [RunId("imagenet10", "cnn", seed) for seed in range(2)]
    with Progress(Console(file=out, force_terminal=True, width=80)) as progress:
        progress.start(2)
        progress.expect(cnn)
        first = progress.follow(cnn[:1], 1, 0)
        clock.now = 30.0
        first.epoch(1, MEASURED)
        second = progress.follow(cnn[1:], 2, 0)
        clock.now = 45.0
        second.epoch(1, MEASURED)
        progress.stop()
    assert "all runs" in out.getvalue()
    assert "1/2" in out.getvalue()
