"""Which entry an item is: by the strongest evidence, one to one; what is not surely a known one is new.

Each case is a page that was built, the page as it is next, and for each item of that the item of the first page that it
is, or NEW. An item that is one keeps its id; an entry that none of them is keeps its title and text.
"""

from __future__ import annotations

import contextlib
import csv
import io
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import CONFIG, Site, item
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.history import identity
from feeds.pipeline.explain import explain

NEW = None
LONG = "A long enough text about the ten thousand doses that arrived today in Tegucigalpa by plane from Geneva."
OTHER = "Wholly other words that speak of a bridge, which was opened in the morning by the mayor and a brass band."


class Row(NamedTuple):
    """An item of a table."""

    date: str
    title: str
    text: str = ""
    link: str = ""
    id: str = ""


def table(*rows: Row) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([Row._fields, *rows])
    return written.getvalue()


def link(number: int) -> str:
    return f"https://e.org/{number}"


BRIDGE, SCHOOL, RIVER = (
    Row("2026-10-01", "Bridge opens in the town", "Text one of the bridge.", link(1)),
    Row("2026-10-01", "School closes for the day", "Text two of the school.", link(2)),
    Row("2026-10-03", "River floods the valley", "Text three of the river.", link(3)),
)
LATEST = "https://e.org/sitrep/latest.pdf"
CASES: dict[str, tuple[list[Row], list[Row], list[int | None]]] = {
    "nothing changed": ([BRIDGE, SCHOOL], [BRIDGE, SCHOOL], [0, 1]),
    "two links are swapped": (
        [BRIDGE, SCHOOL],
        [BRIDGE._replace(link=link(2)), SCHOOL._replace(link=link(1))],
        [0, 1],
    ),
    "three guids go round": (
        [BRIDGE._replace(id="a"), SCHOOL._replace(id="b"), RIVER._replace(id="c")],
        [BRIDGE._replace(id="b"), SCHOOL._replace(id="c"), RIVER._replace(id="a")],
        [0, 1, 2],
    ),
    "a link is that of another report every week": (
        [Row("2026-10-01", "Situation report 1", "About floods in the north.", LATEST)],
        [Row("2026-10-08", "Situation report 2", "About cholera in the south.", LATEST)],
        [NEW],
    ),
    "a link is that of another report every week, under the same title": (
        [Row("2026-10-01", "Weekly report", LONG, LATEST)],
        [Row("2026-10-08", "Weekly report", OTHER, LATEST)],
        [NEW],
    ),
    "the same guid under another date and title": (
        [Row("2026-10-01", "Situation report 1", LONG, id="1")],
        [Row("2026-10-08", "Situation report 2", OTHER, id="1")],
        [NEW],
    ),
    "guids are positions": (
        [SCHOOL._replace(id="0"), BRIDGE._replace(id="1")],
        [RIVER._replace(id="0"), SCHOOL._replace(id="1"), BRIDGE._replace(id="2")],
        [NEW, 0, 1],
    ),
    "guids are positions, the new item is of the same day, and a text was mended": (
        [BRIDGE._replace(id="0", link=""), SCHOOL._replace(id="1", link="")],
        [
            Row("2026-10-01", "Theatre plays all night", "Text four of the theatre.", id="0"),
            BRIDGE._replace(id="1", link="", text=OTHER),
            SCHOOL._replace(id="2", link=""),
        ],
        [NEW, 0, 1],
    ),
    "guids are positions, and two items of the day are gone": (
        [BRIDGE._replace(id="0", link=""), SCHOOL._replace(id="1", link=""), RIVER._replace(id="2", date="2026-10-01")],
        [Row("2026-10-01", "Theatre plays all night", LONG, id="0"), RIVER._replace(id="1", date="2026-10-01")],
        [NEW, 2],
    ),
    "a link that several entries had tells none from another": (
        [BRIDGE, RIVER._replace(link=link(1))],
        [Row("2026-10-01", "Theatre plays all night", LONG, link(1))],
        [NEW],
    ),
    "all items of a page lead to one document": (
        [SCHOOL._replace(link=link(0)), BRIDGE._replace(link=link(0))],
        [RIVER._replace(link=link(0)), SCHOOL._replace(link=link(0)), BRIDGE._replace(link=link(0), text="Mended.")],
        [NEW, 0, 1],
    ),
    "a link comes to be shared": ([BRIDGE], [RIVER._replace(link=link(1)), BRIDGE], [NEW, 0]),
    "a title and a text are rewritten under a link of one's own, on the same day": (
        [BRIDGE, RIVER],
        [BRIDGE._replace(title="Mayor walks over the water", text=OTHER), RIVER],
        [0, 1],
    ),
    "a title is rewritten and the date corrected, under a link of one's own": (
        [BRIDGE._replace(text=LONG)],
        [BRIDGE._replace(text=LONG, title="Mayor walks over the water", date="2026-10-02")],
        [0],
    ),
    "a guid promises more than a link: the same title under another date with another text": (
        [BRIDGE._replace(id="urn:7", text=LONG)],
        [BRIDGE._replace(id="urn:7", text=OTHER, date="2026-10-02")],
        [0],
    ),
    "the same date and title with another text are two items": (
        [Row("2026-10-20", "Weekly update", LONG)],
        [Row("2026-10-20", "Weekly update", OTHER), Row("2026-10-20", "Weekly update", LONG)],
        [NEW, 0],
    ),
    "the same date and title with another link and text are two items, also where one is gone": (
        [Row("2026-10-20", "Weekly update", LONG, link(1))],
        [Row("2026-10-20", "Weekly update", OTHER, link(2))],
        [NEW],
    ),
    "the same date, title and text with another link are two items": (
        [BRIDGE],
        [BRIDGE._replace(link=link(9)), BRIDGE],
        [NEW, 0],
    ),
    "a text is rewritten": ([BRIDGE._replace(link="")], [BRIDGE._replace(link="", text=OTHER)], [0]),
    "all is moved to another place": (
        [BRIDGE, SCHOOL, RIVER],
        [one._replace(link=one.link.replace("e.org", "new.example")) for one in (BRIDGE, SCHOOL, RIVER)],
        [0, 1, 2],
    ),
    "another headline over the same long text": (
        [Row("2026-11-20", "Vaccines arrive in Honduras", LONG), RIVER],
        [Row("2026-11-20", "Ministry gets doses from PAHO", LONG), RIVER],
        [0, 1],
    ),
    "a text that every item has tells none from another": (
        [Row("2026-11-20", "Statement on the harvest", LONG), Row("2026-11-20", "Timetable of the clinic", LONG)],
        [Row("2026-11-20", "A concert for children", LONG), Row("2026-11-20", "Timetable of the clinic", LONG)],
        [NEW, 1],
    ),
    "a short text tells none from another": (
        [Row("2026-11-20", "Statement on the harvest", "Read more"), RIVER],
        [Row("2026-11-20", "A concert for children", "Read more"), RIVER],
        [NEW, 1],
    ),
    "a misspelt title": (
        [BRIDGE._replace(link=""), RIVER],
        [BRIDGE._replace(link="", title="Bridge opens in the towns"), RIVER],
        [0, 1],
    ),
    "a number makes another report": (
        [Row("2026-11-20", "Situation report number 12 of the flood", "Short."), RIVER],
        [Row("2026-11-20", "Situation report number 13 of the flood", "Shorter."), RIVER],
        [NEW, 1],
    ),
    "a corrected date": (
        [RIVER, BRIDGE._replace(link="", date="2026-09-02"), SCHOOL._replace(date="2026-09-01")],
        [RIVER, BRIDGE._replace(link="", date="2026-09-12"), SCHOOL._replace(date="2026-09-01")],
        [0, 1, 2],
    ),
    "a corrected date and a mended text": (
        [RIVER, BRIDGE._replace(link="", date="2026-09-02", text=LONG), SCHOOL._replace(date="2026-09-01")],
        [RIVER, BRIDGE._replace(link="", date="2026-09-12", text=f"{LONG} More."), SCHOOL._replace(date="2026-09-01")],
        [0, 1, 2],
    ),
    "what rolled off comes again under a new date": (
        [RIVER, BRIDGE._replace(link="", date="2026-09-02")],
        [BRIDGE._replace(link="", date="2026-10-12"), RIVER],
        [NEW, 0],
    ),
    "a title that could be a correction of either of two is of neither": (
        [
            Row("2026-10-01", "Ministers of Alpha meet on the river plan", "They spoke of water."),
            Row("2026-10-01", "Ministers of Bravo meet on the river plan", "They spoke of water."),
            RIVER,
        ],
        [Row("2026-10-01", "Ministers of Ziggu meet on the river plan", "They spoke of water."), RIVER],
        [NEW, 2],
    ),
    "a number that goes on is another number": (
        [Row("2026-10-01", "Situation report 1"), RIVER],
        [Row("2026-10-01", "Situation report 12", "Of the twelfth week."), RIVER],
        [NEW, 1],
    ),
    "the same date, title and link with another text are two items, as far as anybody can tell": (
        [Row("2026-10-20", "Weekly update", LONG, link(1))],
        [Row("2026-10-20", "Weekly update", OTHER, link(1)), Row("2026-10-20", "Weekly update", LONG, link(1))],
        [NEW, 0],
    ),
    "two similar titles are retitled, each to its own": (
        [
            Row("2026-10-01", "Ministers of Alpha meet on the river plan", "They spoke of water."),
            Row("2026-10-01", "Ministers of Bravo meet on the river plan", "They spoke of water."),
        ],
        [
            Row("2026-10-01", "Ministers of Alpha met on the river plan", "They spoke of water."),
            Row("2026-10-01", "Ministers of Bravo met on the river plan", "They spoke of water."),
        ],
        [0, 1],
    ),
    "a title that was cut off is whole now": (
        [Row("2026-10-01", "Ministers of"), RIVER],
        [Row("2026-10-01", "Ministers of Golf meet on the river plan", "They spoke of water."), RIVER],
        [0, 1],
    ),
}


def stored(site: Site) -> list[tuple[str, str, str]]:
    """Id, title and text of every entry, in the order of their arrival."""
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db:
        return db.execute("SELECT id, title, text FROM entries ORDER BY serial").fetchall()


def of(entries: list[tuple[str, str, str]], row: Row, besides: set[str]) -> str:
    """The id of the entry that says what a row says."""
    return next(one for one, title, text in entries if (title, text) == (row.title, row.text) and one not in besides)


@pytest.mark.parametrize("name", CASES)
def test_what_an_item_is(site: Site, name: str) -> None:
    before, after, expected = CASES[name]
    site.write("feeds.toml", f'{CONFIG}[limits]\nflood = 100\n[[sources]]\nname = "t"\npath = "t.csv"\n')
    site.write("t.csv", table(*before))
    assert site.build().status == 0
    entries = stored(site)
    ids = [of(entries, row, set()) for row in before]
    site.write("t.csv", table(*after))
    report = site.build()
    assert (report.status, report.held) == (0, {}), [str(problem) for problem in report.problems]
    now = stored(site)
    assert len(now) == len(before) + expected.count(NEW)
    for row, origin in zip(after, expected, strict=True):
        if origin is not NEW:
            assert ids[origin] in [one for one, title, text in now if (title, text) == (row.title, row.text)]
    for number, (identifier, row) in enumerate(zip(ids, before, strict=True)):
        if number not in expected:  # nobody's any more: it keeps what it said
            assert (identifier, row.title, row.text) in now
    counts = report.counts
    assert counts.read == counts.new + counts.changed + counts.unchanged + counts.rejected == len(after)
    assert site.build().counts.unchanged == len(after)  # and so it stays


@pytest.mark.parametrize("order", [1, -1])
def test_an_item_that_stands_on_a_page_twice_in_other_words_is_one(site: Site, order: int) -> None:
    """As on pages that show the newest on top once more, with a longer text, or a shorter one."""
    site.write("feeds.toml", f'{CONFIG}[[sources]]\nname = "t"\npath = "t.csv"\n')
    short = BRIDGE._replace(text="Text one of ...")
    for _ in range(2):
        site.write("t.csv", table(BRIDGE, RIVER, short))
        report = site.build()
        assert [problem.code for problem in report.problems] == ["duplicate"]
        assert (len(stored(site)), report.counts.rejected) == (2, 1)
    site.write("t.csv", table(*(short, RIVER, BRIDGE)[::order]))  # which one counts, is the one that is stored
    report = site.build()
    counts = report.counts
    assert (counts.read, counts.unchanged, counts.rejected, counts.changed) == (3, 2, 1, 0)
    assert {text for _, _, text in stored(site)} == {BRIDGE.text, RIVER.text}


def test_an_item_that_was_redated_is_known_when_it_moves(site: Site) -> None:
    site.write("feeds.toml", f'{CONFIG}[[sources]]\nname = "t"\npath = "t.csv"\n')
    first = Row("2026-10-03", "Chile opens a port", "c", link(3))
    site.write("t.csv", table(first, BRIDGE))
    site.build()
    before = stored(site)
    published = (site.output / "atom.xml").read_text()
    site.write("t.csv", table(first, BRIDGE._replace(date="2026-10-02")))
    assert site.build().status == 0
    assert (site.output / "atom.xml").read_text() == published  # the date of publication stays
    moved = BRIDGE._replace(date="2026-10-02", text="Text one of the bridge, and more.", link="https://new.e.org/a")
    site.write("t.csv", table(first, moved))
    assert site.build().counts.changed == 1
    assert [one[0] for one in stored(site)] == [one[0] for one in before]


def test_an_item_without_a_date_is_known_by_its_title_and_its_link(site: Site) -> None:
    source = '[[sources]]\nname = "t"\npath = "t.csv"\nundated = "first-seen"\n'
    site.write("feeds.toml", f"{CONFIG}[limits]\nflood = 100\n{source}")
    rows = [one._replace(date="") for one in (BRIDGE, SCHOOL)]
    site.write("t.csv", table(*rows))
    site.build()
    before = stored(site)
    site.write("t.csv", table(rows[0]._replace(text=OTHER), rows[1]._replace(title="School closes for a day"), RIVER))
    report = site.build()
    assert (report.counts.new, report.counts.changed) == (1, 2)
    assert [one[0] for one in stored(site)][:2] == [one[0] for one in before]


words = st.sampled_from("river bridge harvest clinic teacher market forest island railway bakery".split())
rows = st.builds(
    Row,
    date=st.sampled_from(("2026-10-01", "2026-10-02", "2026-10-03")),
    title=st.lists(words, min_size=1, max_size=2).map(" ".join),
    text=st.lists(words, min_size=3, max_size=3).map(" ".join),  # as long as the others: none is a teaser of another
)
keys = st.lists(st.tuples(st.sampled_from(("", *map(link, range(5)))), st.sampled_from(("", *"01234"))), min_size=12)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(listed=st.lists(rows, min_size=1, max_size=12, unique_by=lambda row: row[:3]), before=keys, after=keys)
def test_whatever_keys_items_have_no_entry_is_lost_or_given_the_text_of_another(
    tmp_path_factory: pytest.TempPathFactory,
    listed: list[Row],
    before: list[tuple[str, str]],
    after: list[tuple[str, str]],
) -> None:
    """The same items under any other links and guids are the same entries: they are known by what they say."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.write("feeds.toml", f'{CONFIG}[limits]\nflood = 100\n[[sources]]\nname = "t"\npath = "t.csv"\n')
    for number, given_keys in enumerate((before, after)):
        keyed = [row._replace(link=one, id=other) for row, (one, other) in zip(listed, given_keys, strict=False)]
        site.write("t.csv", table(*keyed))
        assert site.build().status == 0
        entries = stored(site)
        assert len(entries) == len(keyed)
        assert {(title, text) for _, title, text in entries} == {row[1:3] for row in keyed}
        if number == 0:
            first = entries
    assert entries == first


# --- explained -------------------------------------------------------------------------------------------------------


def test_explain_names_the_rule_and_the_evidence_that_lost(site: Site) -> None:
    site.write("feeds.toml", f'{CONFIG}[[sources]]\nname = "t"\npath = "t.csv"\n')
    site.write("t.csv", table(BRIDGE, SCHOOL))
    site.build()
    site.write("t.csv", table(RIVER._replace(link=link(1)), BRIDGE._replace(link=link(2)), SCHOOL._replace(text=OTHER)))

    def identity_of(line: int) -> list[str]:
        return dict(explain(f"t:{line}", site.folder, now=site_now()))["Identity"]

    new, bridge, school = identity_of(2), identity_of(3), identity_of(4)
    assert new[0].startswith("new: no entry is known")
    assert "its link is the same: that is the item at" in new[1]
    assert bridge[2] == "now: its date and title and its text are known"
    assert "school-closes-for-the-day, though its link is the same" in bridge[3]
    assert school[2] == "now: its date and title are known"


def test_explain_waits_for_no_run_and_leaves_no_trace(site: Site) -> None:
    site.write("feeds.toml", f'{CONFIG}[[sources]]\nname = "t"\npath = "t.csv"\n')
    site.write("t.csv", table(BRIDGE, SCHOOL))
    site.build()
    site.write("t.csv", table(BRIDGE._replace(text=OTHER), RIVER))
    before = (site.folder / ".history.sqlite3").read_bytes()
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        lines = dict(explain("t:2", site.folder, now=site_now()))["Identity"]
        assert lines[2] == "now: its link is known, and so is its title"
        assert time.monotonic() - began < 4  # SQLite gives up after five seconds
        db.execute("ROLLBACK")
    assert (site.folder / ".history.sqlite3").read_bytes() == before


def site_now() -> object:
    from conftest import NOW

    return NOW


# --- what it costs ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda number: Row("2026-10-01", f"The reports of the clinic, number {number}", f"Text {number}"),
        lambda number: Row("2026-10-01", "Weekly update", f"Another text {number}", link(number + 1)),
        lambda number: Row("2026-10-01T00:00:00Z", f"The report of the clinic, number {number}", LONG),
    ],
    ids=["all of one date retitled", "all of one title", "all of one instant and text"],
)
def test_the_time_grows_with_the_number_of_items_whatever_they_are_called(site: Site, change: object) -> None:
    """Eight times the items take about eight times as long; a square would be sixty-four."""
    site.write("feeds.toml", f'{CONFIG}[limits]\nflood = 100\n[[sources]]\nname = "t"\npath = "t.csv"\n')
    spent = []
    for count in (100, 800):
        (site.folder / ".history.sqlite3").unlink(missing_ok=True)
        base = [Row("2026-10-01", f"The report of the clinic, number {n}", f"Text {n}", link(n)) for n in range(count)]
        site.write("t.csv", table(*base))
        site.build(allow=("lost-history",))
        site.write("t.csv", table(*(change(number) for number in range(count))))  # type: ignore[operator]
        began = time.process_time()
        site.build(allow=("shrink:t", "flood:t"))
        spent.append(time.process_time() - began)
    assert spent[1] < 24 * spent[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.e.org/a/", "https://e.org/a"),
        ("https://e.org/a?utm_source=x&utm_medium=y", "https://E.ORG/a"),
        ("https://e.org/a?id=1&fbclid=z", "https://e.org/a?id=1"),
        ("https://e.org:443/a", "http://e.org/a"),
    ],
)
def test_one_place_has_one_key(one: str, other: str) -> None:
    assert identity.link_key(one) == identity.link_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://e.org/a?id=1", "https://e.org/a?id=2"),
        ("https://e.org/a#one", "https://e.org/a#two"),
        ("https://e.org/A", "https://e.org/a"),
        ("https://e.org:8080/a", "https://e.org/a"),
        ("https://news.e.org/a", "https://e.org/a"),
    ],
)
def test_two_places_have_two_keys(one: str, other: str) -> None:
    assert identity.link_key(one) != identity.link_key(other)


def test_a_listing_of_two_items_with_one_title_is_read_as_two(site: Site, tmp_path: Path) -> None:
    site.write("news.txt", item("2026-10-20", "Weekly update", "Old text about one thing."))
    site.build()
    both = item("2026-10-20", "Weekly update", OTHER) + item("2026-10-20", "Weekly update", "Old text about one thing.")
    site.write("news.txt", both)
    assert site.build().status == 0
    names = {identifier.rpartition("/")[2]: text for identifier, _, text in stored(site)}
    assert names == {"weekly-update": "Old text about one thing.", "weekly-update-2": OTHER}
