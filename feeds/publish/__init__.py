"""Publish documents as files, atomically; files that are already correct are not touched.

Everything new is written to a staging folder inside the output folder and synced before the first rename. In a plain
folder the files are then renamed into place in the order given, in one burst; after a kill at any point each public
file is the old one or the new one, whole. With generations one rename switches to a whole new output. Only folders
below the output folder are ever written, and no link is followed there but the one to the current generation.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from feeds.model import ATOM
from feeds.publish.files import (
    digest,
    lock,
    looks_published,
    make_folder,
    read,
    remove_temporary_folder,
    stat_by_bytes,
    stat_published,
    temporary_folder,
    write_beside,
)
from feeds.publish.generations import CURRENT, FOLDER, Generation, Generations, name
from feeds.publish.previous import Previous
from feeds.publish.staging import PREFIX, NoStaging, Paths, Staging

__all__ = [
    "CURRENT",
    "Generations",
    "NoStaging",
    "Paths",
    "Previous",
    "Staging",
    "digest",
    "is_taken_back",
    "left_over_message",
    "lock",
    "looks_published",
    "make_folder",
    "name",
    "read",
    "remove_temporary_folder",
    "served_folder",
    "staging",
    "stat_by_bytes",
    "stat_published",
    "temporary_folder",
    "write_beside",
]


def served_folder(output: Path, generations: int) -> Path:
    """Return the folder for a web server: the output folder, or with generations the link to the current one."""
    return output / CURRENT if generations else output


def is_taken_back(history: Path, output: Path, generations: int) -> bool:
    """Return True if what was published last was taken back since.

    Args:
        history: the history file of the site.
    """
    return Generations(output).is_rolled_back if generations else Previous(history, output).is_undone


def left_over_message(output: Path, generations: int) -> str:
    """Return a warning if the output folder also holds files of the other layout, which are no longer updated."""
    if generations and (output / ATOM.file).is_file():
        return f"is of a time without generations, and not kept up; serve {output / CURRENT}, then remove it"
    if not generations and (output / CURRENT).is_symlink():
        return f"is of a time with generations, and not kept up; serve {output}, then remove it and {FOLDER}"
    return ""


@contextlib.contextmanager
def staging(output: Path, generations: int = 0, previous: Previous | None = None) -> Iterator[Staging]:
    """Open a staging area for the output folder and remove it afterwards; without documents nothing is created.

    What a killed run left behind is removed first; the caller holds the lock.

    Args:
        previous: keeps what is replaced; with generations it is not asked.
    """
    for left in output.glob(PREFIX + "*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    area = Generation(output, keep=generations) if generations else Staging(output, previous)
    try:
        yield area
    finally:
        area.clear()
