"""What a client meets: each construct as it was measured to work, and no clock in it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from feeds.config import Config
from feeds.feed import assemble, heads, membership, render
from feeds.model import ATOM, FORMATS, JSON, RSS, Category, Content, Entry, Origin
from feeds.validation import validate

CONFIG = Config(
    Path("site"),
    "Agency news",
    description="All of it",
    base_url="https://example.org/feeds/",
    authority="example.org",
    author="Agency",
)
MOMENT = dt.datetime(2017, 7, 28, 10, 0, 3, tzinfo=dt.UTC)
ENTRY = Entry(
    id="tag:example.org,2026:news/2017-07-28/five",
    content=Content(
        title="5 < 7 & “quotes”",
        summary="A & B < C.",
        html="<p>A &amp; B &lt; C.</p>\n<p>More.</p>",
        language="en",
    ),
    link="https://example.org/feeds/items/2017/07/28/five.html",
    page="items/2017/07/28/five.html",
    published=MOMENT,
    precision="day",
    updated=MOMENT + dt.timedelta(days=2),
    origin=Origin("news", "news.txt", 1),
    categories=(Category("countries", "hn", "Honduras"), Category("topics", "health", "Health")),
)
ATOM_ENTRY = b"""<entry>
  <id>tag:example.org,2026:news/2017-07-28/five</id>
  <title>5 &lt; 7 &amp; \xe2\x80\x9cquotes\xe2\x80\x9d</title>
  <updated>2017-07-30T10:00:03+00:00</updated>
  <content type="html">&lt;p&gt;A &amp;amp; B &amp;lt; C.&lt;/p&gt;
&lt;p&gt;More.&lt;/p&gt;</content>
  <link href="https://example.org/feeds/items/2017/07/28/five.html" rel="alternate" type="text/html"/>
  <summary>A &amp; B &lt; C.</summary>
  <category term="Honduras" scheme="https://example.org/feeds/countries/" label="Honduras"/>
  <category term="Health" scheme="https://example.org/feeds/topics/" label="Health"/>
  <published>2017-07-28T10:00:03+00:00</published>
  <georss:point xmlns:georss="http://www.georss.org/georss">14.08 -87.21</georss:point>
</entry>
"""
RSS_ITEM = b"""<item>
    <title>5 &lt; 7 &amp; \xe2\x80\x9cquotes\xe2\x80\x9d</title>
    <link>https://example.org/feeds/items/2017/07/28/five.html</link>
    <description>A &amp;amp; B &amp;lt; C.</description>
    <content:encoded><![CDATA[<p>A &amp; B &lt; C.</p>
<p>More.</p>]]></content:encoded>
    <guid isPermaLink="false">tag:example.org,2026:news/2017-07-28/five</guid>
    <category>Honduras</category>
    <category>Health</category>
    <pubDate>Fri, 28 Jul 2017 10:00:03 +0000</pubDate>
    <georss:point xmlns:georss="http://www.georss.org/georss">14.08 -87.21</georss:point>
  </item>
"""
JSON_ITEM = (
    '{"id":"tag:example.org,2026:news/2017-07-28/five","url":"https://example.org/feeds/items/2017/07/28/five.html",'
    '"title":"5 < 7 & “quotes”","summary":"A & B < C.","content_html":"<p>A &amp; B &lt; C.</p>\\n<p>More.</p>",'
    '"date_published":"2017-07-28T10:00:03+00:00","date_modified":"2017-07-30T10:00:03+00:00",'
    '"tags":["Honduras","Health"]}'
).encode()


def test_an_entry_is_rendered_as_clients_were_measured_to_take_it() -> None:
    """One alternate link with its type; term and label alike; RSS categories without a domain; content in CDATA
    after a plain description; a guid that is no link; full RFC 822 dates.
    """
    assert render.render_entry(ENTRY, CONFIG) == {"atom": ATOM_ENTRY, "rss": RSS_ITEM, "json": JSON_ITEM}


@pytest.fixture
def documents() -> dict[str, bytes]:
    spec = membership.feed_spec(ENTRY.categories[0], CONFIG)
    head = heads.HeadSpec(spec, "tag:example.org,2026:feeds/countries/hn", ENTRY.updated)
    made = assemble.make_documents(head, CONFIG, [render.render_entry(ENTRY, CONFIG)])
    return {kind.name: document.body for kind, document in zip(FORMATS, made, strict=True)}


def test_a_feed_says_where_it_is_what_it_is_of_and_how_new(documents: dict[str, bytes]) -> None:
    for kind in (ATOM, RSS):
        feed = feedparser.parse(documents[kind.name]).feed
        assert feed.title == "Agency news – Honduras"
        assert feed.subtitle == "All of it (Honduras)"
        assert feed.language == "en"
        assert feed.updated_parsed[:6] == (2017, 7, 30, 10, 0, 3)
        assert feed.link == "https://example.org/feeds/countries/hn/"
        assert feed.generator == "feeds"
        [own] = [link for link in feed.links if link.rel == "self"]
        assert (own.href, own.type) == (f"https://example.org/feeds/countries/hn/{kind.file}", kind.media_type)
    assert feedparser.parse(documents[RSS.name]).feed.ttl == "60"
    assert feedparser.parse(documents[ATOM.name]).feed.author == "Agency"
    assert feedparser.parse(documents[ATOM.name]).feed.id == "tag:example.org,2026:feeds/countries/hn"
    stated = json.loads(documents[JSON.name])
    assert len(stated.pop("items")) == 1
    assert stated == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Agency news – Honduras",
        "description": "All of it (Honduras)",
        "language": "en",
        "home_page_url": "https://example.org/feeds/countries/hn/",
        "feed_url": "https://example.org/feeds/countries/hn/feed.json",
        "authors": [{"name": "Agency"}],
    }


def test_documents_are_valid_and_in_utf_8_without_a_mark(documents: dict[str, bytes]) -> None:
    for name, body in documents.items():
        assert validate(body) == []
        if name != JSON.name:
            assert body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
            assert etree.fromstring(body) is not None


def test_a_feed_without_entries_is_valid_in_every_format() -> None:
    head = heads.HeadSpec(membership.main_feed(CONFIG), "tag:example.org,2026:feeds/main", MOMENT)
    empty = assemble.make_documents(head, CONFIG, [])
    assert [validate(document.body) for document in empty] == [[], [], []]


def test_no_version_of_a_library_is_in_a_document(documents: dict[str, bytes]) -> None:
    assert all(b"feedgen" not in body for body in documents.values())


def test_an_entry_in_another_language_than_the_site_says_so() -> None:
    spanish = ENTRY._replace(content=ENTRY.content._replace(language="es"))
    rendered = render.render_entry(spanish, CONFIG)
    assert rendered["atom"] == ATOM_ENTRY.replace(b"<entry>", b'<entry xml:lang="es">')
    assert json.loads(rendered["json"])["language"] == "es"
