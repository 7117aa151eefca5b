"""Everything that a sentence about the results can be held to: values, names and verdicts, from the findings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from statistics import fmean
from types import MappingProxyType
from typing import Any

from report.words.names import DENSE, class_aliases, model_aliases, slug
from report.words.sources import IMAGES, LEVEL, SOFTMAX, Sources, fisher, homework, shown_classes
from report.words.sources import sources as read_sources
from report.words.values import OPPOSITE, Kind, Subject, Value, Verdict
from report.words.variant_names import VARIANTS, higher_rate_aliases

_VERDICTS: dict[str, Verdict] = {"supported": "better", "contradicted": "worse", "equivalent": "equivalent"}


@dataclass(frozen=True)
class Facts:
    """What can be said of the results.

    values: dotted name → value. subjects: by key. verdicts: (a, b) → whether a is better than b, both ways round; a
    and b are keys of models, variants, homework.<model>, or <model>.<class key>. claims: <model>.overfitting and its
    like → whether it holds, None if that is undecided. confusions: <model> → (label's class, predicted class) of the
    commonest; row_confusions: (model, class) → the classes that it is most often taken for. groups: names → keys.
    """

    values: Mapping[str, Value]
    subjects: Mapping[str, Subject]
    verdicts: Mapping[tuple[str, str], Verdict]
    claims: Mapping[str, bool | None] = field(default_factory=dict)
    confusions: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    row_confusions: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def models(self) -> tuple[str, ...]:
        return self.groups["models"]

    @property
    def variants(self) -> tuple[str, ...]:
        return self.groups["variants"]

    def suggest(self, name: str) -> str | None:
        """The right name that is nearest to a mistyped one; None if none is near."""
        near = get_close_matches(name, self.values, n=1, cutoff=0.6)
        return near[0] if near else None

    def find(self, metric: str, subject: str = "", split: str = "", cls: str = "") -> Value | None:
        """The value with exactly these attributes."""
        return self._index.get((metric, subject, split, cls))

    @cached_property
    def _index(self) -> Mapping[tuple[str, str, str, str], Value]:
        return {(v.metric, v.subject, v.split, v.cls): v for v in self.values.values()}


def facts_from(findings: Any, results: Any) -> Facts:
    """The facts of these findings. results: those that the findings are computed from (names, images, settings)."""
    made = _Maker()
    sources = read_sources(results)
    made.images(findings.images, sources)
    made.softmax(findings.softmax, sources)
    made.data(sources)
    return made.facts()


class _Maker:
    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self._class_intervals: dict[str, dict[str, tuple[float, float]]] = {}  # class → model
        self.subjects: dict[str, Subject] = {}
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self.claims: dict[str, bool | None] = {}
        self.confusions: dict[str, tuple[tuple[str, str], ...]] = {}
        self.row_confusions: dict[tuple[str, str], tuple[str, ...]] = {}
        self.groups: dict[str, tuple[str, ...]] = {}

    def facts(self) -> Facts:
        return Facts(
            values=MappingProxyType(self.values),
            subjects=MappingProxyType(self.subjects),
            verdicts=MappingProxyType(self.verdicts),
            claims=MappingProxyType(self.claims),
            confusions=MappingProxyType(self.confusions),
            row_confusions=MappingProxyType(self.row_confusions),
            groups=MappingProxyType(self.groups),
        )

    def add(
        self, name: str, raw: float | None, kind: Kind, metric: str, subject: str = "", split: str = "", cls: str = ""
    ) -> None:
        if raw is not None and math.isfinite(raw):
            self.values[name] = Value(name, float(raw), kind, metric, subject, split, cls)

    def verdict(self, a: str, b: str, verdict: Verdict) -> None:
        self.verdicts[a, b], self.verdicts[b, a] = verdict, OPPOSITE[verdict]

    def classes(self, dataset: str, ids: Sequence[str]) -> list[tuple[str, str]]:
        """Of each class its key and its part of a dotted name."""
        keys, used = [], set()
        for label, (zh, en) in enumerate(shown_classes(ids)):
            part = slug(en)
            part = f"{part}_{label}" if part in used else part
            used.add(part)
            names = class_aliases(zh, en)
            self.subjects[f"{dataset}/{label}"] = Subject(f"{dataset}/{label}", "class", *names)
            keys.append((f"{dataset}/{label}", part))
        self.groups[f"{dataset} classes"] = tuple(key for key, _ in keys)
        return keys

    def images(self, images: Any, sources: Sources) -> None:
        classes = self.classes(IMAGES, sources.classes[IMAGES])
        trained = [*images.models, *images.diverged_models]
        names = {key: sources.model_names(key) for key in trained}
        for key in trained:
            others = " ; ".join(f"{n.zh} ; {n.en}" for k, n in names.items() if k != key)
            aliases = model_aliases(names[key].zh, names[key].en, key, others)
            self.subjects[key] = Subject(key, "model", *aliases)
            self.claims[f"{key}.diverged"] = key in images.diverged_models
        self.groups["models"] = tuple(images.models)
        described = {key: f"{n.zh} {n.en} {n.description_zh} {n.description_en}" for key, n in names.items()}
        self.groups["dense"] = tuple(key for key in images.models if DENSE.search(described[key]))
        for key, m in images.models.items():
            self.model(key, m, classes)
            self.runs(key, sources.seed_accuracy(IMAGES, key))
            self.settings(key, f"{IMAGES}/{key}", sources)
        for pair in images.comparisons:
            self.verdict(pair.a, pair.b, _VERDICTS.get(pair.verdict, "undecided"))
            self.compared(pair, pair.a, pair.b)

    def compared(self, c: Any, a: str, b: str) -> None:
        """By how much a is ahead of b, the ends of that lead's interval, and the test's p."""
        self.add(f"{a}.vs.{b}.gain", c.gain, Kind.POINTS, f"gain over {b}", a)
        self.add(f"{a}.vs.{b}.low", c.interval[0], Kind.POINTS, f"least gain over {b}", a)
        self.add(f"{a}.vs.{b}.high", c.interval[1], Kind.POINTS, f"greatest gain over {b}", a)
        self.add(f"{a}.vs.{b}.p", c.p, Kind.SETTING, f"p against {b}", a)

    def model(self, key: str, m: Any, classes: list[tuple[str, str]]) -> None:
        add = self.add
        for split in ("test", "train", "val"):
            accuracy, loss = getattr(m, f"{split}_acc"), getattr(m, f"{split}_loss")
            add(f"{key}.{split}_acc", accuracy, Kind.SHARE, "acc", key, split)
            add(f"{key}.{split}_error", 1 - accuracy, Kind.SHARE, "error", key, split)
            add(f"{key}.{split}_loss", loss, Kind.LOSS, "loss", key, split)
        add(f"{key}.test_acc_sd", m.test_acc_sd, Kind.POINTS, "sd", key, "test")
        add(f"{key}.test_loss_sd", m.test_loss_sd, Kind.LOSS, "loss sd", key, "test")
        add(f"{key}.shown_acc", m.shown_acc, Kind.SHARE, "acc of one run", key, "test")
        add(f"{key}.interval.low", m.interval[0], Kind.SHARE, "interval low", key, "test")
        add(f"{key}.interval.high", m.interval[1], Kind.SHARE, "interval high", key, "test")
        add(f"{key}.correct", m.correct, Kind.COUNT, "correct", key, "test")
        add(f"{key}.mistakes", m.test_images - m.correct, Kind.COUNT, "mistakes", key, "test")
        add(f"{key}.mean_correct", m.test_acc * m.test_images, Kind.COUNT, "mean correct", key, "test")
        add(f"{key}.mean_mistakes", (1 - m.test_acc) * m.test_images, Kind.COUNT, "mean mistakes", key, "test")
        add(f"{key}.gap", m.gap, Kind.POINTS, "gap", key)
        add(f"{key}.val_gap", m.val_gap, Kind.POINTS, "val gap", key)
        add(f"{key}.params", m.parameters, Kind.COUNT, "params", key)
        add(f"{key}.flops", m.flops, Kind.COUNT, "flops", key)
        add(f"{key}.epochs", m.epochs, Kind.EPOCHS, "epochs", key)
        add(f"{key}.seeds", m.seeds, Kind.COUNT, "seeds", key)
        add(f"{key}.seconds", m.seconds_run, Kind.SECONDS, "time", key)
        add(f"{key}.seconds_epoch", m.seconds_epoch, Kind.SECONDS, "time an epoch", key)
        add(f"{key}.val_lowest_epoch", m.val_lowest_epoch, Kind.EPOCHS, "lowest epoch", key, "val")
        add(f"{key}.confidence", m.calibration.confidence, Kind.SHARE, "confidence", key)
        add(f"{key}.ece", m.calibration.ece, Kind.SHARE, "ece", key)
        add(f"{key}.class_spread", m.class_spread, Kind.POINTS, "class spread", key)
        add(f"{key}.best_class_acc", m.best_acc, Kind.SHARE, "best class", key)
        add(f"{key}.worst_class_acc", m.worst_acc, Kind.SHARE, "worst class", key)
        self.claims[f"{key}.overfitting"] = _decided(m.overfitting)
        self.claims[f"{key}.overconfident"] = _decided(m.calibration.overconfident)
        for (cls, part), accuracy in zip(classes, m.class_acc, strict=True):
            add(f"{key}.class.{part}.acc", accuracy, Kind.SHARE, "acc", key, "test", cls)
            add(f"{key}.class.{part}.error", 1 - accuracy, Kind.SHARE, "error", key, "test", cls)
        for pair in m.class_pairs:
            a, b = classes[pair.a][0], classes[pair.b][0]
            self.verdict(f"{key}.{a}", f"{key}.{b}", _VERDICTS.get(pair.verdict, "undecided"))
        self.class_intervals(key, m, classes)
        if m.commonest_confusions:
            first = m.commonest_confusions[0]
            self.confusions[key] = tuple((classes[i][0], classes[j][0]) for i, j, _ in first)
        for i, row in enumerate(m.confusion):
            wrong = [0 if j == i else int(n) for j, n in enumerate(row)]
            top = [classes[j][0] for j, n in enumerate(wrong) if n and n == max(wrong)]
            self.row_confusions[key, classes[i][0]] = tuple(top)
            for j, n in enumerate(wrong):
                share = n / int(row.sum()) if int(row.sum()) else math.nan
                name = f"{key}.confusion.{classes[i][1]}.{classes[j][1]}"
                if n:
                    add(name, share, Kind.SHARE, f"taken for {classes[j][0]}", key, "test", classes[i][0])
        printed = homework(key)
        if printed is not None:
            add(f"homework.{key}.test_acc", printed.test_acc, Kind.SHARE, "acc", f"homework.{key}", "test")
            add(f"homework.{key}.test_loss", printed.test_loss, Kind.LOSS, "loss", f"homework.{key}", "test")
            add(f"homework.{key}.epochs", printed.epochs, Kind.EPOCHS, "epochs", f"homework.{key}")
            p = fisher(m.correct, m.test_images, printed.correct, printed.images)
            lead = m.shown_acc - printed.test_acc
            undecided = p >= LEVEL or lead * (m.test_acc - printed.test_acc) <= 0
            self.verdict(key, f"homework.{key}", "undecided" if undecided else "better" if lead > 0 else "worse")

    def class_intervals(self, key: str, m: Any, classes: list[tuple[str, str]]) -> None:
        """For each class the interval of the mean over seeds: two models differ there if theirs do not overlap."""
        for (cls, _), (low, high) in zip(classes, m.class_interval, strict=True):
            of_models = self._class_intervals.setdefault(cls, {})
            for other, theirs in of_models.items():
                verdict: Verdict = "better" if low > theirs[1] else "worse" if high < theirs[0] else "undecided"
                self.verdict(f"{key}.{cls}", f"{other}.{cls}", verdict)
            of_models[key] = (low, high)

    def softmax(self, softmax: Any, sources: Sources) -> None:
        add, classes = self.add, self.classes(SOFTMAX, sources.classes[SOFTMAX])
        factor = softmax.higher_rate.factor
        for name, v in softmax.variants.items():
            key = f"softmax.{name}"
            against, zh, en = VARIANTS.get(name, ("", (name,), (name,)))
            if name == softmax.higher_rate.gain.a:
                against, (zh, en) = softmax.higher_rate.gain.b, higher_rate_aliases(name, factor)
            self.subjects[key] = Subject(key, "variant", zh, en, f"softmax.{against}" if against else "")
            add(f"{key}.test_acc", v.test_acc, Kind.SHARE, "acc", key, "test")
            add(f"{key}.test_error", 1 - v.test_acc, Kind.SHARE, "error", key, "test")
            add(f"{key}.test_acc_sd", v.test_acc_sd, Kind.POINTS, "sd", key, "test")
            for split in ("train", "val"):
                add(f"{key}.{split}_acc", getattr(v, f"{split}_acc"), Kind.SHARE, "acc", key, split)
                add(f"{key}.{split}_loss", getattr(v, f"{split}_loss"), Kind.LOSS, "loss", key, split)
            add(f"{key}.cross_entropy", v.cross_entropy, Kind.LOSS, "cross-entropy", key, "test")
            add(f"{key}.first_gradient", v.grad_start, Kind.LOSS, "gradient", key)
            add(f"{key}.first_loss", v.first_loss, Kind.LOSS, "first loss", key, "train")
            for (cls, part), recalls in zip(classes, zip(*v.recalls, strict=True), strict=True):
                add(f"{key}.class.{part}.acc", fmean(recalls), Kind.SHARE, "acc", key, "test", cls)
            for label, (cls, _) in enumerate(classes):
                seeds = [label in labels for labels in v.unlearned_classes]
                self.claims[f"{key}.unlearned.{cls}"] = all(seeds) if all(seeds) or not any(seeds) else None
            self.runs(key, dict(zip(softmax.seeds, v.accuracies, strict=True)))
            self.settings(key, f"softmax/{name}", sources)
        if len(softmax.seeds) > sources.seeds:
            add("softmax.seeds", len(softmax.seeds), Kind.COUNT, "seeds")
        self.groups["variants"] = tuple(f"softmax.{name}" for name in softmax.variants)
        compared = [softmax.correction, softmax.higher_rate.gain, softmax.higher_rate.remainder]
        same = {a.a: a.b for a in softmax.agreements if a.verdict == "supported"}
        same |= {b: a for a, b in same.items()}
        for c in compared:
            for a in filter(None, (c.a, same.get(c.a))):
                for b in filter(None, (c.b, same.get(c.b))):
                    self.verdict(f"softmax.{a}", f"softmax.{b}", _VERDICTS.get(c.verdict, "undecided"))
            self.compared(c, f"softmax.{c.a}", f"softmax.{c.b}")
        for a, b in same.items():
            self.verdict(f"softmax.{a}", f"softmax.{b}", "equivalent")
        add("softmax.gap", softmax.correction.gain, Kind.POINTS, "gap", "softmax")
        add("softmax.floor", softmax.theory.floor, Kind.LOSS, "floor")
        add("softmax.ceiling", softmax.theory.ceiling, Kind.LOSS, "ceiling")
        add("softmax.top_probability", softmax.theory.confidence_cap, Kind.SHARE, "top probability")
        add("softmax.chance", softmax.theory.chance, Kind.LOSS, "chance")
        add("softmax.start_ratio", softmax.start_ratio, Kind.RATIO, "gradient ratio")
        add("softmax.lr_factor", factor, Kind.RATIO, "lr factor")
        add(
            "softmax.catch_up",
            softmax.latest_catch_up if all(softmax.catch_up) else None,
            Kind.EPOCHS,
            "catch-up epoch",
        )

    def runs(self, key: str, of_seeds: Mapping[int, float]) -> None:
        """The test accuracy of each seed."""
        for seed, accuracy in of_seeds.items():
            self.add(f"{key}.seed_{seed}.test_acc", accuracy, Kind.SHARE, f"acc of seed {seed}", key, "test")

    def settings(self, key: str, variant: str, sources: Sources) -> None:
        """The numbers of a configuration: softmax.wrong.lr, cnn.batch_size, cnn.net.dropout …"""
        config = sources.settings.get(variant, {})
        for name, value in {**config, **{f"net.{n}": v for n, v in config.get("net", {}).items()}}.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                kind = Kind.EPOCHS if name == "epochs" else Kind.SETTING
                self.add(f"{key}.{name}", value, kind, name.removeprefix("net."), key)
        if "params" in sources.recorded.get(variant, {}):
            self.add(f"{key}.params", sources.recorded[variant]["params"], Kind.COUNT, "params", key)

    def data(self, sources: Sources) -> None:
        for dataset, images in sources.images.items():
            short = {IMAGES: "images", SOFTMAX: "fashion"}.get(dataset, dataset)
            count = len(sources.classes[dataset])
            for split, number in images.items():
                self.add(f"{short}.{split}", number, Kind.COUNT, "images", dataset, split)
                self.add(f"{short}.{split}_per_class", number / count, Kind.COUNT, "images a class", dataset, split)
            self.add(f"{short}.total", sum(images.values()), Kind.COUNT, "images", dataset)
            self.add(f"{short}.per_class", sum(images.values()) / count, Kind.COUNT, "images a class", dataset)
            self.add(f"{short}.guess", 1 / count, Kind.SHARE, "guess", dataset)
            self.add(f"{short}.classes", count, Kind.COUNT, "classes", dataset)
        self.add("seeds", sources.seeds, Kind.COUNT, "seeds")
        self.add("models", len(self.groups["models"]), Kind.COUNT, "models")
        self.add("variants", len(self.groups["variants"]), Kind.COUNT, "variants")
        self.add("level", 1 - LEVEL, Kind.SHARE, "level")


def _decided(verdict: str) -> bool | None:
    return {"supported": True, "contradicted": False}.get(verdict)
