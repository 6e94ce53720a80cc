"""What the tests share: a site of their own, a build of it, and where the data beside the project lies."""

from __future__ import annotations

import datetime as dt
import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from feeds.config import Config, Source
from feeds.fetch import File
from feeds.model import Candidate, Problem
from feeds.pipeline import build
from feeds.pipeline.items import read_items
from feeds.pipeline.report import Report

# The first example loads tables, on a machine that may be busy: time says nothing here.
hypothesis.settings.register_profile("feeds", deadline=None)
hypothesis.settings.load_profile("feeds")
ROOT = Path(__file__).parent.parent
os.environ["LC_ALL"] = "C.UTF-8"  # what the terminal says is compared in English, whoever runs the tests
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
CONFIG = """
[site]
title = "Example news"
base_url = "https://news.example.org/feeds/"
authority = "example.org"
year = 2020
"""


class Site:
    """A site in a temporary folder, with helpers that read like the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.output = folder / "site", folder / "output"
        self.served = self.output  # with generations, the link to the current one
        self.folder.mkdir()
        self.write("feeds.toml", CONFIG)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def build(self, now: dt.datetime = NOW, allow: tuple[str, ...] = ()) -> Report:
        return build(self.folder, self.output, now=now, allow=allow)

    def files(self) -> dict[str, bytes]:
        """Every public file, by its path below the folder that is served."""
        return {
            path.relative_to(self.served).as_posix(): path.read_bytes()
            for path in sorted(self.served.rglob("*"))
            if path.is_file()
        }

    def stamps(self) -> dict[str, tuple[int, int]]:
        """Inode and modification time of every public file, and of the history."""
        paths = [path for path in self.served.rglob("*") if path.is_file()] + [self.folder / ".history.sqlite3"]
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def seeds(tmp_path: Path) -> Site:
    """The site that the project ships, copied without any history."""
    result = Site(tmp_path)
    for path in (ROOT / "seeds").iterdir():
        if not path.name.startswith(".history"):
            shutil.copyfile(path, result.folder / path.name)
    return result


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Storage that speaks S3, as the environment says; it has a bucket named "bucket"."""
    from storage import running_storage

    with running_storage() as environment:
        for name, value in {**environment, "HOME": str(tmp_path), "AWS_CONFIG_FILE": str(tmp_path / "none")}.items():
            monkeypatch.setenv(name, value)
        yield


@pytest.fixture
def shared() -> Path:
    """The folder of labelled data beside the project; tests that need it say so when it is not there."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        # It is other people's text under their own terms, and may not come along; .ci/run is run with it.
        pytest.skip("needs the labelled data in ../shared, which is not part of the project")
    return folder


def at_terminal(command: list[str], folder: Path) -> tuple[int, str]:
    """The exit code of a command and what it prints, on a terminal of 120 columns, without colours."""
    main, other = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "120", "NO_COLOR": "1"}
    environment["SOURCE_DATE_EPOCH"] = str(int(NOW.timestamp()))
    call = [sys.executable, "-c", "from feeds.cli import main; main(prog_name='feeds')", *command]
    process = subprocess.Popen(call, stdout=other, stderr=subprocess.DEVNULL, cwd=folder, env=environment)
    os.close(other)
    shown = b""
    try:
        while chunk := os.read(main, 4096):
            shown += chunk
    except OSError:
        pass  # the process ended, and the terminal with it
    os.close(main)
    return process.wait(timeout=60), shown.decode().replace("\r\n", "\n")


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def feeds(tmp_path: Path) -> Run:
    """Run the command in a process of its own, in a folder of its own, as cron would."""

    def run(*arguments: object, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from feeds.cli import main; main(prog_name='feeds')", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(int(NOW.timestamp())), **environment},
        )

    return run


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that a process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def item(date: str, title: str, text: str = "Some text.") -> str:
    """An item of a text listing."""
    return f"{date}\n\n{title}\n\n{text}\n\n"


def read_document(tmp_path: Path, name: str, data: str | bytes, **stated: Any) -> tuple[list[Candidate], list[Problem]]:
    """The items of a document, and what is said of it.

    Args:
        stated: of its source, as in feeds.toml.
    """
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    source = Source("x", base_url="https://example.org/", **stated)
    items = list(read_items(Config(Path(), title="t"), source, File(path, name, name), NOW))
    return [item.candidate for item in items if item.candidate], [one for item in items for one in item.problems]
