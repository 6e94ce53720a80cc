"""A path or an address -> bytes: the only place that opens an input, and the only one that reads the network.

Nothing is decoded here. A file is not kept in memory: it is a stamp, a digest and a stream.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from feeds import __version__
from feeds.model import SourceError

LARGEST = 512 * 1024 * 1024  # bytes: some 600,000 items of 800 characters; a longer listing can be split
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: the address after redirects, its Content-Type, the body as it was meant."""

    address: str
    content_type: str
    body: bytes


def get(address: str, most: int, seconds: float = 30) -> Answer:
    """Fetch what is at an http or https address, which somebody typed.

    At most five redirects, none to another scheme; no credentials, no cookies, no proxy of the environment; the whole
    takes no longer than `seconds`, and no more than `most` bytes and one are read, unpacked ones.

    Raises:
        SourceError: nothing can be had: no server, too slow, a status that is not 200, a bad answer.
    """
    import httpx  # 100 ms that no build needs

    deadline = time.monotonic() + seconds
    body = bytearray()
    headers = {"User-Agent": f"feeds/{__version__}", "Accept": "application/atom+xml, application/rss+xml, */*;q=0.5"}
    try:
        client = httpx.Client(follow_redirects=True, max_redirects=5, trust_env=False, timeout=min(10, seconds))
        with client, client.stream("GET", address, headers=headers) as answer:
            if answer.status_code != 200:
                raise SourceError("unreadable", f"answered {answer.status_code} {answer.reason_phrase}")
            for chunk in answer.iter_bytes():
                body += chunk[: most + 1 - len(body)]
                if len(body) > most:
                    break
                if time.monotonic() > deadline:
                    raise SourceError("unreadable", f"took longer than {seconds:g} seconds")
            return Answer(str(answer.url), answer.headers.get("Content-Type", ""), bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SourceError("unreadable", f"cannot be fetched: {error}") from None


def read(path: Path, most: int) -> bytes:
    """What is in a file that somebody named; no more than `most` bytes.

    Raises:
        SourceError: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise SourceError("unreadable", f"cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise SourceError("too-large", f"has more than {most} bytes")
    return data


def find(folder: Path, pattern: str) -> list[Resource]:
    """The files below folder that match the pattern, by name; what editors leave behind is passed over."""
    return [
        Resource(path, path.relative_to(folder).as_posix(), os.fspath(path))
        for path in sorted(folder.glob(pattern))
        if not path.name.startswith((".", "#", "~")) and not path.name.endswith(("~", ".swp", ".tmp", ".bak"))
        if not path.is_dir()
    ]
