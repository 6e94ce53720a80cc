"""What the rules of all formats share: making findings, and the tables of children, attributes and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from feeds.model import Finding, Severity
from feeds.validation.places import entry_of, path_of
from feeds.validation.values import PLAIN, Check, anything

Rule = Callable[[etree._Element], Iterable[Finding]]
Advisor = Rule  # which finds warnings only
Words = Callable[[etree._Element, str], Iterable[Finding]]
_SHOWN = 80  # characters of a value
MOST = 2000  # findings of one pass: who has more mends the first and runs again; it bounds the memory


def finding(element: etree._Element, severity: Severity, code: str, message: str, reference: str) -> Finding:
    """Return a finding about an element."""
    line = element.sourceline or 0
    return Finding(severity, code, message, line, None, reference, path_of(element), entry_of(element))


def warning(element: etree._Element, code: str, message: str, reference: str) -> Finding:
    """Return a finding that does not make a document invalid."""
    return finding(element, "warning", code, message, reference)


def name(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def label(element: etree._Element) -> str:
    """Return the element's name as the document writes it, with its prefix."""
    return f"{element.prefix}:{name(element)}" if element.prefix else name(element)


def raw_text(element: etree._Element) -> str:
    """Return all text inside an element."""
    return "".join(element.itertext(with_tail=False)) if len(element) else element.text or ""


def text(element: etree._Element | None) -> str:
    """Return the element's text without surrounding white space."""
    return raw_text(element).strip() if element is not None else ""


def shown(value: str) -> str:
    """Return a value as messages show it."""
    return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"


class Children(NamedTuple):
    """The allowed children of an element within its vocabulary: names separated by spaces."""

    reference: str
    required: str = ""  # exactly once
    optional: str = ""  # at most once
    many: str = ""
    some: str = ""  # at least once


class Advice(NamedTuple):
    """Further remarks about a value that passes its check.

    Attributes:
        is_plain: tells at the price of one call that neither the check nor this has anything to say.
        words: what there is to say.
    """

    is_plain: Callable[[str], object]
    words: Words


class Attributes(NamedTuple):
    """The allowed attributes of an element that have no namespace, with a check for each."""

    reference: str
    required: Mapping[str, Check] = {}
    optional: Mapping[str, Check] = {}
    advice: Mapping[str, Advice] = {}
    is_closed: bool = True  # others are errors


def children(namespace: str, allowed: Children) -> Rule:
    """Make a rule that reports missing, repeated and unknown children."""
    required = {f"{namespace}{called}" for called in allowed.required.split()}
    once = required | {f"{namespace}{called}" for called in allowed.optional.split()}
    some = {f"{namespace}{called}" for called in allowed.some.split()}
    known = once | some | {f"{namespace}{called}" for called in allowed.many.split()}
    pattern = f"{namespace or '{}'}*"

    def rule(element: etree._Element) -> Iterator[Finding]:
        seen: set[str] = set()
        for child in element.iterchildren(pattern):
            tag = str(child.tag)
            if tag in seen and tag in once:
                message = f"<{label(element)}> has more than one <{label(child)}>"
                yield finding(child, "error", "duplicate-element", message, allowed.reference)
            elif tag not in known:
                message = f"<{label(child)}> does not belong into <{label(element)}>"
                yield finding(child, "error", "undefined-element", message, allowed.reference)
            seen.add(tag)
        for tag in sorted((required | some) - seen):
            message = f"<{label(element)}> has no <{tag.rpartition('}')[2]}>"
            yield finding(element, "error", "missing-element", message, allowed.reference)

    return rule


def attributes(allowed: Attributes) -> Rule:
    """Make a rule that reports missing, unknown and invalid attributes."""
    checks = {**allowed.required, **allowed.optional}
    plain = _plain(allowed)
    free = checks.keys() - plain.keys()

    def rule(element: etree._Element) -> Iterable[Finding]:
        for key, content in element.items():
            if key not in free and (key not in plain or not plain[str(key)](str(content))):
                return wrong(element)
        for key in allowed.required:
            if element.get(key) is None:
                return wrong(element)
        return ()  # what most elements are; the rest of this finds the words for what is wrong

    def wrong(element: etree._Element) -> Iterator[Finding]:
        for needed in allowed.required:
            if element.get(needed) is None:
                message = f"<{label(element)}> has no attribute '{_key(needed)}'"
                yield finding(element, "error", "missing-attribute", message, allowed.reference)
        for key, content in ((str(key), str(content)) for key, content in element.items()):
            if key not in checks:
                if allowed.is_closed and not key.startswith("{"):
                    message = f"attribute '{key}' does not belong to <{label(element)}>"
                    yield finding(element, "error", "undefined-attribute", message, allowed.reference)
            elif expected := checks[key](content):
                message = f"{_key(key)} of <{label(element)}> is '{shown(content)}'; expected {expected}"
                yield finding(element, "error", "bad-attribute", message, allowed.reference)
            elif key in allowed.advice:
                yield from allowed.advice[key].words(element, content)

    return rule


def _key(name_: str) -> str:
    """Return the name of an attribute as documents write it."""
    return name_.replace("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", "rdf:")


def _plain(allowed: Attributes) -> dict[str, Callable[[str], object]]:
    """Return a fast test for attribute values about which nothing is reported."""
    checks = {key: check for key, check in {**allowed.required, **allowed.optional}.items() if check is not anything}
    plain = {key: PLAIN.get(check, lambda content, check=check: not check(content)) for key, check in checks.items()}
    return plain | {key: advice.is_plain for key, advice in allowed.advice.items()}


def value(
    check: Check,
    code: str,
    reference: str,
    severity: Severity = "error",
    strip: bool = True,
    advice: Advice | None = None,
) -> Rule:
    """Make a rule that checks the text of an element."""
    is_plain = advice.is_plain if advice else PLAIN.get(check, lambda content: not check(content))

    def rule(element: etree._Element) -> Iterable[Finding]:
        content = raw_text(element) if len(element) else element.text or ""
        if strip:
            content = content.strip()
        return () if is_plain(content) else wrong(element, content)

    def wrong(element: etree._Element, content: str) -> Iterable[Finding]:
        if expected := check(content):
            message = f"<{label(element)}> is '{shown(content)}'; expected {expected}"
            return (finding(element, severity, code, message, reference),)
        return advice.words(element, content) if advice else ()

    return rule


def only_text(reference: str) -> Rule:
    """Make a rule that reports elements where text should be."""

    def rule(element: etree._Element) -> Iterable[Finding]:
        child = next(element.iterchildren("*"), None) if len(element) else None
        if child is None:
            return ()
        message = f"<{label(element)}> holds <{label(child)}>; expected text: escape markup, &lt;{label(child)}&gt;"
        return (finding(child, "error", "unexpected-element", message, reference),)

    return rule


def only_elements(reference: str) -> Rule:
    """Make a rule that reports text where only elements should be."""

    def rule(element: etree._Element) -> Iterator[Finding]:
        stray = " ".join(((element.text or "") + "".join(child.tail or "" for child in element)).split())
        if stray:
            message = f"<{label(element)}> has text between its elements: '{shown(stray)}'"
            yield finding(element, "error", "unexpected-text", message, reference)

    return rule


Rules = dict[Any, tuple[Rule, ...]]  # the full name of an element -> its rules


class Table(NamedTuple):
    """The rules of a vocabulary by element, so that a document is walked once.

    Attributes:
        values: what no grammar says: dates, addresses, what depends on something else.
        all: the same and what a grammar says too, but to the point: a grammar only knows that something is wrong
            somewhere. Where it has found nothing, these find nothing.
        places: by element, what may stand in it.
    """

    values: Rules
    all: Rules
    places: Mapping[Any, frozenset[Any]] = {}


def table(
    namespace: str,
    rules: Mapping[str, tuple[Rule, ...]],
    of_children: Mapping[str, Children],
    of_attributes: Mapping[str, Attributes],
    of_text: str = "",
) -> Table:
    """Build the rules of a vocabulary from its tables.

    Args:
        of_text: the names of the elements that hold nothing but text, separated by spaces.
    """
    of_values: Rules = {}
    all_: Rules = {}
    for called in {*rules, *of_children, *of_attributes}:
        of_values[f"{namespace}{called}"] = all_[f"{namespace}{called}"] = rules.get(called, ())
    for called, stated in of_attributes.items():
        all_[f"{namespace}{called}"] += (attributes(stated),)
        if _plain(stated):  # else a grammar says all that is to be said
            of_values[f"{namespace}{called}"] += (attributes(stated),)
    for called, allowed in of_children.items():
        all_[f"{namespace}{called}"] += (children(namespace, allowed), only_elements(allowed.reference))
    places = {
        f"{namespace}{called}": frozenset(
            f"{namespace}{child}"
            for child in " ".join((allowed.required, allowed.optional, allowed.many, allowed.some)).split()
        )
        for called, allowed in of_children.items()
    }
    for called in of_text.split():
        all_[f"{namespace}{called}"] += (only_text(of_attributes[called].reference),)
    return Table(of_values, all_, places)


def apply(
    rules: Rules,
    elements: Iterable[etree._Element],
    others: Callable[[etree._Element], Iterable[Finding]] | None = None,
    table: Table | None = None,
) -> list[Finding]:
    """Apply the rules to elements; return at most MOST findings.

    What is inside of an element that does not belong where it is, is not looked into.

    Args:
        others: says what is to be said of elements that have no rules.
        table: the elements of the format, where rules has others too.
    """
    found: list[Finding] = []
    of_others = (others,) if others else ()
    known, places = (table.all, table.places) if table else (rules, {})
    for element in elements:
        for rule in rules.get(element.tag, of_others):
            if (said := rule(element)) and is_looked_into(element, known, places):
                found += islice(said, MOST)
                if len(found) >= MOST:
                    return found[:MOST]
    return found


def is_looked_into(element: etree._Element, known: Rules, places: Mapping[Any, frozenset[Any]]) -> bool:
    """Return False for an element inside of another that does not belong where it is, or that is of a module.

    Args:
        known: the elements of the vocabulary.
        places: by element of the vocabulary, what may stand in it.
    """
    is_own = element.tag in known
    for above in element.iterancestors():
        if above.tag not in known:
            if is_own or not str(above.tag).startswith("{"):
                return False
            continue
        holder = above.getparent()
        if holder is not None and holder.tag in places and above.tag not in places[holder.tag]:
            return str(above.tag).startswith("{")
    return True
