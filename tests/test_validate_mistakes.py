"""Documents that are not XML, or no feed: what is wrong is said in words, and the check goes on where it can."""

from __future__ import annotations

import pytest
from documents import ATOM, RSS, place

from feeds.validation import examine, validate

LATIN = RSS.replace("One", "Año").encode("latin-1")


@pytest.mark.parametrize(
    ("document", "code", "line", "words"),
    [
        (RSS.replace("One", "A & B"), "bare-ampersand", 9, "write &amp;"),
        (RSS.replace("One", "A &co; B"), "bare-ampersand", 9, "&amp;co;"),
        (RSS.replace("One", "A < B"), "bare-less-than", 9, "write &lt;"),
        (RSS.replace("One", "A&nbsp;B"), "html-entity", 9, "&#160;"),
        (RSS.replace("One", "A\x0bB"), "control-character", 9, "U+000B"),
        (RSS.replace("One", "A&#0;B"), "control-character", 9, "leave it out"),
        ("\n\n" + RSS, "text-before-xml", 1, "a blank line"),
        ("\n<br />\nWarning: foo in /srv/a.php\n" + RSS, "text-before-xml", 2, "Warning: foo"),
        (RSS.replace("</title>", "</titel>", 1), "tag-mismatch", 4, "</titel> closes <title>"),
        (RSS[:395], "cut-off", 10, "was cut off"),
        (RSS.replace("<guid", "<media:content/><guid"), "undeclared-prefix", 12, "http://search.yahoo.com/mrss/"),
        (RSS.replace('isPermaLink="false"', "isPermaLink=false"), "not-well-formed", 12, "quotation marks"),
        ("", "empty-document", 1, "is empty"),
        (" \n", "empty-document", 1, "is empty"),
        ("News of today", "unknown-format", 1, "begins with 'News of today'"),
        ("<!doctype html><title>A</title>", "html-page", 1, "is a page of HTML"),
        ("<channel/>", "unknown-format", 1, "without <rss"),
        ("<RSS version='2.0'/>", "unknown-format", 1, "write <rss>"),
        ("<feed/>", "misspelt-namespace", 1, 'xmlns="http://www.w3.org/2005/Atom"'),
        (ATOM.replace("2005/Atom", "2005/atom"), "misspelt-namespace", 2, 'xmlns="http://www.w3.org/2005/Atom"'),
        (ATOM.replace("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"), "former-format", 2, "Atom 0.3"),
    ],
)
def test_a_mistake_is_said_in_words_with_its_place(document: str, code: str, line: int, words: str) -> None:
    first = examine(document.encode()).findings[0]
    assert (first.code, first.line, first.severity) == (code, line, "error")
    assert words in first.message


@pytest.mark.parametrize(
    "mistaken",
    [
        RSS.replace("One", "A & B &nbsp; \x0c"),
        "\n" + RSS,
        "Warning!\n" + RSS,
    ],
)
def test_where_what_was_meant_is_clear_the_check_goes_on(mistaken: str) -> None:
    verdict = examine(mistaken.replace("https://example.org/one", "one").encode())
    assert verdict.format == "RSS 2.0"
    [bad] = [finding for finding in verdict.findings if finding.code == "bad-address"]
    assert bad.line == mistaken[: mistaken.index("https://example.org/one")].count("\n") + 1
    assert not verdict.is_valid


def test_bytes_of_another_encoding_are_named_and_the_check_goes_on() -> None:
    verdict = examine(LATIN)
    [finding] = verdict.findings
    assert (finding.code, finding.line, finding.column) == ("bad-encoding", 9, 9)
    assert "'ñ' in windows-1252" in finding.message


def test_a_document_in_another_encoding_that_says_so_is_right() -> None:
    assert validate(LATIN.replace(b"UTF-8", b"iso-8859-1")) == []


def test_ampersands_in_cdata_comments_and_declared_entities_stay() -> None:
    inside = "<![CDATA[A & B]]><!-- & -->"
    declared = RSS.replace("<rss", '<!DOCTYPE rss [<!ENTITY co "Co">]><rss').replace("One", f"&co; {inside} & C")
    [finding] = validate(declared.encode())
    assert finding.code == "bare-ampersand"


def test_a_page_of_html_names_its_feeds() -> None:
    page = b"<html><head><link rel=alternate type='application/rss+xml' href='/feed?a=1&amp;b'></head></html>"
    [finding] = validate(page)
    assert "it names /feed?a=1&b" in finding.message


def test_no_sentence_of_the_parser_is_shown() -> None:
    documents = [
        RSS[:cut] + junk + RSS[cut:] for cut in range(0, len(RSS), 7) for junk in ("<", "&", '"', "</a>", "\x01", "]]>")
    ]
    said = {finding.message for document in documents for finding in validate(document.encode())}
    for sentence in (
        "xmlParse",
        "Opening and ending",
        "Premature",
        "Extra content",
        "Start tag expected",
        "parser error",
    ):
        assert not [message for message in said if sentence in message]


@pytest.mark.parametrize(
    "hostile", [b"&" * 50_000, b"\xff" * 50_000, b"<rss>" + b"&x;" * 50_000, b"\n" * 50_000 + b"x", b"<a>" * 20_000]
)
def test_hostile_documents_are_findings(hostile: bytes) -> None:
    assert not examine(hostile).is_valid


def test_the_path_the_column_and_the_entry_of_a_finding() -> None:
    items = "".join(f"<item><title>N{n}</title><guid isPermaLink='false'>urn:a:{n}</guid></item>" for n in range(20))
    items = items.replace("<title>N17</title>", "<title>N17</title><pubDate>today</pubDate>")
    document = place("rss channel", items)
    [finding] = validate(document)
    assert (finding.path, finding.entry) == ("/rss/channel/item[18]/pubDate", "N17")
    line = document.decode().splitlines()[finding.line - 1]
    assert line[(finding.column or 0) - 1 :].startswith("<pubDate>today")
