"""Regular expressions in feeds.toml: only those that no title keeps busy."""

from __future__ import annotations

import re
from typing import Any


def _stated(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value


def check_pattern(value: Any) -> str:
    """Return a regular expression for titles that cannot take long on any title.

    A repetition in a repetition, as in (a+)+, takes a time that doubles with each character of a title that almost
    matches, and one title may be anybody's.

    Raises:
        ValueError: what was expected.
    """
    from re import _parser  # type: ignore[attr-defined]  # the only one that tells what an expression is made of

    try:
        parsed = _parser.parse(_stated(value))
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"a regular expression; {error}") from None
    if _repetitions(parsed) > _MOST_REPETITIONS:
        raise ValueError(
            "a regular expression without a repetition in a repetition, and with at most "
            f"{_MOST_REPETITIONS} that have no end; a long title could keep the run busy for hours"
        )
    return str(value)


_MOST_REPETITIONS = 3  # one after the other: the time grows with so many powers of a title's length
_ENDLESS = 10  # repetitions that count as many


def _repetitions(parsed: Any, inside: bool = False) -> int:
    """Return the number of unbounded repetitions in an expression; too many if they are nested."""
    return sum(_repetitions_of(str(operation), argument, inside) for operation, argument in parsed)


def _repetitions_of(operation: str, argument: Any, inside: bool) -> int:
    """Return the same for a part of an expression, as Python's parser names it."""
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _repetitions_of_repeat(argument, inside)
    if operation == "BRANCH":
        if inside:
            return _MOST_REPETITIONS + 1
        return max((_repetitions(branch, inside) for branch in argument[1]), default=0)
    if operation in ("SUBPATTERN", "ATOMIC_GROUP", "ASSERT", "ASSERT_NOT"):
        return _repetitions(argument if operation == "ATOMIC_GROUP" else argument[-1], inside)
    if operation == "GROUPREF_EXISTS":
        return sum(_repetitions(body, inside) for body in argument[1:] if body)
    return 0


def _repetitions_of_repeat(argument: Any, inside: bool) -> int:
    low, high, body = argument
    is_endless = int(high) > _ENDLESS
    has_branch = any(str(part[0]) == "BRANCH" for part in body)
    if (inside and int(high) != int(low)) or (is_endless and has_branch):
        return _MOST_REPETITIONS + 1
    return is_endless + _repetitions(body, inside or is_endless)
