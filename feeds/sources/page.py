"""A parsed page, and what all ways to find items in it need: texts, links and dates of elements."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from lxml import etree

from feeds.content import embedded, markup
from feeds.model import Author, Content, Enclosure, RawItem
from feeds.sources.context import Context, title_from_text

Element = etree._Element
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
LEAST_ITEMS = 2  # that make a listing: one date on a page is that of the page
LONGEST_DATE = 100  # characters of an element that may be a date
_SILENT = ("script", "style", "noscript", "template")  # elements whose text nobody sees
# Elements that do not part words (HTML 4.5, text-level semantics).
_INLINE = frozenset(
    """a abbr b bdi bdo cite code data del dfn em font i ins kbd mark q s samp small span strong sub sup time u var
    wbr""".split()
)
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
    date_for_programs: str = ""


class StatedDate(NamedTuple):
    """A date as an element states it: to people, and to programs; "" for programs where it does so in one way only."""

    text: str
    for_programs: str = ""


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
            date_for_programs=found.date_for_programs,
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
        self,
        block: Element,
        date: StatedDate,
        title: Element,
        without: set[Element],
        authors: tuple[Author, ...] = (),
        text: str = "",
        link: str | None = None,
        line: int = 0,
    ) -> RawItem:
        """Return the item of a block of the page.

        Args:
            without: elements of the block that are not its text.
            text: the title, where it is not that of its element.
            link: the address, where it is not to be looked for.
            line: of the block, where that is a copy.
        """
        if link is None:
            found_link = find_link(block, title)
            link = str(found_link.get("href") or "") if found_link is not None else ""
        images = (image for image in block.iter("img") if str(image.get("src") or "data:")[:5] != "data:")
        image = next(images, None)
        content = copy_without(block, without | {title}) if title is not block else etree.Element("div")
        has_player = content.find(f".//a[@{embedded.PLAYER}]") is not None  # whose link is lost in plain text
        found = Found(
            line=line or block.sourceline or 0,
            date=date.text,
            date_for_programs=date.for_programs,
            title=text or text_of(title, without=without),
            link=link,
            paragraphs=markup.element_paragraphs(content),
            html=etree.tostring(content, encoding="unicode", method="html") if has_player else "",
            image=str(image.get("src")) if image is not None else "",
            image_text=str(image.get("alt") or "") if image is not None else "",
            authors=authors,
            alternates=tuple(stated_alternates(block)),
        )
        return self.raw_item(found)


def text_of(element: Element | None, most: int = _LONGEST_TEXT, without: Collection[Element] = ()) -> str:
    """Return the text of an element in one line, "" for none.

    Words of elements that stand side by side are not joined, nor what a line break parts; of an element within a word,
    as for its first letter, they are.

    Args:
        most: characters that are wanted; of a longer text the rest may be missing.
        without: elements in it whose text does not count.
    """
    if element is None:
        return ""
    if not len(element):
        return (
            "" if element in without or element.tag in _SILENT else " ".join((element.text or "")[: most * 4].split())
        )
    return " ".join("".join(_parts(element, most * 4, without)).split())


def _parts(element: Element, most: int, without: Collection[Element]) -> Iterator[str]:
    """Yield the text of an element piece by piece, until it has so many characters, white space among them."""
    length, has_ended = 0, False
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, part in walk:
        is_element = isinstance(part.tag, str)
        if event == "start":
            if not is_element or part in without or part.tag in _SILENT:
                walk.skip_subtree()
                text = ""
            else:
                text = (" " if has_ended or part.tag not in _INLINE else "") + (part.text or "")
                has_ended = False
        else:
            tail = (part.tail or "") if part is not element else ""
            text = (" " if part.tag not in _INLINE else "") + tail
            has_ended = is_element and not tail
        yield text
        length += len(text)
        if length > most:
            return


def author_of(element: Element) -> Author:
    """Return the author that an element names; its address is that of a link in it."""
    link = element if element.tag == "a" else element.find(".//a[@href]")
    address = str(link.get("href") or "") if link is not None else ""
    return Author(str(element.get("content") or "") or text_of(element), "" if "mailto:" in address else address)


def stated_date(element: Element) -> StatedDate:
    """Return what an element that is a date states, to people and to programs."""
    times = element.findall(".//time[@datetime]")
    inside = times[0].get("datetime", "") if len(times) == 1 else ""
    text = text_of(element)
    for_programs = str(element.get("datetime") or element.get("content") or inside).strip()
    return StatedDate(text, for_programs) if text and for_programs else StatedDate(text or for_programs)


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
