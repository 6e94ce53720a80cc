"""What may stand before and after a date on a date line: a label, a place, a byline, a weekday, a time.

Everything is anchored: what is left over after the known parts makes the line no date line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from feeds.dates.lexicon import BY, CONNECTORS, LABELS, NOT_PLACES

_LABEL = re.compile(rf"(?:(?:{LABELS})(?!\w)\.?\s*:?\s*)", re.IGNORECASE)
# The number of a press release: three digits or more, several parts, or letters before it.
_NUMBER = re.compile(r"(?:[A-Z]{2,6}[ -]?)?(?:\d+(?:[./-]\d+)+|\d{3,})(?=\s|$)|[A-Z]{2,6}[ -]?\d{2,}(?=\s|$)")
_BYLINE = re.compile(rf"(?:{BY})\s[^|•\d]{{2,40}}[|•]", re.IGNORECASE)
_CLOCK = r"\d{1,2}(?::\d{2}(?::\d{2})?(?:\.\d+)?|\.\d{2}|\s?[hH]\s?\d{0,2})"
_OFFSET = r"(?:GMT|UTC)?\s?[+-]\d{1,2}(?::?\d{2})?|Z|UTC|GMT"
TIME = re.compile(
    rf"(?P<time>{_CLOCK}|\d{{1,2}}(?=\s?(?:[ap]\.?m|uhr)))\s*(?P<half>[ap]\.?m\b\.?)?(?:\s*(?:uhr|hrs?|horas|heures|ore)\b)?"
    rf"\s*\(?(?P<offset>{_OFFSET})?(?P<zone>(?<![A-Za-z])(?-i:[A-Z]{{2,5}})(?![A-Za-z]))?\)?",
    re.IGNORECASE,
)
_LEADS = (TIME, _LABEL, _NUMBER, _BYLINE)
_BEFORE_TIME = re.compile(r"T(?=\d)|[\s,;|•·–—-]*(?:(?:at|um|a las|à|às|alle|ore|klo)\s+)?", re.IGNORECASE)
_PARENTHESIS = re.compile(r"\([^()]{1,40}\)")
_END = re.compile(r"[\s.:,;–—|)\]}*-]*")
_EDGES = " \t([{*•|:;"
_RANGE = re.compile(r"\d\.?\s*(?:[-–—/&+]|\b(?:au?|to|al|bis|bis zum|and|und|y|et|e|à)\b)\s*$", re.IGNORECASE)


class Around(NamedTuple):
    """What was found on one side of a date."""

    time: re.Match[str] | None = None  # of TIME
    weekday: int = 0  # 1 Monday, 0 where none is named
    named: str = ""  # the weekday as it is written
    is_bare: bool = True  # nothing but a label, a weekday, a time: no place, number or person


@lru_cache(maxsize=64)
def _weekday(names: tuple[str, ...]) -> re.Pattern[str]:
    ordered = "|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)"
    return re.compile(rf"(?:^|(?<![^\W_]))({ordered})(?:-feira)?[.,]*\s*$", re.IGNORECASE)


def before(text: str, weekdays: dict[str, int]) -> Around | None:
    """Read what stands before a date; None if it makes the line something other than a date line."""
    if _RANGE.search(text):
        return None
    left = text.rstrip(" \t([{").lstrip(_EDGES + "-–—")
    weekday, named = 0, ""
    if match := _weekday(tuple(weekdays)).search(left):
        named, weekday, left = match[1], weekdays[match[1].casefold()], left[: match.start()]
    elif left == text and left and (left[-1].isalnum()):
        return None  # joined to the date, as only a weekday may be
    left = left.rstrip(" \t")
    time, is_bare = None, True
    while match := next((found for lead in _LEADS if left and (found := lead.match(left))), None):
        time = time or (match if match.re is TIME else None)
        is_bare = is_bare and match.re in (TIME, _LABEL)
        left = left[match.end() :].lstrip(" \t:,|•–—-")
    if not left.strip(" :,|•–—-"):
        return Around(time, weekday, named, is_bare)
    return Around(time, weekday, named, is_bare=False) if _is_place(left) else None


def _is_place(text: str) -> bool:
    """Return True if this names where something was written: a few capitalised words and an end mark."""
    stripped = text.rstrip(" ,:|•–—-")
    words = re.split(r"[\s/-]+", stripped)
    is_ended = stripped.isupper() or bool(re.match(r"\s*[,:|•–—]|\s+-", text[len(stripped) :]))
    if words[-1] in ("a", "à", "den", "am", "le", "el", "il"):  # Ciudad de México a 21 de diciembre
        words.pop()
        is_ended = True
    return is_ended and _are_names(words, 5)


def _are_names(words: list[str], most: int) -> bool:
    return 0 < len(words) <= most and all(
        word[:1].isalpha()
        and not any(character.isdigit() for character in word)
        and word.strip(".,").casefold() not in NOT_PLACES
        and (word[0].isupper() or word in CONNECTORS)
        for word in words
    ) and words[0][0].isupper()  # fmt: skip


def after(text: str) -> tuple[Around, str] | None:
    """Read what stands after a date; the second value is a rest that must be a date line itself ("/ Updated: …")."""
    time, is_bare = None, True
    start = _BEFORE_TIME.match(text)
    if start and (match := TIME.match(text, start.end())) and (start[0] or text[:1] == "("):
        time, text = match, text[match.end() :]
    while True:
        left = text.lstrip(" \t")
        if _END.fullmatch(left):
            return Around(time, is_bare=is_bare), ""
        is_bare = False
        if match := _PARENTHESIS.match(left):
            text = left[match.end() :]
        elif left[0] in "/|" and _LABEL.match(left[1:].lstrip()):
            return Around(time, is_bare=False), left[1:]
        elif _is_aside(left):
            return Around(time, is_bare=False), ""
        else:
            return None


def _is_aside(text: str) -> bool:
    """Return True if this names an author or a place: "by Ann Bell", "| Desk of the interior", ", Cairo/Rome –"."""
    by = re.match(rf"[,|•–—-]?\s*(?:{BY})\s+(?=\S)", text, re.IGNORECASE)
    return bool(
        (by and _are_names(re.split(r"\s+", text[by.end() :].strip(" .,|–—-")), 4))
        or re.fullmatch(r"[|•·][^\d|•]{1,40}", text)
        or (text[0] in ",–—-" and _are_names(re.split(r"[\s/]+", text.strip(" ,–—:.-")), 3))
    )
