"""Match the observed items of a source to stored entries: one assignment, strongest evidence first, one to one.

identity.py says what is evidence; this module finds who may be who without a look at all that is stored, and in a time
that grows with the number of items, whatever they are called. The rules, in their order:

    exact   date, title, text and link are the same (Observed.add, as the item is read)
    (a)     date, title and text
    (b)     a guid or a link that is unique among what is listed now and what is stored, and the title or the text
    (c)     date and title, where no other text stands beside another guid or link
    (b)     a guid or a link as above, and the date
    link    the link of an entry of another source
    (d)     what is listed no more: the same long text or a similar title under the same date; the same or a similar
            text and the same title under another date

An item that none of them matches is new.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from feeds.history import codec, identity
from feeds.history.pool import (
    BEGINNING,
    COLUMNS,
    ENTRY,
    NO_TEXT,
    UNMATCHED,
    Item,
    Pool,
    Sources,
    StoredEntry,
    known,
    observed_as,
)
from feeds.model import Candidate


class Cut(NamedTuple):
    """The last item of a document, which looks like a stored entry whose upload was cut off."""

    number: int
    shown: str
    document: str
    line: int
    title: str  # of the stored entry


class Matching:
    """Matches observed items to stored entries."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db, self._pool = db, Pool(db)
        self._moved: set[str] = set()  # keys that are known to move in the source that is matched

    # --- the rules, in their order --------------------------------------------------------------------------------

    def match_surely(self, sources: Sources, moved: Collection[str] = ()) -> set[str]:
        """Match by equal keys; return the keys ("guid", "link") that this source reuses for other items.

        Call once every document of the source is read: what is not read yet would seem to have left.

        Args:
            moved: keys that did so in an earlier run.
        """
        self._by_date_and_title(sources, self._with_same_text)
        self._moved = set(moved) | {key for key in COLUMNS if self._has_moved(sources.name, key)}
        for key in COLUMNS:
            self._by_key(sources, key, ("title", "text"))
        self._by_date_and_title(sources, self._without_contradiction)
        self._moved |= {key for key in COLUMNS if self._has_moved(sources.name, key)}
        for key in COLUMNS:
            if key not in self._moved:
                self._by_key(sources, key, ("date",))
        return self._moved

    def match_similar(self, sources: Sources) -> None:
        """Match items whose title, date or text changed, by similarity."""
        for date, items in self._pool.groups(sources, "date"):
            entries = self._pool.free(sources, "date = ?", date)
            common = self._pool.common_texts(sources, date) if entries else set()
            long = [
                entry for entry in entries if len(entry.text) >= identity.LONG_TEXT and entry.text_digest not in common
            ]
            rule = "an entry of that date with the same long text is listed no more"
            left = self._pair(items, long, _text, rule, unique=True)
            self._compare(left, entries, _likeness, "an entry of that date with a very similar title is listed no more")
        oldest, newest = self._pool.window(sources.name)
        for key, items in self._pool.groups(sources, "key") if oldest else ():
            # What rolled off the listing may well come again with a new date: then it is another item.
            entries = self._pool.free(sources, "key = ? AND date BETWEEN ? AND ?", key, oldest, newest)
            rule = "an entry with that title and {} text is listed no more under its date"
            left = self._pair(items, entries, _text, rule.format("the same"))
            self._compare(left, entries, _text_likeness, rule.format("a similar"))

    def reject_cut(self, sources: Sources, lasts: Mapping[int, bool]) -> list[Cut]:
        """Remove the last item of each document that looks like a cut-off upload of a stored entry.

        Args:
            lasts: their numbers, each with whether its document ends with a line end. An item that has a link, and
                whose document does, is whole, whatever is missing of it.
        """
        found = []
        for number, has_ended in lasts.items():
            row = self._db.execute(
                "SELECT date, shown, document, line, candidate FROM observed WHERE number = ? AND entry IS NULL",
                (number,),
            ).fetchone()
            if row is None:
                continue
            date, shown, document, line, packed = row
            candidate = codec.unpack_candidate(packed)
            observed = observed_as(candidate)
            if not observed.text and has_ended and (candidate.link or candidate.guid):
                continue
            for entry in self._pool.free(sources, "date = ?", date):
                is_cut = identity.is_cut(known(entry), observed)
                if is_cut or (not has_ended and _is_link_cut(candidate, entry)):
                    found.append(Cut(number=number, shown=shown, document=document, line=line, title=entry.title))
                    self._db.execute("DELETE FROM observed WHERE number = ?", (number,))
                    break
        return found

    def count_unchanged(self, source: str) -> int:
        """Return how many items of a source were matched, and update the entries that they were matched to."""
        found: int = self._db.execute(
            "SELECT count(*) FROM observed WHERE source = ? AND candidate IS NULL AND elsewhere IS NULL", (source,)
        ).fetchone()[0]
        return found

    # --- (a) and (c): date and title ------------------------------------------------------------------------------

    def _by_date_and_title(
        self, sources: Sources, pair: Callable[[list[Item], list[StoredEntry], str], object]
    ) -> None:
        for (date, key), items in self._pool.groups(sources, "date, key"):
            pair(items, self._pool.free(sources, "date = ? AND key = ?", date, key), "its date and title")
        for key, items in self._pool.groups(sources, "key", is_inferred=1):
            entries = self._pool.free(sources, "key = ? AND precision = 'inferred'", key)
            pair(items, entries, "its title, without a date,")

    def _with_same_text(self, items: list[Item], entries: list[StoredEntry], known: str) -> None:
        """Pair items and entries with the same text; if several have it, those with the same guid or link first."""
        rule = f"{known} and its text are known"
        for also in (lambda one: (one.text_digest, one.guid), lambda one: (one.text_digest, one.link_key), _text):
            items = self._pair(items, entries, also, rule)

    def _without_contradiction(self, items: list[Item], entries: list[StoredEntry], known: str) -> None:
        """Pair the remaining ones, those with similar texts first."""
        rule = f"{known} are known"
        left = self._compare(items, entries, _text_likeness, rule, margin=0.0)
        taken = self._pool.taken(entries)
        free = [entry for entry in entries if entry.serial not in taken]
        # The newest stands on top, and came last.
        for item, entry in zip(reversed(left), free, strict=False):
            if not self._contradicts(item, entry):
                self._pool.assign(item.number, entry.serial, rule)

    # --- (b): guid and link ---------------------------------------------------------------------------------------

    def _by_key(self, sources: Sources, key: str, wanted: tuple[str, ...]) -> None:
        column = COLUMNS[key]
        for item in self._pool.items(f"{UNMATCHED} AND {column} <> '' ORDER BY +number", sources.name):
            value = getattr(item, column)
            stored = [
                entry
                for name in sources.own
                for entry in self._pool.query(
                    f"SELECT {ENTRY} FROM entries WHERE source = ? AND {column} = ? AND {column} <> '' LIMIT 2",
                    name,
                    value,
                )
            ]
            if (
                len(stored) != 1
                or not self._pool.is_unique(sources.name, key, value)
                or not self._pool.is_free(stored[0])
            ):
                continue
            agreeing = identity.agrees(key, self._facts(item, stored[0]))
            if agreeing in wanted:
                self._pool.assign(item.number, stored[0].serial, f"its {key} is known, and so is its {agreeing}")

    def _facts(self, item: Item, entry: StoredEntry) -> identity.Facts:
        content = self._pool.candidate(item.number).content
        return identity.Facts(
            same_title=identity.titles_alike(entry.title, content.title),
            same_date=item.date == entry.date and not item.is_inferred,
            same_text=item.text_digest == entry.text_digest != NO_TEXT,
            alike_text=not entry.text or not content.text or bool(identity.texts_alike(entry.text, content.text)),
        )

    def _has_moved(self, source: str, key: str) -> bool:
        """Return True if an item was matched to one entry and has the guid or link of another."""
        column = COLUMNS[key]
        changed = (
            f"SELECT observed.number, observed.{column} AS now, own.{column} AS before, own.serial AS own "
            f"FROM observed JOIN entries AS own ON own.serial = observed.entry AND own.{column} <> observed.{column} "
            f"WHERE observed.source = :source AND candidate IS NOT NULL"
        )
        found = self._db.execute(
            f"WITH changed AS ({changed}) SELECT EXISTS (SELECT 1 FROM changed JOIN entries ON source = :source AND "
            f"{column} = now AND {column} <> '' AND serial <> own) OR EXISTS (SELECT 1 FROM changed JOIN observed ON "
            f"source = :source AND {column} = before AND {column} <> '' AND observed.number <> changed.number)",
            {"source": source},
        ).fetchone()
        return bool(found[0])

    def _contradicts(self, item: Item, entry: StoredEntry) -> bool:
        """Return True if both have guids (or links), these differ, and so do the texts."""
        texts = (item.text_digest, entry.text_digest)
        if NO_TEXT in texts or texts[0] == texts[1]:
            return False
        return any(
            getattr(item, column) and getattr(entry, column) and getattr(item, column) != getattr(entry, column)
            for key, column in COLUMNS.items()
            if key not in self._moved
        )

    # --- pairs ----------------------------------------------------------------------------------------------------

    def _pair(
        self,
        items: Sequence[Item],
        entries: Sequence[StoredEntry],
        key: Callable[[Any], object],
        rule: str,
        unique: bool = False,
    ) -> list[Item]:
        """Match items and entries with equal keys; return the items that are left."""
        taken = self._pool.taken(entries)
        free = [entry for entry in entries if entry.serial not in taken]
        matched = set()
        for item, entry in identity.equal_pairs(items, free, key, unique):
            self._pool.assign(item.number, entry.serial, rule)
            matched.add(item.number)
        return [item for item in items if item.number not in matched]

    def _compare(
        self,
        items: Sequence[Item],
        entries: Sequence[StoredEntry],
        likeness: Callable[[identity.Known, identity.Known, bool], float],
        rule: str,
        margin: float = identity.MARGIN,
    ) -> list[Item]:
        """Match the most similar items and entries; return the items that are left."""
        taken = self._pool.taken(entries)
        free = [entry for entry in entries if entry.serial not in taken]
        if not items or not free:
            return list(items)
        observed = {}
        for item in items:
            candidate = self._pool.candidate(item.number)
            observed[item.number] = observed_as(candidate)._replace(text=candidate.content.text[:BEGINNING])

        def score(item: Item, entry: StoredEntry) -> float:
            return likeness(known(entry), observed[item.number], self._contradicts(item, entry))

        matched = set()
        for item, entry in identity.alike_pairs(items, free, score, margin):
            self._pool.assign(item.number, entry.serial, rule)
            matched.add(item.number)
        return [item for item in items if item.number not in matched]


def _text(one: Item | StoredEntry) -> bytes:
    return one.text_digest


def _is_link_cut(candidate: Candidate, entry: StoredEntry) -> bool:
    """Return True if an item equals an entry except that the end of its link is missing."""
    link_key = identity.link_key(candidate.link) if candidate.link else ""
    content = candidate.content
    is_same = (content.title, identity.text_digest(content.text)) == (entry.title, entry.text_digest)
    return is_same and link_key != entry.link_key and entry.link_key.startswith(link_key)


def _likeness(stored: identity.Known, observed: identity.Known, contradicts: bool) -> float:
    return identity.likeness(stored, observed)


def _text_likeness(stored: identity.Known, observed: identity.Known, contradicts: bool) -> float:
    found = identity.texts_alike(stored.text, observed.text)
    return found if not contradicts or found >= identity.SURELY_SIMILAR_TEXT else 0.0
