"""The task of a job: what trains its runs."""

from collections.abc import Sequence

from experiments.config import Config, ImageConfig, SoftmaxConfig
from experiments.data.dataset import Dataset
from experiments.training.device import Device
from experiments.training.image_trainer import ImageTask
from experiments.training.loop import Task
from experiments.training.softmax_trainer import SoftmaxTask


def make_task(members: Sequence[tuple[Config, int]], dataset: Dataset, device: Device) -> Task:
    """The task of runs, each a configuration and a number; the seed drawn for it decides its initial weights.

    Several only of softmax regression, and of the same epochs and batch size.
    """
    configs = [config for config, _ in members]
    if isinstance(configs[0], ImageConfig):
        ((config, seed),) = members
        assert isinstance(config, ImageConfig)
        return ImageTask(config, dataset, config.drawn_seed(seed), device)
    drawn = [(c, c.drawn_seed(seed)) for c, seed in members if isinstance(c, SoftmaxConfig)]
    return SoftmaxTask(drawn, dataset, device)
