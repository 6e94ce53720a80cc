"""Pages as sources: found by themselves or by selectors, in whatever encoding."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import feedparser
import pytest
from conftest import CONFIG, Site
from source_documents import BOTH, PAGE, first, read, shown

from feeds.model import Candidate, Enclosure, Problem, SourceError

JSON_LD = """<script type="application/ld+json">{"@graph": [
{"@type": "NewsArticle", "headline": "Panama trains &amp; learns", "datePublished": "2017-05-05", "url": "/news/2",
 "description": "Ten officers.", "image": {"url": "/i/2.jpg"}},
{"@type": ["NewsArticle"], "headline": "Honduras holds a workshop", "datePublished": "2017-05-04T10:00:00-06:00",
 "mainEntityOfPage": {"@id": "https://example.org/news/1"}}]}</script>"""
MICRODATA = """<div itemscope itemtype="https://schema.org/NewsArticle"><h2 itemprop="headline"><a href="/news/2">Panama
trains staff</a></h2><meta itemprop="datePublished" content="2017-05-05"><p>Ten officers took part.</p></div>
<div itemscope itemtype="https://schema.org/NewsArticle"><h2 itemprop="headline"><a href="/news/1">Honduras holds a
workshop</a></h2><time itemprop="datePublished" datetime="2017-05-04">yesterday</time></div>"""
HATOM = """<article class="post hentry"><a class="entry-title" href="/news/2">Panama trains staff</a>
<time class="published" datetime="2017-05-05">5/5</time></article>
<article class="post hentry"><a class="entry-title" href="/news/1">Honduras holds a workshop</a>
<time class="published" datetime="2017-05-04">4/5</time></article>"""
FLAT = """<dl><dt>5 May 2017</dt><dd><a href="/news/2">Panama trains staff</a><p>Ten officers.</p></dd>
<dt>4 May 2017</dt><dd><a href="/news/1">Honduras holds a workshop</a></dd></dl>"""
LATE = """<html><body><main>
<article><time datetime="2020-11-20">20 Nov 2020</time><h2><a href="one">Late one</a></h2><p>Text one.</p>
<img src="data:image/gif;base64,R0" data-src="/img/a.jpg"></article>
<article><time datetime="2020-11-19">19 Nov 2020</time><h2><a href="two">Film two</a></h2><p>Text two.</p>
<iframe src="https://v.org/e/1" title="A film"></iframe></article>
</main></body></html>"""


@pytest.mark.parametrize("page", [PAGE, MICRODATA, HATOM, FLAT], ids=["blocks", "microdata", "hAtom", "flat"])
def test_a_page_is_read_by_itself(tmp_path: Path, page: str) -> None:
    found = read(tmp_path, "html", page)
    assert shown(found) == BOTH
    assert [one.link for one in found if isinstance(one, Candidate)] == [
        "https://example.org/news/2",
        "https://example.org/news/1",
    ]


def test_blocks_of_a_page_have_their_text_and_image(tmp_path: Path) -> None:
    panama = first(read(tmp_path, "html", PAGE))
    assert panama.content.text == "Ten officers took part."
    assert panama.content.enclosures == (Enclosure("https://example.org/i/2.jpg", "image/jpeg", 0, is_picture=True),)
    assert panama.origin.line == 2


def test_json_ld_says_what_the_page_shows(tmp_path: Path) -> None:
    found = read(tmp_path, "html", JSON_LD + PAGE)
    assert shown(found) == ["2017-05-05 Panama trains & learns", "2017-05-04 Honduras holds a workshop"]
    assert first(found).link == "https://example.org/news/2"
    assert [one.time for one in found if isinstance(one, Candidate)][1] == dt.datetime(2017, 5, 4, 16, tzinfo=dt.UTC)


def test_a_page_is_read_by_selectors(tmp_path: Path) -> None:
    select = (("item", "div.row"), ("date", ".date"), ("title", "h3"), ("text", "p"), ("image", "img"))
    found = read(tmp_path, "html", PAGE, select=select)
    assert shown(found) == BOTH
    assert [one.content.html for one in found if isinstance(one, Candidate)] == [
        "<p>Ten officers took part.</p>",
        "<p>It was <b>long</b>.</p>",
    ]


@pytest.mark.parametrize(("select", "code"), [((("item", ".gone"),), "no-items"), ((("item", "a[["),), "selector")])
def test_a_selector_that_finds_nothing_or_is_none_is_named(
    tmp_path: Path, select: tuple[tuple[str, str], ...], code: str
) -> None:
    with pytest.raises(SourceError) as refused:
        read(tmp_path, "html", PAGE, select=select)
    assert refused.value.code == code
    assert select[0][1] in refused.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_the_encoding_of_a_page_is_what_it_declares(tmp_path: Path, encoding: str) -> None:
    page = PAGE.replace("Panama", "Panamá").replace("utf-8", "iso-8859-1" if encoding == "cp1252" else "utf-8")
    assert "2017-05-05 Panamá trains staff" in shown(read(tmp_path, "html", page.encode(encoding)))


def test_a_page_that_is_not_in_its_encoding_says_where(tmp_path: Path) -> None:
    found = read(tmp_path, "html", PAGE.replace("long", "larg\xe9").encode("latin-1"))
    problem = next(one for one in found if isinstance(one, Problem) and one.code == "encoding")
    assert (problem.origin.line, problem.severity) == (5, "warning")
    assert [one for one in shown(found) if one.startswith("2017")] == BOTH


def test_the_items_of_a_page_have_the_image_and_the_link(site: Site) -> None:
    more = '[[sources]]\nname = "p"\npath = "p.html"\nkind = "html"\nbase_url = "https://example.org/news/"\n'
    site.write("feeds.toml", CONFIG + more)
    site.write("p.html", LATE)
    assert site.build().status == 0
    late, film = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    assert [link.href for link in late.links if link.rel == "enclosure"] == ["https://example.org/img/a.jpg"]
    assert film.content[0].value == '<p>Text two.</p>\n<a href="https://v.org/e/1">A film</a>'
