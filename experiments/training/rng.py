"""Random numbers as a pure function of (seed, purpose, epoch), so that a resumed run draws what it would have drawn."""

import hashlib

import torch


def seed_for(seed: int, purpose: str, epoch: int = 0) -> int:
    """A 63-bit seed, independent for each purpose and epoch of a run."""
    digest = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, purpose: str, epoch: int = 0) -> torch.Generator:
    """A CPU generator for one purpose and epoch; drawn on the CPU, the numbers are the same for every device."""
    return torch.Generator().manual_seed(seed_for(seed, purpose, epoch))
