import pytest

from experiments.cluster import scheduler
from experiments.cluster.scheduler import SchedulerError, ask, largest_array, listed, outside_environment, submit
from experiments.cluster.settings import Scheduler


def test_nothing_of_an_allocation_is_inherited_but_where_the_scheduler_is():
    inherited = {name: "1" for name in ("SLURM_JOB_ID", "SLURM_CPU_BIND", "SBATCH_PARTITION", "PMI_RANK", "PMIX_ID")}
    inherited |= {"SLURMD_NODENAME": "1", "PBS_JOBID": "1", "PBS_O_WORKDIR": "1", "SQUEUE_FORMAT": "1"}
    kept = {"SLURM_CONF": "/etc/slurm.conf", "PATH": "/bin", "HOME": "/", "PBS_EXEC": "/opt/pbs", "PMC": "1"}
    assert outside_environment(inherited | kept) == kept


def test_a_list_of_tasks_is_read_with_and_without_indices():
    assert listed("hw1-1a2b3c4d-0 3\nhw1-1a2b3c4d-0 12\nhw1-1a2b3c4d-1\nother N/A\n\n") == {
        ("hw1-1a2b3c4d-0", "3"),
        ("hw1-1a2b3c4d-0", "12"),
        ("hw1-1a2b3c4d-1", ""),
        ("other", ""),
    }


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", True),
        ("Unable to contact slurm controller (connect failure)", True),
        ("Zero Bytes were transmitted or received", True),
        ("sbatch: error: invalid partition specified: gpu", False),
        ("Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)", False),
    ],
)
def test_a_refusal_is_told_from_a_reply_that_was_lost(said, lost):
    answer = ask(["sh", "-c", 'echo "$0" >&2; exit 1', said])
    assert (answer.ok, answer.lost) == (False, lost)
    assert answer.text == said


def test_a_scheduler_that_hangs_has_lost_its_reply(monkeypatch):
    monkeypatch.setattr(scheduler, "PATIENCE", 0.1)
    answer = ask(["sleep", "5"])
    assert (answer.ok, answer.lost) == (False, True)


def test_a_command_that_is_not_there_is_named():
    with pytest.raises(SchedulerError, match=r"no-such-sbatch: cannot be run .*\[cluster\] of homework\.toml"):
        ask(["no-such-sbatch"])


@pytest.mark.parametrize(
    ("limits", "largest"),
    [
        (("echo", "MaxArraySize   = 101"), 100),
        (("echo", "x"), 1000),
        ((), 1000),
        (("no-such-scontrol",), 1000),
    ],
)
def test_an_array_is_as_large_as_the_scheduler_allows(limits, largest):
    assert largest_array(Scheduler(limits=limits)) == largest


def test_without_arrays_every_task_is_submitted_by_itself():
    assert largest_array(Scheduler(submit=("qsub", "-N", "{name}"))) == 1


def test_what_is_known_of_an_array_is_filled_in(tmp_path):
    words = Scheduler(
        submit=("echo", "-N{name}", "-J{array}", "{threads}"), options=("-q{threads}", "{log}"), at_once=4
    )
    answer = submit(words, tmp_path / "a.sh", "hw1-1a2b3c4d-0", 10, 8, tmp_path / "log")
    assert answer.text == f"-Nhw1-1a2b3c4d-0 -J0-9%4 8 -q8 {tmp_path}/log {tmp_path}/a.sh"
