"""What the rules of all formats share: how a finding is made, and the tables of children, attributes and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml import etree

from feeds.model import Finding, Severity
from feeds.validate.values import Check

Rule = Callable[[etree._Element], Iterable[Finding]]
_SHOWN = 80  # characters of a value
MOST = 2000  # findings of one pass: who has more mends the first and runs again; it bounds the memory


def finding(element: etree._Element, severity: Severity, code: str, message: str, reference: str) -> Finding:
    """A finding at the line of an element."""
    return Finding(severity, code, message, element.sourceline or 0, None, reference)


def name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def raw_text(element: etree._Element) -> str:
    """The element's text, with that of the elements in it."""
    return "".join(element.itertext(with_tail=False)) if len(element) else element.text or ""


def text(element: etree._Element | None) -> str:
    """The element's text, without the white space around it."""
    return raw_text(element).strip() if element is not None else ""


def shown(value: str) -> str:
    """A value as a message shows it."""
    return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"


@dataclass(frozen=True, slots=True)
class Children:
    """Which children of the same vocabulary an element has: names separated by spaces."""

    reference: str
    required: str = ""  # exactly once
    optional: str = ""  # at most once
    many: str = ""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Which attributes without a namespace an element has, and what each may be."""

    reference: str
    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    is_closed: bool = True  # others are errors


def children(namespace: str, allowed: Children) -> Rule:
    """A rule for an element: what is missing, what is there twice, what does not belong there."""
    required = {f"{namespace}{called}" for called in allowed.required.split()}
    once = required | {f"{namespace}{called}" for called in allowed.optional.split()}
    known = once | {f"{namespace}{called}" for called in allowed.many.split()}
    pattern = f"{namespace or '{}'}*"

    def rule(element: etree._Element) -> Iterable[Finding]:
        tags = [str(child.tag) for child in element.iterchildren(pattern)]
        distinct = set(tags)
        is_right = distinct <= known and distinct >= required
        if is_right and (len(tags) == len(distinct) or all(tags.count(tag) == 1 for tag in distinct & once)):
            return ()  # what most elements are; the rest of this finds the words for what is wrong
        return wrong(element)

    def wrong(element: etree._Element) -> Iterator[Finding]:
        seen: set[str] = set()
        for child in element.iterchildren(pattern):
            tag = str(child.tag)
            if tag in seen and tag in once:
                message = f"<{name(element)}> has more than one <{name(child)}>"
                yield finding(child, "error", "duplicate-element", message, allowed.reference)
            elif tag not in known:
                message = f"<{name(child)}> does not belong into <{name(element)}>"
                yield finding(child, "error", "undefined-element", message, allowed.reference)
            seen.add(tag)
        for tag in sorted(required - seen):
            message = f"<{name(element)}> has no <{tag.rpartition('}')[2]}>"
            yield finding(element, "error", "missing-element", message, allowed.reference)

    return rule


def attributes(allowed: Attributes) -> Rule:
    """A rule for an element: which attributes are missing, do not belong there, are not what they should be."""
    checks = {**allowed.required, **allowed.optional}
    required = frozenset(allowed.required)

    def rule(element: etree._Element) -> Iterable[Finding]:
        items = element.items()
        for key, content in items:
            check = checks.get(str(key))
            if check is None or check(str(content)):
                return wrong(element)
        return () if not required or required <= {str(key) for key, _ in items} else wrong(element)

    def wrong(element: etree._Element) -> Iterator[Finding]:
        stated = element.attrib
        called = name(element)
        for needed in allowed.required:
            if needed not in stated:
                message = f"<{called}> has no attribute '{needed}'"
                yield finding(element, "error", "missing-attribute", message, allowed.reference)
        for key, content in stated.items():
            check = checks.get(str(key))
            if check:
                if expected := check(str(content)):
                    message = f"{key} of <{called}> is '{shown(str(content))}'; expected {expected}"
                    yield finding(element, "error", "bad-attribute", message, allowed.reference)
            elif allowed.is_closed and not str(key).startswith("{"):
                message = f"attribute '{key}' does not belong to <{called}>"
                yield finding(element, "error", "undefined-attribute", message, allowed.reference)

    return rule


def value(check: Check, code: str, reference: str, severity: Severity = "error", strip: bool = True) -> Rule:
    """A rule for an element whose text must pass a check."""
    content_of = text if strip else raw_text

    def rule(element: etree._Element) -> Iterable[Finding]:
        content = content_of(element)
        if expected := check(content):
            message = f"<{name(element)}> is '{shown(content)}'; expected {expected}"
            return (finding(element, severity, code, message, reference),)
        return ()

    return rule


Table = dict[Any, tuple[Rule, ...]]  # the full name of an element -> its rules


def table(
    namespace: str,
    rules: Mapping[str, tuple[Rule, ...]],
    of_children: Mapping[str, Children],
    of_attributes: Mapping[str, Attributes],
) -> Table:
    """One table of all rules of a vocabulary, so that a document is walked once.

    The tables of children and attributes say what a grammar says too, but to the point: a grammar only knows that
    something is wrong somewhere.
    """
    result: Table = {}
    for called in {*rules, *of_children, *of_attributes}:
        found = list(rules.get(called, ()))
        if called in of_children:
            found.append(children(namespace, of_children[called]))
        if called in of_attributes:
            found.append(attributes(of_attributes[called]))
        result[f"{namespace}{called}"] = tuple(found)
    return result


def apply(
    rules: Table, root: etree._Element, others: Callable[[etree._Element], Iterable[Finding]] | None = None
) -> list[Finding]:
    """What the rules of a table say of the elements of a document, which is walked once; the first MOST of it.

    Args:
        others: says what is to be said of elements that are not in the table.
    """
    found: list[Finding] = []
    for element in root.iter("*"):
        of_element = rules.get(element.tag)
        if of_element is None:
            if others:
                found += others(element)
        else:
            for rule in of_element:
                said = rule(element)
                if said:
                    found += islice(said, MOST)
        if len(found) >= MOST:
            return found[:MOST]
    return found
