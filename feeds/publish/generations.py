"""Publish a whole new output next to the others, and switch to it by one rename.

    output/current      a link to the generation that is served
    output/generations  the last of them: 0007, 0008, ...; what did not change is one file with several names
    output/undone       after a rollback, a link to the newest generation that was taken back

A generation comes into its folder by one rename, whole and synced; whatever is newer than the current one was left by
a killed run or undone, and is removed when the next is made.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

from feeds.model import NothingKeptError, PublishError
from feeds.publish.files import NO_HARD_LINKS, in_the_way_error, make_parents, new_folder, sync, write_error
from feeds.publish.staging import PREFIX, Staging

CURRENT, UNDONE, FOLDER = "current", "undone", "generations"
_NAME = re.compile(r"\d{4,}")


def name(number: int) -> str:
    """Return the folder name of a generation.

    >>> name(7)
    '0007'
    """
    return f"{number:04}"


class Generations:
    """The generations of an output folder; the caller of a method that changes them holds the lock."""

    def __init__(self, output: Path) -> None:
        self.output, self.folder = output, output / FOLDER

    @property
    def current(self) -> int:
        """Return the number of the generation that is served, 0 if there is none.

        Raises:
            PublishError: what is in the place of the link is nothing that feeds made.
        """
        return self._linked(CURRENT)

    @property
    def undone(self) -> int:
        """Return the number of the newest generation that a rollback undid, 0 if there was no rollback."""
        return self._linked(UNDONE)

    @property
    def is_rolled_back(self) -> bool:
        """Return True if an older generation is served than was published last."""
        return self.current < self.undone

    def numbers(self) -> list[int]:
        """Return the numbers of all generations, in order."""
        try:
            return sorted(int(path.name) for path in self.folder.iterdir() if _NAME.fullmatch(path.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise write_error(self.folder, error) from None

    def switch(self, number: int) -> None:
        """Serve a generation: one durable rename.

        Raises:
            PublishError: the rename failed; what was served is.
        """
        self._link(CURRENT, number)

    def roll_back(self, to: int = 0) -> tuple[int, int]:
        """Serve the previous generation or a given one; return the numbers of both.

        Until one that is newer than all is made, or the newest is served again, is_rolled_back holds.

        Raises:
            NothingKeptError: there is no such generation.
        """
        now, undone = self.current, self.undone
        newest = max(now, undone)
        if not now:
            message = "has no generations to go back to; [publish] generations = 3 in feeds.toml keeps them"
            raise NothingKeptError(self.output, message)
        to = self._target(to, now, [number for number in self.numbers() if number <= newest])
        if undone != newest:
            self._link(UNDONE, newest)
        self.switch(to)
        if to == newest:
            self.forget_rollback()
        return now, to

    def _target(self, to: int, now: int, kept: list[int]) -> int:
        """Return the generation to go back to; for 0 the previous one."""
        shown = ", ".join(map(name, kept))
        if not to:
            to = max((number for number in kept if number < now), default=0)
            if not to:
                raise NothingKeptError(self.output, f"has no generation before {name(now)}; there are {shown}")
        if to not in kept or to == now:
            why = "is served already" if to == now else "is not there"
            raise NothingKeptError(self.output, f"generation {name(to)} {why}; there are {shown}")
        return to

    def forget_rollback(self) -> None:
        """Forget that there was a rollback."""
        try:
            (self.output / UNDONE).unlink(missing_ok=True)
        except OSError as error:
            raise write_error(self.output / UNDONE, error) from None

    def remove(self, numbers: list[int]) -> None:
        """Remove generations; a reader who goes by their names never sees a part of one."""
        for number in numbers:
            with contextlib.suppress(OSError):  # it is in nobody's way; the next run tries again
                away = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.output))
                try:
                    (self.folder / name(number)).rename(away / name(number))
                finally:
                    shutil.rmtree(away, ignore_errors=True)

    def _linked(self, link: str) -> int:
        path = self.output / link
        try:
            target = str(path.readlink())
        except FileNotFoundError:
            return 0
        except OSError:
            target = ""
        folder, _, number = target.partition("/")
        if folder != FOLDER or not _NAME.fullmatch(number):
            raise PublishError(path, f"is not a link to one of {FOLDER}; move it away")
        return int(number)

    def _link(self, link: str, number: int) -> None:
        try:
            beside = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.output))
            try:
                (beside / link).symlink_to(f"{FOLDER}/{name(number)}")
                (beside / link).replace(self.output / link)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        except OSError as error:
            raise write_error(self.output / link, error) from None
        sync(self.output)


class Generation(Staging):
    """Documents staged for a whole new output; at most `keep` outputs are kept."""

    def __init__(self, output: Path, keep: int) -> None:
        super().__init__(output)
        self.keep = keep
        self.number = 0  # of the generation that was made, 0 while there is none

    def prepare(self) -> None:
        """Create the new output: hard links to the current files that no document replaces, and the documents.

        Raises:
            PublishError: it cannot be made, or a link or a file is where a folder is needed.
        """
        if not self.paths:
            return
        self._flush()
        generations = Generations(self.output)
        make_parents(self.output, [f"{FOLDER}/-"])
        now = generations.current
        generations.remove([number for number in generations.numbers() if number > now])
        number = max(now, generations.undone) + 1
        whole = self.folder / name(number)
        new_folder(whole)
        make_parents(whole, self.paths)
        try:
            for position, path in enumerate(self.paths):
                (self.folder / str(position)).rename(whole / path)
        except OSError as error:
            raise write_error(whole, error) from None
        if now:
            _repeat(generations.folder / name(now), whole)
        for folder, _, _ in os.walk(whole):
            sync(Path(folder))
        try:
            whole.rename(generations.folder / name(number))
        except OSError as error:
            raise write_error(generations.folder / name(number), error) from None
        sync(generations.folder)
        self.number = number

    def switch(self) -> None:
        """Serve the new output, and remove the oldest ones.

        Raises:
            PublishError: nothing is switched; the next run does it.
        """
        generations = Generations(self.output)
        if self.number:
            generations.switch(self.number)
        generations.forget_rollback()
        now = generations.current
        generations.remove([number for number in generations.numbers() if number <= now][: -self.keep])


def _repeat(old: Path, new: Path) -> None:
    """Hard-link every file of one folder at the same path below another, where none exists yet.

    Links are repeated as links.
    """
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            with os.scandir(old / inside) as found:
                for entry in found:
                    path = f"{inside}/{entry.name}" if inside else entry.name
                    if _repeat_entry(entry, new / path):
                        waiting.append(path)
        except OSError as error:
            if error.errno in NO_HARD_LINKS:
                raise PublishError(
                    new / inside,
                    f"cannot have hard links to the generation before: {error.strerror}; [publish] generations need "
                    "a file system that has them, and files of the same owner",
                ) from None
            raise write_error(new / inside, error) from None


def _repeat_entry(entry: os.DirEntry[str], to: Path) -> bool:
    """Hard-link a file if none exists yet; create a folder, and return True for a folder."""
    if entry.is_dir(follow_symlinks=False):
        if not to.is_dir():
            new_folder(to)
        return True
    try:
        if entry.is_symlink():
            to.symlink_to(Path(entry.path).readlink())
        elif entry.is_file():
            os.link(entry.path, to)
    except FileExistsError:
        if to.is_dir():
            raise in_the_way_error(to) from None
    return False
