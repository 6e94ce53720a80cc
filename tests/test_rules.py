"""Rules that hold by a single line each: a test for every one that could be dropped without another one noticing."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from conftest import CONFIG, NOW, Site, item
from lxml import etree

from feeds import publish
from feeds.config import Custom, load_config
from feeds.content import language
from feeds.content.language import guess_language
from feeds.feed import heads, membership, render
from feeds.history import History
from feeds.model import ATOM, RSS, Document
from feeds.pipeline import restore, withdraw
from feeds.validation import validate


def rows(site: Site, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db:
        return db.execute(query).fetchall()


# --- what reaches the disk, in which order ---------------------------------------------------------------------------


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is synced and what is renamed, in the order in which it is; each with its path."""
    found: list[tuple[str, str]] = []
    fsync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        found.append(("sync", str(Path(f"/proc/self/fd/{handle}").readlink())))
        fsync(handle)

    def renamed(source: Any, target: Any, **rest: Any) -> None:
        found.append(("rename", os.fspath(target)))
        replace(source, target, **rest)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    return found


def test_every_staged_document_is_synced_and_then_its_folder_before_anything_is_renamed(
    tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    with publish.staging(tmp_path) as area:
        for path in ("a/b.xml", "c.xml"):
            area.add(Document(path, b"x"))
        staged = {str(area.folder / str(number)) for number in range(2)}
        folder = str(area.folder)
        area.prepare()
        assert staged <= {path for kind, path in calls if kind == "sync"}
        assert calls[-1] == ("sync", folder)
        assert ("sync", str(tmp_path)) in calls  # where the folder "a" is new
        before = len(calls)
        area.switch()
    renamed = [path for kind, path in calls[before:] if kind == "rename"]
    assert renamed == [str(tmp_path / "a/b.xml"), str(tmp_path / "c.xml")]
    assert {("sync", str(tmp_path / "a")), ("sync", str(tmp_path))} <= set(calls[before:])


def test_archives_are_in_their_place_for_good_before_a_feed_that_points_at_them_is(
    site: Site, calls: list[tuple[str, str]]
) -> None:
    site.write("feeds.toml", CONFIG + "[limits]\nlive = 2\n")
    site.write("news.txt", "".join(item(f"{day} May, 2017", f"The report of day {day}") for day in range(9, 0, -1)))
    site.build()
    renamed = [(number, path) for number, (kind, path) in enumerate(calls) if kind == "rename"]
    archives = [number for number, path in renamed if "/archive/" in path]
    names = {str(site.output / name) for name in ("atom.xml", "rss.xml", "feed.json")}
    live = [number for number, path in renamed if path in names]
    pages = [number for number, path in renamed if path.endswith("index.html")]
    assert archives and live and pages
    assert max(archives) < min(live) < min(pages)
    between = {path for kind, path in calls[max(archives) : min(live)] if kind == "sync"}
    assert {str(site.output / f"archive/{page:04}") for page in (1, 2, 3)} <= between
    assert ("sync", str(site.output)) in calls[max(live) : min(pages)]


# --- whose word counts -----------------------------------------------------------------------------------------------


def test_what_people_rule_stands_above_what_the_source_states(site: Site) -> None:
    source = '[[sources]]\nname = "t"\npath = "t.csv"\ncategories = { "Puentes" = "countries/pa" }\n'
    ruling = '[[overrides]]\npattern = "Bridge"\ncountries = ["cr"]\n'
    site.write("t.csv", "date,title,categories\n2017-05-05,Bridge opens,Puentes\n2017-05-04,School opens,Puentes\n")
    site.write("feeds.toml", CONFIG + source + ruling)
    site.build()
    stated = {title: json.loads(found) for title, found in rows(site, "SELECT title, categories FROM entries")}
    assert [category["term"] for category in stated["Bridge opens"]] == ["cr"]
    assert [category["term"] for category in stated["School opens"]] == ["pa"]


def test_a_custom_feed_holds_what_has_each_of_all_of_and_one_of_any_of() -> None:
    both = Custom("a", "A", "A", ("countries/pa", "countries/co"), ("topics/rivers", "topics/health"), 0)
    assert both.holds(["countries/co", "topics/rivers", "topics/health"])
    assert not both.holds(["countries/co", "topics/rivers"])
    assert not both.holds(["topics/rivers", "topics/health"])
    assert not Custom("a", "A", "A", (), ("topics/rivers", "topics/health"), 0).holds(["topics/rivers"])
    assert Custom("a", "A", "A", ("topics/rivers", "topics/health"), (), 0).holds(["topics/rivers"])


def test_of_one_date_the_source_that_stands_first_comes_first(site: Site) -> None:
    names = ("zebra", "mouse", "antelope")
    for name in names:
        site.write(f"{name}.csv", f"date,title\n2017-05-05,Of the {name}\n")
    sources = "".join(f'[[sources]]\nname = "{name}"\npath = "{name}.csv"\n' for name in names)
    site.write("feeds.toml", CONFIG + sources)
    site.build()
    assert [title for (title,) in rows(site, "SELECT title FROM entries ORDER BY serial")] == [
        f"Of the {name}" for name in names
    ]
    assert len({stamp for (stamp,) in rows(site, "SELECT published FROM entries")}) == 3


@pytest.mark.parametrize(("key", "title"), [("fields.title", "A key with a dot"), ("title", "A plain key")])
def test_a_key_of_json_may_hold_a_dot(site: Site, key: str, title: str) -> None:
    source = f'[[sources]]\nname = "t"\npath = "t.json"\nkind = "table"\ncolumns = {{ title = "{key}" }}\n'
    site.write("feeds.toml", CONFIG + source)
    row = {"date": "2017-05-05", "fields.title": "A key with a dot", "title": "A plain key", "fields": {"title": "no"}}
    site.write("t.json", json.dumps([row]))
    site.build()
    assert rows(site, "SELECT title FROM entries") == [(title,)]


def test_a_tie_of_languages_is_decided_by_the_default() -> None:
    own = {tag: [word for word, of in sorted(language._OF_WORD.items()) if of == {tag}][:6] for tag in ("en", "es")}
    english, spanish = (" ".join(words) for words in own.values())
    assert (guess_language(english, "fr"), guess_language(spanish, "fr")) == ("en", "es")
    for default in ("en", "es", "fr", "it"):
        assert guess_language(f"{english} {spanish}", default) == default
        assert guess_language(f"{spanish} {english}", default) == default


# --- when ------------------------------------------------------------------------------------------------------------


def test_updated_only_moves_forward_whatever_the_clock_says(site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Panama trains"))
    site.build()
    found = "tag:example.org,2020:news/2017-05-05/panama-trains"
    moments = []
    for when, turn in (
        (NOW, withdraw),
        (NOW - dt.timedelta(days=900), restore),
        (NOW - dt.timedelta(days=1800), withdraw),
    ):
        reason = ("A reason.",) if turn is withdraw else ()
        turn(site.folder, site.output, found, *reason, now=when)  # type: ignore[operator]
        moments.append(rows(site, "SELECT updated FROM entries")[0][0])
    assert moments == [int(NOW.timestamp()) + number for number in range(3)]


def test_a_day_that_is_full_keeps_its_entries(site: Site) -> None:
    """50,400 entries fill the seconds from 10:00:00 on; the next one is still of that day."""
    site.write("news.txt", item("5 May, 2017", "The first"))
    site.build()
    last = int(dt.datetime(2017, 5, 5, 23, 59, 59, tzinfo=dt.UTC).timestamp())
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db, db:
        db.execute("UPDATE entries SET published = ?", (last,))
    site.write("news.txt", item("5 May, 2017", "The last") + item("5 May, 2017", "The first"))
    site.build()
    assert rows(site, "SELECT DISTINCT published FROM entries") == [(last,)]
    assert rows(site, "SELECT count(*) FROM months WHERE feed = '' AND month = '2017-05'") == [(1,)]


@pytest.mark.parametrize(("minutes", "waiting"), [(0, 0), (59, 0), (61, 1), (9 * 60, 1)])
def test_a_clock_may_be_an_hour_ahead_and_no_more(site: Site, minutes: int, waiting: int) -> None:
    moment = NOW + dt.timedelta(minutes=minutes)
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "t"\npath = "t.csv"\n')
    site.write("t.csv", f"date,title\n{moment:%Y-%m-%dT%H:%M:%SZ},An item\n")
    report = site.build()
    assert (report.status, [problem.code for problem in report.problems]) == (0, ["future-date"] * waiting)


@pytest.mark.parametrize(("days", "linked"), [(0, True), (31, True), (32, False)])
def test_links_that_differ_by_the_language_are_translations_for_a_month(site: Site, days: int, linked: bool) -> None:
    sources = "".join(
        f'[[sources]]\nname = "{name}"\npath = "{name}.csv"\nlanguage = "{name}"\n' for name in ("en", "es")
    )
    site.write("feeds.toml", CONFIG + sources)
    other = dt.date(2017, 5, 1) + dt.timedelta(days=days)
    site.write("en.csv", "date,title,link\n2017-05-01,The report,https://e.org/en/report\n")
    site.write("es.csv", f"date,title,link\n{other},El informe,https://e.org/es/report\n")
    site.build()
    assert (rows(site, "SELECT count(translation_group) FROM entries")[0][0] == 2) is linked


# --- what it looks like ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "is_cut"), [(40, False), (41, True), (400, True)])
def test_a_title_is_cut_at_its_limit(site: Site, length: int, is_cut: bool) -> None:
    site.write("feeds.toml", CONFIG + "[limits]\ntitle = 40\n")
    site.write("news.txt", item("5 May, 2017", "x" * length))
    report = site.build()
    [(title,)] = rows(site, "SELECT title FROM entries")
    assert ([problem.code for problem in report.problems] == ["title-cut"]) is is_cut
    assert len(title) == 40 and title.endswith("…") is is_cut


def test_lists_are_sorted_by_name_whatever_came_first(site: Site) -> None:
    places = ("Venezuela", "Argentina", "Panama", "Brazil", "El Salvador")
    site.write(
        "news.txt", "".join(item(f"{day} May, 2017", f"{place} opens a school") for day, place in enumerate(places, 1))
    )
    site.build()
    root = etree.parse(site.output / "opml-countries.xml").getroot()
    names = [outline.get("text").rpartition(" – ")[2] for outline in root.iter("outline") if outline.get("xmlUrl")]
    assert names == sorted(places)


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_the_hint_of_a_feed_may_hold_any_title(site: Site, kind: str) -> None:
    title = "Fish & \"chips\" <b>of the day</b> 'now'"
    site.write("feeds.toml", CONFIG.replace('"Example news"', json.dumps(title)))
    settings = load_config(site.folder)
    spec = heads.HeadSpec(membership.main_feed(settings), "tag:example.org,2020:feeds/main", NOW)
    head = render.render_head({"atom": ATOM, "rss": RSS}[kind], spec, settings)
    root = etree.fromstring(head)
    [hint] = root.iter("{http://www.w3.org/1999/xhtml}div")
    assert hint[0].text == title and hint[0].get("href") == "https://news.example.org/feeds/"
    assert [one for one in validate(head) if one.severity == "error"] == []


def test_entries_are_proven_again_after_the_settings_changed(site: Site) -> None:
    site.write("news.txt", "".join(item(f"{day} May, 2017", f"The report of day {day}") for day in range(9, 0, -1)))
    site.write("feeds.toml", CONFIG + "[limits]\nlive = 2\n")
    site.build()
    assert rows(site, "SELECT min(valid) FROM fragments") == [(1,)]
    site.write("feeds.toml", CONFIG.replace("Example", "Other") + "[limits]\nlive = 2\n")
    with History(site.folder / ".history.sqlite3") as history, history.transaction():
        history.mark_all_dirty()
    assert rows(site, "SELECT max(valid) FROM fragments") == [(0,)]
    site.build()
    assert rows(site, "SELECT min(valid) FROM fragments") == [(1,)]


def test_pages_of_the_archive_keep_their_length_whatever_the_live_document_holds(site: Site) -> None:
    def show(count: int, live: int) -> list[int]:
        site.write("feeds.toml", CONFIG + f"[limits]\nlive = {live}\n")
        days = (dt.date(2017, 1, 1) + dt.timedelta(days=number) for number in range(count - 1, -1, -1))
        site.write("news.txt", "".join(item(day.isoformat(), f"The report of {day:%j}") for day in days))
        site.build()
        return [
            last - first + 1
            for first, last in rows(site, "SELECT first, last FROM archives WHERE feed = '' ORDER BY page")
        ]

    assert show(120, 50) == [50] * 2
    for count in (121, 130, 149):
        assert show(count, 5) == [50] * 2
    assert show(150, 5) == [50] * 3
    assert show(260, 5) == [50] * 5
    live = json.loads((site.output / "feed.json").read_text())["items"]
    assert len(live) == 10
