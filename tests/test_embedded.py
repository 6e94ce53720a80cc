"""Pictures that load late and players: images have their address, players are links, whatever scripts would do."""

import pytest

from feeds.content import embedded, markup

BASE = "https://example.org/news/"


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ('<img src="a.jpg">', "a.jpg"),
        ('<img src="data:image/gif;base64,R0" data-src="a.jpg">', "a.jpg"),
        ('<img src="blank.gif" data-lazy-src="a.jpg">', "a.jpg"),
        ('<img data-original="a.jpg">', "a.jpg"),
        ('<img srcset="s.jpg 480w, a.jpg 800w">', "a.jpg"),
        ('<img srcset="a.jpg">', "a.jpg"),
        ('<img srcset="s.jpg, a.jpg 2x">', "a.jpg"),
        ('<img data-srcset="a.jpg?w=1,2 480w, s.jpg 100w">', "a.jpg?w=1,2"),
        ('<img src="a.jpg" srcset="s.jpg 480w, b.jpg 800w">', "a.jpg"),
        ('<picture><source srcset="a.webp 900w"><img alt="x"></picture>', "a.webp"),
        ('<picture><source srcset="b.webp 900w"><img src="a.jpg"></picture>', "a.jpg"),
    ],
)
def test_an_image_has_the_address_that_it_would_load(image, address):
    safe = markup.safe_html(f"<p>Text</p>{image}", BASE, images=True)
    assert safe.startswith("<p>Text</p>")
    assert f' src="https://example.org/news/{address}"' in safe


@pytest.mark.parametrize(
    "image",
    [
        "<img>",
        '<img alt="x">',
        '<img src="">',
        '<img src="data:image/gif;base64,R0">',
        '<img srcset="data:image/gif;base64,R0 1w">',
        '<img src="javascript:x">',
    ],
)
def test_no_image_is_left_without_an_address(image):
    assert markup.safe_html(f"<p>A{image}B</p>", BASE, images=True) == "<p>AB</p>"


@pytest.mark.parametrize(
    ("player", "link"),
    [
        ('<iframe src="https://v.org/e/1" title="A film"></iframe>', '<a href="https://v.org/e/1">A film</a>'),
        ('<iframe data-src="https://v.org/e/1"></iframe>', '<a href="https://v.org/e/1">https://v.org/e/1</a>'),
        ('<iframe src="about:blank" data-lazy-src="//v.org/e/1"></iframe>', '<a href="https://v.org/e/1">//v.org/e/1</a>'),
        ('<video controls><source src="a.mp4">No film</video>', '<a href="https://example.org/news/a.mp4">a.mp4</a>'),
        ('<audio src="a.mp3" aria-label="A talk"></audio>', '<a href="https://example.org/news/a.mp3">A talk</a>'),
        ('<iframe src="https://t.org/ns.html" height="0" width="0"></iframe>', ""),
        ('<iframe src="https://t.org/ns.html" style="display: none"></iframe>', ""),
        ('<iframe srcdoc="<p>x</p>"></iframe>', ""),
        ('<video src="blob:https://v.org/1"></video>', ""),
        ('<iframe src="javascript:alert(1)"></iframe>', ""),
        ('<iframe src="https://v.org/1" title="<b onclick=x>A</b>"></iframe>',
         '<a href="https://v.org/1">&lt;b onclick=x&gt;A&lt;/b&gt;</a>'),
    ],
)  # fmt: skip
def test_a_player_is_a_link_to_what_it_shows(player, link):
    assert markup.safe_html(f"<p>A {player} B</p>", BASE) == f"<p>A {link} B</p>"


def test_html_without_such_things_is_left_as_it_is():
    assert embedded.resolve_text("<p>A <b>b & c") == "<p>A <b>b & c"


@pytest.mark.parametrize(
    ("candidates", "address"),
    [
        ("", ""),
        ("a.jpg", "a.jpg"),
        ("a.jpg 480w, b.jpg 800w", "b.jpg"),
        ("b.jpg 800w, a.jpg 480w", "b.jpg"),
        ("a.jpg, b.jpg 1.5x", "b.jpg"),
        ("a.jpg 2x, b.jpg", "a.jpg"),
        ("data:image/gif;base64,R0 900w, a.jpg 1w", "a.jpg"),
        (" a.jpg  480w ,  b.jpg 1000w,", "b.jpg"),
        ("a.jpg 1.2.3x, b.jpg 1x", "a.jpg"),
        ("a.jpg big, b.jpg 2w", "b.jpg"),
        (", ,", ""),
    ],
)
def test_the_largest_image_of_a_set(candidates, address):
    assert embedded._largest(candidates) == address


@pytest.mark.parametrize(
    ("hidden", "is_link"),
    [
        ('width="1"', False), ('height="0px"', False), ('width="10"', True), ("hidden", False),
        ('style="visibility:hidden"', False), ('style="DISPLAY : none"', False), ('style="color: red"', True),
        ('width=" 0 "', False), ('height="1px"', False),
    ],
)  # fmt: skip
def test_a_hidden_player_counts_readers(hidden, is_link):
    safe = markup.safe_html(f'<p>A<iframe src="https://v.org/1" {hidden}></iframe></p>')
    assert ("https://v.org/1" in safe) is is_link


def test_what_stands_around_a_player_stays_in_its_order():
    html = '<p>A<iframe></iframe>B<b>C</b><iframe></iframe>D<iframe src="https://v.org/1" title="E"></iframe>F</p>'
    assert markup.safe_html(html) == '<p>AB<b>C</b>D<a href="https://v.org/1">E</a>F</p>'


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "data-" * 100_000,
        '<img srcset="' + "a" * 400_000 + ' b">',
        "<picture>" + "<img alt=x>" * 20_000 + "<p data-src=x>",
        "<picture>" + "<source></source><img alt=x>" * 10_000,
    ],
    ids=["marks", "srcset", "images", "sources"],
)
def test_what_somebody_sends_takes_no_time_that_grows_with_its_square(html):
    """Each took minutes, or would: nothing is measured, the test would not end."""
    assert isinstance(embedded.resolve_text(html), str)
