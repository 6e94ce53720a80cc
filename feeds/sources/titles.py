"""The titles of blocks that are made alike: what differs from block to block, never "Read more", a date or a file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from feeds.content import markup
from feeds.dates import DateLineError
from feeds.sources.page import HEADINGS, Element, Page, text_of

_FILE = re.compile(r"\S+\.(?:pdf|docx?|xlsx?|pptx?|zip|jpe?g|png|mp[34])|[\w-]+_[\w-]+_[\w.-]+", re.IGNORECASE)
_CALLED = re.compile(r"(?:^|[\s_-])(?:title|titre|titulo|titel|headline|heading|subject|name)", re.IGNORECASE)
_LONGEST = 300  # characters of a title
_ELEMENTS = 400  # of a block that are looked at
# What titles are in, the likeliest first.
_KINDS = ("heading", "called", "link", "bold", "cell")


class Title(NamedTuple):
    """A title: the element that it is or stands in, its text, and of what kind the element is."""

    element: Element
    text: str
    kind: str = ""

    @property
    def is_marked(self) -> bool:
        """Return True for an element that is made for titles."""
        return self.kind in ("heading", "called")


class Titles:
    """The titles and links of blocks that are made alike.

    Args:
        without: block -> the elements of it that are no title, as its dates.
    """

    def __init__(self, page: Page, without: Mapping[Element, set[Element]]) -> None:
        self._dates = page.context.dates
        self._found = {block: list(_candidates(block, dates)) for block, dates in without.items()}
        self._many = max(2, len(without) // 3 + 1)  # blocks in which a text that stands in so many is no title
        texts = Counter(text for found in self._found.values() for text in {text.casefold() for _, _, text in found})
        self._repeated = {text for text, count in texts.items() if count >= self._many and count > 1}
        # Kinds of elements made for titles, which may be the same in some blocks: "Board meeting".
        self._telling = {kind for kind in ("heading", "called") if self._differs(kind)}
        self._addresses = Counter(address for block in without for address in set(_addresses(block)))

    def _differs(self, kind: str) -> bool:
        """True where the first elements of a kind are not the same in all blocks."""
        firsts = [next((text for name, _, text in found if name == kind), "") for found in self._found.values()]
        return len({text.casefold() for text in firsts if text}) > 1

    def find(self, block: Element) -> Title | None:
        """Return the title of a block, None where nothing in it can be one."""
        found = self._found[block]
        for kind in _KINDS:
            for name, element, text in found:
                if name == kind and self._is_title(text) and (kind in self._telling or self._is_own(text)):
                    return self._within(Title(element, text, kind), found)
        return self._of_repeated(block, found)

    def _is_own(self, text: str) -> bool:
        return text.casefold() not in self._repeated

    def _within(self, title: Title, found: list[tuple[str, Element, str]]) -> Title:
        """A part of a title that is called so, without what stands beside it."""
        for name, element, text in found:
            if name == "called" and title.element in element.iterancestors() and self._is_title(text):
                return Title(element, text, title.kind)
        return title

    def _of_repeated(self, block: Element, found: list[tuple[str, Element, str]]) -> Title | None:
        """Where what looks like a title is the same in many blocks: the whole block if it is short, else that."""
        link = next((one for one in found if one[0] in ("heading", "called", "link") and self._is_title(one[2])), None)
        whole = text_of(block, _LONGEST + 1)
        if link and len(whole) <= _LONGEST and self._is_title(whole) and len(whole) < 4 * len(link[2]) + 60:
            return Title(link[1], whole)
        return Title(link[1], link[2]) if link else None

    def first_words(self, block: Element) -> Title | None:
        """Return the first paragraph of a block as its title."""
        paragraphs = markup.element_paragraphs(block)
        return Title(block, paragraphs[0], "words") if paragraphs else None

    def _is_title(self, text: str) -> bool:
        if len(text) < 3 or len(text) > _LONGEST or _FILE.fullmatch(text) or not any(map(str.isalpha, text)):
            return False
        try:
            reading = self._dates.read(text)
            return reading is None or not reading.is_bare
        except DateLineError as error:
            return not error.is_bare

    def link(self, block: Element, title: Element) -> str:
        """Return the address that a block leads to: its title's, its own, else the first that no other block has."""
        for element in (title, *title.iter("a"), *title.iterancestors("a")):
            if element.tag == "a" and element.get("href"):
                return str(element.get("href"))
        addresses = list(_addresses(block))
        own = (address for address in addresses if self._addresses[address] == 1)
        return next(own, addresses[0] if addresses else "")


def _addresses(block: Element) -> Iterator[str]:
    for number, link in enumerate(block.iter("a")):
        address = str(link.get("href") or "")
        if address and not address.startswith(("#", "javascript:", "mailto:", "tel:")):
            yield address
        if number > _ELEMENTS:
            return


def _candidates(block: Element, without: set[Element]) -> Iterator[tuple[str, Element, str]]:
    """Yield what may be the title of a block: of which kind it is, the element, its text."""
    for number, element in enumerate(block.iter()):
        if number > _ELEMENTS:
            return
        if not isinstance(element.tag, str) or element in without:
            continue
        kind = _kind(element)
        if kind and (text := text_of(element, _LONGEST + 1, without)):
            yield kind, element, text


def _kind(element: Element) -> str:
    if element.tag in HEADINGS:
        return "heading"
    if element.tag not in ("img", "input", "meta", "link", "ul", "ol", "table", "tr", "form") and (
        element.get("itemprop") in ("headline", "name") or _CALLED.search(str(element.get("class") or ""))
    ):
        return "called"
    if element.tag == "a" and element.get("href"):
        return "link"
    if element.tag in ("b", "strong"):
        return "bold"
    return "cell" if element.tag in ("td", "th", "dd", "p", "li", "div", "span") and not len(element) else ""
