"""The address of the next page of a listing: what the page says, else the number that its links count on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml import etree

from feeds.config import Source
from feeds.content import markup
from feeds.fetch import Resource
from feeds.model import SourceError
from feeds.sources import kind_of_document
from feeds.sources.context import check_attributes

_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_PATHS = (
    "links.next",
    "_links.next",
    "next",
    "next_url",
    "@odata.nextLink",
    "paging.next",
    "pagination.next",
    "meta.next",
)
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')  # RFC 8288 3
_REL_NEXT = re.compile(r'\brel\s*=\s*(?:next\b|"(?:[^"]*\s)?next(?:\s[^"]*)?")', re.IGNORECASE)
_CALLED = re.compile(r"(?:^|[\s_-])next(?:$|[\s_-])", re.IGNORECASE)
# What stands before the number of a page in addresses: ?page=2, &paged=2, /page/2/, news-p2.html, ;start=20.
_NUMBER = re.compile(
    r"(?P<sign>[?&;/_.-])(?:[a-z_-]{0,20}(?:page|paged|pagina|pagenum|seite|offset|start|skip|currpage)[a-z_-]{0,10}|"
    r"p|pg|pn|pag)(?:=|%5B%5D=|/|-|_)?(?P<number>\d{1,6})(?![\w%])",
    re.IGNORECASE,
)
_MOST_LINKS = 5000  # of a page that are looked at


def find_next(resource: Resource, address: str, source: Source, link_header: str = "") -> str:
    """Return the absolute address of the page that follows, "" where none is named.

    A selector or a path of the source comes first, then rel=next (HTML, RFC 5005, RFC 8288) and links.next of JSON
    (JSON:API, OData, HAL, JSON Feed), then what is called next, then the links that count the pages.

    Args:
        address: of the document, after redirects.
        link_header: of the answer.
    """
    with resource.open() as stream:
        data = stream.read()
    try:
        named = _find(data, resource, address, source)
    except (ValueError, SourceError, RecursionError, etree.XMLSyntaxError):
        named = ""
    named = named or _in_header(link_header)
    try:
        found = urljoin(address, named.strip()) if named else ""
        return urlunsplit(urlsplit(found)._replace(fragment=""))
    except ValueError:
        return ""


def _find(data: bytes, resource: Resource, address: str, source: Source) -> str:
    kind = kind_of_document(source, resource)
    if data.lstrip()[:1] in (b"{", b"["):
        return _in_json(json.loads(data), source.next)
    check_attributes(data)
    if kind == "html":
        root = markup.parse_html(data.decode(resource.charset or "utf-8", "replace"))
        return "" if root is None else _in_page(root, address, source.next)
    if kind == "feed":
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
        return _in_feed(etree.fromstring(data, parser))
    return ""


def _in_header(stated: str) -> str:
    return next((match[1] for match in _LINK.finditer(stated) if _REL_NEXT.search(match[2])), "")


def _in_json(document: Any, path: str) -> str:
    for stated in (path,) if path else _PATHS:
        value = document.get(stated) if isinstance(document, Mapping) else None
        if value is None:
            value = document
            for key in stated.split("."):
                value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, Mapping):
            value = value.get("href")
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _in_feed(root: etree._Element | None) -> str:
    for link in root.iter(_ATOM_LINK) if root is not None else ():
        parent = link.getparent()
        if link.get("rel") == "next" and parent is not None and etree.QName(parent).localname in ("feed", "channel"):
            return link.get("href", "")
    return ""


def _in_page(root: etree._Element, address: str, selector: str) -> str:
    if selector:
        chosen = root.cssselect(selector)
        addresses = (str(link.get("href") or "") for one in chosen for link in one.iter("a", "link"))
        return next(filter(None, addresses), "")
    base = root.find(".//base[@href]")
    base_address = urljoin(address, str(base.get("href"))) if base is not None else address
    links = [
        link
        for link in islice(root.iter("a", "link"), _MOST_LINKS)
        if link.get("href") and not str(link.get("href")).startswith(("#", "javascript:", "mailto:"))
    ]
    named = (link for link in links if "next" in str(link.get("rel") or "").lower().split())
    called = (link for link in links if _is_called_next(link))
    link = next(named, None)
    link = next(called, None) if link is None else link
    if link is not None:
        return urljoin(base_address, str(link.get("href")))
    return _by_number(address, (urljoin(base_address, str(link.get("href"))) for link in links))


def _is_called_next(link: etree._Element) -> bool:
    """True for a link that is one of the pager's, and called next: by its class, or that of what holds it."""
    parent = link.getparent()
    classes = [str(one.get("class") or "") for one in (link, parent) if one is not None]
    is_of_pager = any(
        re.search("pag(?:e|ing|in)", str(above.get("class") or ""), re.IGNORECASE)
        for above in (link, *islice(link.iterancestors(), 6))
    )
    return is_of_pager and any(map(_CALLED.search, classes)) and "disabled" not in " ".join(classes)


def _by_number(address: str, links: Iterator[str]) -> str:
    """The link that differs from the address of the page in the number of the page alone, and counts on from it.

    Whether the first page is called 0 or 1 cannot be told: 1 is asked for, which at worst is the first page again.
    """
    key, current = _split(address)
    numbered: dict[int, str] = {}
    for link in links:
        other, number = _split(link)
        if other == key and number is not None:
            numbered.setdefault(number, link)
    return next((numbered[number] for number in sorted(numbered) if number > (current or 0)), "")


def _split(address: str) -> tuple[str, int | None]:
    """An address without the number of its page, and that number."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", None
    rest = urlunsplit(parts._replace(fragment=""))
    matches = list(_NUMBER.finditer(rest))
    match = matches[-1] if matches else None
    if match:
        sign = match["sign"] if match["sign"] == "?" else ""
        rest = rest[: match.start()] + sign + rest[match.end() :]
    return re.sub(r"[/?&]+$", "", rest.replace("?&", "?")), int(match["number"]) if match else None
