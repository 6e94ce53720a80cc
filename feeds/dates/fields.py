"""A field that is known to be a date -> the date that it states.

A selector, a column, an attribute or the element of a feed has said already that this is a date; what else stands in it
("Posted 21 May 2024 by Ann in Health") does not make it something else, as it would on a line of a listing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

from feeds.dates.around import TIME
from feeds.dates.clock import unknown_zone
from feeds.dates.grammar import ISO, NUMERIC, grammar_of
from feeds.dates.lexicon import BY, PUBLISHED
from feeds.dates.lines import DateLineError, DateRules, Order, Reading, fold_digits, languages_of_months

_LONGEST = 1000  # characters of a field that are looked at
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z)?)?")
_EPOCH = re.compile(r"(?:/Date\()?(\d{9,10})(\d{3})?(?:[+-]\d{4})?(?:\)/)?")  # seconds or milliseconds since 1970
_CTIME = re.compile(
    r"(?P<month>[A-Za-z]{3}) +(?P<day>\d{1,2}) (?P<time>\d{2}:\d{2}:\d{2}) (?:(?P<zone>[A-Z]{3,4}) )?(?P<year>\d{4})"
)
_PUBLISHED = re.compile(rf"(?:{PUBLISHED})\W{{0,3}}$", re.IGNORECASE)
_BESIDE_TIME = re.compile(r"\s*\(?(?P<word>[^\W\d_][\w/-]*)")
_NOT_ZONES = re.compile(rf"(?:{BY}|in|on|at|and|y|et|und|e)\b", re.IGNORECASE)
_LIKELY = re.compile(r"\d{4}|\d[./-]\d|\d.{1,12}['’]?\d\d(?!\d)")
_SEVERAL = 20  # expressions of one field that are looked at


def read_date(
    text: str,
    languages: tuple[str, ...] = ("en",),
    order: Order | None = None,
    as_of: dt.date | None = None,
    zone: dt.tzinfo = dt.UTC,
) -> Reading | None:
    """Return the date that a field states, None where it states none.

    Of several dates it is the one behind a word for "published", else the first; `doubt` of the reading names the
    others. ISO 8601, the dates of RFC 5322 and of ctime, 20240521 and seconds or milliseconds since 1970 are read too.

    Args:
        text: the whole field.
        languages, order, as_of, zone: as for read_date_line.

    >>> read_date("Updated 3 June 2024 | Published 21 May 2024").value
    datetime.date(2024, 5, 21)
    >>> read_date("1716287400").value
    datetime.datetime(2024, 5, 21, 10, 30, tzinfo=datetime.timezone.utc)

    Raises:
        DateLineError: a ValueError: as for read_date_line.
    """
    return read_date_field(text, DateRules(languages=tuple(languages), order=order, as_of=as_of, zone=zone))


def read_date_field(text: str, rules: DateRules) -> Reading | None:
    """Return the date that a field states, as read_date."""
    field = " ".join(fold_digits(text[:_LONGEST]).split())
    if machine := _of_programs(field, rules):
        return machine
    whole = rules.read(field)
    if whole and whole.is_bare:
        return whole
    if rules.ranges is None and (first := _first_of_range(field, rules)):
        return first
    readings = list(_readings(field, rules))
    if not readings:
        return whole or _relative_within(field, rules)
    return _chosen(readings, whole)


def read_stated_date(text: str, for_programs: str, rules: DateRules) -> Reading | None:
    """Return the date that a field states to people, and more exactly to programs: <time datetime="…">.

    Where the two are different days people's counts, with a doubt, but for one day with a time: there a zone is between
    them. Where people's is no date that can be read, that for programs counts.
    """
    exact = _read_or_none(for_programs, rules) if for_programs else None
    if exact is None:
        return read_date_field(text, rules)
    read = _read_or_none(text, rules) if text != for_programs else None
    if read is None or _day(read.value) in (_day(exact.value), _day(_in_zone(exact.value, rules))):
        return exact
    has_time = isinstance(exact.value, dt.datetime) and exact.value.time() != dt.time()
    if has_time and abs(_day(read.value) - _day(exact.value)).days == 1:
        return read
    return read._replace(doubt=read.doubt or f"is {_day(exact.value)} for programs; what people read was taken")


def _read_or_none(text: str, rules: DateRules) -> Reading | None:
    try:
        return read_date_field(text, rules)
    except DateLineError:
        return None


def _in_zone(value: dt.date, rules: DateRules) -> dt.date:
    return value.astimezone(rules.zone) if isinstance(value, dt.datetime) else value


def _chosen(readings: list[_Found], whole: Reading | None) -> Reading:
    """Of several dates the one that was published, else the first; one date as the whole field was read, if it was."""
    days = {_day(found.reading.value) for found in readings if isinstance(found.reading, Reading)}
    chosen = next((found for found in readings if found.is_published), readings[0]).reading
    if isinstance(chosen, DateLineError):
        raise chosen
    day = _day(chosen.value)
    if whole and days == {_day(whole.value)}:
        return whole
    others = ", ".join(other.isoformat() for other in sorted(days - {day}))
    doubt = f"states several days; {day} was taken, not {others}" if others else ""
    return chosen._replace(doubt=chosen.doubt or doubt)


def holds_date(text: str, rules: DateRules) -> bool:
    """Return True if a text states a day among its other words: day, month and year, the month by its name or the year
    in four digits.
    """
    if not _LIKELY.search(text):
        return False
    field = fold_digits(text)
    found = (match for pattern in _patterns(field, rules) if (match := pattern.search(field)))
    return any(re.search(r"\d{4}|[^\W\d_]", match[0]) for match in found)


def _patterns(field: str, rules: DateRules) -> Iterator[re.Pattern[str]]:
    """Yield the patterns that may find a date in a field: those with names only where there are such."""
    folded, own = field.casefold(), grammar_of(rules.languages)
    named = [own] if own.stem.search(folded) else []
    if rules.others and (languages := languages_of_months(field, rules)):
        named.append(grammar_of(tuple(languages)))
    for grammar in named:
        yield from grammar.complete
    for grammar in (own, *named[1:]):
        yield from grammar.patterns
    yield from (ISO, NUMERIC)


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


class _Found(NamedTuple):
    """An expression of a date within a field: what it states, and whether a word for "published" is before it."""

    reading: Reading | DateLineError
    is_published: bool


def _readings(field: str, rules: DateRules) -> Iterator[_Found]:
    """Yield the dates of a field in their order, those that cannot be read as their errors."""
    matches = sorted(
        (match for pattern in _patterns(field, rules) for match in pattern.finditer(field)),
        key=lambda match: (match.start(), -match.end()),
    )
    found = [(match, _reading(field, match, rules)) for match in matches[:_SEVERAL]]
    # Of expressions that share words one that is a day: in "Meeting 59 - January 15, 2020" there is no 59 January.
    days = [match for match, reading in found if isinstance(reading, Reading)]
    end = 0
    for match, reading in found:
        is_shared = any(match.start() < other.end() and other.start() < match.end() for other in days)
        if reading and match.start() >= end and (isinstance(reading, Reading) or not is_shared):
            end = match.end()
            yield _Found(reading, _is_published(field, match))


def _reading(field: str, match: re.Match[str], rules: DateRules) -> Reading | DateLineError | None:
    stated, doubt = _with_time(field, match)
    try:
        reading = rules.read(stated)
    except DateLineError as error:
        return error
    return reading._replace(doubt=reading.doubt or doubt) if reading else None


def _is_published(field: str, match: re.Match[str]) -> bool:
    return _PUBLISHED.search(field[max(0, match.start() - 40) : match.start()]) is not None


def _with_time(field: str, match: re.Match[str]) -> tuple[str, str]:
    """The expression of a date with the time behind it, and why there is a time that is not part of it."""
    behind = field[match.end() :]
    gap = re.match(r"T(?=\d)|[\s,;|•·–—-]*(?:at\s+|um\s+|à\s+|a las\s+|às\s+|alle\s+)?", behind, re.IGNORECASE)
    time = TIME.match(behind, gap.end()) if gap and gap.end() else None
    if not time or not re.search(r"[:.h]|[ap]\.?m", time[0], re.IGNORECASE):
        return match[0], ""
    beside = _BESIDE_TIME.match(behind, time.end())
    if beside and not time["zone"] and not time["offset"] and not _NOT_ZONES.match(beside["word"]):
        return match[0], unknown_zone(beside["word"])
    return f"{match[0]} {time[0].strip()}", ""


def _of_programs(field: str, rules: DateRules) -> Reading | None:
    """The date of a field that programs wrote in a form of their own; None for all others."""
    if match := _EPOCH.fullmatch(field):
        moment = dt.datetime.fromtimestamp(int(match[1]) + int(match[2] or 0) / 1000, dt.UTC)
        return Reading(moment.replace(microsecond=0), "second", field)
    if match := _COMPACT.fullmatch(field):
        return _compact(match, rules)
    if match := _CTIME.search(field):
        zone = f" {match['zone']}" if match["zone"] else ""
        stated = f"{match['day']} {match['month']} {match['year']} {match['time']}{zone}"
        return rules._replace(languages=("en",)).read(stated)
    return None


def _compact(match: re.Match[str], rules: DateRules) -> Reading | None:
    year, month, day, *clock, is_utc = match.groups()
    hour, minute, second = (int(part or 0) for part in clock)
    try:
        date = dt.date(int(year), int(month), int(day))
        time = dt.time(hour, minute, second, tzinfo=dt.UTC if is_utc else rules.zone)
    except ValueError:
        return None
    if clock[0] is None:
        return Reading(date, "day", match[0])
    return Reading(dt.datetime.combine(date, time), "second" if clock[2] else "minute", match[0])


def _relative_within(field: str, rules: DateRules) -> Reading | None:
    """The date of a field that states none but says how long ago it was, among other words."""
    if not rules.as_of:
        return None
    grammar, folded = grammar_of(rules.languages), field.casefold()
    for pattern in grammar.ago:
        if match := pattern.search(folded):
            return rules.read(match[0])
    named = next((name for name in grammar.days_ago if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded)), "")
    return rules.read(named) if named else None


def _first_of_range(field: str, rules: DateRules) -> Reading | None:
    """The first day of a field that states two of one month or year ("21-23 May 2024"); None for all others."""
    match = grammar_of(rules.languages).ranges.search(field)
    if match is None:
        return None
    try:
        first, last = rules._replace(ranges="first").read(match[0]), rules._replace(ranges="last").read(match[0])
    except DateLineError:
        return None
    if first is None or last is None or first.value >= last.value:
        return None
    return first._replace(doubt=f"states several days; {first.value} was taken, not {last.value}")
