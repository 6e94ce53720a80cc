"""Make world.tsv anew: the outlines of countries as SVG paths, from the shapefile of Natural Earth (public domain).

    python -m feeds.feed.pages.derive ne_110m_admin_0_countries.shp > feeds/feed/pages/world.tsv

It needs the extra 'data'. Outlines are simplified (Douglas and Peucker 1973) to what a map of 720 pixels can show.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

from feeds.feed.pages.world import project

Point = tuple[float, float]
TOLERANCE = 0.6  # pixels that a simplified outline may be away
LEAST = 1.5  # square pixels of an island that is shown beside a larger one
# What has no code of its own in the data: by its name there. The two last belong to states that are members of the UN.
NAMED = {"France": "FR", "Norway": "NO", "Kosovo": "XK", "Somaliland": "SO", "N. Cyprus": "CY"}


def simplify(line: Sequence[Point]) -> list[Point]:
    """Return a line without the points that it hardly needs; both ends stay."""
    if len(line) < 3:
        return list(line)
    (x1, y1), (x2, y2) = line[0], line[-1]
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5

    def away(point: Point) -> float:
        x, y = point
        if not length:
            return float(((x - x1) ** 2 + (y - y1) ** 2) ** 0.5)
        return float(abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length)

    furthest = max(range(1, len(line) - 1), key=lambda number: away(line[number]))
    if away(line[furthest]) <= TOLERANCE:
        return [line[0], line[-1]]
    return simplify(line[: furthest + 1])[:-1] + simplify(line[furthest:])


def area(ring: Sequence[Point]) -> float:
    """Return the area of a ring, in square pixels."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def path(rings: Sequence[Sequence[Point]]) -> str:
    """Return the rings as an SVG path in whole pixels, each point relative to the one before."""
    parts = []
    for ring in rings:
        points = list(dict.fromkeys((round(x), round(y)) for x, y in simplify(ring)))
        if len(points) < 3:
            continue
        steps = [f"{x - before_x},{y - before_y}" for (before_x, before_y), (x, y) in pairwise(points)]
        parts.append(f"M{points[0][0]},{points[0][1]}l{' '.join(steps)}z")
    return "".join(parts)


def outlines(shapefile: str) -> Iterator[tuple[str, str]]:
    """Yield the code of each country and its path."""
    import pycountry
    import shapefile as pyshp

    by_code: dict[str, list[list[Point]]] = {}
    for record in pyshp.Reader(shapefile).iterShapeRecords():
        known = pycountry.countries.get(alpha_3=record.record["iso_a3"])
        code = known.alpha_2 if known else NAMED.get(record.record["name"], "")
        if not code or code == "AQ":
            continue
        ends = [*record.shape.parts[1:], len(record.shape.points)]
        for start, end in zip(record.shape.parts, ends, strict=True):
            ring = [project(y, x) for x, y, *_ in record.shape.points[start:end]]
            by_code.setdefault(code.lower(), []).append(ring)
    for code, rings in sorted(by_code.items()):
        rings.sort(key=area, reverse=True)
        if drawn := path([ring for number, ring in enumerate(rings) if not number or area(ring) >= LEAST]):
            yield code, drawn


def main() -> None:
    """Print the table."""
    print("# Outlines of countries: code of ISO 3166-1, SVG path. Made by feeds.feed.pages.derive from Natural Earth")
    print("# (naturalearthdata.com, public domain), 1:110m. They say nothing of anybody's status.")
    for code, drawn in outlines(sys.argv[1]):
        print(f"{code}\t{drawn}")


if __name__ == "__main__":
    main()
