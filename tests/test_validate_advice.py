"""Advice: what is valid and yet trips readers, and what is no reason for advice."""

from __future__ import annotations

import datetime as dt
from html import escape

import pytest
from documents import place

from feeds.validation import validate

# HTML -> the codes that are reported; none for what readers show as it is meant.
HTML = [
    ("<p>One<br>two</p>", []),
    ("<p>One<p>Two", []),
    ("<ul><li>One<li>Two</ul>", []),
    ("<table><tr><td>1<td>2</table>", []),
    ("<video controls src='https://e.org/v.mp4'></video>", []),
    ("<figure><img src='https://e.org/a.png' alt='a > b'><figcaption>A</figcaption></figure>", []),
    ("<svg viewBox='0 0 1 1'><path d='M0 0'/></svg>", []),
    ("<my-element>A</my-element>", []),
    ("2 < 3 & 4 > 1", []),
    ("I <3 you", []),
    ("AT&T", []),
    ("&nbsp;&eacute;", []),
    ("<a href='#note'>1</a>", []),
    ("<a href='mailto:a@e.org'>A</a>", []),
    ("<!-- a comment <b> -->One", []),
    ("<code>&amp;amp; is how &amp; is written</code>", ["double-escaped"]),
    ("<pre>&lt;p&gt;</pre>", []),
    ("&lt;p&gt;One&lt;/p&gt;", ["double-escaped"]),
    ("Caf&amp;eacute; and &amp;#233;", ["double-escaped"]),
    ("<b>One", ["bad-html"]),
    ("One</b>", ["bad-html"]),
    ("<div><i>One</div>", ["bad-html"]),
    ("<fooo>One</fooo>", ["bad-html"]),
    ("<a href='https://e.org/' title='it's'>One</a>", ["bad-html"]),
    ("<img src='https://e.org/a.png", ["bad-html"]),
    ("<?php echo 1 ?>", ["bad-html"]),
    ("<!DOCTYPE html><p>One", ["not-a-fragment"]),
    ("<html><body>One</body></html>", ["not-a-fragment"]),
    ("<a href='/one'>One</a>", ["relative-reference"]),
    ("<img src=one.png>", ["relative-reference"]),
    ("<img src='//e.org/one.png'>", ["relative-reference"]),
    ("<script src='https://e.org/a.js'></script>", ["active-content"]),
    ("<iframe src='https://e.org/'></iframe>", ["active-content"]),
    ("<p onclick='a()'>One</p>", ["active-content"]),
    ("<a href='java&#10;script:a()'>One</a>", ["active-content"]),
    ("<meta http-equiv='refresh' content='0'>", ["active-content"]),
    ("<p style='color: red; text-align: center'>One</p>", []),
    ("<p style='padding-bottom: 56.2493%'>One</p>", []),
    ("<p style='position: absolute'>One</p>", ["unsafe-style"]),
    ("<p style='background: url(https://e.org/a.png)'>One</p>", ["unsafe-style"]),
    ("<p style='margin: -99999px'>One</p>", ["unsafe-style"]),
    ("<p style='width: ex&#112;ression(a())'>One</p>", ["unsafe-style"]),
]


@pytest.mark.parametrize(("html", "codes"), HTML)
def test_html_in_a_description(html: str, codes: list[str]) -> None:
    found = validate(place("rss item", f"<description>{escape(html)}</description>"))
    assert [finding.code for finding in found] == codes
    assert {finding.severity for finding in found} <= {"warning"}


@pytest.mark.parametrize(("html", "codes"), HTML)
def test_the_same_html_in_atom_and_in_json(html: str, codes: list[str]) -> None:
    import json

    atom = validate(place("atom entry", f'<summary type="html">{escape(html)}</summary>'))
    member = validate(place("json item", f'"content_html": {json.dumps(html)}'))
    assert [finding.code for finding in atom] == [finding.code for finding in member] == codes


@pytest.mark.parametrize(
    ("where", "example", "codes"),
    [
        ("rss item", "<title>AT&amp;T</title>", []),
        ("rss item", "<title>Less &lt; more</title>", []),
        ("rss item", "<title>a &lt;b</title>", ["html-in-text"]),
        ("rss item", "<title>R&amp;amp;D</title>", ["double-escaped"]),
        ("rss item", "<category>&lt;b&gt;News&lt;/b&gt;</category>", ["html-in-text"]),
        ("rss item", "<title>año, “été”, Größe, новости, 新闻</title>", []),
        ("rss item", "<title>Â©</title>", ["bad-characters"]),
        ("rss item", "<title>São Paulo, Âncora, Ã</title>", []),
        ("rss item", "<title>a&#150;b</title>", ["bad-characters"]),
        ("rss item", "<title>lost \ufffd</title>", ["bad-characters"]),
        ("atom entry", '<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>a</p></div></summary>', []),
        (
            "atom entry",
            '<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
            '<a href="b" onclick="c()">a</a></div></summary>',
            ["active-content", "relative-reference"],
        ),
        ("atom entry", '<title type="html" xml:base="https://e.org/">&lt;a href="b">c&lt;/a></title>', []),
        ("atom entry", '<link xml:base="https://e.org/" href="b"/>', []),
        ("json item", '"title": "a < b"', []),
        ("json item", '"content_text": "if a <b and c> d"', []),
    ],
)
def test_texts(where: str, example: str, codes: list[str]) -> None:
    assert sorted(finding.code for finding in validate(place(where, example))) == codes


NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("where", "example", "codes"),
    [
        ("rss item", "<pubDate>Fri, 27 Nov 2026 12:00:00 GMT</pubDate>", []),
        ("rss item", "<pubDate>Sat, 28 Nov 2026 02:00:00 +1400</pubDate>", []),
        ("rss item", "<pubDate>Sun, 29 Nov 2026 12:00:00 GMT</pubDate>", ["implausible-date"]),
        ("rss item", "<pubDate>Thu, 04 Jul 1776 12:00:00 GMT</pubDate>", ["implausible-date"]),
        ("rss item", "<pubDate>27 Nov 26 12:00:00 GMT</pubDate>", ["unusual-date"]),
        ("rss item", "<pubDate>Fri, 27 Nov 2026 12:00:00 A</pubDate>", ["unusual-date"]),
        ("atom entry", "<updated>2026-11-29T12:00:00Z</updated>", ["implausible-date"]),
        ("atom entry", "<updated>2026-11-27T12:00:00+05:30</updated>", []),
        ("atom entry", "<published>1960-01-01T00:00:00Z</published>", ["implausible-date"]),
    ],
)
def test_dates_are_compared_with_the_time_that_is_given(where: str, example: str, codes: list[str]) -> None:
    assert [finding.code for finding in validate(place(where, example), now=NOW)] == codes


def test_without_a_clock_only_dates_that_are_far_off_are_in_the_future() -> None:
    near = place("rss item", "<pubDate>Sun, 29 Nov 2026 12:00:00 GMT</pubDate>")
    far = place("rss item", "<pubDate>Tue, 28 Jul 2099 10:00:00 GMT</pubDate>")
    assert validate(near) == []
    assert [finding.code for finding in validate(far)] == ["implausible-date"]


def test_advice_can_be_left_out() -> None:
    document = place("rss item", "<description>&lt;b&gt;One</description>")
    assert validate(document)
    assert validate(document, advise=False) == []


def test_a_large_document_is_advised_against() -> None:
    document = place("rss item", f"<description>{'word ' * 500_000}</description>")
    assert [finding.code for finding in validate(document)] == ["large-document"]


@pytest.mark.parametrize(
    "hostile", ["<" * 100_000, "<a " * 50_000, "&" * 100_000, "<p>" * 50_000, "<a href='" * 30_000]
)
def test_hostile_html_costs_linear_time(hostile: str) -> None:
    """A pattern that looks back would take hours here."""
    validate(place("rss item", f"<description>{escape(hostile)}</description>"))
