"""Fifteen everyday tasks, by the command line alone, in the steps that the documents name.

Each task names the document that has its steps, and its commands must stand there.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT, item

from feeds import cli

pytestmark = pytest.mark.slow  # each builds a site of its own

SITE = '[site]\ntitle = "Health"\nbase_url = "https://feeds.example.org/"\nauthority = "example.org"\nyear = 2026\n'
LISTING = item("21 November, 2026", "Clinic opens in Panama") + item("14 November, 2026", "Health budget agreed")
BUDGET = "tag:example.org,2026:news/2026-11-14/health-budget-agreed"
OLD_FEED = """<rss version="2.0"><channel><title>Old</title><link>https://example.org/</link><description>Old</description>
<item><title>Health budget agreed</title><guid isPermaLink="false">urn:old:7</guid><description>Some text.</description>
<pubDate>Sat, 14 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"""


class Desk:
    """Somebody at a terminal in the folder of a site."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.hour = folder, 0
        self.toml = folder / "feeds.toml"
        self.toml.write_text(SITE)
        (folder / "news.txt").write_text(LISTING)

    def run(self, command: str, *arguments: str, code: int = 0, given: str = "") -> Result:
        """Run a command of the documents; its options may have other values there."""
        words = [*command.split(), *arguments]
        if words[0] in ("build", "withdraw", "diff"):
            self.hour += 1
            words += ["--now", f"2026-11-27T{self.hour:02}:00Z"]
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            done = CliRunner().invoke(cli.main, words, input=given, catch_exceptions=False)
        finally:
            os.chdir(before)
        assert done.exit_code == code, done.output
        return done

    def atom(self, feed: str = "") -> str:
        return (self.folder / "output" / feed / "atom.xml").read_text()

    def ids(self) -> list[str]:
        return re.findall("<entry>\\s*<id>([^<]*)</id>", self.atom())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def correct_a_title(desk: Desk) -> None:
    desk.run("build")
    before = desk.ids()
    desk.run("edit", BUDGET, "--title", "Budget for three years agreed")
    desk.run("build")
    assert "<title>Budget for three years agreed</title>" in desk.atom() and desk.ids() == before


def correct_a_date(desk: Desk) -> None:
    desk.run("build")
    desk.run("edit", BUDGET, "--date", "2026-11-15")
    desk.run("build")
    assert "<published>2026-11-15T" in desk.atom()


def correct_a_tag(desk: Desk) -> None:
    desk.run("build")
    desk.run("edit", BUDGET, "--countries", "cr")
    desk.run("build")
    assert BUDGET in desk.atom("countries/cr")


def leave_an_item_out(desk: Desk) -> None:
    desk.toml.write_text(SITE + '\n[[overrides]]\nphrase = "budget"\nskip = true\n')
    desk.run("build")
    assert BUDGET not in desk.atom()


def add_an_item(desk: Desk) -> None:
    desk.run("add", "--title", "Office closed on Friday", "--text", "We are back on Monday.")
    desk.run("build")
    assert desk.atom().count("<entry>") == 3


def take_an_entry_back(desk: Desk) -> None:
    desk.run("build")
    desk.run("withdraw", BUDGET, "--reason", "It named a minor.")
    assert "It named a minor." in desk.atom()


def take_a_build_back(desk: Desk) -> None:
    desk.toml.write_text(SITE + "\n[publish]\ngenerations = 2\n")
    desk.run("build")
    (desk.folder / "news.txt").write_text(item("22 November, 2026", "Wrong news") + LISTING)
    desk.run("build")
    desk.run("undo")
    assert "Wrong news" not in desk.atom("current")


def take_over_an_old_feed(desk: Desk) -> None:
    (desk.folder / "old.xml").write_text(OLD_FEED)
    desk.run("adopt", "old.xml")
    desk.run("build")
    assert "urn:old:7" in desk.ids()


def see_what_would_change(desk: Desk) -> None:
    desk.run("build")
    (desk.folder / "news.txt").write_text(item("22 November, 2026", "Malaria ends") + LISTING)
    assert "Malaria ends" in desk.run("diff").stdout
    assert "Malaria ends" not in desk.atom()


def learn_that_a_source_fails(desk: Desk) -> None:
    desk.run("build")
    assert desk.run("status").stdout.split()[:2] == ["news", "ok"]
    (desk.folder / "news.txt").unlink()
    desk.run("build", code=1)
    assert desk.run("status", code=1).stdout.split()[:2] == ["news", "failing"]


def move_to_another_domain(desk: Desk) -> None:
    desk.run("build")
    before = desk.ids()
    desk.toml.write_text(SITE.replace("feeds.example.org", "news.example.net"))
    desk.run("build")
    assert desk.ids() == before and "https://news.example.net/atom.xml" in desk.atom()


def back_up_and_restore(desk: Desk) -> None:
    desk.run("build")
    before = desk.atom()
    saved = gzip.compress(desk.run("history export").stdout_bytes)
    (desk.folder / ".history.sqlite3").unlink()
    shutil.rmtree(desk.folder / "output")
    (desk.folder / "saved.jsonl").write_bytes(gzip.decompress(saved))
    desk.run("history import", "saved.jsonl")
    desk.run("build")
    assert desk.atom() == before


def give_a_partner_one_country_and_topic(desk: Desk) -> None:
    desk.toml.write_text(SITE + '\n[[custom]]\nname = "canal"\ntitle = "Canal"\nany_of = ["countries/pa"]\n')
    desk.run("build")
    assert desk.atom("custom/canal").count("<entry>") == 1


def keep_an_old_address(desk: Desk) -> None:
    desk.toml.write_text(SITE + '\n[[moved]]\nfrom = "old/rss.xml"\nto = "rss.xml"\n')
    desk.run("build")
    assert (desk.folder / "output/old/rss.xml").read_bytes() == (desk.folder / "output/rss.xml").read_bytes()


def ask_why(desk: Desk) -> None:
    desk.run("build")
    assert "'Panama' at title" in desk.run("explain", "news.txt:1").stdout
    events = desk.run("log", "--json", "--now", "2026-11-28T00:00Z").stdout.splitlines()
    assert [json.loads(event)["what"] for event in events] == ["published", "published"]


# Each task, the document that has its steps, and what stands there.
TASKS: tuple[tuple[Callable[[Desk], None], str, str], ...] = (
    (correct_a_title, "corrections", "feeds edit"),
    (correct_a_date, "corrections", "--date"),
    (correct_a_tag, "corrections", "countries"),
    (leave_an_item_out, "corrections", "skip = true"),
    (add_an_item, "corrections", "feeds add --title"),
    (take_an_entry_back, "corrections", "feeds withdraw"),
    (take_a_build_back, "corrections", "feeds undo"),
    (take_over_an_old_feed, "moving", "feeds adopt"),
    (see_what_would_change, "moving", "feeds diff"),
    (learn_that_a_source_fails, "serving", "feeds status"),
    (move_to_another_domain, "moving", "base_url"),
    (back_up_and_restore, "moving", "feeds history import"),
    (give_a_partner_one_country_and_topic, "serving", "[[custom]]"),
    (keep_an_old_address, "moving", "[[moved]]"),
    (ask_why, "commands", "feeds explain"),
)


@pytest.mark.parametrize(("task", "page", "words"), TASKS, ids=[task.__name__ for task, _, _ in TASKS])
def test_a_task_is_done_as_the_documents_say(desk: Desk, task: Callable[[Desk], None], page: str, words: str) -> None:
    assert words in (ROOT / f"docs/{page}.md").read_text()
    task(desk)
