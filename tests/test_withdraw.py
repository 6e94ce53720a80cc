"""A withdrawn entry: a notice in its place everywhere, under the same id, and back again."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner
from conftest import NOW, Site, item
from lxml import etree

from feeds.cli import main
from feeds.model import UnknownItemError
from feeds.pipeline import restore, withdraw
from feeds.pipeline.explain import explain
from feeds.validation import validate

LATER = NOW + dt.timedelta(days=1)
ID = "tag:example.org,2020:news/2017-07-28/panama-trains-border-staff"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write(
        "news.txt", item("07/28/17", "Panama trains border staff", "A secret.") + item("07/27/17", "Honduras opens")
    )
    made.build()
    return made


def test_a_notice_takes_the_place_of_a_withdrawn_entry_everywhere(site: Site) -> None:
    before = site.files()
    report = withdraw(site.folder, site.output, ID, "It named a <minor> & more.", now=LATER)
    assert report.status == 0
    assert {"atom.xml", "rss.xml", "countries/pa/atom.xml", "items/2017/07/28/panama-trains-border-staff.html"} <= {
        *report.written
    }
    for path, body in site.files().items():
        assert b"A secret" not in body, path
        if path.endswith(".xml"):
            assert validate(body) == [], path
    assert site.files()["countries/hn/atom.xml"] == before["countries/hn/atom.xml"]
    for name in ("atom.xml", "rss.xml"):
        parsed = feedparser.parse((site.output / name).read_bytes())
        [entry] = [entry for entry in parsed.entries if entry.id == ID]
        assert entry.title == "Withdrawn: Panama trains border staff"
        assert entry.content[-1].value == (
            f"<p>This item was withdrawn on {LATER.date()}. It named a &lt;minor&gt; &amp; more.</p>"
        )
    [entry] = [one for one in json.loads((site.output / "feed.json").read_bytes())["items"] if one["id"] == ID]
    assert entry["title"] == "Withdrawn: Panama trains border staff"
    assert "It named a &lt;minor&gt; &amp; more." in entry["content_html"]
    root = etree.parse(site.output / "atom.xml").getroot()
    [tombstone] = root.findall(f"{TOMBSTONE}deleted-entry")
    assert (tombstone.get("ref"), tombstone.get("when")) == (ID, LATER.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert tombstone.findtext(f"{TOMBSTONE}comment") == "It named a <minor> & more."
    page = (site.output / "items/2017/07/28/panama-trains-border-staff.html").read_text()
    assert "Withdrawn: Panama trains border staff" in page
    [line] = [lines for heading, lines in explain(ID, site.folder, now=LATER) if heading == "Withdrawn"]
    assert line[0].endswith("It named a <minor> & more.")


def test_it_stays_withdrawn_while_it_is_listed_and_changes(site: Site) -> None:
    withdraw(site.folder, site.output, ID, "A mistake.", now=LATER)
    files = site.files()
    assert site.build(LATER).written == []
    text = item("07/28/17", "Panama trains border staff", "Another secret.") + item("07/27/17", "Honduras opens")
    site.write("news.txt", text)
    site.build(LATER + dt.timedelta(hours=1))
    assert b"secret" not in b"".join(site.files().values())
    assert files.keys() == site.files().keys()


def test_a_restored_entry_is_as_it_was_but_for_when_it_changed(site: Site) -> None:
    before = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    page = site.files()["items/2017/07/28/panama-trains-border-staff.html"]
    withdraw(site.folder, site.output, ID, "A mistake.", now=LATER)
    restore(site.folder, site.output, ID, now=LATER + dt.timedelta(days=1))
    after = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    shown = [(entry.id, entry.title, entry.content[0].value, entry.published) for entry in after]
    assert shown == [(entry.id, entry.title, entry.content[0].value, entry.published) for entry in before]
    assert after[0].updated > before[0].updated
    assert site.files()["items/2017/07/28/panama-trains-border-staff.html"] == page
    assert b"deleted-entry" not in site.files()["atom.xml"]


def test_the_notice_speaks_the_language_of_the_entry(tmp_path: Path) -> None:
    site = Site(tmp_path)
    config = (site.folder / "feeds.toml").read_text()
    site.write("feeds.toml", f'{config}language = "es"\n')
    site.write("news.txt", item("28 de julio de 2017", "Panamá capacita"))
    site.build()
    withdraw(site.folder, site.output, "tag:example.org,2020:news/2017-07-28/panama-capacita", "Un error.", now=LATER)
    assert f"Esta noticia fue retirada el {LATER.date()}. Un error." in (site.output / "rss.xml").read_text()


def test_the_commands(site: Site) -> None:
    arguments = [str(site.folder), "-o", str(site.output), "--now", LATER.isoformat()]
    run = CliRunner().invoke
    address = "https://news.example.org/feeds/items/2017/07/28/panama-trains-border-staff.html"
    done = run(main, ["withdraw", address, *arguments, "--reason", "A\x00 mistake\ud800."])
    assert (done.exit_code, done.output) == (0, "withdrawn; 3 feeds written\n")
    assert "A mistake" in (site.output / "atom.xml").read_text()
    done = run(main, ["restore", ID, *arguments])
    assert (done.exit_code, done.output) == (0, "restored; 3 feeds written\n")
    done = run(main, ["withdraw", "tag:nobody", *arguments, "--reason", "x"])
    assert (done.exit_code, done.output) == (
        2,
        "tag:nobody: error: no such entry; give its id, its link, or the address of its page [unknown-item]\n",
    )


def test_nothing_is_withdrawn_where_nothing_was_published(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with pytest.raises(UnknownItemError):
        withdraw(site.folder, site.output, ID, "x", now=NOW)
    assert not (site.folder / ".history.sqlite3").exists()
