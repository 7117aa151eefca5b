import pytest

from experiments.cluster.settings import Scheduler, SettingsError, read_scheduler

WRONG = {
    "submitt": (["qsub"], "unknown key 'submitt'; did you mean submit"),
    "at_once": (-1, "at_once must be a whole number of at least 0"),
    "alive": ([], "alive is empty"),
    "cancel": ("qdel", "cancel must be a list of words"),
    "submit": (["qsub", "{job}"], "unknown {job}; known are {array}, {log}, {name}, {threads}"),
    "options": (["-l {"], "cannot be filled in"),
    "index": ("a b", "index must be the name of a variable"),
}


def test_without_a_table_the_commands_are_slurms():
    scheduler = read_scheduler({}, "homework.toml")
    assert scheduler == Scheduler()
    assert [command[0] for command in (scheduler.submit, scheduler.alive, scheduler.cancel)] == [
        "sbatch",
        "squeue",
        "scancel",
    ]
    assert "--requeue" in scheduler.submit


def test_what_the_table_says_replaces_slurms():
    scheduler = read_scheduler({"options": ["--partition=gpu"], "setup": ["module load python"], "at_once": 4}, "f")
    assert (scheduler.options, scheduler.setup, scheduler.at_once) == (("--partition=gpu",), ("module load python",), 4)
    assert scheduler.submit == Scheduler().submit


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_setting_is_named(key):
    value, message = WRONG[key]
    with pytest.raises(SettingsError) as error:
        read_scheduler({key: value}, "homework.toml")
    assert str(error.value).startswith("homework.toml: [cluster] ")
    assert message in str(error.value)


def test_something_else_than_a_table_is_refused():
    with pytest.raises(SettingsError, match=r"cluster must be a table, got 'slurm'; write it below a line \[cluster\]"):
        read_scheduler("slurm", "homework.toml")
