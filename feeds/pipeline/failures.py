"""Turn unexpected exceptions into problems of the item, document or source that caused them."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import NamedTuple

from feeds import history
from feeds.model import FeedsError, Origin, Problem

_PACKAGE = str(Path(__file__).parent.parent)


class Failure(NamedTuple):
    """An unexpected exception: its type, and the place in the program where it was raised."""

    kind: str
    place: str


class ItemFailedError(Exception):
    """An item cannot be stored, tagged or rendered: the run starts again without it."""

    def __init__(self, origin: Origin, failure: Failure) -> None:
        super().__init__(origin, failure)
        self.origin, self.failure = origin, failure


def is_caused_by_input(error: Exception) -> bool:
    """Return True if an exception was caused by an input, not by the machine, the history or the configuration."""
    return not isinstance(error, (FeedsError, ItemFailedError, MemoryError, OSError)) and history.is_of_data(error)


def describe_failure(error: Exception) -> Failure:
    """Return type and place of an exception."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_PACKAGE)]
    place = f"{Path(frames[-1].filename).relative_to(_PACKAGE)}:{frames[-1].lineno}" if frames else "unknown"
    return Failure(type(error).__name__, place)


def failure_problem(found: Failure, origin: Origin, what: str) -> Problem:
    """Return the problem to report for an exception.

    Args:
        what: of whom the sentence speaks: "source 'news'", "'Title'".
    """
    message = (
        f"{what} made this program fail ({found.kind} in {found.place}) and was left out; what was published stays; "
        "please report it with this line"
    )
    return Problem(origin, "internal", message)


def internal_problem(error: Exception, origin: Origin, what: str) -> Problem:
    """Return the problem to report for an exception; arguments as for failure_problem."""
    return failure_problem(describe_failure(error), origin, what)
