"""What a run leaves in the output folder, and what must not happen to it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import feedparser
import pytest
from conftest import CONFIG, NOW, Site, item
from test_build import LATER, entries, titles

from feeds.config import Config
from feeds.feed import heads, pages, render
from feeds.model import ATOM, FORMATS, ConfigError, Document, Format, Fragments, HistoryError, LockedError, PublishError
from feeds.pipeline import build
from feeds.publish import Paths, lock
from feeds.validation import validate

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
        for element in html.fromstring(path.read_bytes()).xpath("//*[@href][not(starts-with(@href, 'mailto:'))]"):
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
    render_head = render.render_head

    def broken(kind: Format, head: heads.HeadSpec, config: Config) -> bytes:
        body = render_head(kind, head, config)
        if kind == ATOM and head.feed.path:
            return body.replace(b"<title>", b"<titel>").replace(b"</title>", b"</titel>")
        return body

    site.write("news.txt", item("6 May, 2017", "Panama trains again") + item("5 May, 2017", "Panama trains"))
    monkeypatch.setattr(render, "render_head", broken)
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

    def broken(empty: Sequence[Document], fragments: Sequence[Fragments]) -> tuple[Document, ...]:
        return tuple(document._replace(body=b"<feed/>") for document in empty)

    monkeypatch.setattr("feeds.feed.assemble.fill_documents", broken)
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


def test_paths_that_are_too_many_for_memory_come_back_in_order(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("news.txt", "".join(item(f"{day} May, 2017", f"Panama trains {day}") for day in range(9, 0, -1)))
    whole = site.build()
    shutil.rmtree(site.output)
    (site.folder / ".history.sqlite3").unlink()
    monkeypatch.setattr(Paths, "_HELD", 100)
    assert site.build().written == whole.written and len(whole.written) > 20
    assert sorted(site.files()) == sorted(whole.written)


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


def test_a_country_within_a_topic_is_published_from_three_entries_on_and_stays(site: Site) -> None:
    listing = [item(f"{day} May, 2017", f"Panama trains border police {day}") for day in (7, 6, 5)]
    path = "countries/pa/topics/border-management/atom.xml"
    site.write("feeds.toml", CONFIG + "[facets.pairs]\npublish = true\n")
    site.write("news.txt", "".join(listing[1:]))
    site.build()
    assert path not in site.files() and "topics/border-management/atom.xml" in site.files()
    site.write("news.txt", "".join(listing))
    assert path in site.build(LATER).written
    assert len(entries(site, path)) == 3  # those before it too
    withdrawn = [item(f"{day} May, 2017", f"Somebody trains {day}") for day in (7, 6, 5)]
    site.write("news.txt", "".join(withdrawn))
    site.build(LATER)
    assert path in site.files() and site.build(LATER).written == []
