"""Items completed by the pages they link to: what is taken, what never is, and what a hostile server can do."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import feedparser
import pytest
from conftest import CONFIG, NOW, Site
from page_server import Moved, PageServer, configure, running

from feeds.model import SourceError
from feeds.pipeline import articles
from feeds.pipeline.explain import explain
from feeds.sources import article
from feeds.sources.article import read_article

ADDRESS = "https://e.org/n/1"
BODY = "<p>The first paragraph of the whole text, long enough to count as one.</p><p>The second, with a <a href='/x'>link</a>.</p>"
LD = {
    "@type": "NewsArticle",
    "headline": "Head",
    "datePublished": "2017-05-05T10:00:00Z",
    "author": {"name": "Ana Ruiz"},
}


def page(body: str, head: str = "", lang: str = "") -> bytes:
    return (
        f"<!DOCTYPE html><html{f' lang={lang}' if lang else ''}><head>{head}</head><body>{body}</body></html>".encode()
    )


def ld(*nodes: dict[str, Any]) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def meta(**named: str) -> str:
    return "".join(f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in named.items())


MARKED = f'<nav>Menu</nav><h1>Head</h1><div itemprop="articleBody">{BODY}</div><footer>Imprint</footer>'
STATED = [
    ("date", page(MARKED, meta(article__published_time="2017-05-05")), "2017-05-05"),
    ("date", page(MARKED, '<meta name="DC.date.issued" content="2017-05-05">'), "2017-05-05"),
    ("date", page('<time itemprop="datePublished" datetime="2017-05-05">x</time>'), "2017-05-05"),
    ("date", page(MARKED, ld(LD)), "2017-05-05T10:00:00Z"),
    ("date", page(MARKED, ld({**LD, "datePublished": None}, {"@type": "WebPage", "dateModified": "2020-01-01"})), ""),
    ("date", page(MARKED, meta(article__modified_time="2017-05-05")), ""),
    ("date", page("<p>Published 5 May 2017</p><time datetime='2017-05-05'>5 May</time>"), ""),
    ("date", page(MARKED, ld(LD, {**LD, "datePublished": "2011-01-01", "url": "https://e.org/n/9"})), ""),
    ("date", page(MARKED, ld({**LD, "url": ADDRESS}, {**LD, "datePublished": "2011-01-01", "url": "/n/9"})), "2017-05-05T10:00:00Z"),
    ("title", page(MARKED, meta(og__title="Og")), "Og"),
    ("title", page("<h1>Only heading</h1>"), "Only heading"),
    ("title", page("<h1>a</h1><h1>b</h1>", "<title>Of the window</title>"), "Of the window"),
    ("language", page(MARKED, lang="fr"), "fr"),
    ("language", page(MARKED, ld({**LD, "inLanguage": "es"}), lang="en"), "es"),
    ("image", page(MARKED, meta(og__image="/i/a.jpg", og__image__alt="A boat")), "https://e.org/i/a.jpg"),
    ("image_text", page(MARKED, meta(og__image="/i/a.jpg", og__image__alt="A boat")), "A boat"),
    ("image", page(MARKED, meta(og__image="javascript:x")), ""),
    ("summary", page(MARKED, '<meta name="description" content="In short.">'), "In short."),
]  # fmt: skip


@pytest.mark.parametrize(("part", "data", "wanted"), STATED)
def test_what_a_page_states_for_programs_is_taken(part: str, data: bytes, wanted: str) -> None:
    assert getattr(read_article(data, "", ADDRESS, {}), part) == wanted


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (ld({**LD, "author": [{"name": "Ana Ruiz"}, "B. Okoro"]}), ["Ana Ruiz", "B. Okoro"]),
        ('<meta name="author" content="C. Li">', ["C. Li"]),
        (meta(article__author="https://facebook.com/c"), []),
        ('<meta name="author" content="c@example.org">', []),
        ('<meta name="citation_author" content="A"><meta name="citation_author" content="B">', ["A", "B"]),
    ],
)
def test_authors_are_names(head: str, names: list[str]) -> None:
    assert [author.name for author in read_article(page(MARKED, head), "", ADDRESS, {}).authors] == names


@pytest.mark.parametrize(
    ("body", "select"),
    [
        (MARKED, {}),
        (f'<nav>Menu</nav><h1>Head</h1><div class="b">{BODY}</div><aside>Related</aside>', {"text": ".b"}),
        (f"<nav>Menu</nav><article><h1>Head</h1><header>By me</header>{BODY * 3}<footer>Share</footer></article>", {}),
    ],
)
def test_the_text_is_that_of_the_article_with_absolute_links(body: str, select: dict[str, str]) -> None:
    html = read_article(page(body), "", ADDRESS, select).html
    assert "The first paragraph" in html
    assert 'href="https://e.org/x"' in html
    assert not any(word in html for word in ("Menu", "Imprint", "Related", "Share", "By me"))


def test_selectors_come_before_what_is_found_and_a_wrong_one_is_named() -> None:
    body = (
        f"<h1 class=t>Own</h1><p class=d>5 May 2017</p><p class=a>By Ana</p><img class=i src=/p.jpg alt=Boat>{MARKED}"
    )
    select = {"title": ".t", "date": ".d", "author": ".a", "image": ".i"}
    found = read_article(page(body, ld(LD)), "", ADDRESS, select)
    assert (found.title, found.date, found.authors[0].name) == ("Own", "5 May 2017", "By Ana")
    assert (found.image, found.image_text) == ("https://e.org/p.jpg", "Boat")
    with pytest.raises(SourceError, match=r"nothing that is text = '\.gone'"):
        read_article(page(body), "", ADDRESS, {"text": ".gone"})
    with pytest.raises(SourceError, match="is not a page"):
        read_article(b"%PDF-1.7 ...", "", ADDRESS, {})


# --- on a real server -------------------------------------------------------------------------------------------------


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PageServer]:
    monkeypatch.setattr(articles, "PAUSE", 0.0)
    with running() as made:
        yield made


def listing(count: int) -> bytes:
    rows = "".join(
        f'<div class=row><h3><a href="/n/{number}">Item number {number}</a></h3><p class=date>{number % 28 + 1} May 2017</p>'
        f"<p>Teaser {number}.</p></div>"
        for number in range(count, 0, -1)
    )
    return page(f"<main>{rows}</main>")


def serve(server: PageServer, count: int, pages: Callable[[str], Any]) -> None:
    server.answer = lambda path: listing(count) if path == "/list" else pages(path)


def texts(site: Site) -> list[str]:
    feed = feedparser.parse((site.output / "atom.xml").read_bytes())
    return [entry.content[0].value if "content" in entry else entry.get("summary", "") for entry in feed.entries]


def test_each_page_is_fetched_once_and_its_text_is_published(site: Site, server: PageServer) -> None:
    configure(site, server, "article = true")
    serve(server, 3, lambda path: page(MARKED.replace("whole text", f"text of {path}"), meta(og__image="/i/a.jpg")))
    report = site.build()
    assert (report.counts.new, report.problems) == (3, [])
    assert sorted(server.asked) == ["/list", "/n/1", "/n/2", "/n/3"]
    assert ["text of /n/3" in text for text in texts(site)] == [True, False, False]
    assert all("Menu" not in text for text in texts(site))
    feed = (site.output / "feed.json").read_text()
    assert "/i/a.jpg" in feed
    assert '"summary":"Teaser 3.' in feed.replace(": ", ":")
    server.asked.clear()
    before = site.files()
    assert site.build().counts.unchanged == 3
    assert server.asked == ["/list"]
    serve(server, 4, lambda path: page(MARKED))
    server.asked.clear()
    report = site.build()
    assert (report.counts.new, report.counts.changed, server.asked) == (1, 0, ["/list", "/n/4"])
    assert set(before) <= set(site.files())


def test_what_the_list_states_stays_and_a_date_is_never_guessed(site: Site, server: PageServer) -> None:
    configure(site, server, "article = true", 'undated = "aside"')
    head = ld({**LD, "inLanguage": "es"}) + meta(og__title="Another")
    serve(server, 2, lambda path: page(MARKED, head))
    assert site.build().status == 0
    [_, entry] = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    assert (entry.title, entry.published[:10], entry.author) == ("Item number 1", "2017-05-02", "Ana Ruiz")
    assert entry.content[0].language == "es"


def test_a_page_that_fails_leaves_the_item_as_it_is_and_is_tried_again(site: Site, server: PageServer) -> None:
    configure(site, server, "article = true")
    serve(server, 2, lambda path: 500 if path == "/n/2" else page(MARKED))
    report = site.build()
    [problem] = report.problems
    assert (report.counts.new, problem.severity, problem.code) == (2, "warning", "article")
    assert "/n/2': answered 500" in problem.message
    assert site.build().problems == []  # said once
    assert server.asked.count("/n/2") == 2
    assert server.asked.count("/n/1") == 1
    serve(server, 2, lambda path: page(MARKED))
    report = site.build()
    assert (report.counts.changed, report.problems) == (1, [])
    assert all("first paragraph" in text for text in texts(site))
    server.asked.clear()
    site.build()
    assert server.asked == ["/list"]


def test_a_page_that_always_fails_is_asked_for_less_and_less(site: Site, server: PageServer) -> None:
    configure(site, server, "article = true")
    serve(server, 2, lambda path: 404 if path == "/n/2" else page(MARKED))
    for minute in range(8):
        site.build(now=NOW + dt.timedelta(minutes=15 * minute))
    assert server.asked.count("/n/2") == 3
    for day in range(1, 12):
        site.build(now=NOW + dt.timedelta(days=day))
    assert server.asked.count("/n/2") == 10


def test_a_run_fetches_so_many_pages_and_the_next_goes_on(
    site: Site, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "MOST", 4)
    configure(site, server, "article = true")
    serve(server, 10, lambda path: page(MARKED))
    report = site.build()
    [problem] = report.problems
    assert (report.counts.new, problem.code, problem.message[:7]) == (10, "article-later", "6 pages")
    assert [site.build().counts.changed for _ in range(3)] == [4, 2, 0]
    assert len([path for path in server.asked if path != "/list"]) == 10


def test_robots_txt_counts_for_pages_too(site: Site, server: PageServer) -> None:
    configure(site, server, "article = true")
    stated = (site.folder / "feeds.toml").read_text().replace("robots = false", "")
    site.write("feeds.toml", stated)
    robots = b"User-agent: *\nDisallow: /n/\n"
    server.answer = lambda path: {"/list": listing(2), "/robots.txt": robots}.get(path, 500)
    [problem] = site.build().problems
    assert "may not be fetched by programs" in problem.message
    assert server.asked == ["/robots.txt", "/list"]


def _endless(stream: Any) -> None:
    for _ in range(100 << 6):  # 100 MB
        stream.write(b"<p>x</p>" * (1 << 11))


HOSTILE = {
    "100 MB": (lambda server: _endless, "has more than 4194304 bytes"),
    "redirects for ever": (lambda server: Moved(f"{server.url}/n/1"), "redirects more than 5 times"),
    "a private host": (lambda server: Moved(f"http://localhost:{server.server_port}/"), "in a private network"),
    "a file": (lambda server: Moved("file:///etc/passwd"), "not an address of the web"),
    "a device": (lambda server: b"\x00\x01" * 1000, ""),
    "deep": (lambda server: page("<div>" * 100_000), ""),
    "attributes": (lambda server: page(f"<p {' '.join(f'a{n}=1' for n in range(50_000))}>x"), "over 2000 attributes"),
    "150,000 elements": (lambda server: page("<article>" + "<p>x</p>" * 150_000 + "</article>"), ""),
    "empty": (lambda server: b"", "is not a page"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_page_costs_little_and_harms_nothing(site: Site, server: PageServer, kind: str) -> None:
    configure(site, server, "article = true")
    answer, message = HOSTILE[kind]
    serve(server, 2, lambda path: answer(server) if path == "/n/1" else page(MARKED))
    began = time.process_time()
    report = site.build()
    assert time.process_time() - began < 20
    assert report.counts.new == 2
    missing = set() if article.has_extractor() else {"no-extractor"}  # of the library that is an extra
    assert {problem.code for problem in report.problems} <= {"article", *missing}
    assert message in "".join(problem.message for problem in report.problems)
    assert b"passwd" not in b"".join(site.files().values())


def test_servers_that_do_not_answer_are_not_asked_for_every_page(site: Site, server: PageServer) -> None:
    rows = "".join(
        f'<div><h3><a href="http://127.0.0.1:9/{number}">Item number {number}</a></h3><p>{number} May 2017</p></div>'
        for number in range(9, 0, -1)
    )
    configure(site, server, "article = true")
    server.answer = lambda path: page(f"<main>{rows}</main>")
    [failed, later] = site.build().problems
    assert (failed.code, failed.message.count("http://127.0.0.1:9/"), later.message[:7]) == ("article", 3, "6 pages")


def test_a_sitemap_of_bare_addresses_gives_the_news_among_its_pages(site: Site, server: PageServer) -> None:
    configure(site, server, "article = true", path="/sitemap.xml")
    urls = "".join(
        f"<url><loc>{server.url}/{name}</loc><lastmod>2017-05-0{day}</lastmod></url>"
        for day, name in ((5, "n/1"), (4, "about"), (6, "n/2"))
    )
    sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()
    pages = {
        "/sitemap.xml": sitemap,
        "/about": page(MARKED),
        "/n/1": page(MARKED, ld({**LD, "headline": "One"})),
        "/n/2": page(MARKED, ld({**LD, "headline": "Two"})),
    }
    server.answer = lambda path: pages.get(path, 404)
    report = site.build()
    assert (report.counts.new, [problem.code for problem in report.problems]) == (2, ["left-out"])
    assert "One" in (site.output / "atom.xml").read_text()
    assert server.asked == ["/sitemap.xml", "/n/2", "/n/1", "/about"]
    assert site.build().problems == []


def test_explain_shows_an_item_with_its_page(site: Site, server: PageServer) -> None:
    server.answer = lambda path: page(MARKED)
    site.write("news.csv", f"date,title,link\n2017-05-05,Item,{server.url}/n/1\n")
    site.write(
        "feeds.toml",
        f'{CONFIG}\n[[sources]]\nname = "news"\npath = "news.csv"\nprivate = true\nrobots = false\narticle = true\n',
    )
    assert site.build().counts.new == 1
    assert site.build().counts.unchanged == 1
    shown = str(explain(f"{server.url}/n/1", site.folder, now=NOW))
    assert "HTML of" in shown
    assert "would be changed" not in shown
    assert server.asked == ["/n/1"]


@pytest.mark.parametrize("value", ['"yes"', "{ body = '.x' }", "{}", "{ text = 3 }"])
def test_a_wrong_article_key_is_refused(site: Site, value: str) -> None:
    site.write("feeds.toml", f'{CONFIG}\n[[sources]]\nname = "a"\nurl = "https://e.org/"\narticle = {value}\n')
    with pytest.raises(Exception, match="expected true, or a table of texts with keys of text, image, date"):
        site.build()


def test_without_the_library_pages_that_do_not_mark_their_text_are_said_once(
    site: Site, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "has_extractor", lambda: False)
    monkeypatch.setattr(article, "has_extractor", lambda: False)
    configure(site, server, "article = true")
    serve(server, 2, lambda path: page(f"<h1>Head</h1><div>{BODY}</div>"))
    [problem] = site.build().problems
    assert problem.code == "no-extractor"
    assert "pip" not in problem.message
    assert "feeds[articles]" in problem.message
    serve(server, 3, lambda path: page(f"<h1>Head</h1><div>{BODY}</div>"))
    assert site.build().problems == []


def test_the_library_finds_the_text_of_a_page_that_marks_nothing() -> None:
    if not article.has_extractor():
        # An extra, which .ci/run installs: it brings a dozen packages that most sites never need.
        pytest.skip("needs trafilatura: pip install '.[articles]'")
    menu = "".join(f'<li><a href="/m/{number}">Menu entry {number}</a></li>' for number in range(30))
    text = "".join(
        f"<p>{BODY[3:60]} number {number} of a story, and it goes on for a while.</p>" for number in range(9)
    )
    body = f"<div class=x1><ul>{menu}</ul></div><div class=x2><h1>Head</h1>{text}</div><div class=x3>Imprint</div>"
    html = read_article(page(body, "<title>Head</title>"), "", ADDRESS, {}).html
    assert "number 8 of a story" in html
    assert "Menu entry" not in html
