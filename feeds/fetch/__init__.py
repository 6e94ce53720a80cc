"""A path or an address -> bytes: the only place that opens an input, and the only one that reads the network.

Nothing is decoded here; web.py has all that goes over the network. A file is not kept in memory: it is a stamp, a
digest and a stream.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

from feeds.model import SourceError
from feeds.noop import file_stamp

if TYPE_CHECKING:
    from feeds.fetch.web import Answer, Probe, Validators, get, measure, probe

__all__ = [
    "Answer",
    "Body",
    "File",
    "Probe",
    "Resource",
    "Stamp",
    "Validators",
    "find",
    "get",
    "measure",
    "probe",
    "read",
]

LARGEST = 512 * 1024 * 1024  # bytes: some 600,000 items of 800 characters; a longer listing can be split
_OF_WEB = frozenset(("Answer", "Probe", "Validators", "get", "probe", "measure"))
_BLOCK = 1 << 18
_digest = partial(hashlib.blake2b, digest_size=16)


def __getattr__(name: str) -> Any:
    """What is for addresses, which most runs have none of; imported where it is asked for."""
    if name not in _OF_WEB:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from feeds.fetch import web

    return getattr(web, name)


class Stamp(NamedTuple):
    """Size in bytes and modification time in nanoseconds: equal stamps, equal bytes, as far as a look can tell."""

    size: int
    mtime_ns: int


class Resource(Protocol):
    """One input: a file, or what was fetched."""

    @property
    def name(self) -> str:
        """What the history knows it by."""

    @property
    def shown(self) -> str:
        """Its path or address as people know it."""

    @property
    def charset(self) -> str:
        """The encoding that was stated for it, "" where none was."""

    def stamp(self) -> Stamp:
        """What a look at it tells."""

    def digest(self) -> bytes:
        """The digest of its bytes."""

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Its bytes, as a stream."""

    def has_line_end(self) -> bool:
        """Return True if its last line has an end, as that of a file that was cut off seldom has."""


class Body(NamedTuple):
    """What was fetched from an address; the digest tells whether it changed."""

    name: str
    shown: str
    body: bytes
    charset: str = ""  # as the server states it

    def stamp(self) -> Stamp:
        """Its size, and part of its digest: a fetched document has no time, and a correction may be as long as what
        it corrects.
        """
        return Stamp(len(self.body), int.from_bytes(self.digest()[:7]))

    def digest(self) -> bytes:
        """The digest of its bytes."""
        return hashlib.blake2b(self.body, digest_size=16).digest()

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its bytes, as a stream."""
        yield io.BytesIO(self.body)

    def has_line_end(self) -> bool:
        """Return True if its last line has an end."""
        return self.body[-1:] in (b"\n", b"\r", b"\0")


class File(NamedTuple):
    """One input file; `name` is its path below the site's folder."""

    path: Path
    name: str
    shown: str
    charset: str = ""  # files state none

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
        return Stamp(*file_stamp(status))

    def digest(self) -> bytes:
        """The digest of the file's bytes."""
        return self.digests(0)[1]

    def digests(self, place: int) -> tuple[bytes, bytes]:
        """The digest of the file's bytes from a place on, and that of all of them, in one reading.

        A digest is one of the digests of blocks, which are counted from the end of the file: what is put on top moves
        none of those below.
        """
        below, whole = _digest(), _digest()
        with self.open() as stream:
            at, length = 0, os.fstat(stream.fileno()).st_size % _BLOCK or _BLOCK
            while block := stream.read(length):
                digest = _digest(block).digest()
                whole.update(digest)
                if at >= place:
                    below.update(digest)
                elif at + len(block) > place:
                    below.update(_digest(block[place - at :]).digest())
                at, length = at + len(block), _BLOCK
        return below.digest(), whole.digest()

    def has_line_end(self) -> bool:
        """Return True if its last line has an end (or half of one, in UTF-16)."""
        return _last_byte(self.path) in (b"\n", b"\r", b"\0")

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes, as a stream.

        Raises:
            SourceError: on opening or on reading.
        """
        try:
            with self.path.open("rb") as stream:
                if _has_writer(stream.fileno()):
                    raise SourceError("being-written", "is being written by another program; the next run reads it")
                yield stream
        except OSError as error:
            raise SourceError("unreadable", f"cannot be read: {error.strerror or error}") from None


def _last_byte(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1)
    except OSError:  # it is empty, or gone
        return b""


def _has_writer(handle: int) -> bool:
    """Return True if another program of this machine has the file open to write, as an upload that goes on has.

    Linux grants a read lease on a file only while nobody writes to it (fcntl(2)); False where it does not tell.
    """
    import fcntl
    import signal

    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # Who opens it to write in this moment waits for the lease to end, and this process is sent a signal: one that
        # does nothing, in place of SIGIO, which would end it.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


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


def find(folder: Path, pattern: str) -> list[File]:
    """The files below folder that match the pattern, by name; what editors leave behind is passed over."""
    return [
        File(path, path.relative_to(folder).as_posix(), os.fspath(path))
        for path in sorted(folder.glob(pattern))
        if not path.name.startswith((".", "#", "~")) and not path.name.endswith(("~", ".swp", ".tmp", ".bak"))
        if not path.is_dir()
    ]
