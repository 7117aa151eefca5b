import io
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from experiments.data import images
from experiments.data import load as module
from experiments.data.dataset import fingerprint, pixel_digests, printable, seeded_order
from experiments.data.downloads import DownloadError
from experiments.data.load import SPLITS, DataError, choose_origin, load_fashion_mnist, load_imagenet10

CLASSES = [f"n{i:08d}" for i in range(10)]


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=2000)


@pytest.fixture
def folder(tmp_path):
    """Ten class folders of seven distinct images each."""
    for label, name in enumerate(CLASSES):
        fill(tmp_path / "train" / name, label, 7)
    return tmp_path / "train"


def fill(folder, label, n):
    folder.mkdir(parents=True)
    for i in range(n):
        Image.new("RGB", (4, 4), (label, i, 0)).save(folder / f"{i}.png")


def load(folder, console, **options):
    options = {"images_per_class": 5, **options}
    return load_imagenet10(folder.parent, folder=folder, console=console, **options)


# ImageNet-10


def test_each_class_is_split_3_to_1_to_1(folder, console):
    dataset = load(folder, console)
    assert dataset.images.shape == (50, 128, 128, 3)
    assert (dataset.labels.dtype, dataset.split.dtype) == (np.int64, np.uint8)
    for label in range(10):  # 5 of a class: 3 train, 1 val, 1 test
        assert np.bincount(dataset.split[dataset.labels == label]).tolist() == [3, 1, 1]


def test_no_image_stands_in_two_splits(folder, console):
    dataset = load(folder, console)
    assert len(set(dataset.files)) == 50
    assert len(set(pixel_digests(dataset.images))) == 50


def test_file_label_and_pixels_belong_together(folder, console):
    dataset = load(folder, console)
    assert dataset.classes == tuple(CLASSES)
    for image, label, file in zip(dataset.images, dataset.labels, dataset.files, strict=True):
        red, green, _ = image[0, 0]
        assert file == f"{CLASSES[red]}/{green}.png"
        assert label == red


def test_splits_are_contiguous_training_images_first(folder, console):
    assert load(folder, console).split.tolist() == [0] * 30 + [1] * 10 + [2] * 10


def test_choice_and_fingerprint_depend_on_neither_times_nor_directory_order(folder, console, monkeypatch):
    first = load(folder, console)
    for path in folder.glob("*/*"):
        os.utime(path, ns=(0, random.randrange(10**18)))
    real = os.scandir

    class Shuffled(list):
        def __enter__(self):
            return iter(self)

        def __exit__(self, *error):
            pass

        def __next__(self):  # os.walk takes entries one by one
            if not self:
                raise StopIteration
            return self.pop(0)

    def scandir(path):
        entries = list(real(path))
        random.shuffle(entries)
        return Shuffled(entries)

    monkeypatch.setattr(os, "scandir", scandir)
    second = load(folder, console)
    assert console.file.getvalue().count("decoded") == 2  # the times are part of the cache's key
    assert second.files == first.files
    assert (second.images == first.images).all()
    assert second.fingerprint == first.fingerprint


def test_a_moved_folder_has_the_same_fingerprint(folder, console, tmp_path):
    first = load(folder, console)
    shutil.copytree(folder, tmp_path / "elsewhere" / "train")
    assert load(tmp_path / "elsewhere" / "train", console).fingerprint == first.fingerprint


def test_one_changed_pixel_changes_the_fingerprint(folder, console):
    first = load(folder, console)
    path = folder / first.files[0]
    Image.new("RGB", (4, 4), (0, 0, 9)).save(path)
    os.utime(path, (1, 1))
    assert load(folder, console).fingerprint != first.fingerprint


def test_the_seeded_choice_is_what_it_was_when_results_were_stored():
    assert seeded_order([f"a/{i}.png" for i in range(7)]) == [6, 4, 2, 3, 0, 5, 1]


def test_duplicates_are_dropped_before_the_choice(folder, console):
    # A class of 7, of which 2 equal others: exactly the 5 distinct ones are left to choose.
    shutil.copy(folder / CLASSES[3] / "0.png", folder / CLASSES[3] / "5.png")
    shutil.copy(folder / CLASSES[3] / "0.png", folder / CLASSES[3] / "6.png")
    dataset = load(folder, console)
    chosen = {file for file in dataset.files if file.startswith(CLASSES[3])}
    assert chosen == {f"{CLASSES[3]}/{i}.png" for i in range(5)}
    assert [dropped for dropped, _ in dataset.duplicates] == [f"{CLASSES[3]}/5.png", f"{CLASSES[3]}/6.png"]
    assert dataset.found == (7,) * 10


def test_a_class_with_too_few_good_images_is_one_error_with_the_first_bad_files(folder, console):
    for i in range(4):
        (folder / CLASSES[3] / f"{i}.png").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        load(folder, console)
    bad = f"class {CLASSES[3]} has 3 good images of 7 files, 5 are wanted"
    bad += "".join(f"; {CLASSES[3]}/{i}.png: empty file" for i in range(3)) + " (and 1 more)"
    assert str(caught.value) == f"{bad}; put images there"
    with pytest.raises(DataError, match="has 3 good images"):
        load(folder, console)
    assert console.file.getvalue().count("decoded") == 1  # what is good is not decoded again


def test_the_error_proposes_a_number_that_works(folder, console):
    with pytest.raises(DataError, match="has 7 good images of 7 files, 10 are wanted; use --images-per-class 5"):
        load(folder, console, images_per_class=10)


def test_of_many_files_only_as_many_are_decoded_as_give_enough(folder, console, monkeypatch):
    monkeypatch.setattr(module, "AT_MOST", 5)
    for label, name in enumerate(CLASSES):
        for i in range(7, 23):
            Image.new("RGB", (4, 4), (label, i, 0)).save(folder / name / f"{i}.png")
    dataset = load(folder, console)
    assert "decoded 100 images" in console.file.getvalue()  # 10 classes x twice the 5 that are wanted, of 23
    assert dataset.found == (23,) * 10
    assert len(dataset.files) == 50


def test_more_are_decoded_where_few_of_the_first_are_good(folder, console, monkeypatch):
    monkeypatch.setattr(module, "AT_MOST", 5)
    names = [f"{CLASSES[3]}/{i}.png" for i in range(7, 37)]
    for name in names:
        (folder / name).write_bytes(b"")
    dataset = load(folder, console)  # of 37 files in a class 30 are empty: first 10 of a class are looked into, then 40
    assert dataset.found == (7, 7, 7, 37, 7, 7, 7, 7, 7, 7)
    assert len(dataset.files) == 50


@pytest.mark.parametrize(
    ("per_class", "hint"),
    [(5, "close other programs, or leave fewer files"), (50, "use a smaller --images-per-class than 50")],
)
def test_too_little_memory_names_what_helps(folder, console, monkeypatch, per_class, hint):
    monkeypatch.setattr(module, "AT_MOST", 5)
    monkeypatch.setattr(images, "available_memory", lambda: 2**20)
    with pytest.raises(DataError, match=f"decoding 70 images needs .* GiB of memory, .* are left; {hint}"):
        load(folder, console, images_per_class=per_class)
    assert "decoded" not in console.file.getvalue()


@pytest.mark.parametrize("n", [0, 4, 7, -5])
def test_images_per_class_must_split_3_to_1_to_1(folder, console, n):
    with pytest.raises(DataError, match=f"--images-per-class must be a multiple of 5 .* got {n}"):
        load(folder, console, images_per_class=n)


@pytest.mark.parametrize("n", [0, 9, 11, 30])
def test_another_number_of_classes_is_an_error_that_lists_them(tmp_path, n, console):
    for i in range(n):
        (tmp_path / "train" / f"c{i:02d}").mkdir(parents=True)
    (tmp_path / "train").mkdir(exist_ok=True)
    with pytest.raises(DataError, match="must hold 10 class folders, found") as caught:
        load(tmp_path / "train", console)
    message = str(caught.value)
    assert ("c00" in message) == (n > 0)
    assert ("--classes c00,c01,…" in message) == (n > 10)
    assert "\n" not in message


def test_a_folder_around_the_class_folders_is_recognised(folder, console):
    with pytest.raises(DataError, match=r"found 1 \(train\); did you mean .*/train\?"):
        load(folder.parent, console)


def test_hidden_folders_and_files_beside_the_classes_are_ignored(folder, console):
    (folder / ".cache").mkdir()
    (folder / "LOC_synset_mapping.txt").touch()
    assert load(folder, console).classes == tuple(CLASSES)


def test_ten_classes_of_many_can_be_picked_in_any_order(folder, console):
    fill(folder / "n00000010", 10, 7)
    picked = [*CLASSES[1:], "n00000010"]
    dataset = load(folder, console, classes=picked[::-1])
    assert dataset.classes == tuple(picked)
    assert dataset.images[0, 0, 0, 0] == 1  # label 0 is n00000001, whose images have red 1


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (CLASSES[:9], "must name 10 different class folders, got 9"),
        ([*CLASSES[:9], CLASSES[0]], "must name 10 different class folders, got 10"),
        ([*CLASSES[:9], "n99"], r"has no folder 1 \(n99\); it has 10 \(n00000000"),
        ([*CLASSES[:9], "../train/n00000009"], "has no folder"),
        ([*CLASSES[:9], ""], "has no folder"),
    ],
)
def test_classes_that_cannot_be_picked_are_an_error(folder, console, classes, message):
    with pytest.raises(DataError, match=message):
        load(folder, console, classes=classes)


def test_hostile_class_names_go_through_unchanged(tmp_path, console):
    names = [
        "<script>alert(1)<⁄script>", "x" * 200, "🐟🦈", "\u202egnp.exe", "{{7*7}}",
        "a\nb", "$x$", "=cmd()", "--help", "[red]bold",
    ]  # fmt: skip
    for label, name in enumerate(names):
        fill(tmp_path / "train" / name, label, 5)
    assert load(tmp_path / "train", console).classes == tuple(sorted(names))


def test_an_error_about_a_hostile_name_is_one_short_line(tmp_path, console):
    for label in range(9):
        fill(tmp_path / "train" / f"c{label}", label, 5)
    fill(tmp_path / "train" / ("\u202e\n" + "y" * 200), 9, 2)
    with pytest.raises(DataError, match="has 2 good images") as caught:
        load(tmp_path / "train", console)
    assert "\n" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_printable_leaves_words_of_any_script_alone():
    assert printable("丁桂鱼 🐟") == "丁桂鱼 🐟"
    assert printable("a\tb\x00") == "a\\tb\\x00"
    assert printable("x" * 99, limit=9) == "x" * 8 + "…"


# Fashion-MNIST


@pytest.fixture
def published(monkeypatch, tmp_path):
    """Two parts in the proportions of the published ones, 600 and 100 images, in place of them."""
    parts = {}
    for part, n in (("train", 600), ("t10k", 100)):
        pixels = np.random.default_rng(n).integers(0, 256, (n, 28, 28, 1), dtype=np.uint8)
        parts[part] = pixels, np.random.default_rng(0).permutation(np.arange(n) % 10)
    monkeypatch.setattr(module, "fetch_fashion_mnist", lambda data_dir, console: tmp_path)
    monkeypatch.setattr(module, "read_part", lambda raw, part: parts[part])
    return parts


def test_the_training_part_is_split_5_to_1_in_each_class_and_the_test_part_kept(published, tmp_path):
    dataset = load_fashion_mnist(tmp_path)
    assert np.bincount(dataset.split).tolist() == [500, 100, 100]
    for label in range(10):
        assert np.bincount(dataset.split[dataset.labels == label]).tolist() == [50, 10, 10]
    assert dataset.classes[0] == "t-shirt"


def test_every_name_points_to_its_published_image(published, tmp_path):
    dataset = load_fashion_mnist(tmp_path)
    assert dataset.files[0] == "train/00000"
    assert dataset.files[-1] == "t10k/00099"
    for file, image, label, split in zip(dataset.files, dataset.images, dataset.labels, dataset.split, strict=True):
        part, position = file.split("/")
        images, labels = published[part]
        assert (image == images[int(position)]).all()
        assert label == labels[int(position)]
        assert (SPLITS[split] == "test") == (part == "t10k")


def test_a_part_of_the_images_is_as_balanced_as_the_whole(published, tmp_path):
    dataset = load_fashion_mnist(tmp_path, images=120)
    for label in range(10):  # 12 of 120 to a class, split 10:2, and 2 of 20 for the test
        assert np.bincount(dataset.split[dataset.labels == label]).tolist() == [10, 2, 2]
    assert dataset.fingerprint != load_fashion_mnist(tmp_path).fingerprint


@pytest.mark.parametrize("images", [0, -60, 59, 100, 660])
def test_an_impossible_number_of_images_is_refused(published, tmp_path, images):
    with pytest.raises(DataError, match=f"images must be .*got {images}"):
        load_fashion_mnist(tmp_path, images=images)


# The stand-in


def test_the_stand_in_needs_no_files_and_is_marked(tmp_path):
    textures = load_imagenet10(tmp_path / "none", demo=True, images_per_class=5)
    garments = load_fashion_mnist(tmp_path / "none", demo=True, images=600)
    assert textures.demo
    assert garments.demo
    assert np.bincount(textures.split).tolist() == [30, 10, 10]
    assert np.bincount(garments.split).tolist() == [500, 100, 100]
    assert len(set(textures.files)) == 50
    assert not (tmp_path / "none").exists()


def test_the_stand_in_has_100_images_a_class_unless_asked_otherwise(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "_demo_imagenet10", asked.append)
    load_imagenet10(tmp_path, demo=True)
    load_imagenet10(tmp_path, demo=True, images_per_class=20)
    assert asked == [100, 20]


# Real or stand-in


@pytest.fixture
def offline(monkeypatch):
    def fail(data_dir, console):
        raise DownloadError("Fashion-MNIST is not there and cannot be downloaded")

    monkeypatch.setattr(module, "fetch_fashion_mnist", fail)


@pytest.fixture
def there(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "fetch_fashion_mnist", lambda data_dir, console: asked.append("fashion-mnist"))
    monkeypatch.setattr(module, "fetch_imagenette", lambda data_dir, console: asked.append("imagenette"))
    return asked


@pytest.mark.parametrize("choice", ["auto", "real"])
def test_real_data_are_taken_when_they_are_there(there, tmp_path, console, choice):
    assert choose_origin(choice, tmp_path, console=console) == "real"
    assert there == ["fashion-mnist", "imagenette"]


def test_imagenette_is_not_wanted_when_a_folder_is_given(there, tmp_path, console):
    assert choose_origin("auto", tmp_path, folder=tmp_path, console=console) == "real"
    assert there == ["fashion-mnist"]


def test_auto_says_so_and_goes_on_with_the_stand_in(offline, tmp_path, console):
    assert choose_origin("auto", tmp_path, console=console) == "demo"
    assert "cannot be downloaded\ngoing on with demo data" in console.file.getvalue()


def test_auto_does_not_draw_instead_of_what_was_named(offline, tmp_path, console):
    with pytest.raises(DataError, match=r"cannot be downloaded; or leave out --imagenet10 .*/photos, and all images"):
        choose_origin("auto", tmp_path, folder=tmp_path / "photos", console=console)
    with pytest.raises(DataError, match="cannot be downloaded; or leave out --classes, and all images"):
        choose_origin("auto", tmp_path, classes=CLASSES, console=console)


def test_real_refuses_the_stand_in(offline, tmp_path, console):
    with pytest.raises(DataError, match="cannot be downloaded; --data real does not go on"):
        choose_origin("real", tmp_path, console=console)


def test_demo_looks_for_nothing(offline, tmp_path, console):
    assert choose_origin("demo", tmp_path, console=console) == "demo"


def test_another_choice_is_refused(tmp_path):
    with pytest.raises(DataError, match="must be auto, real or demo, got 'fake'"):
        choose_origin("fake", tmp_path)


# The data set itself


def test_the_fingerprint_covers_whatever_can_change_a_number(folder, console):
    dataset = load(folder, console)

    def of(dataset):
        digests = pixel_digests(dataset.images)
        return fingerprint(dataset.classes, dataset.files, dataset.labels, dataset.split, digests)

    assert of(dataset) == dataset.fingerprint
    images = np.array(dataset.images)
    images[0, 0, 0, 0] ^= 1
    changes = {
        "images": images,
        "labels": dataset.labels[::-1],
        "split": dataset.split[::-1],
        "classes": dataset.classes[::-1],
        "files": dataset.files[::-1],
    }
    changed = {of(replace(dataset, **{name: value})) for name, value in changes.items()}
    assert len(changed - {dataset.fingerprint}) == len(changes)


def test_the_data_side_does_not_import_torch():
    code = "import sys; sys.modules['torch'] = sys.modules['torchvision'] = None; import experiments.data.load"
    subprocess.run([sys.executable, "-c", code], check=True)
