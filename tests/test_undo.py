"""`feeds undo` without generations: what the last build replaced is put back, whole, until a build is allowed again."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import CONFIG, NOW, Site, item

from feeds import noop
from feeds.cli import main
from feeds.model import PublishError
from feeds.pipeline import ROLLED_BACK
from feeds.publish import Previous

LISTING = item("10 May 2024", "Bridge 1 repaired in Honduras") + item("9 May 2024", "School 2 opened in Kenya")
NEWER = item("11 May 2024", "Well 3 dug in Chad") + LISTING


@pytest.fixture
def built(site: Site) -> Site:
    """A site that was built twice; the second build replaced some files and added others."""
    site.write("feeds.toml", CONFIG + "[limits]\nlive = 1\n")  # so that there are archives
    site.write("news.txt", LISTING)
    site.build()
    return site


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def previous(site: Site) -> Previous:
    return Previous(site.folder / ".history.sqlite3", site.output)


def test_what_the_last_build_published_is_taken_back_until_a_build_is_allowed(built: Site) -> None:
    before = built.files()
    built.write("news.txt", NEWER)
    built.build()
    after = built.files()
    assert after.keys() > before.keys()
    done = run("undo", built.folder, "-o", built.output)
    assert done.exit_code == 0, done.stderr
    assert "files as before the last build; builds publish nothing until one is allowed" in done.stdout
    assert built.files() == before
    again = run("undo", built.folder, "-o", built.output)
    assert again.exit_code == 3
    assert "was taken back already [nothing-kept]" in again.stderr
    held = run("build", built.folder, "-o", built.output)
    assert held.exit_code == 3
    assert (
        "was taken back by `feeds undo`; nothing is published until it is allowed: --allow rolled-back" in held.stderr
    )
    assert built.files() == before
    assert built.build(allow=(ROLLED_BACK,)).status == 0
    assert built.files() == after
    assert built.build().status == 0
    assert previous(built).take_back() > 0  # what was allowed can be taken back too
    assert built.files() == before


def test_only_the_last_build_that_published_something_is_taken_back(built: Site) -> None:
    built.write("news.txt", NEWER)
    built.build()
    middle = built.files()
    built.write("news.txt", item("12 May 2024", "Road 4 opened in Peru") + NEWER)
    built.build()
    built.build()
    previous(built).take_back()
    assert built.files() == middle


def test_an_archive_page_that_was_taken_back_is_published_again(built: Site) -> None:
    built.write("news.txt", NEWER)
    built.build()
    built.write("news.txt", NEWER.replace("Kenya\n\nSome", "Kenya\n\nOther"))
    built.build()
    corrected = built.files()
    assert any(b"Other text" in body for name, body in corrected.items() if name.startswith("archive/"))
    previous(built).take_back()
    assert not any(b"Other text" in body for body in built.files().values())
    built.build(allow=(ROLLED_BACK,))
    assert built.files() == corrected


def test_a_build_that_is_allowed_and_has_nothing_to_publish_ends_it(built: Site) -> None:
    built.write("news.txt", NEWER)
    built.build()
    after = built.files()
    previous(built).take_back()
    for name, body in after.items():  # somebody put back by hand what had been published
        (built.output / name).parent.mkdir(exist_ok=True, parents=True)
        (built.output / name).write_bytes(body)
    assert built.build(allow=(ROLLED_BACK,)).written == []
    assert built.build().status == 0


def test_a_run_that_would_do_nothing_looks_whether_something_was_taken_back(built: Site) -> None:
    built.write("news.txt", NEWER)
    built.build()
    built.build()
    assert noop.addresses_to_ask(str(built.folder), str(built.output), NOW.timestamp()) == []
    (built.folder / ".history.sqlite3.previous/undone").touch()
    assert noop.addresses_to_ask(str(built.folder), str(built.output), NOW.timestamp()) is None


def test_the_first_build_and_another_output_cannot_be_taken_back(built: Site, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="it was the first build"):
        previous(built).take_back()
    built.write("news.txt", NEWER)
    built.build()
    before = built.files()
    with pytest.raises(PublishError, match="nothing is kept"):
        Previous(built.folder / ".history.sqlite3", tmp_path / "other").take_back()
    assert built.files() == before


def test_nothing_of_a_preview_is_kept(built: Site, tmp_path: Path) -> None:
    built.write("news.txt", NEWER)
    built.build()
    kept = sorted((built.folder / ".history.sqlite3.previous").iterdir())
    assert run("preview", built.folder, "-o", tmp_path / "look").exit_code == 0
    assert run("build", built.folder, "-o", built.output, "--dry-run").exit_code == 0
    assert sorted((built.folder / ".history.sqlite3.previous").iterdir()) == kept


def test_without_hard_links_it_is_said_what_else_there_is(built: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*names: object, **options: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    built.write("news.txt", NEWER)
    built.build()
    monkeypatch.setattr(os, "link", refused)
    built.write("news.txt", LISTING.replace("Kenya", "Uganda"))
    assert built.build().status == 0
    monkeypatch.undo()
    with pytest.raises(PublishError, match="generations = 2 keeps whole outputs"):
        previous(built).take_back()
    assert not (built.folder / ".history.sqlite3.previous.new").exists()


_KILLED = """
import os, signal, sys
from feeds.cli import main
left = int(sys.argv.pop(1))
def watch(event, arguments):
    global left
    is_written = event == "open" and arguments[1] in ("w", "a")
    if is_written or event in ("os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
try:
    main()
finally:
    print(left, file=sys.stderr)
"""


def killed_at(point: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command, and kill it before it changes a file for the nth time; 0 is never."""
    command = [sys.executable, "-c", _KILLED, str(point), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["build", "undo"])
def test_it_is_taken_back_whole_wherever_a_run_was_killed(built: Site, tmp_path: Path, what: str) -> None:
    """A killed undo is done again; a killed build is ended by the next one, and taken back as one."""
    before = built.files()
    built.write("news.txt", NEWER)
    if what == "undo":
        built.build()
    start = tmp_path / "start"
    shutil.copytree(tmp_path / "site", start / "site")
    shutil.copytree(built.output, start / "output")
    undisturbed = killed_at(0, what, built.folder, "-o", built.output)
    points = -int(undisturbed.stderr.splitlines()[-1])
    assert points > 20
    for point in range(1, points + 1):
        for folder in ("site", "output"):
            shutil.rmtree(tmp_path / folder)
            _copy(start / folder, tmp_path / folder)
        killed = killed_at(point, what, built.folder, "-o", built.output)
        assert killed.returncode == -signal.SIGKILL
        if what == "build":
            assert built.build().status == 0
        if built.files() != before or not previous(built).is_undone:
            previous(built).take_back()
        assert built.files() == before, point
        assert built.build(allow=(ROLLED_BACK,)).status == 0


def _copy(folder: Path, to: Path) -> None:
    """Copy a folder with the times of its files, and names of one file as such."""
    subprocess.run(["cp", "-a", str(folder), str(to)], check=True)
