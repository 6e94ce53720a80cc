"""The pages that follow the first one of a listing: which is next, and when it is enough, on a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Site
from page_server import PageServer, configure, running

from feeds.config import Source
from feeds.fetch import Body
from feeds.sources.next_page import find_next

BASE = "https://e.org/news"


def page(*links: str) -> str:
    return f"<html><body><h2>News</h2><div class='pager'>{''.join(links)}</div></body></html>"


def link(address: str, more: str = "") -> str:
    return f'<a href="{address}" {more}>x</a>'


def feed(inside: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{inside}</feed>'


RSS = (
    '<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><a:link rel="next" href="/p2"/></channel></rss>'
)
NEXT = [
    (BASE, page(link("?page=2", 'rel="next"')), "https://e.org/news?page=2"),
    (BASE, page(link("?page=9", 'rel="prev"'), link("/older", 'rel="nofollow next"')), "https://e.org/older"),
    (BASE, '<html><head><link rel="next" href="/n/2"></head><body>x</body></html>', "https://e.org/n/2"),
    (BASE, page(link("?page=0"), link("?page=1"), link("?page=2")), "https://e.org/news?page=1"),
    (f"{BASE}?page=1", page(link("?page=0"), link("?page=1"), link("?page=2")), "https://e.org/news?page=2"),
    (f"{BASE}?page=2", page(link("?page=0"), link("?page=1"), link("?page=2")), ""),
    (f"{BASE}/", page(link("/news/page/2/"), link("/news/page/14/")), "https://e.org/news/page/2/"),
    (f"{BASE}/page/2/", page(link("/news/"), link("/news/page/3/")), "https://e.org/news/page/3/"),
    (f"{BASE}?lang=fr", page(link("?lang=fr&start=20"), link("?lang=fr&start=10")), "https://e.org/news?lang=fr&start=10"),
    (f"{BASE}?lang=fr", page(link("?lang=en&page=2")), ""),
    (BASE, page(link("/events?page=2")), ""),
    (BASE, page(link("/news/2024/page-turner-3")), ""),
    (BASE, page(link("?type=2"), link("?year=2025")), ""),
    (f"{BASE}/list.html", page(link("/news/list-p2.html")), "https://e.org/news/list-p2.html"),
    (BASE, page('<span class="pager-next">', link("/weiter?seite=2"), "</span>"), "https://e.org/weiter?seite=2"),
    (BASE, page(link("#", 'rel="next"'), link("javascript:next()", 'class="next"')), ""),
    (BASE, "<html><base href='https://e.org/other/'><body>" + link("two", 'rel="next"') + "</body></html>", "https://e.org/other/two"),
    (BASE, '<html><body class="next-gen"><a href="/story">Next of kin</a></body></html>', ""),
    (BASE, feed('<link rel="next" href="https://e.org/a?p=2"/>'), "https://e.org/a?p=2"),
    (BASE, feed('<entry><link rel="next" href="https://e.org/b"/></entry>'), ""),
    (BASE, RSS, "https://e.org/p2"),
    (BASE, json.dumps({"data": [], "links": {"next": {"href": "https://e.org/j?page%5Boffset%5D=50"}}}), "https://e.org/j?page%5Boffset%5D=50"),
    (BASE, json.dumps({"data": [], "links": {"next": "/j/2"}}), "https://e.org/j/2"),
    (BASE, json.dumps({"value": [], "@odata.nextLink": "https://e.org/o?$skip=10"}), "https://e.org/o?$skip=10"),
    (BASE, json.dumps({"version": "https://jsonfeed.org/version/1.1", "next_url": "https://e.org/f2"}), "https://e.org/f2"),
    (BASE, json.dumps({"next": None, "links": {"next": None}}), ""),
    (BASE, json.dumps([1, 2]), ""),
    (BASE, '{"next": ', ""),
    (BASE, page(link("http://[::1", 'rel="next"')), ""),
]  # fmt: skip


@pytest.mark.parametrize(("address", "document", "wanted"), NEXT)
def test_the_next_page_is_what_the_page_says_or_counts_on(address: str, document: str, wanted: str) -> None:
    assert find_next(Body(address, address, document.encode()), address, Source("a", url=BASE)) == wanted


@pytest.mark.parametrize(
    ("where", "document", "wanted"),
    [
        (".more", page(link("?page=2", 'rel="next"'), "<p class=more>", link("/rest"), "</p>"), "https://e.org/rest"),
        ("a.more", page(link("/rest", 'class="more"')), "https://e.org/rest"),
        ("a.more", page(link("?page=2", 'rel="next"')), ""),
        ("pages.after", json.dumps({"pages": {"after": "/k"}, "next": "/wrong"}), "https://e.org/k"),
    ],
)
def test_a_source_may_say_where_the_next_page_is_named(where: str, document: str, wanted: str) -> None:
    assert find_next(Body(BASE, BASE, document.encode()), BASE, Source("a", url=BASE, next=where)) == wanted


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ('<https://e.org/wp?page=2>; rel="next"', "https://e.org/wp?page=2"),
        ('</a>; rel="prev", </b>; title="x, y"; rel=next', "https://e.org/b"),
        ('</a>; rel="nextish"', ""),
        ("<" * 3000, ""),
    ],
)
def test_the_link_header_counts(header: str, wanted: str) -> None:
    assert find_next(Body(BASE, BASE, b"[]"), BASE, Source("a", url=BASE), header) == wanted


# --- how far ----------------------------------------------------------------------------------------------------------


def rows(numbers: Iterator[int] | range, more: str = "") -> str:
    items = "".join(
        f'<article><h3><a href="/n/{number}">Item number {number}</a></h3><time datetime="2017-01-01T{number // 60:02}:'
        f'{number % 60:02}">1 January 2017</time></article>'
        for number in numbers
    )
    return f"<html><body><main>{items}</main>{more}</body></html>"


@pytest.fixture
def server() -> Iterator[PageServer]:
    with running() as made:
        yield made


def listing(top: int, size: int = 10, total: int = 1000) -> Callable[[str], Any]:
    """Pages of `size` items, the newest, number `top`, first."""

    def answer(path: str) -> Any:
        number = int(path.rpartition("=")[2]) if "=" in path else 1
        first = top - (number - 1) * size
        more = f'<a rel="next" href="/list?page={number + 1}">older</a>' if first - size > top - total else ""
        return rows(range(first, max(first - size, top - total), -1), more)

    return answer


def test_pages_are_followed_until_one_ends_with_a_known_item(site: Site, server: PageServer) -> None:
    configure(site, server, "pages = 4")
    server.answer = listing(100)
    assert site.build().counts.new == 40
    assert server.asked == ["/list", "/list?page=2", "/list?page=3", "/list?page=4"]
    for top, new, asked in ((100, 0, 1), (103, 3, 1), (113, 10, 2), (135, 22, 3)):
        server.asked.clear()
        server.answer = listing(top)
        report = site.build()
        assert (report.counts.new, len(server.asked), report.problems) == (new, asked, []), top


def test_a_pinned_item_does_not_hide_what_moved_to_the_second_page(site: Site, server: PageServer) -> None:
    configure(site, server, "pages = 5")

    def pinned(top: int) -> Callable[[str], Any]:
        def answer(path: str) -> Any:
            plain = str(listing(top)(path))
            return plain.replace("<main>", "<main>" + rows(range(1, 2)).split("<main>")[1].split("</main>")[0])

        return answer

    server.answer = pinned(100)
    assert site.build().counts.new == 51
    server.answer = pinned(125)
    assert site.build().counts.new == 25


def test_a_page_that_fails_is_tried_again_whatever_is_known(site: Site, server: PageServer) -> None:
    configure(site, server, "pages = 3")
    whole = listing(100)
    server.answer = lambda path: 404 if "=3" in path else whole(path)
    report = site.build()
    [problem] = report.problems
    assert (report.counts.new, problem.severity, problem.code) == (20, "warning", "status")
    assert "page 3 of source 'news' answered 404" in problem.message
    server.answer = whole
    assert site.build(allow=["flood:news"]).counts.new == 10
    server.asked.clear()
    assert site.build().problems == []
    assert len(server.asked) == 1


def test_setting_pages_later_reads_them_once(site: Site, server: PageServer) -> None:
    server.answer = listing(100)
    configure(site, server)
    assert site.build().counts.new == 10
    configure(site, server, "pages = 2")
    assert site.build(allow=["flood:news"]).counts.new == 10
    server.asked.clear()
    site.build()
    assert server.asked == ["/list"]


def test_a_page_that_lost_most_items_is_held_and_fewer_pages_are_not(site: Site, server: PageServer) -> None:
    configure(site, server, "pages = 5")
    server.answer = listing(100)
    assert site.build().counts.new == 50
    assert site.build().held == {}
    server.answer = lambda path: rows(range(100, 98, -1))
    assert site.build().held == {"news": "shrink"}


ENDLESS = {
    "onto itself": lambda path: rows(range(20, 10, -1), '<a rel="next" href="/list">older</a>'),
    "in a circle": lambda path: rows(range(20, 10, -1), f'<a rel="next" href="/{"b" if "a" in path else "a"}">x</a>'),
    "for ever": lambda path: rows(range(20, 10, -1), f'<a rel="next" href="{path}/x">older</a>'),
    "to this machine": lambda path: rows(range(20, 10, -1), '<a rel="next" href="http://127.0.0.1:9/">older</a>'),
    "to nothing": lambda path: rows(range(20, 10, -1), '<a rel="next" href="file:///etc/passwd">older</a>'),
    "to an empty page": lambda path: (
        rows(range(20, 10, -1), '<a rel="next" href="/e">x</a>') if path == "/list" else ""
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_pages_without_an_end_are_bounded(site: Site, server: PageServer, kind: str) -> None:
    configure(site, server, "pages = 6")
    server.answer = ENDLESS[kind]
    report = site.build()
    assert report.counts.new == 10
    assert len(server.asked) <= 6
    assert {problem.severity for problem in report.problems} <= {"warning"}
    assert {problem.code for problem in report.problems} <= {"next-page"}
