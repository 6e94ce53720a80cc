"""Documents -> files, atomically; files that are as they should be are not touched.

Everything new is written to a staging folder inside the output folder and synced before the first rename; then the
files are renamed into place in the order given, in one burst. After a kill at any point each public file is the old
one or the new one, whole. Only folders below the output folder are ever written, and no link is followed there.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from feeds.history.documents import Published
from feeds.model import Document, LockedError, PublishError

_STAGING = ".feeds-"  # with a random end; a run that was killed leaves one behind, the next run removes it


def digest(body: bytes) -> bytes:
    """What a published file is compared by."""
    return hashlib.blake2b(body, digest_size=16).digest()


@contextlib.contextmanager
def lock(*folders: Path) -> Iterator[None]:
    """Keep other runs away from these folders while inside. Writes no file: the folders themselves are locked.

    Raises:
        LockedError: another run has one of them.
    """
    with contextlib.ExitStack() as stack:
        for folder in dict.fromkeys(folder.resolve() for folder in folders):
            try:
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError as error:
                raise PublishError(folder, f"cannot be opened: {error.strerror}") from None
            stack.callback(os.close, handle)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LockedError(folder, "another run is at work here; try again when it has ended") from None
        yield


def make_folder(folder: Path) -> None:
    """Make the output folder, with its parents.

    Raises:
        PublishError: it cannot be made, or is no folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PublishError(folder, f"cannot be made: {error.strerror}") from None


def stamp(output: Path, path: str, digest: bytes) -> Published | None:
    """How a file whose bytes are known to have that digest is now, by a look; None where there is none."""
    try:
        status = (output / path).lstat()
    except OSError:
        return None
    return Published(digest, status.st_size, status.st_mtime_ns)


def looks_published(output: Path, path: str, state: Published) -> bool:
    """Whether the file is as it was left, by its size and time."""
    return stamp(output, path, state.digest) == state


def current(output: Path, path: str) -> Published | None:
    """How the published file is now, by its bytes; None where there is none."""
    target = output / path
    try:
        if target.is_symlink():
            return None
        body = target.read_bytes()
        status = target.stat()
    except OSError:
        return None
    return Published(digest(body), len(body), status.st_mtime_ns)


@dataclass(slots=True)
class Staging:
    """Documents that are written and synced beside their places, waiting to be renamed into them."""

    output: Path
    paths: list[str] = field(default_factory=list)
    _folder: Path | None = None
    _barriers: list[int] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The staging folder, made when the first document comes."""
        if self._folder is None:
            try:
                self._folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=self.output))
            except OSError as error:
                raise _failed(self.output, error) from None
        return self._folder

    def add(self, document: Document) -> None:
        """Write and sync a document.

        Raises:
            PublishError: the disk is full or the folder cannot be written.
        """
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
        except OSError as error:
            raise _failed(self.output / document.path, error) from None
        self.paths.append(document.path)

    def prepare(self) -> None:
        """Make the folders that the documents go into, and sync what was written.

        Raises:
            PublishError: a folder cannot be made, or a link or a file is in its place.
        """
        for parent in dict.fromkeys(path.rpartition("/")[0] for path in self.paths):
            made = self.output
            for part in parent.split("/") if parent else ():
                made = made / part
                try:
                    with contextlib.suppress(FileExistsError):
                        made.mkdir(mode=0o755)
                        sync(made.parent)
                except OSError as error:
                    raise _failed(made, error) from None
                if made.is_symlink() or not made.is_dir():
                    raise PublishError(made, "is a link or a file where a folder is needed; move it away")
        if self.paths:
            sync(self.folder)

    def barrier(self) -> None:
        """Say that what was added so far must be in its place for good before anything that is added later is."""
        self._barriers.append(len(self.paths))

    def switch(self) -> None:
        """Rename everything into place, in the order added, and make the names permanent at each barrier.

        Raises:
            PublishError: a rename failed; what was renamed before is in place, the next run does the rest.
        """
        done = 0
        for end in (*self._barriers, len(self.paths)):
            for number in range(done, end):
                path = self.paths[number]
                try:
                    (self.folder / str(number)).replace(self.output / path)
                except OSError as error:
                    raise PublishError(
                        self.output / path,
                        f"cannot be put in place: {error.strerror or error}; {number} of {len(self.paths)} files are, "
                        "the next run does the rest",
                    ) from None
            for parent in dict.fromkeys((self.output / path).parent for path in self.paths[done:end]):
                sync(parent)
            done = end

    def clear(self) -> None:
        """Remove the staging folder and what is still in it."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


class NoStaging(Staging):
    """A staging area that only notes what would be staged."""

    def add(self, document: Document) -> None:
        """Note the path of a document."""
        self.paths.append(document.path)


@contextlib.contextmanager
def staging(output: Path) -> Iterator[Staging]:
    """A staging area for the output folder; gone afterwards. Nothing is made where nothing is added.

    What a killed run left behind is removed first; the caller holds the lock.
    """
    for left in output.glob(_STAGING + "*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    area = Staging(output)
    try:
        yield area
    finally:
        area.clear()


def sync(folder: Path) -> None:
    """Make the names in a folder permanent.

    Raises:
        PublishError: the disk refuses.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _failed(folder, error) from None


def _failed(path: Path, error: OSError) -> PublishError:
    return PublishError(path, f"cannot be written: {error.strerror or error}; what was published before stays")
