"""The map of the index: which countries are on it, how they look, and which part of the world it shows."""

from __future__ import annotations

import pytest
from conftest import Site, item
from test_pages import build, page

from feeds.feed.pages import world
from feeds.model import Category, FeedSpec, FeedSummary
from feeds.tagging.tables import points


def test_a_map_leads_to_the_countries_where_there_are_enough(site: Site) -> None:
    names = ("Panama", "Honduras", "Malta")
    few = "".join(item(f"{day} June, 2017", f"{name} trains staff") for day, name in enumerate(names, 1))
    build(site, listing=few)
    assert page(site, "index.html").xpath("//nav[@class='world']") == []
    build(site, listing=few + item("4 May, 2017", "Kenya trains staff") + item("3 May, 2017", "Kenya opens office"))
    [atlas] = page(site, "index.html").xpath("//nav[@class='world']")
    links = {link.get("aria-label"): link.get("href") for link in atlas.xpath(".//a")}
    assert links == {
        "Kenya: 2 entries": "countries/ke/",
        "Panama: 1 entry": "countries/pa/",
        "Honduras: 1 entry": "countries/hn/",
        "Malta: 1 entry": "countries/mt/",
    }
    steps = {shape.getparent().get("href"): (shape.tag, shape.get("class")) for shape in atlas.xpath(".//a/*[@class]")}
    assert steps["countries/ke/"] == ("path", "step4")
    assert steps["countries/mt/"] == ("circle", "step2")  # too small for an outline
    assert b"<svg " in site.files()["world.svg"]


def test_the_map_shows_the_part_that_holds_its_countries() -> None:
    def on_map(*codes: str) -> list[world.Country]:
        specs = [FeedSpec(code, code, "", Category("countries", code, code)) for code in codes]
        return world.countries([FeedSummary(spec, 1, None) for spec in specs])

    assert world.view([]) == (0, 0, 720, 280)
    assert world.view(on_map("us", "cn", "au", "gl")) == (0, 0, 720, 280)
    left, top, width, height = world.view(on_map("pa", "hn", "cr", "ni"))
    assert (width, height) == (240, 93.3)
    for code in ("pa", "hn"):
        x, y = world.project(*map(float, points()[code]))
        assert left < x < left + width
        assert top < y < top + height


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (((100, 100), (400, 150)), (55.0, 49.2, 390.0, 151.7)),  # as wide as they are, and a margin
        (((300, 60), (310, 160)), (137.9, 45.0, 334.3, 130.0)),  # as high
        (((0, 0), (10, 5)), (0, 0, 240.0, 93.3)),  # never beyond an edge, and enlarged three times at most
        (((720, 280), (715, 275)), (480.0, 186.7, 240.0, 93.3)),
        (((0, 0), (720, 280)), (0, 0, 720, 280)),
    ],
)
def test_the_part_of_the_map_has_its_countries_in_the_middle(
    places: tuple[tuple[int, int], tuple[int, int]], expected: tuple[float, ...]
) -> None:
    feed = FeedSummary(FeedSpec("countries/pa", "Panama", ""), 1, None)
    (left, top), (right, bottom) = places
    dots = [world.Country(feed, "", x, y, 1) for x, y in places]
    assert world.view(dots) == expected
    right, bottom = right - left, bottom - top
    shape = f"M{left},{top}l{right},0 0,{bottom} {-right},0zM900,900l1,1z"  # its first part is the largest
    assert world.view([world.Country(feed, shape, 500, 500, 1)]) == expected


def test_countries_are_shaded_beside_the_busiest_and_small_ones_lie_on_top() -> None:
    counts = {"mt": 4, "pa": 8, "hn": 2, "ke": 1, "td": 0}
    feeds = [
        FeedSummary(FeedSpec(f"countries/{code}", code, "", Category("countries", code, code)), count, None)
        for code, count in counts.items()
    ]
    unknown = FeedSummary(FeedSpec("countries/zz", "zz", "", Category("countries", "zz", "zz")), 1, None)
    found = world.countries([unknown, *feeds])
    assert [(country.feed.spec.title, country.step) for country in found] == [
        ("pa", 4), ("hn", 1), ("ke", 1), ("td", 1), ("mt", 2),
    ]  # fmt: skip
    assert [bool(country.outline) for country in found] == [True] * 4 + [False]
    assert world.countries(feeds[:3]) == []
    assert world.project(10, 20) == (400, 148)
