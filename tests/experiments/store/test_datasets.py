import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from experiments.data.dataset import SPLITS
from experiments.disk.records import StoreError, UnreadableError
from experiments.store.datasets import read_dataset, record_dataset, write_dataset


def test_the_split_of_every_file_is_stored(tmp_path, tiny_images):
    record_dataset(tmp_path, tiny_images)
    stored = read_dataset(tmp_path, "imagenet10", tiny_images.fingerprint)
    table = pd.read_csv(io.BytesIO(stored.read("split.csv")))
    assert table["file"].tolist() == list(tiny_images.files)
    assert table["split"].tolist() == [SPLITS[i] for i in tiny_images.split]
    assert stored.record["images"] == {"train": 60, "val": 20, "test": 20}  # 100 images, 3:1:1


def test_the_samples_are_training_images_class_by_class(tmp_path, tiny_images):
    record_dataset(tmp_path, tiny_images)
    stored = read_dataset(tmp_path, "imagenet10", tiny_images.fingerprint)
    sheet = np.asarray(Image.open(io.BytesIO(stored.read("samples.png"))))
    assert sheet.shape == (10 * 32, 6 * 32, 3)  # of six training images a class there are no eight
    first = np.flatnonzero((tiny_images.labels == 3) & (tiny_images.split == 0))[1]
    assert (sheet[3 * 32 : 4 * 32, 32:64] == tiny_images.images[first]).all()


def test_recording_twice_changes_nothing(tmp_path, tiny_images):
    record_dataset(tmp_path, tiny_images)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    record_dataset(tmp_path, tiny_images)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_record_that_cannot_be_read_is_not_written_again(tmp_path, tiny_images, monkeypatch):
    record_dataset(tmp_path, tiny_images)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UnreadableError, match=r"dataset\.json: cannot be read"):
        record_dataset(tmp_path, tiny_images)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_test_images_stand_on_a_sheet_in_their_order(tmp_path, tiny_images):
    record_dataset(tmp_path, tiny_images)
    stored = read_dataset(tmp_path, "imagenet10", tiny_images.fingerprint)
    sheet = np.asarray(Image.open(io.BytesIO(stored.read("test.jpg"))), dtype=float)
    assert sheet.shape == (4 * 32, 5 * 32, 3)  # 20 images, five a row
    tests = tiny_images.images[tiny_images.split == 2]
    seventh = sheet[32:64, 32:64].mean((1, 2))  # rows of the seventh image; JPEG keeps them to a few levels
    assert np.abs(seventh - tests[6].mean((1, 2))).max() < 8


def test_a_dataset_record_is_read_back_and_checked(tmp_path):
    write_dataset(tmp_path, "fashion-mnist", "f" * 64, {"origin": "demo", "classes": ["a"]}, {"split.csv": b"sample\n"})
    dataset = read_dataset(tmp_path, "fashion-mnist", "f" * 64)
    assert dataset.record["classes"] == ["a"]
    assert dataset.read("split.csv") == b"sample\n"
    (dataset.path / "split.csv").write_bytes(b"other")
    with pytest.raises(StoreError, match=r"split\.csv"):
        dataset.read("split.csv")


def test_near_duplicates_are_looked_for_once_for_the_same_images(tmp_path, tiny_images, monkeypatch):
    record_dataset(tmp_path, tiny_images)
    stored = read_dataset(tmp_path, "imagenet10", tiny_images.fingerprint).record["near_duplicates"]
    assert stored["images"] >= 0
    monkeypatch.setattr("experiments.store.datasets.near_duplicates", None)
    record_dataset(tmp_path, tiny_images)
    assert read_dataset(tmp_path, "imagenet10", tiny_images.fingerprint).record["near_duplicates"] == stored
