"""Refuse what looks like an accident: implausible changes of a source, or an output of another site.

Readers know entries by their ids, so an item that is listed again under another id is announced again. A source is held
back when many of its new items look old (flood), when most of its items are gone (shrink), or when it lists what a
source had that is gone from feeds.toml (renamed).

An output folder with entries that the history does not know belongs to another site, or was published after the backup
from which the history was restored. Publishing over it would take news from subscribers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from feeds import publish
from feeds.config.limits import SERVED_FEED_BYTES
from feeds.model import ATOM, HistoryError, OtherSiteError
from feeds.pipeline.run import Run

FLOOD_LEAST = 5  # old items that would be new; fewer are an editor's, not an accident's
SHRINK_LEAST = 4  # items that a listing had; of fewer, less than half is nothing


class Held(NamedTuple):
    """Why a source is held back: a code, which is the value for --allow, and a sentence."""

    code: str
    allow: str
    message: str


def find_shrink(source: str, listed: int, before: int, percent: int) -> Held | None:
    """Return why a source is held back if most of its items disappeared, else None.

    Args:
        listed: items that it lists now.
        before: items that it listed when it was last taken, 0 where it never was.
        percent: of the items listed before, how many must be there.
    """
    if before < SHRINK_LEAST or listed * 100 >= before * percent:
        return None
    message = f"source '{source}' lists {listed} items, and listed {before} before"
    return _held("shrink", source, message, "put the listing right")


def find_flood(source: str, listed: int, old: int, percent: int) -> Held | None:
    """Return why a source is held back if many of its entries would be announced again, else None.

    Args:
        listed: items that it lists now.
        old: items that would be new, and look old: listed under a date before that of the newest entry known from the
            source, or with the title of an entry that is known.
        percent: of the listed items, how many may be such.
    """
    if old < FLOOD_LEAST or old * 100 <= listed * percent:
        return None
    message = f"source '{source}' lists {listed} items, of which {old} would be announced as new although they look old"
    return _held("flood", source, message, "put the listing right")


def find_rename(source: str, left_behind: Mapping[str, int]) -> Held | None:
    """Return why a source is held back if it lists what another source had, else None.

    Args:
        left_behind: sources that are gone from feeds.toml -> how many of their entries this one lists as new.
    """
    if not left_behind:
        return None
    names = sorted(left_behind)
    quoted = ", ".join(f'"{name}"' for name in names)
    line = f"was = {quoted}" if len(names) == 1 else f"was = [{quoted}]"
    count = sum(left_behind.values())
    message = (
        f"source '{names[0]}' is gone from feeds.toml, and '{source}' lists {count} of its entries, which would be "
        "announced again"
    )
    return _held("renamed", source, message, f'if it is the same source, write {line} below name = "{source}"')


def _held(code: str, source: str, message: str, remedy: str) -> Held:
    allow = f"{code}:{source}"
    return Held(code, allow, f"{message}; {remedy}, or allow it once: --allow {allow}")


LOST = "lost-history"
_ATOM = "{http://www.w3.org/2005/Atom}"


def check_output(run: Run) -> None:
    """Refuse to overwrite an output that the history knows nothing of.

    Raises:
        OtherSiteError: no entry of the output is known.
        HistoryError: some are not, or the history knows of no run at all.
    """
    history = run.history
    if LOST in run.allow:
        return
    was_published = any(publish.stat_by_bytes(folder, ATOM.file) for folder in (run.output, run.served))
    if not history.state("publishing"):
        if was_published:
            raise HistoryError(
                history.path,
                f"knows of no run, but {run.output} holds feeds: what they remember would be lost, and their entries "
                f"announced again; put a backup of the file in its place, or begin anew with --allow {LOST}",
            )
        return
    state = history.documents.get(ATOM.file)
    if state and publish.looks_published(run.served, ATOM.file, state):
        return
    published = _ids(run)
    unknown = history.entries.unknown_ids(published)
    if unknown and len(unknown) == len(published):
        raise OtherSiteError(
            run.served,
            f"belongs to another site: '{run.config.title}' knows nothing of its entries ({unknown[0]}); give another "
            f"--output, or empty the folder; if it is the site's own, its history was lost: --allow {LOST}",
        )
    if unknown:
        raise HistoryError(
            history.path,
            f"is older than {run.served}: {len(unknown)} of its last entries are unknown ({unknown[0]}), and would "
            f"vanish; put a newer backup of the file in its place, or give them up with --allow {LOST}",
        )


def _ids(run: Run) -> list[str]:
    """Return the ids in the main feed as it is served, empty if it is not a feed."""
    body = publish.read(run.served, ATOM.file, SERVED_FEED_BYTES)
    if body is None:
        return []
    from lxml import etree

    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError:
        return []  # nobody's feed: a file that was damaged is put right
    return [str(found.text).strip() for found in root.iterfind(f"{_ATOM}entry/{_ATOM}id") if found.text]
