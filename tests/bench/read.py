"""What reading costs: items parsed and normalised on one core, from text and from a page found by itself.

    python tests/bench/read.py

The items are made up, 630 characters each, of one seed. Not part of the tests.
"""

from __future__ import annotations

import datetime as dt
import html
import random
import time
from pathlib import Path

from feeds import config, fetch
from feeds.pipeline.items import read_items

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
TEXTS, BLOCKS = 10_000, 1_000
WORDS = (
    "the officers of Panama and Costa Rica took part in a workshop on migration held by their ministries with the "
    "support of the agency where children women and men were received after the floods in the north"
).split()


def items(count: int) -> list[tuple[str, str, str]]:
    """Dates, titles and texts."""
    chosen = random.Random(7)
    found = []
    for number in range(count):
        day = dt.date(2026, 11, 1) - dt.timedelta(days=number // 3)
        text = " ".join(chosen.choices(WORDS, k=110))
        found.append((day.strftime("%d %B, %Y"), f"Report {number}: {' '.join(chosen.choices(WORDS, k=9))}", text))
    return found


def listing() -> bytes:
    """A text listing."""
    return "\n\n".join(f"{day}\n\n{title}\n\n{text}." for day, title, text in items(TEXTS)).encode()


def page() -> bytes:
    """A page of repeated blocks."""
    blocks = (
        f'<div class="views-row"><span class="date">{day}</span>'
        f'<h3><a href="/news/{number}">{html.escape(title)}</a></h3>'
        f'<p>{text}.</p><img src="/i/{number}.jpg"></div>'
        for number, (day, title, text) in enumerate(items(BLOCKS))
    )
    return f"<!DOCTYPE html><title>News</title><nav><a href='/'>Home</a></nav>{''.join(blocks)}".encode()


def main() -> None:
    """Print the figures."""
    settings = config.Config(Path(), "News")
    for name, source, data, count in (
        ("text", config.Source("news"), listing(), TEXTS),
        ("page", config.Source("news", kind="html", base_url="https://example.org/"), page(), BLOCKS),
    ):
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            found = [item for item in read_items(settings, source, fetch.Body(name, name, data), NOW) if item.candidate]
            best = min(best, time.process_time() - start)
        assert len(found) == count, len(found)
        print(f"{name}: {count:,} items in {best:.2f} s of one core, {best / count * 1e6:.0f} us an item")


if __name__ == "__main__":
    main()
