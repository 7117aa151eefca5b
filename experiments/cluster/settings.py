"""How a scheduler is spoken to: the table [cluster] of homework.toml. Slurm's commands stand here as the default."""

import difflib
import string
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from experiments.errors import UserError

TABLE = "cluster"


class SettingsError(UserError):
    """The table cannot be used; the message names its key and what to do."""


@dataclass(frozen=True, kw_only=True)
class Scheduler:
    """A scheduler's commands, each a list of words that no shell reads; words in braces are filled in.

    {name}: of the array, {array}: its indices, such as 0-9%4, {threads}: that a task needs, {log}: path of its log
    without index and suffix.
    """

    # The script's path is added at its end. Without {array} in it, every task is submitted by itself.
    submit: tuple[str, ...] = (
        "sbatch", "--parsable", "--requeue", "--open-mode=append", "--job-name={name}", "--array={array}",
        "--cpus-per-task={threads}", "--output={log}.%a.txt",
    )  # fmt: skip
    # Prints a line for each task that waits or runs: the array's name and the task's index, or the name alone.
    alive: tuple[str, ...] = ("squeue", "--me", "--noheader", "--array", "--format=%j %K")
    cancel: tuple[str, ...] = ("scancel", "--name={name}")
    # Prints the largest number of tasks of an array as MaxArraySize = n; empty where there is no such command.
    limits: tuple[str, ...] = ("scontrol", "show", "config")
    options: tuple[str, ...] = ()  # further words of `submit`: partition, account, memory, time, GPU
    setup: tuple[str, ...] = ()  # lines of the script before the program, such as "module load python"
    index: str = "SLURM_ARRAY_TASK_ID"  # the variable in which a task finds its index
    at_once: int = 0  # tasks of an array that may run at the same time; 0 is no limit


_FIELDS: Mapping[str, frozenset[str]] = {
    "submit": frozenset({"name", "array", "threads", "log"}),
    "options": frozenset({"name", "array", "threads", "log"}),
    "cancel": frozenset({"name"}),
}
_KEYS = tuple(field.name for field in fields(Scheduler))


def read_scheduler(table: object, where: str) -> Scheduler:
    """The scheduler that the table [cluster] describes; what it leaves out is Slurm's.

    where: the file's name, for messages. Raises SettingsError.
    """
    if not isinstance(table, dict):
        raise SettingsError(f"{where}: {TABLE} must be a table, got {table!r:.60}; write it below a line [{TABLE}]")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KEYS)}"
            raise SettingsError(f"{where}: [{TABLE}] has an unknown key {key!r:.60}; {hint}")
        values[key] = _checked(f"{where}: [{TABLE}] {key}", key, value)
    return Scheduler(**values)


def _checked(where: str, key: str, value: object) -> object:
    if key == "at_once":
        if type(value) is not int or value < 0:
            raise SettingsError(f"{where} must be a whole number of at least 0 (no limit), got {value!r:.60}")
        return value
    if key == "index":
        if not isinstance(value, str) or not value.isidentifier():
            raise SettingsError(f"{where} must be the name of a variable in quotes, got {value!r:.60}")
        return value
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise SettingsError(f'{where} must be a list of words in quotes, ["…", "…"], got {value!r:.60}')
    if key in ("submit", "alive", "cancel") and not value:
        raise SettingsError(f"{where} is empty; name the scheduler's command, or leave the line out for Slurm's")
    for word in value if key in _FIELDS else ():
        try:
            named = {field for _, field, _, _ in string.Formatter().parse(word) if field is not None}
        except ValueError as error:
            raise SettingsError(
                f"{where}: {word!r:.60} cannot be filled in ({error}); double a brace that is one"
            ) from None
        if unknown := sorted(named - _FIELDS[key]):
            known = ", ".join(f"{{{field}}}" for field in sorted(_FIELDS[key]))
            raise SettingsError(f"{where}: unknown {{{unknown[0]}}}; known are {known}")
    return tuple(value)
