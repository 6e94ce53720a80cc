"""Which stored entry each observed item of a source is: one assignment, the strongest evidence first, one to one.

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

import itertools
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from feeds.history import identity
from feeds.history.observed import ALSO, AVAILABLE, LEFT, pack, stored_also, unpack

_MOST_LINKED = 20  # entries of one link that are looked at: a link that more have tells nothing
_BEGINNING = 6000  # characters of texts that are compared: identity.py takes no more words than these have

_ENTRY = f"arrival, date, key, guid, link_key, text_digest(text), title, substr(text, 1, {_BEGINNING}), source"
_ITEM = "number, date, key, guid, link_key, text_digest, is_inferred"
_UNMATCHED = f"SELECT {_ITEM} FROM observed WHERE source = ? AND entry IS NULL AND elsewhere IS NULL"
_COLUMNS = {"guid": "guid", "link": "link_key"}
_NO_TEXT = identity.text_digest("")


class Sources(NamedTuple):
    """The source that is matched, among the others.

    Attributes:
        name: its name.
        was: what it was called before: entries of these names may be its own.
        all: the names of all sources, in the order of feeds.toml; the first of two that list a link owns the entry.
        apart: those whose items are never taken for those of another source.
        gone: names of sources that have entries, and are not in feeds.toml any more.
    """

    name: str
    was: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    apart: frozenset[str] = frozenset()
    gone: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """The names under which entries of the source are stored."""
        return (self.name, *self.was)


class Cut(NamedTuple):
    """The last item of a document, which looks like a stored entry whose upload stopped in the middle."""

    number: int
    shown: str
    document: str
    line: int
    title: str  # of the stored entry


class _Item(NamedTuple):
    """An observed item that is not matched yet."""

    number: int
    date: str
    key: str
    guid: str
    link_key: str
    text_digest: bytes
    is_inferred: int


class _Entry(NamedTuple):
    """A stored entry that it may be; text: its beginning."""

    arrival: int
    date: str
    key: str
    guid: str
    link_key: str
    text_digest: bytes
    title: str
    text: str
    source: str


class Matching:
    """Matches observed items to stored entries."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._moved: set[str] = set()  # keys that are known to move in the source that is matched

    # --- the rules, in their order --------------------------------------------------------------------------------

    def match_surely(self, sources: Sources, moved: Collection[str] = ()) -> set[str]:
        """Match by the rules that compare no long lists; return the keys ("guid", "link") that moved from one entry to
        another, as positions do: such a key and the date alone are no evidence.

        Call once every document of the source is read: what is not read yet would seem to have left.

        Args:
            moved: keys that did so in an earlier run.
        """
        self._by_date_and_title(sources, self._with_same_text)
        self._moved = set(moved) | {key for key in _COLUMNS if self._has_moved(sources.name, key)}
        for key in _COLUMNS:
            self._by_key(sources, key, ("title", "text"))
        self._by_date_and_title(sources, self._without_contradiction)
        self._moved |= {key for key in _COLUMNS if self._has_moved(sources.name, key)}
        for key in _COLUMNS:
            if key not in self._moved:
                self._by_key(sources, key, ("date",))
        return self._moved

    def match_elsewhere(self, sources: Sources) -> int:
        """Match items to entries of other sources by their links; return how many are those of another source.

        The entry belongs to the source that stands first in feeds.toml: one that stands below leaves it to this one,
        and so does one that is gone, where this one is known to have listed it too.
        """
        if sources.name in sources.apart:
            return 0
        return sum(
            self._place_elsewhere(item, sources)
            for item in self._rows(f"{_UNMATCHED} AND link_key <> '' ORDER BY +number", sources.name)
        )

    def match_similar(self, sources: Sources) -> None:
        """Match items that are not listed as before: retitled, redated, or cut off then and whole now."""
        for date, items in self._groups(sources, "date"):
            entries = self._entries(sources, "date = ?", date)
            common = self._common_texts(sources, date) if entries else set()
            long = [one for one in entries if len(one.text) >= identity.LONG_TEXT and one.text_digest not in common]
            rule = "an entry of that date with the same long text is listed no more"
            left = self._pair(items, long, _text, rule, unique=True)
            self._compare(left, entries, _likeness, "an entry of that date with a very similar title is listed no more")
        oldest, newest = self._window(sources.name)
        for key, items in self._groups(sources, "key") if oldest else ():
            # What rolled off the listing may well come again with a new date: then it is another item.
            entries = self._entries(sources, "key = ? AND date BETWEEN ? AND ?", key, oldest, newest)
            rule = "an entry with that title and {} text is listed no more under its date"
            left = self._pair(items, entries, _text, rule.format("the same"))
            self._compare(left, entries, _text_likeness, rule.format("a similar"))

    def set_cut_aside(self, sources: Sources, lasts: Mapping[int, bool]) -> list[Cut]:
        """Take the last items of documents out that look like a stored entry which was cut in the middle.

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
            candidate = unpack(packed)
            observed = _observed(candidate)
            if not observed.text and has_ended and (candidate.link or candidate.guid):
                continue
            for entry in self._entries(sources, "date = ?", date):
                if identity.is_cut(_known(entry), observed):
                    found.append(Cut(number, shown, document, line, entry.title))
                    self._db.execute("DELETE FROM observed WHERE number = ?", (number,))
                    break
        return found

    def left_behind(self, sources: Sources) -> dict[str, int]:
        """The sources that are gone from feeds.toml and had what this one lists as new, with how much of it."""
        found: dict[str, int] = {}
        for item in self._rows(f"{_UNMATCHED} ORDER BY +number", sources.name) if sources.gone else ():
            if name := next((name for name in sources.gone if self._was_of(item, name, sources)), ""):
                found[name] = found.get(name, 0) + 1
        return found

    def _was_of(self, item: _Item, name: str, sources: Sources) -> bool:
        """Return True if a source that is gone had an item: its date and title, or its link."""
        where, values = "date = ? AND key = ?", [item.date, item.key]
        if item.is_inferred:
            where, values = "key = ?", [item.key]
        if self._db.execute(f"SELECT 1 FROM entries WHERE source = ? AND {where} LIMIT 1", (name, *values)).fetchone():
            return True
        linked = self._query(
            f"SELECT {_ENTRY} FROM entries WHERE link_key = ? AND link_key <> '' AND source = ? LIMIT 2",
            item.link_key,
            name,
        )
        is_unique = self._is_unique(sources.name, "link", item.link_key)
        others = [(entry, _known(entry)) for entry in linked]
        return _same_elsewhere(_observed(self._candidate(item.number)), others, is_unique) is not None

    def unchanged(self, source: str) -> int:
        """How many items of a source were matched, and say what is stored."""
        found: int = self._db.execute(
            "SELECT count(*) FROM observed WHERE source = ? AND candidate IS NULL AND elsewhere IS NULL", (source,)
        ).fetchone()[0]
        return found

    # --- (a) and (c): date and title ------------------------------------------------------------------------------

    def _by_date_and_title(self, sources: Sources, pair: Callable[[list[_Item], list[_Entry], str], object]) -> None:
        for (date, key), items in self._groups(sources, "date, key"):
            pair(items, self._entries(sources, "date = ? AND key = ?", date, key), "its date and title")
        for key, items in self._groups(sources, "key", is_inferred=1):
            entries = self._entries(sources, "key = ? AND precision = 'inferred'", key)
            pair(items, entries, "its title, without a date,")

    def _with_same_text(self, items: list[_Item], entries: list[_Entry], known: str) -> None:
        """Pair what has the same text; of several first what has the same guid or link too."""
        rule = f"{known} and its text are known"
        for also in (lambda one: (one.text_digest, one.guid), lambda one: (one.text_digest, one.link_key), _text):
            items = self._pair(items, entries, also, rule)

    def _without_contradiction(self, items: list[_Item], entries: list[_Entry], known: str) -> None:
        """Pair the others, those with similar texts first."""
        rule = f"{known} are known"
        left = self._compare(items, entries, _text_likeness, rule, margin=0.0)
        taken = self._taken(entries)
        free = [entry for entry in entries if entry.arrival not in taken]
        # The newest stands on top, and came last.
        for item, entry in zip(reversed(left), free, strict=False):
            if not self._contradicts(item, entry):
                self._assign(item.number, entry.arrival, rule)

    # --- (b): guid and link ---------------------------------------------------------------------------------------

    def _by_key(self, sources: Sources, key: str, wanted: tuple[str, ...]) -> None:
        column = _COLUMNS[key]
        for item in self._rows(f"{_UNMATCHED} AND {column} <> '' ORDER BY +number", sources.name):
            value = getattr(item, column)
            stored = [
                entry
                for name in sources.own
                for entry in self._query(
                    f"SELECT {_ENTRY} FROM entries WHERE source = ? AND {column} = ? AND {column} <> '' LIMIT 2",
                    name,
                    value,
                )
            ]
            if len(stored) != 1 or not self._is_unique(sources.name, key, value) or not self._is_left(stored[0]):
                continue
            agreeing = identity.agrees(key, self._facts(item, stored[0]))
            if agreeing in wanted:
                self._assign(item.number, stored[0].arrival, f"its {key} is known, and so is its {agreeing}")

    def _facts(self, item: _Item, entry: _Entry) -> identity.Facts:
        candidate = self._candidate(item.number)
        return identity.Facts(
            identity.titles_alike(entry.title, candidate.title),
            item.date == entry.date and not item.is_inferred,
            item.text_digest == entry.text_digest != _NO_TEXT,
            not entry.text or not candidate.text or bool(identity.texts_alike(entry.text, candidate.text)),
        )

    def _has_moved(self, source: str, key: str) -> bool:
        """Return True if a matched item has the key of another entry, or another item has the key of its entry."""
        column = _COLUMNS[key]
        changed = (
            f"SELECT observed.number, observed.{column} AS now, own.{column} AS before, own.arrival AS own "
            f"FROM observed JOIN entries AS own ON own.arrival = observed.entry AND own.{column} <> observed.{column} "
            f"WHERE observed.source = :source AND candidate IS NOT NULL"
        )
        found = self._db.execute(
            f"WITH changed AS ({changed}) SELECT EXISTS (SELECT 1 FROM changed JOIN entries ON source = :source AND "
            f"{column} = now AND {column} <> '' AND arrival <> own) OR EXISTS (SELECT 1 FROM changed JOIN observed ON "
            f"source = :source AND {column} = before AND {column} <> '' AND observed.number <> changed.number)",
            {"source": source},
        ).fetchone()
        return bool(found[0])

    def _is_unique(self, source: str, key: str, value: str) -> bool:
        """Return True if no two observed items of the source have that guid or link."""
        return not self._db.execute(
            f"SELECT 1 FROM observed WHERE source = ? AND {_COLUMNS[key]} = ? AND {_COLUMNS[key]} <> '' "
            "LIMIT 1 OFFSET 1",
            (source, value),
        ).fetchone()

    def _contradicts(self, item: _Item, entry: _Entry) -> bool:
        """Return True if a guid or a link speaks against an item and an entry being one: theirs are others, and so are
        their texts.
        """
        texts = (item.text_digest, entry.text_digest)
        if _NO_TEXT in texts or texts[0] == texts[1]:
            return False
        return any(
            getattr(item, column) and getattr(entry, column) and getattr(item, column) != getattr(entry, column)
            for key, column in _COLUMNS.items()
            if key not in self._moved
        )

    # --- links of other sources -----------------------------------------------------------------------------------

    def _place_elsewhere(self, item: _Item, sources: Sources) -> bool:
        """Match an item to the entry of another source; return True if it stays that source's."""
        is_unique = self._is_unique(sources.name, "link", item.link_key)
        observed = _observed(self._candidate(item.number))
        rows = self._query(
            f"SELECT {_ENTRY} FROM entries WHERE link_key = ? AND link_key <> '' ORDER BY source, arrival LIMIT ?",
            item.link_key,
            _MOST_LINKED,
        )
        rank = {name: number for number, name in enumerate(sources.all)}
        found = [
            entry
            for name, entries in itertools.groupby(rows, lambda entry: entry.source)
            if name not in sources.own and name not in sources.apart
            if (entry := _same_elsewhere(observed, [(one, _known(one)) for one in entries], is_unique))
        ]
        for entry in sorted(found, key=lambda one: rank.get(one.source, len(rank))):
            if rank.get(entry.source, len(rank)) < rank[sources.name]:
                self._leave(item, entry.arrival, entry.source)
                return True
            if entry.source in rank or self._is_also(entry.arrival, sources.name):
                if not self._taken([entry]):
                    rule = f"its link is that of an entry of source '{entry.source}', which leaves it to this one"
                    self._assign(item.number, entry.arrival, rule)
                return False
        return self._place_beside(item, observed, is_unique, sources, rank)

    def _place_beside(
        self, item: _Item, observed: identity.Known, is_unique: bool, sources: Sources, rank: dict[str, int]
    ) -> bool:
        """Likewise for an item of another source that is new in this run."""
        rows = self._db.execute(
            "SELECT number, source, candidate FROM observed WHERE link_key = ? AND link_key <> '' AND source <> ? AND "
            "entry IS NULL AND elsewhere IS NULL ORDER BY source_order, number LIMIT ?",
            (item.link_key, sources.name, _MOST_LINKED),
        ).fetchall()
        for name, found in itertools.groupby(rows, lambda row: str(row[1])):
            if name in sources.apart or rank.get(name, len(rank)) > rank[sources.name]:
                continue
            number = _same_elsewhere(observed, [(row[0], _observed(unpack(row[2]))) for row in found], is_unique)
            if number:
                self._leave(item, -number, name)
                return True
        return False

    def _leave(self, item: _Item, elsewhere: int, owner: str) -> None:
        self._db.execute(
            "UPDATE observed SET elsewhere = ?, candidate = NULL, rule = ? WHERE number = ?",
            (elsewhere, f"its link is that of an entry of source '{owner}', which stands first", item.number),
        )

    def _is_also(self, arrival: int, source: str) -> bool:
        found = self._db.execute("SELECT 1 FROM also WHERE entry = ? AND source = ?", (arrival, source)).fetchone()
        return found is not None

    # --- pairs ----------------------------------------------------------------------------------------------------

    def _pair(
        self,
        items: Sequence[_Item],
        entries: Sequence[_Entry],
        key: Callable[[Any], object],
        rule: str,
        unique: bool = False,
    ) -> list[_Item]:
        """Match what has the same key; return the items that are left."""
        taken = self._taken(entries)
        free = [entry for entry in entries if entry.arrival not in taken]
        matched = set()
        for item, entry in identity.equal_pairs(items, free, key, unique):
            self._assign(item.number, entry.arrival, rule)
            matched.add(item.number)
        return [item for item in items if item.number not in matched]

    def _compare(
        self,
        items: Sequence[_Item],
        entries: Sequence[_Entry],
        likeness: Callable[[identity.Known, identity.Known, bool], float],
        rule: str,
        margin: float = identity.MARGIN,
    ) -> list[_Item]:
        """Match what is most alike; return the items that are left."""
        taken = self._taken(entries)
        free = [entry for entry in entries if entry.arrival not in taken]
        if not items or not free:
            return list(items)
        known = {}
        for item in items:
            candidate = self._candidate(item.number)
            known[item.number] = identity.Known(candidate.date, candidate.title, candidate.text[:_BEGINNING])

        def score(item: _Item, entry: _Entry) -> float:
            return likeness(_known(entry), known[item.number], self._contradicts(item, entry))

        matched = set()
        for item, entry in identity.alike_pairs(items, free, score, margin):
            self._assign(item.number, entry.arrival, rule)
            matched.add(item.number)
        return [item for item in items if item.number not in matched]

    def _taken(self, entries: Iterable[_Entry]) -> set[int]:
        """Which of these entries an item was matched to meanwhile."""
        return {
            entry.arrival
            for entry in entries
            if self._db.execute("SELECT 1 FROM observed WHERE entry = ?", (entry.arrival,)).fetchone()
        }

    def _assign(self, number: int, arrival: int, rule: str) -> None:
        """Match an item to an entry; nothing is to be done where that says the same."""
        candidate = self._candidate(number)
        digest, stated, date, *stored = self._db.execute(
            f"SELECT entries.digest, observed.digest, entries.date, entries.guid, {ALSO} "
            "FROM entries, observed WHERE arrival = ? AND number = ?",
            (arrival, number),
        ).fetchone()
        if candidate.precision == "inferred":  # today, whenever it is observed: the first time counts
            candidate = candidate._replace(date=_day(date))
        own = [candidate.date.isoformat(), candidate.guid, *stored_also(candidate)]
        is_same = digest == stated and [date, *stored] == own
        self._db.execute(
            "UPDATE observed SET entry = ?, rule = ?, candidate = ? WHERE number = ?",
            (arrival, rule, None if is_same else pack(candidate), number),
        )
        # At once, so that no other source takes it for its own.
        source = candidate.origin.source
        self._db.execute("UPDATE entries SET source = ? WHERE arrival = ? AND source <> ?", (source, arrival, source))

    # --- rows -----------------------------------------------------------------------------------------------------

    def _groups(self, sources: Sources, columns: str, is_inferred: int = 0) -> Iterator[tuple[Any, list[_Item]]]:
        """The unmatched items that have these columns in common."""
        names = columns.split(", ")
        # The plus signs let SQLite sort, and so read all rows before the first is changed.
        rows = self._rows(
            f"{_UNMATCHED} AND is_inferred = {is_inferred} ORDER BY {', '.join(f'+{name}' for name in names)}, +number",
            sources.name,
        )
        for found, items in itertools.groupby(rows, lambda item: tuple(getattr(item, name) for name in names)):
            yield found if len(names) > 1 else found[0], list(items)

    def _rows(self, query: str, *values: object) -> Iterator[_Item]:
        yield from map(_Item._make, self._db.execute(query, values))

    def _common_texts(self, sources: Sources, date: str) -> set[bytes]:
        """The digests of texts that several items or several entries of a date have: they tell none from another."""
        names = ", ".join("?" * len(sources.own))
        rows = self._db.execute(
            "SELECT text_digest FROM observed WHERE source = ? AND date = ? GROUP BY text_digest HAVING count(*) > 1 "
            f"UNION SELECT text_digest(text) FROM entries WHERE source IN ({names}) AND date = ? "
            "GROUP BY text_digest(text) HAVING count(*) > 1",
            (sources.name, date, *sources.own, date),
        )
        return {digest for (digest,) in rows}

    def _query(self, query: str, *values: object) -> list[_Entry]:
        return [_Entry(*row) for row in self._db.execute(query, values)]

    def _entries(self, sources: Sources, where: str, *values: object) -> list[_Entry]:
        """The entries that an item of the source may be, in the order of their arrival."""
        found = []
        for name in sources.own:
            available = AVAILABLE if name == sources.name else LEFT
            found += self._query(
                f"SELECT {_ENTRY} FROM entries WHERE source = ? AND {where} AND {available} ORDER BY arrival",
                name,
                *values,
            )
        return found

    def _is_left(self, entry: _Entry) -> bool:
        """Return True if an item may be that entry."""
        found = self._db.execute(f"SELECT 1 FROM entries WHERE arrival = ? AND {AVAILABLE}", (entry.arrival,))
        return found.fetchone() is not None

    def _candidate(self, number: int) -> Any:
        return unpack(self._db.execute("SELECT candidate FROM observed WHERE number = ?", (number,)).fetchone()[0])

    def _window(self, source: str) -> tuple[str, str]:
        """The dates of the oldest and the newest item that the source lists, each "" where it lists none."""
        oldest, newest = self._db.execute(
            "SELECT min(oldest), max(newest) FROM (SELECT min(date) AS oldest, max(date) AS newest FROM observed "
            "WHERE source = ? UNION ALL SELECT oldest, newest FROM inputs JOIN standing ON input = number "
            "WHERE oldest <> '')",
            (source,),
        ).fetchone()
        return oldest or "", newest or ""


_Other = TypeVar("_Other")


def _same_elsewhere(
    observed: identity.Known, others: Sequence[tuple[_Other, identity.Known]], is_unique: bool
) -> _Other | None:
    """Which of the things of another source with an item's link is that item, None where none is.

    A link that several have on either side tells them from nothing; their titles and dates do.
    """
    titled = [one for one, known in others if identity.is_same_title_and_date(known, observed)]
    if len(titled) == 1:
        return titled[0]
    if is_unique and len(others) == 1 and identity.is_same_elsewhere(others[0][1], observed):
        return others[0][0]
    return None


def _observed(candidate: Any) -> identity.Known:
    return identity.Known(candidate.date, candidate.title, candidate.text)


def _text(one: _Item | _Entry) -> bytes:
    return one.text_digest


def _known(entry: _Entry) -> identity.Known:
    return identity.Known(_day(entry.date), entry.title, entry.text)


_day = identity.day


def _likeness(stored: identity.Known, observed: identity.Known, contradicts: bool) -> float:
    return identity.likeness(stored, observed)


def _text_likeness(stored: identity.Known, observed: identity.Known, contradicts: bool) -> float:
    found = identity.texts_alike(stored.text, observed.text)
    return found if not contradicts or found >= identity.SURELY_SIMILAR_TEXT else 0.0
