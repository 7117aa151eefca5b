"""An epoch of softmax regression by d2l's own Trainer on its own FashionMNIST, against one of ours.

sh benchmarks/peers/install_d2l.sh
benchmarks/peers/.venv/bin/python benchmarks/peers/d2l_softmax.py [--epochs 3]

d2l trains on 60,000 images and evaluates 10,000; ours trains on 50,000, and evaluates these and 10,000 others, five
variants from three seeds together, whose time is shared evenly. Times include evaluation; the ratio is of the time
for a training image. d2l draws no curves here.
"""

import argparse
import os
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")  # d2l's pins are old: what it imports warns
ROOT = Path(__file__).resolve().parents[2]
SEEDS = 3
sys.path.insert(0, str(ROOT))

import d2l.torch as d2l
import torch

from experiments.catalog import SOFTMAX
from experiments.data.load import load_fashion_mnist
from experiments.training.device import choose_device
from experiments.training.tasks import make_task


class SoftmaxRegressionScratch(d2l.Classifier):
    """As the book has it (arXiv:2106.11342, section 4.4), with the loss on probabilities."""

    def __init__(self, num_inputs, num_outputs, lr, sigma=0.01):
        super().__init__()
        self.save_hyperparameters()
        self.W = torch.normal(0, sigma, size=(num_inputs, num_outputs), requires_grad=True)
        self.b = torch.zeros(num_outputs, requires_grad=True)

    def parameters(self):
        return [self.W, self.b]

    def forward(self, X):
        exp = torch.exp(torch.matmul(X.reshape((-1, self.W.shape[0])), self.W) + self.b)
        return exp / exp.sum(1, keepdims=True)

    def loss(self, Y_hat, Y):
        return -torch.log(Y_hat[list(range(len(Y_hat))), Y]).mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    os.chdir(ROOT / "benchmarks")  # d2l looks for its data in ../data
    data = d2l.FashionMNIST(batch_size=256)
    epochs = []
    trainer = d2l.Trainer(max_epochs=args.epochs)
    fit_epoch = trainer.fit_epoch

    def timed() -> None:
        start = time.perf_counter()
        fit_epoch()
        epochs.append(time.perf_counter() - start)

    trainer.fit_epoch = timed
    model = SoftmaxRegressionScratch(784, 10, lr=0.1)
    model.board.display = False
    trainer.fit(model, data)
    dataset, device = load_fashion_mnist(ROOT / "data"), choose_device("cpu")
    task = make_task([(config, seed) for seed in range(SEEDS) for config in SOFTMAX.variants.values()], dataset, device)
    ours = []
    for epoch in range(1, args.epochs + 1):
        start = time.perf_counter()
        task.train_epoch(epoch)
        measured = {run.config.model: run.measure() for run in task.runs}
        ours.append((time.perf_counter() - start) / len(task.runs))
    accuracy = {(split, metric): value for split, metric, value in measured["corrected"]}["val", "acc"]
    ratio = (min(epochs) / 60_000) / (min(ours) / 50_000)
    print(f"{device.name}, {device.threads} threads, torch {torch.__version__}; fastest of {args.epochs} epochs\n")
    print("| | s an epoch | training images | accuracy after the last |\n|---|---|---|---|")
    with torch.no_grad():
        theirs = float(torch.stack([model.accuracy(model(X), Y) for X, Y in data.val_dataloader()]).mean())
    print(f"| d2l 1.0.3 | {min(epochs):.2f} | 60,000 | {theirs:.1%} (test) |")
    together = f"ours, a run of {len(task.runs)} trained together"
    print(f"| {together} | {min(ours):.3f} | 50,000 | {accuracy:.1%} (validation) |")
    print(f"\nthe ratio for an image: {ratio:.0f}")


if __name__ == "__main__":
    main()
