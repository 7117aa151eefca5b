"""What run.json and dataset.json hold. Required: what every reader relies on; all of it is checked when it is read."""

from typing import Any, Required, TypedDict


class DatasetReference(TypedDict):
    """The dataset that a run was trained on."""

    name: str
    origin: str  # "torchvision", "folder" or "demo"
    fingerprint: str


class DeviceRecord(TypedDict, total=False):
    """Where and in which precision a run was computed."""

    kind: Required[str]
    name: Required[str]
    threads: Required[int]
    dtype: Required[str]
    dtype_reason: Required[str]


class LayerRecord(TypedDict):
    """One row of the table of a model's structure."""

    name: str
    type: str
    shape: list[int]  # of its output, without the batch
    parameters: int


class RunRecord(TypedDict, total=False):
    """run.json without its own SHA-256."""

    format: Required[int]
    experiment: str
    variant: str
    seed: Required[int]
    key: Required[str]  # digest of config, seed, dataset and code
    config: Required[dict[str, Any]]
    code: Required[str]
    dataset: Required[DatasetReference]
    finished: Required[str]  # ISO 8601
    files: Required[dict[str, str]]  # name → SHA-256
    rules: str  # digest of those by which it is to be judged: experiments/rules.py
    diverged_at: int | None  # epoch
    evaluated_split: str
    device: DeviceRecord
    versions: dict[str, str]
    seconds: dict[str, float]  # phase → seconds
    parameters: int
    flops: int  # of a forward pass of one image
    input: list[int]  # (C, H, W)
    layers: list[LayerRecord]
    sources: dict[str, str]  # name → Python source


class NearDuplicatesRecord(TypedDict):
    """Images of a later split that resemble one of an earlier split."""

    images: int
    pairs: int
    examples: list[list[Any]]  # (file, file it resembles, bits of the hash that differ), the closest first


class StoredDataset(TypedDict, total=False):
    """dataset.json without its own SHA-256; lists over classes are in the order of their labels."""

    format: Required[int]
    name: str
    fingerprint: Required[str]
    origin: Required[str]
    classes: Required[list[str]]
    files: Required[dict[str, str]]  # name → SHA-256
    side: int  # pixels
    images: dict[str, int]  # split → images
    used: list[int]
    found: list[int]
    skipped: list[list[str]]  # (file, reason)
    duplicates: list[list[str]]  # (dropped file, file it equals)
    near_duplicates: NearDuplicatesRecord  # absent where they were not looked for
    withheld: list[str]  # pictures that the reference run does not hold


class ReferenceRecord(TypedDict):
    """reference/about.json without its own SHA-256."""

    format: int
    finished: str  # ISO 8601, of its newest run
    machines: list[str]
    versions: dict[str, str]
    datasets: dict[str, str]  # name → fingerprint
    accuracies: dict[str, list[float]]  # experiment/variant → share of right predictions on the test split, by seed
    rounded: str  # which numbers are not to the last digit; empty for none
    runs: dict[str, dict[str, str]]  # experiment/variant/seed → "key" and "finished"
    results: str  # SHA-256 of results.xz
