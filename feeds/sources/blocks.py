"""Items that a page shows by its shape alone: blocks at one kind of place in the tree, each with a date and a title.

Blocks are alike by the names of the elements around them, whatever their classes are, for classes differ from post to
post. Of all kinds of places that hold dates the one is taken whose blocks make the best listing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from lxml import etree

from feeds.model import RawItem
from feeds.sources.page import LEAST_ITEMS, Element, Page, StatedDate, text_of
from feeds.sources.page_dates import PageDate, find_dates
from feeds.sources.titles import Title, Titles

_ASIDE = frozenset(("aside", "nav", "footer", "header", "form"))
_PLACES = 60  # kinds of places that are tried, those with most blocks first
_FAR_UP = 40  # elements above a date that are looked at
_SEVERAL_DATES = 200  # characters of what holds the dates of a block, if they are to be read together


class _Place(NamedTuple):
    """Elements at one kind of place, with the dates in each; depth: of them in the tree."""

    blocks: dict[Element, list[PageDate]]
    depth: int


class Block(NamedTuple):
    """A block that may be an item.

    Attributes:
        element: the block; a copy where what is an item stands in no element of its own.
        date_element: what holds its date, None where that stands before the block.
        without: elements that are no text of it.
        line: of the page, where the element is a copy.
    """

    element: Element
    date: StatedDate
    title: Title
    link: str
    without: set[Element]
    date_element: Element | None = None
    line: int = 0


def repeated_items(page: Page) -> list[RawItem]:
    """Return the items of the blocks that make the best listing; [] where none do."""
    return [
        page.item_of_block(
            block.element,
            block.date,
            block.title.element,
            block.without,
            text=block.title.text,
            link=block.link,
            line=block.line,
        )
        for block in repeated_blocks(page)
    ]


def repeated_blocks(page: Page) -> list[Block]:
    """Return the blocks that make the best listing; [] where none do."""
    best: list[Block] = []
    highest = (0.0, 0)
    for place in _places(page, find_dates(page.root, page.context.dates)):
        with_dates = _blocks_with_dates(page, place)
        is_full = len(with_dates) * 2 > len(place.blocks)  # then what stands behind them is no part of them
        for blocks in (with_dates, [] if is_full else _blocks_behind_dates(page, place)):
            score = (_weight(blocks) * _zone(place) * _wholeness(place), -place.depth)
            if len(blocks) >= LEAST_ITEMS and score > highest:
                best, highest = blocks, score
    return best


def _places(page: Page, dates: list[PageDate]) -> list[_Place]:
    """The kinds of places that hold dates: the names of all elements above, from the root on."""
    known: dict[Element, int] = {}
    numbers: dict[tuple[int, str], int] = {}
    depths: dict[int, int] = {}
    found: dict[int, dict[Element, list[PageDate]]] = defaultdict(lambda: defaultdict(list))
    for date in dates:
        above = [date.element, *date.element.iterancestors()]
        for element in reversed(above):
            if element not in known:
                parent = element.getparent()
                over = known[parent] if parent is not None else -1
                number = numbers.setdefault((over, str(element.tag)), len(numbers))
                known[element], depths[number] = number, depths.get(over, 0) + 1
        for element in above[:_FAR_UP]:
            if element.tag not in ("body", "html"):
                found[known[element]][element].append(date)
    places = [_Place(dict(blocks), depths[number]) for number, blocks in found.items() if len(blocks) >= LEAST_ITEMS]
    return sorted(places, key=lambda place: (-len(place.blocks), place.depth))[:_PLACES]


def _zone(place: _Place) -> float:
    """How much what stands at a place counts: less beside the main part of a page."""
    first = next(iter(place.blocks))
    return 0.3 if any(above.tag in _ASIDE for above in first.iterancestors()) else 1.0


def _wholeness(place: _Place) -> float:
    """How much the dates at a place count: less among other words, and where a block holds many."""
    dates = sum(len(found) for found in place.blocks.values())
    is_whole = any(date.is_whole for found in place.blocks.values() for date in found)
    return (1.0 if is_whole else 0.8) * (1.0 if dates <= 3 * len(place.blocks) else 0.5)


def _weight(blocks: list[Block]) -> int:
    """How much of a listing blocks are: those with a title made for it count most, and those that lead somewhere."""
    marked = sum(block.title.is_marked for block in blocks)
    titles = {block.title.text for block in blocks if not block.title.is_marked and block.title.kind}
    links = {block.link for block in blocks if block.link}
    return (marked + len(titles)) * 2 + len(links) * 3


# --- a block with its date in it --------------------------------------------------------------------------------------


def _blocks_with_dates(page: Page, place: _Place) -> list[Block]:
    dates = {block: _own_dates(found) for block, found in place.blocks.items()}
    without = {block: {date.element for date in found if date.is_whole} for block, found in dates.items()}
    titles = Titles(page, without)
    found = {block: title for block in dates if (title := titles.find(block)) is not None}
    marked = sum(title.is_marked for title in found.values())
    # Where nearly all have a title that is marked as one, the others are not made alike.
    is_marked = marked * 3 >= 2 * len(found)
    return [
        Block(
            element=block,
            date=_stated(dates[block]),
            title=title,
            link=titles.link(block, title.element),
            without=without[block],
            date_element=dates[block][0].element,
        )
        for block, title in found.items()
        if title.is_marked or not is_marked
    ]


def _own_dates(found: list[PageDate]) -> list[PageDate]:
    """The dates of a block that count: those in elements of their own, where there are such."""
    whole = [date for date in found if date.is_whole]
    return whole or found


def _stated(found: list[PageDate]) -> StatedDate:
    """What a block states as its date: one, or several with the words between them, which tell them apart."""
    if len(found) == 1 or len({date.text for date in found}) == 1:
        return found[0].stated
    above = set(found[0].element.iterancestors())
    together = next((one for one in found[1].element.iterancestors() if one in above), None)
    text = text_of(together, _SEVERAL_DATES + 1) if together is not None else ""
    return StatedDate(text) if 0 < len(text) <= _SEVERAL_DATES else found[0].stated


# --- a date that stands before its items ------------------------------------------------------------------------------


def _blocks_behind_dates(page: Page, place: _Place) -> list[Block]:
    """The blocks that follow elements which are dates, up to the next such element."""
    if not all(len(found) == 1 and found[0].is_whole for found in place.blocks.values()):
        return []
    heads = {
        block: found[0].stated for block, found in place.blocks.items() if text_of(block) == text_of(found[0].element)
    }
    if len(heads) < LEAST_ITEMS:
        return []
    parts = [(text, part) for head, text in heads.items() for part in _parts(list(_following(head, heads)))]
    wrapped = [(text, _wrap(part)) for text, part in parts]
    titles = Titles(page, {block: set() for _, block in wrapped})
    found = []
    for (text, block), (_, part) in zip(wrapped, parts, strict=True):
        title = titles.find(block) or titles.first_words(block)
        if title is not None:
            link = titles.link(block, title.element)
            line = part[0].sourceline or 0
            found.append(Block(element=block, date=text, title=title, link=link, without=set(), line=line))
    return found


def _following(head: Element, heads: Collection[Element]) -> Iterator[Element]:
    for element in head.itersiblings():
        if element in heads:
            return
        if isinstance(element.tag, str):
            yield element


def _parts(following: list[Element]) -> list[list[Element]]:
    """What follows a date, one part for each item: several alike with a link each, or the rows of one list."""
    if len(following) == 1:
        rows = [row for row in following[0] if isinstance(row.tag, str)]
        if following[0].tag in ("ul", "ol", "table", "tbody", "div", "dl") and _are_items(rows):
            return [[row] for row in rows]
    if len(following) > 1 and _are_items(following):
        return [[element] for element in following]
    return [following] if following else []


def _are_items(elements: list[Element]) -> bool:
    """True for elements of one name that lead to a place of its own each."""
    addresses = [
        next((str(link.get("href")) for link in element.iter("a") if link.get("href")), "") for element in elements
    ]
    is_one_name = len({element.tag for element in elements}) == 1
    return is_one_name and len(elements) > 1 and all(addresses) and len(set(addresses)) == len(addresses)


def _wrap(elements: list[Element]) -> Element:
    """Copies of elements in one; the page stays as it is."""
    wrapped = etree.Element("div")
    for element in elements:
        wrapped.append(etree.fromstring(etree.tostring(element, with_tail=False), etree.XMLParser(recover=True)))
    return wrapped
