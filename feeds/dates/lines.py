"""A line -> the date that it states, None if it is not a date line.

An anchored grammar decides that a whole line *is* a date line; nothing is ever looked for inside a text, and nothing
missing is ever filled in. Only where a time stands beside the date does dateutil read it, and only that expression.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from feeds.dates.around import Around, after, before
from feeds.dates.clock import ClockError, read_time
from feeds.dates.grammar import ISO, MISSPELT, NO_NUMBER, NUMERIC, SPREADSHEET_DAY, Grammar, grammar_of
from feeds.dates.lexicon import UNITS, names_of
from feeds.model import Precision

Order = Literal["DMY", "MDY", "YMD"]
Ranges = Literal["first", "last"]
_LONGEST = 100  # characters; the longest real date line measured has 61
_WORDS = re.compile(r"[^\W\d_]+")
_NUMBERS = re.compile(r"\d\D{1,6}\d")  # as a date without the name of a month has them
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"[^\x00-\x7f\W_]")
_LEAP_YEARS = 9  # years to look back for a day: there is a 29 February in eight, 1900 and the like apart
_SPREADSHEET_EPOCH = dt.date(1899, 12, 30)


class Reading(NamedTuple):
    """The date that a line states.

    Attributes:
        value: a date, or an aware datetime where a time is stated.
        precision: what was stated: "day", "minute" or "second".
        matched: the expression of the date alone.
        is_bare: nothing stands beside it but a label ("Published on"), a weekday, a time.
        doubt: what people should look at; it continues "date '…' …".
        language: that decided, where it is none of those that were named.
    """

    value: dt.date
    precision: Precision
    matched: str
    is_bare: bool = True
    doubt: str = ""
    language: str = ""


class DateLineError(ValueError):
    """A date line without a usable date; the message continues "date 'March 2024' …"."""

    def __init__(self, message: str, is_bare: bool = True, remedy: str = "correct the line") -> None:
        super().__init__(message)
        self.is_bare, self.remedy = is_bare, remedy


class DateRules(NamedTuple):
    """How to read the date lines of a source; read_date_line explains each field."""

    languages: tuple[str, ...] = ("en",)
    order: Order | None = None
    as_of: dt.date | None = None
    zone: dt.tzinfo = dt.UTC
    ranges: Ranges | None = None
    others: tuple[str, ...] = ()

    def read(self, line: str) -> Reading | None:
        """Return the date that a line states, None if it is not a date line; errors as for read_date_line.

        Where the languages read nothing, the others may, but only what is a date and nothing beside it.
        """
        if len(line) > _LONGEST:
            return None
        reading, problem = None, None
        try:
            reading = _read(line, self)
        except DateLineError as error:
            problem = error  # what looks like a misspelt month may be one of another language
        if reading is None and self.others and _DIGIT.search(line):
            reading = _read_in_others(line, self)
        if reading is None and problem:
            raise problem
        return reading


def read_date_line(
    text: str,
    languages: tuple[str, ...] = ("en",),
    order: Order | None = None,
    as_of: dt.date | None = None,
    zone: dt.tzinfo = dt.UTC,
    ranges: Ranges | None = None,
) -> Reading | None:
    """Return the date that this line states, or None when the line is not a date line.

    The whole line must be a date. Before it may stand a label ("Published on"), a place ("Juba,"), the number of a
    press release, a byline, a weekday; after it a time, an agency in parentheses, a place, a byline. A sentence that
    mentions a date is not a date line.

    Args:
        text: one line.
        languages: codes of MONTHS, in which months, weekdays and relative dates may be named.
        order: how dates of three numbers are meant; without one only those are read that can be meant in one way.
        as_of: the day for which "3 weeks ago" is read, and "16 March" as the last one; without it neither is.
        zone: where a time without a zone was stated.
        ranges: which end of "11 - 24 December 2017" to take; without it a range is not a date line.

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
    rules = DateRules(languages=tuple(languages), order=order, as_of=as_of, zone=zone, ranges=ranges)
    return rules.read(text)


class _Sides(NamedTuple):
    """What stands before and after an expression on a date line."""

    left: Around = Around()
    right: Around = Around()

    @property
    def is_bare(self) -> bool:
        """Return True if there is nothing but a label, a weekday, a time."""
        return self.left.is_bare and self.right.is_bare


def fold_digits(text: str) -> str:
    """Return a text with the decimal digits of all scripts as those of ASCII (Unicode, general category Nd)."""
    if text.isascii():
        return text
    return _DIGITS.sub(lambda found: str(unicodedata.decimal(found[0], found[0])), text)


@lru_cache(maxsize=64)
def _read_in_others(line: str, rules: DateRules) -> Reading | None:
    """Return the date of a line in a language that the source does not name, and which one that is."""
    for language in languages_of_months(line, rules):
        try:
            reading = _read(line, rules._replace(languages=(language,), others=()))
        except DateLineError:
            continue
        if reading and reading.is_bare:
            return reading._replace(language=language)
    return None


def languages_of_months(text: str, rules: DateRules) -> list[str]:
    """Return the other languages in which a word of a text is a month, if it is none in those of the source."""
    words, own = _words_of_months(rules.others), grammar_of(rules.languages).months
    found = {
        language
        for word in _WORDS.findall(text.casefold())
        if word in words and word not in own
        for language in words[word]
    }
    return sorted(found, key=rules.others.index)


@lru_cache(maxsize=16)
def _words_of_months(languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the first word of every name of a month, or what is in its place -> the languages in which it is one."""
    found: dict[str, tuple[str, ...]] = {"年": ("zh", "ja"), "년": ("ko",)}
    for language in languages:
        names = names_of(language)
        for name in names.months if names else ():
            if word := _WORDS.match(name):
                found[word[0]] = (*found.get(word[0], ()), language)
    return {word: tuple(one for one in known if one in languages) for word, known in found.items()}


@lru_cache(maxsize=64)  # a parser asks whether a line is one, and soon after somebody what it states
def _read(text: str, rules: DateRules) -> Reading | None:
    line = " ".join(fold_digits(text).split())
    grammar = grammar_of(rules.languages)
    if rules.as_of and (day := _relative(line, grammar, rules.as_of)):
        return Reading(day, "day", line)
    folded = line.casefold()
    has_month = grammar.stem.search(folded) is not None  # the patterns that begin with one are slow to say no
    reading = None
    if (has_month and _DIGIT.search(line)) or _NUMBERS.search(line):
        reading = _stated(line, grammar, rules, has_month)
    if reading is None:
        _refuse(line, grammar, has_month)
    return reading


def _stated(line: str, grammar: Grammar, rules: DateRules, has_month: bool) -> Reading | None:
    """Return the date of a line with digits, None if no pattern makes it a date line."""
    if has_month and rules.ranges and (reading := _range(line, grammar, rules.ranges)):
        return reading
    for match, sides in _dates(line, grammar.complete if has_month else (), grammar, rules):
        return _with_month(match, grammar.months[match["month"].casefold()], sides, rules)
    for match, sides in _dates(line, grammar.patterns if has_month else grammar.numeric, grammar, rules):
        month = match["month"].casefold()
        return _with_month(match, int(month) if month.isdigit() else grammar.months[month], sides, rules)
    for match, sides in _dates(line, (ISO,), grammar, rules):
        return _with_month(match, int(match["month"]), sides, rules)
    for match, sides in _dates(line, (NUMERIC,), grammar, rules):
        return _numeric(match, sides, rules)
    for match, sides in _dates(line, grammar.without_year if has_month else (), grammar, rules):
        return _without_year(match, grammar.months[match["month"].casefold()], sides, rules)
    return None


def _dates(
    line: str, patterns: tuple[re.Pattern[str], ...], grammar: Grammar, rules: DateRules
) -> Iterator[tuple[re.Match[str], _Sides]]:
    """Yield the expressions that make the line a date line, each with its surroundings."""
    for match in _expressions(line, patterns):
        if (sides := _sides(line, match, grammar, rules)) is not None:
            yield match, sides


def _expressions(line: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[re.Match[str]]:
    """Yield every match of the patterns, overlapping ones too."""
    for pattern in patterns:
        position = 0
        while match := pattern.search(line, position):
            yield match
            position = match.start() + 1


def _sides(line: str, match: re.Match[str], grammar: Grammar, rules: DateRules) -> _Sides | None:
    """Return what stands before and after an expression, None if that makes it something other than a date line."""
    if match.end() - match.start() == len(line):
        return _Sides()
    left = before(line[: match.start()], grammar.weekdays)
    found = after(line[match.end() :]) if left else None
    if left is None or found is None:
        return None
    right, rest = found
    if rest and read_date_line(rest, rules.languages, rules.order) is None:
        return None
    return _Sides(left, right)


def _with_month(match: re.Match[str], month: int, sides: _Sides, rules: DateRules) -> Reading:
    day = _date(_full_year(match["year"]), month, int(match["day"]))
    return _with_time(day, match[0], sides, rules.zone)


def _with_time(day: dt.date, matched: str, sides: _Sides, zone: dt.tzinfo) -> Reading:
    """Add the time that stands next to the date, if there is one, and check the weekday."""
    if sides.left.weekday and sides.left.weekday != day.isoweekday():
        raise DateLineError(f"was a {day:%A}, not a {sides.left.named}", sides.is_bare)
    stated = sides.right.time or sides.left.time
    if not stated:
        return Reading(day, "day", matched, sides.is_bare)
    try:
        moment = read_time(day, stated, zone)
    except ClockError as error:
        raise DateLineError(str(error), sides.is_bare) from None
    return Reading(
        value=moment.value,
        precision=moment.precision,
        matched=matched,
        is_bare=sides.is_bare,
        doubt=moment.doubt,
    )


def _numeric(match: re.Match[str], sides: _Sides, rules: DateRules) -> Reading:
    """Read a date of three numbers, the year last."""
    first, second, year = int(match["first"]), int(match["second"]), _full_year(match["year"])
    order = rules.order or _only_order(first, second)
    if order == "DMY":
        return _with_time(_date(year, second, first), match[0], sides, rules.zone)
    if order == "MDY":
        return _with_time(_date(year, first, second), match[0], sides, rules.zone)
    if order is None:
        raise DateLineError(
            f"is ambiguous: {_date(year, second, first)} (day first) or {_date(year, first, second)} (month first)",
            sides.is_bare,
            'set it for the source: date_order = "DMY" or "MDY"',
        )
    if len(match["year"]) != 2:
        raise DateLineError("does not begin with the year", sides.is_bare)
    day = _date(_full_year(match["first"]), second, int(match["year"]))
    return _with_time(day, match[0], sides, rules.zone)


def _only_order(first: int, second: int) -> Order | None:
    """Return the order of day and month if only one is possible."""
    if first > 12:
        return "DMY"
    return "MDY" if second > 12 or first == second else None


def _without_year(match: re.Match[str], month: int, sides: _Sides, rules: DateRules) -> Reading:
    """Read a day and a month as the last such day before as_of; without as_of it is an error."""
    if rules.as_of is None:
        remedy = "correct the line, or set the day of the listing: as_of"
        raise DateLineError("states no year", sides.is_bare, remedy)
    today = _day_of(rules.as_of)
    for year in range(today.year, today.year - _LEAP_YEARS, -1):
        try:
            day = dt.date(year, month, int(match["day"]))
        except ValueError:
            continue
        if day <= today and (not sides.left.weekday or sides.left.weekday == day.isoweekday()):
            return Reading(day, "day", match[0], sides.is_bare)
    raise DateLineError("does not exist", sides.is_bare)


def _relative(line: str, grammar: Grammar, as_of: dt.date) -> dt.date | None:
    """Return the day that a line like "3 weeks ago" means."""
    text = line.rstrip(".").casefold()
    if text in grammar.days_ago:
        return _day_of(as_of) - dt.timedelta(days=grammar.days_ago[text])
    for number, pattern in enumerate(grammar.ago):
        if match := pattern.fullmatch(text):
            count = int(match["count"]) if match["count"].isdigit() else 1
            return _back(as_of, UNITS[number % len(UNITS)], count)
    return None


def _back(as_of: dt.date, unit: str, count: int) -> dt.date:
    """Return the day that many units before a moment."""
    from dateutil.relativedelta import relativedelta

    if unit not in ("minutes", "hours"):
        return _day_of(as_of) - relativedelta(**{unit: count})  # type: ignore[arg-type]
    span = dt.timedelta(**{unit: count})
    return (as_of - span).date() if isinstance(as_of, dt.datetime) else as_of - dt.timedelta(days=span.days)


def _day_of(as_of: dt.date) -> dt.date:
    return as_of.date() if isinstance(as_of, dt.datetime) else as_of


def _range(line: str, grammar: Grammar, which: Ranges) -> Reading | None:
    """Return the first or last day of a line that states two."""
    for match in _expressions(line, (grammar.ranges,)):
        last_month = match["last_month"] or match["month"]
        if not last_month or not _is_led(line[: match.start()], grammar) or not after(line[match.end() :]):
            continue
        year, last = int(match["year"]), grammar.months[last_month.casefold()]
        first = grammar.months[(match["month"] or last_month).casefold()]
        ends = (
            _date(year - (first > last), first, int(match["day"])),
            _date(year, last, int(match["last_day"])),
        )
        if ends[0] > ends[1]:
            raise DateLineError("ends before it begins")
        return Reading(ends[which == "last"], "day", match[0], is_bare=False)
    return None


def _is_led(lead: str, grammar: Grammar) -> bool:
    """Return True if this may stand before a range: what may before a date, or words that end with a comma."""
    return before(lead, grammar.weekdays) is not None or bool(re.fullmatch(r"\D{1,40},\s*", lead))


def _refuse(line: str, grammar: Grammar, has_month: bool) -> None:
    """Raise DateLineError if the line is a date line without a usable date; return for any other line."""
    if SPREADSHEET_DAY.fullmatch(line):
        day = _SPREADSHEET_EPOCH + dt.timedelta(days=int(line))
        raise DateLineError(f"is a number, perhaps a spreadsheet's for {day}; format the column as a date")
    match = grammar.without_day.search(line) if has_month else None
    if match and (left := before(line[: match.start()], grammar.weekdays)) and (right := after(line[match.end() :])):
        if left.is_bare and right[0].is_bare:
            raise DateLineError("states no day")
        return
    if (match := NO_NUMBER.fullmatch(line)) and match["month"].casefold() in grammar.months:
        raise DateLineError("does not exist")
    _refuse_misspelt(line, grammar)


def _refuse_misspelt(line: str, grammar: Grammar) -> None:
    """Raise DateLineError if a word in the place of a month is nearly the name of a month."""
    for shape in MISSPELT:
        if match := shape.fullmatch(line):
            known = [name for name in grammar.months if len(name) > 3]
            near = difflib.get_close_matches(match["month"].casefold(), known, 1, 0.75)
            if near:
                raise DateLineError(f"names no month: '{match['month']}'; did you mean '{near[0]}'?")


def _full_year(digits: str) -> int:
    """Return a year of four digits, or of two by the rule of POSIX strptime: 69-99 are 19xx, 00-68 are 20xx."""
    digits = digits.lstrip("'’")
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year >= 69 else 2000)


def _date(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise DateLineError("does not exist") from None
