"""HTML of others: what comes out is safe, says the same, and can be written anywhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from feeds.content.markup import _ALLOWED, _EVERYWHERE, _IMAGES, absolute_link, html_paragraphs, safe_html

BASE = "https://example.org/news/"
HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="java&#x0A;script:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<a href="\x01javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    '<a href="file:///etc/passwd">x</a>',
    '<a href="https://user:password@example.org/">x</a>',
    '<a href="mailto:a@example.org?subject=x&body=javascript:">x</a>',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)"></style></mglyph></table></mtext></math>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<iframe src="https://example.org/"></iframe>',
    '<object data="x"></object><embed src="x"><applet code="x"></applet>',
    '<form action="https://evil.example/"><input name=a><button>go</button></form>',
    "<style>@import 'https://evil.example/x.css';</style><link rel=stylesheet href=x><base href='//evil.example/'>",
    '<p style="background:url(javascript:alert(1))" onclick="x()" class="x" id="y">x</p>',
    '<div style="position:fixed;top:0"><a href="//evil.example">x</a></div>',
    "<template><script>alert(1)</script></template>",
    '<p title="]]&gt;&lt;script&gt;">x</p>',
    '<a title="--!><script>alert(1)</script>">x</a>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "<video><source onerror=alert(1)></video><audio src=x onloadstart=alert(1)>",
    "<p>unclosed <b>bold <table><tr><td>cell",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<textarea><img src=x onerror=alert(1)></textarea><select><option><script>x</script></option></select>",
    '<img width="1" height="1" src="https://count.example/p.gif"><img src=//count.example/q.gif style="width:1px">',
]


def check(result: str) -> None:
    """Nothing but what is on the list is in it, by an independent parser."""
    root = html.fragment_fromstring(result, create_parent="section")
    for element in root.iterdescendants():
        assert element.tag in {**_ALLOWED, **_IMAGES}, result
        for name, value in element.attrib.items():
            assert name in {**_ALLOWED, **_IMAGES}[element.tag] | _EVERYWHERE, result
            if name in ("href", "src"):
                assert re.match(r"https?://[a-z0-9.-]+(:\d+)?/|mailto:[\w.+-]+@[\w.-]+$", value), result
    assert "]]>" not in result


@pytest.mark.parametrize("images", [False, True])
@pytest.mark.parametrize("stated", HOSTILE)
def test_nothing_that_runs_comes_through(stated: str, images: bool) -> None:
    for wrapped in (stated, f"<p>before {stated} after</p>", f"<table>{stated}</table>", f"<a>{stated}", stated * 3):
        result = safe_html(wrapped, BASE, images)
        check(result)
        assert safe_html(result, BASE, images) == result  # it is what it would be made of
        assert not re.search(r"<\s*script|javascript:|\bon\w+=", result, re.IGNORECASE)
        assert "count.example" not in result


def test_what_writers_use_stays() -> None:
    stated = (
        '<h2>Title</h2><p lang="es">Uno <b>dos</b> <i>tres</i>, <a href="../x?a=1&amp;b=é" title="t">cuatro</a>.</p>'
        '<ul><li>a</li></ul><ol start="3"><li>b</li></ol><table><tbody><tr><th scope="row">h</th><td colspan="2">d</td>'
        "</tr></tbody></table><blockquote>q</blockquote><pre>  code\n</pre>"
    )
    assert safe_html(stated, BASE) == stated.replace("../x?a=1&amp;b=é", "https://example.org/x?a=1&amp;b=%C3%A9")


def test_images_are_an_option() -> None:
    stated = '<p>x<img src="/a.png" alt="A" width="300" srcset="b.png 2x" onload="x()"></p>'
    assert safe_html(stated, BASE) == "<p>x</p>"
    assert safe_html(stated, BASE, images=True) == ('<p>x<img src="https://example.org/a.png" alt="A" width="300"></p>')


def test_links_without_a_base_lose_their_address_and_keep_their_text() -> None:
    assert safe_html('<a href="/x">x</a> <a href="https://example.org">y</a>') == (
        '<a>x</a> <a href="https://example.org/">y</a>'
    )


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from([*HOSTILE, "<", ">", '"', "'", "&", "&#60;", "<p>", "</p>", "<a href=", "]]>", "<!--", "-->"])
        | st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=8),
        max_size=8,
    )
)
def test_no_mixture_comes_through(parts: list[str]) -> None:
    check(safe_html("".join(parts), BASE, images=True))


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/a b", "https://example.org/a%20b"),
        ("?x=1", "https://example.org/news/?x=1"),
        ("//example.com", "https://example.com/"),
        ("HTTP://EXAMPLE.ORG:8080/A", "http://example.org:8080/A"),
        ("https://münchen.example/ä?ö#ü", "https://xn--mnchen-3ya.example/%C3%A4?%C3%B6#%C3%BC"),
        ("/100%", "https://example.org/100%25"),
        ("/a%2fb", "https://example.org/a%2fb"),
        (" https://example.org/x\n", "https://example.org/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("mailto:a@example.org", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://exa mple.org/", None),
        ("https://example.org:99999/", None),
        ("https://-a.example/", None),
        ("http://[::1", None),
        ("https://a@example.org/", None),
    ],
)
def test_a_link_is_an_absolute_uri_or_none(link: str, expected: str | None) -> None:
    found = absolute_link(link, BASE)
    assert found == expected
    if found:
        assert found.isascii() and absolute_link(found) == found


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_link_is_ascii_and_stays_what_it_is(link: str) -> None:
    found = absolute_link(link, BASE)
    if found:
        assert found.isascii() and not re.search(r"[\s<>\"{}|\\^`]", found)
        assert absolute_link(found) == found


def test_the_text_of_html_has_a_string_for_each_block() -> None:
    stated = "<div>One <b>two</b><p>three<br>four</p>tail<script>var x</script> after</div>&amp; end<ul><li>a<li>b</ul>"
    assert html_paragraphs(stated) == ("One two", "three", "four", "tail after", "& end", "a", "b")
    assert html_paragraphs("no markup & none") == ("no markup & none",)
    assert html_paragraphs("") == ()
