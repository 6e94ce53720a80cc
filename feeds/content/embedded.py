"""Pictures that load late and players, in a tree of HTML: images get their address, players become links.

Feed readers run no scripts and show no frames, so what a page loads by them would be missing. What may be published is
decided in markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

# Attributes in which loaders keep the address, by how common they are; then lists of addresses by size.
_LATE = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-orig-file")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)[wx]")
_MOST_SOURCES = 20  # of a picture that are looked at
PLAYER = "data-embedded"  # the attribute of a link that stands for a player
_PLAYERS = ("iframe", "video", "audio", "embed")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MARK = re.compile(
    r"<(?:iframe|video|audio|embed)\b|\b(?:data-|src)[a-z-]{0,20}(?:src|set|original|lazy|file)", re.IGNORECASE
)


def resolve_text(html: str) -> str:
    """Return HTML with its late images and players resolved."""
    if not _MARK.search(html):
        return html
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(no_network=True, huge_tree=False)
    try:
        root = lxml_html.fragment_fromstring(html, create_parent="div", parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return html
    resolve(root)
    return etree.tostring(root, encoding="unicode", method="html").removeprefix("<div>").removesuffix("</div>")


def resolve(root: etree._Element) -> None:
    """Resolve late images and players in a tree, which is changed."""
    # Looked up once: a look through the picture for each image would take time quadratic in their number.
    sources = {picture: list(islice(picture.iter("source"), _MOST_SOURCES)) for picture in root.iter("picture")}
    for image in list(root.iter("img")):
        picture = next(image.iterancestors("picture"), None) if sources else None
        if address := _late_address(image, sources[picture] if picture is not None else []):
            image.set("src", address)
    for player in list(root.iter(*_PLAYERS)):
        _replace(player, _address(player))


def _late_address(image: etree._Element, sources: list[etree._Element]) -> str:
    """Return the address that an image would get when it is shown, "" if it has it already or has none."""
    for name in _LATE:
        if (address := image.get(name, "").strip()) and not address.startswith("data:"):
            return address
    if (address := image.get("src", "").strip()) and not address.startswith("data:"):
        return ""
    sets = (_largest(element.get(name, "")) for element in (image, *sources) for name in _SETS)
    return next(filter(None, sets), "")


def _largest(candidates: str) -> str:
    """Return the address of the largest image of a srcset (HTML 4.8.4.2.1), "" if it has none.

    >>> _largest("a.jpg 480w, b.jpg 800w")
    'b.jpg'
    """
    largest, found = 0.0, ""
    for candidate in " ".join(candidates.split()).split(", "):
        address, _, described = candidate.strip(" ,").partition(" ")
        size = _SIZE.fullmatch(described)
        if address and not address.startswith("data:") and (not found or float(size[1] if size else 1) > largest):
            largest, found = float(size[1] if size else 1), address
    return found


def _address(player: etree._Element) -> str:
    """Return the address of what a player shows, "" if it has none or is hidden, as those are that count readers."""
    is_tiny = any(player.get(side, "").strip() in ("0", "1", "0px", "1px") for side in ("width", "height"))
    if is_tiny or player.get("hidden") is not None or _HIDDEN.search(player.get("style", "")):
        return ""
    return next((address for address in _addresses(player) if address), "")


def _addresses(player: etree._Element) -> Iterator[str]:
    for element in (player, *player.iter("source")):
        for name in (*_LATE, "src"):
            address = element.get(name, "").strip()
            if not address.startswith(("data:", "blob:", "about:", "javascript:")):
                yield address


def _replace(player: etree._Element, address: str) -> None:
    """Put a link in the place of a player; nothing if it has no address."""
    parent = player.getparent()
    if parent is None:
        return
    link = etree.Element("a", {"href": address, PLAYER: "player"})
    link.text = player.get("title", "").strip() or player.get("aria-label", "").strip() or address
    link.tail = player.tail
    if address:
        parent.replace(player, link)
    else:
        player.tail = None
        _keep_tail(parent, player, link.tail)
        parent.remove(player)


def _keep_tail(parent: etree._Element, removed: etree._Element, tail: str | None) -> None:
    previous = removed.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "") + (tail or "")
    else:
        parent.text = (parent.text or "") + (tail or "")
