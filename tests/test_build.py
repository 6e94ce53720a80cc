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
from conftest import NOW, Site, item

from feeds import pages, render
from feeds.build import build
from feeds.model import ATOM, FORMATS, ConfigError, Document, HistoryError, LockedError, PublishError
from feeds.publish import lock
from feeds.validate import validate

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
    assert (report.counts.read, report.counts.known, report.written) == (20, 20, [])
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
    assert (report.counts.new, report.counts.changed, report.counts.known) == (1, 0, 20)
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
    assert site.build(LATER).counts.known == 2
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
    assert (report.status, report.counts.read, report.counts.new, report.counts.known) == (0, 4, 3, 1)
    assert titles(site) == ["New", "Both", "Old"]


# --- what the publisher does -----------------------------------------------------------------------------------------


def test_a_new_name_fills_its_feed_from_history_without_announcing_anything(site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Meeting in Yaviza") + item("4 May, 2017", "Other"))
    site.build()
    site.write("news.txt", item("4 May, 2017", "Other"))
    site.build()
    before = {entry.id: (entry.published, entry.updated) for entry in entries(site)}
    site.write("names.tsv", "PA\tplace\t-\tYaviza\n")
    with (site.folder / "feeds.toml").open("a") as stream:
        stream.write('[facets.countries]\nfile = "names.tsv"\n')
    site.build(LATER)
    assert titles(site, "countries/pa/atom.xml") == ["Meeting in Yaviza"]
    assert {entry.id: (entry.published, entry.updated) for entry in entries(site)} == before


def test_a_moved_base_url_keeps_every_id_and_date(seeds: Site) -> None:
    seeds.build()
    before = {entry.id: (entry.published, entry.updated) for entry in entries(seeds)}
    config = (seeds.folder / "feeds.toml").read_text()
    seeds.write("feeds.toml", config.replace("https://feeds.example.org/", "https://news.example.com/x/"))
    seeds.build(LATER)
    assert {entry.id: (entry.published, entry.updated) for entry in entries(seeds)} == before
    assert all(b"https://feeds.example.org/" not in body for body in seeds.files().values())


def test_changed_limits_are_applied_to_what_is_stored(seeds: Site) -> None:
    seeds.build()
    with (seeds.folder / "feeds.toml").open("a") as stream:
        stream.write("\n")
    config = (seeds.folder / "feeds.toml").read_text()
    seeds.write("feeds.toml", config.replace("live = 50", "live = 5").replace("summary = 300", "summary = 100"))
    seeds.build(LATER)
    assert len(entries(seeds)) == 5
    assert all(len(entry.summary) <= 100 for entry in entries(seeds))


def test_a_shorter_summary_reaches_every_feed(seeds: Site) -> None:
    seeds.build()
    config = (seeds.folder / "feeds.toml").read_text()
    seeds.write("feeds.toml", config.replace("summary = 300", "summary = 100"))
    seeds.build(LATER)
    assert all(len(entry.summary) <= 100 for entry in entries(seeds) + entries(seeds, "countries/hn/rss.xml"))


def test_a_new_version_of_the_renderer_renders_again_and_writes_what_differs(
    seeds: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds.build()
    before = seeds.files()
    monkeypatch.setattr(render, "VERSION", "next")
    assert seeds.build(LATER).written == []
    monkeypatch.setattr(render, "VERSION", "the one after")
    monkeypatch.setattr(render, "GENERATOR", "feeds, next")
    assert len(seeds.build(LATER).written) == len([path for path in before if path.endswith(("atom.xml", "rss.xml"))])
    assert {entry.id for entry in entries(seeds)} == {
        entry.id for entry in feedparser.parse(before["atom.xml"]).entries
    }


def test_a_facet_that_is_not_published_makes_no_feed(site: Site) -> None:
    with (site.folder / "feeds.toml").open("a") as stream:
        stream.write("[facets.topics]\npublish = false\n")
    site.write("news.txt", item("5 May, 2017", "Panama holds a workshop"))
    site.build()
    assert (site.output / "countries/pa/atom.xml").exists()
    assert not (site.output / "topics").exists()


def test_feeds_of_a_facet_that_is_given_up_stay_and_may_be_taken_away_by_hand(site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Panama holds a workshop"))
    site.build()
    config = (site.folder / "feeds.toml").read_text()
    site.write("feeds.toml", config + "[facets.topics]\npublish = false\n")
    site.build(LATER)
    assert (site.output / "topics/capacity-building/atom.xml").exists()
    assert "topics/" not in (site.output / "index.html").read_text()
    shutil.rmtree(site.output / "topics")
    site.build(LATER)
    before = site.stamps()
    site.build(LATER)
    assert site.stamps() == before


def test_a_folder_without_a_configuration_is_built_with_stated_defaults(tmp_path: Path) -> None:
    (tmp_path / "agency").mkdir()
    (tmp_path / "agency/news.txt").write_text(item("5 May, 2017", "Panama trains"))
    report = build(tmp_path / "agency", tmp_path / "output", now=NOW)
    assert report.status == 0
    assert "feeds.toml is missing; using title 'agency', base_url 'http://localhost/'" in report.notes[0]
    assert validate((tmp_path / "output/atom.xml").read_bytes()) == []


def test_an_empty_site_publishes_an_empty_valid_feed(site: Site) -> None:
    site.write("news.txt", "")
    report = site.build()
    assert [problem.code for problem in report.problems] == ["no-items"]
    for name in ("atom.xml", "rss.xml"):
        assert validate((site.output / name).read_bytes()) == []
        assert titles(site, name) == []


def test_an_entry_that_lost_its_only_country_leaves_an_empty_valid_feed(site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Training held", "It was held in Panama."))
    site.build()
    site.write("news.txt", item("5 May, 2017", "Training held", "It was held in Honduras."))
    site.build(LATER)
    assert titles(site, "countries/pa/atom.xml") == []
    assert titles(site, "countries/hn/atom.xml") == ["Training held"]
    assert validate((site.output / "countries/pa/atom.xml").read_bytes()) == []


def test_the_index_lists_every_feed_and_nothing_points_nowhere(seeds: Site) -> None:
    from lxml import html

    seeds.build()
    page = html.fromstring((seeds.output / "index.html").read_bytes())
    feeds = {path.parent.relative_to(seeds.output).as_posix() for path in seeds.output.rglob("atom.xml")} - {"."}
    assert [link.get("href") for link in page.xpath("//link[@rel='alternate']")] == [one.file for one in FORMATS]
    assert {link.get("href").rstrip("/") for link in page.xpath("//ul[@class='feeds']//a")} == feeds
    [row] = page.xpath("//li[@id='countries-hn']")
    assert row.text_content().split() == ["Honduras", "5", "entries", "30", "July", "2021"]
    for path in seeds.output.rglob("*.html"):
        for element in html.fromstring(path.read_bytes()).xpath("//*[@href]"):
            target = element.get("href").split("#")[0]
            place = path.parent / target
            if target.startswith("https://feeds.example.org/"):
                place = seeds.output / target.removeprefix("https://feeds.example.org/")
            elif target.startswith("https://"):
                assert target.startswith(tuple(prefix for _, prefix in pages.READERS)), target
                continue
            assert not target or place.is_file() or (place / "index.html").is_file(), (path, target)


# --- what must not happen --------------------------------------------------------------------------------------------


def test_a_document_that_is_not_valid_is_withheld_and_the_last_good_one_stays(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write("news.txt", item("5 May, 2017", "Panama trains"))
    site.build()
    before = site.files()
    whole = render.atom_head

    def broken(spec, *rest) -> bytes:
        head = whole(spec, *rest)
        return head.replace(b"<title>", b"<titel>").replace(b"</title>", b"</titel>") if spec.path else head

    site.write("news.txt", item("6 May, 2017", "Panama trains again") + item("5 May, 2017", "Panama trains"))
    monkeypatch.setattr(render, "atom_head", broken)
    report = site.build(LATER)
    assert report.status == 1
    assert [refusal.document for refusal in report.refused] == ["countries/pa/atom.xml"]
    assert [(finding.line, finding.message, finding.reference) for finding in report.refused[0].findings] == [
        (3, "<feed> has no <title>", "RFC 4287 4.1.1"),
        (5, "<titel> does not belong into <feed>", "RFC 4287 4.1.1"),
    ]
    after = site.files()
    assert after["countries/pa/atom.xml"] == before["countries/pa/atom.xml"]
    assert after["countries/pa/rss.xml"] != before["countries/pa/rss.xml"]
    assert titles(site) == ["Panama trains again", "Panama trains"]
    monkeypatch.undo()
    report = site.build(LATER)
    assert report.status == 0
    assert titles(site, "countries/pa/atom.xml") == ["Panama trains again", "Panama trains"]


def test_when_every_document_is_withheld_the_run_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("news.txt", item("5 May, 2017", "Panama trains"))

    def broken(spec, feed_id, config, updated, fragments, page=0, previous=0, has_ended=False):
        return (Document(spec.file("atom.xml"), ATOM.media_type, b"<feed/>"),)

    monkeypatch.setattr("feeds.assemble.documents", broken)
    assert site.build().status == 3
    assert not (site.output / "atom.xml").exists()
    assert not (site.output / "index.html").exists()


def test_only_one_run_works_at_a_time(site: Site, tmp_path: Path) -> None:
    with lock(site.folder), pytest.raises(LockedError, match="another run is at work here"):
        site.build()
    site.output.mkdir(exist_ok=True)
    with lock(site.output), pytest.raises(LockedError):
        site.build()
    assert site.build().status == 1


@pytest.mark.parametrize("data", [b"x" * 8192, b"SQLite format 3\0" + b"\xff" * 8192], ids=["no database", "damaged"])
def test_a_history_that_cannot_be_used_is_refused_and_left_as_it_is(site: Site, data: bytes) -> None:
    path = site.write(".history.sqlite3", data)
    site.write("news.txt", item("5 May, 2017", "Title"))
    with pytest.raises(HistoryError, match="is damaged, or no history"):
        site.build()
    assert path.read_bytes() == data
    assert list(site.output.iterdir()) == []


def test_a_history_of_a_newer_version_is_refused(site: Site) -> None:
    import sqlite3

    site.build()
    db = sqlite3.connect(site.folder / ".history.sqlite3")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(HistoryError, match=r"newer version of feeds \(schema 99, this one knows \d+\)"):
        site.build()


def test_no_link_is_followed_in_the_output(site: Site, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    site.output.mkdir()
    (site.output / "countries").symlink_to(outside)
    site.write("news.txt", item("5 May, 2017", "Panama trains"))
    with pytest.raises(PublishError, match="countries: error: is a link or a file where a folder is needed"):
        site.build()
    assert list(outside.iterdir()) == []
    (site.output / "countries").unlink()
    site.build()
    target = outside / "secret"
    target.write_text("secret")
    (site.output / "atom.xml").unlink()
    (site.output / "atom.xml").symlink_to(target)
    site.build(LATER)
    assert target.read_text() == "secret"
    assert titles(site) == ["Panama trains"]


def test_a_taxonomy_that_is_wrong_stops_the_run_before_anything_is_written(site: Site) -> None:
    site.write("topics.toml", "[[topics]]\nterm = 'A B'")
    with (site.folder / "feeds.toml").open("a") as stream:
        stream.write('[facets.topics]\nfile = "topics.toml"\n')
    site.write("news.txt", item("5 May, 2017", "Title"))
    with pytest.raises(ConfigError, match=r"topics\.toml: error: term 'A B'"):
        site.build()
    assert list(site.output.iterdir()) == []


def test_while_a_document_cannot_be_read_nothing_is_taken_for_a_correction_of_its_items(site: Site) -> None:
    """The items of a broken document only seem to have left the listing."""
    site.write("a.txt", item("5 May, 2017", "Panama trains border guards", "Fifty took part in it."))
    site.write("b.txt", item("6 May, 2017", "Other"))
    site.build()
    site.write("a.txt", b"\xff\xd8\xff\xe0\0\x10JFIF")
    site.write(
        "b.txt",
        item("6 May, 2017", "Other") + item("5 May, 2017", "Panama trains border guard", "Fifty took part in it."),
    )
    report = site.build(LATER)
    assert (report.counts.new, report.counts.changed) == (1, 0)
    assert len(entries(site)) == 3


def test_another_language_of_the_site_changes_labels_and_no_date(site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Germany opens a store"))
    site.build()
    [before] = entries(site)
    assert [tag.term for tag in before.tags] == ["Germany"]
    config = (site.folder / "feeds.toml").read_text()
    site.write("feeds.toml", config + 'language = "fr"\n')
    site.build(LATER)
    [after] = entries(site)
    assert [tag.term for tag in after.tags] == ["Allemagne"]
    assert (after.id, after.updated) == (before.id, before.updated)
    assert "Allemagne" in (site.output / "countries/de/atom.xml").read_text()


def test_a_source_in_another_language_says_so_and_shares_the_feeds(site: Site) -> None:
    with (site.folder / "feeds.toml").open("a") as stream:
        stream.write('[[sources]]\nname = "en"\npath = "en.txt"\n')
        stream.write('[[sources]]\nname = "es"\npath = "es.txt"\nlanguage = "es"\n')
    site.write("en.txt", item("5 May, 2017", "Germany opens a store"))
    site.write("es.txt", item("6 de mayo de 2017", "Alemania abre una tienda"))
    site.build()
    assert titles(site, "countries/de/atom.xml") == ["Alemania abre una tienda", "Germany opens a store"]
    feed = (site.output / "countries/de/atom.xml").read_text()
    assert feed.count('<entry xml:lang="es">') == 1 and feed.count("<entry>") == 1
    assert "Example news – Germany" in feed
    assert site.build(LATER).written == []
