"""A problem belongs to the smallest thing that has it; what stands beside it is published."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import CONFIG, Run, Site, item

from feeds import tagging
from feeds.cli import main

KNOWN = "".join(item(f"{day} July, 2021", f"Item {day} about Panama") for day in range(9, 0, -1))
TWO = '[[sources]]\nname = "t"\npath = "{}"\n[[sources]]\nname = "good"\npath = "good.txt"\n'
GOOD = item("5 May, 2017", "Good news")


def titles(site: Site) -> set[str]:
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db:
        return {title for (title,) in db.execute("SELECT title FROM entries")}


# --- problems of items -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_top", "code", "status"),
    [
        (item("26 November, 2099", "Embargoed"), "future-date", 1),
        (item("31 February, 2021", "On no day"), "bad-date", 1),
        (item("10 July, 1821", "Long ago"), "old-date", 1),
        (item("10 July, 2021", "—"), "no-title", 1),
        ("10 July, 2021\n\n", "no-title", 1),
        ("Something without a date\n\n", "no-date", 1),
        (item("10 July, 2021", "With a bell", "Rings\x07."), "removed-characters", 0),
        (item("10 July, 2021", "Long", "x" * 100_001), "text-cut", 0),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value and len(value) < 20 else "",
)
def test_a_problem_on_top_of_a_known_listing_is_that_of_its_item(
    site: Site, on_top: str, code: str, status: int
) -> None:
    site.write("news.txt", KNOWN)
    site.build()
    good = item("11 July, 2021", "A good one beside it")
    site.write("news.txt", on_top + good + KNOWN)
    report = site.build()
    assert (report.status, report.held, {problem.code for problem in report.problems}) == (status, {}, {code})
    assert "A good one beside it" in titles(site)
    assert (report.counts.unchanged, report.counts.new) == (9, 2 - status)
    again = site.build()  # an error is there until it is mended, a warning was said
    assert [problem.code for problem in again.problems] == [code] * status
    assert (again.status, again.held, again.written) == (status, {}, [])


def test_a_warning_is_said_once_and_an_unchanged_document_is_not_read_for_it(site: Site) -> None:
    site.write("news.txt", item("10 July, 2021", "With a bell", "Rings\x07.") + KNOWN)
    assert [problem.code for problem in site.build().problems] == ["removed-characters"]
    assert site.build().problems == []


def test_items_that_cannot_be_used_are_listed_still(site: Site) -> None:
    """A template that writes its dates in another way is named item by item; nothing is held, and nothing is gone."""
    site.write("news.txt", KNOWN)
    site.build()
    site.write("news.txt", item("12 July, 2021", "A new one") + KNOWN.replace("July,", "Jully,"))
    report = site.build()
    assert (report.status, report.held, report.counts.rejected) == (1, {}, 9)
    assert len(titles(site)) == 10
    site.write("news.txt", item("12 July, 2021", "A new one") + KNOWN)
    assert site.build().counts.unchanged == 10


def test_a_document_that_cannot_be_read_says_nothing_of_what_is_gone(site: Site) -> None:
    site.write("a.txt", KNOWN)
    site.write("b.txt", item("5 June, 2021", "Of the other file"))
    site.build()
    site.write("a.txt", b"\xff\xd8\xff\xe0\0\x10JFIF")
    site.write("b.txt", item("9 July, 2021", "Item 9 about Panamas") + item("5 June, 2021", "Of the other file"))
    report = site.build()
    assert (report.status, report.held, report.counts.new) == (1, {}, 1)  # else it would have become item 9


# --- the barrier -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    ["2017-05-05T10:00:00+25:00", "2017-05-05T10:00:00-24:00", "2017-05-05 10:00 +9999", "5 May 2017 10:00 -9959"],
)
def test_an_offset_that_no_place_has_is_named(site: Site, date: str) -> None:
    site.write("feeds.toml", CONFIG + TWO.format("t.csv"))
    site.write("t.csv", f"date,title\n{date},Bridge opens\n2017-05-04,River floods\n")
    site.write("good.txt", GOOD)
    report = site.build()
    assert [problem.code for problem in report.problems] == ["bad-date"]
    assert (report.status, titles(site)) == (1, {"River floods", "Good news"})


@pytest.mark.parametrize("tags", [1, "a", {"a": 1}, None, True, [1, None, {"a": 2}]])
def test_json_of_the_wrong_type_is_passed_over(site: Site, tags: object) -> None:
    stated = {
        "id": "1",
        "title": "One",
        "date_published": "2017-05-05T10:00:00Z",
        "content_text": "x",
        "tags": tags,
        "attachments": tags,
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [stated, {**stated, "url": tags}]}
    site.write("feeds.toml", CONFIG + TWO.format("j.json"))
    site.write("j.json", json.dumps(feed))
    site.write("good.txt", GOOD)
    report = site.build()
    assert [problem.code for problem in report.problems if problem.severity == "error"] == ["duplicate"]
    assert titles(site) == {"One", "Good news"}


@pytest.fixture
def failing(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    site.write("feeds.toml", CONFIG + TWO.format("t.txt"))
    site.write("t.txt", item("6 May, 2017", "A bad egg") + item("5 May, 2017", "A good egg"))
    site.write("good.txt", GOOD)
    return site


def breaks(monkeypatch: pytest.MonkeyPatch, place: str, error: Exception, on: str = "bad egg") -> None:
    """Let a function of the program fail where one of its values speaks of the bad egg."""
    module, _, name = place.rpartition(".")
    import importlib

    owner: Any = importlib.import_module(module) if not module.endswith("]") else None
    original = getattr(owner, name)

    def broken(*arguments: Any, **named: Any) -> Any:
        if on in repr(arguments):
            raise error
        return original(*arguments, **named)

    monkeypatch.setattr(owner, name, broken)


@pytest.mark.parametrize(
    "place",
    ["feeds.content.normalise.make_candidate", "feeds.pipeline.store.tag_subject", "feeds.feed.render.render_entry"],
    ids=["read", "tagged", "rendered"],
)
@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RecursionError(), sqlite3.IntegrityError("UNIQUE")])
def test_what_makes_the_program_fail_is_left_out_and_named(
    failing: Site, monkeypatch: pytest.MonkeyPatch, place: str, error: Exception
) -> None:
    breaks(monkeypatch, place, error)
    report = failing.build()
    [problem] = report.problems
    assert (problem.code, problem.origin.source, problem.origin.line) == ("internal", "t", 1)
    assert type(error).__name__ in problem.message and "UNIQUE" not in problem.message
    assert (report.status, titles(failing)) == (1, {"A good egg", "Good news"})
    assert report.counts.read == report.counts.new + report.counts.rejected == 3
    monkeypatch.undo()
    assert failing.build().counts.new == 1  # it is read again, and taken when the program can


def test_a_constraint_of_the_history_undoes_the_item_and_nothing_else(
    failing: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feeds.history import entries

    original = entries.Entries.add

    def admit(self: Any, pending: Any, *rest: Any) -> Any:
        if "bad" in pending.candidate.content.title:
            self._db.execute("INSERT INTO members VALUES ('nowhere', 1, 1)")
        return original(self, pending, *rest)

    monkeypatch.setattr(entries.Entries, "add", admit)
    report = failing.build()
    assert [problem.code for problem in report.problems] == ["internal"]
    assert "IntegrityError" in report.problems[0].message and "FOREIGN" not in report.problems[0].message
    assert titles(failing) == {"A good egg", "Good news"}


@pytest.mark.parametrize("place", ["feeds.sources.listing.parse", "feeds.pipeline.ingest.safeguards.find_flood"])
def test_a_source_that_makes_the_program_fail_is_undone_and_the_others_go_on(
    failing: Site, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    from feeds.pipeline import safeguards
    from feeds.sources import listing

    owner: Any = listing if "listing" in place else safeguards
    original = getattr(owner, place.rpartition(".")[2])

    def broken(first: Any, *rest: Any) -> Any:
        if "source='t'" in repr(rest) or first == "t":
            raise TypeError("unhashable")
        return original(first, *rest)

    monkeypatch.setattr(owner, place.rpartition(".")[2], broken)
    report = failing.build()
    [problem] = report.problems
    assert (problem.code, problem.origin.source) == ("internal", "t")
    assert (report.status, titles(failing)) == (1, {"Good news"})


def test_a_source_full_of_such_items_is_left_out_as_a_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("feeds.toml", CONFIG + TWO.format("t.txt"))
    site.write("t.txt", "".join(item(f"{day} May, 2017", f"A bad egg {day}") for day in range(20, 0, -1)))
    site.write("good.txt", GOOD)
    breaks(monkeypatch, "feeds.pipeline.store.tag_subject", ValueError("x"))
    report = site.build()
    assert [(problem.code, problem.origin.line) for problem in report.problems] == [("internal", 0)]
    assert titles(site) == {"Good news"}


def test_no_traceback_reaches_anybody(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("news.txt", GOOD)
    monkeypatch.setattr("feeds.pipeline.emit.record", lambda *arguments: 1 // 0)
    result = CliRunner().invoke(main, ["build", str(site.folder), "-o", str(site.output)])
    assert result.exit_code == 3
    assert "this program failed (ZeroDivisionError in" in result.output and "Traceback" not in result.output
    monkeypatch.undo()
    assert site.build().status == 0


def test_a_phrase_may_be_repeated_as_often_as_somebody_likes() -> None:
    found = tagging.tag("A title", "human trafficking " * 3000)
    assert "counter-trafficking" in {category.term for category in found.categories}


def test_too_little_memory_is_refused(site: Site, feeds: Run) -> None:
    site.write("news.txt", GOOD)
    code = (
        "import resource, sys; from feeds.cli import main; import feeds.pipeline as r\n"
        "def none(*a): raise MemoryError\n"
        "r.ingest_sources = none; main(prog_name='feeds')"
    )
    call = [sys.executable, "-c", code, "build", str(site.folder), "-o", str(site.output)]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 3
    assert "not enough memory" in done.stderr and "Traceback" not in done.stderr


# --- uploads that go on ----------------------------------------------------------------------------------------------

MINISTERS = [f"Ministers of {name} meet on the river plan" for name in ("Alpha", "Bravo", "Charlie", "Delta", "Echo")]
WHOLE = "".join(
    item(f"2026-09-{28 - number}", title, "They spoke about water. Nobody left before noon.")
    for number, title in enumerate(MINISTERS)
)


@pytest.mark.parametrize("end", ["Ministers of", "Echo meet on the river plan", "They spoke", "Nobody left before"])
def test_a_document_that_ends_in_the_middle_of_a_known_item_leaves_its_entry_alone(site: Site, end: str) -> None:
    site.write("news.txt", WHOLE)
    site.build()
    files = site.files()
    site.write("news.txt", WHOLE[: WHOLE.rindex(end) + len(end)])
    for _ in range(2):
        report = site.build()
        assert (report.status, [problem.code for problem in report.problems]) == (1, ["cut-off"])
        assert "--allow cut:news" in report.problems[0].message
        assert site.files() == files
    site.write("news.txt", WHOLE)
    assert (site.build().status, site.files()) == (0, files)


ROWS = "".join(f"2026-09-{28 - n},{title},They spoke.,https://e.org/n/{n}00\n" for n, title in enumerate(MINISTERS))


@pytest.mark.parametrize("end", ["Ministers of", "They sp", "They spoke.", "https://e.org/", "https://e.org/n/4"])
def test_a_table_that_ends_in_the_middle_of_a_row_leaves_its_entry_alone(site: Site, end: str) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "t"\npath = "t.csv"\n')
    whole = f"date,title,text,link\n{ROWS}"
    site.write("t.csv", whole)
    site.build()
    files = site.files()
    site.write("t.csv", whole[: whole.rindex(end) + len(end)])
    report = site.build()
    assert [problem.code for problem in report.problems] == ["cut-off"]
    assert site.files() == files
    site.write("t.csv", whole)
    assert (site.build().status, site.files()) == (0, files)


def test_a_feed_that_ends_in_the_middle_of_an_item_leaves_its_entry_alone(site: Site) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "f"\npath = "f.xml"\n')
    items = "".join(
        f"<item><title>{title}</title><pubDate>{28 - n} Sep 2026 10:00:00 GMT</pubDate>"
        f"<link>https://e.org/{n}</link><description>They spoke of water.</description></item>"
        for n, title in enumerate(MINISTERS)
    )
    whole = f"<rss version='2.0'><channel><title>x</title><link>https://e.org/</link>{items}</channel></rss>"
    site.write("f.xml", whole)
    site.build()
    files = site.files()
    for end in ("They spoke of", "Ministers of Ec"):
        site.write("f.xml", whole[: whole.rindex(end) + len(end)])
        report = site.build()
        assert not report.changes and site.files() == files, [str(problem) for problem in report.problems]


def test_an_editor_may_shorten_the_last_item(site: Site) -> None:
    site.write("news.txt", WHOLE)
    site.build()
    site.write("news.txt", WHOLE.replace(" Nobody left before noon.", ""))  # ends where a sentence does
    report = site.build()
    assert (report.status, report.counts.changed) == (0, 5)
    site.write("news.txt", WHOLE[: WHOLE.rindex("about water.")])
    assert site.build().status == 1
    report = site.build(allow=("cut:news",))
    assert (report.status, report.counts.changed) == (0, 1)


def test_a_file_that_another_program_is_writing_is_left_for_the_next_run(site: Site) -> None:
    path = site.write("news.txt", WHOLE)
    site.build()
    files = site.files()
    code = (
        "import sys, time; f = open(sys.argv[1], 'w'); f.write('2026-09-29\\n\\nHalf a ti'); f.flush()\n"
        "print(1, flush=True); time.sleep(60)"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout
    try:
        writer.stdout.readline()
        report = site.build()
        assert [problem.code for problem in report.problems] == ["being-written"]
        assert (report.held, site.files()) == ({}, files)
    finally:
        writer.kill()
        writer.communicate()
    path.write_text(item("2026-09-29", "A whole title") + WHOLE)
    assert site.build().counts.new == 1
