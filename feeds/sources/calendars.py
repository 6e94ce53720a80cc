"""Calendars (iCalendar, RFC 5545): each event is an item, published on the day on which it is first seen.

When an event is says nothing about when it was announced, so its days are text.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator
from typing import Any, BinaryIO

from feeds.model import Content, Enclosure, Problem, RawItem, SourceError
from feeds.sources.context import Context, read_whole

# Properties of an event that are read, and those that are for programs only (RFC 5545 3.8).
_READ = frozenset(
    """SUMMARY DESCRIPTION DTSTART DTEND DURATION LOCATION URL UID CATEGORIES GEO ATTACH LAST-MODIFIED STATUS X-ALT-DESC
    DTSTAMP CREATED SEQUENCE CLASS TRANSP PRIORITY RECURRENCE-ID EXDATE ORGANIZER ATTENDEE""".split()
)


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the events of a calendar.

    Raises:
        SourceError: it is not a calendar.
    """
    import icalendar

    try:
        calendars = icalendar.Calendar.from_ical(read_whole(stream), multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        raise SourceError("not-a-calendar", f"cannot be read as a calendar: {error}") from None
    left_out = 0
    for number, event in enumerate(events, 1):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            left_out += 1
        else:
            context.note_unused(name for name in event if name not in _READ and not name.startswith("X-"))
            yield _item(event, number, context)
    if left_out:
        message = f"cancelled events are not read; left out: {left_out}"
        yield Problem(context.origin_at(0), "left-out", message, "warning")


def _item(event: Any, number: int, context: Context) -> RawItem:
    marked_up = _text(event, "X-ALT-DESC")
    described = [part for part in _text(event, "DESCRIPTION").split("\n") if part.strip()]
    place = " ".join(_text(event, "LOCATION").split())
    when = ", ".join(filter(None, (_days(event), place)))
    latitude, longitude = (_attribute(event.get("GEO"), name) for name in ("latitude", "longitude"))
    content = Content(
        title=" ".join(_text(event, "SUMMARY").split()),
        text="" if marked_up else "\n\n".join(filter(None, (when, *described))),
        html=f"<p>{html.escape(when, quote=False)}</p>{marked_up}" if marked_up else "",
        categories=tuple(_categories(event)),
        enclosures=tuple(_attachments(event)),
        point="" if latitude is None else f"{latitude} {longitude}",
        modified=_moment(_value(event, "LAST-MODIFIED")),
    )
    return RawItem(
        origin=context.origin_at(number),
        date="",
        content=content,
        link=_text(event, "URL").strip(),
        guid=_text(event, "UID").strip(),
        is_undated=True,
    )


def _text(event: Any, name: str) -> str:
    value = event.get(name)
    return str((value[0] if isinstance(value, list) else value) or "")


def _several(event: Any, name: str) -> list[Any]:
    value = event.get(name)
    return value if isinstance(value, list) else [value] if value is not None else []


def _categories(event: Any) -> Iterator[str]:
    for stated in _several(event, "CATEGORIES"):
        for category in _attribute(stated, "cats") or [stated]:
            yield str(category)


def _attachments(event: Any) -> Iterator[Enclosure]:
    """Yield the files of an event that have an address; those within the calendar have none."""
    for stated in _several(event, "ATTACH"):
        parameters = _attribute(stated, "params") or {}
        if str(stated).startswith(("http://", "https://")):
            yield Enclosure(str(stated), str(parameters.get("FMTTYPE", "")), 0)


def _value(event: Any, name: str) -> dt.date | None:
    value = _attribute(event.get(name), "dt")
    return value if isinstance(value, dt.date) else None


def _attribute(value: Any, name: str) -> Any:
    """An attribute of a value, None where the value is broken, which shows itself only now."""
    try:
        return getattr(value, name, None)
    except ValueError:
        return None


def _days(event: Any) -> str:
    """When an event is, in ISO 8601 and without words, which would be in one language; RFC 5545 3.6.1: the end of a
    day is the next one.
    """
    start, end = _value(event, "DTSTART"), _value(event, "DTEND")
    if start is None:
        return ""
    if end is not None and not isinstance(end, dt.datetime):
        end -= dt.timedelta(days=1)
    first, last = _moment(start), _moment(end)
    if last.partition(" ")[0] == first.partition(" ")[0] and " " in last:
        last = last.partition(" ")[2]
    return first if last in ("", first) else f"{first} – {last}"


def _moment(value: dt.date | None) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}" + (f" {zone}" if (zone := value.tzname()) else "")
    return value.isoformat() if value else ""
