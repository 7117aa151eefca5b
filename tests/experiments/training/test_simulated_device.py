"""The training side on a GPU, as far as that can be known without one (tests/simulated_device.py)."""

from dataclasses import replace
from io import StringIO

import pytest
import torch
import torch.nn.functional as F
from rich.console import Console

from experiments.catalog import IMAGENET10, SOFTMAX
from experiments.jobs import Job
from experiments.plan import wanted_runs
from experiments.progress import Progress
from experiments.training import runner
from experiments.training.device import Device
from experiments.training.image_trainer import ImageTask
from experiments.training.runner import train_job
from experiments.training.scheduler import StoppedError
from experiments.training.shared_images import clear_shared_images
from tests.conftest import make_dataset
from tests.simulated_device import elsewhere


class InBfloat16(Device):
    """A GPU with bfloat16: it is computed on the CPU, whose autocast it takes."""

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16)


CUDA = InBfloat16("cuda", "test", 1, torch.bfloat16, "test", index=0)
MPS = Device("mps", "test", 1, torch.float32, "test")


@pytest.fixture(autouse=True)
def _no_images_of_another_test():
    clear_shared_images()
    yield
    clear_shared_images()


@pytest.mark.parametrize("device", [CUDA, MPS], ids=lambda device: device.kind)
@pytest.mark.parametrize("variant", ["corrected", "layer2nn", "mlp", "cnn"])
def test_a_run_is_trained_resumed_and_stored(monkeypatch, tiny_garments, tiny_images, tmp_path, device, variant):
    experiment = SOFTMAX if variant in SOFTMAX.variants else IMAGENET10
    dataset = tiny_garments if experiment is SOFTMAX else tiny_images
    config = replace(experiment.variants[variant], epochs=4, batch_size=60)
    if experiment is IMAGENET10:  # mixed epochs and others; the average begins in the third
        sizes = ((1, 16), (3, 32)) if variant == "cnn" else ((1, 32),)
        config = replace(config, sizes=sizes, eval_size=32, unmixed_epochs=1)
    experiment = replace(experiment, variants={variant: config})
    ((run_id, key),) = wanted_runs([experiment], {experiment.dataset: dataset}, 1)
    progress = Progress(Console(file=StringIO()))
    save, saved = runner.Checkpoint.save, []

    def save_and_stop(checkpoint, task, training):
        save(checkpoint, task, training)
        saved.append(training.epoch)
        if saved == [1, 2, 3]:
            raise StoppedError

    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(runner.Checkpoint, "save", save_and_stop)
    job = Job(((run_id, key),))
    with elsewhere(str(device.torch_device)) as there:
        arguments = (job, frozenset({run_id}), dataset, "test", device, tmp_path, progress, lambda: None)
        with pytest.raises(StoppedError):
            train_job(*arguments)
        (run,) = train_job(*arguments)
    assert saved == [1, 2, 3]  # the second began in the fourth epoch
    assert run.record["diverged_at"] is None
    assert run.record["device"]["kind"] == device.kind
    assert there.waits


@pytest.mark.parametrize("model", IMAGENET10.variants)
def test_between_the_batches_of_an_epoch_the_host_never_waits_for_the_gpu(model):
    config = IMAGENET10.variants[model]
    side = config.sizes[0][1]
    # With CutMix and the average of the weights, which begins in the middle of the first epoch.
    config = replace(config, sizes=((1, side),), eval_size=side, epochs=1, unmixed_epochs=0, batch_size=40)
    dataset = make_dataset("imagenet10", 48, 3, per_class=20)
    with elsewhere("cuda:0") as there:
        task = ImageTask(config, dataset, 0, CUDA)
        before, at_batches = len(there.waits), []
        task.check = lambda: at_batches.append(len(there.waits))
        task.train_epoch(1)
        assert at_batches == [before] * 3
        assert task.average is not None
        assert there.waits[before:] == ["tolist", "__float__", "__float__"]  # the losses, once an epoch


def test_what_a_gpu_refuses_is_refused():
    with elsewhere("cuda:0") as there:
        x, w = torch.ones(4, 3, device="cuda:0"), torch.ones(2, 3, requires_grad=True)
        assert x.device == torch.device("cuda:0")
        assert (x * 2)[:, 1:].device == torch.device("cuda:0")
        assert w.device == torch.device("cpu")
        with pytest.raises(RuntimeError, match="same device"):
            F.linear(x, w)
        with pytest.raises(RuntimeError, match="same device"):
            x + torch.arange(3)
        with pytest.raises(RuntimeError, match="same device"):
            x.index_select(0, torch.tensor([1]))
        moved = torch.nn.Linear(3, 2).to("cuda:0")
        loss = F.cross_entropy(moved(x), F.one_hot(torch.tensor([0, 1, 1, 0], device="cuda:0"), 2).float())
        loss.backward()
        assert moved.weight.grad.device == torch.device("cuda:0")
        assert not there.waits
        at_home = F.cross_entropy(moved(x).detach().cpu(), torch.tensor([0, 1, 1, 0]))
        assert float(loss.detach()) == pytest.approx(float(at_home))
        assert there.waits == ["cpu", "__float__"]
        torch.zeros(2**17, dtype=torch.uint8).to("cuda:0")
        assert there.waits[2:] == ["copy of 131072 bytes"]


def test_mps_has_no_float64():
    with elsewhere("mps"), pytest.raises(TypeError, match=r"MPS has no torch\.float64"):
        torch.ones(2, device="mps").double()


def test_what_mps_gets_wrong_in_channels_last_is_refused():
    with elsewhere("mps"):
        images = torch.ones(2, 4, 8, 8, device="mps")
        norm = torch.nn.BatchNorm2d(4).to("mps")
        norm(images)
        for work in (norm, lambda x: F.max_pool2d(x, 2), lambda x: F.avg_pool2d(x, 2)):
            with pytest.raises(RuntimeError, match="its gradient is wrong under MPS"):
                work(images.to(memory_format=torch.channels_last))
