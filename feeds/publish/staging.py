"""Stage documents in a plain folder, and rename one after the other into place."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from feeds.model import Document, PublishError
from feeds.publish.files import make_parents, sync, write_error
from feeds.publish.previous import Previous

PREFIX = ".feeds-"  # with a random end; a run that was killed leaves one behind, the next run removes it


class Paths:
    """A list of paths in order; long ones are kept in an unnamed file, for there may be millions."""

    _HELD = 1_000_000  # bytes in memory

    def __init__(self, folder: Path | None) -> None:
        place = str(folder) if folder else None
        self._lines = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (close does)
            self._HELD, "w+", encoding="utf-8", newline="\n", prefix=PREFIX, dir=place
        )
        self._count = 0

    def append(self, path: str) -> None:
        """Add a path."""
        self._lines.write(f"{path}\n")
        self._count += 1

    def flush(self) -> None:
        """Write a long list to disk; OSError if it is full."""
        self._lines.flush()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        """Yield all paths; none may be added meanwhile."""
        self._lines.seek(0)
        for line in self._lines:
            yield line[:-1]

    def close(self) -> None:
        """Forget all paths."""
        with contextlib.suppress(OSError):  # the disk is full: they are not wanted any more
            self._lines.close()


def _check_path(output: Path, path: str) -> None:
    """Refuse a path that leads out of the output folder or is not valid on every system.

    Raises:
        PublishError: it does.
    """
    parts = path.split("/")
    if not all(parts) or {".", ".."} & set(parts) or any(mark in path for mark in "\\\0\n"):
        raise PublishError(output / path, "is not a path below the output folder; nothing is published")


class Staging:
    """Documents that are written and synced next to their places, waiting to be renamed into them.

    Args:
        previous: keeps what is replaced, where it is to be kept.
    """

    def __init__(self, output: Path, previous: Previous | None = None) -> None:
        self.output = output
        self.previous = previous
        self.paths = self._paths()
        self._folder: Path | None = None
        self._barriers: list[int] = []

    def _paths(self) -> Paths:
        return Paths(self.output)

    @property
    def folder(self) -> Path:
        """The staging folder, created with the first document."""
        if self._folder is None:
            try:
                self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.output))
            except OSError as error:
                raise write_error(self.output, error) from None
        return self._folder

    def add(self, document: Document) -> None:
        """Write and sync a document.

        Raises:
            PublishError: the disk is full or the folder cannot be written.
        """
        _check_path(self.output, document.path)
        staged = self.folder / str(len(self.paths))
        try:
            handle = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            try:
                view = memoryview(document.body)
                while view:
                    view = view[os.write(handle, view) :]
                os.fchmod(handle, 0o644)  # whatever the umask: a web server reads it
                os.fsync(handle)
            finally:
                os.close(handle)
            self.paths.append(document.path)
        except OSError as error:
            raise write_error(self.output / document.path, error) from None

    def prepare(self) -> None:
        """Create the folders for the documents, and sync what was written.

        Raises:
            PublishError: a folder cannot be made, or a link or a file is in its place; the disk is full.
        """
        self._flush()
        make_parents(self.output, self.paths)
        if self.paths:
            sync(self.folder)
            if self.previous:
                self.previous.prepare(self.paths)

    def _flush(self) -> None:
        try:
            self.paths.flush()
        except OSError as error:
            raise write_error(self.output, error) from None

    def barrier(self) -> None:
        """Require that all documents added so far are in place, durably, before any that is added later."""
        self._barriers.append(len(self.paths))

    def switch(self) -> None:
        """Rename all documents into place in order, and make the names durable at each barrier.

        Raises:
            PublishError: a rename failed; what was renamed before is in place, the next run does the rest.
        """
        if self.previous:
            self.previous.begin() if self.paths else self.previous.forget_undone()
        self._rename()
        if self.previous and self.paths:
            self.previous.finish()

    def _rename(self) -> None:
        numbered = enumerate(self.paths)
        done = 0
        for end in (*self._barriers, len(self.paths)):
            parents: dict[str, None] = {}
            for number, path in itertools.islice(numbered, end - done):
                parents[path.rpartition("/")[0]] = None
                try:
                    (self.folder / str(number)).replace(self.output / path)
                except OSError as error:
                    raise PublishError(
                        self.output / path,
                        f"cannot be put in place: {error.strerror or error}; {number} of {len(self.paths)} files are, "
                        "the next run does the rest",
                    ) from None
            for parent in parents:
                sync(self.output / parent)
            done = end

    def clear(self) -> None:
        """Remove the staging folder with its rest, and forget the paths."""
        self.paths.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


class NoStaging(Staging):
    """A staging area that only records what would be staged, for a dry run."""

    def _paths(self) -> Paths:
        return Paths(None)

    def add(self, document: Document) -> None:
        """Record the path of a document."""
        _check_path(self.output, document.path)
        self.paths.append(document.path)

    def prepare(self) -> None:
        """Do nothing."""
