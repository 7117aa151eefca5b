"""What a model is made of and what it costs, measured on the model itself."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def parameters(model: nn.Module) -> int:
    """Trained numbers; frozen ones (requires_grad off, buffers) do not count."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def flops(model: nn.Module, example: Tensor) -> int:
    """Floating-point operations of one forward pass over `example` (1, …): matrix products, attention and
    convolutions, a multiplication and an addition counted as two."""
    counter = FlopCounterMode(display=False, custom_mapping=_ON_CPU)
    counter.mod_tracker = _Everything()  # type: ignore[assignment]
    with counter:
        _forward(model, example)
    return int(counter.get_total_flops())


def _attention(query: Sequence[int], key: Sequence[int], value: Sequence[int], *_: object, **__: object) -> int:
    """Of queries (B, heads, S, D), keys (B, heads, T, D) and values (B, heads, T, V): two products."""
    batch, heads, queries, dim = query
    return 2 * batch * heads * queries * key[2] * (dim + value[3])


_ON_CPU = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention}  # torch counts that of GPUs only


class _Everything:
    """In place of torch's tracker of modules, which hooks into those of all threads: whatever is called counts."""

    parents = ("Global",)

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def layers(model: nn.Module, example: Tensor) -> list[dict[str, Any]]:
    """The model's parts in the order in which they are called on `example` (1, …).

    The parts are its children, and those of a Sequential in its place. Each with its name, type, output shape
    without the batch, and trained parameters. Parameters of its own, outside its children, come first.
    """
    rows: list[dict[str, Any]] = [
        {"name": name, "type": type(weight).__name__, "shape": list(weight.shape), "parameters": weight.numel()}
        for name, weight in model.named_parameters(recurse=False)
        if weight.requires_grad
    ]

    def note(name: str, module: nn.Module):
        def hook(_module: nn.Module, _inputs: object, output: Tensor | tuple[Tensor, ...]) -> None:
            output = output[0] if isinstance(output, tuple) else output  # of attention, without its weights
            rows.append(
                {
                    "name": name,
                    "type": type(module).__name__,
                    "shape": list(output.shape[1:]),
                    "parameters": parameters(module),
                }
            )

        return hook

    handles = [part.register_forward_hook(note(name, part)) for name, part in _parts(model)]
    try:
        _forward(model, example)
    finally:
        for handle in handles:
            handle.remove()
    return rows


def _parts(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        if isinstance(child, nn.Sequential):
            yield from _parts(child, f"{prefix}{name}.")
        else:
            yield prefix + name, child


@torch.no_grad()
def _forward(model: nn.Module, example: Tensor) -> None:
    """A forward pass that changes nothing: in evaluation mode, batch normalisation updates no statistics."""
    was_training = model.training
    model.eval()
    model(example)
    model.train(was_training)
