"""The items that a run has observed, before and after they are matched to stored entries.

They are in tables that live and die with the connection: a source may list a million items, and SQLite sorts them
without holding them in memory. matching.py decides which stored entry each of them is.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Literal, NamedTuple

from feeds.history import codec, identity, schema
from feeds.model import Candidate

Status = Literal["observed", "unchanged", "duplicate"]


class Seen(NamedTuple):
    """What is known of an item as soon as it is read.

    Attributes:
        other: where the item stands too: of a duplicate the place that counts; else one that counts no more, or "".
    """

    status: Status
    other: str = ""


class Pending(NamedTuple):
    """An observed item that is new (serial 0) or that changed a stored entry."""

    number: int
    serial: int
    rule: str
    title_key: str  # identity.title_key
    link_key: str  # identity.link_key
    digest: bytes  # identity.content_digest
    candidate: Candidate


class AlsoListed(NamedTuple):
    """An entry of one source (owner) that another one lists too, and where."""

    id: str
    title: str
    owner: str
    source: str
    shown: str


class Impact(NamedTuple):
    """How many items of a source are new, and how many of these look old: dated before the newest entry of the source,
    or with the title of one of its entries.
    """

    new: int
    old: int


class _Twin(NamedTuple):
    """Another observed item that says the same as one; entry: the serial that it was matched to, None for none."""

    number: int
    document: str
    shown: str
    entry: int | None


# Conditions of SQL, of rows of entries. AVAILABLE: no item of this run is matched to the entry, and no unread document
# lists it. GONE_ELSEWHERE, for entries of another source: nor does that source list it any more.
AVAILABLE = (
    "NOT EXISTS (SELECT 1 FROM observed WHERE observed.entry = entries.serial) AND NOT EXISTS (SELECT 1 "
    "FROM listed_entries JOIN unread USING (document_number) WHERE listed_entries.entry = entries.serial)"
)
GONE_ELSEWHERE = (
    f"{AVAILABLE} AND NOT EXISTS (SELECT 1 FROM listed_entries JOIN source_documents ON source_documents.number = "
    "document_number WHERE listed_entries.entry = entries.serial AND source_documents.source = entries.source)"
)
EXACT, NEW = "its date, title, text and link are known", "nothing like it is known"
_MOST_TWINS = 5  # items of one date, title and link that are looked at: more of them are no teaser of each other


class Observed:
    """The items that this run has observed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._has_entries: dict[str, bool] = {}  # by source, when the transaction began
        self._first = 0  # number of the first item of the document that is being read
        self._repeated: list[int] = []  # numbers of items that it lists and another document has listed before
        db.executescript(schema.OBSERVED)

    def begin(self) -> None:
        """Say that a transaction begins."""
        self._has_entries.clear()

    def has_entries(self, source: str) -> bool:
        """Return True if anything was stored of a source when the transaction began."""
        known = self._has_entries.get(source)
        if known is None:
            found = self._db.execute("SELECT EXISTS (SELECT 1 FROM entries WHERE source = ?)", (source,)).fetchone()
            known = self._has_entries[source] = bool(found[0])
        return known

    # --- items ----------------------------------------------------------------------------------------------------

    def add(self, candidate: Candidate, source_order: int, sources: tuple[str, ...]) -> Seen:
        """Observe an item. One that is exactly as a stored entry is known at once; the others are matched when the
        whole source is read.

        Args:
            sources: those whose entries it may be: its own, and the names that this had before.
        """
        content, origin = candidate.content, candidate.origin
        row: dict[str, Any] = {
            "rule": NEW,
            "entry": None,
            "source_order": source_order,
            "source": origin.source,
            "date": candidate.date.isoformat(),
            "key": identity.title_key(content.title),
            "is_inferred": candidate.precision == "inferred",
            "guid": candidate.guid,
            "digest": identity.content_digest(content.title, content.text, candidate.link),
            "text_digest": identity.text_digest(content.text),
            "link_key": identity.link_key(candidate.link) if candidate.link else "",
            "document": origin.document,
            "line": origin.line,
            "shown": str(origin),
        }
        is_unchanged = self._match_exactly(candidate, row, sources)
        if row["entry"] and row["is_inferred"]:
            candidate = candidate._replace(date=dt.date.fromisoformat(row["date"]))
        replaced = ""
        if row["link_key"] and (twin := self._twin(candidate, row)):
            if not row["entry"] or twin.entry or twin.document != origin.document:
                return self._repeat(origin.document, twin)
            self._db.execute("DELETE FROM observed WHERE number = ?", (twin.number,))
            replaced = twin.shown
        row["candidate"] = None if is_unchanged else codec.pack_candidate(candidate)
        places = ", ".join(f":{column}" for column in row)
        try:
            self._db.execute(f"INSERT INTO observed ({', '.join(row)}) VALUES ({places})", row)
        except sqlite3.IntegrityError:  # date, title, link and text are those of another one
            found = self._db.execute(
                "SELECT number, document, shown, entry FROM observed WHERE source = :source AND date = :date AND "
                "key = :key AND text_digest = :text_digest AND link_key = :link_key",
                row,
            ).fetchone()
            return self._repeat(origin.document, _Twin(*found))
        return Seen("unchanged" if is_unchanged else "observed", replaced)

    def _match_exactly(self, candidate: Candidate, row: dict[str, Any], sources: tuple[str, ...]) -> bool:
        """Fill entry, rule and date of a row where an entry has its date, title, text and link; return True if all else
        of that is the same too.
        """
        for source in sources:
            if self.has_entries(source) and (found := self._exact_entry(candidate, source, row)):
                serial, date, *stored = found
                row.update(entry=serial, rule=EXACT, date=date)
                if source != candidate.origin.source:  # a former name of the source; no other is to take the entry
                    self._db.execute("UPDATE entries SET source = ? WHERE serial = ?", (row["source"], serial))
                return stored == [candidate.guid, codec.encode(candidate.content)]
        return False

    def _exact_entry(self, candidate: Candidate, source: str, row: dict[str, Any]) -> tuple[object, ...] | None:
        """The serial, date, guid and content of the stored entry with the date, title, text and link of a row."""
        # The date of an item without one is today, whenever it is observed: the first time counts.
        date = "precision = 'inferred'" if row["is_inferred"] else "date = :date"
        available = "" if source == candidate.origin.source else f" AND {GONE_ELSEWHERE}"
        found: tuple[object, ...] | None = self._db.execute(
            f"SELECT serial, date, guid, content FROM entries WHERE source = :of AND key = :key AND {date} "
            f"AND digest = :digest{available}",
            {**row, "of": source},
        ).fetchone()
        return found

    def _twin(self, candidate: Candidate, row: dict[str, Any]) -> _Twin | None:
        """Another observed item with the same date, title and link, of whose text one is the beginning of the other:
        an item on top of a page in more words, or on two pages. Of two in one document the stored one counts.
        """
        rows = self._db.execute(
            "SELECT number, document, shown, entry, candidate, (SELECT text FROM entries WHERE serial = entry) "
            "FROM observed WHERE source = :source AND date = :date AND key = :key AND link_key = :link_key "
            f"LIMIT {_MOST_TWINS}",
            row,
        ).fetchall()
        for *twin, packed, stored in rows:
            text = codec.unpack_candidate(packed).content.text if packed else stored
            if identity.is_part(candidate.content.text, text):
                return _Twin(*twin)
        return None

    def _repeat(self, document: str, twin: _Twin) -> Seen:
        """What an item is that was observed before: listed twice by its document, or by another one too."""
        if twin.document == document:
            return Seen("duplicate", twin.shown)
        self._repeated.append(twin.number)
        return Seen("unchanged")

    # --- documents ------------------------------------------------------------------------------------------------

    def begin_document(self) -> None:
        """Say that the items of another document come now."""
        self._first = self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM observed").fetchone()[0]
        self._repeated.clear()

    def dates(self) -> tuple[str, str]:
        """Return the dates of the oldest and the newest item that the document lists, each "" where it lists none."""
        repeated = ", ".join(map(str, self._repeated))
        oldest, newest = self._db.execute(
            f"SELECT min(date), max(date) FROM observed WHERE number >= ? OR number IN ({repeated})", (self._first,)
        ).fetchone()
        return oldest or "", newest or ""

    def last_number(self) -> int:
        """Return the number of the last item that this document was the first to list, 0 where there is none."""
        found = self._db.execute("SELECT max(number) FROM observed WHERE number >= ?", (self._first,)).fetchone()
        return found[0] or 0

    def end_document(self, number: int, is_part: bool) -> None:
        """Say that those were all items of the document of that number, or that they were put on top of its others."""
        if not is_part:
            self._db.execute("DELETE FROM listed_entries WHERE document_number = ?", (number,))
        self._db.execute(
            "INSERT INTO read_items SELECT ?, ?, max(number) FROM observed WHERE number >= ? "
            "HAVING max(number) IS NOT NULL",
            (number, self._first, self._first),
        )
        self._db.executemany("INSERT INTO repeated VALUES (?, ?)", [(number, other) for other in self._repeated])

    def set_unread(self, documents: Iterable[tuple[int, bool]]) -> None:
        """Say which documents of the source that is being read have not changed.

        Args:
            documents: their numbers, each with whether something was put on top of it.
        """
        self._db.execute("DELETE FROM unread")
        self._db.executemany("INSERT INTO unread VALUES (?, ?)", documents)

    def add_unread(self, number: int) -> None:
        """Say that a document cannot be read now: what it listed counts as if it still did."""
        self._db.execute("INSERT OR IGNORE INTO unread VALUES (?, 0)", (number,))

    def can_match_apart(self, source: str, names: Collection[str]) -> bool:
        """Return True if the items that were read can be matched without reading the unread documents of the source.

        They cannot when an entry changed that an unread document lists too, when what was put on top of a document is
        listed in it already, or when an item has the guid or the link of an entry that is listed there.

        Args:
            names: those under which entries of the source are stored.
        """
        places = ", ".join("?" * len(names))
        for key in ("guid", "link_key"):
            shared = self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM observed CROSS JOIN entries ON "
                f"entries.{key} = observed.{key} AND entries.{key} <> '' AND entries.source IN ({places}) "
                "JOIN listed_entries ON listed_entries.entry = entries.serial JOIN unread USING (document_number) "
                "WHERE observed.source = ? AND observed.entry IS NULL)",
                (*names, source),
            ).fetchone()
            if shared[0]:
                return False
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM observed JOIN listed_entries USING (entry) JOIN unread "
            "USING (document_number) WHERE source = ? AND (candidate IS NOT NULL OR (is_part AND (EXISTS "
            "(SELECT 1 FROM read_items WHERE read_items.document_number = unread.document_number AND number "
            "BETWEEN first AND last) OR EXISTS (SELECT 1 FROM repeated WHERE "
            "repeated.document_number = unread.document_number AND repeated.number = observed.number)))))",
            (source,),
        ).fetchone()
        return not found[0]

    def overlaps(self, source: str) -> bool:
        """Return True if an item that was read is listed by two documents of the source."""
        found = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM observed JOIN repeated USING (number) WHERE source = :source) OR EXISTS "
            "(SELECT 1 FROM observed JOIN listed_entries USING (entry) JOIN unread USING (document_number) "
            "WHERE source = :source)",
            {"source": source},
        ).fetchone()
        return bool(found[0])

    # --- what becomes of them -------------------------------------------------------------------------------------

    def count(self, source: str, overlaps: bool) -> int:
        """Return how many items a source lists, in what was read and in what was not.

        Args:
            overlaps: documents of it may list the same items, which are to be counted once; that takes longer.
        """
        read = "SELECT count(*) FROM observed WHERE source = ?"
        unread = "SELECT coalesce(sum(items), 0) FROM source_documents JOIN unread ON document_number = number"
        if overlaps:
            unread = (
                "SELECT count(DISTINCT entry) FROM listed_entries JOIN unread USING (document_number) "
                "WHERE entry NOT IN (SELECT entry FROM observed WHERE entry IS NOT NULL)"
            )
        found: int = self._db.execute(f"SELECT ({read}) + ({unread})", (source,)).fetchone()[0]
        return found

    def impact(self, source: str) -> Impact:
        """Return what a source would announce."""
        newest = self._db.execute("SELECT max(date) FROM entries WHERE source = ?", (source,)).fetchone()[0] or ""
        row: tuple[int, int] = self._db.execute(
            "SELECT count(*), count(*) FILTER (WHERE date < ? OR EXISTS (SELECT 1 FROM entries WHERE "
            "entries.source = observed.source AND entries.key = observed.key)) FROM observed "
            "WHERE source = ? AND entry IS NULL AND elsewhere IS NULL",
            (newest, source),
        ).fetchone()
        return Impact(*row)

    def pending(self) -> Iterator[Pending]:
        """Yield what is new or changed in the order in which entries are stored: by date, and of one date from the
        bottom of the listing, which has the newest on top.
        """
        rows = self._db.execute(
            "SELECT number, entry, rule, key, link_key, digest, candidate FROM observed WHERE candidate IS NOT NULL "
            "ORDER BY date, source_order, document, line DESC, number DESC"
        )
        for number, serial, rule, title_key, link_key, digest, packed in rows:
            yield Pending(
                number=number,
                serial=serial or 0,
                rule=rule,
                title_key=title_key,
                link_key=link_key,
                digest=digest,
                candidate=codec.unpack_candidate(packed),
            )

    def set_entry(self, number: int, serial: int) -> None:
        """Note which entry was made of an item."""
        self._db.execute("UPDATE observed SET entry = ? WHERE number = ?", (serial, number))

    def store(self) -> list[AlsoListed]:
        """Store for the next runs which entries the documents list that were read; return those of which it was not
        known that another source lists them too.
        """
        self._db.execute("UPDATE observed SET entry = elsewhere WHERE elsewhere > 0 AND entry IS NULL")
        self._db.execute(
            "UPDATE observed SET entry = (SELECT other.entry FROM observed AS other WHERE "
            "other.number = -observed.elsewhere) WHERE elsewhere < 0 AND entry IS NULL"
        )
        self._db.execute(
            "INSERT OR IGNORE INTO listed_entries SELECT document_number, entry FROM read_items JOIN observed "
            "ON number BETWEEN first AND last WHERE entry IS NOT NULL"
        )
        self._db.execute(
            "INSERT OR IGNORE INTO listed_entries SELECT document_number, entry FROM repeated JOIN observed "
            "USING (number) WHERE entry IS NOT NULL"
        )
        new = self._db.execute(
            "SELECT entries.id, entries.title, entries.source, observed.source, shown FROM observed JOIN entries ON "
            "serial = entry WHERE elsewhere IS NOT NULL AND NOT EXISTS (SELECT 1 FROM also_listed WHERE "
            "also_listed.entry = serial AND also_listed.source = observed.source) ORDER BY number"
        ).fetchall()
        self._db.execute(
            "INSERT OR IGNORE INTO also_listed SELECT entry, source FROM observed WHERE elsewhere IS NOT NULL "
            "AND entry IS NOT NULL"
        )
        return [AlsoListed(*row) for row in new]
