"""The plan of a build: every run with its key, and in what it is computed, fixed once for all. Free of torch."""

import difflib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from experiments.catalog import Experiment
from experiments.disk.files import create_exclusively
from experiments.disk.records import read_record, sealed
from experiments.disk.waiting import wait_for
from experiments.errors import RefusedError, UserError
from experiments.jobs import Job, jobs
from experiments.plan import wanted_runs
from experiments.store.runs import RunId

if TYPE_CHECKING:
    from experiments.data.dataset import Dataset
    from experiments.options import TrainingOptions

FORMAT = 1
DIGITS = 16  # of a plan's digest


class VariantRecord(TypedDict):
    """What decides the numbers of a variant's runs, but for the seed."""

    config: dict[str, Any]
    code: str
    dataset: str


class GroupRecord(TypedDict):
    """Runs that are trained together by one command."""

    runs: dict[str, str]  # name → key
    threads: int


class PlanRecord(TypedDict):
    """plan.json without its own SHA-256."""

    format: int
    device: str
    precision: str
    datasets: dict[str, dict[str, str]]  # name → fingerprint, origin
    variants: dict[str, VariantRecord]  # "experiment/variant"
    groups: dict[str, GroupRecord]


class UnknownRunError(UserError):
    """--only names no run; the message names the nearest."""

    exit_code = 2


@dataclass(frozen=True)
class Plan:
    """The record, and the jobs behind it where the plan was made here."""

    record: PlanRecord = field(repr=False)
    jobs: Mapping[str, Job] = field(default_factory=dict, repr=False)  # by group

    @cached_property
    def digest(self) -> str:
        """16 hex digits over code, data, settings, precision, threads and device kind."""
        text = json.dumps(self.record, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]

    @property
    def demo(self) -> bool:
        return any(dataset["origin"] == "demo" for dataset in self.record["datasets"].values())

    def folder(self, results: Path) -> Path:
        """Where its file lies, and what is known of its runs."""
        return plan_folder(results, self.digest)

    def write(self, results: Path) -> None:
        """Store it, unless it is there."""
        path = self.folder(results) / "plan.json"
        if not path.exists():
            create_exclusively(path, sealed({**self.record}))

    def group_of(self, name: str) -> str:
        """The group that a name means: its own, or that of one of its runs. Raises UnknownRunError."""
        groups = self.record["groups"]
        of_names = {run: group for group, found in groups.items() for run in found["runs"]} | {g: g for g in groups}
        plain = re.sub(r"[ /](?:seed[ -])?(\d+)$", r"/seed-\1", name.strip())
        for spelling in (name, plain):
            if spelling in of_names:
                return of_names[spelling]
        near = [known for known in of_names if known.endswith(f"/{plain}")]
        near = near or difflib.get_close_matches(plain, of_names, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else f"the first is {next(iter(of_names), 'missing')}"
        raise UnknownRunError(f"--only {name!r:.80}: there is no such run in this build; {hint} (--plan lists them)")

    def differences(self, here: "Plan", group: str) -> list[str]:
        """How what is here differs from this plan in what decides the numbers of a group: "what old -> new"."""
        if group not in self.record["groups"]:
            return [f"{group} is not in it"]
        planned, found = self.record, here.record
        changes = [
            f"{what} {planned[what]} -> {found[what]}"  # type: ignore[literal-required]
            for what in ("device", "precision")
            if planned[what] != found[what]  # type: ignore[literal-required]
        ]
        mine, theirs = planned["groups"][group], found["groups"].get(group)
        if theirs is None:
            return [*changes, f"{group} is not in this build"]
        if mine["threads"] != theirs["threads"]:
            changes.append(f"threads {mine['threads']} -> {theirs['threads']}")
        if mine["runs"].keys() != theirs["runs"].keys():
            changes.append("the runs that are trained together")
        for variant in dict.fromkeys(run.rpartition("/")[0] for run in mine["runs"]):
            changes += _variant_changes(variant, planned, found)
        if not changes and mine["runs"] != theirs["runs"]:
            changes.append("the keys of its runs")
        return list(dict.fromkeys(changes))


def _variant_changes(variant: str, planned: PlanRecord, found: PlanRecord) -> list[str]:
    old, new = planned["variants"].get(variant), found["variants"].get(variant)
    if old is None or new is None:
        return [f"{variant} is missing"]
    names = sorted(old["config"].keys() | new["config"].keys())
    values = [(name, old["config"].get(name), new["config"].get(name)) for name in names]
    changes = [f"{name} of {variant} {before} -> {after}" for name, before, after in values if before != after]
    if old["code"] != new["code"]:
        changes.append(f"code of {variant} {old['code'][:12]} -> {new['code'][:12]}")
    data = [plan["datasets"][part["dataset"]]["fingerprint"] for plan, part in ((planned, old), (found, new))]
    if data[0] != data[1]:
        changes.append(f"data {old['dataset']} {data[0][:12]} -> {data[1][:12]}")
    return changes


def plan_folder(results: Path, digest: str) -> Path:
    return results / "cluster" / digest


def run_name(run_id: RunId) -> str:
    """imagenet10/cnn/seed-2"""
    return f"{run_id.experiment}/{run_id.variant}/seed-{run_id.seed}"


def make_plan(options: "TrainingOptions", experiments: Sequence[Experiment], datasets: Mapping[str, "Dataset"]) -> Plan:
    """The plan of a build with these options and data.

    Of what options leave open: the CPU unless this machine has an NVIDIA GPU; float32 on a CPU, since some have no
    bfloat16 instructions, bfloat16 on a GPU; threads as each recipe wants them.
    """
    wanted = wanted_runs(options.counted(options.trained(experiments), datasets), datasets, options.seeds_for(datasets))
    data_of = {experiment.name: experiment.dataset for experiment in options.trained(experiments)}
    device = _device_kind() if options.device == "auto" else options.device
    precision = options.precision
    if precision == "auto":
        precision = "bfloat16" if device == "cuda" else "float32"
    variants: dict[str, VariantRecord] = {}
    for run_id, key in wanted:
        variants[f"{run_id.experiment}/{run_id.variant}"] = {
            "config": key.config.to_dict(),
            "code": key.code,
            "dataset": data_of[run_id.experiment],
        }
    by_name: dict[str, Job] = {}
    for job in jobs(wanted):
        by_name[_group_name(job, by_name)] = job
    groups: dict[str, GroupRecord] = {
        name: {
            "runs": {run_name(run_id): key.digest for run_id, key in job.members},
            "threads": min(job.threads, options.threads or job.threads),
        }
        for name, job in by_name.items()
    }
    named = {name: {"fingerprint": d.fingerprint, "origin": d.origin} for name, d in sorted(datasets.items())}
    record: PlanRecord = {
        "format": FORMAT, "device": device, "precision": precision, "datasets": named, "variants": variants,
        "groups": groups,
    }  # fmt: skip
    return Plan(record, by_name)


def read_plan(results: Path, digest: str, patience: float) -> Plan:
    """The stored plan of a digest; waits so many seconds for a file that a share shows late.

    Raises RefusedError if there is none, or if it is another.
    """
    path = plan_folder(results, digest) / "plan.json"
    if not re.fullmatch(rf"[0-9a-f]{{{DIGITS}}}", digest) or not wait_for(path, patience):
        raise RefusedError(f"--plan-digest {digest:.40}: there is no {path}; build.py --plan stores and names it")
    plan = Plan(read_record(path, PlanRecord, FORMAT))
    if plan.digest != digest:
        raise RefusedError(f"{path}: holds plan {plan.digest}, not {digest}; make it again with build.py --plan")
    return plan


def _group_name(job: Job, taken: Mapping[str, Job]) -> str:
    """imagenet10/cnn/seed-2 of one run, softmax/seeds-0-3 of several."""
    run_ids = [run_id for run_id, _ in job.members]
    if len(run_ids) == 1:
        return run_name(run_ids[0])
    seeds = sorted({run_id.seed for run_id in run_ids})
    name = f"{run_ids[0].experiment}/seeds-{seeds[0]}-{seeds[-1]}"
    return name if name not in taken else f"{name}.{sum(other.startswith(name) for other in taken)}"


def _device_kind(gpus: Path = Path("/proc/driver/nvidia/gpus")) -> str:
    """ "cuda" where the system lists an NVIDIA GPU, else "cpu"."""
    try:
        return "cuda" if any(gpus.iterdir()) else "cpu"
    except OSError:
        return "cpu"
