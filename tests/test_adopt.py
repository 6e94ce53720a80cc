"""An organisation moves: the ids of its old feed are given to its items, and its readers see nothing as new."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner
from conftest import CONFIG, NOW, Site, item

from feeds.cli import main
from feeds.pipeline.explain import explain

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
    assert code == 0
    assert shown == "5 ids wait for their items, 0 are known, 0 left out\n"
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
    assert adopt(site)[1].endswith("0 ids wait for their items, 5 are known, 0 left out\n")
    assert site.build().written == []
    assert site.files() == before


@pytest.mark.parametrize("guid", ["12345", "4711 at https://old.example.org", "über/1", "a<b>&amp; c"])
def test_an_id_that_is_none_in_atom_is_kept_in_rss_and_json(site: Site, guid: str) -> None:
    site.write("old.xml", OLD.replace("12345", guid.replace("<", "&lt;").replace(">", "&gt;")))
    adopt(site)
    assert site.build().status == 0
    stated = guid.replace("&amp;", "&")
    guids = {entry.title: entry.id for entry in feedparser.parse((site.output / "rss.xml").read_bytes()).entries}
    items = {one["title"]: one["id"] for one in json.loads((site.output / "feed.json").read_text())["items"]}
    assert guids["With a number"] == items["With a number"] == stated
    assert ids(site)["With a number"] == "tag:example.org,2020:news/2017-07-25/with-a-number"
    assert guids["Honduras opens"] == items["Honduras opens"] == ids(site)["Honduras opens"]
    identity = dict(explain(stated, site.folder, now=NOW))["Identity"]  # an id of any format will do
    assert identity[0] == ids(site)["With a number"]
    site.write("news.txt", LISTING.replace("With a number", "With a Number!"))
    site.build()
    guids = {entry.title: entry.id for entry in feedparser.parse((site.output / "rss.xml").read_bytes()).entries}
    assert guids["With a Number!"] == stated


@pytest.mark.parametrize("stated", [12345, "12345", "node/7 of https://old.example.org"])
def test_a_json_feed_can_be_adopted(site: Site, stated: object) -> None:
    items = [
        {"id": stated, "title": "With a number", "date_published": "2017-07-26T03:00:00+05:00"},
        {"url": "https://old.example.org/?p=2", "title": "Honduras opens", "date_published": "2017-07-27T12:00:00Z"},
        {"id": "urn:9", "title": "Nobody lists it", "date_published": "no date"},
    ]
    site.write("old.json", json.dumps({"version": "https://jsonfeed.org/version/1", "title": "Old", "items": items}))
    assert adopt(site, "old.json") == (0, "3 ids wait for their items, 0 are known, 0 left out\n")
    site.build()
    kept = {one["title"]: one["id"] for one in json.loads((site.output / "feed.json").read_text())["items"]}
    assert (kept["With a number"], kept["Honduras opens"]) == (str(stated), "https://old.example.org/?p=2")
    assert ids(site)["With a number"].startswith("tag:example.org,2020:")


def test_an_export_of_wordpress_can_be_adopted(site: Site) -> None:
    wxr = OLD.replace("<channel>", '<channel xmlns:wp="http://wordpress.org/export/1.2/">')
    wxr = wxr.replace("12345</guid>", "?p=5</guid><wp:post_type>post</wp:post_type>")
    wxr = wxr.replace("<pubDate>Thu", "<wp:post_type>attachment</wp:post_type><pubDate>Thu")
    site.write("old.xml", wxr)
    assert adopt(site) == (0, "4 ids wait for their items, 0 are known, 0 left out\n")
    site.build()
    guids = {entry.title: entry.id for entry in feedparser.parse((site.output / "rss.xml").read_bytes()).entries}
    assert guids["With a number"] == "?p=5"
    assert guids["Honduras opens"].startswith("tag:")


def test_an_item_that_has_an_entry_keeps_its_id(site: Site) -> None:
    site.build()
    before = ids(site)
    assert adopt(site)[1].endswith("0 ids wait for their items, 5 are known, 0 left out\n")
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
        assert db.execute("SELECT count(*) FROM reserved_ids").fetchone() == (2,)  # the two that are the same


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not a feed", "is not an Atom, RSS or JSON feed [not-a-feed]"),
        ('{"items": 5}', "is not an Atom, RSS or JSON feed [not-a-feed]"),
        ('{"items": []}', "has no entries"),
        ('<rss version="2.0"><channel><title>a</title></channel></rss>', "has no entries"),
        ("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss version='2.0'>&x;</rss>", "has no entries"),
    ],
)
def test_what_cannot_be_adopted_is_named(site: Site, text: str, message: str) -> None:
    site.write("old.xml", text)
    code, shown = adopt(site)
    assert (code, message in shown) == (2, True), shown
    assert adopt(site, "missing.xml")[0] == 2
