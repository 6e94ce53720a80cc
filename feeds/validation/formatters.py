"""Format verdicts for people, scripts and code hosts: text, JSON Lines, SARIF 2.1.0, JUnit, GitHub annotations."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from urllib.parse import quote

from lxml import etree

from feeds import __version__
from feeds.model import Finding
from feeds.validation import Verdict

Judged = tuple[str, Verdict]  # the path as given, and what was said of it
_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_FEW = 3  # findings alike that are shown each by itself
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(judged: Iterable[Judged], is_folded: bool = True) -> Iterator[str]:
    """path:line:column: severity: message, in PATH 'title' (section) [code]

    Args:
        is_folded: of more than a few findings alike in a document show the first, and how many there are.
    """
    for path, verdict in judged:
        alike: dict[tuple[str, ...], list[Finding]] = {}
        for finding in verdict.findings:
            alike.setdefault(_likeness(finding), []).append(finding)
        shown: set[tuple[str, ...]] = set()
        for finding in verdict.findings:
            likeness = _likeness(finding)
            count = len(alike[likeness])
            if not is_folded or count < _FEW:
                yield _line(path, finding)
            elif likeness not in shown:
                shown.add(likeness)
                yield _line(path, finding, f"; {count} times, --all shows each")


def _likeness(finding: Finding) -> tuple[str, ...]:
    """What findings have in common that are shown as one: all but the entry and the value."""
    return finding.severity, finding.code, re.sub(r"\[\d+\]", "", finding.path), finding.path and finding.reference


def _line(path: str, finding: Finding, more: str = "") -> str:
    place = f"{path}:{finding.line}" + (f":{finding.column}" if finding.column else "")
    entry = f" '{finding.entry}'" if finding.entry else ""
    inside = f", in {finding.path}{entry}" if finding.path else ""
    return f"{place}: {finding.severity}: {finding.message}{inside}{more} ({finding.reference}) [{finding.code}]"


def json_lines(judged: Iterable[Judged]) -> Iterator[str]:
    """Return one JSON object for each document, one a line."""
    for path, verdict in judged:
        yield json.dumps(
            {
                "path": path,
                "format": verdict.format,
                "valid": verdict.is_valid,
                "findings": [
                    {
                        "severity": finding.severity,
                        "code": finding.code,
                        "message": finding.message,
                        "line": finding.line,
                        "column": finding.column,
                        "path": finding.path,
                        "entry": finding.entry,
                        "reference": finding.reference,
                    }
                    for finding in verdict.findings
                ],
            },
            ensure_ascii=False,
        )


def github(judged: Iterable[Judged]) -> Iterator[str]:
    """Return workflow commands, which GitHub shows next to the lines of a change."""

    def escaped(part: str, marks: str) -> str:
        for mark in "%\r\n" + marks:
            part = part.replace(mark, f"%{ord(mark):02X}")
        return part

    for path, verdict in judged:
        for finding in verdict.findings:
            place = f"file={escaped(path, ':,')},line={finding.line}" + (
                f",col={finding.column}" if finding.column else ""
            )
            yield f"::{finding.severity} {place},title={finding.code}::{escaped(finding.message, '')}"


def junit(judged: Iterable[Judged]) -> Iterator[str]:
    """Return a JUnit report: a test case for each document, which fails by its errors; warnings are its output."""
    suite = etree.Element("testsuite", name="feeds validate")
    failures = 0
    for path, verdict in judged:
        case = etree.SubElement(suite, "testcase", classname=verdict.format or "unknown", name=_printable(path))
        errors = [finding for finding in verdict.findings if finding.severity == "error"]
        warnings = [finding for finding in verdict.findings if finding.severity == "warning"]
        if errors:
            failures += 1
            message = _printable(errors[0].message) + (f", and {len(errors) - 1} more" if len(errors) > 1 else "")
            failure = etree.SubElement(case, "failure", message=message, type=errors[0].code)
            failure.text = _printable("\n".join(_line(path, finding) for finding in errors))
        if warnings:
            output = etree.SubElement(case, "system-out")
            output.text = _printable("\n".join(_line(path, finding) for finding in warnings))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", "0")
    root = etree.Element("testsuites")
    root.append(suite)
    yield etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True).decode().rstrip("\n")


def _printable(value: str) -> str:
    return _NOT_XML.sub("\ufffd", value)


def sarif(judged: Iterable[Judged]) -> Iterator[str]:
    """Return one SARIF log of all verdicts."""
    found = [(path, finding) for path, verdict in judged for finding in verdict.findings]
    used = sorted({finding.code for _, finding in found})
    driver = {"name": "feeds validate", "version": __version__, "rules": [_rule(code) for code in used]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder in which feeds validate was run."}}},
        "results": [_result(path, finding, used.index(finding.code)) for path, finding in found],
    }
    yield json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(code: str) -> dict[str, object]:
    from feeds.validation.codes import EXPLANATIONS, address_of_rule, explain, explain_in_markdown

    known = EXPLANATIONS[code]
    return {
        "id": code,
        "name": "".join(part.title() for part in code.split("-")),
        "shortDescription": {"text": f"{known.meaning[0].upper()}{known.meaning[1:]}."},
        "fullDescription": {"text": f"{known.meaning[0].upper()}{known.meaning[1:]}. {known.why}"},
        "help": {"text": explain(code), "markdown": explain_in_markdown(code)},
        "helpUri": address_of_rule(known.section),
    }


def _result(path: str, finding: Finding, rule: int) -> dict[str, object]:
    region: dict[str, int] = {"startLine": max(1, finding.line)}
    if finding.column:
        region["startColumn"] = finding.column
    location: dict[str, object] = {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path, "kind": "element"}]
    stable = "\n".join((finding.code, finding.entry, re.sub(r"\[\d+\]", "", finding.path)))
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": f"{finding.message} ({finding.reference})"},
        "locations": [location],
        "partialFingerprints": {"finding/v1": hashlib.sha256(stable.encode()).hexdigest()[:32]},
    }


def _artifact(path: str) -> dict[str, str]:
    """Return the location of a document as consumers take it: a URI, relative to where the command was run."""
    if re.match(r"https?://", path):
        return {"uri": path}
    if path == "-":
        return {"uri": "stdin"}
    place = PurePath(path)
    if place.is_absolute():
        return {"uri": place.as_uri()}
    return {"uri": quote(place.as_posix()), "uriBaseId": "%SRCROOT%"}


FORMATS: dict[str, Callable[[Iterable[Judged]], Iterator[str]]] = {
    "text": text,
    "json": json_lines,
    "sarif": sarif,
    "junit": junit,
    "github": github,
}
