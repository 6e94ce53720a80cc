"""Ten thousand items: built, valid, in little memory; no time is measured here."""

from __future__ import annotations

import datetime as dt
import random
import re
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest
from conftest import NOW, Site, item

from feeds.validation import validate

pytestmark = pytest.mark.slow

COUNTRIES = "Panama|Honduras|Mexico|Guatemala|Nicaragua|Colombia|Chile|Kenya|Nepal|Ukraine|Libya|Haiti|Peru".split("|")
TOPICS = "trafficking in persons|labour migration|voluntary return|border management|climate change|diaspora".split("|")
WORDS = "officials communities local partners support national regional new report group families plan meeting".split()


def listing(count: int) -> str:
    """A listing of that many items, newest on top, about three a date; the same on every call."""
    chance = random.Random(count)
    day, items = dt.date(2024, 12, 31), []
    for number in range(count, 0, -1):
        day -= dt.timedelta(days=number % 3 == 0)
        first, second = chance.sample(COUNTRIES, 2)
        text = " ".join(chance.choices(WORDS, k=80))
        about, also = chance.sample(TOPICS, 2)
        items.append(
            item(
                f"{day.day} {day:%B}, {day.year}",
                f"{first} holds session {number} on {about}",
                f"{text}. In {second}: {also}.",
            )
        )
    return "".join(items)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux, to ask a process for its memory")
def test_ten_thousand_items_are_built_in_little_memory(site: Site) -> None:
    site.write("news.txt", listing(10_000))
    code = (
        "import pathlib, sys; from feeds.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(pathlib.Path('/proc/self/status').read_text())"
    )
    command = [sys.executable, "-c", code, "build", str(site.folder), "-o", str(site.output), "--now", NOW.isoformat()]
    done = subprocess.run(command, cwd=site.folder, capture_output=True, text=True, timeout=280)
    assert (done.returncode, done.stderr) == (0, "")
    peak = re.search(r"VmHWM:\s+(\d+) kB", done.stdout)
    assert peak and int(peak[1]) < 100_000  # the listing has 8 MB, the history 90
    assert len(list(site.output.rglob("items/**/*.html"))) == 10_000
    feeds = sorted(site.output.rglob("*.xml"))
    assert len(feeds) >= 2 * (1 + len(COUNTRIES) + len(TOPICS))
    assert all(validate(path.read_bytes()) == [] for path in feeds)
    main = feedparser.parse((site.output / "atom.xml").read_bytes())
    assert [entry.title.split(" on ")[0].split()[-1] for entry in main.entries] == [
        str(number) for number in range(10_000, 9_950, -1)
    ]
    before = site.stamps()
    assert site.build().written == []
    assert site.stamps() == before
