"""Advice about texts: what readers show wrongly or remove, by what an element may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validation import html, values
from feeds.validation.findings import label, name, raw_text, shown, text, warning

_XHTML = "{http://www.w3.org/1999/xhtml}"


def _said(element: etree._Element, remarks: Iterable[html.Remark], reference: str) -> Iterator[Finding]:
    for code, message in remarks:
        if code == "relative-reference" and _has_base(element):
            continue
        yield warning(element, code, f"<{label(element)}> {message}", reference)


def _has_base(element: etree._Element) -> bool:
    """Return True if xml:base tells readers what a relative address stands for (RFC 4287 2)."""
    return bool(values.is_uri(element.base or ""))


def plain(element: etree._Element, reference: str = "RSS profile, character data") -> Iterable[Finding]:
    """Advise about a text that is not HTML."""
    content = element.text or ""
    if "<" in content or "&" in content:
        return _said(element, html.plain_remarks(content), reference)
    return ()


def rss_title(element: etree._Element) -> Iterable[Finding]:
    """Advise about a title of RSS, which is plain text and which some readers take for HTML."""
    content = element.text or ""
    if "<" not in content and "&" not in content:
        return ()
    return _said(element, html.plain_remarks(content) or html.title_remarks(content), "RSS profile, character data")


def markup(element: etree._Element) -> Iterable[Finding]:
    """Advise about a text that is HTML."""
    remarks = html.fragment_remarks(element.text or "")
    return _said(element, remarks, "RSS profile <description>") if remarks else ()


def description(element: etree._Element) -> Iterable[Finding]:
    """Advise about a description: HTML in an item, plain text in all else (RSS profile)."""
    parent = element.getparent()
    return markup(element) if parent is not None and parent.tag == "item" else plain(element)


def media_text(element: etree._Element) -> Iterable[Finding]:
    """Advise about a text of Media RSS by its type."""
    return markup(element) if element.get("type") == "html" else plain(element, "Media RSS")


def atom_text(element: etree._Element) -> Iterable[Finding]:
    """Advise about a text construct or content by its type (RFC 4287 3.1.1, 4.1.3.3)."""
    kind = element.get("type", "text")
    if kind == "text" or kind.lower() == "text/plain":
        return plain(element, "RFC 4287 3.1.1.1")
    if kind == "html":
        remarks = html.fragment_remarks(element.text or "")
        return _said(element, remarks, "RFC 4287 3.1.1.2") if remarks else ()
    if kind == "xhtml":
        return _xhtml(element)
    if kind.lower() == "text/html" and element.get("src") is None:
        return _html_document(element)
    return ()


def _html_document(element: etree._Element) -> Iterator[Finding]:
    content = raw_text(element)
    if "<html" not in content[:500].lower():
        message = f'<{label(element)}> holds a fragment of HTML; write type="html", text/html is a whole document'
        yield warning(element, "not-a-fragment", message, "RFC 4287 3.1.1.2, 4.1.3.3")
    remarks = [remark for remark in html.fragment_remarks(content) if remark[0] != "not-a-fragment"]
    yield from _said(element, remarks, "RFC 4287 4.1.3.3")


def _xhtml(element: etree._Element) -> Iterator[Finding]:
    reference = "RFC 4287 3.1.1.3"
    remarks: dict[str, str] = {}
    for inner in element.iterdescendants("*"):
        space = str(inner.tag)[1:].partition("}")[0]
        if inner.prefix and str(inner.tag).startswith(_XHTML):
            message = f"writes XHTML with the prefix '{inner.prefix}'; many readers show the tags"
            remarks.setdefault("prefixed-names", message)
        for code, message in html.element_remarks(name(inner), dict(inner.attrib), space):
            remarks.setdefault(code, message)
    if tag := html.has_markup("".join(element.itertext())):
        remarks["double-escaped"] = f"has {tag}, an escaped tag where XHTML is expected"
    yield from _said(element, remarks.items(), reference)


def person_name(element: etree._Element) -> Iterable[Finding]:
    """Advise about the name of a person."""
    content = element.text or ""
    return _unusual_name(element) if "<" in content or "&" in content or "@" in content else ()


def _unusual_name(element: etree._Element) -> Iterator[Finding]:
    yield from plain(element, "RFC 4287 3.2.1")
    if "@" in (element.text or "") and values.has_address(element.text or ""):
        message = f"<name> is '{shown(text(element))}', which holds an e-mail address; that belongs into <email>"
        yield warning(element, "email-in-name", message, "RFC 4287 3.2.1")
