"""What the rules of all formats share: how a finding is made, and the tables of children, attributes and values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from feeds.model import Finding, Severity
from feeds.validate.values import Check

Rule = Callable[[etree._Element], Iterator[Finding]]
_SHOWN = 80  # characters of a value


def finding(element: etree._Element, severity: Severity, code: str, message: str, reference: str) -> Finding:
    """A finding at the line of an element."""
    return Finding(severity, code, message, element.sourceline or 0, None, reference)


def name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(etree.QName(element).localname)


def text(element: etree._Element | None) -> str:
    """The element's text, without the white space around it."""
    return ("".join(element.itertext(with_tail=False)) if element is not None else "").strip()


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


def children(element: etree._Element, namespace: str, allowed: Children) -> Iterator[Finding]:
    """What is missing, what is there twice, what does not belong there."""
    found = list(element.iterchildren(f"{namespace}*"))
    counts = Counter(name(child) for child in found)
    for required in allowed.required.split():
        if not counts[required]:
            yield finding(
                element, "error", "missing-element", f"<{name(element)}> has no <{required}>", allowed.reference
            )
    once = {*allowed.required.split(), *allowed.optional.split()}
    known = once | {*allowed.many.split()}
    seen: set[str] = set()
    for child in found:
        called = name(child)
        if called not in known:
            message = f"<{called}> does not belong into <{name(element)}>"
            yield finding(child, "error", "undefined-element", message, allowed.reference)
        elif called in once and called in seen:
            message = f"<{name(element)}> has more than one <{called}>"
            yield finding(child, "error", "duplicate-element", message, allowed.reference)
        seen.add(called)


def attributes(element: etree._Element, allowed: Attributes) -> Iterator[Finding]:
    """What is missing, what does not belong there, what is not what it should be."""
    called = name(element)
    for required in allowed.required:
        if required not in element.attrib:
            message = f"<{called}> has no attribute '{required}'"
            yield finding(element, "error", "missing-attribute", message, allowed.reference)
    for key, value in element.attrib.items():
        check = allowed.required.get(str(key)) or allowed.optional.get(str(key))
        if check:
            if expected := check(str(value)):
                message = f"{key} of <{called}> is '{shown(str(value))}'; expected {expected}"
                yield finding(element, "error", "bad-attribute", message, allowed.reference)
        elif allowed.is_closed and not str(key).startswith("{"):
            message = f"attribute '{key}' does not belong to <{called}>"
            yield finding(element, "error", "undefined-attribute", message, allowed.reference)


def value(check: Check, code: str, reference: str, severity: Severity = "error", strip: bool = True) -> Rule:
    """A rule for an element whose text must pass a check."""

    def rule(element: etree._Element) -> Iterator[Finding]:
        content = text(element) if strip else "".join(element.itertext(with_tail=False))
        if expected := check(content):
            message = f"<{name(element)}> is '{shown(content)}'; expected {expected}"
            yield finding(element, severity, code, message, reference)

    return rule


def apply(table: Mapping[str, Iterable[Rule]], elements: Iterable[etree._Element]) -> list[Finding]:
    """What the rules of a table say of elements, looked up by their local names."""
    return [
        found
        for element in elements
        for rule in table.get(etree.QName(element).localname, ())
        for found in rule(element)
    ]


def structure(
    of_children: Mapping[str, Children], of_attributes: Mapping[str, Attributes], root: etree._Element, namespace: str
) -> list[Finding]:
    """What the tables of children and attributes say: more to the point than a grammar, which only knows that
    something is wrong somewhere.
    """
    found: list[Finding] = []
    for element in root.iter(f"{namespace}*"):
        called = name(element)
        if called in of_children:
            found += children(element, namespace, of_children[called])
        if called in of_attributes:
            found += attributes(element, of_attributes[called])
    return found
