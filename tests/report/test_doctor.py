"""What --doctor says of the report's side, and how it is printed."""

import json

import pytest

import build
from experiments.checks import Check
from report import doctor
from report.errors import RenderError

WELL, ILL = Check("data", "there"), Check("clock", "1970-01-01", "set the clock")


@pytest.fixture
def examine(tmp_path):
    def examine(*args: str, training=(WELL,)) -> tuple[int, list[str]]:
        said: list[str] = []
        fields = tmp_path / "homework.toml"
        fields.touch()
        options = build.parse_args(["--doctor", "--out", str(tmp_path / "out"), "--fields", str(fields), *args])
        return doctor.examine(options, said.append, training), said

    return examine


def test_what_is_well_is_said_line_by_line(examine, tmp_path):
    code, said = examine()
    assert code == 0
    assert said[0] == "ok    data: there"
    assert all(line.startswith("ok    ") for line in said)
    assert not (tmp_path / "out").exists()


def test_what_is_lacking_has_its_cure_and_the_exit_code_1(examine):
    code, said = examine(training=[ILL, WELL])
    assert code == 1
    assert said[0] == "FAULT clock: 1970-01-01; set the clock"
    assert said[-1] == "lacking: clock"


def test_as_objects(examine):
    code, said = examine("--json", training=[ILL])
    found = json.loads("\n".join(said))
    assert code == 1
    assert found[0] == {"thing": "clock", "found": "1970-01-01", "cure": "set the clock", "ok": False}


def test_a_mistake_in_the_title_page_is_found(examine, tmp_path):
    (tmp_path / "bad.toml").write_text("nmae = 'x'")
    code, said = examine("--fields", str(tmp_path / "bad.toml"))
    assert code == 1
    assert any(line.startswith("FAULT title page") and "nmae" in line for line in said)


def test_without_libraries_nothing_else_is_tried(examine, monkeypatch):
    def fail(*_: object) -> None:
        raise RenderError("the system library libpango cannot be loaded; run make setup")

    monkeypatch.setattr(doctor, "check_title_page", fail)
    code, said = examine()
    assert code == 1
    assert "FAULT PDF libraries: the system library libpango cannot be loaded; run make setup" in said
    assert not any("title page" in line for line in said)
