"""The numbers of entries per month as the geometry of a bar chart; the template draws it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from feeds.feed.messages import Messages

MONTHS = 60  # at the most, the last ones
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 480, 150, 22, 20, 8  # of the picture, and what its labels take
_WIDEST = 34  # of a month
_LOWEST = 2  # of a bar that there is at all
_APART = 36  # between the names of two years, which have four digits


class Bar(NamedTuple):
    """The bar of a month: its geometry and its label."""

    x: float
    y: float
    width: float
    height: float
    said: str


class Chart(NamedTuple):
    """The bars of months, the positions of years, and a sentence that says the same."""

    bars: tuple[Bar, ...]
    years: tuple[tuple[float, int], ...]
    most: int
    said: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM
    top: int = TOP


def chart(months: Sequence[tuple[dt.date, int]], messages: Messages) -> Chart | None:
    """Return the chart of these months, up to the newest; None if there are fewer than two."""
    counted = [(month.year * 12 + month.month - 1, count) for month, count in months]
    if len(counted) < 2:
        return None
    last = counted[-1][0]
    first = max(counted[0][0], last - MONTHS + 1)
    counts = {number: count for number, count in counted if number >= first}
    most = max(counts.values())
    step = min((WIDTH - LEFT) / (last - first + 1), _WIDEST)
    bars = [_bar(number, first, step, counts[number], most, messages) for number in sorted(counts)]
    busiest = max(counts, key=lambda number: (counts[number], number))
    said = messages["chart"].format(
        first=messages.month(_month(first)),
        last=messages.month(_month(last)),
        month=messages.month(_month(busiest)),
        count=messages.entries(most),
    )
    return Chart(tuple(bars), tuple(_years(first, last, step)), most, said)


def _bar(number: int, first: int, step: float, count: int, most: int, messages: Messages) -> Bar:
    x, floor = LEFT + (number - first) * step, HEIGHT - BOTTOM
    height = max((floor - TOP) * count / most, _LOWEST)
    return Bar(
        x=round(x + step * 0.1, 1),
        y=round(floor - height, 1),
        width=round(step * 0.8, 1),
        height=round(height, 1),
        said=f"{messages.month(_month(number))}: {messages.entries(count)}",
    )


def _years(first: int, last: int, step: float) -> list[tuple[float, int]]:
    """Return the positions of year labels; if the first two would overlap the second is kept."""
    years = [
        (round(LEFT + (number - first) * step, 1), number // 12)
        for number in range(first, last + 1)
        if number % 12 == 0 or number == first
    ]
    return years[1:] if len(years) > 1 and years[1][0] - years[0][0] < _APART else years


def _month(number: int) -> dt.date:
    return dt.date(number // 12, number % 12 + 1, 1)
