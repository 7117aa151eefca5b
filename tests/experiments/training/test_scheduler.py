import threading
import time
from dataclasses import dataclass

import pytest

from experiments.limits import NoThreadError
from experiments.training.scheduler import Machine, StoppedError, side_by_side

GIB = 2**30


@dataclass(frozen=True)
class Job:
    name: str
    threads: int = 1
    memory: int = GIB


def test_jobs_share_the_threads_there_are():
    machine = Machine(threads=4, memory=100 * GIB)
    first, second = machine.take(3, GIB), machine.take(1, GIB)
    assert (first.threads, second.threads) == (3, 1)
    assert machine.take(1, GIB) is None
    machine.give_back(first)
    assert machine.take(3, GIB).threads == 3


def test_a_job_that_could_use_more_threads_than_there_are_takes_all():
    machine = Machine(threads=2, memory=100 * GIB)
    assert machine.take(4, GIB).threads == 2
    assert machine.take(1, GIB) is None


def test_jobs_wait_for_memory_but_one_alone_is_never_refused():
    machine = Machine(threads=8, memory=3 * GIB)
    alone = machine.take(1, 5 * GIB)
    assert alone
    assert machine.take(1, GIB) is None
    machine.give_back(alone)
    shares = [machine.take(1, GIB) for _ in range(4)]
    assert [share is not None for share in shares] == [True, True, True, False]


def test_every_device_takes_one_job():
    machine = Machine(threads=16, memory=0, devices=[0, 2])
    first, second = machine.take(4, GIB), machine.take(4, GIB)
    assert (first.place, second.place) == (0, 2)
    assert machine.take(4, GIB) is None
    machine.give_back(first)
    assert machine.take(4, GIB).place == 0


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_as_many_run_as_have_room_and_the_results_are_in_order(threads):
    now, most, lock = [0], [0], threading.Lock()
    full = threading.Barrier(threads)

    def work(job, share, check):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        full.wait(timeout=30)  # passes only if as many run at once as there are threads
        with lock:
            now[0] -= 1
        return job.name.upper()

    jobs = [Job(f"job{n}") for n in range(2 * threads)]
    assert side_by_side(jobs, Machine(threads, 100 * GIB), work) == [job.name.upper() for job in jobs]
    assert most[0] == threads


def test_the_thread_of_a_job_ends_with_it():
    # With it end OpenMP's helpers, which would slow the jobs after it down.
    alive = []

    def work(job, share, check):
        others = [t for t in threading.enumerate() if t.name.startswith("job-") and t is not threading.current_thread()]
        for thread in others:
            thread.join(timeout=30)
        alive.append(any(thread.is_alive() for thread in others))

    side_by_side([Job(f"job{n}") for n in range(3)], Machine(1, 100 * GIB), work)
    assert alive == [False, False, False]


def test_the_first_error_stops_the_others_and_what_has_not_begun():
    begun = []

    def work(job, share, check):
        begun.append(job.name)
        if job.name == "bad":
            raise ValueError("broken")
        while True:  # till it is stopped
            check()
            time.sleep(0.001)

    with pytest.raises(ValueError, match="broken"):
        side_by_side([Job("endless"), Job("bad"), Job("late")], Machine(2, 100 * GIB), work)
    assert sorted(begun) == ["bad", "endless"]


def test_what_stops_the_waiting_stops_the_jobs(monkeypatch):
    stopped = []

    def work(job, share, check):
        try:
            while True:
                check()
                time.sleep(0.001)
        except StoppedError:
            stopped.append(job.name)
            raise

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.training.scheduler.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        side_by_side([Job("a"), Job("b")], Machine(2, 100 * GIB), work)
    assert sorted(stopped) == ["a", "b"]


def test_a_refused_thread_is_one_clear_error_that_stops_the_jobs(monkeypatch):
    def start(thread):
        if thread.name == "job-1_0":
            raise RuntimeError("can't start new thread")
        real(thread)

    def work(job, share, check):
        while True:
            check()
            time.sleep(0.001)

    real = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(NoThreadError, match="no further thread can be started"):
        side_by_side([Job("endless"), Job("refused")], Machine(2, 100 * GIB), work)
