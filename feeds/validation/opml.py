"""OPML 2.0 (and 1.x, as far as a subscription list needs it)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validation import values
from feeds.validation.findings import Attributes, Children, Rule, apply, finding, label, shown, table, text, value

CHILDREN = {
    "opml": Children("OPML 2.0 <opml>", "head body"),
    "head": Children(
        "OPML 2.0 <head>",
        "",
        "title dateCreated dateModified ownerName ownerEmail ownerId docs expansionState vertScrollState windowTop "
        "windowLeft windowBottom windowRight",
    ),
    "body": Children("OPML 2.0 <body>", many="outline"),
    "outline": Children("OPML 2.0 <outline>", many="outline"),
}
ATTRIBUTES = {
    "opml": Attributes("OPML 2.0 <opml>", {"version": values.one_of("1.0 1.1 2.0")}),
    "outline": Attributes(
        "OPML 2.0 <outline>",
        {"text": values.anything},
        {
            "isComment": values.one_of("true false"),
            "isBreakpoint": values.one_of("true false"),
            "created": values.rfc822,
            "xmlUrl": values.uri,
            "language": values.language,
        },
        is_closed=False,
    ),
}


def _outline(element: etree._Element) -> Iterator[Finding]:
    kind = (element.get("type") or "").lower()
    if kind in ("rss", "atom", "include", "link"):
        needed = "xmlUrl" if kind in ("rss", "atom") else "url"
        if not element.get(needed):
            message = f"<outline> of type '{kind}' has no {needed}"
            yield finding(element, "error", "missing-attribute", message, "OPML 2.0 subscription lists")
    for key in ("htmlUrl", "url"):
        stated = element.get(key)
        if stated and values.uri(stated):
            message = f"{key} of <outline> is '{shown(stated)}'; expected an absolute URI"
            yield finding(element, "warning", "not-absolute", message, "OPML 2.0 <outline>")
    if not (element.get("text") or "").strip():
        message = "<outline> has an empty text; readers show nothing"
        yield finding(element, "warning", "empty-title", message, "OPML 2.0 <outline>")


def _body(element: etree._Element) -> Iterator[Finding]:
    if element.find("outline") is None:
        yield finding(element, "error", "missing-element", "<body> has no <outline>", "OPML 2.0 <body>")


def _address(called: str) -> tuple[Rule, ...]:
    return (value(values.uri, "bad-address", f"OPML 2.0 <{called}>"),)


RULES: dict[str, tuple[Rule, ...]] = {
    "body": (_body,),
    "outline": (_outline,),
    "dateCreated": (value(values.rfc822, "bad-date", "OPML 2.0 <dateCreated>"),),
    "dateModified": (value(values.rfc822, "bad-date", "OPML 2.0 <dateModified>"),),
    "ownerEmail": (value(values.contact, "bad-email", "OPML 2.0 <ownerEmail>"),),
    "ownerId": _address("ownerId"),
    "docs": _address("docs"),
}


TABLE = table("", RULES, CHILDREN, ATTRIBUTES)


def check(root: etree._Element) -> list[Finding]:
    """Return the findings about an OPML document, for a list of feeds also what a reader could not import."""
    found = apply(TABLE.all, root.iter("*"))
    head = root.find("head")
    if head is not None and not text(head.find("title")):
        message = f"<{label(head)}> has no title; readers show the address of the file"
        found.append(finding(head, "warning", "no-title", message, "OPML 2.0 <title>"))
    return found
