"""Muon for weight matrices and filters (https://kellerjordan.github.io/posts/muon/), in the precision of training.

torch.optim.Muon takes matrices only and orthogonalises in bfloat16, which a CPU without bfloat16
instructions computes hundreds of times slower than float32; hence these few lines.
"""

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, then the nearest semi-orthogonal matrix as the update; weights keep a fixed norm.

    params: weights of at least two dimensions; filters (out, in, k, k) count as matrices (out, in·k·k).
    lr: length of a step relative to the weight. The norm of each weight is held at √min(rows, columns), that of a
    semi-orthogonal matrix, so that lr means the same for all of them and no weight decay is needed; a layer
    trained with it must be followed by a normalisation or carry a scale of its own.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, momentum: float = 0.9, dtype: torch.dtype = torch.float32):
        super().__init__(params, {"lr": lr, "momentum": momentum})
        self._dtype = dtype
        with torch.no_grad():
            for group in self.param_groups:
                for weight in group["params"]:
                    _normalise(weight)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        assert closure is None
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["momentum"] = torch.zeros_like(weight)
                momentum = state["momentum"].lerp_(weight.grad, 1 - group["momentum"])
                update = weight.grad.lerp(momentum, group["momentum"]).movedim(1, -1)  # (out, k, k, in), as in memory
                step = orthogonalised(update.flatten(1), self._dtype).view(update.shape).movedim(-1, 1)
                weight.sub_(step, alpha=group["lr"])
                _normalise(weight)


def _normalise(weight: Tensor) -> None:
    weight.mul_(math.sqrt(min(weight.shape[0], weight[0].numel())) / weight.norm().clamp_min(1e-12))


def orthogonalised(matrix: Tensor, dtype: torch.dtype = torch.float32, steps: int = 3) -> Tensor:
    """U Vᵀ of a matrix U S Vᵀ (m, n), to about 30 % in each singular value: Newton–Schulz iteration.

    The quintic a x + b x³ + c x⁵ of Jordan et al. Three steps bring singular values of at least 2 % of the matrix's
    norm to 0.68 … 1.21 (https://github.com/KellerJordan/cifar10-airbench takes three), five those from 0.5 %. In
    bfloat16 it is iterated on the matrix, which forgives rounding; in float32, whose products cost more, on the Gram
    matrix, which is small where the matrix is long.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    if dtype == torch.bfloat16:
        x = x.to(dtype)
        for _ in range(steps):
            gram = x @ x.T  # (m, m), m ≤ n
            x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
        x = x.to(matrix.dtype)
        return x.T if tall else x
    gram = x @ x.T
    identity = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    product = identity
    for step in range(steps):
        polynomial = torch.addmm(gram, gram, gram, beta=b, alpha=c) + a * identity
        product = polynomial @ product
        if step + 1 < steps:
            gram = polynomial @ gram @ polynomial
    x = product @ x
    return x.T if tall else x
