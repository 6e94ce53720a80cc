"""Items that a page shows by its shape alone: blocks that are made alike, each with one date and a title."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from lxml import etree

from feeds.content import markup
from feeds.model import RawItem
from feeds.sources.page import (
    HEADINGS,
    LEAST_ITEMS,
    LONGEST_DATE,
    Element,
    Found,
    Page,
    copy_without,
    is_date,
    text_of,
)

_NOT_DATES = ("script", "style", "title", "option", "html", "body")
_Block = tuple[Element, Element, str]  # a block, the element of its date, and what that states


def repeated_items(page: Page) -> list[RawItem]:
    """Return the items of the blocks that are made alike and make the best listing; [] where none do.

    A block is the largest element around a date that holds no other date. Where that is the date itself, the item is
    what follows it up to the next such date.
    """
    best: list[RawItem] = []
    for blocks in _alike_blocks(page).values():
        items = [item for block in blocks if (item := _item(page, *block))]
        if len(items) >= LEAST_ITEMS and _weight(items) > _weight(best):
            best = items
    return best


def _alike_blocks(page: Page) -> dict[str, list[_Block]]:
    """The blocks of a page by what those made by one template have in common."""
    dates = list(_date_elements(page))
    holders: dict[Element, int] = defaultdict(int)  # how many dates an element holds
    for element, _ in dates:
        for above in element.iterancestors():
            holders[above] += 1
    blocks: dict[str, list[_Block]] = defaultdict(list)
    for element, date in dates:
        block = element
        for above in element.iterancestors():
            if holders[above] > 1 or above.tag in ("body", "html"):
                break
            block = above
        blocks[_shape(block)].append((block, element, date))
    return blocks


def _date_elements(page: Page) -> Iterator[tuple[Element, str]]:
    """Every element that is a date and nothing else, in the order of the page, with what it states."""
    inside: set[Element] = set()
    for element in page.root.iter():
        if not isinstance(element.tag, str) or element.tag in _NOT_DATES:
            continue
        if element.getparent() in inside:
            inside.add(element)
        elif date := _date_of(element, page):
            yield element, date
            inside.add(element)


def _date_of(element: Element, page: Page) -> str:
    """The date that an element is, "" where it is none."""
    stated = str(element.get("datetime") or "") if element.tag == "time" else ""
    if stated and is_date(stated, page.context.dates):
        return stated
    text = text_of(element, LONGEST_DATE + 1)
    return text if text and len(text) <= LONGEST_DATE and is_date(text, page.context.dates) else ""


def _item(page: Page, block: Element, date: Element, stated: str) -> RawItem | None:
    return _item_behind(page, block, stated) if block is date else _item_inside(page, block, date, stated)


def _item_inside(page: Page, block: Element, date: Element, stated: str) -> RawItem | None:
    """The item of a date that stands in a block of its own; its title is a heading, else the longest link."""

    def title_of(element: Element) -> str:
        text = text_of(copy_without(element, {date}))
        return "" if is_date(text, page.context.dates) else text

    title = next((heading for heading in block.iter(*HEADINGS) if heading is not date and title_of(heading)), None)
    if title is None:
        title = max(block.iter("a"), key=lambda link: len(title_of(link)), default=None)
    if title is None or not title_of(title):
        return None
    return page.item_of_block(block, stated, title, {date})


def _item_behind(page: Page, block: Element, stated: str) -> RawItem | None:
    """The item of a date that stands beside its title: what follows, up to the next such date."""
    following = list(_up_to_next_date(page, block))
    wrapped = etree.Element("div")
    wrapped.extend([copy_without(element, set()) for element in following])
    paragraphs = markup.element_paragraphs(wrapped)
    if not paragraphs:
        return None
    links = (link for element in following for link in (element, *element.iter("a")) if link.get("href"))
    found = Found(
        line=block.sourceline or 0,
        date=stated,
        title=paragraphs[0],
        link=next((str(link.get("href")) for link in links), ""),
        paragraphs=paragraphs[1:],
    )
    return page.raw_item(found)


def _up_to_next_date(page: Page, block: Element) -> Iterator[Element]:
    for element in block.itersiblings():
        if not isinstance(element.tag, str):
            return
        if _shape(element) == _shape(block) and is_date(text_of(element, LONGEST_DATE - 1), page.context.dates):
            return
        yield element


def _weight(items: list[RawItem]) -> int:
    """How much of a listing items are: those with titles of their own count, above all those that lead somewhere."""
    titles = {item.content.title for item in items}
    links = {item.link for item in items if item.link}
    texts = sum(bool(item.content.text) for item in items)
    return len(titles) * 2 + len(links) * 3 + min(len(titles), texts)


def _shape(element: Element) -> str:
    """What elements that are made by one template have in common: their parent's name, their name and classes."""
    names = [re.sub(r"\d+", "#", name) for name in str(element.get("class") or "").split()]
    parent = element.getparent()
    return f"{'' if parent is None else str(parent.tag)}>{element.tag!s}.{'.'.join(sorted(names)[:3])}"
