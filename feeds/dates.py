"""Text -> date, and how much of it was stated.

An anchored grammar decides that a whole line *is* a date line; nothing is ever looked for inside a text and nothing
missing is ever filled in. Only where a time stands beside the date does dateutil read it, and only that expression.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from dataclasses import dataclass
from typing import Literal

from feeds.model import Precision

Order = Literal["DMY", "MDY", "YMD"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a date line states: a date, or an aware datetime when it states a time; how precisely; the expression."""

    value: dt.date
    precision: Precision
    matched: str


# January to December, then Monday to Sunday; alternatives by "|". Facts of the languages, lower case.
_NAMES = {
    "en": (
        "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep "
        "october|oct november|nov december|dec",
        "monday|mon tuesday|tues|tue wednesday|wed thursday|thurs|thur|thu friday|fri saturday|sat sunday|sun",
    ),
    "es": (
        "enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago "
        "septiembre|setiembre|sept|sep octubre|oct noviembre|nov diciembre|dic",
        "lunes|lun martes|mar miércoles|miercoles|mié|mie jueves|jue viernes|vie sábado|sabado|sáb|sab domingo|dom",
    ),
    "fr": (
        "janvier|janv février|fevrier|févr|fevr mars avril|avr mai juin juillet|juil août|aout septembre|sept "
        "octobre|oct novembre|nov décembre|decembre|déc|dec",
        "lundi|lun mardi|mar mercredi|mer jeudi|jeu vendredi|ven samedi|sam dimanche|dim",
    ),
    "pt": (
        "janeiro|jan fevereiro|fev março|marco|mar abril|abr maio|mai junho|jun julho|jul agosto|ago setembro|set "
        "outubro|out novembro|nov dezembro|dez",
        "segunda-feira|segunda|seg terça-feira|terca-feira|terça|ter quarta-feira|quarta|qua quinta-feira|quinta|qui "
        "sexta-feira|sexta|sex sábado|sabado|sáb|sab domingo|dom",
    ),
}


def _table(words: str) -> dict[str, int]:
    return {name: number for number, names in enumerate(words.split(), 1) for name in names.split("|")}


MONTHS = {language: _table(names[0]) for language, names in _NAMES.items()}
WEEKDAYS = {language: _table(names[1]) for language, names in _NAMES.items()}

_WORD = r"[^\W\d_]+"
_OFFSET = r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})"
_ZONE = r"(?:\s+(?P<zone>[A-Z]{2,5}))?"  # any other name: which of several zones it means is not ours to guess
_TIME = rf"(?:,?\s*(?:at\s+)?(?P<time>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s*[ap]\.?m\.?)?(?:\s*{_OFFSET})?){_ZONE})?"
_ISO_TIME = rf"(?:[T\s]\s*(?P<time>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\.\d+)?\s*{_OFFSET}?){_ZONE})?"
_LEAD = (
    r"(?:(?:on|published(?:\s+on)?|posted(?:\s+on)?|date|dated|publicado(?:\s+el)?|fecha|el|"
    r"publié\s+le|le|publicado\s+em|em)\s*:?\s+)?"
)
_WEEKDAY = rf"(?:(?P<weekday>{_WORD}(?:-feira)?)\.?,?\s+)?"
_ORDINAL = r"(?:st|nd|rd|th|er|º|ª|°|\.)?"
_OF = r"(?:(?:of|de|del|do)\s+)?"
_SHAPES = tuple(
    re.compile(rf"[(\[]?\s*{_LEAD}{_WEEKDAY}{shape}{_TIME}\s*[)\]]?\s*[.:]?", re.IGNORECASE)
    for shape in (
        rf"(?P<day>\d{{1,2}}){_ORDINAL}\s*{_OF}(?P<month>{_WORD})\.?,?\s*{_OF}(?P<year>\d{{4}}|\d{{2}}(?!\d|:))",
        rf"(?P<month>{_WORD})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL},?\s*(?P<year>\d{{4}})",
    )
)
_ISO = re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){_ISO_TIME}")
_NUMERIC = re.compile(
    rf"{_LEAD}(?P<first>\d{{1,2}})([./-])(?P<second>\d{{1,2}})\2(?P<year>\d{{4}}|\d{{2}})", re.IGNORECASE
)
_NO_DAY = re.compile(rf"{_LEAD}(?P<month>{_WORD})\.?,?\s+{_OF}(?P<year>\d{{4}})", re.IGNORECASE)
_NO_YEAR = (
    re.compile(rf"{_LEAD}{_WEEKDAY}(?P<day>\d{{1,2}}){_ORDINAL}\s+{_OF}(?P<month>{_WORD})", re.IGNORECASE),
    re.compile(rf"{_LEAD}{_WEEKDAY}(?P<month>{_WORD})\s+(?P<day>\d{{1,2}}){_ORDINAL}", re.IGNORECASE),
)
# A day or a year that is no number (an OCR slip, a superscript, "NaN"), around the name of a month.
_NO_NUMBER = re.compile(rf"(?i:{_LEAD})(?P<day>[^\sa-z]\S{{0,3}})\s+(?P<month>{_WORD}),?\s+(?P<year>[^\sa-z]\S{{1,4}})")
_SERIAL = re.compile(r"[2-5]\d{4}")  # days since 1899-12-30, for 1954 to 2064
_LONGEST = 80  # characters; the longest real date line measured has 61
_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)}


def read_date_line(
    text: str,
    languages: tuple[str, ...] = ("en",),
    order: Order | None = None,
    as_of: dt.date | None = None,
    zone: dt.tzinfo = dt.UTC,
) -> Reading | None:
    """The date that this line states, or None when the line is no date line.

    The whole line must be a date: a weekday, "On" or "Published on" before it and a time after it are allowed, a
    sentence is not. order says how all-number dates are meant; zone is where a time without a zone was stated; as_of
    is taken for the day when relative dates are read (none are, yet).

    >>> read_date_line("28 July, 2017").value
    datetime.date(2017, 7, 28)
    >>> read_date_line("On July 21 and 22 2021, a series of workshops was held") is None
    True

    Raises:
        ValueError: the line is a date line, but states no day, no year, a day that does not exist, a weekday that
            the day was not, or a day and a month that could be either way round. The message completes
            "date 'March 2024' …".
    """
    if len(text) > _LONGEST:
        return None
    line = " ".join(text.translate(_FULL_WIDTH).split())
    if iso := _ISO.fullmatch(line.rstrip(".:")):
        return _reading(iso, int(iso["month"]), zone)
    if numeric := _NUMERIC.fullmatch(line.rstrip(".:")):
        return _numeric(numeric, order)
    for shape in _SHAPES:
        if (match := shape.fullmatch(line)) and (named := _named(match, languages, zone)):
            return named
    _refuse_incomplete(line, languages)
    return None


def _named(match: re.Match[str], languages: tuple[str, ...], zone: dt.tzinfo) -> Reading | None:
    """A date with the name of a month."""
    weekday = match["weekday"]
    if weekday and not any(weekday.casefold() in WEEKDAYS[language] for language in languages):
        return None
    for language in languages:
        if weekday and weekday.casefold() not in WEEKDAYS[language]:
            continue
        month = MONTHS[language].get(match["month"].casefold())
        if month:
            reading = _reading(match, month, zone)
            stated = WEEKDAYS[language].get(weekday.casefold()) if weekday else None
            if stated and stated != reading.value.isoweekday():
                raise ValueError(f"was a {reading.value:%A}, not a {weekday}")
            return reading
    known = [name for language in languages for name in MONTHS[language] if len(name) > 3]
    near = difflib.get_close_matches(match["month"].casefold(), known, 1, 0.75)
    if near:
        raise ValueError(f"names no month: '{match['month']}'; did you mean '{near[0]}'?")
    return None


def _numeric(match: re.Match[str], order: Order | None) -> Reading:
    """A date of three numbers, the year last."""
    first, second, year = int(match["first"]), int(match["second"]), _year(match["year"])
    if order == "DMY" or (order is None and first > 12):
        return Reading(_day(year, second, first), "day", match[0])
    if order == "MDY" or (order is None and second > 12):
        return Reading(_day(year, first, second), "day", match[0])
    if order == "YMD":
        raise ValueError("does not begin with the year")
    if first == second:
        return Reading(_day(year, first, second), "day", match[0])
    raise ValueError(
        f"is ambiguous: {_day(year, second, first)} (day first) or {_day(year, first, second)} (month first)"
    )


def _refuse_incomplete(line: str, languages: tuple[str, ...]) -> None:
    """Refuse a line that is a date line but lacks something; silence for any other line."""

    def names_month(match: re.Match[str]) -> bool:
        weekday = match.groupdict().get("weekday")
        return any(
            match["month"].casefold() in MONTHS[language] and (not weekday or weekday.casefold() in WEEKDAYS[language])
            for language in languages
        )

    if _SERIAL.fullmatch(line):
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(line))
        raise ValueError(f"is a number, perhaps a spreadsheet's for {day}; format the column as a date")
    if (match := _NO_DAY.fullmatch(line)) and names_month(match):
        raise ValueError("states no day")
    for shape in _NO_YEAR:
        if (match := shape.fullmatch(line.rstrip(".:,"))) and names_month(match):
            raise ValueError("states no year")
    if (match := _NO_NUMBER.fullmatch(line)) and names_month(match):
        raise ValueError("is no such date")


def _reading(match: re.Match[str], month: int, zone: dt.tzinfo) -> Reading:
    day = _day(_year(match["year"]), month, int(match["day"]))
    if not match["time"]:
        return Reading(day, "day", match[0])
    if match["zone"]:
        raise ValueError(f"states the time zone '{match['zone']}', which is not one zone; write an offset like +05:30")
    from dateutil import parser  # 40 ms that most runs never need

    expression = f"{day.isoformat()} {match['time']}"
    defaults = (dt.datetime(2000, 1, 1), dt.datetime(2001, 2, 2, 1, 1, 1))
    # What two different defaults agree on was stated; the rest was filled in by dateutil.
    try:
        first, second = (parser.parse(expression, default=default) for default in defaults)
    except (ValueError, OverflowError):
        raise ValueError(f"states a time that cannot be read: '{match['time']}'") from None
    if first.replace(second=0, microsecond=0) != second.replace(second=0, microsecond=0) or first.date() != day:
        raise ValueError(f"states a time that cannot be read: '{match['time']}'")
    precision: Precision = "second" if first.second == second.second else "minute"
    moment = first if precision == "second" else first.replace(second=0)
    return Reading(moment if moment.tzinfo else moment.replace(tzinfo=zone), precision, match[0])


def _year(digits: str) -> int:
    """Four digits, or two by the rule of POSIX strptime: 69-99 are 19xx, 00-68 are 20xx."""
    year = int(digits)
    return year if len(digits) == 4 else year + (1900 if year >= 69 else 2000)


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError("is no such date") from None
