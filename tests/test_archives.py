"""Archives (RFC 5005): from the live document back to the first, every entry is there; pages stay as they are."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import CONFIG, NOW, Site, item
from lxml import etree

from feeds.config import Config
from feeds.validation import validate

ATOM = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"
BASE = "/feeds/"
FILES = ("atom.xml", "rss.xml", "feed.json")


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


class Parsed:
    """A document of a feed, whatever its format: the ids of its entries, and what it says of other documents."""

    def __init__(self, path: Path) -> None:
        self.own_id = ""
        if path.suffix == ".json":
            stated = json.loads(path.read_bytes())
            self.ids = [one["id"] for one in stated["items"]]
            self.own, self.previous, self.current = stated["feed_url"], stated.get("next_url", ""), ""
            self.is_archive = "/archive/" in self.own  # JSON Feed has no word for it
            return
        root = etree.parse(path).getroot()
        ids = f"{ATOM}entry/{ATOM}id" if root.tag == f"{ATOM}feed" else "channel/item/guid"
        self.ids = [str(one.text) for one in root.iterfind(ids)]
        links = {str(link.get("rel")): str(link.get("href")) for link in root.iter(f"{ATOM}link")}
        self.own, self.previous, self.current = links["self"], links.get("prev-archive", ""), links.get("current", "")
        self.is_archive = root.find(f".//{FH}archive") is not None
        self.own_id = root.findtext(f"{ATOM}id", "")


def walk(site: Site, path: str) -> list[tuple[str, Parsed]]:
    """A feed's documents from the live one to the first, by the links that they state."""
    found = []
    while path:
        document = Parsed(site.output / path)
        found.append((path, document))
        path = urlsplit(document.previous).path.removeprefix(BASE)
    return found


def all_ids(site: Site, path: str) -> set[str]:
    return {one for _, document in walk(site, path) for one in document.ids}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write("feeds.toml", CONFIG + "[limits]\nlive = 10\n")
    made.write("news.txt", listing(0, 46))
    made.build()
    return made


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("folder", "count"), [("", 47), ("countries/pa/", 16)])
def test_walking_back_gives_every_entry(site: Site, folder: str, count: int, name: str) -> None:
    documents = walk(site, folder + name)
    assert len(all_ids(site, folder + name)) == count
    assert [path for path, _ in documents[1:]] == [
        f"{folder}archive/{page:04}/{name}" for page in range(len(documents) - 1, 0, -1)
    ]
    live = documents[0][1]
    assert len(live.ids) >= 10
    for path, document in documents[1:]:
        assert len(document.ids) == 10
        assert document.is_archive
        assert document.current in (live.own, "") and bool(document.current) == (name != "feed.json")
        assert document.own.endswith(path)
        assert validate((site.output / path).read_bytes()) == []
    assert not live.is_archive
    assert len({document.own_id for _, document in documents}) == 1  # of one feed, so of one id


def test_pages_are_not_touched_by_what_comes_later(site: Site) -> None:
    before = {path: stamp for path, stamp in site.stamps().items() if "/archive/" in f"/{path}"}
    assert len(before) == len(FILES) * (4 + 1)
    for last in (47, 50, 61):
        site.write("news.txt", listing(last - 30, last))
        site.build(NOW + dt.timedelta(days=last))
        after = site.stamps()
        assert {path: after[path] for path in before} == before
        assert len(all_ids(site, "atom.xml")) == last + 1


def test_a_page_changes_when_an_entry_in_it_does_and_no_other(site: Site) -> None:
    before = site.files()
    site.write("news.txt", listing(0, 46).replace("Text number 12.", "Text number twelve."))
    report = site.build(NOW + dt.timedelta(hours=1))
    changed = {path for path, body in site.files().items() if before.get(path) != body}
    assert (
        changed
        == set(report.written)
        == {
            *(f"archive/0002/{name}" for name in FILES),
            *(f"countries/pa/archive/0001/{name}" for name in FILES),
            "countries/pa/index.html",
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
    assert len(all_ids(site, "atom.xml")) == 47
    site.write("feeds.toml", CONFIG + "[limits]\nlive = 30\n")
    site.build()
    assert {path: site.files()[path] for path in before} == before
    assert len(Parsed(site.output / "atom.xml").ids) == 30


def test_an_entry_that_leaves_a_feed_leaves_its_page(site: Site) -> None:
    site.write("feeds.toml", CONFIG + '[limits]\nlive = 10\n[[overrides]]\npattern = "^Item 3 "\ncountries = []\n')
    site.build(NOW + dt.timedelta(hours=1))
    assert len(all_ids(site, "countries/pa/atom.xml")) == 15
    assert len(all_ids(site, "atom.xml")) == 47


def test_what_is_known_of_entries_and_heads_is_what_a_look_at_the_whole_says(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries are validated when they are rendered, a page of an archive by its head: the same is withheld as if each
    document were validated as a whole.
    """
    from feeds.feed import render
    from feeds.model import Entry, Fragments

    broken = {"Item 12 of the Panama office": "atom", "Item 30 of the Panama office": "rss"}
    render_entry = render.render_entry

    def spoiled(entry: Entry, config: Config, main_id: str) -> Fragments:
        rendered = render_entry(entry, config, main_id)
        if which := broken.get(entry.content.title):
            body = rendered[which].replace(b"<title>", b"<titel>").replace(b"</title>", b"</titel>")
            return {**rendered, which: body}
        return rendered

    monkeypatch.setattr(render, "render_entry", spoiled)
    looked: list[bytes] = []
    monkeypatch.setattr(
        "feeds.validation.validate", lambda body, **kept: (looked.append(body), validate(body, **kept))[1]
    )
    (site.folder / ".history.sqlite3").unlink()
    shutil.rmtree(site.output)
    report = site.build()
    refused = {refusal.document for refusal in report.refused}
    assert refused == {
        "archive/0002/atom.xml",
        "archive/0004/rss.xml",
        "countries/pa/archive/0001/atom.xml",
        "countries/pa/rss.xml",  # its 30th item is its eleventh entry, which no page holds yet
    }
    for path in site.output.rglob("archive/*/*"):
        assert validate(path.read_bytes()) == []

    def is_whole(body: bytes, page: str) -> bool:
        return f'/{page}/atom.xml" rel="self"'.encode() in body and b"news/2017" in body

    assert [body for body in looked if is_whole(body, "archive/0002")]  # to say what is wrong with it
    assert not [body for body in looked if is_whole(body, "archive/0003")]


@pytest.fixture
def fresh(tmp_path: Path) -> Site:
    return Site(tmp_path)


def long_listing(count: int, characters: int) -> str:
    """Items of that many characters, the newest on top, all about Panama."""
    text = "Panama and the river. " * (characters // 22)
    return "".join(item(f"2024-{n // 28 + 1:02}-{n % 28 + 1:02}", f"Number {n}", text) for n in range(count, 0, -1))


@pytest.mark.slow
@pytest.mark.parametrize(("characters", "shown"), [(60_000, range(10, 17)), (30_000, range(20, 34))])
def test_a_live_document_of_long_entries_holds_as_many_as_fit_and_none_is_lost(
    fresh: Site, characters: int, shown: range
) -> None:
    fresh.write("news.txt", long_listing(70, characters))
    fresh.build()
    for folder in ("", "countries/pa/"):
        for name in FILES:
            assert (fresh.output / folder / name).stat().st_size < 1_000_000
            documents = walk(fresh, f"{folder}{name}")
            assert len(documents[0][1].ids) in shown
            assert len({identity for _, document in documents for identity in document.ids}) == 70
            codes = {found.code for path, _ in documents for found in validate((fresh.output / path).read_bytes())}
            assert codes <= {"large-document"}  # an archive document holds as many entries as ever


@pytest.mark.slow
def test_pages_of_long_entries_stay_as_they_are_while_more_come(fresh: Site) -> None:
    seen: dict[str, bytes] = {}
    for count in range(20, 80, 3):
        fresh.write("news.txt", long_listing(count, 50_000))
        fresh.build()
        files = fresh.files()
        assert all(files[path] == body for path, body in seen.items())
        seen = {path: body for path, body in files.items() if "archive/" in path}
        assert all(len(files[name]) < 1_000_000 for name in FILES)
        held = {identity for _, document in walk(fresh, "atom.xml") for identity in document.ids}
        assert len(held) == count
    assert len(seen) >= 2 * 3 * 2


def test_an_entry_too_long_for_any_live_document_is_published_in_one(fresh: Site) -> None:
    fresh.write("feeds.toml", CONFIG + "[limits]\nlive_bytes = 50_000\n")
    fresh.write("news.txt", long_listing(3, 60_000))
    fresh.build()
    assert [len(document.ids) for _, document in walk(fresh, "atom.xml")] == [1, 3]
