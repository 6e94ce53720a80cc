"""Format verdicts for people, scripts and code hosts: text, JSON Lines, SARIF 2.1.0, GitHub annotations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from feeds import __version__
from feeds.model import Finding
from feeds.validation import Verdict
from feeds.validation.codes import CODES

Judged = tuple[str, Verdict]  # the path as given, and what was said of it
_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def text(judged: Iterable[Judged]) -> Iterator[str]:
    """path:line:column: severity: message (section) [code]"""
    for path, verdict in judged:
        for finding in verdict.findings:
            place = f"{path}:{finding.line}" + (f":{finding.column}" if finding.column else "")
            yield f"{place}: {finding.severity}: {finding.message} ({finding.reference}) [{finding.code}]"


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


def sarif(judged: Iterable[Judged]) -> Iterator[str]:
    """Return one SARIF log of all verdicts."""
    results = [_result(path, finding) for path, verdict in judged for finding in verdict.findings]
    used = sorted({str(result["ruleId"]) for result in results})
    driver = {
        "name": "feeds validate",
        "version": __version__,
        "rules": [{"id": code, "shortDescription": {"text": CODES[code]}} for code in used],
    }
    yield json.dumps(
        {"$schema": _SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]},
        ensure_ascii=False,
        indent=2,
    )


def _result(path: str, finding: Finding) -> dict[str, object]:
    region: dict[str, int] = {"startLine": max(1, finding.line)}
    if finding.column:
        region["startColumn"] = finding.column
    return {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": f"{finding.message} ({finding.reference})"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": path}, "region": region}}],
    }


FORMATS = {"text": text, "json": json_lines, "sarif": sarif, "github": github}
