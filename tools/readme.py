"""Writes what README.md says of results from the reference run: .venv/bin/python tools/readme.py

It stands between two marks; tests/system/test_reference.py holds README.md to it.
"""

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean, stdev

from experiments.catalog import EXPERIMENTS, IMAGENET10, SOFTMAX
from experiments.models.recipe import names
from experiments.progress import duration
from experiments.store.reference import unpacked
from report.analysis import homework
from report.analysis.measurements import cross_entropy, is_right
from report.results import Results, read_results

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- from here on written by tools/readme.py -->\n", "<!-- to here -->\n"
SHOWN = {
    "wrong": "softmax regression, double softmax",
    "wrong-lr10": "the same, ten times the learning rate",
    "corrected": "softmax regression, corrected",
}


def account(results: Results) -> str:
    """The paragraph and the table, Markdown."""
    rows = [["", "test accuracy", "test loss", "a run", "the homework's figure"], ["---"] * 5]
    measured, seconds = _measured(results), _seconds(results)
    for variant, name in SHOWN.items():
        acc, sd, loss = measured[SOFTMAX.name, variant]
        rows.append([name, f"{acc:.2f} ± {sd:.2f} %", f"{loss:.3f}", _took(seconds[variant]), ""])
    for variant, config in IMAGENET10.variants.items():
        acc, sd, loss = measured[IMAGENET10.name, variant]
        theirs = homework.get(variant)
        printed = f"{theirs.test_acc * 100:.2f} %, {theirs.test_loss:.4f}" if theirs else ""
        name = f"{names(config.model).en}, {config.epochs} epochs"
        # One decimal: an image of these test sets is a tenth of a point.
        rows.append([name, f"{acc:.1f} ± {sd:.1f} %", f"{loss:.3f}", _took(seconds[variant]), printed])
    return f"{_paragraph(results)}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def replaced(readme: str, said: str) -> str:
    """README.md with its account replaced. Raises ValueError if a mark is missing."""
    before, _, rest = readme.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"README.md lacks the marks {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}{said}{END}{after}"


def _measured(results: Results) -> Mapping[tuple[str, str], tuple[float, float, float]]:
    """(experiment, variant) → accuracy on the test split and its standard deviation over seeds, in %, and the loss."""
    table = results.predictions
    table = table.assign(right=is_right(table) * 100.0, loss=cross_entropy(table))
    by_seed = table.groupby(["experiment", "variant", "seed"])[["right", "loss"]].mean()
    found = {}
    for key, rows in by_seed.groupby(["experiment", "variant"]):
        accuracies = rows["right"].tolist()
        found[key] = (fmean(accuracies), stdev(accuracies), float(rows["loss"].mean()))
    return found


def _seconds(results: Results) -> Mapping[str, float]:
    """Variant → seconds of a run, evaluation included, the mean over its seeds."""
    times: dict[str, list[float]] = {}
    for run_id, record in results.records.items():
        times.setdefault(run_id.variant, []).append(sum(record["seconds"].values()))
    return {variant: fmean(of_runs) for variant, of_runs in times.items()}


def _took(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def _paragraph(results: Results) -> str:
    records, data = results.records, results.datasets[IMAGENET10.dataset].record
    newest = max(records.values(), key=lambda record: record["finished"])
    softmax, images = ({run.seed for run in records if run.experiment == e.name} for e in (SOFTMAX, IMAGENET10))
    seeds = f"{len(images)} seeds" + ("" if softmax == images else f" ({len(softmax)} of softmax regression)")
    per_class, found = (sum(counts) // len(data["classes"]) for counts in (data["images"].values(), data["found"]))
    dtypes = dict.fromkeys(r["device"]["dtype"] for run, r in records.items() if run.experiment == IMAGENET10.name)
    images_from = "Imagenette" if data["origin"].startswith("imagenette") else data["origin"]
    total = sum(sum(record["seconds"].values()) for record in records.values())
    return (
        f"Results of the [reference run](reference/about.json) on Fashion-MNIST and {images_from}, mean ± standard\n"
        f"deviation over {seeds}, test split, no test-time augmentation; {per_class} of {found} images a class;\n"
        f"trained on {newest['device']['name']} ({', '.join(dtypes)}) with PyTorch {newest['versions']['torch']}, "
        f"finished on {newest['finished'][:10]}, {duration(total)} one run after another."
    )


def main() -> None:
    """Write README.md."""
    with unpacked() as folder:
        said = account(read_results(folder, EXPERIMENTS))
    README.write_text(replaced(README.read_text(encoding="utf-8"), said), encoding="utf-8")
    print(f"written: {README}")


if __name__ == "__main__":
    main()
