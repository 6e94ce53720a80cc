"""The entries of a history: stored once, never forgotten; ids, pages and dates of publication are assigned here."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal

from feeds.config import Config
from feeds.history import identity
from feeds.history.feeds import Feeds
from feeds.history.observed import Pending, as_json
from feeds.history.reserved_ids import ReservedIds
from feeds.model import Candidate, Category, Enclosure, Entry, Evidence, Fragments, Origin, Precision, Tags, Translation

# A date without a time is 10:00:00Z and n seconds: that hour is the same calendar day from Honolulu to Auckland.
_HOUR_OF_DATES = dt.timedelta(hours=10)
_DAY = dt.timedelta(days=1)
_TRANSLATIONS = (
    "(SELECT json_group_array(json_array(other.language, other.link, other.page, other.title, other.id)) "
    "FROM entries AS other WHERE other.work = entries.work AND other.arrival <> entries.arrival)"
)
# What is published of an entry besides its title, text and link: a change of it is not one that readers are told of.
_ALSO = ("categories", "language", "content_html", "enclosures")


Rendered = tuple[int, Fragments, bool]  # the arrival of an entry, its fragments, whether they were found valid


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


class Entries:
    """The entries of a history."""

    def __init__(self, db: sqlite3.Connection, feeds: Feeds, adopted: ReservedIds) -> None:
        self._db, self._feeds, self._adopted = db, feeds, adopted
        self._latest: tuple[int, int] | None = None  # beginning of a day, and when the last entry of it was published
        self._onward: dict[int, int] = {}  # a second that is taken -> one from which on there may be a free one
        self.changed: set[int] = set()  # entries that this transaction changed after they were stored

    def begin(self) -> None:
        """Say that a transaction begins."""
        self._latest = None
        self._onward.clear()
        self.changed.clear()

    def admit(self, pending: Pending, tags: Tags, config: Config, now: dt.datetime) -> tuple[int, Entry]:
        """Store a new entry: mint its id and the path of its page, assign its date. Its arrival, and the entry."""
        candidate = pending.candidate
        adopted, foreign = self._adopted.claim(candidate, pending.key)
        date, name = candidate.date.isoformat(), identity.slug(candidate.title)
        number, suffix = 1, ""
        while True:
            own = identity.tag_uri(config.authority, config.year, f"{candidate.origin.source}/{date}/{name}{suffix}")
            minted = adopted or own
            page = f"items/{date.replace('-', '/')}/{name}{suffix}.html"
            if not self._db.execute("SELECT 1 FROM entries WHERE id = ? OR page = ?", (own, page)).fetchone():
                break
            number += 1
            suffix = f"-{number}"
        published = self._stamp(candidate)
        evidence = _known_evidence(tags)
        row = {
            "id": minted,
            "foreign_id": foreign,
            "page": None if candidate.link else page,
            "published": published,
            "updated": published,
            "first_seen": int(now.timestamp()),
            "document": candidate.origin.document,
            "line": candidate.origin.line,
            "categories": _pack_categories(tags.categories),
            "evidence": as_json(evidence),
            "precision": candidate.precision,
            **self._content(pending),
        }
        if adopted or foreign:
            row["rule"] = "nothing like it is known; its id is that of an adopted feed"
        places = ", ".join("?" * len(row))
        inserted = self._db.execute(f"INSERT INTO entries ({', '.join(row)}) VALUES ({places})", tuple(row.values()))
        assert inserted.lastrowid is not None
        return inserted.lastrowid, Entry(
            minted,
            candidate.title,
            candidate.link or config.base_url + page,
            "" if candidate.link else page,
            _instant(published),
            candidate.precision,
            _instant(published),
            candidate.summary,
            candidate.content_html,
            candidate.language,
            candidate.origin,
            tags.categories,
            candidate.enclosures,
            candidate.stated,
            (),
            evidence,
            foreign_id=foreign,
        )

    def revise(self, pending: Pending, tags: Tags, config: Config, now: dt.datetime) -> tuple[Entry, bool]:
        """Store what a listed item changed in its entry, and say whether readers are told.

        The id, the page and the date of publication stay; `updated` moves when title, text or link changed, and
        always forward, whatever the clock says. Other tags, another language, markup or file only make its feeds wait.
        """
        identifier, digest, updated, page, *before = self._db.execute(
            f"SELECT id, digest, updated, page, {', '.join(_ALSO)} FROM entries WHERE arrival = ?", (pending.arrival,)
        ).fetchone()
        row = self._content(pending)
        if not row["link"] and page is None:  # its source had a page for it, and has none any more
            row["page"] = self._free_page(row["date"], identity.slug(row["title"]))
        row["categories"], row["evidence"] = _pack_categories(tags.categories), as_json(_known_evidence(tags))
        shows = digest != row["digest"]
        if shows:
            row["updated"] = max(int(now.timestamp()), updated + 1)
        if shows or before != [row[column] for column in _ALSO]:
            row["waits"] = 1
            self._forget_fragments(pending.arrival)
            self._feeds.touch_of(pending.arrival)
        row["arrival"] = pending.arrival
        assignments = ", ".join(f"{column} = :{column}" for column in row if column != "arrival")
        self._db.execute(f"UPDATE entries SET {assignments} WHERE arrival = :arrival", row)
        return self.get(identifier, config.base_url), shows

    def _free_page(self, date: str, name: str) -> str:
        """The path of a page that no entry has."""
        for number in itertools.count(1):
            page = f"items/{date.replace('-', '/')}/{name}{f'-{number}' if number > 1 else ''}.html"
            if not self._db.execute("SELECT 1 FROM entries WHERE page = ?", (page,)).fetchone():
                break
        return page

    @staticmethod
    def _content(pending: Pending) -> dict[str, Any]:
        """What a new entry and a changed one store alike."""
        candidate = pending.candidate
        return {
            "guid": candidate.guid,
            "link": candidate.link,
            "link_key": identity.link_key(candidate.link) if candidate.link else "",
            "source": candidate.origin.source,
            "date": candidate.date.isoformat(),
            "key": pending.key,
            "title": candidate.title,
            "text": candidate.text,
            "summary": candidate.summary,
            "content_html": candidate.content_html,
            "language": candidate.language,
            "enclosures": as_json(candidate.enclosures),
            "stated": as_json(candidate.stated),
            "translations": as_json(candidate.translations),
            "digest": pending.digest,
            "rule": pending.rule,
        }

    def _stamp(self, candidate: Candidate) -> int:
        """Seconds since 1970 at which the item is published: unique, and later than what is published of its date."""
        if candidate.time:
            self._latest = None
            return self._free(int(candidate.time.timestamp()))
        midnight = dt.datetime.combine(candidate.date, dt.time(), dt.UTC)
        start, end = int((midnight + _HOUR_OF_DATES).timestamp()), int((midnight + _DAY).timestamp())
        if self._latest and self._latest[0] == start:
            latest = self._latest[1]
        else:
            latest = self._db.execute(
                "SELECT max(published) FROM entries WHERE published >= ? AND published < ?", (start, end)
            ).fetchone()[0]
        # 50,400 entries of one date would leave the day; they then share its last second.
        stamp = start if latest is None else min(latest + 1, end - 1)
        self._latest = (start, stamp)
        return stamp

    def _free(self, second: int) -> int:
        """The first second from this one on at which nothing is published.

        Thousands of items may state one instant: where the seconds after it are taken is remembered, so that the time
        grows with their number, and no item is moved further from its own than those before it make necessary.
        """
        passed = []
        free = second
        while True:
            if (onward := self._onward.get(free)) is not None:
                passed.append(free)
                free = onward
            elif self._db.execute("SELECT 1 FROM entries WHERE published = ?", (free,)).fetchone():
                passed.append(free)
                free += 1
            else:
                break
        for taken in (*passed, free):
            self._onward[taken] = free + 1
        return free

    _ENTRY = (
        "SELECT arrival, id, title, link, page, published, precision, updated, summary, content_html, language, "
        "source, document, line, categories, text, withdrawn, reason, enclosures, stated, "
        f"CASE WHEN work IS NOT NULL THEN {_TRANSLATIONS} END, evidence, foreign_id FROM entries"
    )

    def get(self, identifier: str, base_url: str) -> Entry:
        """The entry with that id, which must exist."""
        return _entry(self._db.execute(self._ENTRY + " WHERE id = ?", (identifier,)).fetchone(), base_url)

    def identifier(self, arrival: int) -> str:
        """The id of the entry that arrived as that number, which must exist."""
        return str(self._db.execute("SELECT id FROM entries WHERE arrival = ?", (arrival,)).fetchone()[0])

    def each(self, base_url: str, only: Literal["all", "unrendered", "waiting"] = "all") -> Iterator[tuple[Entry, str]]:
        """Entries by date of publication, each with its plain text; may be changed while they are read.

        Args:
            only: those that are not rendered, or those of which the own page waits.
        """
        where = {
            "all": "",
            "unrendered": "AND waits AND NOT EXISTS (SELECT 1 FROM fragments WHERE entry = arrival)",
            "waiting": "AND waits AND link = ''",
        }[only]
        after = (-(1 << 62), 0)
        while rows := self._db.execute(
            f"{self._ENTRY} WHERE (published, arrival) > (?, ?) {where} ORDER BY published, arrival LIMIT 50", after
        ).fetchall():
            for row in rows:
                yield _entry(row, base_url), row[15]
            after = (rows[-1][5], rows[-1][0])

    def members(self, feed: str, base_url: str, most: int) -> list[Entry]:
        """The newest of the last arrivals of a feed."""
        rows = self._db.execute(
            f"SELECT * FROM ({self._ENTRY} JOIN members ON members.entry = arrival WHERE feed = ? "
            "ORDER BY position DESC LIMIT ?) ORDER BY published DESC, arrival DESC",
            (feed, most),
        )
        return [_entry(row, base_url) for row in rows]

    def keep_fragments(self, rendered: Iterable[Rendered]) -> None:
        """Keep the rendered fragments of entries."""
        rows = [(arrival, *of_one, is_valid) for arrival, of_one, is_valid in rendered]
        self._db.executemany("INSERT INTO fragments (entry, atom, rss, json, valid) VALUES (?, ?, ?, ?, ?)", rows)

    def _forget_fragments(self, arrival: int) -> None:
        self.changed.add(arrival)
        self._db.execute("DELETE FROM fragments WHERE entry = ?", (arrival,))

    def retag(self, identifier: str, tags: Tags) -> bool:
        """Store other tags, and say whether the categories are others: then the fragments and the page wait to be made
        again; `updated` stays. Where only their evidence is another, the page waits.
        """
        categories, evidence = _pack_categories(tags.categories), as_json(_known_evidence(tags))
        arrival, *before = self._db.execute(
            "SELECT arrival, categories, evidence FROM entries WHERE id = ?", (identifier,)
        ).fetchone()
        if before == [categories, evidence]:
            return False
        if before[0] != categories:
            self._forget_fragments(arrival)
        self._db.execute(
            "UPDATE entries SET categories = ?, evidence = ?, waits = 1 WHERE arrival = ?",
            (categories, evidence, arrival),
        )
        return bool(before[0] != categories)

    def withdraw(self, identifier: str, reason: str, now: dt.datetime) -> None:
        """Put a notice in the place of an entry, in every feed that has it; what it said stays stored."""
        self._turn(identifier, int(now.timestamp()), reason, now)

    def reinstate(self, identifier: str, now: dt.datetime) -> None:
        """Take the notice away again."""
        self._turn(identifier, None, "", now)

    def _turn(self, identifier: str, withdrawn: int | None, reason: str, now: dt.datetime) -> None:
        arrival = self.arrival(identifier)
        self._forget_fragments(arrival)
        self._db.execute(
            "UPDATE entries SET withdrawn = ?, reason = ?, updated = max(?, updated + 1), waits = 1 WHERE id = ?",
            (withdrawn, reason, int(now.timestamp()), identifier),
        )
        self._feeds.touch_of(arrival)

    def show_again(self, arrival: int) -> None:
        """Let an entry be rendered again, its page and its feeds wait; `updated` stays."""
        self._forget_fragments(arrival)
        self._db.execute("UPDATE entries SET waits = 1 WHERE arrival = ?", (arrival,))
        self._feeds.touch_of(arrival)

    def keep_summary(self, identifier: str, summary: str) -> None:
        """Store another summary; the fragments and the page wait to be made again, `updated` stays."""
        self._forget_fragments(self.arrival(identifier))
        self._db.execute("UPDATE entries SET summary = ?, waits = 1 WHERE id = ?", (summary, identifier))

    def arrival(self, identifier: str) -> int:
        """The number as which the entry arrived, which must exist."""
        row = self._db.execute("SELECT arrival FROM entries WHERE id = ?", (identifier,)).fetchone()
        return int(row[0])

    # --- questions ------------------------------------------------------------------------------------------------

    def find(self, item: str, base_url: str) -> Entry | None:
        """The entry with that id (in any format), link, or address or path of its page."""
        row = self._db.execute(
            f"{self._ENTRY} WHERE id = :item OR foreign_id = :item OR link = :item OR page = :page",
            {"item": item, "page": item.removeprefix(base_url)},
        ).fetchone()
        return _entry(row, base_url) if row else None

    def sources_besides(self, names: Collection[str]) -> tuple[str, ...]:
        """The names of sources that have entries, and are not among these."""
        found, name = [], ""
        while row := self._db.execute("SELECT min(source) FROM entries WHERE source > ?", (name,)).fetchone():
            if row[0] is None:
                break
            name = row[0]
            found += [name] if name not in names else []
        return tuple(found)

    def unknown_ids(self, identifiers: Iterable[str]) -> list[str]:
        """Those of the ids that no entry has."""
        return [
            identifier
            for identifier in identifiers
            if not self._db.execute("SELECT 1 FROM entries WHERE id = ?", (identifier,)).fetchone()
        ]

    def newest_arrival(self, source: str) -> dt.datetime | None:
        """When something of a source was last seen for the first time; None where nothing was."""
        found = self._db.execute(
            "SELECT first_seen FROM entries NOT INDEXED WHERE source = ? ORDER BY arrival DESC LIMIT 1", (source,)
        ).fetchone()
        return _instant(found[0]) if found else None

    def account(self, identifier: str) -> dict[str, Any]:
        """What else is stored of an entry: date as listed, text, first_seen, rule, its feeds with positions, and the
        names of other sources that list it too.
        """
        date, text, first_seen, rule, arrival = self._db.execute(
            "SELECT date, text, first_seen, rule, arrival FROM entries WHERE id = ?", (identifier,)
        ).fetchone()
        feeds = self._db.execute(
            "SELECT feed, position FROM members WHERE entry = ? ORDER BY feed", (arrival,)
        ).fetchall()
        also = [name for (name,) in self._db.execute("SELECT source FROM also WHERE entry = ? ORDER BY 1", (arrival,))]
        return {
            "date": date,
            "text": text,
            "first_seen": _instant(first_seen),
            "rule": rule,
            "feeds": feeds,
            "also": also,
        }


def _pack_categories(categories: Iterable[Category]) -> str:
    return as_json(tuple((category.scheme, category.term, category.label) for category in categories))


def _known_evidence(tags: Tags) -> tuple[Evidence, ...]:
    """The evidence of the categories that there are; of the others `explain` tells."""
    known = {(category.scheme, category.term) for category in tags.categories}
    return tuple(one for one in tags.evidence if (one.scheme, one.term) in known)


def _entry(row: Sequence[Any], base_url: str) -> Entry:
    precision: Precision = row[6]
    return Entry(
        id=row[1],
        title=row[2],
        link=row[3] or base_url + row[4],
        page="" if row[3] else row[4],
        published=_instant(row[5]),
        precision=precision,
        updated=_instant(row[7]),
        summary=row[8],
        content_html=row[9],
        language=row[10],
        origin=Origin(row[11], row[12], row[13]),
        categories=tuple(Category(*category) for category in json.loads(row[14])),
        withdrawn=_instant(row[16]) if row[16] is not None else None,
        reason=row[17],
        enclosures=tuple(Enclosure(*one) for one in json.loads(row[18])),
        stated=tuple(json.loads(row[19])),
        evidence=tuple(Evidence(*one) for one in json.loads(row[21])),
        foreign_id=row[22],
        translations=tuple(
            sorted(
                Translation(language, link or base_url + page, title, identifier)
                for language, link, page, title, identifier in json.loads(row[20] or "[]")
            )
        ),
    )
