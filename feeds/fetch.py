"""A path -> bytes. The only place that opens an input (and, once there are URL sources, the only network reader).

Nothing is decoded here and nothing is kept in memory: a resource is a stamp, a digest and a stream.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from feeds.model import SourceError

LARGEST = 512 * 1024 * 1024  # bytes; 1,000,000 items of a news listing take about 700 MB/M: split such a file
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size in bytes and modification time in nanoseconds: equal stamps, equal bytes, as far as a look can tell."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Resource:
    """One input file; `shown` is its path as people know it, `name` its path below the site's folder."""

    path: Path
    name: str
    shown: str

    def stamp(self) -> Stamp:
        """What a look at the file tells.

        Raises:
            SourceError: missing, unreadable, too large, or no regular file (a pipe or a device would hang the run).
        """
        try:
            status = self.path.stat()
        except OSError as error:
            raise SourceError("unreadable", f"cannot be read: {error.strerror}") from None
        if not stat.S_ISREG(status.st_mode):
            raise SourceError("not-a-file", "is not a regular file; sources are files")
        if status.st_size > LARGEST:
            raise SourceError("too-large", f"has {status.st_size} bytes, more than {LARGEST}; split it into several")
        return Stamp(status.st_size, status.st_mtime_ns)

    def digest(self) -> bytes:
        """The digest of the file's bytes."""
        digest = hashlib.blake2b(digest_size=16)
        with self.open() as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        return digest.digest()

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes, as a stream.

        Raises:
            SourceError: on opening or on reading.
        """
        try:
            with self.path.open("rb") as stream:
                yield stream
        except OSError as error:
            raise SourceError("unreadable", f"cannot be read: {error.strerror or error}") from None


def find(folder: Path, pattern: str) -> list[Resource]:
    """The files below folder that match the pattern, by name; what editors leave behind is passed over."""
    return [
        Resource(path, path.relative_to(folder).as_posix(), os.fspath(path))
        for path in sorted(folder.glob(pattern))
        if not path.name.startswith((".", "#", "~")) and not path.name.endswith(("~", ".swp", ".tmp", ".bak"))
        if not path.is_dir()
    ]
