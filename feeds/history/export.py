"""The history as JSON Lines, to keep, to read and to move: every row of every table, and back, exactly.

The first line states the schema; each other line is a row: {"table": …, column: value, …}. Bytes are {"base64": …},
and what is stored as JSON is that.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from feeds import noop
from feeds.content import markup
from feeds.feed import paths
from feeds.history import codec, identity, schema
from feeds.model import Content, Correction

TABLES = (
    "state",
    "source_documents",
    "entries",
    "problems",
    "listed_entries",
    "also_listed",
    "translation_keys",
    "fragments",
    "feeds",
    "members",
    "months",
    "together",
    "archives",
    "documents",
    "announced",
    "uploaded",
    "lengths",
    "articles",
    "reserved_ids",
)
_FORMAT = "feeds-history"


def export(db: sqlite3.Connection, folder: str, portable: bool = False) -> Iterator[str]:
    """Yield the lines of a history, without line ends.

    Args:
        folder: of the site.
        portable: leave out what a machine knows of its own files and what is made anew, so that two exports are the
            same if nothing is new between them.
    """
    yield json.dumps({_FORMAT: len(schema.MIGRATIONS)})
    for table in TABLES:
        if portable and table in _OF_A_MACHINE:
            continue
        columns, keys = _columns(db, table)
        for row in db.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(keys)}"):
            values = {column: _out(column, value) for column, value in zip(columns, row, strict=True)}
            if portable and not _make_portable(table, values, folder):
                continue
            yield json.dumps({"table": table, **values}, ensure_ascii=False)


_OF_A_MACHINE = frozenset(("fragments", "uploaded"))
_STATES_OF_A_MACHINE = frozenset(("output", "publishing", "robots", "generation", noop.KEY))


def _make_portable(table: str, values: dict[str, Any], folder: str) -> bool:
    """Take out of a row what only this machine knows; return False if nothing of it is left."""
    if table in ("source_documents", "documents"):
        values["mtime_ns"] = 0  # the digest tells whether it changed
    elif table in ("entries", "feeds"):
        values["dirty"] = 1
    if table == "entries":
        values["document"] = values["document"].removeprefix(f"{folder}/")
    return table != "state" or values["key"] not in _STATES_OF_A_MACHINE


def _columns(db: sqlite3.Connection, table: str) -> tuple[list[str], list[str]]:
    """The columns that a table stores, and those of its key."""
    rows = db.execute(f"PRAGMA table_info({table})").fetchall()
    return [row[1] for row in rows], [row[1] for row in rows if row[5]]


def load(db: sqlite3.Connection, lines: Iterable[bytes]) -> int:
    """Store exported lines in an empty history, inside a transaction; return how many rows there were.

    Raises:
        ValueError: a line is not what export writes; names its number.
        sqlite3.Error: the rows do not belong together.
    """
    count = 0
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if number == 1:
                _check_version(row[_FORMAT])
                continue
            table, values = _read_row(db, row)
        except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
            raise ValueError(f"line {number}: not a line of an exported history: {error}") from None
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        count += 1
        if table == "fragments":  # what entries look like is made of them, and not taken from whoever wrote the file
            continue
        places = ", ".join(f":{column}" for column in values)
        db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", values)
    db.execute("UPDATE entries SET dirty = 1")
    if count == 0:
        raise ValueError("line 1: no rows; an exported history has some")
    return count


def _check_version(stated: object) -> None:
    """Raise ValueError for an export of another version."""
    if stated != len(schema.MIGRATIONS):
        message = f"schema {stated}, this version of feeds has {len(schema.MIGRATIONS)}"
        raise ValueError(f"{message}; import it with the version that exported it, then run this one")


def _read_row(db: sqlite3.Connection, row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The table and the checked values of a line."""
    table = row.pop("table")
    if table not in TABLES:
        raise ValueError(f"no such table: '{table}'")
    columns = set(_columns(db, table)[0])
    if row.keys() != columns:
        raise ValueError(f"a row of '{table}' needs exactly {', '.join(sorted(columns))}")
    _check_row(table, row)
    values = {column: _in(column, value) for column, value in row.items()}
    return table, _safe_entry(values) if table == "entries" else values


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # XML 1.0 2.2, Char
_PAGE, _DOCUMENT, _FEED = (
    (paths.ENTRY_PAGE, "the path of a page"),
    (paths.DOCUMENT, "the path of a document"),
    (paths.FEED, "the path of a feed"),
)
# (table, column) -> what it may hold.
_PATHS = {
    ("entries", "page"): _PAGE,
    **{(table, "path"): _DOCUMENT for table in ("documents", "announced", "uploaded")},
    ("feeds", "path"): _FEED,
    **{(table, "feed"): _FEED for table in ("members", "archives", "months", "together")},
}
_JSON = ("content", "categories", "evidence", "correction")  # columns of entries that hold JSON


def _check_row(table: str, row: dict[str, Any]) -> None:
    """Raise ValueError where a row has something that no history of feeds has."""
    for key, value in row.items():
        if _holds_forbidden(value):
            raise ValueError(f"{key} of '{table}' holds a character that no feed can hold")
        pattern, what = _PATHS.get((table, key), (None, ""))
        if pattern and value is not None and not pattern.fullmatch(str(value)):
            raise ValueError(f"{key} {value!r} of '{table}' is not {what}")
    if table == "feeds" and row["path"] and f"{row['scheme']}/{row['term']}" != row["path"] != row["term"]:
        raise ValueError(f"path {row['path']!r} of 'feeds' is not that of its category")


def _holds_forbidden(value: Any) -> bool:
    """Return True if a text, or one in a list or an object, holds a character that XML has not."""
    if isinstance(value, dict | list):
        return any(map(_holds_forbidden, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and _FORBIDDEN.search(value) is not None


def _safe_entry(row: dict[str, Any]) -> dict[str, Any]:
    """An entry as it can be published: links to the web, HTML that is safe.

    Raises:
        ValueError: a link leads elsewhere.
    """
    content = codec.decode(Content, row["content"])
    correction = codec.decode(Correction, row["correction"]) if row["correction"] else Correction()
    addresses = (
        row["link"],
        correction.link,
        correction.image,
        *(enclosure.address for enclosure in content.enclosures),
        *content.alternates,
    )
    for address in filter(None, addresses):
        if markup.absolute_link(str(address)) != address:
            raise ValueError(f"{address!r} of 'entries' is not an absolute address of the web")
    safe = content._replace(html=markup.safe_html(content.html, images=True))
    return {
        **row,
        "content": codec.encode(safe),
        "link_key": identity.link_key(row["link"]) if row["link"] else "",
    }


def _out(column: str, value: Any) -> Any:
    if column in _JSON:
        return None if value is None else json.loads(value)
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _in(column: str, value: Any) -> Any:
    if column in _JSON:
        return None if value is None else codec.encode_json(value)
    return base64.b64decode(value["base64"], validate=True) if isinstance(value, dict) else value
