"""What in a field bears on the names in it: money, donors, waters, persons, seats, venues, a dateline."""

from __future__ import annotations

import re
from typing import NamedTuple

from feeds.tagging.matcher import Field, Hit

# Words that may stand between "funded by" and the names, and between the names.
_GLUE = frozenset("the government governments people peoples of and la el los las le les l de del do da y e et".split())
# A text that begins with a place and ends the phrase with a dash or a line's end: "GENEVA, 28 July (IOM) –".
_DATELINE = re.compile(r"[^\n]{2,80}?(?:\s[-–—]{1,2}\s|\s?[–—]|\n|\) ?[-–—.])")
_AGENCY = re.compile(
    r"\b(?:UN|ONU|UNICEF|IOM|OIM|UNHCR|HCR|ACNUR|WHO|OMS|WFP|PAM|PMA|OCHA|ICRC|CICR|FAO|UNDP|PNUD|UNFPA)\b"
)
# What follows a verb where it is a gift: a sum, money, aid.
_GIFT = re.compile(
    r"\s+(?:(?:about|some|over|up|to|an?|another|a further|additional|more|than|de|un|une|una|otros|plus)\s+)*"
    r"(?:[\d$€£¥]|US\$|USD|EUR|CHF|one|two|three|five|ten|million|funding|fund|grant|aid|support|assistance|l.octroi|"
    r"financement|fondos|ayuda|un don|don)",
    re.IGNORECASE,
)
_CAPITALS = 2  # words of the name of a body that may stand before the country in it


class Context(NamedTuple):
    """What in a field affects the meaning of the place names in it.

    Attributes:
        open: the word behind a context that is still open ("funded by") -> its phrase.
        beside: the word before money, a language or a dish, which take an adjective before them.
        behind: the word behind the same in languages whose adjectives follow.
        unit: the word before money, which takes a name before it too.
        gives: the word before a verb that is followed by a gift.
        street: the word before what makes a street of a town.
        person: the word behind what makes a person's name of the next.
        venue: the word behind "talks in".
        named: the word behind what makes a name of the next ("the Strategy of") -> its phrase.
        after: the word before what makes a name say nothing ("Street") -> its phrase.
        seats: words at which the seat of an agency stands.
        world_seats: words at which that of the UN or of a union stands.
        opening: where the dateline ends that the field begins with, 0 where there is none.
        is_of_agency: the dateline is that of an agency.
        is_shouted: all of it is in capitals, which then say nothing.
        has_phrases: one of these was found.
        has_lines: it is a text of several lines, of which one may be a heading.
    """

    open: dict[int, str]
    beside: dict[int, str]
    behind: dict[int, str]
    unit: dict[int, str]
    gives: dict[int, str]
    street: dict[int, str]
    person: dict[int, str]
    venue: dict[int, str]
    named: dict[int, str]
    after: dict[int, str]
    seats: dict[int, str]
    world_seats: dict[int, str]
    opening: int
    is_of_agency: bool
    is_shouted: bool
    has_phrases: bool
    has_lines: bool


# Of each kind of context phrase: the fields of Context that it bears on, and the word that it is looked up by there.
_BEHIND, _BEFORE = "last", "first"
_BEARS_ON: dict[str, tuple[tuple[str, str], ...]] = {
    "before": (("open", _BEHIND),),
    "beside": (("beside", _BEFORE),),
    "behind": (("behind", _BEHIND),),
    "unit": (("beside", _BEFORE), ("unit", _BEFORE)),
    "gives": (("gives", _BEFORE),),
    "street": (("street", _BEFORE),),
    "person": (("person", _BEHIND),),
    "venue": (("venue", _BEHIND),),
    "named": (("named", _BEHIND),),
    "after": (("after", _BEFORE),),
    "surname": (("after", _BEFORE),),
    "sea": (("named", _BEHIND), ("after", _BEFORE)),
    "hq": (("seats", _BEFORE),),
    "seat": (("world_seats", _BEFORE),),
}
_NOTHING: dict[int, str] = {}
_EMPTY = dict.fromkeys({field for bears in _BEARS_ON.values() for field, _ in bears}, _NOTHING)


def read_context(field: Field, contexts: list[Hit]) -> Context:
    """Return what bears on the names in a field.

    Args:
        contexts: the hits of the table of contexts.
    """
    text = field.text
    dateline = _DATELINE.match(text) if field.name == "text" else None
    opening = dateline.end() if dateline else 0
    stated: dict[str, dict[int, str]] = {"open": {}}  # which grows
    for first, last, start, end, meaning in contexts:
        if meaning.kind == "gives" and not _GIFT.match(text, end):
            continue
        for name, by in _BEARS_ON[meaning.kind]:
            stated.setdefault(name, {})[last if by is _BEHIND else first] = text[start:end]
    return Context(
        **{**_EMPTY, **stated},
        opening=opening,
        is_of_agency=bool(opening and "seats" in stated and _is_of_an_agency(text, opening)),
        is_shouted=text.isupper(),
        has_phrases=bool(contexts),
        has_lines=field.name == "text" and "\n" in text,
    )


def _is_of_an_agency(text: str, opening: int) -> bool:
    dateline = text[:opening]
    return "(" in dateline or "/" in dateline or _AGENCY.search(text[: opening + 600]) is not None


def opened(context: dict[int, str], word: int, field: Field) -> str | None:
    """Return the context phrase that still applies at this word: same clause, only function words in between."""
    found, text = field.words, field.text
    capitals = _CAPITALS  # "funded by Grand Challenges Canada"
    while word:
        start = found.starts[word]
        gap = text[found.ends[word - 1] : start]
        if any(mark in gap for mark in ";:!?") or ("." in gap and text[start].isupper()):
            return None
        if word in context:
            return context[word]
        if found.folded(word - 1, word)[0] not in _GLUE:
            is_of_name = gap == " " and text[found.starts[word - 1]].isupper()
            if not is_of_name or not capitals:
                return None
            capitals -= 1
        word -= 1
    return None
