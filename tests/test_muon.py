import math

import pytest
import torch

from experiments.muon import Muon, orthogonalised


@pytest.mark.parametrize("shape", [(8, 72), (72, 8), (16, 16)])
def test_the_update_is_nearly_semi_orthogonal(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalised(matrix))
    assert values.min() > 0.5
    assert values.max() < 1.3


@pytest.mark.parametrize("shape", [(8, 72), (72, 8), (16, 16)])
def test_in_bfloat16_it_is_as_nearly_semi_orthogonal(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    update = orthogonalised(matrix, torch.bfloat16)
    assert update.dtype == torch.float32
    values = torch.linalg.svdvals(update)
    assert values.min() > 0.5
    assert values.max() < 1.3


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
