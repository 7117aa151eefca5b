from io import StringIO

from rich.console import Console

from experiments.progress import Progress
from experiments.store import RunId

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
    assert lines[0] == "[1/2] imagenet10/cnn seed 0: cached"
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
    assert first.startswith("[1–3/4] softmax, 3 runs  epoch 1/10  train loss")
    assert second.startswith("[4/4] imagenet10/cnn seed 1  epoch 1/10  train loss")


def test_a_message_is_never_read_as_markup():
    out = StringIO()
    progress = Progress(Console(file=out, width=160))
    progress.warn("class [red]x[/red]")
    progress.fail("no [/] there")
    assert out.getvalue() == "warning: class [red]x[/red]\nerror: no [/] there\n"
