"""A run with nothing to do ends before anything is loaded, and only such a run does."""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CONFIG, NOW, Site, item

from feeds import noop
from feeds.pipeline import build, items

LISTING = item("5 May, 2017", "Panama trains staff") + item("4 May, 2017", "Honduras holds a workshop")
SOURCE = '[[sources]]\nname = "news"\n'


def is_up_to_date(site: Site, *more: str, now: float = NOW.timestamp(), at_terminal: bool = False) -> bool:
    arguments = ["build", str(site.folder), "-o", str(site.output), *more]
    return noop.what_to_ask(arguments, now, at_terminal) == []


@pytest.fixture
def done(site: Site) -> Site:
    """A site that was built; nothing is to be done."""
    site.write("names.tsv", "PA\tplace\t-\tYaviza\n")
    site.write("feeds.toml", CONFIG + '[facets.countries]\nfile = "names.tsv"\n')
    site.write("news.txt", LISTING)
    assert site.build().status == 0
    return site


def test_after_a_run_that_went_well_there_is_nothing_to_do(done: Site) -> None:
    assert is_up_to_date(done) and is_up_to_date(done, "--quiet", at_terminal=True)
    before = done.stamps()
    assert done.build().written == [] and done.stamps() == before
    assert is_up_to_date(done)


def newer(path: Path) -> None:
    """Let a file have another time."""
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000_000))


def add(site: Site, text: str) -> None:
    path = site.folder / "feeds.toml"
    path.write_text(path.read_text() + text)


CHANGES: dict[str, Callable[[Site], object]] = {
    "a new item": lambda site: site.write("news.txt", item("6 May, 2017", "Peru sings") + LISTING),
    "a listing with another time": lambda site: newer(site.folder / "news.txt"),
    "a listing that is gone": lambda site: (site.folder / "news.txt").unlink(),
    "another listing": lambda site: site.write("more.txt", item("6 May, 2017", "Peru sings")),
    "another configuration": lambda site: add(site, "[limits]\nlive = 7\n"),
    "no configuration": lambda site: (site.folder / "feeds.toml").unlink(),
    "other names": lambda site: site.write("names.tsv", "PA\tplace\t-\tBoquete\n"),
    "a feed that is gone": lambda site: (site.output / "rss.xml").unlink(),
    "a feed that was changed": lambda site: (site.output / "rss.xml").write_text("oops"),
    "a page that was changed": lambda site: newer(site.output / "countries/pa/index.html"),
    "a link in the place of a feed": lambda site: (
        (site.output / "rss.xml").rename(site.output / "moved"),
        (site.output / "rss.xml").symlink_to("moved"),
    ),
    "no output": lambda site: site.output.rename(site.folder.parent / "elsewhere"),
    "no history": lambda site: (site.folder / ".history.sqlite3").unlink(),
    "a damaged history": lambda site: site.write(".history.sqlite3", b"no database at all" * 99),
    "a moved site": lambda site: site.folder.rename(site.folder.parent / "moved"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changed_there_is_something_to_do(done: Site, change: Callable[[Site], object]) -> None:
    change(done)
    assert not is_up_to_date(done)


@pytest.mark.parametrize(
    "more",
    [
        ["--json"],
        ["--dry-run"],
        ["--allow", "flood:news"],
        ["--now", "2026-01-01"],
        ["another"],
        ["-x"],
        ["-o"],
        ["--processes"],
        ["--processes", "many"],
        ["--processes=65"],
    ],
)
def test_a_command_that_asks_for_more_is_not_passed_over(done: Site, more: list[str]) -> None:
    assert not is_up_to_date(done, *more)


@pytest.mark.parametrize("more", [["-q"], ["--processes", "0"], ["--processes=64"]])
def test_how_it_would_be_done_is_no_matter(done: Site, more: list[str]) -> None:
    assert is_up_to_date(done, *more)


def test_somebody_at_a_terminal_and_another_command_are_answered(done: Site) -> None:
    assert not is_up_to_date(done, at_terminal=True)
    assert noop.what_to_ask(["diff", str(done.folder), "-o", str(done.output)], 0, False) is None
    assert noop.what_to_ask([], 0, False) is None


def test_another_output_or_version_is_looked_at(done: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    other = done.output.parent / "other"
    assert noop.what_to_ask(["build", str(done.folder), f"--output={other}"], 0, False) is None
    assert noop.what_to_ask(["build", str(done.folder), f"--output={done.output}"], 0, False) == []
    monkeypatch.setattr(noop, "_code", lambda: "another")
    assert not is_up_to_date(done)


@pytest.mark.parametrize(
    ("more", "listing"),
    [
        ("", LISTING + "\n\n99 May, 2017\n\nNo such day\n"),  # named again in each run
        (SOURCE + 'url = "http://127.0.0.1:1/"\nprivate = true\n', LISTING),  # to be asked
        (SOURCE + 'path = "*/*.txt"\n', LISTING),  # several folders
        (SOURCE + 'path = "**/*.txt"\n', LISTING),
    ],
)
def test_what_a_look_cannot_tell_is_built(site: Site, more: str, listing: str) -> None:
    site.write("feeds.toml", CONFIG + more)
    (site.folder / "sub").mkdir()
    site.write("sub/news.txt", listing)
    site.write("news.txt", listing)
    site.build()
    assert not is_up_to_date(site)


def test_what_is_expected_is_complained_of_in_time(site: Site) -> None:
    site.write("feeds.toml", CONFIG + SOURCE + "expect_days = 14\n")
    site.write("news.txt", LISTING)
    site.build()
    assert is_up_to_date(site, now=(NOW + dt.timedelta(days=13)).timestamp())
    assert not is_up_to_date(site, now=(NOW + dt.timedelta(days=14, seconds=1)).timestamp())
    assert {problem.code for problem in site.build(NOW + dt.timedelta(days=15)).problems} == {"overdue"}
    assert not is_up_to_date(site)


def test_what_changes_while_a_run_reads_is_read_by_the_next(done: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    done.write("news.txt", item("6 May, 2017", "Peru sings") + LISTING)

    def slow(*arguments: Any) -> Any:
        done.write("more.txt", item("7 May, 2017", "Chile sings"))
        return items.read_items(*arguments)

    monkeypatch.setattr("feeds.pipeline.source_documents.read_items", slow)
    done.build()
    monkeypatch.undo()
    assert not is_up_to_date(done)
    assert done.build().counts.new == 1
    assert is_up_to_date(done)


def test_a_run_that_was_cut_off_is_finished(done: Site) -> None:
    with sqlite3.connect(done.folder / ".history.sqlite3") as db:
        db.execute("UPDATE feeds SET dirty = 1 WHERE path = ''")
    db.close()
    assert not is_up_to_date(done)


def test_generations_are_looked_at_and_a_way_back_is_seen(site: Site) -> None:
    from feeds.publish import Generations

    site.write("feeds.toml", CONFIG + "[publish]\ngenerations = 3\n")
    for listing in (LISTING, item("6 May, 2017", "Peru sings") + LISTING):
        site.write("news.txt", listing)
        site.build()
    assert is_up_to_date(site)
    Generations(site.output).roll_back()
    assert not is_up_to_date(site)


def test_nothing_is_loaded_for_nothing(done: Site) -> None:
    code = (
        "import sys; before = set(sys.modules); sys.argv = sys.argv[1:]; import feeds.__main__; feeds.__main__.main(); "
        "import json; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    command = [sys.executable, "-c", code, "feeds", "build", str(done.folder), "-o", str(done.output)]
    run = subprocess.run(command, cwd=done.folder, capture_output=True, text=True, check=True)
    loaded = set(json.loads(run.stdout))
    assert {name for name in loaded if name.startswith("feeds")} == {
        "feeds",
        "feeds.noop",
        "feeds.__main__",
    }
    known = {"feeds", "sqlite3", "_sqlite3", "datetime", "_datetime", "time", "zlib", "collections", "json", "_json"}
    others = {name.partition(".")[0] for name in loaded} - known
    assert not others & {"click", "dataclasses", "pathlib", "typing", "inspect", "tomllib", "lxml", "logging"}


def test_the_command_does_what_the_look_passed_over(done: Site) -> None:
    command = [sys.executable, "-c", "from feeds.__main__ import main; main()", "build", done.folder, "-o", done.output]
    assert subprocess.run(command, cwd=done.folder, capture_output=True, text=True).stdout == ""
    done.write("news.txt", item("6 May, 2017", "Peru sings") + LISTING)
    assert subprocess.run(command, cwd=done.folder, capture_output=True).returncode == 0
    assert b"Peru sings" in (done.output / "atom.xml").read_bytes()
    assert build(done.folder, done.output, now=NOW).written == []
