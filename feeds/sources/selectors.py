"""CSS selectors for the items of a page: those of a list that was found by itself, or of what a person pointed at.

The simplest selector is taken that means the same elements: a person is to read it, and to mend one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from lxml.cssselect import CSSSelector

from feeds.dates import DateRules
from feeds.sources.page import HEADINGS, Element, find_heading, find_link
from feeds.sources.page_dates import find_dates

_NAME = re.compile(r"[A-Za-z_][\w-]*")
# Classes that say where in its list an element stands, or which one it is, and not what it is.
_OF_PLACE = re.compile(r"odd|even|first|last|active|current|.*\d{2,}.*|.*-(?:\d+|first|last|odd|even)", re.IGNORECASE)
_PLAIN = (*HEADINGS, "time", "article", "img", "figure", "address")  # names of elements that say what they are
_ABOVE = 8  # elements above one that its selector may name
_MOST = 400  # selectors that are tried for one part
_MANY = 12  # blocks on which a selector is tried first

Targets = Mapping[str, Mapping[Element, Element]]  # part -> block -> the element in it


def propose(root: Element, blocks: Sequence[Element], targets: Targets) -> dict[str, str]:
    """Return selectors for blocks and for parts in them, as `select` of a source takes them; {} where there are none.

    Args:
        blocks: elements of the page.
        targets: what each part is in the blocks where that is known.
    """
    item = _for_blocks(root, blocks)
    if not item:
        return {}
    found = {"item": item}
    for part, known in targets.items():
        css = _for_part(blocks, known)
        if css and not (part == "link" and _is_default_link(blocks, known)):
            found[part] = css
    return found


def blocks_around(root: Element, chosen: Mapping[str, Element], dates: DateRules) -> list[Element]:
    """Return the blocks of which one holds the elements that a person pointed at; [] where nothing like it is repeated.

    The block is the smallest element around them that is repeated, and holds a date.
    """
    above = [[one, *one.iterancestors()] for one in chosen.values()]
    dated = {element for date in find_dates(root, dates) for element in (date.element, *date.element.iterancestors())}
    for element in above[0]:
        if element.tag in ("body", "html") or not all(element in others for others in above):
            continue
        alike = _alike(root, element)
        with_date = [other for other in alike if other in dated]
        if (element in dated and len(with_date) > 1 and "date" not in chosen) or (len(alike) > 1 and "date" in chosen):
            return alike if "date" in chosen else with_date
    return []


def _alike(root: Element, element: Element) -> list[Element]:
    """The elements at the same kind of place in the tree: of one name, as are all elements above."""
    path = _path(element)
    return [other for other in root.iter(str(element.tag)) if _path(other) == path]


def _path(element: Element) -> list[str]:
    return [str(one.tag) for one in element.iterancestors()]


def _matches(css: str, element: Element) -> list[Element]:
    try:
        return list(CSSSelector(css, translator="html")(element))
    except Exception:  # cssselect raises several kinds, of two libraries: then it is no selector
        return []


# --- blocks -----------------------------------------------------------------------------------------------------------


def _for_blocks(root: Element, blocks: Sequence[Element]) -> str:
    """The simplest selector that means these blocks and nothing else; "" where none is found."""
    wanted = set(blocks)
    shared = set.intersection(*({str(block.tag), *_classes(block)} for block in blocks)) if blocks else set()
    own = [form for form in _forms(blocks[0]) if _named_by(form) <= shared] if blocks else []
    for number, css in enumerate(_with_above(own, blocks)):
        if number > _MOST:
            return ""
        if set(_matches(css, root)) == wanted:
            return css
    return ""


def _named_by(form: str) -> set[str]:
    """The name and classes of elements that a simple selector names."""
    tag, *classes = form.split(".")
    return {name for name in (tag, *classes) if name}


def _with_above(own: list[str], blocks: Sequence[Element]) -> Iterator[str]:
    """Yield selectors of the blocks, the simplest first: alone, below one element, and as a path down from one."""
    yield from own
    shared = [
        above for above in blocks[0].iterancestors() if all(above in other.iterancestors() for other in blocks[1:])
    ]
    for above in shared[:_ABOVE]:
        for form in (*_ids(above), *_forms(above)):
            if form not in ("html", "body"):
                yield from (f"{form} {last}" for last in own)
                yield from (f"{form} > {last}" for last in own)
    names = [str(one.tag) for one in blocks[0].iterancestors()]
    for depth, above in enumerate(blocks[0].iterancestors()):
        steps = " > ".join([*reversed(names[:depth]), own[0] if own else str(blocks[0].tag)])
        for form in (*_ids(above), *_forms(above)):
            yield f"{form} > {steps}"


def _ids(element: Element) -> Iterator[str]:
    identifier = str(element.get("id") or "")
    if _NAME.fullmatch(identifier) and not re.search(r"\d{3}", identifier):
        yield f"#{identifier}"


def _classes(element: Element) -> list[str]:
    return [
        name
        for name in str(element.get("class") or "").split()
        if _NAME.fullmatch(name) and not _OF_PLACE.fullmatch(name)
    ]


def _forms(element: Element) -> Iterator[str]:
    """Yield what an element may be called by itself, the most telling first."""
    tag, classes = str(element.tag), _classes(element)
    if element.get("itemprop") and _NAME.fullmatch(str(element.get("itemprop"))):
        yield f'[itemprop="{element.get("itemprop")}"]'
    if tag in _PLAIN:
        yield tag
    yield from (f".{name}" for name in classes)
    yield from (f"{tag}.{name}" for name in classes)
    yield from (f".{one}.{other}" for one, other in pairwise(classes))
    if tag not in _PLAIN:
        yield tag


# --- parts of a block -------------------------------------------------------------------------------------------------


def _for_part(blocks: Sequence[Element], known: Mapping[Element, Element]) -> str:
    """The simplest selector whose first match in each block is the element that is known to be the part; of those that
    are right wherever it is known, one that finds something in most blocks.
    """
    best, most = "", 0
    some = list(known.items())[:_MANY]
    tried: set[str] = set()
    for block, element in some[:3]:
        for css in _within(block, element):
            if css in tried or len(tried) > _MOST:
                continue
            tried.add(css)
            if not all(_matches(css, one)[:1] == [part] for one, part in some):
                continue
            right = sum(_matches(css, one)[:1] == [part] for one, part in known.items())
            found = sum(bool(_matches(css, one)) for one in blocks if one not in known)
            if right == len(known) and right + found > most:
                best, most = css, right + found
                if most == len(blocks):
                    return best
    return best


def _within(block: Element, element: Element) -> Iterator[str]:
    """Yield selectors of an element in its block, the simplest first."""
    own = list(_forms(element))
    yield from own
    above = [one for one in element.iterancestors() if one in set(block.iter())][:_ABOVE]
    parents = [one for one in above if one is not block]
    for parent in parents:
        for form in _forms(parent):
            yield from (f"{form} > {last}" if parent is element.getparent() else f"{form} {last}" for last in own)
    place = f"{element.tag!s}:nth-of-type({_number(element)})"
    yield place
    if parents:
        yield from (f"{form} > {place}" for form in _forms(parents[0]))
        yield f"{parents[0].tag!s}:nth-of-type({_number(parents[0])}) > {element.tag!s}"


def _number(element: Element) -> int:
    """The number of an element among those of its name beside it, from 1."""
    return 1 + sum(1 for _ in element.itersiblings(str(element.tag), preceding=True))


def _is_default_link(blocks: Sequence[Element], known: Mapping[Element, Element]) -> bool:
    """True where the links are those that are found without a selector."""
    return all(find_link(block, find_heading(block)) is link for block, link in known.items())
