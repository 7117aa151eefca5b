from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from experiments.catalog import IMAGENET10, SOFTMAX
from experiments.training import device
from experiments.training.device import DeviceError, choose_device
from experiments.training.tasks import make_task


def test_auto_finds_a_device_that_computes():
    device = choose_device()
    with device.autocast():
        product = torch.ones(4, 4, device=device.torch_device) @ torch.ones(4, 4, device=device.torch_device)
    assert float(product.sum()) == 64
    assert set(device.describe()) == {"kind", "name", "threads", "dtype", "dtype_reason", "determinism"}


def test_the_cpu_is_always_there():
    device = choose_device("cpu")
    assert device.kind == "cpu"
    assert device.threads == torch.get_num_threads()


def test_it_computes_with_no_more_threads_than_the_process_may_keep_busy(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setattr(device, "usable_cores", lambda: 1)
    torch.set_num_threads(2)
    try:
        assert device.choose_device("cpu").threads == 1
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_the_precision_of_the_cpu_does_not_depend_on_what_else_the_machine_does(monkeypatch):
    def interrupted() -> float:
        raise AssertionError("the clock on the wall also runs while others compute")

    quiet = choose_device("cpu")
    monkeypatch.setattr(device.time, "perf_counter", interrupted)
    monkeypatch.setattr(device.time, "monotonic", interrupted)
    monkeypatch.setattr(device.time, "time", interrupted)
    seen = []
    conv2d = torch.nn.functional.conv2d
    monkeypatch.setattr(
        torch.nn.functional, "conv2d", lambda *a, **k: seen.append(torch.get_num_threads()) or conv2d(*a, **k)
    )
    assert choose_device("cpu").dtype == quiet.dtype
    assert set(seen) == {1}  # several threads would wait for each other


def test_an_unknown_device_is_named_with_the_ones_there_are():
    with pytest.raises(DeviceError, match="--device tpu: unknown; choose one of auto, cuda, mps, cpu"):
        choose_device("tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_an_error():
    with pytest.raises(DeviceError, match=r"--device cuda: not available here; available: .*cpu"):
        choose_device("cuda")


def test_a_gpu_that_does_not_compute_is_told_and_the_cpu_taken(monkeypatch):
    def too_old(precision):
        raise RuntimeError("CUDA error: no kernel image is available\nCompile with …")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(device, "_cuda", too_old)
    taken = choose_device("auto")
    assert taken.kind == "cpu"
    assert taken.reason.endswith("CUDA cannot be used (CUDA error: no kernel image is available)")
    with pytest.raises(
        DeviceError, match=r"--device cuda: it cannot be used \(CUDA error: no kernel .*use --device cpu"
    ):
        choose_device("cuda")


@pytest.mark.parametrize(
    ("strict_seconds", "deterministic", "told"),
    [
        (0.9, True, "deterministic algorithms, which take 0% longer"),
        (1.05, True, "deterministic algorithms, which take 5% longer"),
        (1.5, False, "not deterministic, since that"),
    ],
)
def test_cuda_is_deterministic_where_that_costs_little_and_says_which(monkeypatch, strict_seconds, deterministic, told):
    seconds = {False: 1.0, True: strict_seconds}
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.setattr(
        device, "_cuda_step_seconds", lambda dtype: seconds[torch.are_deterministic_algorithms_enabled()]
    )
    try:
        assert device._cuda_determinism(torch.float32).startswith(told)
        assert torch.are_deterministic_algorithms_enabled() == deterministic
        assert torch.backends.cudnn.deterministic == deterministic
    finally:
        device._require_determinism(False)


def test_each_thread_has_its_own_number_of_threads():
    cpu = device.Device("cpu", "test", 2, torch.float32, "test")
    before = torch.get_num_threads()

    def inside(threads):
        with device.on_this_thread(cpu, 0, threads) as part:
            return part.threads, torch.get_num_threads()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(inside, [1, 2])) == [(1, 1), (2, 2)]
    assert inside(1) == (1, 1)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("variant", [*SOFTMAX.variants, *IMAGENET10.variants])
def test_every_model_trains_where_only_deterministic_algorithms_are_allowed(tiny_garments, tiny_images, variant):
    # The warning of an operation that has no deterministic form is an error here. A GPU has more of them than a CPU.
    config = {**SOFTMAX.variants, **IMAGENET10.variants}[variant]
    dataset = tiny_garments if variant in SOFTMAX.variants else tiny_images
    cpu = device.Device("cpu", "test", 1, torch.float32, "test")
    try:
        device._require_determinism(True)
        task = make_task([(config.shortened(), 0)], dataset, cpu)
        task.train_epoch(1)
    finally:
        device._require_determinism(False)
    assert all(torch.isfinite(torch.tensor(task.runs[0].steps)))
