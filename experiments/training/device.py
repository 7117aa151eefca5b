"""Where a run is computed, and in which precision."""

import ctypes
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F

from experiments.errors import UserError
from experiments.limits import usable_cores

DEVICES = ("auto", "cuda", "mps", "cpu")
ASKED_FOR = "asked for"
EMULATED = 0.3  # times as fast as float32: a CPU with bfloat16 instructions is never slower than this


class DeviceError(UserError):
    """The device asked for is not there; the message says which are."""


@dataclass(frozen=True)
class Device:
    """A device with the precision of its matrix products: float32, or bfloat16 under autocast."""

    kind: str  # "cuda", "mps" or "cpu"
    name: str
    threads: int
    dtype: torch.dtype
    reason: str  # why this dtype
    determinism: str = "the same bits for the same number of threads"
    alike: tuple[int, ...] = (0,)  # the devices of this kind and name, for runs side by side
    index: int | None = None  # which of them

    @property
    def torch_device(self) -> torch.device:
        return torch.device(self.kind) if self.index is None else torch.device(self.kind, self.index)

    @property
    def memory_format(self) -> torch.memory_format:
        """Of a model's filters and images. Not channels last under MPS, where the gradients of batch normalisation and
        pooling are then wrong, or the process aborts (pytorch#175189, pytorch#175190)."""
        return torch.contiguous_format if self.kind == "mps" else torch.channels_last

    @property
    def dtype_name(self) -> str:
        return str(self.dtype).removeprefix("torch.")

    def autocast(self) -> torch.autocast:
        """The context in which a model's forward runs; does nothing in float32."""
        return torch.autocast(self.kind, torch.bfloat16, enabled=self.dtype == torch.bfloat16)

    def describe(self) -> dict[str, str | int]:
        """What run.json says of it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "threads": self.threads,
            "dtype": self.dtype_name,
            "dtype_reason": self.reason,
            "determinism": self.determinism,
        }


def choose_device(wanted: str = "auto", precision: str = "auto", threads: int | None = None) -> Device:
    """The device asked for, or for "auto" the best there is: CUDA, then MPS, then the CPU.

    precision: "float32", "bfloat16", or "auto" for what is faster and right. threads: at most so many, else as many as
    the process may keep busy. Raises DeviceError if the device is unknown or not there, or does not compute in that
    precision, NoThreadError if the system refuses every thread.
    """
    device = _device(wanted, precision)
    cores = usable_cores()  # last: the self-tests above leave threads behind
    threads = min(threads or torch.get_num_threads(), cores)
    torch.set_num_threads(threads)
    return replace(device, threads=threads)


def _device(wanted: str, precision: str) -> Device:
    if wanted not in DEVICES:
        raise DeviceError(f"--device {wanted}: unknown; choose one of {', '.join(DEVICES)}")
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted != "auto" and not there[wanted]:
        raise DeviceError(
            f"--device {wanted}: not available here; available: {', '.join(k for k, ok in there.items() if ok)}"
        )
    kind = next(k for k, ok in there.items() if ok) if wanted == "auto" else wanted
    torch.set_flush_denormal(True)  # denormals late in training slow a CPU down many times
    if kind == "mps" and precision == "bfloat16":
        raise DeviceError("--precision bfloat16: not measured on MPS; use float32")
    if kind == "mps":
        name = f"Apple {platform.machine()}"
        return Device("mps", name, torch.get_num_threads(), torch.float32, "not measured on MPS", "not promised on MPS")
    if kind == "cpu":
        return _cpu(precision)
    try:
        return _cuda(precision)
    except RuntimeError as error:  # too old for this PyTorch, taken by another process, or full
        reason = str(error).partition("\n")[0]
    if wanted == "cuda":
        raise DeviceError(f"--device cuda: it cannot be used ({reason}); fix that, or use --device cpu")
    device = _cpu(precision)
    return replace(device, reason=f"{device.reason}; CUDA cannot be used ({reason})")


def _cuda(precision: str) -> Device:
    """The current CUDA device. Raises RuntimeError if it does not compute, DeviceError if not in this precision."""
    able = torch.cuda.is_bf16_supported(including_emulation=False)
    if precision == "bfloat16" and not able:
        raise DeviceError(f"--precision bfloat16: {torch.cuda.get_device_name()} does not compute in it; use float32")
    if precision != "auto":
        dtype, reason = getattr(torch, precision), ASKED_FOR
    elif able:
        dtype, reason = torch.bfloat16, "tensor cores"
    else:
        dtype, reason = torch.float32, "no bfloat16 hardware"
    name, determinism = torch.cuda.get_device_name(), _cuda_determinism(dtype)
    return Device("cuda", name, torch.get_num_threads(), dtype, reason, determinism, _alike(name))


def _cpu(precision: str) -> Device:
    _keep_freed_memory()
    with _threads(1):  # its CPU time then tells, whatever else the machine is doing
        dtype, reason = (torch.float32, ASKED_FOR) if precision == "float32" else _cpu_dtype(precision)
    return Device("cpu", _cpu_name(), torch.get_num_threads(), dtype, reason)


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Limit torch to `threads` threads on this thread."""
    before = torch.get_num_threads()  # asking first: torch sets it at a thread's first question
    torch.set_num_threads(number)
    torch.set_flush_denormal(True)  # is each thread's own
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _alike(name: str) -> tuple[int, ...]:
    """The CUDA devices of a name: what was found out about one holds for them."""
    return tuple(i for i in range(torch.cuda.device_count()) if torch.cuda.get_device_name(i) == name)


@contextmanager
def on_this_thread(device: Device, index: int, threads: int) -> Iterator[Device]:
    """The part of a device that what runs on this thread has to itself: one of several GPUs, or some CPU threads."""
    if device.kind == "cuda":
        with torch.cuda.device(index):
            yield replace(device, index=index)
        return
    with _threads(threads):
        yield replace(device, threads=threads) if device.kind == "cpu" else device


def _cuda_determinism(dtype: torch.dtype) -> str:
    """Have CUDA compute the same bits every time, if a training step then takes less than a tenth longer.

    Returns what was chosen, for the provenance.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read at the first product
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # nothing reads what was not written
    _cuda_step_seconds(dtype)  # an idle GPU begins slowly
    free = _cuda_step_seconds(dtype)
    _require_determinism(True)
    cost = max(0.0, _cuda_step_seconds(dtype) / free - 1)
    if cost < 0.1:
        return f"deterministic algorithms, which take {cost:.0%} longer in the self-test"
    _require_determinism(False)
    return f"not deterministic, since that would take {cost:.0%} longer in the self-test"


def _require_determinism(wanted: bool) -> None:
    torch.use_deterministic_algorithms(wanted, warn_only=True)  # an operation without such a form is reported
    torch.backends.cudnn.deterministic = wanted


def _cuda_step_seconds(dtype: torch.dtype) -> float:
    """Seconds of the fastest of some steps of a convolution, forward and backward."""
    images = torch.randn(64, 64, 32, 32, device="cuda", dtype=dtype).to(memory_format=torch.channels_last)
    weight = torch.randn(64, 64, 3, 3, device="cuda", dtype=dtype, requires_grad=True)
    seconds = []
    for _ in range(12):
        weight.grad = None
        torch.cuda.synchronize()
        start = time.perf_counter()
        F.conv2d(images, weight, padding=1).square().mean().backward()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _cpu_dtype(precision: str = "auto") -> tuple[torch.dtype, str]:
    """bfloat16 if a convolution and a matrix product, forward and backward, are then at least 1.2 times as fast
    and right to 2 %.

    Both are measured: CPUs without bf16 instructions emulate it hundreds of times slower, and some
    builds of PyTorch returned wrong results (pytorch#163347). Raises DeviceError if bfloat16 was asked for and is
    wrong, or so slow that it must be emulated.
    """
    draw = torch.Generator().manual_seed(0)
    images = torch.randn(4, 64, 16, 16, generator=draw).to(memory_format=torch.channels_last)
    weight = torch.randn(64, 64, 3, 3, generator=draw).to(memory_format=torch.channels_last)
    matrix = torch.randn(64, 128, generator=draw)

    def step(dtype: torch.dtype) -> tuple[float, torch.Tensor]:
        x, w, m = images.to(dtype), weight.to(dtype).requires_grad_(), matrix.to(dtype).requires_grad_()
        seconds = []
        for _ in range(12):  # the fastest counts: other work on the machine only slows
            w.grad = m.grad = None
            start = time.thread_time()
            out = F.conv2d(x, w, padding=1).permute(0, 2, 3, 1).flatten(0, 2) @ m  # (4·16·16, 128)
            out.sum().backward()
            seconds.append(time.thread_time() - start)
        return min(seconds), out.detach().float()

    fp32_seconds, exact = step(torch.float32)
    try:
        bf16_seconds, rounded = step(torch.bfloat16)
    except RuntimeError as error:
        if precision == "bfloat16":
            raise DeviceError(f"--precision bfloat16: failed here ({error}); use float32") from None
        return torch.float32, f"bfloat16 failed: {error}"
    wrong_by = float((rounded - exact).norm() / exact.norm())
    speedup = fp32_seconds / bf16_seconds
    if precision == "bfloat16":
        if not wrong_by < 0.02 or speedup < EMULATED:
            raise DeviceError(
                f"--precision bfloat16: on this CPU {speedup:.2g} times as fast as float32 and wrong by "
                f"{wrong_by:.1%}; use float32"
            )
        return torch.bfloat16, ASKED_FOR
    if not wrong_by < 0.02:
        return torch.float32, f"bfloat16 is wrong by {wrong_by:.1%} here"
    dtype = torch.bfloat16 if speedup >= 1.2 else torch.float32
    return dtype, f"bfloat16 is {speedup:.2g} times as fast as float32 in the self-test"


def _keep_freed_memory() -> None:
    """Have glibc reuse the memory of activations, not return it to the system and fault it in again each step.

    A ReLU on 9 MB, forward and backward, then took 0.8 ms, not 6.3 ms. All threads take from one arena, since
    those of other threads return memory all the same.
    """
    m_trim_threshold, m_mmap_max, m_arena_max = -1, -4, -8  # malloc.h
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return  # not glibc
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, 2**31 - 1)
    mallopt(m_arena_max, 1)


def _cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()
