"""The history file as bytes, for storage that knows no files."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from feeds.model import HistoryError

_BESIDE = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a file; of another file it would spoil this one


def read_copy(path: Path) -> bytes:
    """Return a history file as bytes; what a killed run left half done is taken back first.

    Raises:
        HistoryError: it cannot be read.
    """
    try:
        with contextlib.closing(sqlite3.connect(path)) as db:
            return db.serialize()
    except sqlite3.Error as error:
        raise HistoryError(path, f"cannot be read: {error}") from None


def replace_by_copy(path: Path, data: bytes) -> None:
    """Put a copy in the place of a history file, at once.

    Raises:
        HistoryError: it cannot be written; the file is as it was.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        handle = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        for ending in _BESIDE:
            path.with_name(path.name + ending).unlink(missing_ok=True)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise HistoryError(path, f"cannot be written: {error.strerror or error}; it is as it was") from None


def forget_copy(path: Path) -> None:
    """Take a history file away that is kept elsewhere."""
    for ending in ("", *_BESIDE):
        path.with_name(path.name + ending).unlink(missing_ok=True)
