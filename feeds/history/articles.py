"""The pages of items that were fetched for their texts: each once, and again only where it failed."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class StoredArticle(NamedTuple):
    """A page as it was read.

    Attributes:
        content: JSON of what it gave, "" where it could not be read.
        tried: when it was last fetched, in seconds since 1970.
        failures: how often it failed, one after the other.
    """

    content: str
    tried: int
    failures: int


class Articles:
    """The fetched articles of a history."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def get(self, source: str, link: str, how: str) -> StoredArticle | None:
        """Return an article that was read as the source says now; None where it was not.

        Args:
            how: a digest of what the source says about articles.
        """
        row = self._db.execute(
            "SELECT content, tried, failures FROM articles WHERE source = ? AND link = ? AND how = ?",
            (source, link, how),
        ).fetchone()
        return StoredArticle(*row) if row else None

    def set(self, source: str, link: str, how: str, article: StoredArticle) -> None:
        """Store an article as it was read."""
        self._db.execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?)", (source, link, how, *article))

    def forget_sources_besides(self, names: tuple[str, ...]) -> None:
        """Forget the articles of sources that are not among these."""
        places = ", ".join("?" * len(names))
        self._db.execute(f"DELETE FROM articles WHERE source NOT IN ({places})", names)
