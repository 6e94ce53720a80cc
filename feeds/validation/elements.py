"""What tables of modules are made of: an element of a namespace, and the rules that follow from its row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from feeds.model import Finding, Severity
from feeds.validation import values
from feeds.validation.findings import Attributes, Rule, attributes, finding, label, name, only_text, value


class Element(NamedTuple):
    """What an element of a module may hold, and where.

    Attributes:
        check: of its text; None for any text.
        attributes: None for any.
        within: the names of the elements that it may stand in, without their namespaces, separated by spaces; "" for
            any.
        is_single: it may stand once in its parent.
        needs: the names of the children, of the same namespace, that it must have.
        code: of findings about its text.
        severity: of findings about its text.
        is_text: it holds no elements.
    """

    check: values.Check | None = None
    attributes: Attributes | None = None
    within: str = ""
    is_single: bool = False
    needs: str = ""
    code: str = "bad-value"
    severity: Severity = "error"
    is_text: bool = False


class Module(NamedTuple):
    """A namespace: its document and its elements; without a list, all are allowed.

    Attributes:
        is_strict: its document says where each element stands, so that another place is an error.
        is_growing: new elements are added from time to time, so that one that is unknown here is a warning.
    """

    reference: str
    elements: Mapping[str, Element] = {}
    is_growing: bool = False
    is_strict: bool = False


ANY = Element()


def rules_of(module: Module, element: Element) -> tuple[Rule, ...]:
    """Return the rules about one element of a module."""
    found: list[Rule] = []
    if element.check:
        found.append(value(element.check, element.code, module.reference, element.severity))
    if element.attributes:
        found.append(attributes(element.attributes))
    if element.within or element.is_single:
        found.append(_place(element, module))
    if element.is_text:
        found.append(only_text(module.reference))
    if element.needs:
        found.append(_needs(element.needs.split(), module.reference))
    return tuple(found)


def _place(element: Element, module: Module) -> Rule:
    """Make a rule about where an element stands, and whether it stands there once."""
    allowed, is_single = frozenset(element.within.split()), element.is_single
    right: set[object] = set()  # the full names of parents that were found to be right

    def rule(element: etree._Element) -> Iterable[Finding]:
        parent = element.getparent()
        if parent is None:
            return ()
        if parent.tag not in right:
            if allowed and name(parent) not in allowed:
                return (_misplaced(element, parent, allowed, module),)
            right.add(parent.tag)
        if is_single and next(element.itersiblings(str(element.tag), preceding=True), None) is not None:
            message = f"<{label(parent)}> has more than one <{label(element)}>"
            return (finding(element, "error", "duplicate-element", message, module.reference),)
        return ()

    return rule


def _misplaced(element: etree._Element, parent: etree._Element, allowed: frozenset[str], module: Module) -> Finding:
    places = ", ".join(f"<{holder}>" for holder in sorted(allowed))
    message = f"<{label(element)}> stands in <{label(parent)}>; expected in {places}"
    severity: Severity = "error" if module.is_strict else "warning"
    return finding(element, severity, "misplaced-element", message, module.reference)


def _needs(names: list[str], reference: str) -> Rule:
    def rule(element: etree._Element) -> Iterator[Finding]:
        space = str(element.tag).partition("}")[0]
        for called in names:
            if element.find(f"{space}}}{called}") is None:
                message = f"<{label(element)}> has no <{called}>"
                yield finding(element, "error", "missing-element", message, reference)

    return rule
