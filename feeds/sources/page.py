"""A parsed page, and what all ways to find items in it need: texts, links and dates of elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from feeds.content import embedded, markup
from feeds.dates import DateRules
from feeds.model import Author, Content, Enclosure, RawItem
from feeds.sources.context import Context, title_from_text

Element = etree._Element
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
LEAST_ITEMS = 2  # that make a listing: one date on a page is that of the page
LONGEST_DATE = 100  # characters of an element that may be a date
_LONGEST_TEXT = 2000  # characters of a title, before it is cut


class Found(NamedTuple):
    """An item as it was found on a page; addresses may be relative."""

    line: int
    date: str
    title: str
    link: str = ""
    html: str = ""
    paragraphs: tuple[str, ...] = ()
    image: str = ""
    image_text: str = ""
    image_credit: str = ""
    guid: str = ""
    language: str = ""
    categories: tuple[str, ...] = ()
    modified: str = ""
    point: str = ""
    summary: str = ""
    authors: tuple[Author, ...] = ()
    alternates: tuple[str, ...] = ()


class Page(NamedTuple):
    """A page; base_url is what its relative addresses are relative to."""

    root: Element
    context: Context
    base_url: str

    def raw_item(self, found: Found) -> RawItem:
        """Return an item with absolute addresses, and with a title of its text where it has none."""
        paragraphs = tuple(paragraph for paragraph in found.paragraphs if paragraph != found.title)
        content = Content(
            title=found.title or title_from_text(paragraphs or markup.html_paragraphs(found.html)),
            text="\n\n".join(paragraphs),
            html=found.html,
            enclosures=(self._picture(found),) if found.image else (),
            language=found.language,
            categories=found.categories,
            modified=found.modified,
            point=found.point,
            stated_summary=found.summary,
            authors=found.authors,
            alternates=tuple(filter(None, map(self._absolute, found.alternates))),
        )
        return RawItem(
            origin=self.context.origin_at(found.line),
            date=found.date,
            content=content,
            link=self._absolute(found.link),
            guid=found.guid,
        )

    def _picture(self, found: Found) -> Enclosure:
        return Enclosure(
            self._absolute(found.image),
            "",
            0,
            is_picture=True,
            description=found.image_text,
            credit=found.image_credit,
        )

    def _absolute(self, address: str) -> str:
        return markup.absolute_link(address, self.base_url) or "" if address else ""

    def item_of_block(
        self, block: Element, date: str, title: Element, without: set[Element], authors: tuple[Author, ...] = ()
    ) -> RawItem:
        """Return the item of a block of the page.

        Args:
            without: elements of the block that are not its text.
        """
        link = find_link(block, title)
        images = (image for image in block.iter("img") if str(image.get("src") or "data:")[:5] != "data:")
        image = next(images, None)
        content = copy_without(block, without | {title})
        has_player = content.find(f".//a[@{embedded.PLAYER}]") is not None  # whose link is lost in plain text
        found = Found(
            line=block.sourceline or 0,
            date=date,
            title=text_of(copy_without(title, without)),
            link=str(link.get("href") or "") if link is not None else "",
            paragraphs=markup.element_paragraphs(content),
            html=etree.tostring(content, encoding="unicode", method="html") if has_player else "",
            image=str(image.get("src")) if image is not None else "",
            image_text=str(image.get("alt") or "") if image is not None else "",
            authors=authors,
            alternates=tuple(stated_alternates(block)),
        )
        return self.raw_item(found)


def text_of(element: Element | None, most: int = _LONGEST_TEXT) -> str:
    """Return the text of an element in one line, "" for none.

    Args:
        most: characters that are wanted; of a longer text the rest may be missing.
    """
    if element is None:
        return ""
    parts, length = [], 0
    for part in element.itertext():
        parts.append(part)
        length += len(part)
        if length > most * 4:  # white space counts here, and goes below
            break
    return " ".join("".join(parts).split())


def author_of(element: Element) -> Author:
    """Return the author that an element names; its address is that of a link in it."""
    link = element if element.tag == "a" else element.find(".//a[@href]")
    address = str(link.get("href") or "") if link is not None else ""
    return Author(str(element.get("content") or "") or text_of(element), "" if "mailto:" in address else address)


def stated_date(element: Element) -> str:
    """Return what an element that is a date states: for programs, where it does, else for people."""
    return str(element.get("datetime") or element.get("content") or "").strip() or text_of(element)


def is_date(text: str, dates: DateRules) -> bool:
    """Return True if a text is a date line, even an impossible one."""
    if not any(character.isdigit() for character in text) and dates.as_of is None:
        return False
    try:
        return dates.read(text) is not None
    except ValueError:
        return bool(re.search(r"\d", text))


def first_date(block: Element, dates: DateRules) -> str:
    """Return the first date that an element of a block states, "" where none does."""
    for element in block.iter():
        if isinstance(element.tag, str):
            for text in (str(element.get("datetime") or ""), text_of(element, LONGEST_DATE + 1)):
                if text and len(text) <= LONGEST_DATE and is_date(text, dates):
                    return text
    return ""


def find_heading(block: Element) -> Element | None:
    """Return the first heading of a block that has a text."""
    return next((element for element in block.iter(*HEADINGS) if text_of(element)), None)


def find_link(block: Element, title: Element | None) -> Element | None:
    """Return the link of an item: in its title, around it, or the first one of its block."""
    if title is not None:
        for link in (*title.iter("a"), *title.iterancestors("a")):
            if link.get("href"):
                return link
    links = (link for link in block.iter("a") if link.get("href"))
    return next((link for link in links if not str(link.get("href")).startswith("#")), None)


def stated_alternates(block: Element) -> Iterator[str]:
    """Yield the addresses that an item states for other languages."""
    for link in block.iter("a", "link"):
        if link.get("href") and str(link.get("hreflang") or "x-default") != "x-default":
            yield str(link.get("href"))


def copy_without(block: Element, without: set[Element]) -> Element:
    """Return a copy of a block without some of its elements; what stands behind these stays."""
    skipped = {number for number, element in enumerate(block.iter()) if element in without}
    copied = etree.fromstring(etree.tostring(block, with_tail=False), etree.XMLParser(recover=True, huge_tree=False))
    if copied is None:
        return etree.Element("div")
    for number, element in list(enumerate(copied.iter())):
        parent = element.getparent()
        if number in skipped and parent is not None:
            _remove(element, parent)
    return copied


def _remove(element: Element, parent: Element) -> None:
    """Remove an element, and leave the text behind it where it was."""
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = f"{before.tail or ''} {element.tail}"
    elif element.tail:
        parent.text = f"{parent.text or ''} {element.tail}"
    parent.remove(element)
