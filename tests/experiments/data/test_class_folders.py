"""What counts as a class and as one of its files, on trees as people have them."""

import os
import unicodedata

import pytest
from PIL import Image

from experiments.data.class_folders import class_folders, list_images, pick_classes
from experiments.data.dataset import DataError, seeded_order
from experiments.data.images import decode_image

TEN = [f"class{i}" for i in range(10)]


def make(folder, *names):
    """Empty files, and empty folders where a name ends with a slash."""
    for name in names:
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()
    return folder


def make_ten(folder, names=TEN):
    return make(folder, *(f"{name}/0.png" for name in names))


def files(folder):
    candidates, skipped = list_images({folder.name: folder})
    return [candidate.file for candidate in candidates], skipped


# Names

HOSTILE = [
    "<script>alert(1)</script>".replace("/", "⁄"), "x" * 200, "🐟🦈", "\u202egnp.exe", "{{7*7}}",
    "a\nb", "$x$", "=cmd", "--help", "[bold]",
]  # fmt: skip


def test_hostile_names_are_only_names(tmp_path):
    for name in HOSTILE:
        make(tmp_path, f"{name}/{name[:150]}.png")
    folders = class_folders(tmp_path).folders
    assert sorted(folders) == sorted(HOSTILE)
    candidates, skipped = list_images(folders)
    assert len(candidates) == len(HOSTILE)
    assert not skipped


def test_names_that_are_no_utf_8_are_spelt_out_and_can_be_picked_so(tmp_path):
    for letter in b"abcdefghij":
        os.mkdir(os.fsencode(tmp_path) + b"/caf\xe9" + bytes([letter]))
        with open(os.fsencode(tmp_path) + b"/caf\xe9" + bytes([letter]) + b"/\xff.png", "wb") as file:
            Image.new("RGB", (2, 2)).save(file, "PNG")
    shown = [f"caf\\udce9{letter}" for letter in "abcdefghij"]
    folders = pick_classes(tmp_path, shown)
    assert list(folders) == shown
    candidates, _ = list_images(folders)
    assert candidates[0].file == "caf\\udce9a/\\udcff.png"
    assert decode_image(candidates[0].path, px=2).shape == (2, 2, 3)


@pytest.mark.parametrize("on_disk", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_names_are_compared_and_shown_in_one_unicode_form(tmp_path, on_disk, typed):
    names = ["café", "crème", "éclair", "pâté", "über", "Tiếng", "한국", "が", "naïve", "Å"]
    make_ten(tmp_path, [unicodedata.normalize(on_disk, name) for name in names])
    folders = pick_classes(tmp_path, [unicodedata.normalize(typed, name) for name in names])
    assert list(folders) == sorted(unicodedata.normalize("NFC", name) for name in names)
    assert list_images(folders)[0][0].file == f"{min(folders)}/0.png"


def test_two_folders_of_one_name_in_two_unicode_forms_are_refused_by_name(tmp_path):
    make(tmp_path, "caf\u00e9/", "cafe\u0301/")
    with pytest.raises(DataError, match=r"both called café, .*'cafe\\u0301' and 'caf\\xe9'; rename one"):
        class_folders(tmp_path)


# What does not count

SYSTEM = [
    "lost+found", "@eaDir", "#recycle", "#snapshot", ".snapshot", "System Volume Information", "$RECYCLE.BIN",
    "__MACOSX", ".Trash-1000", ".Trashes", ".Spotlight-V100", ".fseventsd", ".ipynb_checkpoints", ".git",
    "__pycache__", "@Recycle", "@tmp", "~snapshot", "Network Trash Folder", ".DS_Store", "._class0",
]  # fmt: skip


@pytest.mark.parametrize("name", SYSTEM)
def test_what_a_system_makes_is_no_class_and_holds_no_images_at_any_depth(tmp_path, name):
    make_ten(tmp_path)
    make(tmp_path, f"{name}/0.png", f"class0/{name}/1.png", f"class0/part/{name}/2.png")
    assert list(pick_classes(tmp_path, None)) == TEN
    assert files(tmp_path / "class0") == (["class0/0.png"], [])


@pytest.mark.parametrize("name", ["lost", "recycle", "found", "snapshot", "System", "git", "tmp", "macosx", "C#", "~"])
def test_a_class_may_have_a_name_like_that(tmp_path, name):
    make(tmp_path, f"{name}/0.png")
    assert list(class_folders(tmp_path).folders) == [name]


@pytest.mark.parametrize("name", ["._0.png", ".DS_Store", ".0.png.swp"])
def test_hidden_files_are_passed_over_in_silence(tmp_path, name):
    make(tmp_path / "a", "0.png", name)
    assert files(tmp_path / "a") == (["a/0.png"], [])


@pytest.mark.parametrize("n", [8, 12])
def test_a_system_folder_is_never_proposed(tmp_path, n):
    make(tmp_path, *(f"{name}/" for name in SYSTEM), *(f"z{i:02d}/" for i in range(n)))
    with pytest.raises(DataError, match=f"found {n} ") as caught:
        pick_classes(tmp_path, None)
    assert not any(name in str(caught.value) for name in SYSTEM)


# Links


def test_class_folders_and_folders_in_them_may_be_links(tmp_path):
    make_ten(tmp_path / "shared")
    make_ten(tmp_path / "ten", [])
    (tmp_path / "ten").mkdir()
    for name in TEN[:5]:
        (tmp_path / "ten" / name).symlink_to(tmp_path / "shared" / name)
    for name in TEN[5:]:
        (tmp_path / "ten" / name).mkdir()
        (tmp_path / "ten" / name / "images").symlink_to(tmp_path / "shared" / name)
    candidates, skipped = list_images(pick_classes(tmp_path / "ten", None))
    inside = ["", "", "", "", "", "images/", "images/", "images/", "images/", "images/"]
    assert [c.file for c in candidates] == [f"{name}/{part}0.png" for name, part in zip(TEN, inside, strict=True)]
    assert not skipped


def test_no_folder_is_searched_twice_and_the_plain_name_wins(tmp_path):
    make(tmp_path / "a", "z/0.png", "z/deep/1.png")
    for name, target in {"a/link": "z", "a/z/self": ".", "a/z/deep/up": "..", "a/again": "link", "a/top": "."}.items():
        (tmp_path / name).symlink_to(target)
    assert files(tmp_path / "a") == (["a/z/0.png", "a/z/deep/1.png"], [])


def test_many_folders_that_lead_to_one_another_are_searched_in_no_time(tmp_path):
    for i in range(12):  # 12! ways through them
        make(tmp_path / "a", f"{i}/{i}.png")
        for k in range(12):
            (tmp_path / "a" / str(i) / f"to{k}").symlink_to(f"../{k}")
    assert len(files(tmp_path / "a")[0]) == 12


@pytest.mark.parametrize("target", ["..", "../..", "/"])
def test_a_link_to_a_folder_around_is_named_and_not_followed(tmp_path, target):
    make_ten(tmp_path / "ten", [*TEN[:9], "elsewhere"])
    (tmp_path / "ten" / "class0" / "up").symlink_to(target)
    assert files(tmp_path / "ten" / "class0") == (
        ["class0/0.png"],
        [("class0/up", "a link to a folder around it, not followed")],
    )
    (tmp_path / "ten" / "class9").symlink_to(target)
    (tmp_path / "ten" / "elsewhere").rename(tmp_path / "x")
    with pytest.raises(DataError, match=r"found 9 .*; class9: a link to a folder around it, not followed"):
        pick_classes(tmp_path / "ten", None)


def test_a_linked_class_folder_does_not_lead_back_to_where_the_link_is(tmp_path):
    make_ten(tmp_path / "ten", TEN[1:])
    make(tmp_path / "shared" / "class0", "0.png")
    (tmp_path / "ten" / "class0").symlink_to(tmp_path / "shared" / "class0")
    (tmp_path / "shared" / "class0" / "all").symlink_to(tmp_path / "ten")
    assert files(tmp_path / "ten" / "class0")[0] == ["class0/0.png"]


def test_what_cannot_be_reached_is_named_with_the_reason(tmp_path):
    folder = make(tmp_path / "a", "fine.png")
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "broken.png").symlink_to("nowhere.png")
    os.mkfifo(folder / "pipe.png")  # reading it would wait for ever
    assert files(folder) == (
        ["a/fine.png"],
        [
            ("a/broken.png", "a link to nowhere.png: no such file or directory"),
            ("a/loop.png", "a link to loop.png: symlink loop"),
            ("a/pipe.png", "not a regular file"),
        ],
    )


def test_a_broken_link_among_the_classes_is_named_where_one_is_missing(tmp_path):
    make_ten(tmp_path, TEN[:9])
    (tmp_path / "class9").symlink_to("/mnt/gone/class9")
    with pytest.raises(DataError, match=r"found 9 .*; class9: a link to /mnt/gone/class9: no such file"):
        pick_classes(tmp_path, None)
    with pytest.raises(DataError, match=r"has no folder 1 \(class9\).*; class9: a link to /mnt/gone/class9: no such"):
        pick_classes(tmp_path, TEN)


def test_an_unreadable_folder_is_named(tmp_path, monkeypatch):
    make(tmp_path, "a/", "b/0.png")
    real = os.scandir

    def scandir(path):
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)  # permissions do not stop root, who may run the tests
    candidates, skipped = list_images({"a": tmp_path / "a", "b": tmp_path / "b"})
    assert [candidate.file for candidate in candidates] == ["b/0.png"]
    assert skipped == [("a", "permission denied")]
    with pytest.raises(DataError, match=r"cannot list .*/a: permission denied"):
        class_folders(tmp_path / "a")


# Where the ten are

PLACES = {  # files below the folder → what the error proposes
    "one folder down": ([f"dataset/{name}/0.png" for name in TEN], "did you mean .*/top/dataset\\?"),
    "two folders down": ([f"a/b/{name}/0.png" for name in TEN], "did you mean .*/top/a/b\\?"),
    "three folders down": (
        [f"Data/CLS-LOC/train/{name}/0.png" for name in TEN],
        "did you mean .*/Data/CLS-LOC/train\\?",
    ),
    "images": ([f"images/{name}/0.png" for name in TEN], "did you mean .*/top/images\\?"),
    "train before others": (
        [f"{part}/{name}/0.png" for name in TEN for part in ("test", "train", "val")],
        "did you mean .*/top/train\\?",
    ),
    "ten before more": (
        [f"a/{name}/0.png" for name in (*TEN, "x")] + [f"b/{name}/0.png" for name in TEN],
        "did you mean .*/top/b\\?",
    ),
    "more than ten in train": (
        [f"train/{name}/images/0.png" for name in (*TEN, "x")] + ["val/images/0.png"],
        "did you mean .*/top/train \\(with --classes class0,class1,…: it has 11\\)\\?",
    ),
    "in a system's folder": ([f".cache/{name}/0.png" for name in TEN], "found none; it must hold ten folders"),
    "images without folders": ([f"{i}.png" for i in range(3)], "found none and 3 files; it must hold ten folders"),
    "nothing": ([], "found none; it must hold ten folders with the images of one class each"),
}


@pytest.mark.parametrize(("names", "message"), PLACES.values(), ids=PLACES)
def test_an_error_says_where_the_ten_folders_are(tmp_path, names, message):
    (tmp_path / "top").mkdir()
    with pytest.raises(DataError, match=message) as caught:
        pick_classes(make(tmp_path / "top", *names), None)
    assert "\n" not in str(caught.value)


def test_classes_that_were_named_are_found_further_down(tmp_path):
    make_ten(tmp_path / "train", [*TEN, "x", "y"])
    with pytest.raises(DataError, match=r"has no folder 10 \(class0, .*; it has 1 \(train\); did you mean .*/train\?"):
        pick_classes(tmp_path, TEN)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "missing does not exist; name a folder that holds ten folders"),
        ("file", "file is a file; unpack it if it is an archive"),
        ("loop", "cannot list .*loop: symlink loop; it must be a folder"),
        ("file/below", "below is a file|cannot list"),
    ],
)
def test_a_place_without_class_folders_is_a_clear_error(tmp_path, name, message):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DataError, match=message):
        class_folders(tmp_path / name)


# Many files


def test_of_a_class_with_too_many_files_the_first_in_seeded_order_are_listed(tmp_path):
    make(tmp_path, *(f"a/{i}.png" for i in range(9)), "b/0.png", "b/1.png")
    folders = class_folders(tmp_path).folders
    everything, few = ([c.file for c in list_images(folders, n)[0]] for n in (None, 2))
    order = [everything[:9][i] for i in seeded_order(everything[:9])]
    assert few == [*sorted(order[:2]), "b/0.png", "b/1.png"]
