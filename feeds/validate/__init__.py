"""Bytes -> findings: whether a document is a valid Atom, RSS or JSON feed or OPML list, and where it is not.

A product of its own: it knows the specifications and nothing of how this program renders. A RELAX NG schema checks
structure (schemas/), small functions check what a grammar cannot say (rules). Nothing is fetched, no entity is
resolved, no DTD is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import etree

from feeds.model import Finding
from feeds.validate import atom, jsonfeed, modules, opml, rdf, rss
from feeds.validate.findings import Table, apply

SCHEMAS = Path(__file__).parent / "schemas"
LARGEST = 32 * 1024 * 1024  # bytes: a tree takes up to thirty times that, which bounds the memory of a check
MOST_FINDINGS = 50  # of the schema, in one document; what follows the first ones seldom says anything new
# What libxml2 says of every element around a fault; worth reading only where nothing says more.
_CONSEQUENCE = re.compile(r"Invalid sequence|Extra element|Expecting |Element \S+ (failed to validate|has extra)")
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document is, and what is wrong with it."""

    format: str  # "Atom 1.0", "RSS 2.0", "RSS 1.0", "JSON Feed 1.1", "OPML 2.0", "" where it is none of them
    findings: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """Whether no specification is broken; warnings do not count."""
        return all(finding.severity != "error" for finding in self.findings)


def validate(data: bytes) -> list[Finding]:
    """What is wrong with a feed, in the order of its lines; an empty list for a valid one.

    An error breaks the specification; a warning is something that clients trip over or that the specification asks
    for without requiring it.
    """
    return list(examine(data).findings)


def examine(data: bytes) -> Verdict:
    """The format of a document, told from what it holds, never from its name, and what is wrong with it."""
    if len(data) > LARGEST:
        message = f"has more than {LARGEST} bytes; readers take one or two million, put the rest into archives"
        return Verdict("", (Finding("error", "too-large", message, 1, None, "RFC 5005"),))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return Verdict("", (Finding("error", "not-well-formed", error.msg or "not XML", line, column, "XML 1.0"),))
    if root.tag in (_ATOM + "feed", _ATOM + "entry"):
        kind, found = "Atom 1.0", _walk(atom.TABLE, root)
        found += _structure(root, "atom.rng", "RFC 4287", found)
    elif root.tag == "rss":
        kind, found = f"RSS {root.get('version', '2.0')}", _walk(rss.TABLE, root)
        found += _structure(root, "rss.rng", "RSS 2.0", found)
    elif root.tag == rdf.RDF + "RDF":
        kind, found = "RSS 1.0", rdf.check(root) + _walk({}, root)
    elif root.tag == "opml":
        kind, found = f"OPML {root.get('version', '2.0')}", opml.check(root)
    else:
        message = f"root element <{root.tag!s}> is of no Atom feed or entry, RSS feed or OPML list"
        kind = ""
        found = [Finding("error", "unknown-format", message, root.sourceline or 0, None, "RFC 4287 4.1, RSS 2.0")]
    return Verdict(kind, tuple(sorted(found, key=lambda finding: (finding.line, finding.code, finding.message))))


def _walk(table: Table, root: etree._Element) -> list[Finding]:
    """What the rules say of every element, in one walk."""
    namespaces = modules.Namespaces()
    return apply(table, root, namespaces.judge) + namespaces.finish(root)


def _json(data: bytes) -> Verdict:
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is {data[error.start]:#04x}, which is not UTF-8"
        return Verdict("JSON Feed", (Finding("error", "bad-encoding", message, line, None, "RFC 8259 8.1"),))
    found = jsonfeed.check(source)
    return Verdict("JSON Feed 1.1", tuple(sorted(found, key=lambda finding: (finding.line, finding.code))))


@lru_cache
def _schema(name: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(SCHEMAS / name))


def _structure(root: etree._Element, schema: str, reference: str, said: list[Finding]) -> list[Finding]:
    """What the grammar says, where the rules have not said it better."""
    grammar = _schema(schema)
    if grammar.validate(root):
        return []
    has_said = any(finding.severity == "error" for finding in said)
    seen = dict.fromkeys(
        (entry.line, entry.message)
        for entry in grammar.error_log
        if not (has_said and _CONSEQUENCE.match(entry.message))
    )
    return [Finding("error", "schema", message, line, None, reference) for line, message in list(seen)[:MOST_FINDINGS]]
