"""Runs, one after another, as cron makes them: nothing lost, nothing announced twice, nothing touched in vain."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import stat
from pathlib import Path

import feedparser
import pytest
from conftest import CONFIG, NOW, Site, item

from feeds.model import FORMATS
from feeds.pipeline import build

LATER = NOW + dt.timedelta(hours=1)


def entries(site: Site, path: str = "atom.xml") -> list[feedparser.FeedParserDict]:
    return feedparser.parse((site.output / path).read_bytes()).entries


def titles(site: Site, path: str = "atom.xml") -> list[str]:
    return [entry.title for entry in entries(site, path)]


# --- determinism -----------------------------------------------------------------------------------------------------


def test_two_builds_from_nothing_give_the_same_bytes(seeds: Site, tmp_path: Path) -> None:
    seeds.build()
    first = seeds.files()
    shutil.rmtree(seeds.output)
    (seeds.folder / ".history.sqlite3").unlink()
    seeds.build(NOW + dt.timedelta(days=400))
    assert seeds.files() == first
    assert len(first) > 60


def test_a_second_run_touches_nothing(seeds: Site) -> None:
    seeds.build()
    before = seeds.stamps()
    report = seeds.build(LATER)
    assert seeds.stamps() == before
    assert (report.counts.read, report.counts.unchanged, report.written) == (20, 20, [])
    assert report.feeds_unchanged == len(list(seeds.output.rglob("atom.xml")))


def test_a_file_that_is_only_touched_changes_nothing(seeds: Site) -> None:
    seeds.build()
    output = {path: stamp for path, stamp in seeds.stamps().items() if "history" not in path}
    for path in seeds.folder.glob("*.txt"):
        os.utime(path)
    assert seeds.build(LATER).written == []
    assert {path: stamp for path, stamp in seeds.stamps().items() if "history" not in path} == output


def test_items_in_another_order_change_no_byte(site: Site) -> None:
    listing = [
        item("5 May, 2017", "Panama trains"),
        item("4 May, 2017", "Honduras meets"),
        item("4 May, 2017", "Others"),
    ]
    site.write("news.txt", "".join(listing))
    site.build()
    before = site.files()
    site.write("news.txt", "".join(reversed(listing)))
    assert site.build(LATER).written == []
    assert site.files() == before


def test_the_output_is_made_again_when_it_was_deleted_or_edited(seeds: Site) -> None:
    seeds.build()
    before = seeds.files()
    (seeds.output / "atom.xml").write_text("edited by hand")
    (seeds.output / "countries/pa/rss.xml").unlink()
    seeds.build(LATER)
    assert seeds.files() == before
    shutil.rmtree(seeds.output)
    seeds.build(LATER)
    assert seeds.files() == before


def test_another_output_folder_gets_everything(seeds: Site, tmp_path: Path) -> None:
    seeds.build()
    build(seeds.folder, tmp_path / "second", now=LATER)
    first, seeds.output = seeds.files(), tmp_path / "second"
    assert seeds.files() == first


def test_foreign_files_in_the_output_are_left_alone(seeds: Site) -> None:
    seeds.output.mkdir()
    (seeds.output / "robots.txt").write_text("User-agent: *")
    seeds.build()
    assert (seeds.output / "robots.txt").read_text() == "User-agent: *"


def test_served_files_can_be_read_by_a_server_and_the_history_only_by_its_owner(seeds: Site) -> None:
    old = os.umask(0o077)
    try:
        seeds.build()
    finally:
        os.umask(old)
    assert {stat.S_IMODE(path.stat().st_mode) for path in seeds.output.rglob("*") if path.is_file()} == {0o644}
    assert stat.S_IMODE((seeds.folder / ".history.sqlite3").stat().st_mode) == 0o600


# --- what an editor does ---------------------------------------------------------------------------------------------


def test_a_new_item_changes_exactly_its_feeds_by_one_entry(seeds: Site) -> None:
    seeds.build()
    before, stamps = seeds.files(), seeds.stamps()

    def count(path: str) -> int:
        body = (seeds.output / path).read_bytes()
        return len(json.loads(body)["items"]) if path.endswith(".json") else len(entries(seeds, path))

    counts = {path: count(path) for path in before if path.rpartition("/")[2] in {format.file for format in FORMATS}}
    listing = seeds.folder / "004_f4914579ce13bfe4.txt"
    seeds.write(
        listing.name,
        item("5 August, 2021", "Honduras holds workshop for border police").encode() + listing.read_bytes(),
    )
    report = seeds.build(LATER)
    assert (report.counts.new, report.counts.changed, report.counts.unchanged) == (1, 0, 20)
    its_feeds = {
        f"{feed}{format.file}"
        for feed in ("", "countries/hn/", "topics/border-management/", "topics/capacity-building/")
        for format in FORMATS
    }
    after = seeds.files()
    assert {path for path in after if after[path] != before.get(path)} == its_feeds | {
        *(
            f"{feed}index.html"
            for feed in ("", "countries/hn/", "topics/border-management/", "topics/capacity-building/")
        ),
        "feeds.json",
        "items/2021/08/05/honduras-holds-workshop-for-border-police.html",
        "items/2021/08/02/mexico-concludes-specialized-course-on-labour-mobility.html",  # which leads to it now
    }
    assert {path: count(path) - before for path, before in counts.items() if path in its_feeds} == dict.fromkeys(
        its_feeds, 1
    )
    assert {path for path, stamp in seeds.stamps().items() if stamps.get(path) == stamp} == {
        str(seeds.output / path) for path in before if before[path] == after[path]
    }


@pytest.mark.parametrize(
    ("second", "is_shown_as_updated"),
    [
        (item("5 May, 2017", "Sanctions  LIST grows", "Ten names were added."), True),
        (item("5 May, 2017", "Sanctions list shrinks", "Ten names were added."), True),
        (item("5 May, 2017", "Sanctions list grows", "Eleven names were added."), True),
        (item("4 May, 2017", "Sanctions list grows", "Ten names were added."), False),
    ],
    ids=["case and spaces", "title", "text", "date"],
)
def test_a_correction_keeps_the_id_and_the_date_of_publication(
    site: Site, second: str, is_shown_as_updated: bool
) -> None:
    above, below = item("6 May, 2017", "Germany opens a store"), item("3 May, 2017", "Ukraine signs a deal")
    site.write("news.txt", above + item("5 May, 2017", "Sanctions list grows", "Ten names were added.") + below)
    site.build()
    [before] = [entry for entry in entries(site) if "anctions" in entry.title]
    site.write("news.txt", above + second + below)
    report = site.build(LATER)
    [after] = [entry for entry in entries(site) if "anctions" in entry.title]
    assert (after.id, after.link, after.published) == (before.id, before.link, before.published)
    assert after.updated == (LATER.isoformat() if is_shown_as_updated else before.updated)
    assert (report.counts.new, report.counts.changed) == (0, int(is_shown_as_updated))
    assert len(entries(site)) == 3
    assert site.build(LATER).written == []


def test_a_feed_is_as_new_as_its_newest_entry_and_never_as_the_clock(site: Site) -> None:
    def updated(path: str) -> str:
        return feedparser.parse((site.output / path).read_bytes()).feed.updated

    site.write("news.txt", item("5 May, 2017", "Panama trains") + item("4 May, 2017", "Honduras trains"))
    site.build()
    assert (updated("atom.xml"), updated("countries/hn/atom.xml")) == (
        "2017-05-05T10:00:00+00:00",
        "2017-05-04T10:00:00+00:00",
    )
    assert updated("rss.xml") == "Fri, 05 May 2017 10:00:00 +0000"
    site.write("news.txt", item("5 May, 2017", "Panama trains") + item("4 May, 2017", "Honduras trains", "Other."))
    site.build(LATER)
    assert updated("atom.xml") == updated("countries/hn/atom.xml") == LATER.isoformat()
    assert updated("countries/pa/atom.xml") == "2017-05-05T10:00:00+00:00"


def test_an_edit_that_is_undone_is_one_entry(site: Site) -> None:
    for title in ("Sanctions list grows", "Sanctions list shrinks", "Sanctions list grows"):
        site.write("news.txt", item("5 May, 2017", title, "Ten names were added to it."))
        site.build(LATER)
    assert titles(site) == ["Sanctions list grows"]


def test_updated_moves_forward_even_when_the_clock_goes_back(site: Site) -> None:
    for text, now in (("One.", NOW), ("Two.", LATER), ("Three.", NOW - dt.timedelta(days=9000))):
        site.write("news.txt", item("5 May, 2017", "Title", text))
        site.build(now)
    [entry] = entries(site)
    assert entry.content[0].value == "<p>Two.</p>"  # the third run takes 2017 for the future, and puts it aside
    site.write("news.txt", item("5 May, 2017", "Title", "Four."))
    site.build(NOW - dt.timedelta(days=1))
    [entry] = entries(site)
    assert entry.content[0].value == "<p>Four.</p>"
    assert dt.datetime.fromisoformat(entry.updated) == LATER + dt.timedelta(seconds=1)


def test_a_numbered_report_is_not_the_one_before(site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Situation report 12", "Text of twelve."))
    site.build()
    site.write("news.txt", item("5 May, 2017", "Situation report 13", "Text of thirteen."))
    site.build(LATER)
    assert titles(site) == ["Situation report 13", "Situation report 12"]


def test_what_comes_again_after_it_rolled_off_is_new(site: Site) -> None:
    site.write("news.txt", item("18 December, 2016", "Migrants Day", "Today is the day."))
    site.build()
    site.write("news.txt", item("18 December, 2017", "Migrants Day", "Today is the day."))
    site.build(LATER)
    assert len(entries(site)) == 2


def test_what_left_the_listing_stays_and_is_not_new_when_it_returns(site: Site) -> None:
    kept, gone = item("6 May, 2017", "Kept"), item("5 May, 2017", "Gone for a while")
    site.write("news.txt", kept + gone)
    site.build()
    before = site.files()
    site.write("news.txt", kept)
    site.build(LATER)
    assert site.files() == before
    site.write("news.txt", kept + gone)
    assert site.build(LATER).counts.unchanged == 2
    assert site.files() == before


def test_an_old_item_found_late_is_announced_and_sorted_by_its_date(site: Site) -> None:
    site.write("news.txt", item("6 May, 2017", "New"))
    site.build()
    site.write("news.txt", item("6 May, 2017", "New") + item("5 May, 2015", "Old, found late"))
    site.build(LATER)
    assert titles(site) == ["New", "Old, found late"]


def test_the_live_document_holds_the_last_arrivals(site: Site) -> None:
    dates = [dt.date(2017, 1, 1) + dt.timedelta(days=number) for number in range(60)]
    listing = [item(f"{date:%d %B, %Y}", f"Number {number}") for number, date in enumerate(dates)]
    site.write("news.txt", "".join(reversed(listing)))
    site.build()
    assert titles(site) == [f"Number {number}" for number in range(59, 9, -1)]
    site.write("news.txt", "".join(reversed(listing)) + item("5 May, 2015", "Found late"))
    site.build(LATER)
    assert titles(site) == [f"Number {number}" for number in range(59, 10, -1)] + ["Found late"]


def test_entries_of_one_date_get_a_second_each_and_later_ones_come_after(site: Site) -> None:
    first = item("5 May, 2017", "Above") + item("5 May, 2017", "Below")
    site.write("news.txt", first)
    site.build()
    site.write("news.txt", item("5 May, 2017", "Added") + first)
    site.build(LATER)
    assert [(entry.title, entry.published) for entry in entries(site)] == [
        ("Added", "2017-05-05T10:00:02+00:00"),
        ("Above", "2017-05-05T10:00:01+00:00"),
        ("Below", "2017-05-05T10:00:00+00:00"),
    ]


def test_titles_that_shorten_to_one_name_get_ids_and_pages_of_their_own(site: Site) -> None:
    site.write(
        "news.txt", item("5 May, 2017", "C++ course") + item("5 May, 2017", "C course") + item("5 May, 2017", "Новини")
    )
    site.build()
    ids, links = zip(*[(entry.id, entry.link) for entry in entries(site)], strict=True)
    assert len(set(ids)) == len(set(links)) == 3
    for link in links:
        assert (site.output / link.removeprefix("https://news.example.org/feeds/")).is_file()


def test_two_sources_keep_the_same_title_apart(site: Site) -> None:
    site.write(
        "feeds.toml",
        (site.folder / "feeds.toml").read_text()
        + '[[sources]]\nname = "one"\npath = "one*.txt"\n[[sources]]\nname = "two"\npath = "two*.txt"\n',
    )
    site.write("one.txt", item("5 May, 2017", "Weekly report", "Of one."))
    site.write("two.txt", item("5 May, 2017", "Weekly report", "Of two."))
    site.build()
    assert sorted(entry.id for entry in entries(site)) == [
        "tag:example.org,2020:one/2017-05-05/weekly-report",
        "tag:example.org,2020:two/2017-05-05/weekly-report-2",
    ]


def test_snapshots_of_one_listing_may_overlap(site: Site) -> None:
    old, both, new = item("4 May, 2017", "Old"), item("5 May, 2017", "Both"), item("6 May, 2017", "New")
    site.write("2017-05.txt", both + old)
    site.write("2017-06.txt", new + both)
    report = site.build()
    assert (report.status, report.counts.read, report.counts.new, report.counts.unchanged) == (0, 4, 3, 1)
    assert titles(site) == ["New", "Both", "Old"]


def test_the_report_of_a_huge_run_lists_some_changes_and_counts_the_others(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.pipeline.report.MOST", 3)
    site.write("news.txt", "".join(item(f"{day} May, 2017", f"Session {day}") for day in range(5, 0, -1)))
    tried = build(site.folder, site.output, now=NOW, dry_run=True)
    assert (len(tried.changes), tried.changes_more) == (5, 0)
    report = site.build()
    assert (len(report.changes), report.changes_more, report.counts.new) == (3, 2, 5)
    assert report.as_json()["changes_more"] == 2
    assert tried.written_more == 0 and len(report.written) == 3
    assert len(report.written) + report.written_more == len(tried.written)


def test_an_entry_that_loses_its_link_gets_a_page_and_keeps_its_id(site: Site) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "news"\npath = "*.csv"\nkind = "table"\n')
    head, date = "date,title,text,link\n", "2024-01-02"
    site.write("a.csv", f"{head}{date},Panama sings,Text.,https://e.example.org/1\n{date},Peru sings,Text.,\n")
    site.build()
    before = {entry.title: entry.id for entry in feedparser.parse((site.output / "atom.xml").read_bytes()).entries}
    site.write("a.csv", f"{head}{date},Panama sings,Text.,\n{date},Peru sings,Text.,\n")
    report = site.build(LATER)
    assert (report.status, report.counts.changed, report.counts.unchanged) == (0, 1, 1)
    entries = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    assert {entry.title: entry.id for entry in entries} == before
    links = {entry.title: entry.link.removeprefix("https://news.example.org/feeds/") for entry in entries}
    assert "Panama sings" in (site.output / links["Panama sings"]).read_text()
    assert len(set(links.values())) == 2
    assert site.build(LATER).written == []
