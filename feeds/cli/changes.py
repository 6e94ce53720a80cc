"""Describe what a run changes, or would change, in lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeds.cli.language import said

if TYPE_CHECKING:
    from feeds.pipeline.report import Change, Report

SHOWN = 20  # changes of a kind, and feeds
_NAMES = {"also": "listed by another source too, with the same link"}
_KINDS = ("new", "retitled", "relinked", "edited", "retagged", "also")


def changes(report: Report) -> list[str]:
    """Return lines that describe the changes; empty if no byte changes."""
    lines = []
    for kind in _KINDS:
        lines += _of_kind(kind, [change for change in report.changes if change.kind == kind])
    if report.feeds:
        names = [path or "main" for path in report.feeds]
        more = f" {_more(len(names))}" if len(names) > SHOWN else ""
        lines.append(said("{} feeds touched: {}").format(len(names), ", ".join(names[:SHOWN])) + more)
    if report.written and not lines:
        lines.append(said("{} files: {}").format(len(report.written), ", ".join(report.written[:SHOWN])))
    return lines


def _of_kind(kind: str, changes: list[Change]) -> list[str]:
    if not changes:
        return []
    lines = [f"{len(changes)} {said(_NAMES.get(kind, kind))}", *(f"  {_line(change)}" for change in changes[:SHOWN])]
    return [*lines, f"  {_more(len(changes))}"] if len(changes) > SHOWN else lines


def _more(count: int) -> str:
    return said("… and {} more").format(count - SHOWN)


def _line(change: Change) -> str:
    if change.kind in ("retitled", "relinked"):
        return f"'{change.before}' -> '{change.after}' ({change.place})"
    if change.kind == "also":
        return said("'{}' of source '{}' ({})").format(change.title, change.before, change.place)
    if change.kind == "retagged":
        return f"'{change.title}': {change.before or said('none')} -> {change.after or said('none')}"
    return f"'{change.title}' ({change.place})"
