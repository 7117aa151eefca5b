from typing import TypedDict

import pytest

from experiments.disk import records
from experiments.disk.files import sha256
from experiments.disk.records import StoreError, ailment, read_record, read_stamped, sealed, stamped

RECORD = {"format": 1, "name": "é", "values": [1, 2.5, None], "inner": {"kind": "x"}}


class Inner(TypedDict):
    kind: str


class Stored(TypedDict):
    name: str
    values: list[float | None]
    inner: Inner


def test_a_record_is_read_back_without_its_seal(tmp_path):
    (tmp_path / "record").write_bytes(sealed(RECORD))
    assert read_record(tmp_path / "record", Stored, 1) == RECORD


def test_a_seal_covers_every_value():
    assert sealed(RECORD) != sealed({**RECORD, "values": [1, 2.5, 0]})
    with pytest.raises(ValueError, match="not JSON compliant"):
        sealed({"value": float("nan")})


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (sealed({**RECORD, "format": 2}), "format 2, this version reads 1"),
        (sealed(RECORD).replace(b"2.5", b"2.4"), "its content is not what was stored"),
        (sealed({**RECORD, "name": 1}), r"Expected `str`, got `int` - at `\$\.name`"),
        (sealed({**RECORD, "inner": {}}), r"missing required field `kind` - at `\$\.inner`"),
        (b"[]", "expected an object, found list"),
        (b"{", "not valid JSON"),
        (b"[" * 10**5, "not valid JSON"),
        (b"\xff", "not valid JSON"),
    ],
)
def test_a_record_that_is_not_what_was_stored_is_refused(tmp_path, record, message):
    (tmp_path / "record").write_bytes(record)
    with pytest.raises(StoreError, match=message) as error:
        read_record(tmp_path / "record", Stored, 1)
    assert str(error.value).endswith("to make it again")
    assert "delete" not in ailment(error.value)


@pytest.mark.parametrize("data", [b"", b"x", b"\n", bytes(range(256))])
def test_data_come_back_from_under_their_stamp(tmp_path, data):
    (tmp_path / "data").write_bytes(stamped(data))
    assert read_stamped(tmp_path / "data") == data


DAMAGE = [lambda s: s[:-1], lambda s: s + b"x", lambda s: b"x" + s, lambda s: b"", lambda s: b"\xff"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_data_that_do_not_match_their_stamp_are_refused(tmp_path, damage):
    (tmp_path / "data").write_bytes(damage(stamped(b"data")))
    with pytest.raises(StoreError, match="its content is not what was stored"):
        read_stamped(tmp_path / "data")


def test_a_file_that_is_read_wrongly_once_is_read_again_before_it_counts_as_damaged(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"sound")
    answers = iter([b"s0und", b"sound"])
    monkeypatch.setattr(records, "read_stored", lambda _path: next(answers))
    assert records.read_verified(path, sha256(b"sound")) == b"sound"
