"""Check a published folder as a whole: what no single document shows.

The address of the folder is told from the self links: a document at a/b.xml whose own address ends in a/b.xml says
where the folder is served. A link into it must lead to a file; an entry must be the same wherever it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple
from urllib.parse import unquote, urldefrag

from lxml import etree

from feeds.model import Finding
from feeds.validation import atom
from feeds.validation.findings import MOST, text


class Entry(NamedTuple):
    """An entry as one document has it, to compare with its copies in other documents."""

    title: str
    published: str
    line: int


class Outline(NamedTuple):
    """The parts of a document that other documents depend on."""

    own: str  # its self link, "" where it has none
    links: tuple[tuple[str, int], ...]  # addresses that it points at, with their lines
    entries: tuple[tuple[str, Entry], ...]  # ids and entries
    previous: str  # the next older document of an archive, "" where there is none
    dates: str  # how dates are written, for only alike ones compare


def outline(data: bytes) -> Outline | None:
    """Return the parts of a document that other documents depend on, None if it cannot be read."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _outline_of_json(data)
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        return None
    return _outline_of_opml(root) if root.tag == "opml" else _outline_of_feed(root)


def _outline_of_opml(root: etree._Element) -> Outline:
    links = [
        (str(element.get(key)), element.sourceline or 0)
        for element in root.iter("outline")
        for key in ("xmlUrl", "htmlUrl", "url")
        if element.get(key)
    ]
    return Outline(own="", links=tuple(links), entries=(), previous="", dates="")


def _outline_of_feed(root: etree._Element) -> Outline | None:
    """Return the outline of an Atom or RSS document, None for any other."""
    top = root if root.tag == atom.NS + "feed" else root.find("channel")
    if top is None:
        return None
    is_rss = root.tag == "rss"
    tag, entry_of = ("item", _rss_entry) if is_rss else (atom.NS + "entry", _atom_entry)
    links = [
        (str(link.get("href", "")), link.sourceline or 0)
        for link in root.iter(atom.NS + "link")
        if link.get("rel", "alternate") not in ("self", "hub", "edit", "replies")
    ]
    if is_rss:
        links += [(text(link), link.sourceline or 0) for link in root.iter("link")]
    relations = {link.get("rel", "alternate"): str(link.get("href", "")) for link in top.findall(atom.NS + "link")}
    entries = [entry_of(entry) for entry in top.iterchildren(tag)]
    return Outline(
        own=relations.get("self", ""),
        links=tuple(links),
        entries=tuple((identity, entry) for identity, entry in entries if identity),
        previous=relations.get("prev-archive", ""),
        dates=str(root.tag),
    )


def _rss_entry(item: etree._Element) -> tuple[str, Entry]:
    return text(item.find("guid")), Entry(text(item.find("title")), text(item.find("pubDate")), item.sourceline or 0)


def _atom_entry(entry: etree._Element) -> tuple[str, Entry]:
    title, published = (text(entry.find(atom.NS + called)) for called in ("title", "published"))
    return text(entry.find(atom.NS + "id")), Entry(title, published, entry.sourceline or 0)


def _json_entry(item: dict[str, object]) -> tuple[str, Entry]:
    return str(item.get("id")), Entry(str(item.get("title", "")), str(item.get("date_published", "")), 1)


def _outline_of_json(data: bytes) -> Outline | None:
    try:
        stated = json.loads(data.decode("utf-8-sig"))
        items = [item for item in stated.get("items", ()) if isinstance(item, dict)]
    except (ValueError, RecursionError, AttributeError, TypeError):
        return None
    links = [stated.get("home_page_url"), stated.get("next_url"), *(item.get("url") for item in items)]
    entries = tuple(_json_entry(item) for item in items)
    return Outline(
        own=str(stated.get("feed_url") or ""),
        links=tuple((link, 1) for link in links if isinstance(link, str)),
        entries=entries,
        previous=str(stated.get("next_url") or ""),
        dates="json",
    )


def is_other(data: bytes) -> bool:
    """Return True if a JSON file is not meant as a feed: an object without a JSON Feed version."""
    try:
        stated = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(stated, dict) and "version" not in stated and "items" not in stated


def check(documents: dict[str, Outline], exists: Callable[[str], bool]) -> Iterator[tuple[str, Finding]]:
    """Return the findings between the documents of a folder, each with the path that it is about.

    Args:
        documents: by their paths below the folder.
        exists: whether there is a file, or a folder with an index.html, at a path below the folder.
    """
    base = _base(documents)
    found = chain(_same(documents), _links(documents, base, exists) if base else ())
    return islice(found, MOST)


def _base(documents: dict[str, Outline]) -> str:
    """Return the address at which the folder is served, as most documents state it; "" if none does."""
    said = Counter(
        outline.own.removesuffix(path) for path, outline in documents.items() if outline.own.endswith(f"/{path}")
    )
    return said.most_common(1)[0][0] if said else ""


def _same(documents: dict[str, Outline]) -> Iterator[tuple[str, Finding]]:
    """Require the same title and date for an id in all documents, where dates are written alike."""
    titles: dict[str, tuple[str, str]] = {}
    dates: dict[tuple[str, str], tuple[str, str]] = {}
    for path, outline in documents.items():
        for identity, entry in outline.entries:
            title, where = titles.setdefault(identity, (entry.title, path))
            if title != entry.title:
                message = f"'{identity}' is titled '{entry.title}' here and '{title}' in {where}"
                yield path, Finding("error", "differs-elsewhere", message, entry.line, None, "RFC 4287 4.1.1")
            date, where = dates.setdefault((identity, outline.dates), (entry.published, path))
            if date != entry.published:
                message = f"'{identity}' is published {entry.published} here and {date} in {where}"
                yield path, Finding("error", "differs-elsewhere", message, entry.line, None, "RFC 4287 4.1.1")


def _links(documents: dict[str, Outline], base: str, exists: Callable[[str], bool]) -> Iterator[tuple[str, Finding]]:
    """Require that links into the folder have a target, and that archives lead to their first document."""
    known: dict[str, bool] = {}
    for path, outline in documents.items():
        for address, line in _distinct(outline.links):
            if not address.startswith(base):
                continue
            target = unquote(urldefrag(address)[0].removeprefix(base).split("?")[0])
            if target not in known:
                known[target] = exists(target)
            if not known[target]:
                message = f"{address} leads to no file of the folder"
                yield path, Finding("error", "dangling-link", message, line, None, "RFC 4287 4.2.7, RFC 5005 4")
    for path in documents:
        if circle := _circle(path, documents, base):
            message = f"its archive leads in a circle, back to {circle}"
            yield path, Finding("error", "archive-circle", message, 1, None, "RFC 5005 4")


def _circle(path: str, documents: dict[str, Outline], base: str) -> str:
    """Return the document at which a chain of archives repeats, "" if the chain ends."""
    seen, here = {path}, documents[path]
    while here.previous.startswith(base):
        previous = unquote(here.previous.removeprefix(base))
        if previous in seen:
            return previous
        if previous not in documents:
            break  # a dangling link, which is said elsewhere
        seen.add(previous)
        here = documents[previous]
    return ""


def _distinct(links: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return each address once, with its first line."""
    first: dict[str, int] = {}
    for address, line in links:
        first.setdefault(address, line)
    return list(first.items())
