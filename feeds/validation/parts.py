"""Check an Atom or RSS feed part by part: the feed without its entries, then each entry.

The grammar is asked first, and says only whether. The rules that find the words for a fault of structure are needed
only in the part in which it has met one; what it clears is left to the rules about values. A part by itself also
because the time of libxml2's RELAX NG grows with the square of the children of an element: a feed of 5,000 entries
would cost twice as much an entry as one of 50, one of a million hours.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree

from feeds.model import Finding
from feeds.validation import modules
from feeds.validation.findings import MOST, Rule, Rules, Table, apply, finding, label
from feeds.validation.places import path_of

SCHEMAS = Path(__file__).parent / "schemas"
MOST_CHILDREN = 10_000  # of an element, entries apart: a tenth of a second of libxml2
FEW_ENTRIES, FEW = 200, 5_000  # entries and elements of a feed that is cheaper to ask about as a whole
_CROWDED = etree.XPath(f"boolean(descendant-or-self::*[*[{MOST_CHILDREN + 1}]])")
MOST_OF_GRAMMAR = 50  # parts of which a finding says that the grammar refuses them; the others are like them


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


class _Checks(NamedTuple):
    """What is asked of the elements of one document: rules of the format with advice, and of other namespaces."""

    vocabulary: Vocabulary
    values: Rules
    all: Rules
    namespaces: modules.Namespaces

    def apply(self, rules: Rules, elements: list[etree._Element]) -> list[Finding]:
        return apply(rules, elements, self.namespaces.judge, self.vocabulary.table)


def _checks(vocabulary: Vocabulary, advice: Mapping[str, Rule]) -> _Checks:
    namespaces, table = modules.Namespaces(), vocabulary.table
    if not advice:
        return _Checks(vocabulary, table.values, table.all, namespaces)
    others = (namespaces.judge,)
    values, all_ = (
        {**rules, **{tag: (*rules.get(tag, others), advisor) for tag, advisor in advice.items()}}
        for rules in (table.values, table.all)
    )
    return _Checks(vocabulary, values, all_, namespaces)


def check(
    root: etree._Element,
    holder: etree._Element | None,
    vocabulary: Vocabulary,
    data: bytes = b"",
    advice: Mapping[str, Rule] = MappingProxyType({}),
) -> list[Finding]:
    """Return the findings of rules and grammar about a feed.

    Args:
        holder: the element whose children the entries are, if there is one.
        data: the document as it was read.
        advice: what is to be said of elements that are valid, by their full names.
    """
    checks = _checks(vocabulary, advice)
    namespaces = checks.namespaces
    schema, tag = grammar(vocabulary.schema), vocabulary.entry
    entries = [] if holder is None else list(holder.iterchildren(tag))
    if len(entries) <= FEW_ENTRIES and len(elements := list(root.iter("*"))) <= FEW and schema.validate(root):
        return checks.apply(checks.values, elements) + namespaces.finish(root, data)
    bare = _without_entries(root, holder, tag) if entries else root
    around = list(_around(root, holder, tag))
    found, is_unexplained = _part(bare, around, checks)
    unexplained = [root] if is_unexplained else []
    for entry in entries:
        said, is_unexplained = _part(entry, list(entry.iter("*")), checks)
        found += said
        unexplained += [entry] if is_unexplained else []
        if len(found) >= MOST:
            return found[:MOST]
    whole = namespaces.finish(root, data)
    return found + whole + list(_unexplained(unexplained, whole, vocabulary))


def _part(part: etree._Element, elements: list[etree._Element], checks: _Checks) -> tuple[list[Finding], bool]:
    """Return the findings about one part, given its elements; True where the grammar met what no rule names."""
    vocabulary = checks.vocabulary
    if len(elements) > MOST_CHILDREN and _CROWDED(part):
        message = f"holds an element with more than {MOST_CHILDREN} children; no reader shows so many"
        return [finding(elements[0], "error", "too-large", message, vocabulary.reference)], False
    if grammar(vocabulary.schema).validate(part):
        return checks.apply(checks.values, elements), False
    said = checks.apply(checks.all, elements)
    return said, all(found.severity != "error" for found in said)


def _unexplained(parts: list[etree._Element], said: list[Finding], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield a finding for each part that the grammar refuses and about which no rule has a word."""
    for part in parts[:MOST_OF_GRAMMAR]:
        path = path_of(part)
        if not any(found.severity == "error" and found.path.startswith(path) for found in said):
            message = (
                f"<{label(part)}> breaks the grammar of {vocabulary.reference} in a way that has no code of its own"
            )
            yield finding(part, "error", "schema", message, vocabulary.reference)


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
