"""A page with the selectors for its items, as it was read by itself or as a person points at parts of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from feeds.config import Source
from feeds.dates import DateRules
from feeds.fetch import Resource
from feeds.model import Origin, SourceError
from feeds.sources import html
from feeds.sources.blocks import repeated_blocks
from feeds.sources.context import Context
from feeds.sources.page import Element, Page, text_of
from feeds.sources.page_dates import find_dates
from feeds.sources.selectors import Targets, blocks_around, propose

_LEAST_TEXT = 40  # characters of what may be the text of an item


class Picked(NamedTuple):
    """What is an item on a page.

    Attributes:
        select: part -> CSS selector; {} where there are none that mean these.
        dates: on the page, whatever they belong to.
    """

    select: dict[str, str]
    dates: int


def open_page(resource: Resource, source: Source, dates: DateRules) -> Page:
    """Return the page of a source.

    Raises:
        SourceError: it cannot be read.
    """
    context = Context(
        origin=Origin(source.name, resource.shown, 0),
        source=source,
        dates=dates,
        longest=0,
        encoding=source.encoding or resource.charset,
        unused={},
    )
    with resource.open() as stream:
        return html.parse_page(stream, context)[0]


def pick_by_itself(page: Page) -> Picked:
    """Return the selectors of the list that is found by the shape of a page."""
    count = len(find_dates(page.root, page.context.dates))
    if not html.is_found_by_shape(page):
        return Picked({}, count)
    blocks = [block for block in repeated_blocks(page) if block.element.getroottree() is not None and not block.line]
    if not blocks:
        return Picked({}, count)
    elements = [block.element for block in blocks]
    titles = {block.element: block.title.element for block in blocks if block.title.element is not block.element}
    dates = {block.element: block.date_element for block in blocks if block.date_element is not None}
    targets: dict[str, Mapping[Element, Element]] = {"title": titles, "date": dates}
    targets["link"] = _links({block.element: block.link for block in blocks})
    targets["text"] = _texts(elements, (titles, dates))
    targets["image"] = {element: image for element in elements if (image := _image(element)) is not None}
    return Picked(propose(page.root, elements, targets), count)


def pick_around(page: Page, chosen: Mapping[str, Element]) -> Picked:
    """Return the selectors of the list in which a person pointed at a title, a date, a text.

    Raises:
        SourceError: what was pointed at is in no block that is repeated.
    """
    dates = find_dates(page.root, page.context.dates)
    blocks = blocks_around(page.root, chosen, page.context.dates)
    if not blocks:
        raise SourceError("selector", "what was chosen is not in one item of a list; choose parts of the same item")
    block = next(block for block in blocks if _is_in(next(iter(chosen.values())), block))
    targets: Targets = {part: {block: element} for part, element in chosen.items() if element is not block}
    return Picked(propose(page.root, blocks, targets), len(dates))


def _is_in(element: Element, block: Element) -> bool:
    return element is block or any(above is block for above in element.iterancestors())


def _links(addresses: Mapping[Element, str]) -> dict[Element, Element]:
    """The elements that are the links of blocks."""
    found = {}
    for block, address in addresses.items():
        link = next((link for link in block.iter("a") if link.get("href") == address), None)
        if link is not None and link is not block:
            found[block] = link
    return found


def _texts(blocks: list[Element], others: tuple[Mapping[Element, Element], ...]) -> dict[Element, Element]:
    """The element of each block with the longest text that holds neither its title nor its date."""
    found = {}
    for block in blocks:
        taken = {part for known in others for part in (known.get(block),) if part is not None}
        taken |= {above for part in set(taken) for above in part.iterancestors()}
        inside = {below for part in taken if part in {*(known.get(block) for known in others)} for below in part.iter()}
        texts = [
            (len(text_of(element, 4000)), -number, element)
            for number, element in enumerate(block.iter())
            if isinstance(element.tag, str) and element not in taken and element not in inside and element is not block
        ]
        longest = max(texts, key=lambda one: one[:2], default=None)
        if longest and longest[0] >= _LEAST_TEXT:
            found[block] = longest[2]
    return found


def _image(block: Element) -> Element | None:
    return next((image for image in block.iter("img") if str(image.get("src") or "data:")[:5] != "data:"), None)


def elements_of(page: Page, select: Mapping[str, str]) -> tuple[list[Element], dict[str, list[Element]]]:
    """Return the blocks that selectors mean on a page, and the elements that are their parts; without selectors, those
    that were found by the shape of the page.
    """
    if not select:
        blocks = [block for block in repeated_blocks(page) if not block.line] if html.is_found_by_shape(page) else []
        dates = [block.date_element for block in blocks if block.date_element is not None]
        found = {"title": [block.title.element for block in blocks], "date": dates}
        return [block.element for block in blocks], found
    chosen = html.selector("item", select["item"])(page.root)
    parts = {
        part: [inside[0] for block in chosen if (inside := html.selector(part, css)(block))]
        for part, css in select.items()
        if part != "item"
    }
    return chosen, parts
