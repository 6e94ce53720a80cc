"""Feeds of others as sources: RSS, Atom, JSON Feed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from source_documents import JSON_FEED, RSS, first, read, shown

from feeds.model import Enclosure, SourceError

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>N</title><id>urn:x</id>
<updated>2017-05-05T00:00:00Z</updated><entry><id>urn:2</id><title>Panama trains staff</title>
<link href="https://example.org/news/2"/><published>2017-05-05T10:00:00-05:00</published>
<updated>2017-05-06T00:00:00Z</updated><summary>Ten officers.</summary></entry></feed>"""
NAMESAKES = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>F</title><item>{}</item></channel></rss>"""
OWN = """<title>Clinic opens</title><link>https://example.org/1</link><pubDate>24 Nov 2020 23:30:00 GMT</pubDate>
<description>The whole story.</description>"""


def test_rss_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, "feed", RSS)
    assert shown(found) == ["2017-05-05 Panamá capacita & aprende", "no-date"]
    entry = first(found)
    assert (entry.guid, entry.link, entry.content.language) == ("g2", "https://example.org/news/2", "es")
    assert entry.time == dt.datetime(2017, 5, 5, 15, tzinfo=dt.UTC)
    assert (entry.content.html, entry.content.text) == ("<p>Diez <b>oficiales</b>.</p>", "Diez oficiales.")
    assert entry.content.enclosures == (Enclosure("https://example.org/a.pdf", "application/pdf", 1234),)
    assert entry.content.categories == ("Migración",)
    assert entry.origin.line == 2


@pytest.mark.parametrize("is_after", [True, False])
@pytest.mark.parametrize(
    "other",
    [
        "<media:description>A nurse.</media:description>",
        '<media:content url="https://example.org/p.jpg" type="image/jpeg"><media:title>P</media:title>'
        "<media:description>A nurse.</media:description></media:content><!-- x -->",
        "<itunes:title>E1</itunes:title><itunes:summary>Short</itunes:summary><itunes:subtitle>S</itunes:subtitle>",
        "<dc:title>D</dc:title><dc:description>D</dc:description>",
        '<atom:link href="https://example.org/fr/1" rel="alternate" hreflang="fr"/>',
        '<atom:link href="https://example.org/amp"/>',
    ],
)
def test_the_parts_of_an_entry_are_its_own(tmp_path, other, is_after):
    item = OWN + other if is_after else other + OWN
    found = first(read(tmp_path, "feed", NAMESAKES.format(item)))
    assert (found.content.title, found.content.text, found.link) == (
        "Clinic opens",
        "The whole story.",
        "https://example.org/1",
    )
    assert bool(found.content.enclosures) is ("p.jpg" in other)
    assert bool(found.content.alternates) is ("hreflang" in other)


def test_what_only_a_namesake_says_is_read(tmp_path):
    item = OWN.partition("<description>")[0] + "<media:description>A nurse.</media:description>"
    assert first(read(tmp_path, "feed", NAMESAKES.format(item))).content.text == "A nurse."


def test_an_encoded_text_stands_above_a_summary_of_a_podcast(tmp_path):
    item = OWN + "<itunes:summary>A long summary of the episode</itunes:summary><content:encoded>Text</content:encoded>"
    assert first(read(tmp_path, "feed", NAMESAKES.format(item))).content.text == "Text"


def test_atom_is_read(tmp_path: Path) -> None:
    entry = first(read(tmp_path, "feed", ATOM))
    assert (entry.content.title, entry.guid, entry.content.text) == ("Panama trains staff", "urn:2", "Ten officers.")
    assert entry.time == dt.datetime(2017, 5, 5, 15, tzinfo=dt.UTC)  # published, not updated


def test_json_feed_is_read_and_an_item_without_a_title_gets_one(tmp_path: Path) -> None:
    found = read(tmp_path, "feed", JSON_FEED)
    assert shown(found) == ["2017-05-05 Ten officers took part. It was long.", "bad-item"]
    assert first(found).content.enclosures == (Enclosure("https://example.org/a.pdf", "application/pdf", 0),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<html><h1>Error</h1></html>", "not-a-feed"),
        ("", "not-a-feed"),
        ('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss/>', "entities"),
        ("<rss version='2.0'><channel><item><title>&#xD800;</title></item></channel></rss>", "not-a-feed"),
        ("{", "not-json"),
        ('{"a": 1}', "not-a-feed"),
    ],
)
def test_what_is_no_feed_is_a_failure_and_never_an_empty_one(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(SourceError) as refused:
        read(tmp_path, "feed", text)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["feed", "html"])
def test_an_element_with_a_hundred_thousand_attributes_is_refused(tmp_path: Path, kind: str) -> None:
    many = " ".join(f'a{number}="x"' for number in range(100_000))
    with pytest.raises(SourceError) as refused:
        read(tmp_path, kind, f'<rss version="2.0"><channel>\n<item {many}><title>x</title></item></channel></rss>')
    assert (refused.value.code, refused.value.line) == ("too-many-attributes", 2)
