"""The entries of a history: stored once and never forgotten. Ids and paths of pages are assigned here, once."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from feeds.config import Config
from feeds.content.corrections import corrected
from feeds.feed import paths
from feeds.history import codec, identity
from feeds.history.feeds import Feeds
from feeds.history.observed import Pending
from feeds.history.reserved_ids import ReservedIds
from feeds.history.timestamps import Timestamps
from feeds.model import Candidate, Category, Content, Correction, Entry, Evidence, Fragments, Origin, Tags, Translation

_PAGE = 50  # entries that are read at a time, so that those read may be changed meanwhile
_TRANSLATIONS = (
    "(SELECT json_group_array(json_object('language', other.language, "
    "'link', coalesce(json_extract(other.correction, '$.link'), other.link), "
    "'page', other.page, 'title', coalesce(json_extract(other.correction, '$.title'), other.title), "
    "'id', other.id)) FROM entries AS other WHERE "
    "other.translation_group = entries.translation_group AND other.serial <> entries.serial)"
)
_ENTRY = (
    "SELECT serial, id, foreign_id, link, page, published, precision, updated, source, document, line, content, "
    "categories, evidence, withdrawn, reason, correction, "
    f"CASE WHEN translation_group IS NOT NULL THEN {_TRANSLATIONS} END AS translations FROM entries"
)
_ENTRY_ALONE = _ENTRY.replace(" evidence,", " '[]' AS evidence,")
_WHICH = {
    "all": "",
    "unrendered": "AND dirty AND NOT EXISTS (SELECT 1 FROM fragments WHERE entry = serial)",
    "dirty": "AND dirty AND link = ''",
}

Rendered = tuple[int, Fragments, bool]  # the serial of an entry, its fragments, whether they were found valid


class Account(NamedTuple):
    """What else is stored of an entry, for people who ask.

    Attributes:
        date: as listed, YYYY-MM-DD.
        rule: how it was last matched.
        feeds: paths of its feeds, with its sequence number in each.
        also_listed: other sources that list it.
    """

    date: str
    first_seen: dt.datetime
    rule: str
    feeds: tuple[tuple[str, int], ...]
    also_listed: tuple[str, ...]


class Entries:
    """The entries of a history. A serial is the number of an entry in the order in which entries became known."""

    def __init__(self, db: sqlite3.Connection, feeds: Feeds, reserved_ids: ReservedIds) -> None:
        self._db, self._feeds, self._reserved_ids = db, feeds, reserved_ids
        self._timestamps = Timestamps(db)
        self.changed: set[int] = set()  # serials of entries that this transaction changed after it had stored them

    def begin(self) -> None:
        """Say that a transaction begins."""
        self._timestamps.begin()
        self.changed.clear()

    # --- storing --------------------------------------------------------------------------------------------------

    def add(self, pending: Pending, tags: Tags, config: Config, now: dt.datetime) -> tuple[int, Entry]:
        """Store a new entry: mint its id and the path of its page, assign its date. Return its serial and the entry."""
        candidate = pending.candidate
        reserved, foreign_id = self._reserved_ids.claim(candidate, pending.title_key)
        own_id, page = self._free_names(candidate, config)
        published = self._timestamps.assign(candidate)
        row = {
            "id": reserved or own_id,
            "foreign_id": foreign_id,
            "page": None if candidate.link else page,
            "published": published,
            "updated": published,
            "first_seen": int(now.timestamp()),
            "document": candidate.origin.document,
            "line": candidate.origin.line,
            "precision": candidate.precision,
            **_row_of_item(pending),
            **_row_of_tags(tags, has_page=not candidate.link),
        }
        if reserved or foreign_id:
            row["rule"] = "nothing like it is known; its id is that of an adopted feed"
        serial = self._db.execute(_insertion(tuple(row)), row).lastrowid
        assert serial is not None
        return serial, Entry(
            id=row["id"],
            content=candidate.content,
            link=candidate.link or config.base_url + page,
            page="" if candidate.link else page,
            published=_instant(published),
            precision=candidate.precision,
            updated=_instant(published),
            origin=candidate.origin,
            categories=tags.categories,
            foreign_id=foreign_id,
        )

    def _free_names(self, candidate: Candidate, config: Config) -> tuple[str, str]:
        """An id and the path of a page that no entry has."""
        date, slug = candidate.date.isoformat(), identity.slug(candidate.content.title)
        for number in itertools.count(1):
            suffix = f"-{number}" if number > 1 else ""
            specific = f"{candidate.origin.source}/{date}/{slug}{suffix}"
            own_id = identity.tag_uri(config.authority, config.year, specific)
            page = paths.entry_page(date, slug, number)
            if not self._db.execute("SELECT 1 FROM entries WHERE id = ? OR page = ?", (own_id, page)).fetchone():
                break
        return own_id, page

    def update(self, pending: Pending, tags: Tags, config: Config, now: dt.datetime) -> tuple[Entry, bool]:
        """Store what a listed item changed in its entry; return the entry, and whether readers are told.

        The id, the page and the date of publication stay; `updated` moves when title, text or link changed, and always
        forward, whatever the clock says. Other tags, another language, markup or file only make its feeds dirty.
        """
        identifier, digest, updated, page, categories, content = self._db.execute(
            "SELECT id, digest, updated, page, categories, content FROM entries WHERE serial = ?", (pending.serial,)
        ).fetchone()
        row = {**_row_of_item(pending), **_row_of_tags(tags, has_page=not pending.candidate.link)}
        if not row["link"] and page is None:  # its source had a page for it, and has none any more
            row["page"] = self.free_page(row["date"], identity.slug(pending.candidate.content.title))
        is_told = digest != row["digest"]
        if is_told:
            row["updated"] = max(int(now.timestamp()), updated + 1)
        was_shown = (categories, _shown(codec.decode(Content, content)))
        if is_told or was_shown != (row["categories"], _shown(pending.candidate.content)):
            row["dirty"] = 1
            self._forget_fragments(pending.serial)
            self._feeds.mark_dirty_of(pending.serial)
        assignments = ", ".join(f"{column} = :{column}" for column in row)
        self._db.execute(f"UPDATE entries SET {assignments} WHERE serial = :serial", {**row, "serial": pending.serial})
        return self.get(identifier, config.base_url), is_told

    def free_page(self, date: str, slug: str) -> str:
        """The path of a page that no entry has."""
        for number in itertools.count(1):
            page = paths.entry_page(date, slug, number)
            if not self._db.execute("SELECT 1 FROM entries WHERE page = ?", (page,)).fetchone():
                break
        return page

    def store_fragments(self, rendered: Iterable[Rendered]) -> None:
        """Store entries as they were rendered."""
        self._db.executemany(
            "INSERT INTO fragments (entry, sizes, packed, valid) VALUES (?, ?, ?, ?)",
            ((serial, *codec.pack_fragments(fragments), is_valid) for serial, fragments, is_valid in rendered),
        )

    def _forget_fragments(self, serial: int) -> None:
        self.changed.add(serial)
        self._db.execute("DELETE FROM fragments WHERE entry = ?", (serial,))

    def retag(self, identifier: str, tags: Tags) -> bool:
        """Store other tags; return True if the categories changed. Then the fragments and the page must be made again;
        `updated` stays. Where only the evidence changed, the page must.
        """
        serial, link, *before = self._db.execute(
            "SELECT serial, link, categories, evidence FROM entries WHERE id = ?", (identifier,)
        ).fetchone()
        row = _row_of_tags(tags, has_page=not link)
        if before == [row["categories"], row["evidence"]]:
            return False
        has_changed = bool(before[0] != row["categories"])
        if has_changed:
            self._forget_fragments(serial)
        self._db.execute(
            "UPDATE entries SET categories = :categories, evidence = :evidence, dirty = 1 WHERE serial = :serial",
            {**row, "serial": serial},
        )
        return has_changed

    def withdraw(self, identifier: str, reason: str, now: dt.datetime) -> None:
        """Put a notice in the place of an entry, in every feed that has it; what it said stays stored."""
        self._set_withdrawn(identifier, int(now.timestamp()), reason, now)

    def restore(self, identifier: str, now: dt.datetime) -> None:
        """Take the notice away again."""
        self._set_withdrawn(identifier, None, "", now)

    def _set_withdrawn(self, identifier: str, withdrawn: int | None, reason: str, now: dt.datetime) -> None:
        serial = self.serial(identifier)
        self._forget_fragments(serial)
        self._db.execute(
            "UPDATE entries SET withdrawn = ?, reason = ?, updated = max(?, updated + 1), dirty = 1 WHERE id = ?",
            (withdrawn, reason, int(now.timestamp()), identifier),
        )
        self._feeds.mark_dirty_of(serial)

    def mark_dirty(self, serial: int) -> None:
        """Mark an entry, its page and its feeds as to be made again; `updated` stays."""
        self._forget_fragments(serial)
        self._db.execute("UPDATE entries SET dirty = 1 WHERE serial = ?", (serial,))
        self._feeds.mark_dirty_of(serial)

    def set_summary(self, entry: Entry, summary: str) -> None:
        """Store another summary; the fragments and the page must be made again, `updated` stays."""
        self._forget_fragments(self.serial(entry.id))
        content = codec.encode((entry.stated or entry.content)._replace(summary=summary))
        self._db.execute("UPDATE entries SET content = ?, dirty = 1 WHERE id = ?", (content, entry.id))

    # --- reading --------------------------------------------------------------------------------------------------

    def _select(self, query: str, values: object = ()) -> sqlite3.Cursor:
        """The rows of a query, by the names of their columns."""
        cursor = self._db.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(query, values)  # type: ignore[arg-type]

    def get(self, identifier: str, base_url: str) -> Entry:
        """Return the entry with that id, which must exist."""
        return _entry(self._select(f"{_ENTRY} WHERE id = ?", (identifier,)).fetchone(), base_url)

    def identifier(self, serial: int) -> str:
        """Return the id of the entry with that serial, which must exist."""
        return str(self._db.execute("SELECT id FROM entries WHERE serial = ?", (serial,)).fetchone()[0])

    def serial(self, identifier: str) -> int:
        """Return the serial of the entry with that id, which must exist."""
        return int(self._db.execute("SELECT serial FROM entries WHERE id = ?", (identifier,)).fetchone()[0])

    def each(self, base_url: str, which: Literal["all", "unrendered", "dirty"] = "all") -> Iterator[Entry]:
        """Yield entries by date of publication; they may be changed meanwhile.

        Args:
            which: also those alone that are to be rendered, or whose own page must be made.
        """
        after = (-(1 << 62), 0)
        while rows := self._select(
            f"{_ENTRY} WHERE (published, serial) > (?, ?) {_WHICH[which]} ORDER BY published, serial LIMIT {_PAGE}",
            after,
        ).fetchall():
            for row in rows:
                yield _entry(row, base_url)
            after = (rows[-1]["published"], rows[-1]["serial"])

    def newest_of(self, feed: str, base_url: str, count: int) -> list[Entry]:
        """Return the last arrivals of a feed, those published last first, without the evidence of their tags."""
        rows = self._select(
            f"SELECT * FROM ({_ENTRY_ALONE} JOIN members ON members.entry = serial WHERE feed = ? "
            "ORDER BY sequence DESC LIMIT ?) ORDER BY published DESC, serial DESC",
            (feed, count),
        )
        return [_entry(row, base_url) for row in rows]

    def newest_times(self, feed: str, count: int) -> list[dt.datetime]:
        """Return when the last arrivals of a feed were published, the last first."""
        rows = self._db.execute(
            "SELECT published FROM (SELECT published, serial FROM entries JOIN members ON members.entry = serial "
            "WHERE feed = ? ORDER BY sequence DESC LIMIT ?) ORDER BY published DESC, serial DESC",
            (feed, count),
        )
        return [_instant(published) for (published,) in rows]

    def find(self, name: str, base_url: str) -> Entry | None:
        """Return the entry with that id (in any format), link, or address or path of its page."""
        row = self._select(
            f"{_ENTRY} WHERE id = :name OR foreign_id = :name OR link = :name OR page = :page "
            "OR json_extract(correction, '$.link') = :name",
            {"name": name, "page": name.removeprefix(base_url)},
        ).fetchone()
        return _entry(row, base_url) if row else None

    def sources_besides(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the names of sources that have entries and are not among these."""
        found, name = [], ""
        while row := self._db.execute("SELECT min(source) FROM entries WHERE source > ?", (name,)).fetchone():
            if row[0] is None:
                break
            name = row[0]
            found += [name] if name not in names else []
        return tuple(found)

    def unknown_ids(self, identifiers: Iterable[str]) -> list[str]:
        """Return those of the ids that no entry has."""
        return [
            identifier
            for identifier in identifiers
            if not self._db.execute("SELECT 1 FROM entries WHERE id = ?", (identifier,)).fetchone()
        ]

    def is_known(self, candidate: Candidate, sources: Collection[str]) -> bool:
        """Return True if an item looks like an entry of these sources: by its guid, its link, or its date and title."""
        places = ", ".join("?" * len(sources))
        names = tuple(sources)
        row = self._db.execute(
            f"SELECT EXISTS (SELECT 1 FROM entries WHERE source IN ({places}) AND guid = ? AND guid <> '') "
            f"OR EXISTS (SELECT 1 FROM entries WHERE source IN ({places}) AND link = ? AND link <> '') "
            f"OR EXISTS (SELECT 1 FROM entries WHERE source IN ({places}) AND key = ? AND date = ?)",
            (
                *names,
                candidate.guid,
                *names,
                candidate.link,
                *names,
                identity.title_key(candidate.content.title),
                candidate.date.isoformat(),
            ),
        ).fetchone()
        return bool(row[0])

    def newest_arrival(self, source: str) -> dt.datetime | None:
        """Return when something of a source was last seen for the first time; None where nothing was."""
        found = self._db.execute(
            "SELECT first_seen FROM entries NOT INDEXED WHERE source = ? ORDER BY serial DESC LIMIT 1", (source,)
        ).fetchone()
        return _instant(found[0]) if found else None

    def account(self, identifier: str) -> Account:
        """Return what else is stored of an entry."""
        date, first_seen, rule, serial = self._db.execute(
            "SELECT date, first_seen, rule, serial FROM entries WHERE id = ?", (identifier,)
        ).fetchone()
        feeds = self._db.execute("SELECT feed, sequence FROM members WHERE entry = ? ORDER BY feed", (serial,))
        others = self._db.execute("SELECT source FROM also_listed WHERE entry = ? ORDER BY source", (serial,))
        return Account(
            date=date,
            first_seen=_instant(first_seen),
            rule=rule,
            feeds=tuple(feeds.fetchall()),
            also_listed=tuple(source for (source,) in others),
        )


@lru_cache
def _insertion(columns: tuple[str, ...]) -> str:
    """The statement that stores an entry; the columns are those of the functions here, never of an input."""
    places = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO entries ({', '.join(columns)}) VALUES ({places})"


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _row_of_item(pending: Pending) -> dict[str, Any]:
    """The columns that a new entry and a changed one get alike from an item."""
    candidate = pending.candidate
    return {
        "guid": candidate.guid,
        "link": candidate.link,
        "link_key": pending.link_key,
        "source": candidate.origin.source,
        "date": candidate.date.isoformat(),
        "key": pending.title_key,
        "content": codec.encode(candidate.content),
        "digest": pending.digest,
        "rule": pending.rule,
    }


def _row_of_tags(tags: Tags, has_page: bool) -> dict[str, str]:
    """The columns of tags. Evidence is stored where a page of our own shows it; `explain` finds it anew."""
    known = {(category.scheme, category.term) for category in tags.categories} if has_page else set()
    shown = [evidence for evidence in tags.evidence if (evidence.scheme, evidence.term) in known] if known else []
    return {"categories": _encoded(tags.categories), "evidence": codec.encode_all(shown)}


@lru_cache
def _encoded(categories: tuple[Category, ...]) -> str:
    """Categories as they are stored: many entries have the same."""
    return codec.encode_all(categories)


def _shown(content: Content) -> Content:
    """What of a content readers see besides title, text and link, of which identity.content_digest tells."""
    return content._replace(title="", text="", summary="", categories=(), alternates=(), modified="")


def _entry(row: sqlite3.Row, base_url: str) -> Entry:
    translations = json.loads(row["translations"] or "[]")
    stated = codec.decode(Content, row["content"])
    correction = codec.decode(Correction, row["correction"]) if row["correction"] else Correction()
    link = correction.link or row["link"]
    return Entry(
        id=row["id"],
        content=corrected(stated, correction) if row["correction"] else stated,
        link=link or base_url + row["page"],
        page="" if link else row["page"],
        published=_instant(row["published"]),
        precision="day" if correction.date else row["precision"],
        updated=_instant(row["updated"]),
        origin=Origin(row["source"], row["document"], row["line"]),
        categories=codec.decode_all(Category, row["categories"]),
        translations=tuple(
            sorted(
                Translation(
                    stated["language"], stated["link"] or base_url + stated["page"], stated["title"], stated["id"]
                )
                for stated in translations
            )
        ),
        evidence=codec.decode_all(Evidence, row["evidence"]),
        withdrawn=_instant(row["withdrawn"]) if row["withdrawn"] is not None else None,
        reason=row["reason"],
        foreign_id=row["foreign_id"],
        stated=stated if row["correction"] else None,
        stated_link=row["link"],
    )
