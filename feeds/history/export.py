"""The history as JSON Lines, to keep, to read and to move: every row of every table, and back, exactly.

The first line states the schema; each other line is a row: {"table": …, column: value, …}, bytes as {"base64": …}.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from feeds.history import identity, schema

TABLES = (
    "state",
    "inputs",
    "entries",
    "problems",
    "listings",
    "also",
    "works",
    "fragments",
    "feeds",
    "members",
    "months",
    "together",
    "archives",
    "documents",
    "pinged",
    "uploaded",
    "lengths",
    "adopted",
)
_FORMAT = "feeds-history"


def export(db: sqlite3.Connection) -> Iterator[str]:
    """The lines of a history, without line ends."""
    yield json.dumps({_FORMAT: len(schema.MIGRATIONS)})
    for table in TABLES:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        keys = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[5]]
        for row in db.execute(f"SELECT * FROM {table} ORDER BY {', '.join(keys)}"):
            yield json.dumps({"table": table, **dict(zip(columns, map(_out, row), strict=True))}, ensure_ascii=False)


def load(db: sqlite3.Connection, lines: Iterable[bytes]) -> int:
    """Store exported lines in an empty history, inside a transaction; how many rows there were.

    Raises:
        ValueError: a line is not what export writes; names its number.
        sqlite3.Error: the rows do not belong together.
    """
    count = 0
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if number == 1:
                if row[_FORMAT] != len(schema.MIGRATIONS):
                    stated = f"schema {row[_FORMAT]}, this version of feeds has {len(schema.MIGRATIONS)}"
                    raise ValueError(f"{stated}; import it with the version that exported it, then run this one")
                continue
            table = row.pop("table")
            if table not in TABLES:
                raise ValueError(f"no such table: '{table}'")
            known = {column[1] for column in db.execute(f"PRAGMA table_info({table})")}
            if row.keys() != known:
                raise ValueError(f"a row of '{table}' needs exactly {', '.join(sorted(known))}")
            values = _checked(table, {key: _in(value) for key, value in row.items()})
        except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
            raise ValueError(f"line {number}: not a line of an exported history: {error}") from None
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        count += 1
        if table == "fragments":  # what entries look like is made of them, and not taken from whoever wrote the file
            continue
        places = ", ".join(f":{column}" for column in values)
        db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", values)
    db.execute("UPDATE entries SET waits = 1")
    if count == 0:
        raise ValueError("line 1: no rows; an exported history has some")
    return count


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # XML 1.0 2.2, Char
_PAGE = re.compile(r"items/\d{4}/\d{2}/\d{2}/[a-z0-9-]+\.html")
_FEED = re.compile(r"|(?:countries/[a-z]{2}/)?(?:countries|regions|topics|languages|custom)/[A-Za-z0-9-]+")
_DOCUMENT = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")


def _checked(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row as it can be published: paths that stay below the output, links to the web, HTML that is safe.

    Raises:
        ValueError: it has something that no history of feeds has.
    """
    from feeds.content import markup

    for key, value in row.items():
        if isinstance(value, str) and _FORBIDDEN.search(value):
            raise ValueError(f"{key} of '{table}' holds a character that no feed can hold")
    for column, pattern, what in (
        *([("page", _PAGE, "the path of a page")] if table == "entries" else []),
        *([("path", _DOCUMENT, "the path of a document")] if table in ("documents", "pinged", "uploaded") else []),
        *([("path", _FEED, "the path of a feed")] if table == "feeds" else []),
        *([("feed", _FEED, "the path of a feed")] if table in ("members", "archives", "months", "together") else []),
    ):
        if row[column] is not None and not pattern.fullmatch(str(row[column])):
            raise ValueError(f"{column} {row[column]!r} of '{table}' is not {what}")
    if table == "feeds" and row["path"] and f"{row['scheme']}/{row['term']}" != row["path"] != row["term"]:
        raise ValueError(f"path {row['path']!r} of 'feeds' is not that of its category")
    if table == "entries":
        addresses = [row["link"], *(enclosure[0] for enclosure in json.loads(row["enclosures"]))]
        for address in filter(None, (*addresses, *json.loads(row["translations"]))):
            if markup.absolute_link(str(address)) != address:
                raise ValueError(f"{address!r} of 'entries' is not an absolute address of the web")
        row["content_html"] = markup.safe_html(row["content_html"], images=True)
        row["link_key"] = identity.link_key(row["link"]) if row["link"] else ""
    return row


def _out(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _in(value: Any) -> Any:
    return base64.b64decode(value["base64"], validate=True) if isinstance(value, dict) else value
