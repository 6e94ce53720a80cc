"""A time next to a date -> a moment and its precision."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from feeds.model import Precision

# Names that say one zone, with hours from UTC: those of RFC 822 5.1, and those that have meant one offset in all zones
# of tzdata since 1960. Any other name may be several, and is not ours to choose from.
_ZONES: dict[str, float] = {
    "UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "ACDT": 10.5, "ACST": 9.5, "ADT": -3, "AEDT": 11, "AEST": 10, "AKDT": -8, "AKST": -9, "AWST": 8, "CAT": 2,
    "CEST": 2, "CET": 1,
    "EAT": 3, "EEST": 3, "EET": 2, "HKT": 8, "HST": -10, "IDT": 3, "JST": 9, "MEST": 2, "MET": 1, "NDT": -2.5,
    "NZDT": 13, "NZST": 12, "PKT": 5, "SAST": 2, "WAT": 1, "WEST": 1, "WET": 0, "WIB": 7, "WIT": 9, "WITA": 8,
}  # fmt: skip
_DEFAULTS = (dt.datetime(2000, 1, 1), dt.datetime(2001, 2, 2, 1, 1, 1))  # what dateutil fills in, twice


class ClockError(ValueError):
    """A time that cannot be read; the message continues "date '…' …"."""


class Moment(NamedTuple):
    """A moment and its precision."""

    value: dt.date  # an aware datetime; the day alone where the zone of its time is not known
    precision: Precision
    doubt: str = ""  # why the time is not used; it continues "date '…' …"


def read_time(day: dt.date, stated: re.Match[str], zone: dt.tzinfo) -> Moment:
    """Return the moment that a time states on a given day.

    Args:
        stated: a match of around.TIME.
        zone: where a time without a zone was stated.

    Raises:
        ClockError: the time cannot be read.
    """
    shown = stated[0].strip()
    first, second = _parse_twice(_expression(day, stated), shown)
    if first.date() != day or second.date() != day:
        raise ClockError(f"states a time that cannot be read: '{shown}'")
    # What two different defaults agree on was stated; the rest was filled in by dateutil.
    precision: Precision = "second" if first.second == second.second else "minute"
    moment = first.replace(minute=0) if first.minute != second.minute else first
    if precision == "minute":
        moment = moment.replace(second=0)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if (name := stated["zone"] or "") and moment.tzname() != name:  # as the zone of the listing is called on that day
        if name not in _ZONES:
            return Moment(day, "day", unknown_zone(name))
        moment = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=_ZONES[name])))
    return Moment(moment, precision)


def unknown_zone(name: str) -> str:
    """Return what is to be said of a word after a time that is not the name of one time zone."""
    return f"states a time in '{name}', which is not one time zone; only its day counts; write an offset like +05:30"


def _expression(day: dt.date, stated: re.Match[str]) -> str:
    """Return date and time in a form that dateutil reads."""
    clock = re.sub(r"\s?h\s?(\d{2})?$", lambda hour: f":{hour[1] or '00'}", stated["time"], flags=re.IGNORECASE)
    clock = re.sub(r"^(\d{1,2})\.(\d{2})$", r"\1:\2", clock)
    if clock.isdigit() and not stated["half"]:
        clock += ":00"
    offset = re.sub(r"^(?:GMT|UTC)\s?(?=[+-])", "", (stated["offset"] or "").upper())
    return f"{day.isoformat()} {clock} {(stated['half'] or '').replace('.', '')} {offset}".strip()


def _parse_twice(expression: str, shown: str) -> tuple[dt.datetime, dt.datetime]:
    from dateutil import parser  # 40 ms that most runs never need

    try:
        first, second = (parser.parse(expression, default=default) for default in _DEFAULTS)
        first.utcoffset()  # an offset of a day or more is refused only here
    except (ValueError, OverflowError):
        raise ClockError(f"states a time that cannot be read: '{shown}'") from None
    return first, second
