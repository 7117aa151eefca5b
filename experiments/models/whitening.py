"""First filters that make the colours and edges of images equally strong and uncorrelated."""

import torch
import torch.nn.functional as F
from torch import Tensor

SHRINKAGE = 1e-2  # added to each variance, in those of standardised pixels: what is hardly there is not blown up


def whitening_filters(views: Tensor, count: int, kernel_size: int) -> Tensor:
    """The `count` strongest principal components of the patches of standardised views (B, C, H, W), each divided by
    its standard deviation: filters (count, C, k, k) whose responses are uncorrelated and of about variance 1.

    Computed from the views alone, without labels. arXiv:2404.00498, section 3.2.
    """
    channels = views.shape[1]
    stride = kernel_size + 1  # enough patches, at every phase of a grid
    patches = F.unfold(views, kernel_size, stride=stride).transpose(1, 2).flatten(0, 1).double()  # (patches, C·k²)
    patches -= patches.mean(0)
    variances, directions = torch.linalg.eigh(patches.T @ patches / len(patches))  # ascending
    strongest = directions / (variances + SHRINKAGE).sqrt()
    return strongest.flip(1)[:, :count].T.float().reshape(-1, channels, kernel_size, kernel_size)
