"""Which entries are translations of each other, found by the addresses that they have in common.

Two entries of different languages and with different links that share a key (identity.work_keys) are one work. A work
holds one entry of a language; where two of one language would do, neither is taken.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from feeds.content.language import primary_subtag
from feeds.history import identity
from feeds.history.entries import Entries
from feeds.model import Entry

_NEAR = 31  # days between translations of which only the stems of their links tell: later, a number comes again


class Translations:
    """The works of a history."""

    def __init__(self, db: sqlite3.Connection, entries: Entries) -> None:
        self._db, self._entries = db, entries

    def place(self, entry: Entry, declared: Iterable[tuple[str, ...]]) -> None:
        """Find the translations of a changed entry; each waits to be published with a link to the others.

        Args:
            declared: sets of ids and links that feeds.toml states to be one work.
        """
        arrival, stated = self._db.execute(
            "SELECT arrival, (SELECT group_concat(value, char(10)) FROM json_each(translations)) FROM entries "
            "WHERE id = ?",
            (entry.id,),
        ).fetchone()
        keys = _keys(entry, (stated or "").split("\n"), declared)
        known = {key for (key,) in self._db.execute("SELECT key FROM works WHERE entry = ?", (arrival,))}
        if keys == known:
            return
        self._leave(arrival)
        self._db.execute("DELETE FROM works WHERE entry = ?", (arrival,))
        self._place(arrival, keys, entry.language)

    def place_new(
        self, arrival: int, entry: Entry, translations: Iterable[str], declared: Iterable[tuple[str, ...]]
    ) -> None:
        """Likewise for a new entry.

        Args:
            translations: the addresses that its source states for other languages.
        """
        self._place(arrival, _keys(entry, translations, declared), entry.language)

    def _place(self, arrival: int, keys: set[str], language: str) -> None:
        shared = [self._db.execute("SELECT 1 FROM works WHERE key = ?", (key,)).fetchone() for key in keys]
        self._db.executemany("INSERT INTO works VALUES (?, ?)", [(key, arrival) for key in sorted(keys)])
        if any(shared):
            self._unite(arrival, language)

    def tell(self, entry: Entry) -> None:
        """Let the translations of an entry be published again, which show its title and link."""
        for other in entry.translations:
            (arrival,) = self._db.execute("SELECT arrival FROM entries WHERE id = ?", (other.id,)).fetchone()
            self._entries.show_again(arrival)

    def _unite(self, arrival: int, language: str) -> None:
        found: dict[str, set[int]] = defaultdict(set)
        for other, spoken in self._db.execute(
            "SELECT other.arrival, other.language FROM works AS mine JOIN works AS theirs ON theirs.key = mine.key "
            "JOIN entries AS other ON other.arrival = theirs.entry JOIN entries AS self ON self.arrival = mine.entry "
            "WHERE mine.entry = ? AND theirs.entry <> mine.entry AND (other.link <> self.link OR self.link = '') "
            "AND (substr(mine.key, 1, 1) <> ? "
            "OR abs(julianday(other.date) - julianday(self.date)) <= ?)",
            (arrival, identity.STEM, _NEAR),
        ):
            found[primary_subtag(spoken)].add(other)
        work = {primary_subtag(language): arrival}
        for spoken, others in sorted(found.items()):
            for other in others if len(others) == 1 else ():
                theirs = self._members(other)
                if spoken not in work and not theirs.keys() & work.keys():
                    work |= theirs
        if len(work) > 1:
            self._write(min(work.values()), work.values())

    def _members(self, arrival: int) -> dict[str, int]:
        """The entries of the work that an entry is of, by language."""
        rows = self._db.execute(
            "SELECT language, arrival FROM entries WHERE arrival = ? OR work = (SELECT work FROM entries WHERE "
            "arrival = ?)",
            (arrival, arrival),
        )
        return {primary_subtag(language): other for language, other in rows}

    def _leave(self, arrival: int) -> None:
        """Let an entry be no translation any more, and what it leaves alone."""
        members = self._members(arrival)
        if len(members) > 1:
            others = [other for other in members.values() if other != arrival]
            self._write(None, [arrival])
            self._write(min(others) if len(others) > 1 else None, others)

    def _write(self, work: int | None, arrivals: Iterable[int]) -> None:
        for arrival in arrivals:
            self._db.execute("UPDATE entries SET work = ? WHERE arrival = ?", (work, arrival))
            self._entries.show_again(arrival)


def _keys(entry: Entry, translations: Iterable[str], declared: Iterable[tuple[str, ...]]) -> set[str]:
    return identity.work_keys(entry.id, "" if entry.page else entry.link, entry.language, translations, declared)
