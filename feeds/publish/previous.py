"""What the last build replaced, to take it back: kept beside the history, never in the folder that is served.

    .history.sqlite3.previous/paths   the output folder, then each path that was replaced ("=") or new ("+")
    .history.sqlite3.previous/.0 …    the files as they were before, by the number of their line
    .history.sqlite3.previous/whole   all of it was put in place
    .history.sqlite3.previous/undone  it was taken back

A file that was replaced has a second name here: that takes no room but its own, and no time. So there is nothing to go
back to where the two folders cannot share a file. With generations whole outputs are kept instead.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from feeds.model import ATOM, NothingKeptError
from feeds.publish.files import NO_HARD_LINKS, sync, write_error

_PATHS, _WHOLE, _UNDONE = "paths", "whole", "undone"
_REPLACED, _NEW = "=", "+"


class _Line(NamedTuple):
    """A path below the output folder, whether there was a file before, and the one that has its bytes."""

    path: str
    was_there: bool
    kept: Path


class Previous:
    """What the last build replaced in an output folder; the caller holds the locks of the site and of the output.

    Args:
        history: the history file of the site.
    """

    def __init__(self, history: Path, output: Path) -> None:
        self.folder = history.with_name(f"{history.name}.previous")
        self.output = output
        self._next = self.folder.with_name(f"{self.folder.name}.new")

    @property
    def is_undone(self) -> bool:
        """Return True if what was published last into this folder was taken back."""
        return (self.folder / _UNDONE).exists() and self._is_of_output()

    def _is_of_output(self) -> bool:
        try:
            with (self.folder / _PATHS).open(encoding="utf-8") as stream:
                return stream.readline().rstrip("\n") == os.path.realpath(self.output)
        except FileNotFoundError:
            return False

    def prepare(self, paths: Iterable[str]) -> None:
        """Give the files that will be replaced a second name. Before a first build there are none.

        Raises:
            PublishError: the folder cannot be written.
        """
        try:
            shutil.rmtree(self._next, ignore_errors=True)
            if (self.output / ATOM.file).is_file():
                self._next.mkdir(mode=0o700)
                self._keep(paths)
        except OSError as error:
            shutil.rmtree(self._next, ignore_errors=True)
            if error.errno not in NO_HARD_LINKS:
                raise write_error(self._next, error) from None

    def _keep(self, paths: Iterable[str]) -> None:
        """Write what prepare promises. Where the last build was killed, what it had replaced was there before."""
        number = 0
        with (self._next / _PATHS).open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{os.path.realpath(self.output)}\n")
            earlier = set()
            for line in self._lines() if self._is_unfinished() else ():
                earlier.add(line.path)
                if line.was_there:
                    os.link(line.kept, self._next / f".{number}")
                stream.write(f"{_REPLACED if line.was_there else _NEW}{line.path}\n")
                number += 1
            for path in paths:
                if path not in earlier:
                    is_there = self._link(path, self._next / f".{number}")
                    stream.write(f"{_REPLACED if is_there else _NEW}{path}\n")
                    number += 1
            stream.flush()
            os.fsync(stream.fileno())
        sync(self._next)

    def _link(self, path: str, to: Path) -> bool:
        try:
            os.link(self.output / path, to, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def _is_unfinished(self) -> bool:
        """Return True if the last build was killed while it put its files in place."""
        return self._is_of_output() and not (self.folder / _WHOLE).exists() and not (self.folder / _UNDONE).exists()

    def begin(self) -> None:
        """Say that the files are put in place now: what was kept of the build before is forgotten.

        Raises:
            PublishError: the folder cannot be written.
        """
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)
            if self._next.exists():
                self._next.rename(self.folder)
        except OSError as error:
            raise write_error(self.folder, error) from None

    def finish(self) -> None:
        """Say that all are in place."""
        if self.folder.exists():
            with contextlib.suppress(OSError):  # then the next build adds its files to these
                (self.folder / _WHOLE).touch()

    def forget_undone(self) -> None:
        """Forget that something was taken back: a build was allowed to publish."""
        if self.is_undone:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _lines(self) -> Iterator[_Line]:
        with (self.folder / _PATHS).open(encoding="utf-8") as stream:
            stream.readline()
            for number, line in enumerate(stream):
                yield _Line(line[1:].rstrip("\n"), line[0] == _REPLACED, self.folder / f".{number}")

    def take_back(self) -> int:
        """Put back what the last build replaced, and remove what it added; return the number of files.

        What refers to others is put back before these, as it is published after them. One that was interrupted goes on.

        Raises:
            NothingKeptError: there is nothing to take back.
            PublishError: it cannot be written.
        """
        if not self._is_of_output():
            message = (
                "nothing is kept of what was published before: it was the first build, or "
                f"{self.folder.parent} is on another disk, where [publish] generations = 2 keeps whole outputs"
            )
            raise NothingKeptError(self.output, message)
        lines = list(self._lines())
        if not lines:
            raise NothingKeptError(self.output, "what the last build published was taken back already")
        try:
            (self.folder / _UNDONE).touch()
            sync(self.folder)
            self._put_back(lines)
            self._remove(lines)
            self._forget_lines()
        except OSError as error:
            raise write_error(self.output, error) from None
        return len(lines)

    def _put_back(self, lines: list[_Line]) -> None:
        for line in reversed(lines):
            if line.was_there and line.kept.exists():
                line.kept.replace(self.output / line.path)
        self._sync(line.path for line in lines if line.was_there)

    def _remove(self, lines: list[_Line]) -> None:
        added = [line.path for line in reversed(lines) if not line.was_there]
        for path in added:
            (self.output / path).unlink(missing_ok=True)
        for path in added:
            with contextlib.suppress(OSError):  # something else is in it
                (self.output / path).parent.rmdir()
        self._sync(added)

    def _forget_lines(self) -> None:
        """Leave nothing but whose output it was."""
        (self.folder / "new").write_text(f"{os.path.realpath(self.output)}\n", encoding="utf-8")
        (self.folder / "new").replace(self.folder / _PATHS)
        for kept in self.folder.glob(".*"):  # names of files that had not been replaced yet
            kept.unlink()

    def _sync(self, paths: Iterable[str]) -> None:
        for parent in dict.fromkeys((self.output / path).parent for path in paths):
            if parent.exists():
                sync(parent)
