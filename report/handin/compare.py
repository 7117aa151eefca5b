"""What differs between two reports: how they were made, what they found, and on which test images."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from math import isclose
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.bilingual import Bilingual
from experiments.catalog import EXPERIMENTS
from experiments.data.dataset import printable
from experiments.disk.files import write_atomically
from experiments.errors import UserError
from experiments.rules import MARGINS
from experiments.store.record_types import RunRecord
from report.analysis.comparison import Comparison, adjusted, compare
from report.handin.listing import Listing, page
from report.handin.sides import Side, read_side
from report.page.numbers import p_value, percent, signed_points, spread

SAME, DIFFERENT, TROUBLE = 0, 1, 2  # exit codes, those of diff
PAGE = "compare.html"
MOST_IMAGES = 20  # sample numbers of a row
ABSENT = "—"
A, B = Bilingual("A", "A"), Bilingual("B", "B")
_VARIANT = Bilingual("变体", "variant")
_Row = tuple[str, ...]


def compare_reports(
    first: Path, second: Path, out: Path, say: Callable[[str], None], fail: Callable[[str], None]
) -> int:
    """Say what differs between two reports or folders of results, and write it as a page; returns the exit code.

    SAME if nothing differs, DIFFERENT if something does, TROUBLE if one of them cannot be read.
    """
    try:
        a, b = read_side(first), read_side(second)
        listings = differences(a, b)
    except UserError as error:
        fail(str(error))
        return TROUBLE
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        # Data of this program never do that; such as someone made up may.
        fail(f"{first}, {second}: their data cannot be compared ({type(error).__name__}: {error})")
        return TROUBLE
    say(f"A {a.about}\nB {b.about}")
    if not listings:
        say("no difference")
        return SAME
    for listing in listings:
        say(listing.text())
    out.mkdir(parents=True, exist_ok=True)
    sides = [Bilingual(f"{name} {side.about}", f"{name} {side.about}") for name, side in (("A", a), ("B", b))]
    write_atomically(out / PAGE, page(Bilingual("两份报告的差别", "What differs between two reports"), sides, listings))
    say(f"written: {out / PAGE}")
    return DIFFERENT


def differences(a: Side, b: Side) -> list[Listing]:
    """Only what differs, from causes to consequences; empty for two reports of one run by one author."""
    pairs = [_Pair(variant, a, b) for variant in _variants(a, b)]
    made = [
        _listing(Bilingual("核验", "Verification"), ("文件", "file"), _verification(a, b)),
        _listing(Bilingual("标题页", "Title page"), ("栏目", "field"), _title_pages(a, b)),
        _listing(Bilingual("设置", "Settings"), ("设置", "setting"), _settings(a, b)),
        _listing(Bilingual("代码", "Code"), ("代码", "code of"), _code(a, b)),
        _listing(Bilingual("数据", "Data"), ("数据", "data"), _data(a, b)),
        _listing(Bilingual("版本、机器与用时", "Versions, machine and time"), ("项目", "what"), _machine(a, b)),
        _accuracies(pairs),
        _images(pairs),
        _listing(Bilingual("翻转的结论", "Verdicts that turned"), ("结论", "verdict on"), _verdicts(a, b)),
        _listing(Bilingual("变动的结果", "Findings that moved"), ("结果", "finding"), _findings(a, b)),
    ]
    return [listing for listing in made if listing is not None and listing.rows]


def _listing(heading: Bilingual, first: tuple[str, str], rows: Iterable[_Row]) -> Listing:
    return Listing(heading, (Bilingual(*first), A, B), tuple(rows))


def _differing(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[_Row]:
    """(name, in a, in b) of the entries that differ."""
    for name in dict.fromkeys([*a, *b]):
        if (name in a, a.get(name)) != (name in b, b.get(name)):
            yield name, *(_shown(side[name]) if name in side else ABSENT for side in (a, b))


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if value not in ("", None) else ABSENT


# How they were made


def _verification(a: Side, b: Side) -> Iterator[_Row]:
    """Where the pages of one do not say what its data give, everything below is of the data alone."""
    if all(side.verdicts is None or side.verdicts.holds for side in (a, b)):
        return
    faults = [side.verdicts.faults[:3] if side.verdicts else [] for side in (a, b)]
    yield "claims", *(str(side.verdicts) if side.verdicts else ABSENT for side in (a, b))
    yield "faults", *("; ".join(found) or ABSENT for found in faults)


def _title_pages(a: Side, b: Side) -> Iterator[_Row]:
    if a.fields is not None and b.fields is not None:
        yield from _differing({**asdict(a.fields), "languages": a.lang}, {**asdict(b.fields), "languages": b.lang})


def _variants(*sides: Side) -> list[tuple[str, str]]:
    """(experiment, variant) of every run of either side, in the order of the catalogue."""
    known = [(experiment.name, variant) for experiment in EXPERIMENTS for variant in experiment.variants]
    found = dict.fromkeys((run.experiment, run.variant) for side in sides for run in side.results.records)
    return sorted(found, key=lambda name: known.index(name) if name in known else len(known))


def _records(side: Side, variant: tuple[str, str]) -> dict[int, RunRecord]:
    """Seed → record of one variant."""
    records = side.results.records.items()
    return {run.seed: record for run, record in records if (run.experiment, run.variant) == variant}


def _settings(a: Side, b: Side) -> Iterator[_Row]:
    for variant in _variants(a, b):
        of_a, of_b = (_records(side, variant) for side in (a, b))
        name = "/".join(variant)
        if set(of_a) != set(of_b):
            yield f"{name}: seeds", *(spread(sorted(side)) if side else ABSENT for side in (of_a, of_b))
        if of_a and of_b:
            flat = [dict(_flat(next(iter(side.values()))["config"])) for side in (of_a, of_b)]
            for setting, *values in _differing(*flat):
                yield f"{name}: {setting}", *values


def _flat(content: Mapping[str, Any], name: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}{key}.")
        else:
            yield f"{name}{key}", value


def _code(a: Side, b: Side) -> Iterator[_Row]:
    if a.program and b.program and a.program != b.program:
        yield "the report", a.program[:12], b.program[:12]
    for variant in _variants(a, b):
        codes = [sorted({str(record["code"])[:12] for record in _records(s, variant).values()}) for s in (a, b)]
        if codes[0] != codes[1] and all(codes):
            yield "/".join(variant), *(", ".join(side) for side in codes)


def _data(a: Side, b: Side) -> Iterator[_Row]:
    kinds = ("fingerprint", "origin", "classes", "side", "images", "used", "found", "skipped", "duplicates")
    for name in sorted({*a.results.datasets, *b.results.datasets}):
        facts = []
        for side in (a, b):
            stored = side.results.datasets.get(name)
            record: Mapping[str, Any] = {**stored.record} if stored else {}
            known = {kind: record[kind] for kind in kinds if kind in record}
            facts.append(dict(_flat({**known, **{k: str(v)[:12] for k, v in known.items() if k == "fingerprint"}})))
        for what, *values in _differing(*facts):
            yield f"{name}: {what}", *values


def _machine(a: Side, b: Side) -> Iterator[_Row]:
    found: list[dict[str, str]] = []
    for side in (a, b):
        values: dict[str, set[str]] = {}
        for record in side.results.records.values():
            for name, value in _flat({"device": record["device"], "version": record["versions"]}):
                values.setdefault(name, set()).add(_shown(value))
        found.append({name: ", ".join(sorted(several)) for name, several in values.items()})
    yield from _differing(*found)
    for variant in _variants(a, b):
        seconds = []
        for side in (a, b):
            runs = [sum(map(float, record["seconds"].values())) for record in _records(side, variant).values()]
            seconds.append(sum(runs) / len(runs) if runs else None)
        if seconds[0] is not None and seconds[1] is not None and seconds[0] != seconds[1]:
            yield f"{'/'.join(variant)}: seconds a run", *(f"{value:.3g}" for value in seconds)


# What they found


class _Pair:
    """A variant that both sides have; comparison: of B against A on the same test images, or None."""

    def __init__(self, variant: tuple[str, str], a: Side, b: Side):
        self.name = "/".join(variant)
        self.tables = [_predictions(side, variant) for side in (a, b)]
        prints = [{r["dataset"]["fingerprint"] for r in _records(side, variant).values()} for side in (a, b)]
        self.same_images = prints[0] == prints[1] and len(prints[0]) == 1
        self.there = all(len(table) for table in self.tables)
        self.seeds = [seed for seed in self.tables[0]["seed"].unique() if seed in set(self.tables[1]["seed"])]
        columns = ["seed", "sample", "label", "predicted"]
        same = [table[columns].reset_index(drop=True) for table in self.tables]
        self.differ = not same[0].equals(same[1])
        self.comparison: Comparison | None = None
        if self.differ and self.there and self.same_images and self.seeds:
            both = [table.assign(variant=name) for table, name in zip(self.tables, ("A", "B"), strict=True)]
            self.comparison = compare(pd.concat(both, ignore_index=True), "B", "A", MARGINS[variant[0]])


def _predictions(side: Side, variant: tuple[str, str]) -> pd.DataFrame:
    table = side.results.predictions
    return table[(table["experiment"] == variant[0]) & (table["variant"] == variant[1])]


def _accuracies(pairs: list[_Pair]) -> Listing:
    """Test accuracies that moved, paired image by image where the test images are the same."""
    moved = [pair for pair in pairs if pair.differ and pair.there]
    compared = list(adjusted([pair.comparison for pair in moved if pair.comparison]))
    rows = []
    for pair in moved:
        means = [(t["predicted"] == t["label"]).groupby(t["seed"]).mean().mean() for t in pair.tables]
        values = (pair.name, *map(percent, means))
        if pair.comparison is None:
            why = "no seed in common" if pair.same_images else "other test images"
            rows.append((*values, signed_points(means[1] - means[0]), "not paired", ABSENT, why))
            continue
        found = compared.pop(0)
        low, high = map(signed_points, found.interval)
        word = {"supported": "B is better", "contradicted": "A is better"}.get(found.verdict, found.verdict)
        rows.append((*values, signed_points(found.gain), f"{low} to {high}", p_value(found.p), word))
    columns = (
        _VARIANT, A, B, Bilingual("B − A，百分点", "B − A, points"), Bilingual("配对 95% 区间", "paired 95% interval"),
        Bilingual("p（Holm）", "p (Holm)"), Bilingual("结论", "verdict"),
    )  # fmt: skip
    note = Bilingual(
        "区间计入种子与图片的偶然性（只有一个种子时只计图片），并按 Holm 校正；区间不含 0 才称为更好。",
        "The interval counts seeds and images (images alone where there is one seed), at Holm's level; "
        "better is said only where it is without 0.",
    )
    return Listing(Bilingual("测试准确率", "Test accuracy"), columns, tuple(rows), note=note)


def _images(pairs: list[_Pair]) -> Listing:
    """Test images that one is right on and the other wrong, by seed."""
    rows = []
    for pair in pairs:
        if pair.comparison is None:
            continue
        for seed in pair.seeds:
            a, b = (t[t["seed"] == seed].set_index("sample") for t in pair.tables)
            both = a.merge(b, left_index=True, right_index=True, suffixes=("", "_b"))
            right, right_b = both["predicted"] == both["label"], both["predicted_b"] == both["label"]
            gained, lost = both.index[right_b & ~right], both.index[right & ~right_b]
            other = int((~right & ~right_b & (both["predicted"] != both["predicted_b"])).sum())
            if len(gained) or len(lost) or other:
                counts = (str(len(gained)), str(len(lost)), str(other))
                rows.append((pair.name, str(seed), *counts, _samples(gained), _samples(lost)))
    columns = (
        _VARIANT, Bilingual("种子", "seed"), Bilingual("B 得", "gained by B"), Bilingual("B 失", "lost by B"),
        Bilingual("错法不同", "wrong otherwise"), Bilingual("得到的图片", "images gained"),
        Bilingual("失去的图片", "images lost"),
    )  # fmt: skip
    return Listing(Bilingual("得失的测试图片", "Test images gained and lost"), columns, tuple(rows))


def _samples(numbers: Iterable[int]) -> str:
    found = [str(number) for number in numbers]
    more = len(found) - MOST_IMAGES
    return ", ".join(found[:MOST_IMAGES]) + (f" … {more} more" if more > 0 else "") or ABSENT


_VERDICTS = frozenset({"supported", "contradicted", "undecided", "equivalent"})
# Said image by image above, or with the time; lists of many would hide what matters.
_LEFT_OUT = (
    *("mistakes", "confusion", "class_pairs", "class_acc", "class_interval", "calibration", "interval", "gains"),
    *("cheapest", "dearest", "cost_ratio"),
)


def _verdicts(a: Side, b: Side) -> Iterator[_Row]:
    for name, *values in _differing(*(dict(_leaves(side.facts)) for side in (a, b))):
        if any(value in _VERDICTS for value in values):
            yield name, *values


def _findings(a: Side, b: Side) -> Iterator[_Row]:
    of_a, of_b = (dict(_leaves(side.facts)) for side in (a, b))
    for name in dict.fromkeys([*of_a, *of_b]):
        x, y = of_a.get(name), of_b.get(name)
        parts = set(name.replace("[", ".").split("."))
        if parts.intersection(_LEFT_OUT) or "seconds" in name:
            continue
        if {x, y} & _VERDICTS or _alike(x, y):
            continue
        yield printable(name, 200), *(ABSENT if value is None else _shown(value) for value in (x, y))


def _alike(x: Any, y: Any) -> bool:
    if isinstance(x, float) and isinstance(y, float):
        return isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) or (x != x and y != y)
    return bool(x == y)


def _leaves(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of the findings under a name that says what it is about: images.comparisons[cnn, mlp].p."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _leaves(value, f"{name}.{key}" if name else str(key))
    elif isinstance(content, list):
        for place, value in enumerate(content):
            own = [str(value[key]) for key in ("a", "b") if key in value] if isinstance(value, Mapping) else []
            yield from _leaves(value, f"{name}[{', '.join(own) or place}]")
    else:
        yield name, content
