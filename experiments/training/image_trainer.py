"""Training and evaluation of the image models on ImageNet-10, whole batches on the device."""

import copy
import threading
from collections.abc import Callable
from importlib import import_module

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments.config import ImageConfig
from experiments.data.dataset import Dataset
from experiments.errors import UserError
from experiments.models.dropout import draw_from
from experiments.models.gabor import gabor_filters
from experiments.models.image_model import special_weights
from experiments.training.augment import central_view, cut_mix, random_views
from experiments.training.device import Device
from experiments.training.muon import Muon
from experiments.training.rng import generator, seed_for
from experiments.training.shared_images import shared_images

EVALUATION_BATCH = 100  # images; bounds the memory of an evaluation
WHITENED = 1000  # training images, of all classes alike, from whose patches the whitening filters are made

_INITIALISING = threading.Lock()


class ImageTask:
    """One run: a model, the images on the device, optimizers, schedule, weight average, and what is measured."""

    def __init__(self, config: ImageConfig, dataset: Dataset, seed: int, device: Device):
        self.config, self.seed, self.device = config, seed, device
        self.num_classes = len(dataset.classes)
        largest = max(config.eval_size, *(side for _, side in config.sizes))
        data = shared_images(dataset, min(3 * largest // 2, dataset.images.shape[1]), device.torch_device)
        self.images, self.labels, self._mean, self._std = data.images, data.labels, data.mean, data.std
        self.model = self._untrained()
        self.model.to(device.torch_device).to(memory_format=device.memory_format)
        self._dropout = torch.Generator(device.torch_device)
        self.average: nn.Module | None = None  # of the weights, once it has begun
        self.optimizers = self._optimizers()
        self._peaks = [[group["lr"] for group in o.param_groups] for o in self.optimizers]
        # The last, smaller batch of an epoch is left out: batch normalisation would weigh its images more.
        self.batches = max(1, len(self.labels["train"]) // config.batch_size)
        self.check: Callable[[], None] = lambda: None  # called before every batch; may raise to stop
        self.steps: list[float] = []  # the smoothed loss of every batch, before its step
        self._measured: list[tuple[str, str, float]] = []
        self._side = config.eval_size  # of the views on which the model is evaluated now

    def _untrained(self) -> nn.Module:
        """The net as its file builds it, on the CPU, its first filters as the recipe has them."""
        config = self.config
        build = import_module(f"experiments.models.{config.model}").build
        with _INITIALISING:  # torch's layers draw their weights from a generator that all threads share
            torch.manual_seed(seed_for(self.seed, "model"))
            model: nn.Module = build(config, self.num_classes)
            if config.filter_norm:
                weight = self._filters(model, "filter_norm")
                channels = self.images["train"].shape[1]
                weight.data.copy_(gabor_filters(len(weight), channels, config.eval_size, config.filter_norm))
        if config.whitening:
            views = central_view(self.images["train"][:WHITENED], config.eval_size)
            if not special_weights(model).whiten(self._standardised(views).cpu()):
                raise self._missing("whitening", "whiten()")
        return model

    def _filters(self, model: nn.Module, setting: str) -> Tensor:
        weight = special_weights(model).filters()
        if weight is None:
            raise self._missing(setting, "filters()")
        return weight

    def _missing(self, setting: str, method: str) -> UserError:
        file = f"experiments/models/{self.config.model}.py"
        return UserError(f"{file}: the recipe sets {setting}, and the net defines no {method} that names its weights")

    def _optimizers(self) -> list[torch.optim.Optimizer]:
        """Muon for the weights that the model names as its matrices, AdamW for the others; a rate for its filters."""
        config = self.config
        matrices = list(special_weights(self.model).matrices()) if config.muon_lr else []
        if config.muon_lr and not matrices:
            raise self._missing("muon_lr", "matrices()")
        filters = [self._filters(self.model, "filter_lr")] if config.filter_lr else []
        theirs = {id(weight) for weight in matrices + filters}
        others = [p for p in self.model.parameters() if p.requires_grad and id(p) not in theirs]
        groups = [
            {"params": [p for p in others if p.ndim >= 2], "weight_decay": config.weight_decay},
            {"params": [p for p in others if p.ndim < 2], "weight_decay": 0.0},
        ]
        if filters:
            groups.append({"params": filters, "weight_decay": config.weight_decay, "lr": config.filter_lr})
        optimizers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, 0.99), fused=True)
        ]
        if matrices:
            optimizers.append(Muon(matrices, config.muon_lr, config.muon_momentum, self.device.dtype))
        return optimizers

    @property
    def runs(self) -> tuple["ImageTask"]:
        """What is trained together: one run, this one."""
        return (self,)

    def train_epoch(self, epoch: int) -> None:
        """One pass over the training images in the epoch's order, a random view of each."""
        config = self.config
        side = side_at(config, epoch)
        self._side = eval_side_at(config, epoch)
        order = torch.randperm(len(self.labels["train"]), generator=generator(self.seed, "order", epoch))
        draw = generator(self.seed, "views", epoch)
        draw_from(self.model, self._dropout.manual_seed(seed_for(self.seed, "dropout", epoch)))
        self.model.train()
        losses, hits = [], []
        for number, batch in enumerate(order[: self.batches * config.batch_size].split(config.batch_size)):
            self.check()
            step = (epoch - 1) * self.batches + number
            self._set_lr(step)
            batch = batch.to(self.device.torch_device)
            labels = self.labels["train"][batch]
            views = random_views(
                self.images["train"].index_select(0, batch),  # ten times as fast as an index in brackets
                side,
                draw,
                config.crop_area,
                config.crop_ratio,
                config.colour_jitter,
                self.device.dtype,
            )
            views = self._standardised(views)
            targets = F.one_hot(labels, self.num_classes).float()
            if config.cutmix and epoch <= config.epochs - config.unmixed_epochs:
                views, targets = cut_mix(views, targets, config.cutmix, draw)
            with self.device.autocast():
                logits = self.model(views).float()
            loss = F.cross_entropy(logits, targets, label_smoothing=config.label_smoothing)
            for optimizer in self.optimizers:
                optimizer.zero_grad()
            loss.backward()
            for optimizer in self.optimizers:
                optimizer.step()
            self._update_average(step)
            losses.append(torch.stack([loss.detach(), F.cross_entropy(logits.detach(), targets)]))
            hits.append((logits.detach().argmax(1) == targets.argmax(1)).float().mean())
        smoothed, plain = torch.stack(losses).unbind(1)
        self.steps += smoothed.tolist()  # one transfer an epoch, not one a step
        self._measured = [
            ("train", "loss", float(plain.mean())),
            ("train", "acc", float(torch.stack(hits).mean())),
        ]

    def _set_lr(self, step: int) -> None:
        """One cycle: up linearly over the warm-up, then down linearly to zero (arXiv:1708.07120)."""
        share, warmup = (step + 0.5) / (self.batches * self.config.epochs), self.config.warmup
        factor = min(share / warmup if warmup else 1.0, (1 - share) / (1 - warmup))
        for optimizer, peaks in zip(self.optimizers, self._peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

    @torch.no_grad()
    def _update_average(self, step: int) -> None:
        """Exponential moving average of weights and statistics over the second half of training."""
        total = self.batches * self.config.epochs
        if not self.config.ema or step < total // 2:
            return
        if self.average is None:
            self.average = copy.deepcopy(self.model).requires_grad_(False)
            return
        horizon = self.config.ema * total
        weight = 1 / min(1 + step - total // 2, max(1.0, horizon))
        new = self.model.state_dict()
        for name, value in self.average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(new[name], weight)
            else:
                value.copy_(new[name])

    @property
    def _evaluated(self) -> nn.Module:
        return self.model if self.average is None else self.average

    def measure_start(self) -> list[tuple[str, str, float]]:
        """Nothing: an untrained model guesses."""
        return []

    def measure(self) -> list[tuple[str, str, float]]:
        """(split, metric, value) after an epoch: the training views as they were met, the validation images whole."""
        loss, acc = self._loss_and_accuracy("val")
        return [*self._measured, ("val", "loss", loss), ("val", "acc", acc)]

    def measure_end(self) -> list[tuple[str, str, float]]:
        """Once at the end: the training images whole, as the test images are seen."""
        assert self._side == self.config.eval_size
        loss, acc = self._loss_and_accuracy("train")
        return [("train", "clean_loss", loss), ("train", "clean_acc", acc)]

    def _loss_and_accuracy(self, split: str) -> tuple[float, float]:
        logits, labels = self._logits(split), self.labels[split]
        return float(F.cross_entropy(logits, labels)), float((logits.argmax(1) == labels).float().mean())

    @torch.no_grad()
    def _logits(self, split: str) -> Tensor:
        """(N, K) float32, from the averaged weights once there are any."""
        model = self._evaluated.eval()
        parts = []
        for images in self.images[split].split(EVALUATION_BATCH):
            self.check()
            views = self._standardised(central_view(images, self._side, self.config.eval_crop, self.device.dtype))
            with self.device.autocast():
                parts.append(model(views).float())
        return torch.cat(parts)

    def probabilities(self, split: str) -> tuple[Tensor, Tensor]:
        """Class probabilities (N, K) of a split and its labels (N,), on the CPU."""
        return F.softmax(self._logits(split), dim=1).cpu(), self.labels[split].cpu()

    def _standardised(self, views: Tensor) -> Tensor:
        return (views - self._mean.to(views.dtype)) / self._std.to(views.dtype)

    def example(self) -> Tensor:
        """One image as the model is evaluated on it, (1, 3, side, side)."""
        config = self.config
        return self._standardised(central_view(self.images["train"][:1], config.eval_size, config.eval_crop))

    def final_model(self) -> nn.Module:
        """The model that is evaluated and stored."""
        return self._evaluated

    def state(self) -> dict[str, object]:
        """What a checkpoint holds."""
        return {
            "model": self.model.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "steps": torch.tensor(self.steps, dtype=torch.float64),
        }

    def load_state(self, state: dict) -> None:
        self.model.load_state_dict(state["model"])
        if state["average"] is not None:
            self.average = copy.deepcopy(self.model).requires_grad_(False)
            self.average.load_state_dict(state["average"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.steps = state["steps"].tolist()


def side_at(config: ImageConfig, epoch: int) -> int:
    """Side of the training views in an epoch, counted from 1."""
    return next(side for first, side in reversed(config.sizes) if first <= epoch)


def eval_side_at(config: ImageConfig, epoch: int) -> int:
    """Side of the views evaluated after an epoch: in proportion to the training views, eval_size at the end.

    A multiple of 16, since the CNN halves its input four times.
    """
    side, last = side_at(config, epoch), config.sizes[-1][1]
    return config.eval_size if side == last else 16 * round(side * config.eval_size / last / 16)
