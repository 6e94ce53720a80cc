"""The room feed function by function: what is decided without a site, a history or a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from test_golden import HEALTH, HONDURAS, LARGE, LONGER, MONTHS, NOWHERE, PANAMA, PLAIN, RICH, SMALL, summaries

from feeds.config import Config
from feeds.config.values import Moved
from feeds.feed import assemble, heads, membership, pages, paths, redirects, render, samples
from feeds.feed.paths import EMBED_SCRIPT
from feeds.feed.shapes import Shape, Shapes, mark
from feeds.model import FORMATS, RSS, Entry, Neighbour, SourceFeed, Translation

# --- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_how_long_a_filled_document_is_can_be_told_without_filling_it(count: int) -> None:
    """Its proof rests on that: no document is published as proven that is shorter or longer."""
    rendered = [render.render_entry(SMALL, PLAIN) for _ in range(count)]
    empty = assemble.make_empty_documents(heads.HeadSpec(membership.main_feed(PLAIN), "urn:x", SMALL.updated), PLAIN)
    for bare, whole, kind in zip(empty, assemble.fill_documents(empty, rendered), FORMATS, strict=True):
        fragments = [fragments[kind.name] for fragments in rendered]
        assert assemble.filled_length(bare, kind, fragments) == len(whole.body)


@pytest.mark.parametrize(
    ("path", "is_reserved"),
    [
        ("index.html", True),
        ("news/index.html", True),
        ("opml.xml", True),
        ("opml-countries.xml", True),
        ("opml-old/rss.xml", False),
        ("items/2024/rss.xml", True),
        ("items", True),
        ("news/items", False),
        ("feed.css", True),
        ("old/rss.xml", False),
        ("rss.xml", False),
    ],
)
def test_a_copy_of_a_feed_takes_the_path_of_nothing_else(path: str, is_reserved: bool) -> None:
    assert paths.is_reserved(path) == is_reserved


def test_a_file_in_a_folder_is_called_by_its_own_name() -> None:
    assert paths.file_name("https://example.org/a/b/c%20d.pdf") == "c d.pdf"
    assert paths.file_name("https://example.org/") == "example.org"


def test_each_server_gets_redirects_in_its_own_words() -> None:
    moved = (Moved("old feed.xml", "rss.xml", 1), Moved("/rss", "countries/hn/rss.xml", 2))
    found = {document.path: document.body.decode() for document in redirects.documents(PLAIN._replace(moved=moved))}
    new, other = PLAIN.base_url + "rss.xml", PLAIN.base_url + "countries/hn/rss.xml"
    assert found == {
        "_redirects": f"/feeds/old%20feed.xml {new} 301\n/rss {other} 301\n",
        "redirects.nginx.conf": (
            f"location = /feeds/old%20feed.xml {{ return 301 {new}; }}\nlocation = /rss {{ return 301 {other}; }}\n"
        ),
        "redirects.apache.conf": (f"Redirect permanent /feeds/old%20feed.xml {new}\nRedirect permanent /rss {other}\n"),
    }
    assert list(redirects.documents(PLAIN)) == []


# --- entries ----------------------------------------------------------------------------------------------------------


def test_the_source_of_an_item_is_the_feed_that_it_was_read_from_else_this_one() -> None:
    other = SourceFeed("urn:other", "Others & more", "https://other.example/feed?a&b")
    stated = LARGE._replace(content=LARGE.content._replace(source=other))
    item = render.render_entry(stated, RICH)[RSS.name]
    assert b'<source url="https://other.example/feed?a&amp;b">Others &amp; more</source>' in item
    item = render.render_entry(LARGE, RICH)[RSS.name]
    assert b'<source url="https://example.org/rss.xml">Noticias &amp; m\xc3\xa1s</source>' in item


@pytest.mark.parametrize(
    ("points", "places", "expected"),
    [
        ("one", (HONDURAS, HEALTH), 1),
        ("one", (HONDURAS, PANAMA), 0),
        ("one", (HEALTH,), 0),
        ("all", (HONDURAS, PANAMA), 2),
        ("all", (HONDURAS, NOWHERE), 1),
        ("none", (HONDURAS,), 0),
    ],
)
def test_how_many_points_an_entry_has(points: str, places: tuple[object, ...], expected: int) -> None:
    config = PLAIN._replace(publish=PLAIN.publish._replace(points=points))
    item = render.render_entry(SMALL._replace(categories=places), config)[RSS.name]
    assert item.count(b"georss:point xmlns") == expected


@pytest.mark.parametrize(
    ("change", "config"),
    [
        (lambda entry: entry._replace(withdrawn=entry.published), PLAIN),
        (lambda entry: entry._replace(translations=(Translation("fr", "https://a.example/", "A", "urn:a"),)), PLAIN),
        (lambda entry: entry._replace(foreign_id="12"), PLAIN),
        (lambda entry: entry._replace(content=entry.content._replace(enclosures=LARGE.content.enclosures)), PLAIN),
        (lambda entry: entry, PLAIN._replace(publish=PLAIN.publish._replace(source=True))),
    ],
)
def test_what_few_entries_have_is_rendered_as_a_whole(change: Callable[[Entry], Entry], config: Config) -> None:
    assert not samples.is_unusual(SMALL, PLAIN)
    assert samples.is_unusual(change(SMALL), config)


# --- shapes -----------------------------------------------------------------------------------------------------------


class _Renderer:
    """Renders a value into XML, and counts how often."""

    def __init__(self) -> None:
        self.rendered = 0

    def fill(self, shapes: Shapes, value: str, settings: object = 1, around: bytes = b"<a>%s</a>") -> bytes:
        def render_whole() -> bytes:
            self.rendered += 1
            return b"<a>%s</a>" % value.replace("&", "&amp;").encode()

        sample = Shape(around % mark("title").encode(), {})
        return shapes.fill((settings,), "key", {"title": value}, render_whole, lambda: sample)


def test_a_shape_is_rendered_once_and_filled_after_that() -> None:
    shapes, renderer = Shapes(), _Renderer()
    assert [renderer.fill(shapes, value) for value in ("x", "y & z", "w")] == [
        b"<a>x</a>",
        b"<a>y &amp; z</a>",
        b"<a>w</a>",
    ]
    assert renderer.rendered == 1
    assert renderer.fill(shapes, "") == b"<a></a>"  # nothing may be written in another way
    assert renderer.rendered == 2
    renderer.fill(shapes, "x", settings=2)
    assert renderer.rendered == 3


def test_a_shape_that_gives_other_bytes_is_never_used() -> None:
    shapes, renderer = Shapes(), _Renderer()
    for value in ("x", "y", "z"):
        assert renderer.fill(shapes, value, around=b"<b>%s</b>") == f"<a>{value}</a>".encode()
    assert renderer.rendered == 3


def test_each_value_is_written_as_its_place_wants_it() -> None:
    sample = '<a b="{0}">{0}<c d="{0}" e=\'f\'>g</c>{0}<![CDATA[{0}]]></a>'.format(mark("one")).encode()
    filled = Shape(sample, {}).fill({"one": '<"&>\n'})
    assert filled == (
        b'<a b="&lt;&quot;&amp;&gt;&#10;">&lt;"&amp;&gt;\n<c d="&lt;&quot;&amp;&gt;&#10;" e=\'f\'>g</c>'
        b'&lt;"&amp;&gt;\n<![CDATA[<"&>\n]]></a>'
    )


def test_a_date_of_a_sample_stands_for_a_value() -> None:
    shape = Shape(b"<a>1987-06-05</a><b>1989-08-07</b>", {"1987-06-05": "published", "1989-08-07": "updated"})
    assert shape.fill({"published": "1", "updated": "2"}) == b"<a>1</a><b>2</b>"


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_chart_is_shown_of_six_months_with_entries_or_more() -> None:
    feeds = summaries(PLAIN)
    six, five = LONGER, LONGER[:-1]
    assert (len(six), len(five)) == (pages.LEAST, pages.LEAST - 1)
    for months, is_shown in ((six, True), (five, False), (MONTHS, False)):
        index = pages.index_page(feeds, [], months, PLAIN).body
        page = pages.feed_page(feeds[1], [], months, [], PLAIN).body
        assert [b'<figure class="chart">' in body for body in (index, page)] == [is_shown] * 2


def test_the_page_of_an_entry_leads_to_its_neighbours() -> None:
    other = Neighbour("items/2024/05/20/other.html", "Another <one>", "fr")
    link = '<a href="../../../../items/2024/05/20/other.html" lang="fr" dir="auto">Another &lt;one&gt;</a>'
    before = pages.entry_page(SMALL, PLAIN, other, None).body.decode()
    after = pages.entry_page(SMALL, PLAIN, None, other).body.decode()
    assert f"<span>Older:</span> {link}" in before and before.count(link) == 1
    assert f"<span>Newer:</span> {link}" in after and after.count(link) == 1
    assert "Older:" not in pages.entry_page(SMALL, PLAIN).body.decode()


def test_the_script_of_lists_for_other_sites_is_there_where_there_are_such_lists() -> None:
    for embed in (True, False):
        config = PLAIN._replace(publish=PLAIN.publish._replace(embed=embed))
        assert (EMBED_SCRIPT in {document.path for document in pages.assets(config)}) == embed


def test_the_style_of_a_publisher_stands_below_that_of_the_pages(tmp_path: Path) -> None:
    own = tmp_path / "own.css"
    own.write_text("h1 { color: red; }")
    plain = pages.assets(PLAIN)[0].body
    styled = pages.assets(PLAIN._replace(look=PLAIN.look._replace(css=own)))[0].body
    assert styled == plain + b"\nh1 { color: red; }"
    rule = b"\n@media (prefers-color-scheme: light) { :root { --accent: #0b5fa5; --bar: #0b5fa5; } }\n"
    assert pages.assets(PLAIN._replace(look=PLAIN.look._replace(color="#0b5fa5")))[0].body == plain + rule
