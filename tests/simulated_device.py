"""A device that is not there: tensors on the CPU that count as another device's, so that its rules hold without it.

What a GPU would refuse is an error here (tensors of two devices in one operation, float64 under MPS), and what would
make the host wait for it is counted. It computes on the CPU; kernels, and how fast they are, only a GPU can show.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves

# A copy of pageable memory to a GPU returns at once up to this size, else when all work before it is done:
# https://docs.nvidia.com/cuda/cuda-runtime-api/api-sync-behavior.html
STAGED_BYTES = 64 * 2**10

_READ_BY_THE_HOST = (
    Tensor.item, Tensor.tolist, Tensor.numpy, Tensor.__bool__, Tensor.__float__, Tensor.__int__, Tensor.__index__,
)  # fmt: skip


# https://github.com/pytorch/pytorch/issues/175189 and 175190
_WRONG_IF_CHANNELS_LAST = (
    torch.ops.aten.native_batch_norm.default, torch.ops.aten.max_pool2d_with_indices.default,
    torch.ops.aten.avg_pool2d.default,
)  # fmt: skip


class Elsewhere:
    """The device, and which tensors count as its own."""

    def __init__(self, device: torch.device):
        self.device = device
        self.waits: list[str] = []  # what made the host wait for the device, in order
        self.inside = False  # whether a function of its tensors runs, which makes others in its middle
        # By storage, so that views are where their base is. A weak reference keeps the address from being used again.
        self._own: dict[int, StorageWeakRef] = {}

    def owns(self, tensor: Tensor) -> bool:
        return tensor.untyped_storage()._cdata in self._own

    def take(self, tensor: Tensor) -> None:
        """Count a tensor as the device's. Raises TypeError if the device has no such numbers."""
        if self.device.type == "mps" and tensor.dtype in (torch.float64, torch.complex128):
            raise TypeError(f"MPS has no {tensor.dtype}")
        storage = tensor.untyped_storage()
        self._own[storage._cdata] = StorageWeakRef(storage)

    def named_by(self, value: Any) -> bool:
        """Whether an argument is the device."""
        if isinstance(value, str):
            return value.partition(":")[0] == self.device.type
        return isinstance(value, torch.device) and value.type == self.device.type


class _Devices(TorchFunctionMode):
    """Answers what device a tensor is on, and takes the device's name out of every call."""

    def __init__(self, there: Elsewhere):
        super().__init__()
        self.there = there

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs, there = kwargs or {}, self.there
        if func in (torch.device, torch._C._nn._parse_to):  # these only read the name
            return func(*args, **kwargs)
        owned = bool(args) and isinstance(args[0], Tensor) and there.owns(args[0])
        if owned and func == Tensor.device.__get__:
            return there.device
        if owned and func == Tensor.__deepcopy__:
            return self._taken(func(*args, **kwargs))
        if owned and func in _READ_BY_THE_HOST:
            there.waits.append(func.__name__)
        if owned and (func == Tensor.cpu or (func == Tensor.to and "cpu" in map(str, [*args[1:], *kwargs.values()]))):
            there.waits.append("cpu")
            with torch._C.DisableTorchFunction(), _disable_current_modes():
                return func(*args, **kwargs).clone()
        if not any(map(there.named_by, (*args, *kwargs.values()))):
            before, there.inside = there.inside, there.inside or any(map(there.owns, _tensors(args)))
            try:
                return func(*args, **kwargs)
            finally:
                there.inside = before
        args = [torch.device("cpu") if there.named_by(value) else value for value in args]
        kwargs = {name: torch.device("cpu") if there.named_by(value) else value for name, value in kwargs.items()}
        if func != Tensor.to or owned:
            return self._taken(func(*args, **kwargs))
        if args[0].nbytes > STAGED_BYTES:
            there.waits.append(f"copy of {args[0].nbytes} bytes")
        with _disable_current_modes():
            return self._taken(func(*args, **{**kwargs, "copy": True}))

    def _taken(self, made: Tensor) -> Tensor:
        self.there.take(made)
        return made


class _Operations(TorchDispatchMode):
    """Refuses operations on tensors of two devices; what comes of the device's tensors is the device's."""

    def __init__(self, there: Elsewhere):
        super().__init__()
        self.there = there

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # True would import the compiler

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs, there = kwargs or {}, self.there
        given = _tensors((args, kwargs))
        mine = [there.owns(tensor) for tensor in given]
        result = func(*args, **kwargs)
        if func == torch.ops.aten.copy_.default:
            return result  # between devices; the target stays where it is
        if there.device.type == "mps" and func in _WRONG_IF_CHANNELS_LAST and any(mine):
            if given[0].ndim == 4 and not given[0].is_contiguous():
                raise RuntimeError(f"{func}: its gradient is wrong under MPS unless the input is contiguous")
        if any(mine) or (there.inside and not given):
            # A number from the host may stand anywhere, and its indices in brackets.
            free = func == torch.ops.aten.index.Tensor
            if not free and not all(own or t.ndim == 0 for own, t in zip(mine, given, strict=True)):
                places = [(tuple(t.shape), "device" if own else "host") for own, t in zip(mine, given, strict=True)]
                raise RuntimeError(f"{func}: expected all tensors to be on the same device, found {places}")
            for made in _tensors(result):
                there.take(made)
        return result


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_leaves(values) if isinstance(value, Tensor)]


@contextmanager
def elsewhere(name: str) -> Iterator[Elsewhere]:
    """Within: the device `name` can be asked for as if it were there."""
    there = Elsewhere(torch.device(name))
    real = torch.Generator

    class Generator(real):  # type: ignore
        def __new__(cls, device="cpu"):
            return super().__new__(cls)

    torch.Generator = Generator  # type: ignore
    try:
        with _Devices(there), _Operations(there):
            yield there
    finally:
        torch.Generator = real  # type: ignore
