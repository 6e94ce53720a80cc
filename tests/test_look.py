"""Feeds and pages that look like their publisher: pictures, color, style and home of [site]."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import feedparser
import pytest
from conftest import CONFIG, NOW, Site, item

from feeds.config import load_config
from feeds.feed.pages.favicon import make_favicon
from feeds.feed.paths import media_type
from feeds.model import ConfigError
from feeds.validation import validate


def png(width: int, height: int) -> bytes:
    """A picture of one color."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\x11\x55\x99" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def with_look(site: Site, lines: str) -> Site:
    site.write("news.txt", item("28 July, 2017", "A"))
    site.write("icon.png", png(64, 64))
    site.write("wide.JPG", b"\xff\xd8\xff\xe0")
    site.write("mark.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    site.write("own.css", "h1 { color: #123456; }")
    head, _, rest = CONFIG.partition("[site]\n")
    site.write("feeds.toml", f"{head}[site]\n{lines}\n{rest}")
    return site


def test_a_publisher_is_seen_in_every_feed_and_on_every_page(site: Site) -> None:
    pictures = 'icon = "icon.png"\nlogo = "wide.JPG"\n'
    with_look(site, f'{pictures}home = "https://agency.example.org/"\ncolor = "#0B5F50"\ncss = "own.css"')
    assert site.build(now=NOW).status == 0
    base_url = load_config(site.folder).base_url
    files = site.files()
    atom, rss = (feedparser.parse(files[name]).feed for name in ("atom.xml", "rss.xml"))
    assert (atom.icon, atom.logo) == (base_url + "icon.png", base_url + "logo.jpg")
    assert (rss.image.href, rss.image.title, rss.image.link) == (base_url + "logo.jpg", rss.title, rss.link)
    assert [atom.link, rss.link] == ["https://agency.example.org/"] * 2
    stated = json.loads(files["feed.json"])
    assert (stated["icon"], stated["favicon"]) == (base_url + "icon.png",) * 2
    assert stated["home_page_url"] == "https://agency.example.org/"
    assert files["icon.png"] == png(64, 64)
    index = files["index.html"].decode()
    assert '<link rel="icon" href="icon.png">' in index
    assert '<a href="https://agency.example.org/"' in index and '<img src="logo.jpg"' in index
    assert files["feeds.css"].decode().endswith("--accent: #0b5f50; --bar: #0b5f50; } }\nh1 { color: #123456; }")
    assert [finding for name in ("atom.xml", "rss.xml", "feed.json") for finding in validate(files[name])] == []


def test_a_feed_of_a_country_leads_to_its_page_and_not_to_the_home_of_its_publisher(site: Site) -> None:
    with_look(site, 'home = "https://agency.example.org/"').write(
        "news.txt", item("28 July, 2017", "Panama trains staff")
    )
    site.build(now=NOW)
    link = feedparser.parse(site.files()["countries/pa/rss.xml"]).feed.link
    assert link == load_config(site.folder).base_url + "countries/pa/"


@pytest.mark.parametrize(
    ("lines", "image"),
    [
        ('icon = "icon.png"', "icon.png"),
        ('icon = "icon.png"\nlogo = "mark.svg"', "icon.png"),
        ('logo = "mark.svg"', None),
        ('icon = "icon.png"\nimage = "wide.JPG"', "image.jpg"),
    ],
)
def test_the_image_of_rss_is_the_first_that_rss_allows(site: Site, lines: str, image: str | None) -> None:
    with_look(site, lines).build(now=NOW)
    stated = feedparser.parse(site.files()["rss.xml"]).feed.get("image", {}).get("href")
    assert stated == (image and load_config(site.folder).base_url + image)


def test_a_new_color_is_published_by_the_next_run_and_nothing_is_announced(site: Site) -> None:
    with_look(site, 'color = "#0b5f50"').build(now=NOW)
    with_look(site, 'color = "#7a1212"\nicon = "icon.png"')
    report = site.build(now=NOW)
    assert (report.counts.new, report.counts.changed) == (0, 0)
    assert {"feeds.css", "icon.png", "favicon.ico", "atom.xml"} <= set(report.written)
    assert site.build(now=NOW).written == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('icon = "none.png"', "icon = 'none.png' in [site]: no such file"),
        ('icon = "own.css"', "a picture: a file that ends in .png"),
        ('image = "mark.svg"', "a picture that RSS allows"),
        ('icon = "../icon.png"', "below the site's folder"),
        ('color = "red"', "a color like '#0b5fa5'"),
        ('color = "#ffcc00"', "its contrast is 1.5, and 4.5 is the least"),
        ('home = "agency.example.org"', "an absolute address"),
    ],
)
def test_what_cannot_be_shown_is_refused(site: Site, line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(with_look(site, line).folder)
    assert said in str(caught.value) and "feeds.toml:" in str(caught.value)


@pytest.mark.parametrize(
    ("width", "height", "sizes"), [(16, 16, b"\x10\x10"), (256, 512, b"\0\0"), (64, 48, b"\x40\x30")]
)
def test_the_icon_that_browsers_ask_for_holds_the_picture(
    tmp_path: Path, width: int, height: int, sizes: bytes
) -> None:
    path = tmp_path / "icon.png"
    path.write_bytes(png(width, height))
    made = make_favicon(path)
    assert made[:8] == b"\0\0\1\0\1\0" + sizes and made[22:] == png(width, height)
    assert struct.unpack("<II", made[14:22]) == (len(png(width, height)), 22)


@pytest.mark.parametrize(("name", "made"), [("icon.ico", b"x"), ("icon.svg", b""), ("icon.png", b"")])
def test_an_icon_of_another_format_is_one_as_it_is_or_none(tmp_path: Path, name: str, made: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(b"x")
    assert make_favicon(path) == made
    assert make_favicon(None) == b""


def test_pictures_have_media_types() -> None:
    assert [media_type(name) for name in ("icon.png", "logo.svg", "favicon.ico")] == [
        "image/png",
        "image/svg+xml",
        "image/vnd.microsoft.icon",
    ]
