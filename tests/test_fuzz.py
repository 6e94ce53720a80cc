"""Whatever a listing holds: never a crash, never an invalid feed, every item accounted for."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import feedparser
import pytest
from conftest import Site, item
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.config import Config
from feeds.content.markup import paragraphs_html
from feeds.content.normalise import clean_text
from feeds.feed import assemble, heads, membership, render
from feeds.model import Category, Content, Entry, Origin
from feeds.validation import validate

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)
LINES = st.lists(
    st.sampled_from(
        ["", "28 July, 2017", "31 February, 2017", "March 2024", "Title", "Panama’s text.", "-----", "6 May 2017"]
    )
    | st.text(max_size=40),
    max_size=25,
)


ran: Counter[str] = Counter()


@pytest.fixture(autouse=True, scope="module")
def examples(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print at the end how many examples there were."""
    yield
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    reporter.write(f" {ran.total()} examples")


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from(["utf-8", "cp1252", "utf-16", "latin-1"]))
def test_any_listing_is_built_or_put_aside(lines: list[str], encoding: str) -> None:
    ran["listings"] += 1
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.write("news.txt", "\n".join(lines).encode(encoding, "ignore"))
        report = site.build()
        counts = report.counts
        assert counts.read == counts.new + counts.unchanged + counts.rejected
        assert report.refused == []
        for path in site.output.rglob("*.xml"):
            assert validate(path.read_bytes(), advise=False) == []
        assert len(feedparser.parse((site.output / "atom.xml").read_bytes()).entries) == min(counts.new, 50)
        assert site.build().written == []


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_built_or_put_aside(data: bytes) -> None:
    ran["bytes"] += 1
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.write("news.txt", b"28 July, 2017\nTitle\n" + data)
        site.build()
        assert validate((site.output / "atom.xml").read_bytes(), advise=False) == []


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_cleaned_text_is_rendered_into_a_valid_feed_that_says_it(title: str, text: str, label: str) -> None:
    ran["texts"] += 1
    title, text, label = (clean_text(part)[0] or "x" for part in (title, text, label))
    moment = dt.datetime(2017, 7, 28, 10, tzinfo=dt.UTC)
    entry = Entry(
        id="tag:example.org,2020:x",
        content=Content(title=title, summary=text, html=paragraphs_html([text]), language="en"),
        link="https://example.org/x",
        page="x",
        published=moment,
        precision="day",
        updated=moment,
        origin=Origin("news", "x", 1),
        categories=(Category("topics", "x", label),),
    )
    settings = Config(Path(), "F", description="F", author="A", base_url="https://example.org/")
    head = heads.HeadSpec(membership.main_feed(settings), "tag:example.org,2020:f", moment)
    documents = assemble.make_documents(head, settings, [render.render_entry(entry, settings)])
    assert [validate(document.body, advise=False) for document in documents] == [[], [], []]
    from lxml import etree, html

    root = etree.fromstring(documents[0].body)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert root.xpath("string(//a:entry/a:title)", namespaces=names) == title
    assert root.xpath("string(//a:entry/a:summary)", namespaces=names) == text
    shown = html.fromstring(root.xpath("string(//a:content)", namespaces=names))
    assert shown.text_content() == text
    stated = json.loads(documents[2].body)["items"][0]
    assert (stated["title"], stated["summary"], stated["tags"]) == (title, text, [label])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "character"),
    [("date", "x"), ("title", "x"), ("title", "\u202e<"), ("text", "x "), ("text", "\U0001f600"), ("paragraphs", "é ")],
)
def test_a_field_of_10_mb_is_cut_or_put_aside_and_loses_nothing_else(site: Site, field: str, character: str) -> None:
    long = character * (10_000_000 // len(character.encode()))
    parts = {"date": "6 May, 2017", "title": "Chile trains", "text": "Some text."}
    parts |= {"paragraphs": {"text": "\n\n".join([long[:1000]] * 10_000)}}.get(field, {field: long})
    site.write("news.txt", item(*parts.values()) + item("5 May, 2017", "Panama trains"))
    site.build()
    for name in ("atom.xml", "rss.xml", "feed.json"):
        body = (site.output / name).read_bytes()
        assert validate(body, advise=False) == []
        assert b"Panama trains" in body
        assert len(body) < 2_000_000
