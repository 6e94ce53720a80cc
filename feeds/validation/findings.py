"""What the rules of all formats share: making findings, and the tables of children, attributes and values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from feeds.model import Finding, Severity
from feeds.validation.values import PLAIN, Check, anything

Rule = Callable[[etree._Element], Iterable[Finding]]
Words = Callable[[etree._Element, str], Iterable[Finding]]
_SHOWN = 80  # characters of a value
MOST = 2000  # findings of one pass: who has more mends the first and runs again; it bounds the memory


def finding(element: etree._Element, severity: Severity, code: str, message: str, reference: str) -> Finding:
    """Return a finding at the line of an element."""
    return Finding(severity, code, message, element.sourceline or 0, None, reference)


def name(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


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
    known = once | {f"{namespace}{called}" for called in allowed.many.split()}
    pattern = f"{namespace or '{}'}*"

    def rule(element: etree._Element) -> Iterator[Finding]:
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
                message = f"<{name(element)}> has no attribute '{needed}'"
                yield finding(element, "error", "missing-attribute", message, allowed.reference)
        for key, content in ((str(key), str(content)) for key, content in element.items()):
            if key not in checks:
                if allowed.is_closed and not key.startswith("{"):
                    message = f"attribute '{key}' does not belong to <{name(element)}>"
                    yield finding(element, "error", "undefined-attribute", message, allowed.reference)
            elif expected := checks[key](content):
                message = f"{key} of <{name(element)}> is '{shown(content)}'; expected {expected}"
                yield finding(element, "error", "bad-attribute", message, allowed.reference)
            elif key in allowed.advice:
                yield from allowed.advice[key].words(element, content)

    return rule


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
            message = f"<{name(element)}> is '{shown(content)}'; expected {expected}"
            return (finding(element, severity, code, message, reference),)
        return advice.words(element, content) if advice else ()

    return rule


Rules = dict[Any, tuple[Rule, ...]]  # the full name of an element -> its rules


class Table(NamedTuple):
    """The rules of a vocabulary by element, so that a document is walked once.

    Attributes:
        values: what no grammar says: dates, addresses, what depends on something else.
        all: the same and what a grammar says too, but to the point: a grammar only knows that something is wrong
            somewhere. Where it has found nothing, these find nothing.
    """

    values: Rules
    all: Rules


def table(
    namespace: str,
    rules: Mapping[str, tuple[Rule, ...]],
    of_children: Mapping[str, Children],
    of_attributes: Mapping[str, Attributes],
) -> Table:
    """Build the rules of a vocabulary from its tables."""
    of_values: Rules = {}
    all_: Rules = {}
    for called in {*rules, *of_children, *of_attributes}:
        of_values[f"{namespace}{called}"] = all_[f"{namespace}{called}"] = rules.get(called, ())
    for called, stated in of_attributes.items():
        all_[f"{namespace}{called}"] += (attributes(stated),)
        if _plain(stated):  # else a grammar says all that is to be said
            of_values[f"{namespace}{called}"] += (attributes(stated),)
    for called, allowed in of_children.items():
        all_[f"{namespace}{called}"] += (children(namespace, allowed),)
    return Table(of_values, all_)


def apply(
    rules: Rules,
    elements: Iterable[etree._Element],
    others: Callable[[etree._Element], Iterable[Finding]] | None = None,
) -> list[Finding]:
    """Apply the rules to elements; return at most MOST findings.

    Args:
        others: says what is to be said of elements that have no rules.
    """
    found: list[Finding] = []
    of_others = (others,) if others else ()
    for element in elements:
        for rule in rules.get(element.tag, of_others):
            if said := rule(element):
                found += islice(said, MOST)
                if len(found) >= MOST:
                    return found[:MOST]
    return found
