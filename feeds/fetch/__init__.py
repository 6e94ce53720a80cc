"""Read inputs: files, addresses, what commands print. The only room that opens an input or uses the network to read.

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
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

from feeds.model import SourceError
from feeds.noop import file_stamp

if TYPE_CHECKING:
    from feeds.fetch.process import run
    from feeds.fetch.robots import Robots
    from feeds.fetch.transport import is_private
    from feeds.fetch.web import Access, Answer, Probe, Validators, get, measure, probe

__all__ = [
    "Access",
    "Answer",
    "Body",
    "File",
    "Probe",
    "Resource",
    "Robots",
    "Stamp",
    "Validators",
    "find",
    "get",
    "is_private",
    "measure",
    "probe",
    "read",
    "run",
]

LARGEST = 512 * 1024 * 1024  # bytes: some 600,000 items of 800 characters; a longer listing can be split
# What only addresses and commands need -> the module that has it.
_LATE = {
    **dict.fromkeys(("Access", "Answer", "Probe", "Validators", "get", "probe", "measure"), "web"),
    "Robots": "robots",
    "is_private": "transport",
    "run": "process",
}
_BLOCK = 1 << 18
_digest = partial(hashlib.blake2b, digest_size=16)


def __getattr__(name: str) -> Any:
    """Import what only addresses need when it is first used: most runs read files only."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"feeds.fetch.{_LATE[name]}"), name)


class Stamp(NamedTuple):
    """Size in bytes and modification time in nanoseconds; equal stamps are taken to mean equal bytes."""

    size: int
    mtime_ns: int


class Resource(Protocol):
    """One input: a file, or a response that was fetched."""

    @property
    def name(self) -> str:
        """Return the name that the history stores."""

    @property
    def shown(self) -> str:
        """Return the path or address to show to people."""

    @property
    def charset(self) -> str:
        """Return the stated encoding, "" if there is none."""

    @property
    def language(self) -> str:
        """Return the stated language (Content-Language), "" if there is none."""

    def stamp(self) -> Stamp:
        """Return the stamp."""

    def digest(self) -> bytes:
        """Return the digest of the bytes."""

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Return the bytes as a stream."""

    def has_line_end(self) -> bool:
        """Return True if the last line is terminated, which it seldom is in a truncated file."""


class Body(NamedTuple):
    """A response body; its digest tells whether it changed."""

    name: str
    shown: str
    body: bytes
    charset: str = ""  # as the server states it
    language: str = ""  # likewise

    def stamp(self) -> Stamp:
        """Return the size and a part of the digest: a response has no modification time, and a correction may have the
        same length.
        """
        return Stamp(len(self.body), int.from_bytes(self.digest()[:7]))

    def digest(self) -> bytes:
        """Return the digest of the bytes."""
        return _digest(self.body).digest()

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Return the bytes as a stream."""
        yield io.BytesIO(self.body)

    def has_line_end(self) -> bool:
        """Return True if the last line is terminated."""
        return self.body[-1:] in (b"\n", b"\r", b"\0")


class File(NamedTuple):
    """One input file; `name` is its path relative to the site's folder."""

    path: Path
    name: str
    shown: str
    charset: str = ""  # files state none
    language: str = ""

    def stamp(self) -> Stamp:
        """Return size and modification time.

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
        """Return the digest of the bytes."""
        return self.digests(0)[1]

    def digests(self, place: int, head: bytes = b"") -> tuple[bytes, bytes]:
        """Return the digest of the bytes from an offset on, and of all bytes, in one reading.

        A digest is one of the digests of blocks, which are counted from the end of the file: what is put on top moves
        none of those below.

        Args:
            head: what stands before the bytes from the offset on.
        """
        below, whole = _digest(), _digest()
        with self.open() as stream:
            at, length = 0, os.fstat(stream.fileno()).st_size % _BLOCK or _BLOCK
            while block := stream.read(length):
                digest = _digest(block).digest()
                whole.update(digest)
                if at <= place < at + len(block):
                    head += block[place - at :]
                    _add_blocks(below, head)
                elif at > place:
                    below.update(digest)
                at, length = at + len(block), _BLOCK
            if at <= place:
                _add_blocks(below, head)
        return below.digest(), whole.digest()

    def has_line_end(self) -> bool:
        """Return True if the last line is terminated (also if by half of a UTF-16 line end)."""
        return _last_byte(self.path) in (b"\n", b"\r", b"\0")

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Return the bytes as a stream.

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


def _add_blocks(digest: hashlib.blake2b, data: bytes) -> None:
    """Add the digests of the blocks of data, counted from its end, to a digest of such."""
    size = len(data) % _BLOCK or _BLOCK
    for start in (0, *range(size, len(data), _BLOCK)) if data else ():
        digest.update(_digest(data[start : start + (_BLOCK if start else size)]).digest())


def _last_byte(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1)
    except OSError:  # it is empty, or gone
        return b""


def _has_writer(handle: int) -> bool:
    """Return True if another program on this machine has the file open for writing, as a running upload has.

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
    """Return the content of a file, at most `most` bytes.

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
    """Return the files below a folder that match the pattern, by name; editors' temporary files are ignored."""
    return [
        File(path, path.relative_to(folder).as_posix(), os.fspath(path))
        for path in sorted(folder.glob(pattern))
        if not path.name.startswith((".", "#", "~")) and not path.name.endswith(("~", ".swp", ".tmp", ".bak"))
        if not path.is_dir()
    ]
