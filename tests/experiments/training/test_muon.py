import math

import pytest
import torch

from experiments.training.muon import Muon, orthogonalised


def with_singular_values(rows: int, columns: int, smallest: float) -> torch.Tensor:
    """A random matrix of norm 1 whose singular values fall evenly, in the logarithm, to a share of the largest."""
    draw = torch.Generator().manual_seed(0)
    values = torch.logspace(0, math.log10(smallest), min(rows, columns))
    u, _, v = torch.linalg.svd(torch.randn(rows, columns, generator=draw), full_matrices=False)
    return u @ torch.diag(values / values.norm()) @ v


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(8, 72), (72, 8), (16, 16)])
@pytest.mark.parametrize(("steps", "smallest"), [(3, 0.05), (5, 0.01)])
def test_the_update_is_nearly_semi_orthogonal(shape, dtype, steps, smallest):
    update = orthogonalised(with_singular_values(*shape, smallest), dtype, steps)
    assert update.dtype == torch.float32
    values = torch.linalg.svdvals(update)
    assert values.min() > 0.65
    assert values.max() < 1.25


def test_it_keeps_the_singular_vectors():
    matrix = torch.randn(6, 20, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    rotated = u.T @ orthogonalised(matrix) @ v.T  # diagonal if the vectors are the same
    assert (rotated - torch.diag(rotated.diagonal())).abs().max() < 1e-4


def test_weights_keep_the_norm_of_a_semi_orthogonal_matrix():
    weight = torch.nn.Parameter(torch.randn(4, 3, 3, 3))
    optimizer = Muon([weight], lr=0.1)
    assert float(weight.detach().norm()) == pytest.approx(math.sqrt(4), rel=1e-5)
    before = weight.detach().clone()
    weight.square().sum().backward()
    weight.grad += torch.randn(4, 3, 3, 3)
    optimizer.step()
    assert float(weight.detach().norm()) == pytest.approx(math.sqrt(4), rel=1e-5)
    assert not torch.equal(before, weight.detach())
