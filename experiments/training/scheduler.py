"""Independent jobs side by side, as many as the machine has threads, devices and memory for."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol, TypeVar

from experiments.limits import NoThreadError

Result = TypeVar("Result")


class StoppedError(Exception):
    """A job was asked to stop before it had ended; not an error of its own."""


@dataclass(frozen=True)
class Share:
    """The part of the machine that one job has to itself."""

    place: int  # index of a device
    threads: int
    memory: int  # bytes


class Machine:
    """Threads, memory and devices that are free.

    threads: of the CPU. memory: bytes for all jobs on the CPU; one alone is never refused. devices: the indices of
    those that one job each may have, or None where jobs share the CPU.
    """

    def __init__(self, threads: int, memory: int, devices: Sequence[int] | None = None):
        self.threads, self._free, self._memory = threads, threads, memory
        self._devices = None if devices is None else list(devices)
        self._jobs = 0

    def take(self, threads: int, memory: int) -> Share | None:
        """A share for a job of this number of threads and bytes of memory; None if there is none now."""
        if self._devices is not None:
            if not self._devices:
                return None
            share = Share(self._devices.pop(0), max(1, self.threads), 0)
        else:
            threads = min(threads, self.threads)
            if threads > self._free or (self._jobs and memory > self._memory):
                return None
            share = Share(0, threads, memory)
            self._free -= threads
            self._memory -= memory
        self._jobs += 1
        return share

    def give_back(self, share: Share) -> None:
        """Free a share again."""
        self._jobs -= 1
        if self._devices is not None:
            self._devices.append(share.place)
            self._devices.sort()
        else:
            self._free += share.threads
            self._memory += share.memory


class Job(Protocol):
    """What the schedule needs to know of a job."""

    @property
    def threads(self) -> int: ...  # as many as it can use well
    @property
    def memory(self) -> int: ...  # bytes


SomeJob = TypeVar("SomeJob", bound=Job)


def side_by_side(
    jobs: Sequence[SomeJob], machine: Machine, work: Callable[[SomeJob, Share, Callable[[], None]], Result]
) -> list[Result]:
    """work(job, share, check) for every job, in threads of their own, begun in order; the results in order.

    The first error, also Ctrl-C, ends all: `check`, which jobs call often, raises StoppedError in the others, and
    what is raised here is that first error. Raises NoThreadError if the system refuses a thread.
    """
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise StoppedError

    results: dict[int, Result] = {}
    waiting = deque(enumerate(jobs))
    running: dict[Future[Result], tuple[int, Share]] = {}
    with ExitStack() as threads:  # its exit waits for all that is running
        try:
            while waiting or running:
                while waiting and (share := machine.take(waiting[0][1].threads, waiting[0][1].memory)):
                    number, job = waiting.popleft()
                    # A thread for each job ends with it, and OpenMP's helpers with the thread: as long as idle ones are
                    # there, those of other jobs do not wait for work but fall asleep.
                    thread = threads.enter_context(ThreadPoolExecutor(1, thread_name_prefix=f"job-{number}"))
                    try:
                        running[thread.submit(work, job, share, check)] = number, share
                    except RuntimeError as error:
                        raise NoThreadError from error
                    thread.shutdown(wait=False)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    number, share = running.pop(future)
                    machine.give_back(share)
                    results[number] = future.result()
        except BaseException:
            stop.set()
            raise
    return [results[number] for number in range(len(jobs))]
