"""What is filled into a shape is, byte for byte, what feedgen would have rendered."""

from __future__ import annotations

import datetime as dt
import io
import sys
from pathlib import Path

import pytest
from conftest import Site
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds.config import Config
from feeds.feed import render
from feeds.feed.heads import HeadSpec
from feeds.feed.shapes import Shape, Shapes, mark
from feeds.model import ATOM, FORMATS, RSS, Author, Category, Content, Enclosure, Entry, FeedSpec, Origin
from feeds.pipeline.proofs import Proofs

sys.path.insert(0, str(Path(__file__).parent / "bench"))

import corpus

SITE = Config(Path(), "Title", description="About", base_url="https://a.example/f/", authority="a.example")
OTHERS = (
    SITE,
    SITE._replace(publish=SITE.publish._replace(content="summary", points="all")),
    SITE._replace(
        rights=SITE.rights._replace(license="https://a.example/license?a=1&b=2", text="© <A>"), authors=False
    ),
)
# What XML can have; what escapes, ends CDATA, and looks like a mark must be among it.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t\r", exclude_characters="\ufffe\uffff"),
    max_size=30,
) | st.sampled_from(
    ["", "a & b <c> \"d\" 'e'", "]]>", "<![CDATA[x]]>", "qztitlezq", "qzlabel0zq", "&amp;", "{}", "  ", "\r\n"]
)
ADDRESSES = st.sampled_from(["https://a.example/?a=1&b=%22", "https://a.example/x", "mailto:a@b.example"])
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
AUTHORS = st.builds(Author, TEXTS.filter(bool), st.sampled_from(["", "https://a.example/me?a&b"]))
CATEGORIES = st.builds(
    Category, st.sampled_from(["countries", "topics", ""]), st.sampled_from(["hn", "pa", "x"]), TEXTS.filter(bool)
)
CONTENTS = st.builds(
    Content,
    title=TEXTS.filter(bool),
    html=TEXTS.filter(bool),
    summary=TEXTS.filter(bool),
    text=st.just(""),
    enclosures=st.just(()),
    language=st.sampled_from(["en", "ar"]),
    authors=st.lists(AUTHORS, max_size=2).map(tuple),
    point=st.sampled_from(["", "", "14.1 -87.2"]),
)
ENTRIES = st.builds(
    Entry,
    id=TEXTS.filter(bool),
    content=CONTENTS,
    link=ADDRESSES,
    page=st.just(""),
    published=MOMENTS,
    precision=st.just("day"),
    updated=MOMENTS,
    origin=st.just(Origin("a", "a.txt", 1)),
    categories=st.lists(CATEGORIES, max_size=4).map(tuple),
    translations=st.just(()),
    withdrawn=st.none(),
    foreign_id=st.just(""),
)


def whole(entry: Entry, config: Config) -> dict[str, bytes]:
    """The entry without any shape."""
    parts = render._Parts(entry, config, "main", render._points(entry, config))
    return {kind.name: render._ENTRIES[kind.name](parts) for kind in FORMATS}


@settings(max_examples=50)
@given(st.lists(ENTRIES, min_size=2, max_size=4), st.sampled_from(OTHERS))
@example([Entry("a", Content("qztitlezq", "", "<p>]]></p>", "<b>", "en"), "https://a.example/", "",
                dt.datetime(1987, 6, 5, 4, 3, 2, tzinfo=dt.UTC), "day", dt.datetime(1989, 8, 7, 6, 5, 4, tzinfo=dt.UTC),
                Origin("a", "a.txt", 1), ())] * 2, SITE)  # fmt: skip
def test_an_entry_by_its_shape_has_the_bytes_of_feedgen(entries: list[Entry], config: Config) -> None:
    for entry in (*entries, *[one._replace(content=entries[0].content) for one in entries]):
        assert render.render_entry(entry, config, "main") == whole(entry, config)


SPECS = st.builds(
    FeedSpec,
    st.sampled_from(["", "countries/hn"]),
    title=TEXTS.filter(bool),
    description=TEXTS.filter(bool),
    category=st.none(),
    language=st.sampled_from(["", "ar"]),
)


@given(
    st.lists(st.tuples(SPECS, TEXTS.filter(bool), MOMENTS, st.integers(0, 12)), min_size=2, max_size=4),
    st.sampled_from(OTHERS),
)
def test_a_head_by_its_shape_has_the_bytes_of_feedgen(
    heads: list[tuple[FeedSpec, str, dt.datetime, int]], config: Config
) -> None:
    for spec, identifier, updated, page in heads:
        head = HeadSpec(spec, identifier, updated, page, max(0, page - 1))
        for kind in (ATOM, RSS):
            filled = render.render_head(kind, head, config)
            render._shapes._known.clear()
            assert render.render_head(kind, head, config) == filled


def test_an_entry_with_rare_parts_is_rendered_as_a_whole() -> None:
    content = Content(
        "T", "t", "<p>t</p>", "t", "en", enclosures=(Enclosure("https://a.example/a.mp3", "audio/mpeg", 3),)
    )
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    entry = Entry("tag:a", content, "https://a.example/", "", moment, "day", moment, Origin("a", "a.txt", 1), ())
    assert b"enclosure" in render.render_entry(entry, SITE)["rss"]


def test_a_shape_that_would_not_fit_is_never_used() -> None:
    shapes, rendered = Shapes(), []

    def render_value(value: str) -> bytes:
        rendered.append(value)
        return f"<a>{value.upper()}</a>".encode()

    for value in ("one", "two", "two"):
        filled = shapes.fill(
            ("settings",),
            "a",
            {"title": value},
            lambda value=value: render_value(value),  # type: ignore[misc]
            lambda: Shape(f"<a>{mark('title')}</a>".encode(), {}),
        )
        assert filled == f"<a>{value.upper()}</a>".encode()
    assert rendered == ["one", "two", "two"]


EVERYTHING = """
[publish]
embed = true
gzip = true
points = "all"
hub = "https://hub.example/"
[facets.regions]
publish = true
[facets.languages]
publish = true
[facets.pairs]
publish = true
least = 1
[rights]
license = "https://creativecommons.org/licenses/by/4.0/"
text = "A & B"
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "text"])
def test_a_site_has_the_same_bytes_without_any_of_it(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without shapes, without proofs of what is alike, every document validated whole."""
    built = {}
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
        site = Site(tmp_path / name)
        corpus.site(tmp_path / name / "made", 400, kind)
        for path in (tmp_path / name / "made").iterdir():
            path.rename(site.folder / path.name)
        with (site.folder / "feeds.toml").open("a") as stream:
            stream.write(EVERYTHING)
        for items in (None, corpus.items(10, 401)):
            if items and kind == "text":
                newest, made = min(site.folder.glob("news*.txt")), io.StringIO()
                corpus.write_text(items, made)
                newest.write_text(made.getvalue() + newest.read_text())
            assert site.build().status == 0
        built[name] = site.files()
        monkeypatch.setattr(Shapes, "fill", lambda self, settings, key, values, render, sample: render())
        monkeypatch.setattr(Proofs, "has", lambda *_: False)
        monkeypatch.setattr("feeds.feed.assemble.filled_length", lambda *_: -1)
    assert len(built["with"]) > 1000 and built["with"] == built["without"]


@pytest.mark.parametrize(
    ("sample", "value", "filled"),
    [
        ("<a>{}</a>", '<&>"\r\n', b'<a>&lt;&amp;&gt;"&#13;\n</a>'),
        ('<a b="{}"/>', '<&>"\r\n\t', b'<a b="&lt;&amp;&gt;&quot;&#13;&#10;&#9;"/>'),
        ('<a b="x{}/" c="y">{}</a>', "&", b'<a b="x&amp;/" c="y">&amp;</a>'),
        ("<a><![CDATA[{}]]></a>", "<&>", b"<a><![CDATA[<&>]]></a>"),
        ("<a><![CDATA[{}]]></a>", "]]>", None),
        ("<a>{}</a>", "", None),
    ],
)
def test_a_value_is_written_as_its_place_wants_it(sample: str, value: str, filled: bytes | None) -> None:
    shape = Shape(sample.replace("{}", mark("title")).encode(), {})
    assert shape.fill({"title": value}) == filled
