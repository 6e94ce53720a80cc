"""Text -> date, and how much of it was stated.

An anchored grammar decides that a whole line *is* a date line; nothing is ever looked for inside a text and nothing
missing is ever filled in. Only where a time stands beside the date does dateutil read it, and only that expression.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from feeds.dates.around import Around, after, before
from feeds.dates.lexicon import AGO, DAYS_AGO, MONTHS, ONE, UNITS, WEEKDAYS
from feeds.model import Precision

__all__ = ["MONTHS", "WEEKDAYS", "DateLineError", "DateRules", "Order", "Reading", "read_date_line"]
Order = Literal["DMY", "MDY", "YMD"]
Ranges = Literal["first", "last"]


class Reading(NamedTuple):
    """What a date line states.

    Attributes:
        value: a date, or an aware datetime where a time is stated.
        precision: what was stated: "day", "minute" or "second".
        matched: the expression of the date alone.
        is_bare: nothing stands beside it but a label ("Published on"), a weekday, a time.
    """

    value: dt.date
    precision: Precision
    matched: str
    is_bare: bool = True


class DateRules(NamedTuple):
    """How the date lines of a source are meant; read_date_line says what each field is."""

    languages: tuple[str, ...] = ("en",)
    order: Order | None = None
    as_of: dt.date | None = None
    zone: dt.tzinfo = dt.UTC
    ranges: Ranges | None = None

    def read(self, line: str) -> Reading | None:
        """The date that a line states, None where it is no date line; errors as for read_date_line."""
        return read_date_line(line, self.languages, self.order, self.as_of, self.zone, self.ranges)


class DateLineError(ValueError):
    """A date line that states no date; the message completes "date 'March 2024' …"."""

    def __init__(self, message: str, is_bare: bool = True, remedy: str = "correct the line") -> None:
        super().__init__(message)
        self.is_bare, self.remedy = is_bare, remedy


_WORD = r"[^\W\d_]+"
_ORDINAL = r"(?:st|nd|rd|th|er|re|º|ª|°|\.)?"
_OF = r"(?:(?:of|de|del|do|di)\s+)?"
_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?!\d)")
_NUMERIC = re.compile(
    r"(?<!\d)(?P<first>\d{1,2})(?P<sign>\s?[./-]\s?)(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})(?!\d)"
)
_LONE_YEAR = r"(?P<year>\d{4}|['’]?\d{2}(?![\d:]|\s?[.h]\d))(?!\d)"
# A day or a year that is no number (an OCR slip, a superscript, "NaN"), around the name of a month.
_NO_NUMBER = re.compile(
    rf"(?:(?i:on)\s+)?(?P<day>[^\sa-z]\S{{0,3}})\s+(?P<month>{_WORD}),?\s+(?P<year>[^\sa-z]\S{{1,4}})"
)
_MISSPELT = (
    re.compile(rf"(?P<day>\d{{1,2}}){_ORDINAL}\s+(?P<month>{_WORD})[.,]*\s+(?P<year>\d{{4}})"),
    re.compile(rf"(?P<month>{_WORD})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL},?\s+(?P<year>\d{{4}})"),
)
_SERIAL = re.compile(r"[2-5]\d{4}")  # days since 1899-12-30, for 1954 to 2064
_LONGEST = 100  # characters; the longest real date line measured has 61
_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)}
# Names that say one zone: those of RFC 822 5.1. Any other name may be several, and is not ours to choose from.
_ZONES = {"UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


class _Grammar(NamedTuple):
    """The expressions of dates in some languages."""

    months: dict[str, int]
    stems: tuple[str, ...]  # one of which is in every name of a month
    weekdays: dict[str, int]
    complete: tuple[re.Pattern[str], ...]
    without_year: tuple[re.Pattern[str], ...]
    without_day: re.Pattern[str]
    ranges: re.Pattern[str]
    ago: tuple[re.Pattern[str], ...]
    days_ago: dict[str, int]


@lru_cache(maxsize=32)
def _grammar(languages: tuple[str, ...]) -> _Grammar:
    """Of two languages that have a word, the first has it."""
    known = [language for language in languages if language in MONTHS]
    months = {name: number for language in reversed(known) for name, number in MONTHS[language].items()}
    weekdays = {name: number for language in reversed(known) for name, number in WEEKDAYS[language].items()}
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True)) or "(?!)"
    month = rf"(?P<month>{names})(?![^\W\d_])\.?"
    day, apart = rf"(?P<day>\d{{1,2}}){_ORDINAL}", r"[\s./-]*"

    def pattern(text: str) -> re.Pattern[str]:
        return re.compile(text, re.IGNORECASE)

    end = re.sub(r"\?P<(\w+)>", r"?P<last_\1>", rf"{day}{apart}(?:{_OF}{month}[,/-]?\s*)?")
    stems = [name for name in months if not any(other != name and other in name for other in months)]
    return _Grammar(
        months,
        tuple(stems),
        weekdays,
        (
            pattern(rf"(?<!\d){day}{apart}{_OF}{month}[,/-]?\s*{_OF}{_LONE_YEAR}"),
            pattern(rf"(?<![^\W\d_]){month}\s*[/-]?\s*{day},?\s*[/-]?\s*(?P<year>\d{{4}})(?!\d)"),
        ),
        (
            pattern(rf"(?<!\d){day}\s*{_OF}{month}(?!\s*,?\s*\d)"),
            pattern(rf"(?<![^\W\d_]){month}\s+{day}(?!\s*[,./-]?\s*\d)"),
        ),
        pattern(rf"{month},?\s+{_OF}(?P<year>\d{{4}})"),
        pattern(
            rf"(?:(?:du|from|vom|dal|del|de)\s+)?{day}{apart}(?:{_OF}{month}[,/-]?\s*)?"
            rf"(?:[–—-]|\b(?:to|au|bis|al?)\b)\s*{end}{_OF}(?P<year>\d{{4}})"
        ),
        tuple(
            pattern(rf"{lead}\s*(?P<count>\d{{1,3}}|{ONE})\s*(?:{unit})\s*{tail}".strip())
            for language in known
            for lead, tail, units in (AGO[language],)
            for unit in units.split()
        ),
        {word: days for language in reversed(known) for word, days in DAYS_AGO[language].items()},
    )


def read_date_line(
    text: str,
    languages: tuple[str, ...] = ("en",),
    order: Order | None = None,
    as_of: dt.date | None = None,
    zone: dt.tzinfo = dt.UTC,
    ranges: Ranges | None = None,
) -> Reading | None:
    """The date that this line states, or None when the line is no date line.

    The whole line must be a date. Before it may stand a label ("Published on"), a place ("Juba,"), the number of a
    press release, a byline, a weekday; after it a time, an agency in parentheses, a place, a byline. A sentence that
    mentions a date is no date line.

    Args:
        text: one line.
        languages: codes of MONTHS, in which months, weekdays and relative dates may be named.
        order: how dates of three numbers are meant; without one only those are read that can be meant in one way.
        as_of: the day for which "3 weeks ago" is read, and "16 March" as the last one; without it neither is.
        zone: where a time without a zone was stated.
        ranges: which end of "11 - 24 December 2017" to take; without it a range is no date line.

    >>> read_date_line("28 July, 2017").value
    datetime.date(2017, 7, 28)
    >>> read_date_line("Port-au-Prince, mardi 21 novembre 2017 –", ("fr",)).value
    datetime.date(2017, 11, 21)
    >>> read_date_line("On July 21 and 22 2021, a series of workshops was held") is None
    True

    Raises:
        DateLineError: a ValueError: the line is a date line, but states no day, no year, a day that does not exist, a
            weekday that the day was not, or a day and a month that could be either way round.
    """
    return None if len(text) > _LONGEST else _read(text, tuple(languages), order, as_of, zone, ranges)


@lru_cache(maxsize=64)  # a parser asks whether a line is one, and soon after somebody what it states
def _read(
    text: str,
    languages: tuple[str, ...],
    order: Order | None,
    as_of: dt.date | None,
    zone: dt.tzinfo,
    ranges: Ranges | None,
) -> Reading | None:
    line = " ".join((text if text.isascii() else text.translate(_FULL_WIDTH)).split())
    grammar = _grammar(languages)
    if as_of and (day := _relative(line, grammar, as_of)):
        return Reading(day, "day", line)
    folded = line.casefold()
    has_month = any(stem in folded for stem in grammar.stems)  # the patterns that begin with one are slow to say no
    if not any(character.isdigit() for character in line):
        _refuse(line, grammar, has_month)
        return None
    if has_month and ranges and (reading := _range(line, grammar, ranges)):
        return reading
    for match in _expressions(line, grammar.complete if has_month else ()):
        if (sides := _sides(line, match, grammar, languages, order)) is not None:
            return _reading(match, grammar.months[match["month"].casefold()], sides, zone)
    for match in _expressions(line, (_ISO,)):
        if (sides := _sides(line, match, grammar, languages, order)) is not None:
            return _reading(match, int(match["month"]), sides, zone)
    for match in _expressions(line, (_NUMERIC,)):
        if (sides := _sides(line, match, grammar, languages, order)) is not None:
            return _numeric(match, order, sides, zone)
    for match in _expressions(line, grammar.without_year if has_month else ()):
        if (sides := _sides(line, match, grammar, languages, order)) is not None:
            return _without_year(match, grammar.months[match["month"].casefold()], sides, as_of)
    _refuse(line, grammar, has_month)
    return None


def _expressions(line: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[re.Match[str]]:
    """Every place where one of the patterns matches, overlapping ones too."""
    for pattern in patterns:
        position = 0
        while match := pattern.search(line, position):
            yield match
            position = match.start() + 1


_Sides = tuple[Around, Around]


def _sides(
    line: str, match: re.Match[str], grammar: _Grammar, languages: tuple[str, ...], order: Order | None
) -> _Sides | None:
    """What stands before and after an expression; None where that makes the line no date line."""
    if match.end() - match.start() == len(line):
        return Around(), Around()
    left = before(line[: match.start()], grammar.weekdays)
    found = after(line[match.end() :]) if left else None
    if left is None or found is None:
        return None
    right, rest = found
    if rest and read_date_line(rest, languages, order) is None:
        return None
    return left, right


def _reading(match: re.Match[str], month: int, sides: _Sides, zone: dt.tzinfo) -> Reading:
    day = _day(_year(match["year"]), month, int(match["day"]))
    return _with_time(day, match[0], sides, zone)


def _with_time(day: dt.date, matched: str, sides: _Sides, zone: dt.tzinfo) -> Reading:
    """The date with the time beside it, where there is one; the weekday is checked."""
    left, right = sides
    is_bare = left.is_bare and right.is_bare
    if left.weekday and left.weekday != day.isoweekday():
        raise DateLineError(f"was a {day:%A}, not a {left.named}", is_bare)
    stated = right.time or left.time
    if not stated:
        return Reading(day, "day", matched, is_bare)
    from dateutil import parser  # 40 ms that most runs never need

    shown = stated[0].strip()
    name = (stated["zone"] or "").upper()
    if name and name not in _ZONES:
        raise DateLineError(
            f"states the time zone '{name}', which is not one zone; write an offset like +05:30", is_bare
        )
    clock = re.sub(r"\s?h\s?(\d{2})?$", lambda hour: f":{hour[1] or '00'}", stated["time"], flags=re.IGNORECASE)
    clock = re.sub(r"^(\d{1,2})\.(\d{2})$", r"\1:\2", clock)
    if clock.isdigit() and not stated["half"]:
        clock += ":00"
    offset = re.sub(r"^(?:GMT|UTC)\s?(?=[+-])", "", (stated["offset"] or "").upper())
    expression = f"{day.isoformat()} {clock} {(stated['half'] or '').replace('.', '')} {offset}".strip()
    defaults = (dt.datetime(2000, 1, 1), dt.datetime(2001, 2, 2, 1, 1, 1))
    # What two different defaults agree on was stated; the rest was filled in by dateutil.
    try:
        first, second = (parser.parse(expression, default=default) for default in defaults)
        first.utcoffset()  # an offset of a day or more is refused only here
    except (ValueError, OverflowError):
        raise DateLineError(f"states a time that cannot be read: '{shown}'", is_bare) from None
    if first.date() != day or second.date() != day:
        raise DateLineError(f"states a time that cannot be read: '{shown}'", is_bare)
    precision: Precision = "second" if first.second == second.second else "minute"
    moment = first.replace(minute=0) if first.minute != second.minute else first
    if precision == "minute":
        moment = moment.replace(second=0)
    if name:
        moment = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=_ZONES[name])))
    return Reading(moment if moment.tzinfo else moment.replace(tzinfo=zone), precision, matched, is_bare)


def _numeric(match: re.Match[str], order: Order | None, sides: _Sides, zone: dt.tzinfo) -> Reading:
    """A date of three numbers, the year last."""
    first, second, year = int(match["first"]), int(match["second"]), _year(match["year"])
    if order == "DMY" or (order is None and first > 12):
        return _with_time(_day(year, second, first), match[0], sides, zone)
    if order == "MDY" or (order is None and second > 12) or (order is None and first == second):
        return _with_time(_day(year, first, second), match[0], sides, zone)
    is_bare = sides[0].is_bare and sides[1].is_bare
    if order == "YMD":
        if len(match["year"]) == 2:
            return _with_time(_day(_year(match["first"]), second, int(match["year"])), match[0], sides, zone)
        raise DateLineError("does not begin with the year", is_bare)
    raise DateLineError(
        f"is ambiguous: {_day(year, second, first)} (day first) or {_day(year, first, second)} (month first)",
        is_bare,
        'say which for the source: date_order = "DMY" or "MDY"',
    )


def _without_year(match: re.Match[str], month: int, sides: _Sides, as_of: dt.date | None) -> Reading:
    """A day and a month: with as_of the last such day, else none."""
    is_bare = sides[0].is_bare and sides[1].is_bare
    if as_of is None:
        raise DateLineError("states no year", is_bare, "correct the line, or say of what day it speaks: as_of")
    today = as_of.date() if isinstance(as_of, dt.datetime) else as_of
    for year in range(today.year, today.year - 9, -1):  # there is a 29 February in eight years, 1900 and alike apart
        try:
            day = dt.date(year, month, int(match["day"]))
        except ValueError:
            continue
        if day <= today and (not sides[0].weekday or sides[0].weekday == day.isoweekday()):
            return Reading(day, "day", match[0], is_bare)
    raise DateLineError("is no such date", is_bare)


def _relative(line: str, grammar: _Grammar, as_of: dt.date) -> dt.date | None:
    """The day that a line like "3 weeks ago" means."""
    today = as_of.date() if isinstance(as_of, dt.datetime) else as_of
    said = line.rstrip(".").casefold()
    if said in grammar.days_ago:
        return today - dt.timedelta(days=grammar.days_ago[said])
    for number, pattern in enumerate(grammar.ago):
        if match := pattern.fullmatch(said):
            from dateutil.relativedelta import relativedelta

            count = int(match["count"]) if match["count"].isdigit() else 1
            unit = UNITS[number % len(UNITS)]
            if unit in ("minutes", "hours"):
                moment = as_of if isinstance(as_of, dt.datetime) else None
                back = dt.timedelta(**{unit: count})
                return (moment - back).date() if moment else today - dt.timedelta(days=back.days)
            return today - relativedelta(**{unit: count})  # type: ignore[arg-type]
    return None


def _range(line: str, grammar: _Grammar, which: Ranges) -> Reading | None:
    """The first or last day of a line that states two."""
    for match in _expressions(line, (grammar.ranges,)):
        last_month = match["last_month"] or match["month"]
        lead = line[: match.start()]
        is_led = before(lead, grammar.weekdays) is not None or re.fullmatch(r"\D{1,40},\s*", lead)
        if not last_month or not is_led or not after(line[match.end() :]):
            continue
        year, last = int(match["year"]), grammar.months[last_month.casefold()]
        first = grammar.months[(match["month"] or last_month).casefold()]
        ends = (
            _day(year - (first > last), first, int(match["day"])),
            _day(year, last, int(match["last_day"])),
        )
        if ends[0] > ends[1]:
            raise DateLineError("ends before it begins")
        return Reading(ends[which == "last"], "day", match[0], is_bare=False)
    return None


def _refuse(line: str, grammar: _Grammar, has_month: bool) -> None:
    """Refuse a line that is a date line but lacks something; silence for any other line."""
    if _SERIAL.fullmatch(line):
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(line))
        raise DateLineError(f"is a number, perhaps a spreadsheet's for {day}; format the column as a date")
    match = grammar.without_day.search(line) if has_month else None
    if match and (left := before(line[: match.start()], grammar.weekdays)) and (right := after(line[match.end() :])):
        if left.is_bare and right[0].is_bare:
            raise DateLineError("states no day")
        return
    if (match := _NO_NUMBER.fullmatch(line)) and match["month"].casefold() in grammar.months:
        raise DateLineError("is no such date")
    for shape in _MISSPELT:
        if match := shape.fullmatch(line):
            known = [name for name in grammar.months if len(name) > 3]
            near = difflib.get_close_matches(match["month"].casefold(), known, 1, 0.75)
            if near:
                raise DateLineError(f"names no month: '{match['month']}'; did you mean '{near[0]}'?")


def _year(digits: str) -> int:
    """Four digits, or two by the rule of POSIX strptime: 69-99 are 19xx, 00-68 are 20xx."""
    digits = digits.lstrip("'’")
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year >= 69 else 2000)


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise DateLineError("is no such date") from None
