"""The commands about the author's words: --check-words, --values, --init, and what is looked at before training."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.catalog import EXPERIMENTS
from experiments.command_line import BUILD, CHECK_WORDS, INIT
from experiments.errors import UserError
from experiments.options import DEFAULT_SEEDS, DEMO_SEEDS
from report.findings import compute_findings
from report.results import Results, read_results
from report.selection import ResultsError
from report.words.facts import Facts, facts_from
from report.words.held import as_object, hold, line
from report.words.markdown import blocks
from report.words.places import LANGS, Words, check_required

if TYPE_CHECKING:
    from report.options import Options

EXAMPLES = Path(__file__).resolve().parents[2] / "templates" / "examples"
Say = Callable[[str], None]


def run_words_command(options: "Options", say: Say, warn: Say) -> int:
    """Do what the mode says; returns the exit code. say: gets each line of the answer."""
    if options.mode == INIT:
        return write_examples(options.fields, options.words_folder, say)
    return check_words(options, say, warn) if options.mode == CHECK_WORDS else list_values(options, say)


def check_words(options: "Options", say: Say, warn: Say) -> int:
    """Say what became of each sentence; 1 if the results contradict one, or the two languages each other."""
    words = options.own_words()
    held = hold(words, _facts(_results(options)))
    check_required(words, held.places, options.words_folder, options.fields)
    if options.json:
        say(json.dumps([as_object(*pair) for pair in held.sentences()], ensure_ascii=False, indent=1))
    else:
        for file, sentence in held.sentences():
            say(line(file, sentence))
        if held.texts:
            say(", ".join(f"{number} {outcome}" for outcome, number in held.counts.items()))
        else:
            say(f"{options.words_folder}: no words there; --init writes examples")
    for difference in [*held.disagreements, *held.one_sided()]:
        warn(difference)
    return 1 if held.wrong else 0


def list_values(options: "Options", say: Say) -> int:
    """Say every name that {{ name }} knows, with what it prints in Chinese and in English."""
    for name, value in _facts(_results(options)).values.items():
        shown = dict.fromkeys(value.format(lang) for lang in LANGS)
        say(f"{name:<44} {'  '.join(shown)}")
    return 0


def write_examples(fields: Path, words: Path, say: Say) -> int:
    """Write homework.toml and examples of words, each commented; what is there already stays as it is."""
    for example in sorted(EXAMPLES.rglob("*")):
        if not example.is_file():
            continue
        target = fields if example.name == "homework.toml" else words / example.name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file, example.open("rb") as source:
                shutil.copyfileobj(source, file)
        except FileExistsError:
            say(f"kept: {target}")
        except OSError as error:
            raise UserError(f"{target}: cannot be written ({error.strerror}); name another place") from None
        else:
            say(f"written: {target}")
    return 0


def check_written(words: Words, options: "Options") -> None:
    """Raise UserError for words that would stop the report in the end.

    That is what cannot be printed, what is missing, and, where nothing is left to train, what the results contradict.
    """
    written = {file.place for file in words.files if blocks(file, words, None)}
    check_required(words, written, options.words_folder, options.fields)
    if options.mode == BUILD and words.files and (results := _complete(options)) is not None:
        held = hold(words, _facts(results))
        if not options.draft:
            held.stop_if_wrong()


def _complete(options: "Options") -> Results | None:
    """The stored results, if a build with these options would add nothing to them."""
    if options.imagenet10 or options.classes or options.images_per_class:
        return None  # which images those are is known once they have been read
    try:
        results = _results(options)
    except (ResultsError, UserError):
        return None
    seeds = options.seeds or (DEMO_SEEDS if results.demo else DEFAULT_SEEDS)
    return results if results.seeds == seeds and not results.stale else None


def _results(options: "Options") -> Results:
    today = options.scaled(EXPERIMENTS)
    return read_results(options.results, today, options.selected(), command=options.training_command())


def _facts(results: Results) -> Facts:
    return facts_from(compute_findings(results), results)
