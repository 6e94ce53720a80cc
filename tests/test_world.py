"""The map of the index: which countries are on it, how they look, and which part of the world it shows."""

from __future__ import annotations

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
