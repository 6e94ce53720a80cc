"""Archives (RFC 5005): from the live document back to the first, every entry is there; pages stay as they are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import CONFIG, NOW, Site, item
from lxml import etree

from feeds.validate import validate

ATOM = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"
BASE = "/feeds/"


def listing(first: int, last: int) -> str:
    """Items of consecutive days, the newest on top; every third is about Panama."""
    start = dt.date(2017, 1, 1)
    return "".join(
        item(
            (start + dt.timedelta(days=number)).isoformat(),
            f"Item {number} of the {'Panama' if number % 3 == 0 else 'harbour'} office",
            f"Text number {number}.",
        )
        for number in range(last, first - 1, -1)
    )


def ids(root: etree._Element) -> list[str]:
    if root.tag == f"{ATOM}feed":
        return [str(one.text) for one in root.iterfind(f"{ATOM}entry/{ATOM}id")]
    return [str(one.text) for one in root.iterfind("channel/item/guid")]


def links(root: etree._Element) -> dict[str, str]:
    return {str(link.get("rel")): str(link.get("href")) for link in root.iter(f"{ATOM}link")}


def walk(site: Site, path: str) -> list[tuple[str, etree._Element]]:
    """A feed's documents from the live one to the first, by the links that they state."""
    found = []
    while path:
        root = etree.parse(site.output / path).getroot()
        found.append((path, root))
        previous = links(root).get("prev-archive", "")
        path = urlsplit(previous).path.removeprefix(BASE)
    return found


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write("feeds.toml", CONFIG + "[limits]\nlive = 10\n")
    made.write("news.txt", listing(0, 46))
    made.build()
    return made


@pytest.mark.parametrize("name", ["atom.xml", "rss.xml"])
@pytest.mark.parametrize(("folder", "count"), [("", 47), ("countries/pa/", 16)])
def test_walking_back_gives_every_entry(site: Site, folder: str, count: int, name: str) -> None:
    documents = walk(site, folder + name)
    seen = [one for _, root in documents for one in ids(root)]
    assert len(set(seen)) == count
    assert [path for path, _ in documents[1:]] == [
        f"{folder}archive/{page:04}/{name}" for page in range(len(documents) - 1, 0, -1)
    ]
    assert len(ids(documents[0][1])) >= 10
    live = documents[0][1]
    for path, root in documents[1:]:
        assert len(ids(root)) == 10
        assert root.find(f".//{FH}archive") is not None
        assert links(root)["current"] == links(live)["self"]
        assert links(root)["self"].endswith(path)
        assert validate((site.output / path).read_bytes()) == []
    assert live.find(f".//{FH}archive") is None
    if name == "atom.xml":  # of one feed, so of one id
        assert len({root.findtext(f"{ATOM}id") for _, root in documents}) == 1


def test_pages_are_not_touched_by_what_comes_later(site: Site) -> None:
    before = {path: stamp for path, stamp in site.stamps().items() if "/archive/" in f"/{path}"}
    assert len(before) == 2 * (4 + 1)
    for last in (47, 50, 61):
        site.write("news.txt", listing(last - 30, last))
        site.build(NOW + dt.timedelta(days=last))
        after = site.stamps()
        assert {path: after[path] for path in before} == before
        assert len({one for _, root in walk(site, "atom.xml") for one in ids(root)}) == last + 1


def test_a_page_changes_when_an_entry_in_it_does_and_no_other(site: Site) -> None:
    before = site.files()
    site.write("news.txt", listing(0, 46).replace("Text number 12.", "Text number twelve."))
    report = site.build(NOW + dt.timedelta(hours=1))
    changed = {path for path, body in site.files().items() if before.get(path) != body}
    assert (
        changed
        == set(report.written)
        == {
            *(f"archive/0002/{name}" for name in ("atom.xml", "rss.xml")),
            *(f"countries/pa/archive/0001/{name}" for name in ("atom.xml", "rss.xml")),
            "items/2017/01/13/item-12-of-the-panama-office.html",
        }
    )
    assert b"twelve" in (site.output / "archive/0002/atom.xml").read_bytes()


def test_an_old_item_found_late_is_announced_and_shifts_no_page(site: Site) -> None:
    before = {path: body for path, body in site.files().items() if "archive/" in path}
    site.write("news.txt", item("2017-02-17", "A very late thing") + listing(17, 46) + item("2017-01-10", "An old one"))
    site.build(NOW + dt.timedelta(hours=1))
    assert {path: site.files()[path] for path in before} == before
    assert "An old one" in (site.output / "atom.xml").read_text()


def test_pages_keep_their_length_when_the_live_documents_change_theirs(site: Site) -> None:
    before = {path: body for path, body in site.files().items() if "archive/" in path}
    site.write("feeds.toml", CONFIG + "[limits]\nlive = 3\n")
    site.build()
    assert {path: site.files()[path] for path in before} == before
    assert len({one for _, root in walk(site, "atom.xml") for one in ids(root)}) == 47
    site.write("feeds.toml", CONFIG + "[limits]\nlive = 30\n")
    site.build()
    assert {path: site.files()[path] for path in before} == before
    assert len(ids(etree.parse(site.output / "atom.xml").getroot())) == 30


def test_an_entry_that_leaves_a_feed_leaves_its_page(site: Site) -> None:
    site.write("feeds.toml", CONFIG + '[limits]\nlive = 10\n[[overrides]]\npattern = "^Item 3 "\ncountries = []\n')
    site.build(NOW + dt.timedelta(hours=1))
    seen = [one for _, root in walk(site, "countries/pa/atom.xml") for one in ids(root)]
    assert len(set(seen)) == 15
    assert len({one for _, root in walk(site, "atom.xml") for one in ids(root)}) == 47
