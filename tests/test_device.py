import pytest
import torch

from experiments.device import DeviceError, choose_device


def test_auto_finds_a_device_that_computes():
    device = choose_device()
    with device.autocast():
        product = torch.ones(4, 4, device=device.torch_device) @ torch.ones(4, 4, device=device.torch_device)
    assert float(product.sum()) == 64
    assert set(device.describe()) == {"kind", "name", "threads", "dtype", "dtype_reason"}


def test_the_cpu_is_always_there():
    device = choose_device("cpu")
    assert device.kind == "cpu"
    assert device.threads == torch.get_num_threads()


def test_an_unknown_device_is_named_with_the_ones_there_are():
    with pytest.raises(DeviceError, match="--device tpu: unknown; choose one of auto, cuda, mps, cpu"):
        choose_device("tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_an_error():
    with pytest.raises(DeviceError, match=r"--device cuda: not available here; available: .*cpu"):
        choose_device("cuda")
