"""Which entries are translations of each other, found by the addresses that they have in common.

Entries of different languages and with different links that share a key (identity.translation_keys) form a translation
group, with at most one entry of a language. Where two of one language would fit, neither is taken.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable

from feeds.content.language import primary_subtag
from feeds.history import identity
from feeds.history.entries import Entries
from feeds.model import Entry

_NEAR = 31  # days between translations known by the stems of their links alone: later, a number is used again


class Translations:
    """The translation groups of a history."""

    def __init__(self, db: sqlite3.Connection, entries: Entries) -> None:
        self._db, self._entries = db, entries

    def update(self, entry: Entry, declared: Iterable[tuple[str, ...]]) -> None:
        """Find the translations of a changed entry; each is dirty when a link to it is to be published or removed.

        Args:
            declared: sets of ids and links that feeds.toml states to be translations of each other.
        """
        keys = _keys(entry, declared)
        serial = self._entries.serial(entry.id)
        stored = {key for (key,) in self._db.execute("SELECT key FROM translation_keys WHERE entry = ?", (serial,))}
        if keys == stored:
            return
        self._leave_group(serial)
        self._db.execute("DELETE FROM translation_keys WHERE entry = ?", (serial,))
        self._add_keys(serial, keys, entry.content.language)

    def add(self, serial: int, entry: Entry, declared: Iterable[tuple[str, ...]]) -> None:
        """Find the translations of a new entry. Arguments as for update."""
        self._add_keys(serial, _keys(entry, declared), entry.content.language)

    def _add_keys(self, serial: int, keys: set[str], language: str) -> None:
        shared = [
            self._db.execute("SELECT 1 FROM translation_keys WHERE key = ?", (key,)).fetchone() for key in sorted(keys)
        ]
        self._db.executemany("INSERT INTO translation_keys VALUES (?, ?)", [(key, serial) for key in sorted(keys)])
        if any(shared):
            self._join_group(serial, language)

    def mark_dirty(self, entry: Entry) -> None:
        """Mark the translations of an entry, which show its title and link, as to be made again."""
        for translation in entry.translations:
            self._entries.mark_dirty(self._entries.serial(translation.id))

    def _join_group(self, serial: int, language: str) -> None:
        group = {primary_subtag(language): serial}
        for _, others in sorted(self._with_shared_key(serial).items()):
            for other in others if len(others) == 1 else ():
                theirs = self._group(other)
                if not theirs.keys() & group.keys():
                    group |= theirs
        if len(group) > 1:
            self._set_group(min(group.values()), group.values())

    def _with_shared_key(self, serial: int) -> dict[str, set[int]]:
        """The entries that share a key with an entry, by language."""
        found: dict[str, set[int]] = defaultdict(set)
        for other, language in self._db.execute(
            "SELECT other.serial, other.language FROM translation_keys AS mine "
            "JOIN translation_keys AS theirs ON theirs.key = mine.key "
            "JOIN entries AS other ON other.serial = theirs.entry JOIN entries AS self ON self.serial = mine.entry "
            "WHERE mine.entry = ? AND theirs.entry <> mine.entry AND (other.link <> self.link OR self.link = '') "
            "AND (substr(mine.key, 1, 1) <> ? OR abs(julianday(other.date) - julianday(self.date)) <= ?)",
            (serial, identity.STEM, _NEAR),
        ):
            found[primary_subtag(language)].add(other)
        return found

    def _group(self, serial: int) -> dict[str, int]:
        """The entries of an entry's translation group, itself among them, by language."""
        rows = self._db.execute(
            "SELECT language, serial FROM entries WHERE serial = ? OR translation_group = "
            "(SELECT translation_group FROM entries WHERE serial = ?)",
            (serial, serial),
        )
        return {primary_subtag(language): other for language, other in rows}

    def _leave_group(self, serial: int) -> None:
        """Remove an entry from its group; a group of one is none."""
        group = self._group(serial)
        if len(group) > 1:
            others = [other for other in group.values() if other != serial]
            self._set_group(None, [serial])
            self._set_group(min(others) if len(others) > 1 else None, others)

    def _set_group(self, group: int | None, serials: Iterable[int]) -> None:
        for serial in serials:
            self._db.execute("UPDATE entries SET translation_group = ? WHERE serial = ?", (group, serial))
            self._entries.mark_dirty(serial)


def _keys(entry: Entry, declared: Iterable[tuple[str, ...]]) -> set[str]:
    link = "" if entry.page else entry.link
    return identity.translation_keys(entry.id, link, entry.content.language, entry.content.alternates, declared)
