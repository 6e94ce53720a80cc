"""Snapshots of changing pages: nothing is lost, doubled or overwritten, accidents are held, nothing else is.

The truth is kept apart: every item that was ever listed has a number that no page shows. After each snapshot each of
them must have one entry, the same as before, and that entry must say what the item says.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import random
import re
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import CONFIG, NOW, Site, item
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from feeds.model import HistoryError, OtherSiteError
from feeds.pipeline import build
from feeds.pipeline.report import Report

SHOWN = 30  # items on the page
KINDS = (
    "title text date hide return reorder twice nothing headline problem swap reuse share moved redated-and-moved cut"
).split()
KEYS = ("none", "own", "positions", "one link")  # of a listing, and what guids and links a table gives its items
PROBLEMS = {  # what stands on top of a good page -> the code
    "future-date": ("26 November, 2099", "An embargoed thing", "Text."),
    "bad-date": ("31 February, 2017", "On a day that never was", "Text."),
    "old-date": ("3 March, 1901", "Of another century", "Text."),
    "no-title": ("3 March, 2017", "—", "Text."),
    "removed-characters": ("", "", "\x07"),  # a mere warning, of the item that is on top
}
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
    link: str = ""
    guid: str = ""
    is_hidden: bool = False


@dataclass
class Newsroom:
    """A page that changes as pages do."""

    chance: random.Random
    keys: str = "none"
    items: list[Item] = field(default_factory=list)  # newest last
    today: dt.date = dt.date(2017, 1, 1)
    problem: str = ""  # the code of an item on top that cannot be used, or only with a warning

    def _words(self, count: int) -> str:
        return " ".join(self.chance.choice(WORDS) for _ in range(count))

    def publish(self) -> None:
        """One to three new items, of today or of the last days."""
        for _ in range(self.chance.randint(1, 3)):
            self.today += dt.timedelta(days=self.chance.randint(0, 2))
            number = len(self.items)
            title = f"{self._words(4)} {number}".capitalize()
            one = Item(number, self.today, title, f"{self._words(12).capitalize()}.")
            if self.keys != "none":
                one.link = "https://e.org/all" if self.keys == "one link" else f"https://e.org/{number}"
                one.guid = f"node-{number}"
            self.items.append(one)

    def page(self) -> list[Item]:
        """The items that are shown, the newest on top."""
        return [one for one in reversed(self.items) if not one.is_hidden][:SHOWN]

    def disturb(self, kind: str = "") -> str:
        """One thing that happens to pages; its name."""
        page = self.page()
        one, other = self.chance.sample(page[2:-2], 2)
        kind = kind or self.chance.choice(KINDS)
        self.problem = self.chance.choice(sorted(PROBLEMS)) if kind == "problem" else ""
        is_keyed = self.keys not in ("none", "one link")
        match kind:
            case "title":
                one.title = one.title.replace(one.title.split()[1], one.title.split()[1] + "s", 1)
            case "text":
                one.text += f" {self._words(3).capitalize()}."
            case "date" | "redated-and-moved" if one.date > page[-1].date:
                one.date -= dt.timedelta(days=1)
            case "hide":
                one.is_hidden = True
            case "return":
                for hidden in self.items:
                    hidden.is_hidden = False
            case "headline":
                one.title = f"{self._words(5)} {one.number}".capitalize()
            case "swap" if is_keyed:
                one.link, other.link = other.link, one.link
            case "reuse" if is_keyed:  # the new item on top stands where one stood that is on the page no more
                page[0].link = f"https://e.org/{max(0, page[-1].number - 1)}"
            case "share" if is_keyed:
                page[0].link = one.link
            case "moved" if is_keyed:
                for shown in page:
                    shown.link = shown.link.replace("//e.org/", "//www.new.org/")
        return kind

    def rows(self, kind: str) -> list[tuple[str, str, str, str, str]]:
        """Date, title, text, link and guid of what the page shows."""
        page = self.page()
        if kind == "reorder":
            page = sorted(page, key=lambda one: (one.date, self.chance.random()), reverse=True)
        if kind == "twice":
            page.insert(3, page[2])
        rows = [(one.date.isoformat(), one.title, one.text, one.link, one.guid) for one in page]
        if self.problem:
            date, title, text = PROBLEMS[self.problem]
            if date:
                rows.insert(0, (date, title, text, "", ""))
            else:
                rows[0] = (*rows[0][:2], rows[0][2] + text, *rows[0][3:])
        if self.keys == "positions":
            rows = [(*row[:4], str(number)) for number, row in enumerate(rows)]
        return rows

    def show(self, kind: str) -> str:
        """The page as a listing, or as a table where items have keys."""
        rows = self.rows(kind)
        if self.keys == "none":
            shown = "".join(item(date, title, text) for date, title, text, *_ in rows)
        else:
            written = io.StringIO()
            csv.writer(written).writerows([("date", "title", "text", "link", "id"), *rows])
            shown = written.getvalue()
        if kind == "cut":  # in the middle of the title of the last item
            *_, (_, title, *_rest) = rows
            shown = shown[: shown.rindex(title) + len(title) // 2]
        return shown


def accident(room: Newsroom, number: int) -> str:
    """A page that must not be taken."""
    if number % 4 == 0:
        return ""
    if number % 4 == 1:
        return "<html><body>503 Service unavailable</body></html>"
    if number % 4 == 2:  # another section, by another route
        return "".join(item(f"2016-01-{31 - n:02}", f"{room._words(4)} {n}", room._words(9)) for n in range(25))
    return "".join(item(one.date.isoformat(), one.title, one.text) for one in room.page()[:5])  # cut off


def entries(site: Site) -> dict[str, tuple[str, int, str]]:
    """Title -> id, date of publication and text of every entry."""
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db:
        rows = db.execute("SELECT title, id, published, text FROM entries").fetchall()
    assert len(rows) == len({title for title, *_ in rows})
    return {title: (identifier, published, text) for title, identifier, published, text in rows}


class Replay:
    """A site that follows a newsroom, and what must hold after each snapshot."""

    def __init__(self, folder: Path, seed: int, keys: str = "none") -> None:
        self.site = Site(folder)
        self.name, self.file = "news", "news.txt" if keys == "none" else "news.csv"
        self.configure()
        self.room = Newsroom(random.Random(seed), keys)
        for _ in range(15):
            self.room.publish()
        self.known: dict[int, tuple[str, int]] = {}
        self.seen: set[int] = set()
        self.names = 1  # that the source had
        self.now = NOW

    def configure(self, more: str = "") -> None:
        """Write the configuration: the source, by the name that it has now."""
        source = f'[[sources]]\nname = "{self.name}"\npath = "{self.file}"\n'
        self.site.write("feeds.toml", f"{CONFIG}[limits]\nlive = 20\n{source}{more}")

    def build(self, allow: tuple[str, ...] = ()) -> Report:
        """Build, an hour later."""
        self.now += dt.timedelta(hours=1)
        return build(self.site.folder, self.site.output, now=self.now, allow=allow)

    def take(self, text: str) -> Report:
        """Build from a page."""
        self.site.write(self.file, text)
        return self.build()

    def snapshot(self, kind: str) -> None:
        """Take the page as it is: each item has one entry, the same as before, and only what is new is announced."""
        report = self.take(self.room.show(kind))
        self.check(report, kind)
        if kind == "redated-and-moved" and self.room.keys == "own":
            one = next(one for one in reversed(self.room.page()) if one.number in self.known)
            one.link, one.text = f"https://new.org/{one.number}-a", f"{one.text} {self.room._words(2).capitalize()}."
            self.check(self.take(self.room.show("nothing")), kind)

    def check(self, report: Report, kind: str) -> None:
        """See that nothing is lost, doubled, overwritten, or held."""
        assert not report.held, (kind, [str(problem) for problem in report.problems])
        codes = {problem.code for problem in report.problems}
        expected = {"cut": {"cut-off"}, "twice": {"duplicate"}, "problem": {self.room.problem}}.get(kind, set())
        assert codes <= expected, (kind, [str(problem) for problem in report.problems])
        page = self.room.page()[: -1 if kind == "cut" else None]
        shown = {one.number for one in page}
        new = [change for change in report.changes if change.kind == "new"]
        assert len(new) == len(shown - self.seen), (kind, self.room.problem, new)
        self.seen |= shown
        stored = entries(self.site)
        assert len(stored) == len(self.seen), kind
        for one in page:
            identifier, published, text = stored[one.title]
            assert self.known.setdefault(one.number, (identifier, published)) == (identifier, published), (kind, one)
            assert text == one.text, (kind, one)

    def accident(self, number: int) -> None:
        """Something that must not be taken."""
        happens = (self.wrong_page, self.renamed, self.old_history, self.other_site, self.second_source)
        self.room.problem = ""
        happens[number % len(happens)](number)

    def wrong_page(self, number: int) -> None:
        """The page is another one, or an error."""
        report = self.take(accident(self.room, number))
        assert report.status == 3 or self.file.endswith("csv"), number
        assert not report.changes

    def renamed(self, number: int) -> None:
        """The source gets another name: held, until it is said which it was."""
        self.names += 1
        old, self.name = self.name, f"news-{self.names}"
        self.site.write(self.file, self.room.show("nothing"))
        self.configure()
        report = self.build()
        assert report.held == {self.name: "renamed"}
        assert f'was = "{old}"' in report.problems[-1].message
        self.configure(f'was = "{old}"\n')
        self.check(self.build(), "renamed")

    def old_history(self, number: int) -> None:
        """Somebody puts a backup in the place of the history."""
        history, kept = (self.site.folder / name for name in (".history.sqlite3", "kept"))
        backup = history.read_bytes()
        self.room.publish()
        self.check(self.take(self.room.show("nothing")), "old history")
        files = self.site.files()
        shutil.copyfile(history, kept)
        history.write_bytes(backup)
        with pytest.raises(HistoryError, match="is older than"):
            self.build()
        assert self.site.files() == files
        kept.replace(history)
        self.check(self.build(), "old history")

    def other_site(self, number: int) -> None:
        """Another site, with a history of its own, is published into the same folder."""
        with tempfile.TemporaryDirectory() as folder:
            other = Site(Path(folder))
            other.write("news.txt", item("5 May, 2017", f"Other news {number}"))
            other.build()
            files = self.site.files()
            with pytest.raises(OtherSiteError, match="belongs to another site"):
                build(other.folder, self.site.output, now=self.now)
            assert self.site.files() == files

    def second_source(self, number: int) -> None:
        """Another source lists the same items, by their links, in its own words."""
        if self.room.keys != "own":
            return
        rows = [
            f"{date},{title.upper()},{link.replace('https:', 'http:')}/?utm_source={number}"
            for date, title, _, link, _ in self.room.rows("nothing")
        ]
        self.site.write("second.csv", "\n".join(("date,title,link", *rows)))
        self.configure('[[sources]]\nname = "second"\npath = "second.csv"\n')
        self.check(self.take(self.room.show("nothing")), "second source")
        (self.site.folder / "second.csv").unlink()
        self.configure()
        self.check(self.build(), "second source")


@pytest.mark.parametrize(
    ("keys", "seed", "snapshots"),
    [("none", 1, 40), *[pytest.param(keys, seed, 260, marks=pytest.mark.slow) for keys in KEYS for seed in (2, 3)]],
)
def test_a_history_of_snapshots(
    tmp_path: Path, keys: str, seed: int, snapshots: int, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Replay(tmp_path, seed, keys)
    happened: dict[str, int] = {}
    for step in range(snapshots):
        if step % 23 == 22:
            made.accident(step)
            happened["accident"] = happened.get("accident", 0) + 1
            continue
        if step % 3 == 0:
            made.room.publish()
        kind = made.room.disturb()
        made.snapshot(kind)
        happened[kind] = happened.get(kind, 0) + 1
    with capsys.disabled():
        print(
            f" {keys}: {len(made.seen)} items in {snapshots} snapshots, {len(happened)} kinds of disturbance.", end=""
        )
    assert walked(made.site) == {identifier for identifier, *_ in entries(made.site).values()}


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

    keys = "none"

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.replay = Replay(Path(self.folder.name), 3, self.keys)
        self.replay.snapshot("nothing")

    @rule(count=st.integers(0, 3), kind=st.sampled_from(KINDS))
    def happen(self, count: int, kind: str) -> None:
        for _ in range(count):
            self.replay.room.publish()
        self.replay.snapshot(self.replay.room.disturb(kind))

    @rule(number=st.integers(0, 9))
    def go_wrong(self, number: int) -> None:
        self.replay.accident(number)

    def teardown(self) -> None:
        self.folder.cleanup()


Machine.TestCase.settings = settings(max_examples=6, stateful_step_count=12, deadline=None, derandomize=True)
TestAnyOrder = pytest.mark.slow(Machine.TestCase)
