"""Checkpoints: how far a job has come, so that a build that was stopped continues from there."""

import io
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch

from experiments.disk.files import write_atomically
from experiments.disk.records import StoreError, UnreadableError, read_stamped, stamped
from experiments.errors import RefusedError
from experiments.jobs import Job
from experiments.training.device import Device
from experiments.training.loop import History, Task, Training


class Checkpoint:
    """The state of a job after an epoch, next to where its first run will be stored.

    Its SHA-256 stands in its first line: torch.load accepts most files in which a bit has flipped.
    """

    def __init__(self, job: Job, results: Path, device: Device):
        folder = job.members[0][0].folder(results)
        self.path = folder.with_name(f".{folder.name}.{job.digest[:16]}.checkpoint")
        self.made_in = f"{device.dtype_name} on {device.kind}"
        self.threads = device.threads if device.kind == "cpu" else 0

    def save(self, task: Task, training: Training) -> None:
        buffer = io.BytesIO()
        torch.save(
            {"made_in": self.made_in, "threads": self.threads, "task": task.state(), "training": asdict(training)},
            buffer,
        )
        write_atomically(self.path, stamped(buffer.getvalue()))

    def restore(self, task: Task, warn: Callable[[str], None], strict: bool = False) -> Training | None:
        """Put a task into the saved state.

        None if there is none; or only a damaged one, which is moved aside; or one made in another precision or on
        another kind of device: of a run that goes on from it, run.json could not say in which it was trained. Raises
        UnreadableError if it cannot be read now; if `strict`, RefusedError for one made elsewhere, also with another
        number of threads.
        """
        if not self.path.exists():
            return None
        try:
            payload = read_stamped(self.path)
        except UnreadableError:
            raise
        except StoreError:
            aside = self.path.with_suffix(".damaged")
            self.path.replace(aside)
            warn(f"{self.path}: damaged; moved aside as {aside.name}, the run starts again")
            return None
        saved = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
        threads = saved.get("threads", self.threads)
        if strict and (saved.get("made_in"), threads) != (self.made_in, self.threads):
            raise RefusedError(
                f"{self.path}: made in {saved.get('made_in')} with {threads} threads, and this is {self.made_in} with "
                f"{self.threads}; go on where it was made, or delete it to start again"
            )
        if saved.get("made_in") != self.made_in:
            made = saved.get("made_in", "an unknown precision")
            warn(f"{self.path}: made in {made}, and this is {self.made_in}; the run starts again")
            return None
        task.load_state(saved["task"])
        training = Training(**saved["training"])
        training.runs = [History(**history) for history in saved["training"]["runs"]]
        return training

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
