"""Killed at any point, a run leaves every public file old or new, and the next run finishes it.

The process is real and really killed: it counts its own openings, folders, links, renames and removals through the
interpreter's audit hook, and sends itself SIGKILL before the one whose number it was given.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

import pytest
from conftest import CONFIG, NOW, Site, item

import feeds.content.normalise  # loaded before a process is forked that counts what it opens
import feeds.feed.assemble
import feeds.feed.pages
import feeds.fetch
import feeds.sources.listing  # noqa: F401
from feeds.cli import main
from feeds.validation import validate

OPERATIONS = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.symlink", "sqlite3.connect")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
FIRST = item("5 May, 2017", "Panama trains") + item("4 May, 2017", "Honduras holds a workshop")
SECOND = item("6 May, 2017", "Chile trains") + FIRST.replace("Panama trains", "Panama trains again")


def run(site: Site, fatal: int, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, forked from this one, which saves it loading the program.

    It kills itself before the file operation of the number `fatal`, 0 for none, and prints at the end how many it saw.
    """
    arguments = [*(command or ("build", str(site.folder), "-o", str(site.output), "--now", NOW.isoformat()))]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as said:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads, of which none runs here
            child = os.fork()
        if child == 0:
            _be_killed(fatal, arguments, out, said)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        said.seek(0)
        return subprocess.CompletedProcess(arguments, os.waitstatus_to_exitcode(status), out.read(), said.read())


def _be_killed(fatal: int, arguments: list[str], out: IO[str], said: IO[str]) -> NoReturn:
    """What the process does; the interpreter's audit hook tells it of each operation before it is done."""
    seen, code = 0, 70

    def hook(event: str, details: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in OPERATIONS or (event == "open" and details[2] is not None and details[2] & WRITING):
            seen += 1
            if seen == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.stdout, sys.stderr = out, said
        sys.addaudithook(hook)
        main(arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        print(seen, file=out, flush=True)
        said.flush()
        os._exit(code)


def copy(folder: Path, to: Path) -> None:
    """A copy with the same links and times."""
    subprocess.run(["cp", "-a", folder, to], check=True)


def whole(site: Site, old: dict[str, bytes], new: dict[str, bytes], where: str) -> None:
    """Every public file is the old or the new one, none is missing, and no feed points at what is not there."""
    files = {path: body for path, body in site.files().items() if not path.startswith(".feeds-")}
    assert set(old) <= set(files) <= set(old) | set(new), where
    for path, body in files.items():
        assert body in (old.get(path), new.get(path)), (where, path)
        if path.endswith((".xml", ".json")):
            assert validate(body) == [] or path == "feeds.json"
            for address in re.findall(rb'https://news\.example\.org/feeds/([^<"#]+\.(?:xml|html|json))', body):
                assert address.decode() in files, (where, path, address)


# With generations every file of the output is a point more, so fewer of them say as much.
GENERATIONS = "[publish]\ngenerations = 2\n[facets.countries]\npublish = false\n[facets.topics]\npublish = false\n"


@pytest.mark.slow
@pytest.mark.parametrize("generations", ["", GENERATIONS], ids=["plain", "generations"])
@pytest.mark.parametrize("is_first", [True, False], ids=["the first build", "an update"])
def test_a_run_killed_at_any_point_leaves_whole_files_and_is_finished_by_the_next(
    site: Site, tmp_path: Path, is_first: bool, generations: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # live = 2, so that the update has an archive to make
    site.write("feeds.toml", CONFIG + "[limits]\nlive = 2\n" + generations)
    site.served = site.output / "current" if generations else site.output
    site.write("news.txt", FIRST)
    if not is_first:
        site.build()
        site.write("news.txt", FIRST + item("3 May, 2017", "Peru trains"))
        site.build()  # a second time, so that a generation goes away with the third
        site.write("news.txt", SECOND + item("3 May, 2017", "Peru trains"))
    old = site.files()
    start = tmp_path / "start"
    start.mkdir()
    for folder in (site.folder, site.output):
        if folder.exists():
            copy(folder, start / folder.name)

    def restore() -> None:
        for folder in (site.folder, site.output):
            shutil.rmtree(folder, ignore_errors=True)
            if (start / folder.name).exists():
                copy(start / folder.name, folder)

    undisturbed = run(site, 0)
    assert undisturbed.returncode == 0, undisturbed.stderr
    points = int(undisturbed.stdout)
    new = site.files()
    assert old != new and points > 20
    assert is_first or "archive/0001/atom.xml" in new
    for point in range(1, points + 1):
        restore()
        killed = run(site, point)
        assert killed.returncode == -signal.SIGKILL
        whole(site, old, new, f"killed at {point} of {points}")
        if generations:
            assert site.files() in (old, new), point  # all of one or all of the other
        healed = site.build()  # the next run, in this process: it begins anew where the killed one stopped
        assert (healed.status, healed.problems) == (0, []), point
        assert site.files() == new, point
        assert not list(site.output.glob(".feeds-*")), point
    with capsys.disabled():
        print(f" {points} kill points", end="")


@pytest.fixture
def mounted(site: Site) -> Iterator[Callable[[str], object]]:
    """A site whose output is a file system of its own; called with options, it is mounted again with those."""
    site.output.mkdir()
    done = subprocess.run(["sh", "-c", 'mount -t tmpfs tmpfs "$0"', str(site.output)], capture_output=True, text=True)
    if done.returncode:
        # A disk that is really full or read-only takes a file system, which only root may mount, and in some containers
        # nobody; .ci/run does. Where nothing can be mounted, test_faults still lets single calls fail so.
        pytest.skip(f"needs to mount a small folder, as root: {done.stderr.strip()}")
    try:
        yield lambda options: subprocess.run(["mount", "-o", f"remount,{options}", str(site.output)], check=True)
    finally:
        subprocess.run(["umount", str(site.output)], check=True)


@pytest.mark.parametrize("size", [4, 40, 100])
def test_a_full_disk_is_said_and_leaves_what_was_published(
    site: Site, mounted: Callable[[str], object], size: int
) -> None:
    mounted(f"size={size}k")
    listing = "".join(item("5 May, 2017", f"Panama trains {number}", "Text. " * 200) for number in range(60))
    site.write("news.txt", listing)
    done = run(site, 0)
    assert done.returncode == 3, done.stderr
    assert "No space left on device; what was published before stays [publish]" in done.stderr
    assert site.files() == {}
    mounted("size=8m")
    assert run(site, 0).returncode == 0
    assert validate((site.output / "atom.xml").read_bytes()) == []


def test_an_output_that_became_read_only_is_said_and_stays(site: Site, mounted: Callable[[str], object]) -> None:
    site.write("news.txt", FIRST)
    assert site.build().status == 0
    before = site.files()
    site.write("news.txt", SECOND)
    mounted("ro")
    done = run(site, 0)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "Read-only file system; what was published before stays [publish]" in done.stderr
    assert site.files() == before
    mounted("rw")
    assert run(site, 0).returncode == 0
    assert b"Chile trains" in site.files()["atom.xml"]


@pytest.mark.slow
def test_twenty_pairs_of_runs_at_once_end_well(site: Site) -> None:
    site.write("news.txt", FIRST)
    command = [sys.executable, "-c", "from feeds.cli import main; main()", "build", str(site.folder), "-o"]
    codes = []
    for number in range(20):
        site.write("news.txt", item("6 May, 2017", f"Chile trains {number}", f"Text {number}.") + FIRST)
        pair = [
            subprocess.Popen([*command, str(site.output), "--now", NOW.isoformat()], stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for process in pair:
            _, said = process.communicate(timeout=60)
            assert process.returncode in (0, 75), said
            assert process.returncode == 0 or "another run is at work here" in said
        codes.append(tuple(process.returncode for process in pair))
        assert 0 in codes[-1]
        assert all(validate(path.read_bytes()) == [] for path in site.output.rglob("*.xml"))
    assert any(75 in pair for pair in codes)


STOPPED = """
import os, signal, sys
from feeds import publish
from feeds.cli import main
place = publish.Staging.switch if sys.argv[1] == "switch" else publish.Staging.add
def stopping(self, *arguments):
    os.kill(os.getpid(), getattr(signal, sys.argv[2]))
    return place(self, *arguments)
setattr(publish.Staging, sys.argv[1], stopping)
main(["build", *sys.argv[3:]])
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize("where", ["add", "switch"])
def test_a_run_that_is_asked_to_stop_says_so_and_leaves_nothing_behind(site: Site, name: str, where: str) -> None:
    site.write("news.txt", FIRST)
    site.build()
    before = site.files()
    site.write("news.txt", SECOND)
    command = [sys.executable, "-c", STOPPED, where, name, str(site.folder), "-o", str(site.output)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 128 + getattr(signal, name), done.stderr
    assert done.stderr.startswith(f"stopped by {name}; every published file is whole")
    assert site.files() == before  # and no staging folder
    assert site.build().status == 0
    assert "Panama trains again" in (site.output / "atom.xml").read_text()
