"""Items that a page states for programs: JSON-LD (schema.org), microdata, hAtom and h-entry microformats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from feeds.content import markup
from feeds.model import Author, RawItem
from feeds.sources.page import LEAST_ITEMS, Element, Found, Page, author_of, stated_date

_ARTICLE = re.compile(
    r"(?:News|Blog|Tech|Report|Opinion|Analysis|Satirical)?\w*(?:Article|Posting|Report|Event)$|CreativeWork$"
)
_DEEPEST = 20  # objects in each other in a JSON-LD document that are looked into


def json_ld_items(page: Page) -> list[RawItem]:
    """Return the articles in JSON-LD that have a headline and a date."""
    items = [page.raw_item(found) for found in json_ld_articles(page.root) if found.date]
    return items if len(items) >= LEAST_ITEMS else []


def _json_ld_nodes(root: Element) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield every object of JSON-LD on a page, with the line of its script."""
    for script in root.iter("script"):
        if str(script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            stated = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for node in _nodes(stated):
            yield node, script.sourceline or 0


def json_ld_articles(root: Element) -> Iterator[Found]:
    """Yield the articles in JSON-LD that have a headline, with a date or without one."""
    for node, line in _json_ld_nodes(root):
        if found := _article(node, line):
            yield found


def _article(node: dict[str, Any], line: int) -> Found | None:
    """The item that an object of JSON-LD is; None for what is no article, or has no title."""
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    date = node.get("datePublished") or node.get("dateCreated") or ""
    title = node.get("headline") or node.get("name")
    if not title or not any(isinstance(kind, str) and _ARTICLE.match(kind) for kind in kinds):
        return None
    return Found(
        line=line,
        date=str(date),
        title=" ".join(markup.html_paragraphs(str(title))),
        link=_address(node.get("url") or node.get("mainEntityOfPage")),
        paragraphs=markup.html_paragraphs(str(node.get("articleBody") or node.get("description") or "")),
        image=_address(node.get("image")),
        image_text=_word(node.get("image"), "caption", "description"),
        image_credit=_word(node.get("image"), "creditText", "creator", "author", "copyrightNotice"),
        language=_word(node, "inLanguage"),
        categories=tuple(_keywords(node)),
        modified=_word(node, "dateModified"),
        point=_point(node),
        guid=_address(node.get("@id")),
        summary=str(node.get("description") or "") if node.get("articleBody") else "",
        authors=tuple(_authors(node.get("author"))),
        alternates=(*_addresses(node.get("workTranslation")), *_addresses(node.get("translationOfWork"))),
    )


def _word(stated: Any, *keys: str) -> str:
    """The first of these that is there, as text: of an object its name."""
    stated = stated[0] if isinstance(stated, list) and stated else stated
    for key in keys if isinstance(stated, dict) else ():
        value = stated.get(key)
        value = (value.get("alternateName") or value.get("name")) if isinstance(value, dict) else value
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _keywords(node: dict[str, Any]) -> Iterator[str]:
    """Yield the categories of an article: texts with commas between them, or lists of texts or of terms."""
    for key in ("articleSection", "keywords"):
        values = node.get(key)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, dict):
                value = value.get("name")
            yield from filter(None, map(str.strip, value.split(","))) if isinstance(value, str) else ()


def _point(node: dict[str, Any]) -> str:
    """Latitude and longitude of the place of an article or an event, "" where it has none."""
    for key in ("contentLocation", "location", "spatialCoverage"):
        place = node.get(key)
        geo = place.get("geo") if isinstance(place, dict) else None
        if isinstance(geo, dict):
            return f"{geo.get('latitude', '')} {geo.get('longitude', '')}".strip()
    return ""


def _authors(stated: Any) -> Iterator[Author]:
    """Yield the authors of an article: a name, an object with a name, or several of these."""
    for author in stated if isinstance(stated, list) else [stated]:
        if isinstance(author, str):
            yield Author(author)
        elif isinstance(author, dict) and isinstance(author.get("name"), str):
            yield Author(author["name"], _address(author.get("url")))


def microdata_items(page: Page) -> list[RawItem]:
    """Return the articles in microdata, or in RDFa Lite, that have a headline and a date."""
    return _of_schema(page, "itemtype", "itemprop") or _of_schema(page, "typeof", "property")


def _of_schema(page: Page, kinds: str, names: str) -> list[RawItem]:
    """The articles of schema.org.

    Args:
        kinds, names: the attributes that state what an element is, and which property of it.
    """
    blocks = [
        element
        for element in page.root.iter()
        if any(_ARTICLE.match(re.split("[/:#]", kind)[-1]) for kind in str(element.get(kinds) or "").split())
    ]
    date, headline, name, author = (_has_name(names, word) for word in ("datePublished", "headline", "name", "author"))
    return _marked_items(page, blocks, date, f"{headline} or {name}", author)


def _has_name(attribute: str, name: str) -> str:
    """The XPath condition that an element is that property, with a prefix or without one."""
    return " or ".join(
        f"contains(concat(' ', normalize-space(@{attribute}), ' '), '{sign}{name} ')" for sign in (" ", ":", "/")
    )


def hatom_items(page: Page) -> list[RawItem]:
    """Return the entries in hAtom or h-entry that have a title and a date."""
    blocks = page.root.xpath(f".//*[{_has_class('hentry', 'h-entry')}]")
    dates = _has_class("published", "dt-published", "entry-date")
    return _marked_items(page, blocks, dates, _has_class("entry-title", "p-name"), _has_class("author", "p-author"))


def _outermost(elements: list[Element]) -> list[Element]:
    return [element for element in elements if not any(other in elements for other in element.iterancestors())]


def _has_class(*names: str) -> str:
    """The XPath condition that an element is of one of these classes."""
    return " or ".join(f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')" for name in names)


def _marked_items(page: Page, blocks: list[Element], dates: str, titles: str, authors: str) -> list[RawItem]:
    """The items of blocks in which elements are marked as date, title and author.

    Args:
        dates, titles, authors: the XPath conditions of such elements.
    """
    items = []
    for block in blocks:
        date, title = block.xpath(f".//*[{dates}]"), block.xpath(f".//*[{titles}]")
        if date and title:
            people = _outermost(block.xpath(f".//*[{authors}]"))
            without = {date[0], *people}
            names = tuple(map(author_of, people))
            items.append(page.item_of_block(block, stated_date(date[0]), title[0], without, names))
    return items if len(items) >= LEAST_ITEMS else []


def _nodes(stated: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every object in a JSON-LD document."""
    if depth > _DEEPEST:
        return
    if isinstance(stated, dict):
        yield stated
    values = stated.values() if isinstance(stated, dict) else stated if isinstance(stated, list) else ()
    for value in values:
        yield from _nodes(value, depth + 1)


def _addresses(stated: Any) -> Iterator[str]:
    for value in stated if isinstance(stated, list) else [stated]:
        yield _address(value)


def _address(stated: Any) -> str:
    """The address that a value of JSON-LD states: a text, an object with a url, or a list of such."""
    if isinstance(stated, list):
        return _address(stated[0]) if stated else ""
    if isinstance(stated, dict):
        return _address(stated.get("url") or stated.get("@id"))
    return stated if isinstance(stated, str) else ""
