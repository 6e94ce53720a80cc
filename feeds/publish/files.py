"""Files and folders: the state of a published file; making, locking and syncing folders."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from feeds.history.documents import Published
from feeds.model import LockedError, PublishError
from feeds.noop import file_stamp

NO_HARD_LINKS = {
    errno.EPERM,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EMLINK,
    errno.EXDEV,
}  # why a file has no second name
_PAUSE = 0.2  # seconds between two looks whether another run has ended


def digest(body: bytes) -> bytes:
    """Return the digest by which published files are compared."""
    return hashlib.blake2b(body, digest_size=16).digest()


@contextlib.contextmanager
def lock(*folders: Path, wait: float = 0) -> Iterator[None]:
    """Lock these folders against other runs while inside. No lock file is written: the folders themselves are locked.

    Args:
        wait: seconds that are waited for another run to end.

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
            for left in range(round(wait / _PAUSE), -1, -1):
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if not left:
                        message = "another run is at work here; try again when it has ended"
                        raise LockedError(folder, message) from None
                time.sleep(_PAUSE)
        yield


def make_folder(folder: Path) -> None:
    """Create the output folder with its parents.

    Raises:
        PublishError: it cannot be made, or is no folder.
    """
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # whatever the umask: a web server reads it
    except OSError as error:
        raise PublishError(folder, f"cannot be made: {error.strerror}") from None


def temporary_folder(within: Path | None = None) -> Path:
    """Create an empty folder for a preview, which the caller may remove.

    Args:
        within: the folder that holds it; None is the machine's folder for temporary files.
    """
    return Path(tempfile.mkdtemp(prefix="feeds-preview-", dir=within))


def remove_temporary_folder(folder: Path) -> None:
    """Remove a folder that temporary_folder made, with what is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def new_folder(folder: Path) -> None:
    """Create a folder below the output folder.

    Raises:
        PublishError: it cannot be made.
    """
    try:
        folder.mkdir()
        folder.chmod(0o755)  # as above
    except OSError as error:
        raise write_error(folder, error) from None


def make_parents(root: Path, paths: Iterable[str]) -> None:
    """Create the folders that these paths need below a root, durably.

    Raises:
        PublishError: a folder cannot be made, or a link or a file is in its place.
    """
    changed: dict[Path, None] = {}
    for parent in dict.fromkeys(path.rpartition("/")[0] for path in paths):
        folder = root
        for part in parent.split("/") if parent else ():
            folder = folder / part
            if not folder.is_symlink() and not folder.exists():
                new_folder(folder)
                changed[folder.parent] = None
            if folder.is_symlink() or not folder.is_dir():
                raise in_the_way_error(folder)
    for folder in changed:
        sync(folder)


def in_the_way_error(folder: Path) -> PublishError:
    """Return the error for a file that a person put where a folder must be."""
    return PublishError(folder, "is a link or a file where a folder is needed; move it away")


def stat_published(output: Path, path: str, digest: bytes) -> Published | None:
    """Return size and time of a file whose digest is known, by stat; None if it does not exist."""
    try:
        status = os.lstat(f"{output}/{path}")  # hundreds a run: a Path would take longer than the look
    except OSError:
        return None
    return Published(digest, *file_stamp(status))


def looks_published(output: Path, path: str, state: Published) -> bool:
    """Return True if size and time of the file are as they were left."""
    return stat_published(output, path, state.digest) == state


def stat_by_bytes(output: Path, path: str) -> Published | None:
    """Return size and time of a published file after comparing its bytes; None if it does not exist."""
    target = output / path
    try:
        if target.is_symlink():
            return None
        body = target.read_bytes()
        status = target.stat()
    except OSError:
        return None
    return Published(digest(body), *file_stamp(status))


def read(output: Path, path: str, most: int) -> bytes | None:
    """Return the bytes of a published file; None if it does not exist, is a link or is longer than the limit."""
    target = output / path
    try:
        return None if target.is_symlink() or target.stat().st_size > most else target.read_bytes()
    except OSError:
        return None


def sync(folder: Path) -> None:
    """Make the names in a folder durable.

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
        raise write_error(folder, error) from None


def write_error(path: Path, error: OSError) -> PublishError:
    """Return the error for a failed write."""
    return PublishError(path, f"cannot be written: {error.strerror or error}; what was published before stays")


def write_new_file(path: Path, data: bytes) -> None:
    """Create a file that is not there yet, with its folder.

    Raises:
        PublishError: it is there already, or cannot be written.
    """
    make_folder(path.parent)
    try:
        with path.open("xb") as stream:
            stream.write(data)
    except FileExistsError:
        raise PublishError(path, "is there already; nothing was changed") from None
    except OSError as error:
        raise write_error(path, error) from None


def rewrite_file(path: Path, data: bytes) -> None:
    """Replace what a file holds, at once: whoever reads it sees the old or the new. It keeps its mode; behind a link,
    the file that it leads to is replaced.

    Raises:
        PublishError: it cannot be written; it is as it was.
    """
    path = path.resolve()
    try:
        _replace(path, data, stat.S_IMODE(path.stat().st_mode))
    except OSError as error:
        raise PublishError(path, f"cannot be written: {error.strerror or error}; it is as it was") from None


def write_beside(folder: Path, name: str, data: bytes) -> None:
    """Write a file into the folder that is served, at once; one that holds this already is not touched.

    Raises:
        PublishError: it cannot be written.
    """
    path = folder / name
    try:
        if not path.exists() or path.read_bytes() != data:
            _replace(path, data, 0o644)
    except OSError as error:
        raise write_error(path, error) from None


def _replace(path: Path, data: bytes, mode: int) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(data)
        new.chmod(mode)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
