"""Check an Atom or RSS feed part by part: the feed without its entries, then each entry.

The grammar is asked first. The rules that find the words for a fault of structure are needed only in the part in which
it has met one; what it clears is left to the rules about values. A part by itself also because the time of libxml2's
RELAX NG grows with the square of the children of an element: a feed of 5,000 entries would cost twice as much an entry
as one of 50, one of a million hours.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from feeds.model import Finding
from feeds.validation import modules
from feeds.validation.findings import MOST, Table, apply

SCHEMAS = Path(__file__).parent / "schemas"
MOST_CHILDREN = 10_000  # of an element, entries apart: a tenth of a second of libxml2
FEW_ENTRIES, FEW = 200, 5_000  # entries and elements of a feed that is cheaper to ask about as a whole
_CROWDED = etree.XPath(f"boolean(descendant-or-self::*[*[{MOST_CHILDREN + 1}]])")
MOST_OF_GRAMMAR = 50  # of its findings in one part; what follows the first ones seldom says anything new
# What libxml2 says of every element around a fault; worth reading only where nothing says more.
_CONSEQUENCE = re.compile(r"Invalid sequence|Extra element|Expecting |Element \S+ (failed to validate|has extra)")


class Vocabulary(NamedTuple):
    """The rules, grammar and names of a format.

    Attributes:
        entry: the full name of its entries.
        schema: the file of its grammar, which also takes an entry by itself.
        reference: the document that the grammar is written after.
    """

    entry: str
    table: Table
    schema: str
    reference: str


@lru_cache
def grammar(schema: str) -> etree.RelaxNG:
    """Return a grammar of schemas/; each is read once."""
    return etree.RelaxNG(etree.parse(SCHEMAS / schema))


def check(root: etree._Element, holder: etree._Element | None, vocabulary: Vocabulary) -> list[Finding]:
    """Return the findings of rules and grammar about a feed.

    Args:
        holder: the element whose children the entries are, if there is one.
    """
    namespaces = modules.Namespaces()
    schema, tag = grammar(vocabulary.schema), vocabulary.entry
    entries = [] if holder is None else list(holder.iterchildren(tag))
    if len(entries) <= FEW_ENTRIES and len(elements := list(root.iter("*"))) <= FEW and schema.validate(root):
        return apply(vocabulary.table.values, elements, namespaces.judge) + namespaces.finish(root)
    bare = _without_entries(root, holder, tag) if entries else root
    found = _part(bare, list(_around(root, holder, tag)), vocabulary, namespaces)
    for entry in entries:
        found += _part(entry, list(entry.iter("*")), vocabulary, namespaces)
        if len(found) >= MOST:
            return found[:MOST]
    return found + namespaces.finish(root)


def _part(
    part: etree._Element, elements: list[etree._Element], vocabulary: Vocabulary, namespaces: modules.Namespaces
) -> list[Finding]:
    """Return the findings about one part, given its elements."""
    if len(elements) > MOST_CHILDREN and _CROWDED(part):
        message = f"holds an element with more than {MOST_CHILDREN} children; no reader shows so many"
        return [Finding("error", "too-large", message, elements[0].sourceline or 0, None, vocabulary.reference)]
    schema, table = grammar(vocabulary.schema), vocabulary.table
    if schema.validate(part):
        return apply(table.values, elements, namespaces.judge)
    said = apply(table.all, elements, namespaces.judge)
    has_said = any(finding.severity == "error" for finding in said)
    unsaid = dict.fromkeys(
        (entry.line, entry.message)
        for entry in schema.error_log
        if not (has_said and _CONSEQUENCE.match(entry.message))
    )
    return said + [
        Finding("error", "schema", message, line, None, vocabulary.reference)
        for line, message in list(unsaid)[:MOST_OF_GRAMMAR]
    ]


def _around(element: etree._Element, holder: etree._Element | None, entry: str) -> Iterator[etree._Element]:
    """Yield an element and its descendants except the entries."""
    yield element
    for child in element.iterchildren("*"):
        if child is holder:
            yield from _around(child, holder, entry)
        elif element is not holder or child.tag != entry:
            yield from child.iter("*")


def _without_entries(element: etree._Element, holder: etree._Element | None, entry: str) -> etree._Element:
    """Copy an element without its entries, keeping stray text between them."""
    bare = etree.Element(element.tag, dict(element.attrib), element.nsmap)
    bare.sourceline = element.sourceline  # type: ignore[misc] # lxml allows it, its types do not
    text = [element.text]
    for child in element:
        if child is holder:
            copied = _without_entries(child, holder, entry)
        elif element is holder and child.tag == entry:
            text.append(child.tail)
            continue
        elif len(child) or not isinstance(child.tag, str):
            copied = copy.deepcopy(child)
        else:
            copied = etree.Element(child.tag, dict(child.attrib))
            copied.text = child.text
            copied.sourceline = child.sourceline  # type: ignore[misc]
        copied.tail = child.tail
        bare.append(copied)
    bare.text = "".join(filter(None, text))
    return bare
