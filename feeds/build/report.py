"""What a run did: the values that people and programs are told."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from feeds.model import Finding, Problem


@dataclass(slots=True)
class Counts:
    """What became of the items that were read: every one is in exactly one of the other four."""

    read: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    put_aside: int = 0

    def add(self, other: Counts) -> None:
        """Add another count, field by field."""
        for name in ("read", "new", "changed", "known", "put_aside"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A document that is not published because it is not valid; the last good one stays."""

    document: str
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Report:
    """What a run did."""

    site: str
    output: str
    counts: Counts = field(default_factory=Counts)
    sources: dict[str, Counts] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    is_published: bool = True  # False when no feed would have been valid: everything stays as it was
    written: list[str] = field(default_factory=list)  # paths below the output folder
    feeds_written: int = 0
    feeds_unchanged: int = 0

    @property
    def status(self) -> int:
        """The exit code: 0 all well; 1 something was put aside, the rest is published; 3 nothing is published."""
        if not self.is_published:
            return 3
        return int(bool(self.refused) or any(problem.severity == "error" for problem in self.problems))

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            **asdict(self),
            "problems": [
                {
                    "source": problem.origin.source,
                    "path": problem.origin.document,
                    "line": problem.origin.line,
                    "severity": problem.severity,
                    "code": problem.code,
                    "message": problem.message,
                }
                for problem in self.problems
            ],
            "status": self.status,
        }
