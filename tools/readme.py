"""Writes what the READMEs say of results from the reference run: .venv/bin/python tools/readme.py

It stands between two marks; tests/system/test_reference.py holds both files to it.
"""

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean, stdev
from typing import Literal

from experiments.catalog import EXPERIMENTS, IMAGENET10, SOFTMAX
from experiments.models.recipe import names
from experiments.progress import duration
from experiments.store.reference import unpacked
from report.analysis import homework
from report.analysis.measurements import is_right
from report.further import cross_entropy
from report.results import Results, read_results

Lang = Literal["en", "zh"]
ROOT = Path(__file__).resolve().parent.parent
READMES: Mapping[Lang, Path] = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
BEGIN, END = "<!-- from here on written by tools/readme.py -->\n", "<!-- to here -->\n"
HEAD: Mapping[Lang, list[str]] = {
    "en": ["", "test accuracy", "test loss", "a run", "the homework's figure"],
    "zh": ["", "测试准确率", "测试损失", "一次训练", "作业给出的结果"],
}
SHOWN: Mapping[str, Mapping[Lang, str]] = {
    "wrong": {"en": "softmax regression, double softmax", "zh": "softmax 回归，做了两次 softmax"},
    "wrong-lr10": {"en": "the same, ten times the learning rate", "zh": "同上，学习率乘以 10"},
    "corrected": {"en": "softmax regression, corrected", "zh": "softmax 回归，改正后"},
}


def account(results: Results, lang: Lang) -> str:
    """The paragraph and the table, Markdown."""
    rows = [HEAD[lang], ["---"] * 5]
    measured, seconds = _measured(results), _seconds(results)
    for variant, name in SHOWN.items():
        acc, sd, loss = measured[SOFTMAX.name, variant]
        rows.append([name[lang], f"{acc:.2f} ± {sd:.2f} %", f"{loss:.3f}", _took(seconds[variant]), ""])
    for variant, config in IMAGENET10.variants.items():
        acc, sd, loss = measured[IMAGENET10.name, variant]
        theirs = homework.get(variant)
        printed = f"{theirs.test_acc * 100:.2f} %, {theirs.test_loss:.4f}" if theirs else ""
        said = names(config.model)
        name = {"en": f"{said.en}, {config.epochs} epochs", "zh": f"{said.zh}，{config.epochs} 轮"}[lang]
        # One decimal: an image of these test sets is a tenth of a point.
        rows.append([name, f"{acc:.1f} ± {sd:.1f} %", f"{loss:.3f}", _took(seconds[variant]), printed])
    return f"{_paragraph(results, lang)}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def replaced(readme: str, said: str) -> str:
    """A README with its account replaced. Raises ValueError if a mark is missing."""
    before, _, rest = readme.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"the README lacks the marks {BEGIN.strip()} and {END.strip()}")
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


def _paragraph(results: Results, lang: Lang) -> str:
    records, data = results.records, results.datasets[IMAGENET10.dataset].record
    newest = max(records.values(), key=lambda record: record["finished"])
    softmax, images = (len({run.seed for run in records if run.experiment == e.name}) for e in (SOFTMAX, IMAGENET10))
    per_class, found = (sum(counts) // len(data["classes"]) for counts in (data["images"].values(), data["found"]))
    dtypes = dict.fromkeys(r["device"]["dtype"] for run, r in records.items() if run.experiment == IMAGENET10.name)
    images_from = "Imagenette" if data["origin"].startswith("imagenette") else data["origin"]
    total = sum(sum(record["seconds"].values()) for record in records.values())
    machine = f"{newest['device']['name']} ({', '.join(dtypes)})"
    torch, finished = newest["versions"]["torch"], newest["finished"][:10]
    if lang == "zh":
        of_softmax = "" if softmax == images else f"（softmax 回归为 {softmax} 个）"
        return (
            f"下面是[参考运行](reference/about.json)在 Fashion-MNIST 和 {images_from} 上的结果，\n"
            f"{images} 个种子{of_softmax}的均值 ± 标准差，测试集，无测试时增强；\n"
            f"每类用 {found} 张中的 {per_class} 张；\n"
            f"在 {machine} 上用 PyTorch {torch} 训练，{finished} 完成，逐个训练共需 {duration(total)}。"
        )
    of_softmax = "" if softmax == images else f" ({softmax} of softmax regression)"
    return (
        f"Results of the [reference run](reference/about.json) on Fashion-MNIST and {images_from}, mean ± standard\n"
        f"deviation over {images} seeds{of_softmax}, test split, no test-time augmentation; {per_class} of {found}\n"
        f"images a class; trained on {machine} with PyTorch {torch}, finished on {finished},\n"
        f"{duration(total)} one run after another."
    )


def main() -> None:
    """Write both READMEs."""
    with unpacked() as folder:
        results = read_results(folder, EXPERIMENTS)
        for lang, readme in READMES.items():
            readme.write_text(replaced(readme.read_text(encoding="utf-8"), account(results, lang)), encoding="utf-8")
            print(f"written: {readme}")


if __name__ == "__main__":
    main()
