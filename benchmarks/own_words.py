"""How well the author's own words are understood: .venv/bin/python -m benchmarks.own_words [--wrong]

Every sentence of the corpus (tests/report/words/corpus) is checked against the synthetic results that it is about;
--wrong lists those that come out otherwise than they should. Then the time that a page of text takes.
"""

import argparse
import tempfile
import time
from pathlib import Path

from report.words.check import Outcome, check_text
from report.words.facts import facts_from
from tests.report.words.corpus import BATCHES, cases, counts, judged
from tests.report.words.world import UPSIDE_DOWN, world

RIGHT = {"true": {Outcome.HOLDS}, "false": {Outcome.CONTRADICTED, Outcome.UNMATCHED}, "free": {Outcome.FREE}}
RIGHT["beyond"] = {Outcome.UNMATCHED, Outcome.FREE}  # of other runs, or of what no finding knows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="list what comes out otherwise than it should")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        facts = {
            "usual": facts_from(*world(Path(folder) / "usual")),
            "upside-down": facts_from(*world(Path(folder) / "upside-down", UPSIDE_DOWN)),
        }
    table = counts(facts)
    print("| batch | language | sentences | holds | free | unmatched | contradicted | of |")
    print("|---|---|---|---|---|---|---|---|")
    for batch, lang, truth in sorted(table, key=lambda key: (BATCHES.index(key[0]), key[1] != "zh", key[2] != "true")):
        row = table[batch, lang, truth]
        numbers = " | ".join(str(row[outcome.value]) for outcome in Outcome)
        print(f"| {batch} | {lang} | {truth} | {numbers} | {row.total()} |")
    for case in cases() if arguments.wrong else ():
        checked = judged(case, facts)
        if checked.outcome not in RIGHT[case.truth]:
            print(case.batch, case.truth, checked.outcome.value, case.text, checked.finding, checked.value, sep=" | ")
    for lang, separator in (("zh", ""), ("en", " ")):
        texts = [case.text for case in cases() if case.lang == lang]
        page = separator.join(texts)[: 1000 if lang == "zh" else 3000]
        start = time.perf_counter()
        check_text(page, "zh" if lang == "zh" else "en", facts["usual"])
        print(f"a page ({len(page)} characters) in {lang}: {1000 * (time.perf_counter() - start):.0f} ms")


if __name__ == "__main__":
    main()
