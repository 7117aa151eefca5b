"""What was found of one thing that a build needs, and what to do where it is lacking."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from experiments.errors import UserError


@dataclass(frozen=True)
class Check:
    """What was found of one thing. cure: what to do where it is lacking."""

    thing: str
    found: str
    cure: str = ""

    @property
    def ok(self) -> bool:
        return not self.cure

    @classmethod
    def failed(cls, thing: str, error: UserError) -> Self:
        """A fault, told by the message of an error, of which the part after "; " is the cure."""
        found, _, cure = str(error).partition("; ")
        return cls(thing, found, cure or "see the README")


def look(thing: str, find: Callable[[], str]) -> Check:
    """What `find` says, or the UserError that it raises."""
    try:
        return Check(thing, find())
    except UserError as error:
        return Check.failed(thing, error)
