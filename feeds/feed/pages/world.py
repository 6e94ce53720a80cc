"""A map of the world with the countries that have feeds: their outlines as SVG paths, each with how much there is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from feeds.model import FeedSummary
from feeds.tagging.tables import points

TABLE = Path(__file__).parent / "world.tsv"
WIDTH, HEIGHT = 720, 280  # pixels of the view box: two for a degree, from 84° north to 56° south
_NORTH, _SCALE = 84.0, 2.0
STEPS = 4  # shades
ZOOM = 3  # times that a part of the map is enlarged at most: its outlines are coarse
_MARGIN = 1.3  # how much more than the countries is shown
LEAST = 4  # countries from which on a map says more than their list


class Country(NamedTuple):
    """A country on the map.

    Attributes:
        outline: an SVG path; "" for one that is too small, which is a dot at x and y.
        step: how much there is beside the busiest, from 1 to STEPS.
    """

    feed: FeedSummary
    outline: str
    x: float
    y: float
    step: int


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Return where a place is on the map: pixels from the left and from the top (plate carrée).

    >>> project(84, -180), project(0, 0)
    ((0.0, 0.0), (360.0, 168.0))
    """
    return (longitude + 180) * _SCALE, (_NORTH - latitude) * _SCALE


@lru_cache(maxsize=1)
def outlines() -> dict[str, str]:
    """Return the outlines of countries as SVG paths, by ISO 3166-1 code in lower case."""
    lines = TABLE.read_text(encoding="ascii").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


def land() -> str:
    """Return the map without anything on it, as an SVG image."""
    drawn = "".join(outlines().values())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"><path d="{drawn}" fill="#8a94a3" '
        'fill-opacity=".3" stroke="#8a94a3" stroke-opacity=".5" stroke-width=".5"/></svg>\n'
    )


def countries(feeds: Sequence[FeedSummary]) -> list[Country]:
    """Return the countries of feeds on the map, dots on top of outlines; none if they are few."""
    most = max((feed.entries for feed in feeds), default=0)
    found = []
    for feed in feeds:
        code = feed.spec.category.term if feed.spec.category else ""
        if code not in points():
            continue
        latitude, longitude = points()[code]
        x, y = project(float(latitude), float(longitude))
        step = -(-feed.entries * STEPS // max(most, 1)) or 1
        found.append(Country(feed=feed, outline=outlines().get(code, ""), x=x, y=y, step=step))
    return sorted(found, key=lambda country: not country.outline) if len(found) >= LEAST else []


def view(shown: Sequence[Country]) -> tuple[float, float, float, float]:
    """Return the part of the map that holds these countries: left, top, width, height; at most enlarged ZOOM times."""
    if not shown:
        return 0, 0, WIDTH, HEIGHT
    bounds = [_bounds(country) for country in shown]
    left, top = min(box[0] for box in bounds), min(box[1] for box in bounds)
    right, bottom = max(box[2] for box in bounds), max(box[3] for box in bounds)
    width = max((right - left) * _MARGIN, (bottom - top) * _MARGIN * WIDTH / HEIGHT, WIDTH / ZOOM)
    width = min(width, WIDTH)
    height = width * HEIGHT / WIDTH
    x = min(max((left + right - width) / 2, 0), WIDTH - width)
    y = min(max((top + bottom - height) / 2, 0), HEIGHT - height)
    return round(x, 1), round(y, 1), round(width, 1), round(height, 1)


def _bounds(country: Country) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a country; of one whose islands lie around the world, of its largest part."""
    if not country.outline:
        return country.x, country.y, country.x, country.y
    start, steps = country.outline.removeprefix("M").split("M")[0].rstrip("z").split("l")
    x, y = map(int, start.split(","))
    xs, ys = [x], [y]
    for step in steps.split(" "):
        across, down = map(int, step.split(","))
        xs.append(xs[-1] + across)
        ys.append(ys[-1] + down)
    return min(xs), min(ys), max(xs), max(ys)
