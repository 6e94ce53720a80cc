"""The dates on a page: elements that are one, attributes, among the words of a text, below the heading of a year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from feeds.dates import DateLineError, DateRules
from feeds.dates.fields import holds_date
from feeds.sources.page import HEADINGS, LONGEST_DATE, Element, StatedDate, text_of

_NOT_DATES = frozenset(("script", "style", "title", "option", "html", "body", "noscript", "textarea", "template"))
_ATTRIBUTES = ("datetime", "content", "title", "data-timestamp", "data-datetime", "data-date", "data-time")
_MACHINE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?|\d{10}(?:\d{3})?")
_LONGEST_WORDS = 150  # characters of a text in which a date among other words is looked for
_SHORTEST, _MOST_WORDS = 5, 15
_MARKS = re.compile(r"[，。！？；]|(?<!\d)[.!?] +[A-Z]\w+ [^\W\d_]")  # between sentences and their parts
_HEADING = (*HEADINGS, "caption", "dt", "th", "strong", "summary")
_YEAR = re.compile(r"\W*(?:[^\W\d_]+\.?\s)?((?:19|20)\d{2})\W*")  # "2024", "May 2024"


class PageDate(NamedTuple):
    """A date on a page.

    Attributes:
        element: that states it, or in whose text it stands.
        text: that is to be read.
        for_programs: the same as an attribute states it, "" where it does not.
        is_whole: the element is the date and nothing else.
    """

    element: Element
    text: str
    is_whole: bool
    for_programs: str = ""

    @property
    def stated(self) -> StatedDate:
        """What is stated to people and to programs."""
        return StatedDate(self.text, self.for_programs)


def find_dates(root: Element, dates: DateRules) -> list[PageDate]:
    """Return the dates of a page, in its order."""
    found: list[PageDate] = []
    inside: set[Element] = set()  # what is in an element that is a date
    year = ""
    for element in root.iter():
        if not isinstance(element.tag, str) or element.tag in _NOT_DATES:
            continue
        if element.getparent() in inside:
            inside.add(element)
            continue
        if element.tag in _HEADING and (match := _YEAR.fullmatch(text_of(element, 30))):
            year = match[1]
        if (date := _whole(element, dates, year)).text:
            found.append(PageDate(element, date.text, is_whole=True, for_programs=date.for_programs))
            inside.add(element)
        else:
            found += [PageDate(element, text, is_whole=False) for text in _among_words(element, dates)]
    return found


def _whole(element: Element, dates: DateRules, year: str) -> StatedDate:
    """The date that an element is; its text is "" where it is none."""
    text = text_of(element, LONGEST_DATE + 1)
    is_short = len(text) <= LONGEST_DATE
    if is_short and (stated := _in_attribute(element)):
        if not holds_date(text, dates):
            return StatedDate(stated)
        if element.tag == "time":
            return StatedDate(text, stated)
    return StatedDate(_as_date(text, dates, year) if text and is_short else "")


def _in_attribute(element: Element) -> str:
    values = (str(element.get(name) or "").strip() for name in _ATTRIBUTES if name in element.attrib)
    return next((value for value in values if _MACHINE.fullmatch(value)), "")


def _as_date(text: str, dates: DateRules, year: str) -> str:
    """A text that is a date and nothing else, with the year of its heading where it states none; "" for all others."""
    if dates.as_of is None and not any(character.isdigit() for character in text):
        return ""
    try:
        return text if dates.read(text) is not None else ""
    except DateLineError as error:
        if year and "no year" in str(error):
            return f"{text} {year}"
        is_month = "no day" in str(error)  # which lists of months to choose from have
        return text if not is_month and any(character.isdigit() for character in text) else ""


def _among_words(element: Element, dates: DateRules) -> Iterator[str]:
    """Yield the texts of an element, those between its children too, that hold a date."""
    for text in (element.text, *(child.tail for child in element)):
        stated = " ".join(text.split()) if text and len(text) > _SHORTEST else ""
        if stated and len(stated) <= _LONGEST_WORDS and not _is_sentence(stated) and holds_date(stated, dates):
            yield stated


def _is_sentence(text: str) -> bool:
    """True for running text: a day that it mentions need not be that of the item."""
    return text.count(" ") > _MOST_WORDS or _MARKS.search(text) is not None


def first_date(block: Element, dates: DateRules) -> StatedDate:
    """Return the first date that a block states, in an element of its own if there is one; "" where there is none."""
    found = find_dates(block, dates)
    first = next((date for date in found if date.is_whole), next(iter(found), None))
    return first.stated if first else StatedDate("")
