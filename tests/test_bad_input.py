"""Every bad input gets a clear message with file and line; the rest is published; nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest
from conftest import NOW, Site, item

GOOD = item("6 May, 2017", "Good one") + item("5 May, 2017", "Good two")


def titles(site: Site) -> set[str]:
    return {entry.title for entry in feedparser.parse((site.output / "atom.xml").read_bytes()).entries}


@pytest.mark.parametrize(
    ("bad", "line", "code", "words"),
    [
        ("Undated title\n\nUndated text\n\n", 1, "no-date", "no date line above 'Undated title'"),
        ("4 May, 2017\n\n", 1, "no-title", "date '4 May, 2017' has no title below it"),
        (item("31 February, 2017", "Bad"), 1, "bad-date", "date '31 February, 2017' does not exist"),
        (item("March 2024", "Bad"), 1, "bad-date", "date 'March 2024' states no day"),
        (item("5 May", "Bad"), 1, "bad-date", "date '5 May' states no year"),
        (item("1 January, 0001", "Bad"), 1, "old-date", "is before 1990"),
        (item("5 May, 2560", "Bad"), 1, "future-date", "is after today, 2026-11-21"),
        (item("28 Jully, 2017", "Bad"), 1, "bad-date", "did you mean 'july'?"),
        (item("10/05/2012", "Bad"), 1, "bad-date", "2012-05-10 (day first) or 2012-10-05 (month first)"),
        (item("4 May, 2017", "…"), 1, "no-title", "title '…' has no letter and no digit"),
    ],
)
def test_a_bad_item_is_put_aside_and_named(site: Site, bad: str, line: int, code: str, words: str) -> None:
    site.write("news.txt", bad + GOOD)
    report = site.build()
    [problem] = report.problems
    assert (problem.origin.line, problem.code, problem.severity) == (line, code, "error")
    assert words in problem.message
    assert str(problem).startswith(f"{site.folder / 'news.txt'}:{line}: error: ")
    assert titles(site) == {"Good one", "Good two"}
    assert report.status == 1
    counts = report.counts
    assert counts.read == counts.new + counts.changed + counts.unchanged + counts.rejected == 3
    again = site.build()
    assert [str(problem) for problem in again.problems] == [str(problem) for problem in report.problems]
    assert (again.counts.unchanged, again.counts.rejected, again.written) == (2, 1, [])


def test_an_item_listed_twice_is_published_once(site: Site) -> None:
    site.write("news.txt", GOOD + item("6 May, 2017", "Good  ONE"))
    report = site.build()
    [problem] = report.problems
    assert (problem.code, problem.origin.line) == ("duplicate", 13)
    site.write("news.txt", GOOD + item("6 May, 2017", "Good one"))
    report = site.build()
    [problem] = report.problems
    assert (problem.code, problem.origin.line) == ("duplicate", 13)
    assert problem.message == f"'Good one' is listed twice; the first is at {site.folder / 'news.txt'}:1"
    assert titles(site) == {"Good one", "Good two"}
    assert (report.counts.read, report.counts.rejected) == (3, 1)


def test_two_items_of_one_date_and_title_with_other_texts_are_not_mixed_up(site: Site) -> None:
    site.write("news.txt", item("6 May, 2017", "Briefing", "First.") + item("6 May, 2017", "Briefing", "Second."))
    assert site.build().problems == []
    site.write(
        "news.txt", item("6 May, 2017", "Briefing", "Second, mended.") + item("6 May, 2017", "Briefing", "First.")
    )
    report = site.build()
    assert (report.status, report.counts.changed, report.counts.unchanged) == (0, 1, 1)
    entries = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    assert {entry.id.rpartition("/")[2]: entry.summary for entry in entries} == {
        "briefing": "Second, mended.",
        "briefing-2": "First.",
    }


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "no-items"), (b"\xef\xbb\xbf", "no-items"), (b"\xff\xd8\xff\xe0\0\x10JFIF", "foreign-format")],
)
def test_a_listing_that_is_suddenly_nothing_loses_nothing(site: Site, data: bytes, code: str) -> None:
    site.write("news.txt", GOOD)
    site.build()
    before = site.files()
    site.write("news.txt", data)
    report = site.build()
    [problem] = report.problems
    assert problem.code == code
    assert report.status == 1
    assert site.files() == before
    site.write("news.txt", GOOD)
    assert site.build().counts.unchanged == 2


def test_a_missing_source_is_named_and_the_others_are_published(site: Site) -> None:
    with (site.folder / "feeds.toml").open("a") as stream:
        stream.write('[[sources]]\nname = "one"\npath = "one.txt"\n[[sources]]\nname = "two"\npath = "two.txt"\n')
    site.write("two.txt", GOOD)
    report = site.build()
    [problem] = report.problems
    assert str(problem) == f"{site.folder / 'one.txt'}: error: source 'one': no file matches 'one.txt' [no-document]"
    assert titles(site) == {"Good one", "Good two"}


def test_what_is_no_file_is_refused_at_once(site: Site) -> None:
    site.write("news.txt", GOOD)
    os.mkfifo(site.folder / "pipe.txt")
    (site.folder / "device.txt").symlink_to("/dev/zero")
    (site.folder / "loop.txt").symlink_to("loop.txt")
    report = site.build()
    assert [(Path(problem.origin.document).name, problem.code) for problem in report.problems] == [
        ("device.txt", "not-a-file"),
        ("loop.txt", "unreadable"),
        ("pipe.txt", "not-a-file"),
    ]
    assert titles(site) == {"Good one", "Good two"}


def test_an_unreadable_file_is_named(site: Site) -> None:
    site.write("news.txt", GOOD)
    secret = site.write("secret.txt", GOOD)
    secret.chmod(0)
    command = [sys.executable, "-c", "from feeds.cli import main; main()", "build", str(site.folder)]
    if os.geteuid() == 0:  # nothing is unreadable to root, unless it gives the privilege up
        if not shutil.which("setpriv"):
            # Root reads everything, so without it there is no unreadable file to be had; for others the test runs.
            pytest.skip("needs setpriv, to run as a root that respects permissions")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    done = subprocess.run([*command, "-o", str(site.output)], capture_output=True, text=True, timeout=60)
    assert done.stderr == f"{secret}: error: cannot be read: Permission denied [unreadable]\n"
    assert done.returncode == 1
    assert titles(site) == {"Good one", "Good two"}


def test_characters_that_no_feed_can_hold_are_taken_out_and_named(site: Site) -> None:
    site.write("news.txt", item("6 May, 2017", "Go\x01od one") + item("5 May, 2017", "Good two"))
    report = site.build()
    [problem] = report.problems
    assert (problem.severity, problem.code) == ("warning", "removed-characters")
    assert "U+0001" in problem.message
    assert titles(site) == {"Good one", "Good two"}
    assert (report.status, report.counts.rejected) == (0, 0)


def test_text_that_looks_like_markup_is_shown_as_written(site: Site) -> None:
    stated = ["AT&T &amp; R&D", "5 < 7 and 8 > 3", "</title></entry></feed>", "]]> <![CDATA[", "<?xml version=1.0?>"]
    site.write("news.txt", "".join(item("6 May, 2017", title, f"Text of {title}") for title in stated))
    assert site.build(NOW).status == 0
    from lxml import etree, html

    atom = etree.parse(site.output / "atom.xml")
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert sorted(atom.xpath("//a:entry/a:title/text()", namespaces=names)) == sorted(stated)
    rss = etree.parse(site.output / "rss.xml")
    assert sorted(rss.xpath("//item/title/text()")) == sorted(stated)
    for item_element in rss.xpath("//item"):
        title = item_element.findtext("title")
        shown = html.fromstring(item_element.findtext("{http://purl.org/rss/1.0/modules/content/}encoded"))
        assert shown.text_content() == f"Text of {title}"
        assert html.fromstring(f"<p>{item_element.findtext('description')}</p>").text_content() == f"Text of {title}"
    for page in site.output.rglob("items/**/*.html"):
        assert html.fromstring(page.read_bytes()).xpath("//h1")[0].text_content() in stated
