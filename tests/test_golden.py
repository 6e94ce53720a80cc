"""Every document of the renderer, byte by byte, for entries and sites with everything and with little.

The expected bytes are in tests/golden, a file for each case. Where they were meant to change: read the difference, move
render.VERSION if fragments changed (the stored ones are then rendered again), and write the files anew with

    FEEDS_WRITE_GOLDEN=1 python -m pytest tests/test_golden.py
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.config import Config
from feeds.config.values import Custom, Ended, FacetSettings, Publish, Rights
from feeds.feed import assemble, membership, messages, notices, pages, paths, render
from feeds.feed.heads import HeadSpec
from feeds.feed.pages import lists
from feeds.feed.pages.chart import chart
from feeds.model import (
    FORMATS,
    Author,
    Category,
    ConfigError,
    Content,
    Document,
    Enclosure,
    Entry,
    Evidence,
    FeedSummary,
    Origin,
    Translation,
)

GOLDEN = Path(__file__).parent / "golden"
MOMENT = dt.datetime(2024, 5, 21, 10, 0, 3, tzinfo=dt.UTC)
HONDURAS, PANAMA = Category("countries", "hn", "Honduras"), Category("countries", "pa", "Panama")
NOWHERE, HEALTH = Category("countries", "zz", "atlantis"), Category("topics", "health", "Health & care")
ALL_FACETS = {name: FacetSettings() for name in ("countries", "regions", "topics", "languages", "pairs", "custom")}

PLAIN = Config(
    Path("site"),
    'Agency "news"',
    description="All of it",
    base_url="https://example.org/feeds/",
    authority="example.org",
    author="Agency",
)
RICH = Config(
    Path("site"),
    "Noticias & más",
    description="Todo <aquí>",
    base_url="https://example.org/",
    authority="example.org",
    language="es",
    author="Agencia & Cía",
    rights=Rights("https://example.org/by?a='1'&b=2", "Some rights.", "Agencia, <año>"),
    publish=Publish(content="summary", hub="https://hub.example.org/?a&b", hint=False, points="all", source=True),
    facets=ALL_FACETS,
    custom=(Custom("isthmus", "The isthmus", "Both shores", ("countries/hn",), ("topics/health",), 1),),
    ended=(Ended("custom/old", "", "", 2),),
)
SMALL = Entry(
    id="tag:example.org,2026:news/2024-05-21/small",
    content=Content(title="Small", summary="Only a title", html="<p>Small</p>", language="en"),
    link="https://example.org/feeds/items/2024/05/21/small.html",
    page="items/2024/05/21/small.html",
    published=MOMENT,
    precision="day",
    updated=MOMENT,
    origin=Origin("news", "news.txt", 1),
    categories=(),
)
LARGE = Entry(
    id="tag:example.org,2026:news/2024-05-20/large",
    content=Content(
        title="Large & <great> “news”",
        text="A & B.\n\nC.",
        html='<p>A &amp; <a href="https://example.org/x?a=1&amp;b=2">B</a>.</p>\n<p>C ]]&gt;.</p>',
        summary='A & "B" < C.',
        language="ar",
        categories=("Roads",),
        enclosures=(
            Enclosure(
                "https://example.org/a.png?b=1&c=2",
                "image/png",
                1234,
                is_picture=True,
                description="A <wide> road",
                credit="Ana & Bo",
            ),
            Enclosure("https://example.org/b.jpg", "image/jpeg", 0),
            Enclosure("https://example.org/c.mp3", "audio/mpeg", 55),
            Enclosure("https://example.org/d", "", 7),
        ),
        point="8.98 -79.52",
        modified="2024-05-21",
        authors=(Author("Ann & <Bo>", "https://example.org/ann?a=1&b=2"), Author("Bo Li")),
    ),
    link="https://agency.example.org/news?id=1&lang=ar",
    page="items/2024/05/20/large.html",
    published=MOMENT - dt.timedelta(days=1),
    precision="minute",
    updated=MOMENT + dt.timedelta(hours=2),
    origin=Origin("news", "news.txt", 9),
    categories=(HONDURAS, PANAMA, NOWHERE, HEALTH, Category("", "Roads & more", "Roads & more")),
    translations=(
        Translation("en", "https://example.org/en/1?a&b", "Large <in English>", "tag:example.org,2026:en"),
        Translation("fr", "https://example.org/fr/1", "Grande", "tag:example.org,2026:fr"),
    ),
    evidence=(
        Evidence("countries", "hn", "title", 0, 8, "Honduras", "name", 3.0),
        Evidence("countries", "hn", "title", 0, 8, "Honduras", "name", 3.0),
        Evidence("countries", "hn", "text", 0, 8, "Tegucigalpa", "place", 1.0),
        Evidence("countries", "pa", "ruling", 0, 0, "feeds.toml:3", "override", 0.0),
        Evidence("topics", "health", "text", 0, 8, "clinic <x>", "phrase", 1.0),
        Evidence("topics", "health", "text", 0, 8, "sick of", "phrase", -1.0),
    ),
    foreign_id="1234 & 5",
)
ONE_COUNTRY = SMALL._replace(categories=(HONDURAS, HEALTH), content=SMALL.content._replace(language="es"))
WITHDRAWN = LARGE._replace(withdrawn=MOMENT, reason='It was <wrong> & "late".')
WITHOUT_REASON = SMALL._replace(withdrawn=MOMENT)
ENTRIES = {
    "small": SMALL,
    "large": LARGE,
    "one-country": ONE_COUNTRY,
    "withdrawn": WITHDRAWN,
    "without-reason": WITHOUT_REASON,
}
SITES = {
    "plain": PLAIN,
    "rich": RICH,
    "no-authors": PLAIN._replace(authors=False),
    "no-points": RICH._replace(publish=Publish(points="none")),
}
MONTHS = [(dt.date(2022, 11, 1), 3), (dt.date(2023, 1, 1), 12), (dt.date(2024, 2, 1), 12), (dt.date(2024, 5, 1), 1)]
LONGER = [(dt.date(2022, 9, 1), 2), (dt.date(2022, 10, 1), 4), *MONTHS]


def summaries(config: Config) -> list[FeedSummary]:
    spanish = Category("languages", "es", "Español")
    categories = [HONDURAS, PANAMA, NOWHERE, HEALTH, spanish, membership.pair(HONDURAS, HEALTH)]
    specs = [membership.main_feed(config), *(membership.feed_spec(category, config) for category in categories)]
    day = dt.timedelta(days=1)
    return [
        FeedSummary(spec, entries, newest, gap)
        for spec, entries, newest, gap in zip(
            specs,
            (9, 3, 7, 3, 3, 0, 1),
            (MOMENT, MOMENT - day, MOMENT, MOMENT, MOMENT, None, MOMENT),
            (day, 2 * day, None, None, day, day, None),
            strict=True,
        )
    ]


def fragments() -> Iterator[Document]:
    for site, config in SITES.items():
        for name, entry in ENTRIES.items():
            published = notices.as_published(entry)
            for kind, body in render.render_entry(published, config).items():
                yield Document(f"{site}-{name}.{kind}", body)


def heads() -> Iterator[Document]:
    for site, config in (("plain", PLAIN), ("rich", RICH)):
        country = membership.feed_spec(HONDURAS, config)
        english = membership.feed_spec(Category("languages", "en", "English"), config)
        specs = {
            "main": HeadSpec(membership.main_feed(config), "tag:example.org,2026:feeds/main", MOMENT),
            "country": HeadSpec(country, "tag:example.org,2026:feeds/hn", MOMENT, previous=2),
            "archive": HeadSpec(country, "tag:example.org,2026:feeds/hn", MOMENT, page=2, previous=1),
            "oldest": HeadSpec(country, "tag:example.org,2026:feeds/hn", MOMENT, page=1),
            "ended": HeadSpec(english, "tag:example.org,2026:feeds/en", MOMENT, has_ended=True),
        }
        for name, spec in specs.items():
            rendered = [render.render_entry(entry, config) for entry in (SMALL, LARGE)] if name == "main" else []
            for kind, document in zip(FORMATS, assemble.make_documents(spec, config, rendered), strict=True):
                assert document.path == paths.document_path(spec.feed, kind, spec.page)
                yield Document(f"{site}-feed-{name}.{kind.name}", document.body)


def ended_notices() -> Iterator[Document]:
    spec, successor = membership.feed_spec(HONDURAS, PLAIN), membership.feed_spec(PANAMA, PLAIN)
    for name, to, note in (("onward", successor, "Thanks & bye."), ("nothing", None, "")):
        notice = notices.ended_notice(spec, "tag:example.org,2026:feeds/hn", MOMENT, to, note, PLAIN)
        for kind, body in render.render_entry(notice, PLAIN).items():
            yield Document(f"notice-{name}.{kind}", body)


def site_pages() -> Iterator[Document]:
    for site, config in (("plain", PLAIN), ("rich", RICH)):
        feeds = summaries(config)
        shown = [LARGE, WITHOUT_REASON]
        related = [(feed.spec, feed.entries) for feed in feeds[2:]]
        documents = [
            pages.index_page(feeds, shown, LONGER, config),
            pages.feed_page(feeds[1], shown, MONTHS, related, config),
            *pages.embed_pages(feeds[1], shown, config),
            *pages.embed_pages(feeds[0], [], config),
            pages.entry_page(LARGE, config),
            *lists.opml_documents(feeds, config),
            lists.catalogue(feeds, config),
        ]
        for document in documents:
            yield Document(f"{site}-{document.path.replace('/', '-')}", document.body)
    without = PLAIN._replace(facets=PLAIN.facets | {"countries": FacetSettings(publish=False)})
    yield Document("without-countries-entry.html", pages.entry_page(LARGE, without).body)
    quiet = FeedSummary(membership.main_feed(PLAIN), 0, None)
    yield Document("quiet-index.html", pages.index_page([quiet], [], [], PLAIN).body)
    hn = membership.feed_spec(HONDURAS, PLAIN)
    yield Document("ended-feed.html", pages.feed_page(FeedSummary(hn, 1, MOMENT), [], [], [], PLAIN, MOMENT).body)


MAKERS = (fragments, heads, ended_notices, site_pages)


@pytest.mark.parametrize("make", MAKERS)
def test_documents_have_the_bytes_that_were_read_and_approved(make):
    for document in make():
        file = GOLDEN / document.path
        if os.environ.get("FEEDS_WRITE_GOLDEN"):
            GOLDEN.mkdir(exist_ok=True)
            file.write_bytes(document.body)
        assert document.body == file.read_bytes(), document.path


def test_styles_and_scripts_are_those_of_the_templates():
    made = {document.path: document.body for document in pages.assets(PLAIN)}
    assert made.pop(paths.MAP).startswith(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 280">')
    assert made == {name: (pages.TEMPLATES / name).read_bytes() for name in paths.ASSETS}


def test_every_file_is_of_a_case():
    assert {file.name for file in GOLDEN.iterdir()} == {document.path for make in MAKERS for document in make()}


@pytest.mark.parametrize(
    ("categories", "language", "expected"),
    [
        ((), "en", ["", "languages/en"]),
        ((HONDURAS,), "es-PA", ["", "countries/hn", "languages/es"]),
        (
            (HEALTH, HONDURAS, PANAMA),
            "es",
            [
                "",
                "topics/health",
                "countries/hn",
                "countries/pa",
                "languages/es",
                "countries/hn/topics/health",
                "countries/pa/topics/health",
                "custom/isthmus",
            ],
        ),
        ((HEALTH,), "es", ["", "topics/health", "languages/es"]),
    ],
)
def test_the_feeds_that_an_entry_belongs_to(categories, language, expected):
    assert [spec.path for spec in membership.feeds_for(categories, language, RICH)] == expected
    plain = [path for path in expected if not path.startswith(("languages", "custom")) and path.count("/") < 3]
    assert [spec.path for spec in membership.feeds_for(categories, language, PLAIN)] == plain


PAIR = membership.pair(HONDURAS, HEALTH)


@pytest.mark.parametrize(
    ("category", "only", "expected"),
    [
        (None, (), True),
        (HONDURAS, (), True),
        (PAIR, (), True),
        (PAIR, ("hn/health",), True),
        (PAIR, ("pa/health", "hn/water"), False),
        (Category("custom", "isthmus", ""), (), True),
        (Category("custom", "old", ""), (), True),
        (Category("custom", "other", ""), (), False),
    ],
)
def test_which_feeds_are_published(category, only, expected):
    config = RICH._replace(facets=RICH.facets | {"pairs": FacetSettings(only=only)})
    assert membership.is_published(category, config) is expected
    off = {name: FacetSettings(publish=False) for name in ALL_FACETS}
    is_always = category is None or category.scheme == "custom"
    assert membership.is_published(category, RICH._replace(facets=off)) is (is_always and expected)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (None, "everything is in it"),
        (HONDURAS, "it has the category 'Honduras'"),
        (Category("languages", "es", "Español"), "its language is 'es'"),
        (PAIR, "its categories are those of 'Honduras: Health & care'"),
        (Category("custom", "isthmus", "The isthmus"), "its categories are those of 'The isthmus'"),
    ],
)
def test_why_an_entry_is_in_a_feed(category, expected):
    spec = membership.feed_spec(category, RICH) if category else membership.main_feed(RICH)
    assert membership.membership_rule(spec) == expected


def test_a_feed_is_called_after_its_category():
    custom = membership.feed_spec(Category("custom", "isthmus", "The isthmus"), RICH)
    assert (custom.title, custom.description, custom.language) == ("Noticias & más – The isthmus", "Both shores", "")
    spanish = membership.feed_spec(Category("languages", "es", "Español"), RICH)
    assert (spanish.path, spanish.description, spanish.language) == ("languages/es", "Todo <aquí> (Español)", "es")


@pytest.mark.parametrize(
    ("path", "stage", "is_live", "media_type"),
    [
        ("atom.xml", 1, True, "application/xml; charset=utf-8"),
        ("countries/hn/rss.xml", 1, True, "application/xml; charset=utf-8"),
        ("feed.json", 1, True, "application/feed+json; charset=utf-8"),
        ("feed.json.gz", 1, False, ""),
        ("feeds.json", 2, False, "application/json; charset=utf-8"),
        ("opml.xml", 2, False, "application/xml; charset=utf-8"),
        ("index.html", 2, False, "text/html; charset=utf-8"),
        ("archive/0001/atom.xml", 0, False, "application/xml; charset=utf-8"),
        ("countries/hn/archive/0001/feed.json.gz", 0, False, ""),
        ("topics/archive-x/atom.xml", 1, True, "application/xml; charset=utf-8"),
        ("items/2024/05/21/small.html", 0, False, "text/html; charset=utf-8"),
        ("feeds.css.gz", 0, False, ""),
        ("feeds.js", 0, False, "text/javascript; charset=utf-8"),
        ("feed.css", 0, False, "text/css; charset=utf-8"),
        ("robots.txt", 2, False, ""),
    ],
)
def test_what_follows_from_a_path(path, stage, is_live, media_type):
    assert (paths.publication_stage(path), paths.is_live_feed(path), paths.media_type(path)) == (
        stage,
        is_live,
        media_type,
    )


@pytest.mark.parametrize(("number", "expected"), [(1, "small"), (2, "small-2"), (10, "small-10")])
def test_the_path_of_an_entry_page(number, expected):
    assert paths.entry_page("2024-05-21", "small") == "items/2024/05/21/small.html"
    assert paths.entry_page("2024-05-21", "small", number) == f"items/2024/05/21/{expected}.html"


def test_the_months_of_a_chart():
    english = messages.language_messages("en")
    drawn = chart(MONTHS, english)
    assert drawn is not None
    assert drawn.said == chart(MONTHS, messages.language_messages("xx")).said
    assert [bar.said for bar in drawn.bars] == [
        "November 2022: 3 entries",
        "January 2023: 12 entries",
        "February 2024: 12 entries",
        "May 2024: 1 entry",
    ]
    # 458 for 19 months: 24.1 each, with a tenth of it free on either side; 122 for the highest bar
    assert [tuple(bar[:4]) for bar in drawn.bars] == [
        (24.4, 99.5, 19.3, 30.5),
        (72.6, 8.0, 19.3, 122.0),
        (386.0, 8.0, 19.3, 122.0),
        (458.3, 119.8, 19.3, 10.2),
    ]
    assert drawn.years == ((22.0, 2022), (70.2, 2023), (359.5, 2024))
    assert drawn.most == 12
    assert drawn.said == "November 2022 to May 2024; most in February 2024: 12 entries"
    assert chart(MONTHS[:1], english) is None and chart([], english) is None


@pytest.mark.parametrize(
    ("months", "widths", "heights", "years"),
    [
        # few months are not drawn wider than 34; what is low has two pixels all the same
        ([("2024-01", 1), ("2024-02", 100)], [27.2, 27.2], [2.0, 122.0], [2024]),
        # of 61 months the last 60; the first of them tells its year
        ([("2019-05", 50), ("2019-06", 1), ("2024-05", 2)], [6.1, 6.1], [61.0, 122.0], list(range(2019, 2025))),
        # a December tells its year no more than 36 before the next
        ([("2022-12", 1), ("2023-01", 1)], [27.2, 27.2], [122.0, 122.0], [2023]),
        ([("2022-11", 1), ("2023-01", 1)], [27.2, 27.2], [122.0, 122.0], [2022, 2023]),
    ],
)  # fmt: skip
def test_the_bars_of_a_chart(months, widths, heights, years):
    counted = [(dt.date.fromisoformat(f"{month}-01"), count) for month, count in months]
    drawn = chart(counted, messages.language_messages("en"))
    assert [bar.width for bar in drawn.bars] == widths
    assert [bar.height for bar in drawn.bars] == heights
    assert [year for _, year in drawn.years] == years


@pytest.mark.parametrize(
    ("language", "spoken", "dir", "date", "month"),
    [
        ("en-GB", "en-GB", "ltr", "21 May 2024", "May 2024"),
        ("ar", "ar", "rtl", None, None),
        ("xx", "en", "ltr", "21 May 2024", "May 2024"),
        ("he", "en", "rtl", "21 May 2024", "May 2024"),
    ],
)
def test_what_is_said_in_a_language(language, spoken, dir, date, month):
    said = messages.language_messages(language)
    assert (said.language, said.dir) == (spoken, dir)
    if date:
        assert (said.date(MOMENT.date()), said.month(MOMENT.date())) == (date, month)
        assert (said.entries(0), said.entries(1), said.entries(2)) == ("0 entries", "1 entry", "2 entries")


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("copy = ", "cannot be read as TOML"),
        ('kopie = "x"', "unknown word 'kopie'; known are months, date"),
        ("copy = 1", "copy = 1: expected something like 'Copy'"),
        ('copy = "{x}"', "copy = '{x}': expected something like 'Copy'"),
        ('copy = "{"', "copy = '{': expected something like 'Copy'"),
        ('date = "{day}/{other}"', "date = '{day}/{other}': expected something like '{day} {month} {year}'"),
        ('months = ["a"]', "months = ['a']: expected something like ['January'"),
        ("months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]", "months = [1, 2, 3"),
        ('months = "abcdefghijkl"', "months = 'abcdefghijkl': expected"),
        ('date = "{day}"\ncopy = "Take"', ""),
    ],
)
def test_the_words_of_a_site_are_checked(tmp_path, stated, message):
    own = tmp_path / "own.toml"
    own.write_text(stated)
    config = PLAIN._replace(words=own, language="xx")
    if message:
        with pytest.raises(ConfigError) as error:
            messages.site_messages(config)
        assert error.value.message.startswith(message) and error.value.place == str(own)
    else:
        said = messages.site_messages(config)
        assert (said["copy"], said.date(MOMENT.date()), said.language) == ("Take", "21", "xx")
        assert len(messages.fingerprint(config)) == len(messages.fingerprint(PLAIN)) + 1
