"""Sitemaps, mail and calendars; formats that are no source; addresses whose program has a feed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from conftest import NOW, Run, Site
from conftest import read_document as read

from feeds.model import SourceError
from feeds.sources import detect_kind
from feeds.sources.foreign import find_known_feed, name_format

# --- mail -------------------------------------------------------------------------------------------------------------

HEAD = (
    "From: Press <press@example.org>\nSubject: {}\nDate: Tue, 5 May 2026 10:00:00 +0300\nMessage-ID: <{}@example.org>\n"
)


def test_a_mailbox_is_its_messages(tmp_path: Path) -> None:
    one, other = (HEAD.format(subject, subject) for subject in ("A", "B"))
    first = f"From x Tue May  5 10:00:00 2026\n{one}\nFirst.\n\n>From here on.\nFrom here too.\n\n"
    text = f"{first}From y Tue May  5 2026\n{other}\nSecond.\n"
    items, problems = read(tmp_path, "box", text)
    assert [(item.content.title, item.content.text, item.origin.line) for item in items] == [
        ("A", "First.\n\nFrom here on. From here too.", 1),
        ("B", "Second.", 12),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        ("Content-Type: text/plain; charset=iso-8859-1", "Caf\xe9".encode("latin-1"), "Café"),
        ("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable", b"Caf=C3=A9", "Café"),
        ("Content-Type: text/plain; charset=nonsense", b"Plain", ""),
        ("Content-Type: text/html; charset=utf-8", b"<p>One</p><p>Two <img src='cid:1'></p>", "One\n\nTwo"),
        ("Content-Type: multipart/alternative; boundary=b",
         b"--b\nContent-Type: text/plain\n\nPlain\n--b\nContent-Type: text/html\n\n<p>Marked</p>\n--b--", "Marked"),
        ("Content-Type: multipart/mixed; boundary=b", b"--b\nContent-Type: text/plain\n\nCut off", "Cut off"),
    ],
)  # fmt: skip
def test_the_text_of_a_message_is_decoded(tmp_path: Path, head: str, body: bytes, text: str) -> None:
    data = (HEAD.format("=?utf-8?q?Cl=C3=ADnica?=", 1) + head + "\n\n").encode() + body
    [item], _ = read(tmp_path, "a.eml", data)
    assert (item.content.title, item.content.text or "") == ("Clínica", text or item.content.text)
    assert item.time == dt.datetime(2026, 5, 5, 7, tzinfo=dt.UTC)
    assert [author.name for author in item.content.authors] == ["Press"]
    assert "press@example.org" not in repr(item)
    assert item.guid == "1@example.org"


@pytest.mark.parametrize("data", [b"", b"Hello\n\nWorld", b"Subject\n\n", b"From x\n"])
def test_what_is_no_message_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="is not a message with a subject"):
        read(tmp_path, "a.eml", data)


@pytest.mark.parametrize(
    "header",
    [
        "From: a@example.org",
        "From: =?x?q?",
        "Date: never\nFrom: (",
        "Archived-At: <javascript:x>",
        "Keywords: =?utf-8?b?!!?=",
    ],
)
def test_a_broken_header_loses_no_message(tmp_path: Path, header: str) -> None:
    text = f"{header}\nSubject: A\nDate: Tue, 5 May 2026 10:00:00 +0300\n\nText.\n"
    items, problems = read(tmp_path, "a.eml", text)
    assert [item.content.title for item in items] == ["A"] or [problem.code for problem in problems] == ["bad-date"]
    assert all(item.link == "" and item.content.authors == () for item in items)


# --- calendars --------------------------------------------------------------------------------------------------------

EVENT = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:A\n{}\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("DTSTART;VALUE=DATE:20260605", "2026-06-05"),
        ("DTSTART;VALUE=DATE:20260605\nDTEND;VALUE=DATE:20260606", "2026-06-05"),
        ("DTSTART;VALUE=DATE:20260605\nDTEND;VALUE=DATE:20260608", "2026-06-05 – 2026-06-07"),
        ("DTSTART:20260605T070000", "2026-06-05 07:00"),
        ("DTSTART;TZID=Africa/Nairobi:20260605T100000\nDTEND;TZID=Africa/Nairobi:20260605T113000",
         "2026-06-05 10:00 EAT – 11:30 EAT"),
        ("DTSTART:20260605T220000Z\nDTEND:20260606T020000Z", "2026-06-05 22:00 UTC – 2026-06-06 02:00 UTC"),
        ("DTSTART:20260605T070000Z\nLOCATION:Hall\\, Kisumu", "2026-06-05 07:00 UTC, Hall, Kisumu"),
        ("LOCATION:Hall", "Hall"),
        ("DTSTART:never\nDESCRIPTION:It is soon.", "It is soon."),
    ],
)  # fmt: skip
def test_when_and_where_an_event_is_stands_in_its_text(tmp_path: Path, lines: str, text: str) -> None:
    [item], _ = read(tmp_path, "a.ics", EVENT.format(lines))
    assert item.content.text == text
    assert (item.date, item.precision) == (NOW.date(), "inferred")


def test_an_event_keeps_the_day_on_which_it_was_first_seen(site: Site) -> None:
    site.write("a.ics", EVENT.format("DTSTART:20270605T070000Z"))
    site.write("feeds.toml", 'site = { title = "N", base_url = "https://e.org/", authority = "e.org", year = 2026 }\n'
               'sources = [{ name = "n", path = "*.ics" }]\n')  # fmt: skip
    assert site.build().counts.new == 1
    before = site.files()["atom.xml"]
    site.build(now=NOW + dt.timedelta(days=3))
    assert site.files()["atom.xml"] == before
    site.write("a.ics", EVENT.format("DTSTART:20270605T090000Z"))
    report = site.build(now=NOW + dt.timedelta(days=4))
    assert (report.counts.new, report.counts.changed) == (0, 1)


@pytest.mark.parametrize("data", [b"", b"BEGIN:VEVENT", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", b"\xff\xfe", b"x:y\n" * 9])
def test_what_is_no_calendar_fails_with_a_message_or_has_no_events(tmp_path: Path, data: bytes) -> None:
    try:
        assert read(tmp_path, "a.ics", data, kind="calendar") == ([], [])
    except SourceError as error:
        assert error.message.startswith("cannot be read as a calendar")


# --- sitemaps ---------------------------------------------------------------------------------------------------------

SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SITEMAP.format("<url><loc>https://e.org/a</loc></url>"), "is a sitemap that states addresses and no titles"),
        (SITEMAP.format(""), "is a sitemap that states addresses and no titles"),
        ('<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://e.org/news.xml</loc>'
         "</sitemap></sitemapindex>", "is a list of sitemaps: name one that lists news, as url = 'https://e.org/news.xml'"),
        ("<urlset><url>", "is not well-formed"),
    ],
)  # fmt: skip
def test_a_sitemap_without_titles_says_what_to_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, "sitemap.xml", text)
    assert message in caught.value.message


# --- what is no source ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pdf", b"%PDF-1.7\n", "is a PDF document"),
        ("a.txt", b"%PDF-1.7\n", "is a PDF document"),
        ("a.rtf", b"{\\rtf1 x}", "is a text in RTF"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a Word document of before 2007; save it as .html or .txt"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook of before 2007; save it as .xlsx"),
        ("a", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a file of Office of before 2007"),
        ("a.docx", b"PK\x03\x04word/document.xml", "is a Word document"),
        ("a.zip", b"PK\x03\x04word/document.xml", "is a Word document"),
        ("a.pptx", b"PK\x03\x04", "is PowerPoint slides"),
        ("a.odt", b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.text", "is a text document of LibreOffice"),
        ("a.zip", b"PK\x03\x04news.txt", "is a ZIP archive; unpack it"),
        ("a.csv.gz", b"\x1f\x8b\x08", "is packed with gzip"),
        ("a.db", b"SQLite format 3\0", "is a database of SQLite"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "is a picture (PNG)"),
    ],
)
def test_a_format_that_is_no_source_is_named_with_what_to_do(
    site: Site, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    site.write("news.txt", "5 May 2026\nA\n")
    site.build()
    settings = 'site = { title = "N", base_url = "http://localhost/", authority = "localhost", year = 2026 }\n'
    site.write("feeds.toml", f'{settings}sources = [{{ name = "news", path = "{name}" }}]\n')
    site.write(name, data)
    report = site.build()
    [problem] = report.problems
    assert said in problem.message and problem.code == "foreign-format"
    assert b"<title>A</title>" in site.files()["atom.xml"]


@pytest.mark.parametrize("start", [b"", b"5 may 2026", b"<html", b"{", b"from x", b"gif or not"])
def test_what_may_be_a_source_is_not_named(start: bytes) -> None:
    assert name_format("txt", start) == ""


@pytest.mark.parametrize(
    ("name", "start", "kind"),
    [
        ("a.txt", b"<html>", "listing"),
        ("a", b"<html>", "html"),
        ("a.php", b"\n<!DOCTYPE html>", "html"),
        ("a", b"28 July 2017\n", "listing"),
        ("a", b"From: Ann\nSubject: x\nDate: 5 May 2026\n\nx", "mail"),
        ("a", b"From: Ann\n5 May 2026\nTitle", "listing"),
        ("a", b"BEGIN:VCALENDAR\r\n", "calendar"),
        ("a.xml", b"<?xml version='1.0'?><urlset xmlns='x'>", "sitemap"),
        ("a.xml", b"<?xml version='1.0'?><feed>", "feed"),
        ("a.xlsx", b"PK\x03\x04", "spreadsheet"),
        ("a", b'{"version": "https://jsonfeed.org/version/1.1"', "feed"),
        ("a", b'[{"title": 1}]', "table"),
        ("a.md", b"# x", "markdown"),
    ],
)
def test_the_kind_of_a_document_is_told_by_name_and_content(name: str, start: bytes, kind: str) -> None:
    assert detect_kind(name, start) == kind


@pytest.mark.parametrize(
    ("address", "feed"),
    [
        ("https://mastodon.example/@press", "https://mastodon.example/@press.rss"),
        ("https://www.youtube.com/channel/UC1/videos", "https://www.youtube.com/feeds/videos.xml?channel_id=UC1"),
        ("https://www.youtube.com/@press", ""),
        ("https://t.me/press", "https://t.me/s/press"),
        ("https://t.me/s/press", ""),
        ("https://www.reddit.com/r/news/", "https://www.reddit.com/r/news/.rss"),
        ("https://bsky.app/profile/press.example.org", "https://bsky.app/profile/press.example.org/rss"),
        ("https://medium.com/@press", "https://medium.com/feed/@press"),
        ("https://github.com/owner/name/releases", "https://github.com/owner/name/releases.atom"),
        ("https://press.substack.com/", "https://press.substack.com/feed"),
        ("https://example.org/news/", ""),
        ("news.txt", ""),
    ],
)
def test_the_feed_of_a_known_program_is_named(address: str, feed: str) -> None:
    assert find_known_feed(address) == feed


def test_a_page_that_names_a_feed_of_its_own_is_said_to(feeds: Run, tmp_path: Path) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    comments = '<link rel="alternate" type="application/rss+xml" title="A comments" href="/comments/feed/">'
    (tmp_path / "a.html").write_text(f"<!DOCTYPE html>{link}{comments}<p>Nothing here</p>")
    done = feeds("sources", "try", str(tmp_path / "a.html"), "--base-url", "https://e.org/news/")
    assert (
        "the page names what lists the same for programs, and may state more: 'https://e.org/feed.xml';" in done.stderr
    )
