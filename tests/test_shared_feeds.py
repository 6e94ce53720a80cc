"""39 real feeds: title, text, authors, categories, picture and links of each item are as lxml finds them.

Two things are explained here: feedparser mends text that was encoded in UTF-8 twice, as some of these feeds are; and
only letters and digits are compared: of elements without white space between them we part the words, and controls go.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import NOW
from lxml import etree

from feeds.config import Config, Source
from feeds.content import markup
from feeds.fetch import File
from feeds.model import Content, RawItem
from feeds.pipeline.items import date_rules
from feeds.sources import read

ATOM, DC, MEDIA = (
    "{http://www.w3.org/2005/Atom}",
    "{http://purl.org/dc/elements/1.1/}",
    "{http://search.yahoo.com/mrss/}",
)
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
OWN = ("", ATOM, "{http://purl.org/rss/1.0/}", "{http://my.netscape.com/rdf/simple/0.9/}")
# One text holds the bytes of a device, which are not well-formed XML; lxml drops some of what stands behind them.
EXPLAINED = {"fr_AtomSpecialCharacters.xml": ["text"]}
FEEDS = sorted(path.name for path in (Path(__file__).parents[2] / "shared/inputs/feeds").glob("*"))


def children(entry: etree._Element, *names: str) -> Iterator[etree._Element]:
    for child in entry:
        if child.tag in {namespace + name for namespace in OWN for name in names}:
            yield child


def text(element: etree._Element | None) -> str:
    found = "".join(element.itertext()).strip() if element is not None else ""
    try:
        return found.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return found


def letters(html: str) -> str:
    return "".join(filter(str.isalnum, "".join(markup.html_paragraphs(html))))


def differences(entry: etree._Element, item: RawItem) -> Iterator[str]:
    content = item.content
    titles = [text(title) for title in children(entry, "title")]
    if titles and letters(titles[0]) and letters(titles[0]) != letters(content.title):
        yield f"title {titles[0]!r}, {content.title!r}"
    yield from different_text(entry, content)
    authors = [text(name) for name in entry.iterfind(DC + "creator")]
    authors = authors or [text(author.find(ATOM + "name")) for author in entry.iterfind(ATOM + "author")]
    if authors and list(dict.fromkeys(authors)) != list(
        dict.fromkeys(author.name.strip() for author in content.authors)
    ):
        yield f"authors {authors}, {content.authors}"
    labels = (one.get("label") or one.get("term") or text(one) for one in children(entry, "category"))
    if missing := set(filter(None, map(str.strip, labels))) - {stated.strip() for stated in content.categories}:
        yield f"categories {missing}"
    links = list(children(entry, "link"))
    own = [link.get("href") or text(link) for link in links if link.get("rel", "alternate") == "alternate"]
    if any(own) and item.link not in own:
        yield f"link {own}, {item.link}"
    files = [file.get("url") for file in children(entry, "enclosure")]
    files += [link.get("href") for link in links if link.get("rel") == "enclosure"]
    media = {one.get("url") for one in entry.iter(MEDIA + "content", MEDIA + "thumbnail")}
    found = {file.address for file in content.enclosures}
    if set(filter(None, files)) - found or (media and not files and not media & found):
        yield f"files {files}, {media}, {found}"


def different_text(entry: etree._Element, content: Content) -> Iterator[str]:
    stated = [text(one) for one in (*entry.iterfind(ENCODED), *children(entry, "content"))]
    stated = stated or [text(one) for one in children(entry, "description", "summary")]
    got = letters(content.html or content.text)
    if (
        stated
        and got not in [letters(one) for one in stated]
        and got not in ["".join(filter(str.isalnum, one)) for one in stated]
    ):
        yield f"text {stated[0][:200]!r}, {content.html[:200]!r}"


# The feeds are other people's and may not come along; .ci/run is run with them. tests/kinds has our own.
@pytest.mark.skipif(not FEEDS, reason="needs ../shared/inputs/feeds")
@pytest.mark.parametrize("name", FEEDS)
def test_the_items_of_a_real_feed_are_as_lxml_finds_them(name: str, shared: Path) -> None:
    path = shared / "inputs/feeds" / name
    data = path.read_bytes()
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    elements = [
        element
        for element in etree.fromstring(data, parser).iter()
        if isinstance(element.tag, str) and etree.QName(element).localname in ("item", "entry")
    ]
    source = Source("x", kind="feed")
    rules = date_rules(Config(Path(), title="t"), source, NOW)
    items = [item for item in read(File(path, name, name), source, rules, 10**7) if isinstance(item, RawItem)]
    assert len(items) == len(elements)
    found = [difference for pair in zip(elements, items, strict=True) for difference in differences(*pair)]
    assert [difference.partition(" ")[0] for difference in found] == EXPLAINED.get(name, [])
