"""Two hundred snapshots of a changing listing: nothing is lost, nothing announced twice, accidents are held.

The truth is kept apart: every item that was ever listed has a number that no listing shows. After each snapshot each of
them must have one entry, the same as before.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import re
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import CONFIG, NOW, Site, item
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from feeds.build import build
from feeds.build.report import Report

SHOWN = 30  # items on the page
KINDS = ("title", "text", "date", "hide", "return", "reorder", "twice", "nothing")
WORDS = (
    "river bridge harvest clinic teacher market forest island railway bakery library theatre garden winter lantern "
    "copper violin meadow harbour tunnel orchard glacier pepper candle saddle marble thunder blanket compass feather "
    "pottery engine pasture granite lobster mirror needle oyster pillow quarry ribbon siren timber umbrella velvet"
).split()


@dataclass
class Item:
    """What the newsroom knows of an item."""

    number: int
    date: dt.date
    title: str
    text: str
    is_hidden: bool = False


@dataclass
class Newsroom:
    """A page that changes as pages do."""

    chance: random.Random
    items: list[Item] = field(default_factory=list)  # newest last
    today: dt.date = dt.date(2017, 1, 1)

    def _words(self, count: int) -> str:
        return " ".join(self.chance.choice(WORDS) for _ in range(count))

    def publish(self) -> None:
        """One to three new items, of today or of the last days."""
        for _ in range(self.chance.randint(1, 3)):
            self.today += dt.timedelta(days=self.chance.randint(0, 2))
            number = len(self.items)
            title = f"{self._words(4)} {number}".capitalize()
            self.items.append(Item(number, self.today, title, f"{self._words(12).capitalize()}."))

    def page(self) -> list[Item]:
        """The items that are shown, the newest on top."""
        return [one for one in reversed(self.items) if not one.is_hidden][:SHOWN]

    def disturb(self, kind: str = "") -> str:
        """One thing that happens to pages; its name."""
        page = self.page()
        one = self.chance.choice(page[2:-2])
        kind = kind or self.chance.choice(KINDS)
        if kind == "title":
            one.title = one.title.replace(one.title.split()[1], one.title.split()[1] + "s", 1)
        elif kind == "text":
            one.text += f" {self._words(3).capitalize()}."
        elif kind == "date" and one.date > page[-1].date:
            one.date -= dt.timedelta(days=1)
        elif kind == "hide":
            one.is_hidden = True
        elif kind == "return":
            for hidden in self.items:
                hidden.is_hidden = False
        return kind

    def show(self, kind: str) -> str:
        """The page as text."""
        page = self.page()
        if kind == "reorder":
            page = sorted(page, key=lambda one: (one.date, self.chance.random()), reverse=True)
        if kind == "twice":
            page.insert(3, page[2])
        return "".join(item(one.date.isoformat(), one.title, one.text) for one in page)


def accident(room: Newsroom, number: int) -> str:
    """A page that must not be taken."""
    if number % 4 == 0:
        return ""
    if number % 4 == 1:
        return "<html><body>503 Service unavailable</body></html>"
    if number % 4 == 2:  # another section, by another route
        return "".join(item(f"2016-01-{31 - n:02}", f"{room._words(4)} {n}", room._words(9)) for n in range(25))
    return "".join(item(one.date.isoformat(), one.title, one.text) for one in room.page()[:5])  # cut off


def entries(site: Site) -> dict[str, tuple[str, str]]:
    """Title -> id and date of every entry."""
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db:
        rows = db.execute("SELECT title, id, published FROM entries").fetchall()
    assert len(rows) == len({title for title, *_ in rows})
    return {title: (identifier, published) for title, identifier, published in rows}


class Replay:
    """A site that follows a newsroom, and what must hold after each snapshot."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.site = Site(folder)
        self.site.write("feeds.toml", CONFIG + "[limits]\nlive = 20\n")
        self.room = Newsroom(random.Random(seed))
        for _ in range(15):
            self.room.publish()
        self.known: dict[int, tuple[str, str]] = {}
        self.seen: set[int] = set()
        self.now = NOW

    def take(self, text: str) -> Report:
        """Build from a page, an hour later."""
        self.now += dt.timedelta(hours=1)
        self.site.write("news.txt", text)
        return build(self.site.folder, self.site.output, now=self.now)

    def snapshot(self, kind: str) -> None:
        """Take the page as it is: each item has one entry, the same as before, and only what is new is announced."""
        report = self.take(self.room.show(kind))
        assert not report.held, (kind, [str(problem) for problem in report.problems])
        shown = {one.number for one in self.room.page()}
        new = [change for change in report.changes if change.kind == "new"]
        assert len(new) == len(shown - self.seen), (kind, new)
        self.seen |= shown
        stored = entries(self.site)
        assert len(stored) == len(self.seen), kind
        for one in self.room.page():
            place = stored[one.title]
            assert self.known.setdefault(one.number, place) == place, (kind, one)

    def accident(self, number: int) -> None:
        """Take a page that must not be taken."""
        report = self.take(accident(self.room, number))
        assert (report.status, list(report.held)) == (3, ["news"]), number
        assert not report.changes


@pytest.mark.parametrize("seed", [1, 2])
def test_a_history_of_snapshots(tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    replay = Replay(tmp_path, seed)
    held = happened = 0
    for step in range(200):
        if step % 23 == 22:
            replay.accident(step)
            held += 1
            continue
        if step % 3 == 0:
            replay.room.publish()
        kind = replay.room.disturb()
        replay.snapshot(kind)
        happened += kind != "nothing"
    with capsys.disabled():
        print(f" {len(replay.seen)} items in 200 snapshots, {happened} disturbances, {held} accidents held.", end="")
    assert held == 8
    assert len(replay.seen) > 120
    assert walked(replay.site) == {identifier for identifier, _ in entries(replay.site).values()}


def walked(site: Site) -> set[str]:
    """The ids that a program finds that walks from the live document to the first of the archive."""
    found: set[str] = set()
    path = "atom.xml"
    while path:
        text = (site.output / path).read_text()
        found |= set(re.findall(r"<entry.*?<id>([^<]+)</id>", text, re.DOTALL))
        previous = re.search(r'href="https://news.example.org/feeds/([^"]+)" rel="prev-archive"', text)
        path = previous[1] if previous else ""
    return found


class Machine(RuleBasedStateMachine):
    """The same in whatever order hypothesis thinks of."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.replay = Replay(Path(self.folder.name), 3)
        self.replay.snapshot("nothing")

    @rule(count=st.integers(0, 3), kind=st.sampled_from(KINDS))
    def happen(self, count: int, kind: str) -> None:
        for _ in range(count):
            self.replay.room.publish()
        self.replay.snapshot(self.replay.room.disturb(kind))

    @rule(number=st.integers(0, 3))
    def go_wrong(self, number: int) -> None:
        self.replay.accident(number)

    def teardown(self) -> None:
        self.folder.cleanup()


Machine.TestCase.settings = settings(max_examples=10, stateful_step_count=12, deadline=None, derandomize=True)
TestAnyOrder = Machine.TestCase
