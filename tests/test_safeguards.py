"""What subscribers would see is looked at before it is published: floods and emptied listings are held."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import CONFIG, NOW, Site, at_terminal, item

from feeds.cli import main
from feeds.model import HistoryError
from feeds.pipeline import LOST, build, safeguards

WORDS = "river bridge harvest clinic teacher market forest island railway bakery library theatre garden winter".split()


def listing(count: int, prefix: str = "", day: int = 28, month: int = 7) -> str:
    """Items of one month, the newest on top."""
    return "".join(
        item(f"{month:02}/{day - number:02}/17", f"{prefix}The {WORDS[number]} report", f"About the {WORDS[number]}.")
        for number in range(count)
    )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write("news.txt", listing(12))
    made.build()
    return made


@pytest.mark.parametrize(
    ("held", "code"),
    [
        (safeguards.find_flood("a", 100, 0, 20), None),  # the first reading, or long asleep: new, but not old
        (safeguards.find_flood("a", 100, 20, 20), None),
        (safeguards.find_flood("a", 100, 21, 20), "flood"),
        (safeguards.find_flood("a", 10, 4, 20), None),  # an editor's four
        (safeguards.find_shrink("a", 100, 0, 50), None),
        (safeguards.find_shrink("a", 50, 100, 50), None),
        (safeguards.find_shrink("a", 49, 100, 50), "shrink"),
        (safeguards.find_shrink("a", 0, 4, 50), "shrink"),
        (safeguards.find_shrink("a", 1, 3, 50), None),
        (safeguards.find_rename("a", {}), None),
        (safeguards.find_rename("a", {"b": 1}), "renamed"),
    ],
)
def test_what_is_believable(held: safeguards.Held | None, code: str | None) -> None:
    assert (held and held.code) == code
    if held:
        assert held.allow == f"{code}:a"
        assert f"--allow {code}:a" in held.message


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (listing(12, prefix="News of the agency of the ministry: "), "flood"),  # a changed template
        (listing(12, month=6, prefix="Older "), "flood"),  # another page
        (listing(3), "shrink"),
        ("<html>Error 500, please try again</html>", "shrink"),
        ("", "shrink"),
    ],
    ids=["other titles", "another page", "cut off", "an error page", "empty"],
)
def test_an_accident_is_held_and_everything_stays(site: Site, text: str, held: str) -> None:
    files, stamps = site.files(), site.stamps()
    site.write("news.txt", text)
    for _ in range(2):  # and held again, until somebody does something
        report = site.build()
        assert (report.status, report.held) == (3, {"news": held})
        assert report.counts.read == report.counts.rejected
        assert [problem.code for problem in report.problems if problem.code.startswith("held")] == [f"held-{held}"]
        assert site.files() == files
        assert {path: stamp for path, stamp in site.stamps().items() if "history" not in path} == {
            path: stamp for path, stamp in stamps.items() if "history" not in path
        }
    site.write("news.txt", listing(12))
    assert site.build().status == 0
    assert site.files() == files


def test_what_was_held_can_be_allowed_once(site: Site) -> None:
    site.write("news.txt", listing(12, month=6, prefix="Older "))
    report = site.build(allow=("flood:news",))
    assert (report.status, report.counts.new) == (0, 12)
    site.write("news.txt", listing(2, month=6, prefix="Older "))
    assert site.build().held == {"news": "shrink"}
    assert site.build(allow=("shrink:news",)).status == 0
    assert site.build().status == 0


def test_the_bounds_are_the_sites_to_state(site: Site) -> None:
    site.write("feeds.toml", CONFIG + "[limits]\nflood = 100\nshrink = 0\n")
    site.write("news.txt", listing(12, month=6, prefix="Older "))
    assert site.build().status == 0
    site.write("news.txt", listing(1, month=6, prefix="Older "))
    assert site.build().status == 0


def test_a_source_that_is_held_does_not_harm_another(site: Site) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "news"\n[[sources]]\nname = "more"\npath = "more/*.txt"\n')
    (site.folder / "more").mkdir()
    site.write("more/a.txt", item("07/29/17", "Another thing"))
    site.write("news.txt", "")
    report = site.build()
    assert (report.status, report.held, report.counts.new) == (3, {"news": "shrink"}, 1)
    assert "Another thing" in (site.output / "atom.xml").read_text()


def test_a_source_whose_files_are_gone_is_held(site: Site) -> None:
    (site.folder / "news.txt").unlink()
    assert site.build().held == {"news": "shrink"}


def test_published_feeds_without_their_history_are_not_begun_anew(site: Site) -> None:
    files = site.files()
    history = site.folder / ".history.sqlite3"
    backup = history.read_bytes()
    history.unlink()
    for _ in range(2):
        with pytest.raises(HistoryError, match=r"knows of no run, but .* holds feeds"):
            site.build()
        assert site.files() == files
    history.write_bytes(backup)
    assert site.build().status == 0
    history.unlink()
    assert site.build(allow=(LOST,)).status == 0


# --- what would change -----------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_change_and_writes_nothing(site: Site) -> None:
    text = listing(12).replace("The bridge report", "The bridges report").replace("About the market.", "On Panama.")
    site.write("news.txt", item("07/29/17", "A new thing") + text)
    before = (site.files(), site.stamps(), (site.folder / ".history.sqlite3").read_bytes())
    report = build(site.folder, site.output, now=NOW, dry_run=True)
    assert (site.files(), site.stamps(), (site.folder / ".history.sqlite3").read_bytes()) == before
    assert report.is_dry
    assert [(change.kind, change.title) for change in report.changes] == [
        ("edited", "The market report"),
        ("retagged", "The market report"),
        ("retitled", "The bridges report"),
        ("new", "A new thing"),
    ]
    assert ("", "Panama") in [(change.before, change.after) for change in report.changes]
    assert "countries/pa" in report.feeds
    done = site.build()
    assert (done.changes, done.feeds, sorted(done.written)) == (report.changes, report.feeds, sorted(report.written))
    again = build(site.folder, site.output, now=NOW, dry_run=True)
    assert (again.changes, again.feeds, again.written) == ([], [], [])


def test_a_dry_run_of_a_new_site_leaves_no_trace(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.write("news.txt", listing(3))
    report = build(site.folder, site.output, now=NOW, dry_run=True)
    assert len(report.changes) == 3
    assert not site.output.exists()
    assert not (site.folder / ".history.sqlite3").exists()


def test_a_changed_name_of_the_site_is_shown_as_the_files_it_changes(site: Site) -> None:
    site.write("feeds.toml", CONFIG.replace("Example news", "Other news"))
    report = build(site.folder, site.output, now=NOW, dry_run=True)
    assert report.changes == []
    assert "" in report.feeds


def test_the_command_prints_it(site: Site) -> None:
    run = CliRunner().invoke
    arguments = [str(site.folder), "-o", str(site.output)]
    assert run(main, ["diff", *arguments]).output == ""
    assert run(main, ["build", "--dry-run", *arguments]).output == "nothing would change\n"
    site.write(
        "news.txt", item("07/29/17", "A new thing") + listing(12).replace("The bridge report", "The bridges report")
    )
    result = run(main, ["diff", *arguments])
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "1 new",
        f"  'A new thing' ({site.folder}/news.txt:1)",
        "1 retitled",
        f"  'The bridge report' -> 'The bridges report' ({site.folder}/news.txt:13)",
        "1 feeds touched: main",
    ]
    stated = json.loads(run(main, ["diff", "--json", *arguments]).output)
    assert [change["kind"] for change in stated["changes"]] == ["retitled", "new"]
    site.write("news.txt", "")
    result = run(main, ["diff", *arguments])
    assert result.exit_code == 3
    assert "source 'news' lists 0 items, and listed 12 before" in result.output
    assert run(main, ["build", "--allow", "everything", *arguments]).exit_code == 2
    code, _ = at_terminal(["build", *arguments], site.folder)
    assert code == 3
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (12,)
