"""An organisation moves: the ids of its old feed are given to its items, and its readers see nothing as new."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner
from conftest import CONFIG, NOW, Site, item

from feeds.cli import main
from feeds.explain import explain

OLD = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>Old</title><link>https://old.example.org/</link><description>Old</description>
<item><title>Panama trains “border” staff</title><link>https://old.example.org/1</link>
  <guid isPermaLink="false">urn:old:1</guid><pubDate>Sat, 29 Jul 2017 03:00:00 +0000</pubDate></item>
<item><title>Honduras opens</title><link>https://old.example.org/?p=2</link>
  <pubDate>Thu, 27 Jul 2017 12:00:00 GMT</pubDate></item>
<item><title>Twice the same</title><guid>urn:old:3</guid><pubDate>Wed, 26 Jul 2017 12:00:00 GMT</pubDate></item>
<item><title>Twice the same</title><guid>urn:old:4</guid><pubDate>Wed, 26 Jul 2017 13:00:00 GMT</pubDate></item>
<item><title>With a number</title><guid isPermaLink="false">12345</guid>
  <pubDate>Tue, 25 Jul 2017 12:00:00 GMT</pubDate></item>
</channel></rss>
"""
LISTING = (
    item("07/28/17", 'Panama trains "border" staff')
    + item("07/27/17", "Honduras opens")
    + item("07/26/17", "Twice the same")
    + item("07/25/17", "With a number")
    + item("07/24/17", "Never seen before")
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write("old.xml", OLD)
    made.write("news.txt", LISTING)
    return made


def ids(site: Site) -> dict[str, str]:
    parsed = feedparser.parse((site.output / "atom.xml").read_bytes())
    return {entry.title: entry.id for entry in parsed.entries}


def adopt(site: Site, name: str = "old.xml") -> tuple[int, str]:
    result = CliRunner().invoke(main, ["adopt", str(site.folder / name), str(site.folder)])
    return result.exit_code, result.output


def test_items_are_given_the_ids_that_their_subscribers_know(site: Site) -> None:
    code, shown = adopt(site)
    assert code == 1
    assert "'12345' is no absolute URI, which an id must be in Atom: its item will be new to subscribers" in shown
    assert shown.endswith("4 ids wait for their items, 0 are known, 1 left out\n")
    report = site.build()
    assert report.status == 0
    own = "tag:example.org,2020:news/2017-07-"
    assert ids(site) == {
        'Panama trains "border" staff': "urn:old:1",  # other quotes, and a day earlier in the site's zone
        "Honduras opens": "https://old.example.org/?p=2",  # the link was the id
        "Twice the same": f"{own}26/twice-the-same",  # which of the two it is, nobody can know
        "With a number": f"{own}25/with-a-number",
        "Never seen before": f"{own}24/never-seen-before",
    }
    [identity] = [lines for heading, lines in explain("urn:old:1", site.folder, now=NOW) if heading == "Identity"]
    assert identity[1].endswith("its id is that of an adopted feed")
    before = site.files()
    assert site.build().written == []
    assert adopt(site)[1].endswith("0 ids wait for their items, 4 are known, 1 left out\n")
    assert site.build().written == []
    assert site.files() == before


def test_an_item_that_has_an_entry_keeps_its_id(site: Site) -> None:
    site.build()
    before = ids(site)
    assert adopt(site)[1].endswith("0 ids wait for their items, 4 are known, 1 left out\n")
    site.build()
    assert ids(site) == before


def test_an_id_waits_until_its_item_is_listed(site: Site) -> None:
    adopt(site)
    site.write("news.txt", item("07/24/17", "Never seen before"))
    site.build()
    site.write("news.txt", LISTING)
    site.write("feeds.toml", CONFIG + "[limits]\nflood = 100\n")
    site.build()
    assert ids(site)["Honduras opens"] == "https://old.example.org/?p=2"
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM adopted").fetchone() == (2,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not a feed", "is no Atom or RSS feed [not-a-feed]"),
        ('<rss version="2.0"><channel><title>a</title></channel></rss>', "has no entries"),
        ("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss version='2.0'>&x;</rss>", "has no entries"),
    ],
)
def test_what_cannot_be_adopted_is_named(site: Site, text: str, message: str) -> None:
    site.write("old.xml", text)
    code, shown = adopt(site)
    assert (code, message in shown) == (2, True), shown
    assert adopt(site, "missing.xml")[0] == 2
