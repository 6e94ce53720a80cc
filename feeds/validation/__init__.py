"""Validate Atom, RSS and JSON feeds and OPML lists: bytes -> findings, each with line, code and section.

A product of its own: it knows the specifications and nothing of how this program renders. A RELAX NG schema checks
structure (schemas/), small functions check what a grammar cannot say (rules). Nothing is fetched, no entity is
resolved, no DTD is read.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal, NamedTuple

from lxml import etree

from feeds.model import Finding
from feeds.validation import advice, atom, jsonfeed, mistakes, opml, parts, places, rdf, rss
from feeds.validation.findings import MOST
from feeds.validation.parts import Vocabulary

LARGEST = 32 * 1024 * 1024  # bytes: a tree takes up to thirty times that, which bounds the memory of a check
# UTF-8, or UTF-16 with or without its mark: what begins like an object or a list.
_JSON = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\0 \t\r\n]*[{\[]")
ATOM = Vocabulary(atom.NS + "entry", atom.TABLE, "atom.rng", "RFC 4287")
RSS = Vocabulary("item", rss.TABLE, "rss.rng", "RSS 2.0")


class Verdict(NamedTuple):
    """The format of a document, and the findings about it."""

    format: str  # "Atom 1.0", "RSS 2.0", "RSS 1.0", "JSON Feed 1.1", "OPML 2.0", "" where it is none of them
    findings: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """True if there is no error; warnings do not count."""
        return all(finding.severity != "error" for finding in self.findings)


def validate(data: bytes, *, now: dt.datetime | None = None, advise: bool = True) -> list[Finding]:
    """Return the findings about a feed in the order of its lines, an empty list if there is nothing to say.

    An error breaks the specification; a warning is something that clients trip over or that the specification asks
    for without requiring it.
    """
    return list(examine(data, now=now, advise=advise).findings)


def examine(data: bytes, *, now: dt.datetime | None = None, advise: bool = True) -> Verdict:
    """Detect the format of a document from its content, never from its name, and validate it.

    Args:
        now: what dates of the future are compared with; without it only dates that are far off are found.
        advise: say also what is valid and yet trips readers; errors are the same without it.
    """
    if len(data) > LARGEST:
        message = f"has more than {LARGEST} bytes; readers take one or two million, put the rest into archives"
        return Verdict("", (Finding("error", "too-large", message, 1, None, "RFC 5005"),))
    if _JSON.match(data[:1024]):
        return _json(data, advise)
    mended: list[Finding] = []
    try:
        root, unresolved = _parse(data)
    except etree.XMLSyntaxError as error:
        mended, again = mistakes.mend(data, error)
        if again is None:
            return Verdict("", tuple(mended))
        try:
            root, unresolved = _parse(again)
            data = again
        except etree.XMLSyntaxError as second:
            return Verdict("", (*mended, mistakes.explain(again, second)))
    if root.tag in (atom.NS + "feed", atom.NS + "entry"):
        kind = "Atom 1.0"
        found = parts.check(root, root, ATOM, data, advice.advisors(root, now) if advise else {})
    elif root.tag == "rss":
        kind = f"RSS {root.get('version', '2.0')}"
        found = parts.check(root, root.find("channel"), RSS, data, advice.advisors(root, now) if advise else {})
    elif root.tag == rdf.RDF + "RDF":
        kind, found = "RSS 1.0", rdf.check(root)
    elif root.tag == "opml":
        kind, found = f"OPML {root.get('version', '2.0')}", opml.check(root)
    else:
        kind, found = "", list(mistakes.of_root(root))
    if advise and kind:
        found += advice.of_document(root, data)
    found += [*unresolved, *mistakes.doctype(root)]
    found = mended + places.locate(found, data)
    return Verdict(
        kind,
        tuple(sorted(found, key=lambda finding: (finding.line, finding.column or 0, finding.code, finding.message))),
    )


def _parse(data: bytes) -> tuple[etree._Element, list[Finding]]:
    """Parse a document with the entities that it declares; external entities are reported and not read.

    Raises:
        etree.XMLSyntaxError: it is not well-formed.
    """
    try:
        return etree.fromstring(data, _parser("internal")), []
    except etree.XMLSyntaxError as error:
        undeclared = (etree.ErrorTypes.ERR_UNDECLARED_ENTITY, etree.ErrorTypes.WAR_UNDECLARED_ENTITY)
        if not any(entry.type in undeclared for entry in error.error_log):
            raise
    root = etree.fromstring(data, _parser(False))  # raises again, unless the entity is declared elsewhere
    found: dict[str, Finding] = {}
    for entity in list(root.iter(etree.Entity)):
        holder, before = entity.getparent(), entity.getprevious()
        assert holder is not None
        message = f"{entity.text} is declared outside of the document; readers do not fetch it"
        line = holder.sourceline or 0
        found.setdefault(str(entity.text), Finding("warning", "external-entity", message, line, None, "XML 1.0 4.2.2"))
        text = f"{entity.text}{entity.tail or ''}"
        if before is None:
            holder.text = (holder.text or "") + text
        else:
            before.tail = (before.tail or "") + text
        entity.tail = None
        holder.remove(entity)
    return root, list(found.values())[:MOST]


def _parser(entities: bool | Literal["internal"]) -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=entities, no_network=True, load_dtd=False, huge_tree=False)


def _json(data: bytes, advise: bool) -> Verdict:
    found: list[Finding] = []
    if data.startswith(b"\xef\xbb\xbf"):
        message = "begins with a byte order mark, which JSON has not; some parsers stop at it"
        found.append(Finding("warning", "byte-order-mark", message, 1, 1, "RFC 8259 8.1"))
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is {data[error.start]:#04x}, which is not UTF-8"
        return Verdict("JSON Feed", (Finding("error", "bad-encoding", message, line, None, "RFC 8259 8.1"),))
    found += jsonfeed.check(source, advise)
    return Verdict(
        "JSON Feed 1.1", tuple(sorted(found, key=lambda finding: (finding.line, finding.column or 0, finding.code)))
    )
