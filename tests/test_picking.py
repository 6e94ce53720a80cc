"""Selectors for a list: of what was found by itself, and of what a person clicks; the page that is shown for that."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import CONFIG, NOW, Run, Site
from test_browser import look
from test_browser import pytestmark as in_browser

from feeds.config import Config, Source
from feeds.deploy.picker import Picker, make_picker_server
from feeds.fetch import Body
from feeds.pipeline.items import date_rules, read_items
from feeds.sources.page import Page
from feeds.sources.picking import open_page, pick_by_itself

DAYS = ((21, "Clinic opens in the north"), (20, "Bridge repaired after flood"), (19, "School year begins early"))
TEXT = "A text that is long enough to be taken for the text of the item, number {n}."
ALL = [(f"2024-05-{day}", title) for day, title in DAYS]


def page_of(row: str, around: str = "<main>{}</main>", head: str = "") -> str:
    rows = "".join(
        row.format(d=day, t=title, n=number, x=TEXT.format(n=number)) for number, (day, title) in enumerate(DAYS)
    )
    nav = '<nav><a href="/">Home</a> <a href="/n">News</a></nav>'
    return f"<!DOCTYPE html><html lang=en><head><title>News</title>{head}</head><body>{nav}{around.format(rows)}</body></html>"


CARD = '<article class="card"><h3><a href="/n/{n}">{t}</a></h3><p class="when">{d} May 2024</p><p class="text">{x}</p></article>'
LISTS = {
    "cards": (CARD, {"item": "article", "title": "h3", "date": ".when", "text": ".text"}),
    "rows with classes of their own": (
        '<div class="row row-{n}"><span class="d">{d} May 2024</span><h2><a href="/n/{n}">{t}</a></h2><p>{x}</p></div>',
        {"item": ".row", "title": "h2", "date": ".d", "text": "p"},
    ),
    "no classes": (
        '<div><div>{d} May 2024</div><h3><a href="/n/{n}">{t}</a></h3></div>',
        {"item": "main > div", "title": "h3", "date": "div"},
    ),
    "microdata names": (
        '<li><b itemprop="name"><a href="/n/{n}">{t}</a></b><time>{d} May 2024</time></li>',
        {"item": "li", "title": '[itemprop="name"]', "date": "time"},
    ),
    "two links": (
        '<li class="n"><a class="tag" href="/tag/{n}">Health</a> <a class="t" href="/n/{n}">{t}</a> <i>{d} May 2024</i></li>',
        {"item": "li", "title": ".t", "date": "i", "link": ".t"},
    ),
}  # fmt: skip


def opened(html: str, **stated: Any) -> tuple[Page, Source, Body]:
    source = Source("x", url="https://e.org/news", kind="html", base_url="https://e.org/news", **stated)
    body = Body("https://e.org/news", "https://e.org/news", html.encode())
    return open_page(body, source, date_rules(Config(Path(), title="t"), source, NOW)), source, body


def read(html: str, select: dict[str, str]) -> list[tuple[str, str]]:
    _, source, body = opened(html, select=tuple(select.items()))
    made = [item.candidate for item in read_items(Config(Path(), title="t"), source, body, NOW) if item.candidate]
    return [(str(one.date), one.content.title) for one in made]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_was_found_by_itself_has_selectors_that_find_the_same(name: str) -> None:
    row, wanted = LISTS[name]
    html = page_of(row)
    picked = pick_by_itself(opened(html)[0])
    assert picked.select == wanted or name in ("no classes", "two links")
    assert read(html, picked.select) == ALL
    assert picked.dates == 3


def test_a_list_of_json_ld_has_no_selectors() -> None:
    nodes = [
        {"@type": "NewsArticle", "headline": title, "datePublished": f"2024-05-{day}", "url": f"/n/{day}"}
        for day, title in DAYS
    ]
    html = f'<html><body><script type="application/ld+json">{json.dumps(nodes)}</script></body></html>'
    assert pick_by_itself(opened(html)[0]).select == {}


# --- what is clicked --------------------------------------------------------------------------------------------------


def picker_of(html: str) -> Picker:
    page, _, _ = opened(html)
    return Picker(page, lambda select: ([json.dumps(dict(select))], read(html, dict(select))))


def number(picker: Picker, text: str, tag: str = "") -> int:
    """The number of the innermost element with that text on the page as it is shown."""
    from lxml import html as lxml_html

    root = lxml_html.document_fromstring(picker.shown_page().decode())
    found = [one for one in root.iter() if text in "".join(one.itertext()) and tag in ("", one.tag)]
    return int(found[-1].get("data-feeds-number", "-1"))


@pytest.mark.parametrize("name", LISTS)
def test_two_clicks_make_selectors_of_the_whole_list(name: str) -> None:
    picker = picker_of(page_of(LISTS[name][0]))
    answer = picker.pick({"title": number(picker, "Bridge repaired"), "date": number(picker, "20 May 2024")})
    assert [(item["date"], item["title"]) for item in answer["items"]] == ALL, answer
    assert (answer["is_error"], len(answer["blocks"])) == (False, 3)
    assert {part: len(found) for part, found in answer["parts"].items() if part != "link"} == {"title": 3, "date": 3}


def test_one_click_and_a_third() -> None:
    picker = picker_of(page_of(CARD))
    title, date, text = (number(picker, words) for words in ("Bridge", "20 May", "number 1."))
    assert len(picker.pick({"title": title})["items"]) == 3
    [line] = picker.pick({"title": title, "date": date, "text": text})["lines"]
    assert json.loads(line) == {"item": "article", "title": "a", "date": ".when", "text": ".text"}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (("Bridge repaired", "19 May 2024"), "not in one item"),
        (("Home", "19 May 2024"), "not in one item"),
    ],
)
def test_clicks_in_different_items_are_said(chosen: tuple[str, str], said: str) -> None:
    picker = picker_of(page_of(CARD))
    answer = picker.pick({"title": number(picker, chosen[0]), "date": number(picker, chosen[1])})
    assert answer["is_error"]
    assert said in answer["said"] or not answer["items"]


@pytest.mark.parametrize("chosen", [{"title": 10_000}, {"title": None}, {"title": "x"}, {"title": [1]}, {"date": {}}])
def test_a_number_of_nothing_is_said(chosen: dict[str, Any]) -> None:
    answer = picker_of(page_of(CARD)).pick(chosen)
    assert (answer["is_error"], answer["said"]) == (True, "This is no part of the page.")


HOSTILE = (
    '<script>alert(1)</script><iframe src="https://video.example/"></iframe><object data="x"></object>'
    '<meta http-equiv="refresh" content="0;url=https://evil.example/"><link rel="preload" href="https://evil.example/">'
    '<form action="https://evil.example/"><button formaction="x" onclick="alert(2)">Go'
    '</button></form><img src="x" onerror="alert(3)"><p onmouseover="alert(4)">Words</p>'
)


def test_nothing_of_the_page_runs_or_leads_away() -> None:
    shown = picker_of(page_of(CARD, "<main>{}</main>" + HOSTILE)).shown_page().decode()
    assert "Words" in shown
    for word in (
        "<script",
        "<iframe",
        "<object",
        "http-equiv",
        "preload",
        "evil.example",
        "formaction",
        "onclick",
        "onerror",
        "onmouse",
    ):
        assert word not in shown, word
    assert '<base href="https://e.org/news">' in shown


@pytest.fixture
def served() -> Iterator[str]:
    server, address = make_picker_server(picker_of(page_of(CARD)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address
    server.shutdown()
    server.server_close()


def ask(address: str, path: str, host: str = "", body: str | None = None, length: str = "") -> tuple[int, str, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    headers = {"Host": host or parts.netloc, **({"Content-Length": length} if length else {})}
    connection.request("POST" if body is not None else "GET", path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers.get("Content-Security-Policy", ""), answer.read().decode()


def test_the_server_answers_nobody_who_does_not_know_its_address(served: str) -> None:
    folder = urlsplit(served).path
    for name in ("", "picker.js", "picker.css", "page.html"):
        status, policy, _ = ask(served, folder + name)
        assert (status, policy.startswith("default-src 'none'")) == (200, True)
    status, _, text = ask(served, folder + "pick", body="{}")
    assert (status, len(json.loads(text)["items"])) == (200, 3)
    assert ask(served, folder + "pick", body="no json")[0] == 200
    assert ask(served, "/")[0] == 404
    assert ask(served, "/page.html")[0] == 404
    assert ask(served, folder + "page.html", host="evil.example")[0] == 404
    assert ask(served, folder + "pick", host="evil.example", body="{}")[0] == 404
    assert ask(served, folder + "../../etc/passwd")[0] == 404
    assert ask(served, folder + "pick", body="x", length="99999999")[0] == 404


# --- what the command prints ------------------------------------------------------------------------------------------


def test_try_prints_the_selectors_the_dates_and_what_else_the_page_has(feeds: Run, tmp_path: Path) -> None:
    head = '<link rel="https://api.w.org/" href="https://e.org/wp-json/"><link rel="sitemap" href="/sitemap.xml">'
    more = "<main>{}</main><p>Imprint of 1 January 2020</p><a rel=next href='?page=2'>older</a>"
    (tmp_path / "page.html").write_text(page_of(CARD, more, head))
    done = feeds("sources", "try", str(tmp_path / "page.html"), "--base-url", "https://e.org/news")
    assert "3 items, 0 rejected, of kind 'html'; 4 dates on the page" in done.stdout
    [line] = [line for line in done.stdout.splitlines() if line.startswith("# select")]
    assert tomllib.loads(line[2:])["select"]["item"] == "article"
    assert "'https://e.org/wp-json/wp/v2/posts?_embed', 'https://e.org/sitemap.xml'" in done.stderr
    assert "goes on at https://e.org/news?page=2; pages = 5" in done.stderr


@pytest.mark.slow
def test_a_page_made_by_javascript_and_one_without_a_list_say_so(feeds: Run, site: Site, tmp_path: Path) -> None:
    made = '<html><body><div id="root"></div><noscript>Enable JavaScript</noscript><script src="/app.js"></script></body></html>'
    other = f"<html><body><h1>Contact</h1><p>{'Words of an office. ' * 40}</p><p>Since 5 May 2010</p></body></html>"
    for html, said in (
        (made, "is made by JavaScript, which is not run"),
        (other, "shows 1 dates and no list of items"),
    ):
        (tmp_path / "page.html").write_text(html)
        done = feeds("sources", "try", str(tmp_path / "page.html"))
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
        site.write("page.html", html)
        site.write("feeds.toml", f'{CONFIG}\n[[sources]]\nname = "a"\npath = "page.html"\n')
        assert any(said in problem.message for problem in site.build().problems)


def test_open_is_for_pages(feeds: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("5 May 2017\n\nA title\n\nA text.\n")
    done = feeds("sources", "try", str(tmp_path / "a.txt"), "--open")
    assert (done.returncode, "expected a page" in done.stderr) == (2, True)


# --- in a browser -----------------------------------------------------------------------------------------------------

CLICKS = """
const inside = page.frameLocator("#page");
await inside.locator("article").first().waitFor();
await inside.locator("h3", {{ hasText: "{title}" }}).click();
await inside.locator("p.when", {{ hasText: "{date}" }}).click();
await page.waitForFunction(() => document.getElementById("lines").textContent.includes("select"));
await page.locator("#copy").click();
await page.waitForFunction(() => document.getElementById("said").textContent === "Copied.");
return {{ copied: await page.evaluate(() => navigator.clipboard.readText()),
  items: await page.locator("#items li").allInnerTexts() }};
"""


@pytest.mark.slow
@in_browser[1]
def test_two_clicks_in_a_browser_and_the_lines_build_the_same_items(site: Site, tmp_path: Path) -> None:
    path = site.write("page.html", page_of(CARD, "<main>{}</main>" + HOSTILE))
    command = [sys.executable, "-m", "feeds", "sources", "try", str(path), "--open", "--base-url", "https://e.org/"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "BROWSER": "true"}) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().split()[0]
            script = CLICKS.format(title="Bridge repaired", date="20 May 2024")
            clicked, checked = look({"url": address, "script": script}, {"url": address, "axe": True})
        finally:
            process.terminate()
    assert [request for request in clicked["requests"] if not request.startswith(address)] == [
        "https://e.org/x"
    ]  # a picture
    assert [item.split()[0][:10] for item in clicked["result"]["items"]] == [day for day, _ in ALL]
    lines = clicked["result"]["copied"]
    site.write("feeds.toml", f"{CONFIG}\n{lines}\n")
    assert tomllib.loads(lines)["sources"][0]["select"] == {"item": "article", "title": "h3", "date": ".when"}
    assert site.build().counts.new == 3
    assert checked["violations"] == []
