"""Whatever a listing holds: never a crash, never an invalid feed, every item accounted for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import feedparser
from conftest import Site
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import render
from feeds.assemble import splice
from feeds.config import Config
from feeds.model import Category, Entry, Origin
from feeds.normalise import clean, paragraphs_html
from feeds.validate import validate

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)
LINES = st.lists(
    st.sampled_from(
        ["", "28 July, 2017", "31 February, 2017", "March 2024", "Title", "Panama’s text.", "-----", "6 May 2017"]
    )
    | st.text(max_size=40),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from(["utf-8", "cp1252", "utf-16", "latin-1"]))
def test_any_listing_is_built_or_put_aside(lines: list[str], encoding: str) -> None:
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.write("news.txt", "\n".join(lines).encode(encoding, "ignore"))
        report = site.build()
        counts = report.counts
        assert counts.read == counts.new + counts.known + counts.put_aside
        assert report.refused == []
        for path in site.output.rglob("*.xml"):
            assert validate(path.read_bytes()) == []
        assert len(feedparser.parse((site.output / "atom.xml").read_bytes()).entries) == min(counts.new, 50)
        assert site.build().written == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_built_or_put_aside(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.write("news.txt", b"28 July, 2017\nTitle\n" + data)
        site.build()
        assert validate((site.output / "atom.xml").read_bytes()) == []


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_cleaned_text_is_rendered_into_a_valid_feed_that_says_it(title: str, text: str, label: str) -> None:
    title, text, label = (clean(part)[0] or "x" for part in (title, text, label))
    moment = dt.datetime(2017, 7, 28, 10, tzinfo=dt.UTC)
    entry = Entry(
        "tag:example.org,2020:x",
        title,
        "https://example.org/x",
        "x",
        moment,
        "day",
        moment,
        text,
        paragraphs_html([text]),
        "en",
        Origin("news", "x", 1),
        (Category("topics", "x", label),),
    )
    fragments = render.fragments(entry, Config(Path(), "F", base_url="https://example.org/"))
    head = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:example.org,2020:f</id><title>F</title>'
        b"<updated>2017-07-28T10:00:00Z</updated><author><name>A</name></author>"
        b'<link rel="self" href="https://example.org/atom.xml"/></feed>'
    )
    atom = splice(head, b"</feed>", [fragments.atom])
    assert validate(atom) == []
    from lxml import etree, html

    root = etree.fromstring(atom)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert root.xpath("string(//a:entry/a:title)", namespaces=names) == title
    assert root.xpath("string(//a:entry/a:summary)", namespaces=names) == text
    shown = html.fromstring(root.xpath("string(//a:content)", namespaces=names))
    assert shown.text_content() == text
