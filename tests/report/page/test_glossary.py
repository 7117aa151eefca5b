import re
from pathlib import Path

import pytest

from report.errors import RenderError
from report.page.glossary import TERMS, Glossary

SECTIONS = Path(__file__).resolve().parents[3] / "templates" / "sections"


def test_only_the_first_use_of_a_term_carries_its_english():
    glossary = Glossary()
    assert glossary.term("校准") == "校准（calibration）"
    assert glossary.term("校准") == "校准"
    assert Glossary().term("校准") == "校准（calibration）"


def test_a_term_that_is_not_in_the_table_is_an_error():
    with pytest.raises(RenderError, match="温度"):
        Glossary().term("温度")


def test_the_table_holds_the_terms_used_by_their_english():
    glossary = Glossary()
    for zh in ("种子", "校准", "过拟合"):
        glossary.term(zh)
    assert glossary.rows() == [
        [("校准", "calibration"), ("种子", "seed")],
        [("过拟合", "overfitting"), ("", "")],
    ]


def test_the_sections_use_every_term_and_no_other_way_to_gloss_one():
    text = "".join(path.read_text(encoding="utf-8") for path in SECTIONS.rglob("*.html"))
    assert set(re.findall(r'term\("(.+?)"\)', text)) == TERMS.keys()
    for zh, en in TERMS.items():
        assert f"{zh}（{en}" not in text
