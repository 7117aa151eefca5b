"""Columns come back byte for byte, whatever a file holds, and measurements take far less room than text."""

import lzma

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.disk.records import StoreError
from experiments.store.columns import pack_files, rounded, unpack_files
from experiments.store.runs import to_csv

COLUMNS = ("sample", "label", "predicted", "p_label", "p_predicted")
CELLS = st.one_of(
    st.integers(-(2**33), 2**33).map(str),
    st.floats(width=32, allow_nan=False, allow_subnormal=False).map(lambda value: f"{value:.9g}"),
    st.text(alphabet="01.-e_ ab汉\r", max_size=4),
)


def predictions(seed: int, rows: int = 3000) -> bytes:
    """What a model with an accuracy of 80 % leaves behind."""
    rng = np.random.default_rng(seed)
    labels = np.random.default_rng(0).integers(0, 10, rows)
    right = rng.random(rows) < 0.8
    predicted = np.where(right, labels, rng.integers(0, 10, rows))
    p_predicted = rng.random(rows, np.float32)
    p_label = np.where(predicted == labels, p_predicted, p_predicted * np.float32(0.3))
    return to_csv(
        COLUMNS,
        zip(range(rows), *(c.tolist() for c in (labels, predicted, p_label, p_predicted)), strict=True),
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6), max_size=4), st.binary(max_size=30))
def test_any_files_come_back_as_they_were(tables, other):
    files = {f"{n}.csv": "".join(f"{','.join(row)}\n" for row in rows).encode() for n, rows in enumerate(tables)}
    files |= {"other.csv": other, "run.json": other}
    assert unpack_files(pack_files(files)) == files


def test_measurements_take_less_room_than_xz_alone_makes_of_their_text():
    files = {f"{seed}.csv": predictions(seed) for seed in range(3)}
    packed = pack_files(files)
    assert unpack_files(packed) == files
    assert len(packed) < len(lzma.compress(b"".join(files.values()), preset=9)) * 0.65


def test_a_run_that_computes_the_same_as_another_costs_next_to_nothing():
    once = pack_files({"wrong.csv": predictions(1)})
    twice = pack_files({"wrong.csv": predictions(1), "double.csv": predictions(1)})
    assert len(twice) < 1.05 * len(once)


def test_equal_files_give_equal_bytes():
    assert pack_files({"a.csv": predictions(1)}) == pack_files({"a.csv": predictions(1)})


def test_rounding_keeps_whole_numbers_and_what_the_bits_promise():
    before, after = predictions(1), rounded(predictions(1), 10)
    whole, numbers = (0, 1, 2), (3, 4)
    old, new = (np.loadtxt(data.decode().splitlines(), delimiter=",", skiprows=1) for data in (before, after))
    assert (old[:, whole] == new[:, whole]).all()
    error = np.abs(new[:, numbers] / old[:, numbers] - 1)
    assert 0 < error.max() <= 2**-11 * 1.01
    assert len(pack_files({"a.csv": after})) < 0.7 * len(pack_files({"a.csv": before}))


def test_rounding_leaves_what_is_no_float32_as_it_is():
    table = b"file,n,x\na,1,0.1\nb,2,0.2\n"
    assert rounded(table, 4) == table


@pytest.mark.parametrize("damage", [lambda d: d[:-30], lambda d: b"", lambda d: lzma.compress(b"\x81")])
def test_what_is_damaged_is_told(damage):
    with pytest.raises(StoreError, match="cannot be unpacked"):
        unpack_files(damage(pack_files({"a.csv": predictions(1)})))
