"""A page that lists news: by the selectors of its source, else by what the page states, else by its shape."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from lxml import etree
from lxml.cssselect import CSSSelector

from feeds.config.keys import PARTS
from feeds.content import embedded, markup
from feeds.model import Problem, RawItem, SourceError
from feeds.sources import decoding, notes
from feeds.sources.blocks import repeated_items
from feeds.sources.context import Context, read_whole
from feeds.sources.page import (
    Element,
    Found,
    Page,
    StatedDate,
    author_of,
    find_heading,
    find_link,
    stated_alternates,
    stated_date,
    text_of,
)
from feeds.sources.page_dates import find_dates, first_date
from feeds.sources.structured import hatom_items, json_ld_items, microdata_items

_FEED_TYPE = re.compile(r"application/(?:rss\+xml|atom\+xml|feed\+json)")
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_:-]+)""", re.IGNORECASE)
# What pages call an encoding whose superset they use (WHATWG Encoding 4.2).
_SUPERSETS = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_LITTLE_TEXT = 400  # characters of a page that says nothing but that it needs JavaScript
_MUCH_CODE = 2000  # characters of a script that may make a page
_ATTRIBUTE = re.compile(r"\[\s*(?:datetime|content|title|data-)")  # named by a selector
# What holds most is taken; of two that hold as much the first, for what a page says itself is surer than its shape.
_WAYS: tuple[Callable[[Page], list[RawItem]], ...] = (json_ld_items, microdata_items, hatom_items, repeated_items)


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the items of a page, in its order.

    Raises:
        SourceError: it cannot be decoded, holds nothing, or a selector is not valid.
    """
    page, problems = parse_page(stream, context)
    yield from problems
    if context.source.select:
        yield from _selected_items(page)
        return
    items = max((way(page) for way in _WAYS), key=_weight)
    yield from items
    if not items:
        yield Problem(context.origin, "no-list", _why_no_list(page), "warning")
    if own_feeds := tuple(dict.fromkeys(_own_feeds(page))):
        yield notes.of_names("has-feed", own_feeds, context.origin)


def parse_page(stream: BinaryIO, context: Context) -> tuple[Page, list[Problem]]:
    """Return a page with its late pictures resolved, and what is wrong with its encoding.

    Raises:
        SourceError: it cannot be decoded, or holds nothing.
    """
    content, problems = _decode(read_whole(stream), context)
    root = markup.parse_html(content)
    if root is None:
        raise SourceError("no-items", "holds no text")
    embedded.resolve(root)
    base = root.find(".//base[@href]")
    address = markup.absolute_link(str(base.get("href")), context.source.base_url) if base is not None else None
    return Page(root, context, address or context.source.base_url), problems


def is_found_by_shape(page: Page) -> bool:
    """Return True if the items of a page are found by its shape, and not by what it states for programs."""
    return max(_WAYS, key=lambda way: _weight(way(page))) is repeated_items


def _weight(items: list[RawItem]) -> int:
    """How much items hold: titles of their own, and places that they lead to."""
    return len({item.content.title for item in items}) + len({item.link for item in items if item.link})


def _why_no_list(page: Page) -> str:
    """What is said of a page on which no list is found."""
    scripts = sum(1 for script in page.root.iter("script") if script.get("src") or len(script.text or "") > _MUCH_CODE)
    body = page.root.find("body")
    text = text_of(body, _LITTLE_TEXT + 1)
    if scripts and len(text) <= _LITTLE_TEXT:
        return (
            "is made by JavaScript, which is not run; look for the JSON behind it (in a browser: F12, Network, Fetch), "
            "and name that as the url"
        )
    dates = len(find_dates(page.root, page.context.dates))
    return f"shows {dates} dates and no list of items; say where they are: select = {{ item = '…', title = '…' }}"


def _own_feeds(page: Page) -> Iterator[str]:
    """Yield the addresses of what a page names for programs that lists the same: feeds (RFC 4287, "autodiscovery"), the
    posts of WordPress (its link to api.w.org), a sitemap.
    """
    for link in page.root.iter("link"):
        relations = str(link.get("rel") or "").lower().split()
        address = markup.absolute_link(str(link.get("href") or ""), page.base_url)
        if address and "https://api.w.org/" in relations:
            yield f"{address.rstrip('/')}/wp/v2/posts?_embed"
        elif address and "sitemap" in relations:
            yield address
    for link in page.root.iter("link"):
        is_alternate = "alternate" in str(link.get("rel") or "").lower().split()
        is_comments = "comment" in str(link.get("title") or "").lower() or "/comments/" in str(link.get("href") or "")
        if is_alternate and not is_comments and _FEED_TYPE.match(str(link.get("type") or "").strip().lower()):
            yield markup.absolute_link(str(link.get("href") or ""), page.base_url) or str(link.get("href") or "")


def _decode(data: bytes, context: Context) -> tuple[str, list[Problem]]:
    """The page as text: its encoding as stated by the source, a mark or the page, else detected from the bytes."""
    declared = context.encoding or _declared_encoding(data)
    try:
        if declared:
            return data.decode(declared), []
        content, encoding = decoding.decode(io.BytesIO(data))
        return content, context.decoding_problems(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"is not all {declared}: byte {error.start} is {data[error.start]:#04x}; such bytes became U+FFFD"
        problem = Problem(context.origin_at(line), "encoding", message, "warning")
        return data.decode(declared, "replace"), [problem]


def decode_page(data: bytes, charset: str) -> str:
    """Return a page as text, whatever its bytes are: in the encoding that its server or it states, else as detected."""
    declared = charset or _declared_encoding(data)
    if declared:
        return data.decode(declared, "replace")
    try:
        return decoding.decode(io.BytesIO(data))[0]
    except SourceError:
        return data.decode("utf-8", "replace")


def _declared_encoding(data: bytes) -> str:
    """The encoding that a page names, "" where it has a mark, or names none that is known."""
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ""
    match = _CHARSET.search(data[:4096])
    name = match[1].decode("ascii").lower() if match else ""
    name = _SUPERSETS.get(name, name)
    try:
        codecs.lookup(name)
    except LookupError:
        return ""
    return name


def _selected_items(page: Page) -> Iterator[RawItem]:
    """What the selectors of the source find."""
    stated = dict(page.context.source.select)
    selectors = {part: selector(part, stated[part]) for part in PARTS if part in stated}
    blocks = selectors["item"](page.root)
    if not blocks:
        raise SourceError("no-items", f"has nothing that is '{stated['item']}'; the page or the selector changed")
    for block in blocks:
        parts = {part: next(iter(select(block)), None) for part, select in selectors.items() if part != "item"}
        categories = selectors["category"](block) if "category" in selectors else []
        yield page.raw_item(_selected(page, block, parts, categories))


def _selected(page: Page, block: Element, parts: dict[str, Element | None], categories: list[Element]) -> Found:
    """The item of a block. What no selector finds is looked for, but for text and image."""
    title = parts.get("title")
    heading = title if title is not None else find_heading(block)
    stated_link = parts.get("link")
    link = stated_link if stated_link is not None else find_link(block, heading)
    chosen, text, image, author = (parts.get(part) for part in ("date", "text", "image", "author"))
    date = stated_date(chosen) if chosen is not None else first_date(block, page.context.dates)
    if date.for_programs and _ATTRIBUTE.search(dict(page.context.source.select).get("date", "")):
        date = StatedDate(date.for_programs)
    return Found(
        line=block.sourceline or 0,
        date=date.text,
        date_for_programs=date.for_programs,
        title=text_of(heading, without={chosen} if chosen is not None and chosen is not heading else ())
        or text_of(link),
        link=str(link.get("href") or "") if link is not None else "",
        html=etree.tostring(text, encoding="unicode", method="html", with_tail=False) if text is not None else "",
        image=str(image.get("src") or "") if image is not None else "",
        image_text=str(image.get("alt") or "") if image is not None else "",
        categories=tuple(filter(None, map(text_of, categories))),
        authors=(author_of(author),) if author is not None else (),
        alternates=tuple(stated_alternates(block)),
    )


def selector(part: str, stated: str) -> CSSSelector:
    """Return a CSS selector of a part of a page.

    Raises:
        SourceError: it is not valid.
    """
    try:
        return CSSSelector(stated, translator="html")
    except Exception as error:  # cssselect raises several kinds, of two libraries
        raise SourceError("selector", f"{part} = '{stated}' is not a CSS selector: {error}") from None
