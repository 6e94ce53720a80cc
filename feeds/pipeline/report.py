"""The report of a run, for people and programs."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from feeds.history.observed import AlsoListed
from feeds.model import Entry, Finding, Problem
from feeds.publish import Paths

MOST = 10_000  # changes, and files, that the report of a run lists, but for one that only says what would be done


@dataclass(slots=True)
class Counts:
    """The numbers of items read, and of what became of them; each is in exactly one of the other four."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0

    def clear(self) -> None:
        """Reset all counts."""
        self.read = self.new = self.changed = self.unchanged = self.rejected = 0

    def add(self, other: Counts) -> None:
        """Add other counts, field by field."""
        for name in ("read", "new", "changed", "unchanged", "rejected"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Refusal(NamedTuple):
    """A document that is not published because it is not valid; the last valid version stays."""

    document: str
    findings: tuple[Finding, ...]


class Change(NamedTuple):
    """A change that a run makes to one entry, in the words of an editor."""

    kind: str  # "new", "retitled", "edited", "relinked", "retagged", "also": another source lists it too
    id: str
    title: str  # as it is now
    place: str  # where the item is listed, or its page
    before: str = ""  # of "also", the source that it is of
    after: str = ""  # of "also", the source that lists it too


@dataclass(slots=True)
class Report:
    """The results of a run."""

    site: str
    output: str
    counts: Counts = field(default_factory=Counts)
    sources: dict[str, Counts] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    told: list[Problem] | None = None  # of the problems those that are news; None: not compared with earlier runs
    ended: list[str] = field(default_factory=list)  # problems of earlier runs that are gone
    alerts: list[str] = field(default_factory=list)  # what somebody should be told who does not read reports
    ongoing: int = 0  # problems that are known and not told again
    notes: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    is_published: bool = True  # False when no feed would have been valid: everything stays as it was
    is_dry: bool = False  # nothing was written: this is what would be
    held: dict[str, str] = field(
        default_factory=dict
    )  # sources that are held back -> why: "flood", "shrink", "renamed"
    changes: list[Change] = field(default_factory=list)  # a run that publishes keeps so many as MOST
    changes_more: int = 0  # than those
    feeds: list[str] = field(default_factory=list)  # paths of the feeds that were written, "" for the main one
    written: list[str] = field(default_factory=list)  # paths below the output folder; as many as of the changes
    written_more: int = 0  # than those
    feeds_written: int = 0
    feeds_unchanged: int = 0

    @property
    def status(self) -> int:
        """The exit code: 0 all well; 1 something was rejected; 3 nothing is published, or nothing of a source."""
        if not self.is_published or self.held:
            return 3
        return int(bool(self.refused) or any(problem.severity == "error" for problem in self.problems))

    @property
    def news_status(self) -> int:
        """The exit code of a run whose known problems are no news: as status, for what is told alone."""
        if self.told is None or not self.is_published:
            return self.status
        told = {problem.origin.source for problem in self.told}
        if told & set(self.held):
            return 3
        return int(any(problem.severity == "error" for problem in self.told))

    def note(self, before: Entry | None, after: Entry, place: str) -> None:
        """Record what changed in an entry, or that it is new."""
        if before is None:
            self._note(Change("new", after.id, after.content.title, place))
            return
        for kind, old, new in (
            ("retitled", before.content.title, after.content.title),
            ("relinked", before.link, after.link),
            ("edited", before.content.html, after.content.html),
            ("retagged", _labels(before), _labels(after)),
        ):
            if old != new:
                shown = (old, new) if kind != "edited" else ("", "")
                self._note(Change(kind, after.id, after.content.title, place, *shown))

    def note_also(self, also: AlsoListed) -> None:
        """Record that another source lists an entry too, by its link."""
        self._note(
            Change(
                kind="also",
                id=also.id,
                title=also.title,
                place=also.shown,
                before=also.owner,
                after=also.source,
            )
        )

    def note_files(self, paths: Paths) -> None:
        """Record which files were written."""
        self.written = list(itertools.islice(paths, None if self.is_dry else MOST))
        self.written_more = len(paths) - len(self.written)

    def _note(self, change: Change) -> None:
        if self.is_dry or len(self.changes) < MOST:
            self.changes.append(change)
        else:
            self.changes_more += 1

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            **asdict(self),
            "problems": list(map(_plain, self.problems)),
            "told": list(map(_plain, self.problems if self.told is None else self.told)),
            "refused": [
                {"document": refusal.document, "findings": [finding._asdict() for finding in refusal.findings]}
                for refusal in self.refused
            ],
            "changes": [change._asdict() for change in self.changes],
            "status": self.status,
        }


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "source": problem.origin.source,
        "path": problem.origin.document,
        "line": problem.origin.line,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
    }


def _labels(entry: Entry) -> str:
    return ", ".join(sorted(category.label for category in entry.categories))
