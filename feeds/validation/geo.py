"""Where things are: GeoRSS, W3C Basic Geo, GeoURL and ICBM, with the coordinates that each element may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validation import values
from feeds.validation.elements import ANY, Element, Module
from feeds.validation.findings import finding

GEORSS = "http://www.georss.org/georss"
_DECIMAL, _NORTH, _EAST = values.number(), values.number(-90, 90), values.number(-180, 180)
_LATITUDE, _LONGITUDE = Element(_NORTH, is_single=True), Element(_EAST, is_single=True)


def _coordinates(least: int, most: int | None = None, is_closed: bool = False) -> values.Check:
    """Make a check of latitudes and longitudes in turn (GeoRSS Simple).

    Args:
        least: the number of points that the shape has at least; most likewise.
        is_closed: the last point is the first.
    """
    shape = f"{least} points" if most == least and least > 1 else "a point" if most == 1 else f"at least {least} points"

    def check(text_: str) -> str:
        numbers = text_.replace(",", " ").split()
        if not numbers or len(numbers) % 2 or any(map(_DECIMAL, numbers)):
            return "latitude and longitude, separated by a space"
        if any(map(_NORTH, numbers[::2])) or any(map(_EAST, numbers[1::2])):
            return "a latitude from -90 to 90 and a longitude from -180 to 180"
        points = len(numbers) // 2
        if points < least or (most is not None and points > most):
            return f"{shape}, each a latitude and a longitude"
        if is_closed and numbers[:2] != numbers[-2:]:
            return "the last point to be the first again"
        return ""

    return check


_point = _coordinates(1, 1)
values.PLAIN[_point] = re.compile(
    r"-?[0-8]?[0-9](?:\.[0-9]{1,15})? -?(?:1[0-7][0-9]|[0-9]{1,2})(?:\.[0-9]{1,15})?"  # one pair, as most have
).fullmatch


def _circle(text_: str) -> str:
    """A point and a radius in metres."""
    numbers = text_.replace(",", " ").split()
    if len(numbers) != 3 or _point(" ".join(numbers[:2])) or values.number(0)(numbers[2]):
        return "a latitude, a longitude and a radius in metres"
    return ""


MODULES = {
    "http://www.w3.org/2003/01/geo/wgs84_pos#": Module(
        "W3C Basic Geo",
        {
            "lat": Element(_NORTH, is_single=True),
            "long": Element(_EAST, is_single=True),
            "alt": Element(values.number()),
            "lat_long": ANY,
            **dict.fromkeys(("Point", "SpatialThing", "location"), ANY),
        },
    ),
    "http://geourl.org/rss/module/": Module("GeoURL", {"latitude": _LATITUDE, "longitude": _LONGITUDE}),
    "http://postneo.com/icbm/": Module("ICBM", {"latitude": _LATITUDE, "longitude": _LONGITUDE}),
    GEORSS: Module(
        "GeoRSS",
        {
            "point": Element(_point),
            "line": Element(_coordinates(2)),
            "polygon": Element(_coordinates(4, is_closed=True)),
            "box": Element(_coordinates(2, 2)),
            "circle": Element(_circle),
            "elev": Element(values.number()),
            "floor": Element(values.number()),
            "radius": Element(values.number(0)),
            "where": ANY,
            # GeoRSS 17-002r1 writes these with capitals, GeoRSS 1.1 without.
            **dict.fromkeys("featuretypetag relationshiptag featurename".split(), ANY),
            **dict.fromkeys("featureTypeTag relationshipTag featureName".split(), ANY),
        },
    ),
}


def check(root: etree._Element) -> Iterator[Finding]:
    """Yield a finding for coordinates with commas, which most programs read."""
    for called in ("point", "line", "polygon", "box", "circle"):
        for element in root.iter(f"{{{GEORSS}}}{called}"):
            if "," in (element.text or ""):
                message = f"<{called}> has commas; write the numbers with spaces between them"
                yield finding(element, "warning", "comma-in-coordinates", message, "GeoRSS Simple")
