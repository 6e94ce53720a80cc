"""RSS 1.0 and 0.90 (RDF): recognised, and checked for what a reader needs."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validation import modules, values
from feeds.validation.findings import Children, apply, children, finding, label, name, text, value

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
RSS10, RSS09 = "{http://purl.org/rss/1.0/}", "{http://my.netscape.com/rdf/simple/0.9/}"

CHILDREN = {
    RSS10: {
        "channel": Children("RSS 1.0 5.3", "title link description items", "image textinput"),
        "image": Children("RSS 1.0 5.4", "title url link"),
        "item": Children("RSS 1.0 5.5", "title link", "description"),
        "textinput": Children("RSS 1.0 5.6", "title description name link"),
    },
    RSS09: {
        "channel": Children("RSS 0.90 channel", "title link description"),
        "image": Children("RSS 0.90 image", "title url link"),
        "item": Children("RSS 0.90 item", "title link", "description"),
        "textinput": Children("RSS 0.90 textinput", "title description name link"),
    },
}
_ADDRESSES = ("link", "url")
_LITERALS = ("title", "link", "description", "url", "name")
_TRACKBACK = "{http://madskills.com/public/xml/rss/module/trackback/}"


def check(root: etree._Element) -> list[Finding]:
    """Return the findings about an RSS feed whose root is rdf:RDF."""
    namespaces = modules.Namespaces()
    return _parts(root) + apply({}, root.iter("*"), namespaces.judge) + namespaces.finish(root)


def _parts(root: etree._Element) -> list[Finding]:
    found: list[Finding] = []
    namespace = next((space for space in CHILDREN if root.find(f"{space}channel") is not None), None)
    if namespace is None:
        message = "<rdf:RDF> has no <channel> of RSS 1.0 or RSS 0.90"
        return [finding(root, "error", "missing-element", message, "RSS 1.0 5.2")]
    for element in root.iterchildren(f"{namespace}*"):
        if name(element) in CHILDREN[namespace]:
            found += _part(element, namespace)
        else:
            message = f"<{label(element)}> does not belong into <RDF>"
            found.append(finding(element, "error", "undefined-element", message, "RSS 1.0 5.2"))
    return found


def _part(element: etree._Element, namespace: str) -> Iterator[Finding]:
    """Check a channel, an image, an item or a text input."""
    if not len(element) and element.get(f"{RDF}resource") is not None:
        return  # a pointer to one
    yield from children(namespace, CHILDREN[namespace][name(element)])(element)
    description = element.find(f"{RSS09}description")
    if description is not None and name(element) == "item":
        message = "<description> in <item> is of RSS 1.0; readers show it all the same"
        yield finding(description, "warning", "undefined-element", message, "RSS 0.90 item")
    if namespace == RSS10:
        yield from _about(element)
    yield from _text_beside(element)
    yield from _literals(element, namespace)
    for pointer in element.iterchildren(f"{_TRACKBACK}*"):
        if pointer.get(f"{RDF}resource") is None:
            message = f"<{label(pointer)}> has no attribute 'rdf:resource'"
            yield finding(pointer, "error", "missing-attribute", message, "trackback module")
    for called in _ADDRESSES:
        for child in element.findall(f"{namespace}{called}"):
            if text(child):
                yield from value(values.uri, "bad-address", f"RSS 1.0 <{called}>")(child)


def _about(element: etree._Element) -> Iterator[Finding]:
    about = element.get(f"{RDF}about")
    if about is None:
        message = f"<{label(element)}> has no attribute 'rdf:about'"
        yield finding(element, "error", "missing-attribute", message, "RSS 1.0 5")
    elif expected := values.reference(about) or ("" if about else "an address"):
        message = f"rdf:about of <{label(element)}> is '{about}'; expected {expected}"
        yield finding(element, "error", "bad-attribute", message, "RSS 1.0 5")


def _text_beside(element: etree._Element) -> Iterator[Finding]:
    stray = (element.text or "") + "".join(child.tail or "" for child in element)
    if stray.strip():
        message = f"<{label(element)}> has text beside its elements: '{stray.strip()[:40]}'"
        yield finding(element, "error", "unexpected-text", message, "RDF/XML 6")


def _literals(element: etree._Element, namespace: str) -> Iterator[Finding]:
    """Report elements in a place for text."""
    for child in element.iterchildren(f"{namespace}*"):
        if name(child) in _LITERALS and len(child) and child.get(f"{RDF}parseType") is None:
            message = f"<{label(child)}> holds <{label(child[0])}>; expected text"
            yield finding(child, "error", "unexpected-element", message, "RDF/XML 2.6")
