"""What changed of a source is read by itself where that is the same as reading all of it; else all of it is read."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import random
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CONFIG, NOW, Site, item

from feeds import fetch
from feeds.history import History, identity
from feeds.history.schema import OBSERVED, STAGED
from feeds.pipeline import ingest, source_documents
from feeds.pipeline.report import Report

PLACES = "Panama Honduras Kenya Nepal Ukraine Libya Haiti Peru Chile Mexico".split()
WORDS = "river bridge clinic teacher market forest island railway bakery library theatre garden lantern copper".split()


def news(number: int, place: str = "Panama", text: str = "A text.") -> str:
    """An item with a title of its own."""
    day = dt.date(2024, 1, 1) + dt.timedelta(days=number)
    return item(f"{day.day} {day:%B} {day.year}", f"{place} opens the {WORDS[number % 14]} of year {number}", text)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many items each document had that was read, filled as they are."""
    found: list[int] = []
    original = source_documents.read_items

    def counted(*arguments: object) -> object:
        items = list(original(*arguments))  # type: ignore[arg-type]
        found.append(len(items))
        return iter(items)

    monkeypatch.setattr(source_documents, "read_items", counted)
    return found


def edited(listing: str) -> str:
    """With another text in its oldest item."""
    start, _, end = listing.rpartition("A text.")
    return f"{start}Another text.{end}"


OLD = "".join(news(number) for number in range(20, 0, -1))


def test_only_what_was_put_on_top_of_a_listing_is_read(site: Site, read: list[int]) -> None:
    site.write("news.txt", OLD)
    site.build()
    site.write("news.txt", news(22) + news(21) + OLD)
    report = site.build()
    assert (report.counts.read, report.counts.new, report.counts.unchanged) == (22, 2, 20)
    site.write("news.txt", news(23) + news(22) + news(21) + OLD)
    report = site.build()
    assert (report.counts.read, report.counts.new, report.counts.unchanged) == (23, 1, 22)
    assert read == [20, 2, 1]


def test_what_was_rejected_is_said_again_and_not_read_again(site: Site, read: list[int]) -> None:
    bad = item("31 February 2024", "On no day") + item("3 March 1901", "Long ago")
    site.write("news.txt", OLD + bad)
    said = [str(problem) for problem in site.build().problems]
    assert [line.rpartition("[")[2] for line in said] == ["bad-date]", "old-date]"]
    for _ in range(2):
        report = site.build()
        assert [str(problem) for problem in report.problems] == said
        assert (report.status, report.counts.read, report.counts.unchanged, report.counts.rejected) == (1, 22, 20, 2)
    site.write("other.txt", news(40))  # beside it, another document is read
    report = site.build()
    assert [str(problem) for problem in report.problems] == said
    assert (report.counts.read, report.counts.new, report.counts.rejected) == (23, 1, 2)
    assert read == [22, 1]


def test_an_item_that_waits_is_read_again_when_its_day_has_come(site: Site, read: list[int]) -> None:
    day = NOW.date() + dt.timedelta(days=3)
    site.write("feeds.toml", CONFIG + 'timezone = "America/Panama"\n')  # five hours behind
    site.write("news.txt", item(day.isoformat(), "Embargoed") + OLD)
    begins = dt.datetime(day.year, day.month, day.day, 5, tzinfo=dt.UTC)
    for now, waiting, is_read in (
        (NOW, 1, True),
        (NOW + dt.timedelta(hours=1), 1, False),
        (NOW + dt.timedelta(days=1), 1, True),  # what is said of it names the day
        (begins - dt.timedelta(hours=1), 1, True),
        (begins - dt.timedelta(minutes=1), 1, False),
        (begins, 0, True),
        (begins + dt.timedelta(hours=1), 0, False),
    ):
        read.clear()
        report = site.build(now)
        assert (report.status, len(report.problems), read) == (0, waiting * is_read, [21] * is_read), now
        local = (now - dt.timedelta(hours=5)).date()
        assert all(f"after today, {local}" in problem.message for problem in report.problems)


def test_only_the_document_that_changed_is_read(site: Site, read: list[int]) -> None:
    for number in range(1, 10):
        site.write(f"news-{number}.txt", news(number) + news(number + 100))
    site.build()
    site.write("news-4.txt", news(4) + news(104, text="Another."))
    report = site.build()
    assert (report.counts.read, report.counts.changed, report.counts.unchanged) == (18, 1, 17)
    site.write("news-99.txt", news(200))
    assert site.build().counts.new == 1
    assert read == [2] * 9 + [2, 1]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda old: news(21) + edited(old), id="the old text changed too"),
        pytest.param(lambda old: news(21).rstrip("\n") + "\n" + old, id="no blank line between the new and the old"),
        pytest.param(lambda old: news(20) + old, id="what is new is listed below"),
        pytest.param(lambda old: "Juba, " + news(21) + old, id="the first date line is another kind of line"),
        pytest.param(lambda old: news(21) + old[: len(old) // 2], id="the old is shorter"),
        pytest.param(lambda old: old + news(21), id="what is new is at the bottom"),
        pytest.param(lambda old: (news(21) + old).encode("utf-16"), id="another encoding"),
        pytest.param(lambda old: news(21) + "\ufeff" + old, id="a byte order mark"),
    ],
)
def test_a_listing_is_read_as_a_whole_where_its_top_cannot_be_told_apart(
    site: Site, read: list[int], change: Callable[[str], str | bytes]
) -> None:
    site.write("news.txt", OLD)
    site.build()
    site.write("news.txt", change(OLD))
    site.build(allow=("shrink:news",))
    assert len(read) >= 2 and read[-1] >= 11 - 1


HEADER = "date,title,text,link,id\n"


def row(number: int, text: str = "A text.", title: str = "") -> str:
    day = dt.date(2024, 1, 1) + dt.timedelta(days=number)
    named = title or f"The {WORDS[number % 14]} of year {number} opens"
    return f'{day},{named},"{text}",https://example.org/{number},n{number}\n'


ROWS = "".join(row(number) for number in range(20, 0, -1))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_rows_that_were_put_on_top_of_a_table_are_read(site: Site, read: list[int], end: str) -> None:
    def write(*new: str) -> None:
        site.write("news.csv", "".join((HEADER, *new, ROWS)).replace("\n", end))

    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "news"\npath = "*.csv"\n')
    write()
    site.build()
    two = row(22, 'Two\nlines, and a ""mark"".')
    write(two, row(21))
    report = site.build()
    assert (report.counts.read, report.counts.new, report.counts.unchanged) == (22, 2, 20)
    write(row(23, "Años"), two, row(21))
    report = site.build()
    assert (report.counts.read, report.counts.new, report.counts.unchanged) == (23, 1, 22)
    assert read == [20, 2, 1]


def test_a_mistake_in_a_row_on_top_is_told_with_its_line(site: Site, read: list[int]) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "news"\npath = "*.csv"\n')
    site.write("news.csv", HEADER + ROWS)
    site.build()
    site.write("news.csv", HEADER + row(22) + row(21).replace("2024-01-22", "2024-02-31") + ROWS)
    [problem] = site.build().problems
    assert (problem.origin.line, read) == (3, [20, 2])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda rows: HEADER + row(21) + rows.replace("A text", "B text", 1), id="a row below changed too"),
        pytest.param(lambda rows: HEADER + row(21).rstrip() + "\n\n" + rows[:-1], id="the end changed"),
        pytest.param(lambda rows: HEADER + row(21).replace(",n21", ",n20") + rows, id="the id of a row below"),
        pytest.param(lambda rows: HEADER + row(21).replace("/21,", "/20,") + rows, id="the link of a row below"),
        pytest.param(lambda rows: HEADER + row(21).replace("n21", '"n21') + rows, id="an open quotation mark"),
        pytest.param(lambda rows: HEADER.replace("text", "body") + row(21) + rows, id="another header"),
        pytest.param(lambda rows: row(21) + HEADER + rows, id="above the header"),
        pytest.param(lambda rows: HEADER + rows + row(21), id="at the bottom"),
        pytest.param(lambda rows: HEADER.encode() + row(21, "a\xe9").encode("cp1252") + rows.encode(), id="encoding"),
    ],
)
def test_a_table_is_read_as_a_whole_where_its_top_cannot_be_told_apart(
    site: Site, read: list[int], change: Callable[[str], str | bytes]
) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "news"\npath = "*.csv"\n')
    site.write("news.csv", HEADER + ROWS)
    site.build()
    site.write("news.csv", change(ROWS))
    site.build()
    assert len(read) >= 2 and read[-1] >= 19


def test_what_is_on_top_may_have_letters_that_the_rest_has_not(site: Site, read: list[int]) -> None:
    site.write("news.txt", OLD)
    site.build()
    site.write("news.txt", news(21, text="Años en Perú.") + OLD)
    assert site.build().problems == []
    old_in_latin = news(21).replace("Panama", "Panamá").encode("cp1252")
    site.write("news.txt", old_in_latin + news(22, text="x").encode() + OLD.encode())
    site.build()
    assert read == [20, 1, 22]


def test_an_item_that_left_one_document_and_stands_in_another_is_not_taken_for_a_new_one_like_it(site: Site) -> None:
    both = item("3 May 2024", "Panama opens the river clinic of the north", "The text of it.")
    site.write("a.txt", both + OLD)
    site.write("b.txt", both)
    site.build()
    like_it = item("3 May 2024", "Panama opens the river clinics of the north", "The text of it.")
    site.write("a.txt", like_it + OLD)
    assert site.build().counts.new == 1  # else the entry that b.txt lists would have got the title of another


def test_a_file_that_changes_while_its_top_is_looked_at_is_read_again(
    site: Site, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = site.write("news.txt", OLD)
    site.build()
    site.write("news.txt", news(21) + OLD)
    original = fetch.File.digests

    def meanwhile(file: fetch.File, place: int, head: bytes) -> tuple[bytes, bytes]:
        found = original(file, place, head)
        monkeypatch.undo()
        path.write_text(news(22) + OLD)
        return found

    monkeypatch.setattr(fetch.File, "digests", meanwhile)
    site.build()
    report = site.build()
    assert report.counts.read == 21
    titles = {row[0] for row in sqlite3.connect(site.folder / ".history.sqlite3").execute("SELECT title FROM entries")}
    assert any("year 22" in title for title in titles)


class Documents:
    """Listings of a site that change by chance, as editors and scripts change them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.files = {"a.txt": [self.item() for _ in range(12)], "b.txt": [self.item() for _ in range(6)]}

    def item(self) -> str:
        number = self.chance.randint(1, 800)
        return news(number, self.chance.choice(PLACES), self.chance.choice(("A text.", "Años.", "Two\n\nparagraphs.")))

    def change(self) -> None:
        chance = self.chance
        if chance.random() < 0.5:  # somebody mends what is listed twice: a document with a problem is always read
            self.files = {name: list(dict.fromkeys(items)) for name, items in self.files.items()}
        items = self.files[chance.choice(sorted(self.files))]
        there = [one for listed in self.files.values() for one in listed]
        match chance.choice(("top", "top", "top", "bottom", "edit", "drop", "copy", "move", "file", "gone", "retitle")):
            case "top":
                items[:0] = [self.item() for _ in range(chance.randint(1, 3))]
            case "bottom":
                items.append(self.item())
            case "edit" if items:
                place = chance.randrange(len(items))
                items[place] = items[place].rstrip("\n") + " More.\n\n"
            case "drop" if items:
                items.pop(chance.randrange(len(items)))
            case "copy":
                items.insert(0, chance.choice(there))
            case "move" if items:
                items.insert(0, items.pop(chance.randrange(len(items))))
            case "file":
                self.files[f"{chance.randint(1, 99)}.txt"] = [self.item(), chance.choice(there)]
            case "gone" if len(self.files) > 2:
                del self.files[chance.choice(sorted(self.files))]
            case "retitle" if items:
                place = chance.randrange(len(items))
                items[place] = items[place].replace("opens the", "opens a", 1)

    def write(self, folder: Path) -> None:
        for path in folder.glob("*.txt"):
            if path.name not in self.files:
                path.unlink()
        for name, items in self.files.items():
            path = folder / name
            if not path.exists() or path.read_text() != "".join(items):
                path.write_text("".join(items))


class Tables(Documents):
    """The same items as tables with links or ids of their own, which some share."""

    def write(self, folder: Path) -> None:
        column = self.chance.choice(("link", "id")) if not any(folder.glob("*.csv")) else ""
        for path in folder.glob("*.csv"):
            column = path.read_text().partition("\n")[0].rpartition(",")[2]
            if path.stem not in {Path(name).stem for name in self.files}:
                path.unlink()
        for name, items in self.files.items():
            made = io.StringIO()
            rows = csv.writer(made, lineterminator="\n")
            rows.writerow(("date", "title", "text", column))
            for one in items:
                date, title, text = one.split("\n", 2)
                number = title.rpartition(" ")[2]
                rows.writerow(
                    (date, title, text.strip(), f"https://example.org/{number}" if column == "link" else number)
                )
            path = folder / f"{Path(name).stem}.csv"
            if not path.exists() or path.read_text() != made.getvalue():
                path.write_text(made.getvalue())


def stored(site: Site) -> list[tuple[object, ...]]:
    """What a history holds of its entries, and in which feeds they are."""
    db = sqlite3.connect(site.folder / ".history.sqlite3")
    entries = "SELECT serial, id, title, text, date, published, updated, rule FROM entries ORDER BY serial"
    return [*db.execute(entries), *db.execute("SELECT * FROM members ORDER BY feed, sequence")]


def told(report: Report) -> tuple[object, ...]:
    """What a run tells people, without the folder."""
    problems = sorted((one.code, Path(one.origin.document).name, one.origin.line) for one in report.problems)
    return report.counts, problems, report.held, sorted(report.written)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [Documents, Tables])
@pytest.mark.slow
def test_it_makes_no_difference_to_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, kind: type[Documents]
) -> None:
    sites = []
    for name in ("in-parts", "whole"):
        (tmp_path / name).mkdir()
        sites.append(Site(tmp_path / name))
        source = '[[sources]]\nname = "news"\npath = "*.csv"\n' if kind is Tables else ""
        sites[-1].write("feeds.toml", CONFIG + "[limits]\nlive = 5\n" + source)
    newsroom, parts, find_unchanged = kind(seed), 0, source_documents.find_unchanged

    def find_whole(*arguments: Any) -> Any:
        found = find_unchanged(*arguments)
        return found if found and found.is_whole else None

    def observe_all(run: Any, source: Any, order: Any, gone: Any, documents: Any, counts: Any) -> None:
        everything = [(resource, None) for resource, _ in documents]
        ingest._observe_and_match(run, source, order, gone, everything, counts)

    observe_and_match = ingest._observe_and_match

    def counted(run: Any, source: Any, order: Any, gone: Any, documents: Any, counts: Any) -> None:
        nonlocal parts
        observe_and_match(run, source, order, gone, documents, counts)
        parts += any(unchanged for _, unchanged in documents)

    for _ in range(30):
        newsroom.change()
        reports = []
        for site, is_whole in zip(sites, (False, True), strict=True):
            newsroom.write(site.folder)
            with monkeypatch.context() as patch:
                patch.setattr(ingest, "_observe_and_match", counted)
                if is_whole:
                    patch.setattr(ingest, "find_unchanged", find_whole)
                    patch.setattr(ingest, "_observe_changed", observe_all)
                reports.append(told(site.build(NOW, allow=("shrink:news", "flood:news"))))
        assert reports[0] == reports[1]
        assert stored(sites[0]) == stored(sites[1])
        assert sites[0].files() == sites[1].files()
    assert parts >= 3  # else nothing was compared


@pytest.mark.parametrize("kind", ["listing", "table"])
def test_no_question_of_a_run_with_little_to_do_looks_at_all_that_is_stored(
    site: Site, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Whatever SQLite is asked, it answers by an index that leads to the rows in question."""
    asked: set[str] = set()
    opened = History._open

    def listened(self: History) -> sqlite3.Connection:
        db = opened(self)
        db.set_trace_callback(asked.add)
        return db

    rows = [f"2024-01-{day:02},Panama opens a school {day},Text.,https://example.org/{day}" for day in range(20, 0, -1)]
    site.write("feeds.toml", CONFIG + f'[[sources]]\nname = "news"\npath = "news*"\nkind = "{kind}"\n')
    if kind == "table":
        site.write("news.csv", "\n".join(("date,title,text,link", *rows[3:])))
    else:
        site.write("news.txt", OLD)
    site.build()
    if kind == "table":
        site.write("news-2.csv", "\n".join(("date,title,text,link", *rows[:3])))
    else:
        site.write("news.txt", news(21) + OLD)
    with monkeypatch.context() as patch:
        patch.setattr(History, "_open", listened)
        assert site.build().counts.new == (3 if kind == "table" else 1)
    assert len(asked) > 100
    db = sqlite3.connect(site.folder / ".history.sqlite3")
    for name in ("link_key", "text_digest"):
        db.create_function(name, 1, getattr(identity, name), deterministic=True)
    db.executescript(OBSERVED + STAGED)
    large = (
        "entries|listed_entries|members|fragments|documents|translation_keys|translation_keys AS mine|"
        "translation_keys AS theirs"
    )
    slow = re.compile(
        rf"SCAN ({large})(?! USING INDEX \w+_(dirty|live)|\w)|SEARCH ({large}) USING INDEX .*\(source=\?\)$", re.M
    )
    for statement in asked:
        if statement.split()[0] in ("SELECT", "UPDATE", "DELETE", "INSERT"):
            plan = "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}"))
            assert not slow.search(plan), f"{statement}\n{plan}"


@pytest.mark.parametrize("block", [1, 3, 4, 1 << 18])
def test_what_stands_below_has_the_digest_that_it_had_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr("feeds.fetch._BLOCK", block)
    whole, below = (fetch.File(tmp_path / name, name, name) for name in ("whole", "below"))
    content = b"0123456789ab"
    for length, place in itertools.product(range(len(content) + 1), repeat=2):
        whole.path.write_bytes(content[:length])
        below.path.write_bytes(content[place:length])
        assert whole.digests(place) == (below.digest(), whole.digest()), (length, place)
        for head in (b"x", b"xyz", b"xyzwv"):
            below.path.write_bytes(head + content[place:length])
            assert whole.digests(place, head) == (below.digest(), whole.digest()), (length, place, head)
    assert whole.digest() != below.digest()
