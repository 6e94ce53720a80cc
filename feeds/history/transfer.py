"""The history as JSON Lines, to keep, to read and to move: every row of every table, and back, exactly.

The first line states the schema; each other line is a row: {"table": …, column: value, …}, bytes as {"base64": …}.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from feeds.history import schema

TABLES = (
    "state",
    "inputs",
    "entries",
    "listings",
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
        except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
            raise ValueError(f"line {number}: not a line of an exported history: {error}") from None
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        places = ", ".join(f":{column}" for column in row)
        db.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", {key: _in(value) for key, value in row.items()}
        )
        count += 1
    if count == 0:
        raise ValueError("line 1: no rows; an exported history has some")
    return count


def _out(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _in(value: Any) -> Any:
    return base64.b64decode(value["base64"], validate=True) if isinstance(value, dict) else value
