"""What a run has observed, in tables that live and die with it: items, their documents, and what becomes of them.

A source may list a million items: they wait in SQLite, sorted by it, not in memory. Which stored entry each of them is
says matching.py.
"""

from __future__ import annotations

import datetime as dt
import json
import marshal
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from feeds.history import identity, schema
from feeds.model import Candidate, Enclosure, Origin

Status = Literal["observed", "unchanged", "duplicate"]


class Seen(NamedTuple):
    """What is known of an item as soon as it is read, and where it stands too: for a duplicate, the one that counts;
    for another, one that counts no more.
    """

    status: Status
    other: str = ""


class Pending(NamedTuple):
    """An observed item that is new (arrival 0) or that changed a stored entry."""

    number: int
    arrival: int
    rule: str
    key: str  # identity.title_key
    digest: bytes  # identity.content_digest
    candidate: Candidate


class Also(NamedTuple):
    """An entry that another source lists too."""

    id: str
    title: str
    owner: str  # the source that it is of
    source: str  # that lists it too
    shown: str  # where


class Impact(NamedTuple):
    """How many items of a source are new, and how many of these look old: of a date before that of the newest entry
    known from the source, or with the title of a known one.
    """

    new: int
    old: int


# Of entries: no item of this run is it yet, and no document that stands unread lists it.
AVAILABLE = (
    "NOT EXISTS (SELECT 1 FROM observed WHERE observed.entry = entries.arrival) AND NOT EXISTS (SELECT 1 FROM listings "
    "JOIN standing USING (input) WHERE listings.entry = entries.arrival)"
)
# Of those of another source: nor does that source list it any more.
LEFT = (
    f"{AVAILABLE} AND NOT EXISTS (SELECT 1 FROM listings JOIN inputs ON inputs.number = input "
    "WHERE listings.entry = entries.arrival AND inputs.source = entries.source)"
)
EXACT = "its date, title, text and link are known"


class Observed:
    """The items that this run has observed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, bool] = {}  # sources of which there were entries when the transaction began
        self._first = 0  # number of the first item of the document that is being read
        self._again: list[int] = []  # numbers of items that it lists, and another one before
        db.executescript(schema.OBSERVED)

    def begin(self) -> None:
        """Say that a transaction begins."""
        self._known.clear()

    def has_entries(self, source: str) -> bool:
        """Return True if anything is stored of a source: while it is read, that stays as it is."""
        known = self._known.get(source)
        if known is None:
            found = self._db.execute("SELECT EXISTS (SELECT 1 FROM entries WHERE source = ?)", (source,)).fetchone()
            known = self._known[source] = bool(found[0])
        return known

    def add(self, candidate: Candidate, source_order: int, sources: tuple[str, ...]) -> Seen:
        """Note an item. One that is exactly a stored entry is known at once; the others are matched when the whole
        source is read.

        Args:
            sources: those whose entries it may be: its own, and what that was called before.
        """
        origin = candidate.origin
        digest = identity.content_digest(candidate.title, candidate.text, candidate.link)
        key, is_inferred = identity.title_key(candidate.title), candidate.precision == "inferred"
        date, arrival, is_same = candidate.date.isoformat(), None, False
        for source in sources:
            if arrival is None and self.has_entries(source):
                arrival, date, is_same = self._exact(candidate, source, date, key, digest)
        if arrival and is_inferred:
            candidate = candidate._replace(date=dt.date.fromisoformat(date))
        same = identity.text_digest(candidate.text), identity.link_key(candidate.link) if candidate.link else ""
        replaced = ""
        if same[1] and (other := self._listed_twice(candidate, date, key, same[1])):
            number, document, shown, its_entry = other
            if not arrival or its_entry or document != origin.document:
                return self._seen_again(origin.document, number, document, shown)
            self._db.execute("DELETE FROM observed WHERE number = ?", (number,))
            replaced = shown
        values = (
            arrival,
            EXACT if arrival else "nothing like it is known",
            source_order,
            origin.source,
            date,
            key,
            is_inferred,
            candidate.guid,
            digest,
            *same,
            origin.document,
            origin.line,
            str(origin),
            None if is_same else pack(candidate),
        )
        try:
            self._db.execute(
                "INSERT INTO observed (entry, rule, source_order, source, date, key, is_inferred, guid, digest, "
                "text_digest, link_key, document, line, shown, candidate) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        except sqlite3.IntegrityError:
            other = self._db.execute(
                "SELECT number, document, shown FROM observed WHERE source = ? AND date = ? AND key = ? AND "
                "text_digest = ? AND link_key = ?",
                (origin.source, date, key, *same),
            ).fetchone()
            return self._seen_again(origin.document, *other)
        return Seen("unchanged" if is_same else "observed", replaced)

    def _listed_twice(
        self, candidate: Candidate, date: str, key: str, link_key: str
    ) -> tuple[int, str, str, int | None] | None:
        """Another observed item with the same date, title and link, and as much of the same text as there is of it: as
        what stands on top of a page in more words, or on two pages. Of two in one document the one that is stored as it
        is counts.
        """
        rows = self._db.execute(
            "SELECT number, document, shown, entry, candidate, (SELECT text FROM entries WHERE arrival = entry) "
            "FROM observed WHERE source = ? AND date = ? AND key = ? AND link_key = ? LIMIT 5",
            (candidate.origin.source, date, key, link_key),
        ).fetchall()
        for *row, packed, stored in rows:
            if identity.is_part(candidate.text, unpack(packed).text if packed else stored):
                number, document, shown, entry = row
                return number, document, shown, entry
        return None

    def _seen_again(self, here: str, number: int, document: str, shown: str) -> Seen:
        """What an item is that was observed before: listed twice by its document, or by another one too."""
        if document == here:
            return Seen("duplicate", shown)
        self._again.append(number)
        return Seen("unchanged")

    def _exact(
        self, candidate: Candidate, source: str, date: str, key: str, digest: bytes
    ) -> tuple[int | None, str, bool]:
        """The stored entry with this date, title, text and link, its date, and whether all else of it is the same."""
        if candidate.precision == "inferred":  # today, whenever it is observed: the first time counts
            where, values = "key = ? AND precision = 'inferred'", [source, key, digest]
        else:
            where, values = "date = ? AND key = ?", [source, date, key, digest]
        row = self._db.execute(
            f"SELECT arrival, date, guid, {ALSO} FROM entries WHERE source = ? AND {where} AND digest = ?"
            + ("" if source == candidate.origin.source else f" AND {LEFT}"),
            values,
        ).fetchone()
        if row is None:
            return None, date, False
        if source != candidate.origin.source:  # what the source was called before; no other is to take it
            self._db.execute("UPDATE entries SET source = ? WHERE arrival = ?", (candidate.origin.source, row[0]))
        return row[0], row[1], tuple(row[2:]) == (candidate.guid, *stored_also(candidate))

    # --- documents ------------------------------------------------------------------------------------------------

    def begin_document(self) -> None:
        """Say that the items of another document come now."""
        self._first = self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM observed").fetchone()[0]
        self._again.clear()

    def dates(self) -> tuple[str, str]:
        """The dates of the oldest and the newest item that the document lists, each "" where it lists none."""
        again = ", ".join(map(str, self._again))
        oldest, newest = self._db.execute(
            f"SELECT min(date), max(date) FROM observed WHERE number >= ? OR number IN ({again})", (self._first,)
        ).fetchone()
        return oldest or "", newest or ""

    def last_number(self) -> int:
        """The number of the last item that the document lists and no other one before, 0 where there is none."""
        found = self._db.execute("SELECT max(number) FROM observed WHERE number >= ?", (self._first,)).fetchone()
        return found[0] or 0

    def end_document(self, number: int, is_part: bool) -> None:
        """Say that those were all items of the input of that number, or that they were put on top of the others."""
        if not is_part:
            self._db.execute("DELETE FROM listings WHERE input = ?", (number,))
        self._db.execute(
            "INSERT INTO read SELECT ?, ?, max(number) FROM observed WHERE number >= ? HAVING max(number) IS NOT NULL",
            (number, self._first, self._first),
        )
        self._db.executemany("INSERT INTO again VALUES (?, ?)", [(number, other) for other in self._again])

    def stand(self, inputs: Iterable[tuple[int, bool]]) -> None:
        """Say which inputs of the source that is being read are as they were when they were read.

        Args:
            inputs: their numbers, each with whether something was put on top of it.
        """
        self._db.execute("DELETE FROM standing")
        self._db.executemany("INSERT INTO standing VALUES (?, ?)", inputs)

    def stand_unread(self, number: int) -> None:
        """Say that an input cannot be read now: what it listed counts as if it still did."""
        self._db.execute("INSERT OR IGNORE INTO standing VALUES (?, 0)", (number,))

    def is_apart(self, source: str) -> bool:
        """Return True if what was read of a source can be matched without what stands of it: nothing changed that it
        lists too, and nothing was put on top of a document that the document lists already.
        """
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM observed JOIN listings USING (entry) JOIN standing USING (input) "
            "WHERE source = ? AND (candidate IS NOT NULL OR (is_part AND (EXISTS (SELECT 1 FROM read WHERE "
            "read.input = standing.input AND number BETWEEN first AND last) OR EXISTS (SELECT 1 FROM again WHERE "
            "again.input = standing.input AND again.number = observed.number)))))",
            (source,),
        ).fetchone()
        return not found[0]

    def overlaps(self, source: str) -> bool:
        """Return True if an item that was read is listed by two documents of the source."""
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM observed JOIN again USING (number) WHERE source = ?) OR EXISTS (SELECT 1 "
            "FROM observed JOIN listings USING (entry) JOIN standing USING (input) WHERE source = ?)",
            (source, source),
        ).fetchone()
        return bool(found[0])

    # --- what becomes of them -------------------------------------------------------------------------------------

    def count(self, source: str, overlaps: bool) -> int:
        """How many items a source lists, in what was read and in what stands.

        Args:
            overlaps: whether documents of it may list the same items, which are to be counted once; that takes longer.
        """
        own = "SELECT count(*) FROM observed WHERE source = ?"
        standing = "SELECT coalesce(sum(items), 0) FROM inputs JOIN standing ON input = number"
        if overlaps:
            standing = (
                "SELECT count(DISTINCT entry) FROM listings JOIN standing USING (input) "
                "WHERE entry NOT IN (SELECT entry FROM observed WHERE entry IS NOT NULL)"
            )
        found: int = self._db.execute(f"SELECT ({own}) + ({standing})", (source,)).fetchone()[0]
        return found

    def impact(self, source: str) -> Impact:
        """What a source would announce."""
        newest = self._db.execute("SELECT max(date) FROM entries WHERE source = ?", (source,)).fetchone()[0] or ""
        row: tuple[int, int] = self._db.execute(
            "SELECT count(*), count(*) FILTER (WHERE date < ? OR EXISTS (SELECT 1 FROM entries WHERE "
            "entries.source = observed.source AND entries.key = observed.key)) FROM observed "
            "WHERE source = ? AND entry IS NULL AND elsewhere IS NULL",
            (newest, source),
        ).fetchone()
        return Impact(*row)

    def pending(self) -> Iterator[Pending]:
        """What is new or changed, in the order in which it becomes known: by date, and of one date from the bottom
        of the listing, which has the newest on top.
        """
        rows = self._db.execute(
            "SELECT number, entry, rule, key, digest, candidate FROM observed WHERE candidate IS NOT NULL "
            "ORDER BY date, source_order, document, line DESC"
        )
        for number, arrival, rule, key, digest, packed in rows:
            yield Pending(number, arrival or 0, rule, key, digest, unpack(packed))

    def admitted(self, number: int, arrival: int) -> None:
        """Note which entry was made of an item."""
        self._db.execute("UPDATE observed SET entry = ? WHERE number = ?", (arrival, number))

    def store(self) -> list[Also]:
        """Remember for the next runs which entries the documents list that were read; return those of which it was not
        known that another source lists them too.
        """
        self._db.execute("UPDATE observed SET entry = elsewhere WHERE elsewhere > 0 AND entry IS NULL")
        self._db.execute(
            "UPDATE observed SET entry = (SELECT other.entry FROM observed AS other WHERE "
            "other.number = -observed.elsewhere) WHERE elsewhere < 0 AND entry IS NULL"
        )
        self._db.execute(
            "INSERT OR IGNORE INTO listings SELECT input, entry FROM read JOIN observed ON number BETWEEN first AND "
            "last WHERE entry IS NOT NULL"
        )
        self._db.execute(
            "INSERT OR IGNORE INTO listings SELECT input, entry FROM again JOIN observed USING (number) "
            "WHERE entry IS NOT NULL"
        )
        new = self._db.execute(
            "SELECT entries.id, entries.title, entries.source, observed.source, shown FROM observed JOIN entries ON "
            "arrival = entry WHERE elsewhere IS NOT NULL AND NOT EXISTS (SELECT 1 FROM also WHERE "
            "also.entry = arrival AND also.source = observed.source) ORDER BY number"
        ).fetchall()
        self._db.execute(
            "INSERT OR IGNORE INTO also SELECT entry, source FROM observed WHERE elsewhere IS NOT NULL "
            "AND entry IS NOT NULL"
        )
        return [Also(*row) for row in new]


def as_json(values: tuple[object, ...]) -> str:
    """Values as a history keeps them."""
    return _encode(values) if values else "[]"


_encode = json.JSONEncoder(ensure_ascii=False).encode
ALSO = "language, content_html, enclosures, stated, translations"  # columns of entries, as stored_also gives them


def stored_also(candidate: Candidate) -> tuple[str, ...]:
    """What counts of an item besides its title, text and link, as an entry of it is stored."""
    more = (candidate.enclosures, candidate.stated, candidate.translations)
    return (candidate.language, candidate.content_html, *map(as_json, more))


def pack(candidate: Candidate) -> bytes:
    """A candidate for as long as the run takes."""
    origin = (candidate.origin.source, candidate.origin.document, candidate.origin.line)
    time = candidate.time.isoformat() if candidate.time else ""
    texts = (
        candidate.precision,
        candidate.title,
        candidate.text,
        candidate.summary,
        candidate.content_html,
        candidate.language,
        candidate.link,
        candidate.guid,
    )
    enclosures = tuple(tuple(enclosure) for enclosure in candidate.enclosures)
    values: Any = (
        origin,
        candidate.date.isoformat(),
        time,
        texts,
        candidate.stated,
        enclosures,
        candidate.translations,
    )
    return marshal.dumps(values)


def unpack(packed: bytes) -> Candidate:
    """The candidate that pack() packed."""
    origin, date, time, texts, stated, enclosures, translations = marshal.loads(packed)
    precision, title, text, summary, content_html, language, link, guid = texts
    return Candidate(
        Origin(*origin),
        dt.date.fromisoformat(date),
        dt.datetime.fromisoformat(time) if time else None,
        precision,
        title,
        text,
        summary,
        content_html,
        language,
        link,
        guid,
        stated,
        tuple(Enclosure(*enclosure) for enclosure in enclosures),
        translations,
    )
