"""The script that people write with feedgen: reads the table, finds names by regular expressions, writes every feed.

    python tests/bench/peer_script.py SITE FOLDER

No validation, no history, no evidence; archives by date in pages of 50, which all shift when an old item comes.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import dateutil.parser
import dateutil.tz
from corpus import names
from feedgen.feed import FeedGenerator

BASE = "https://news.example.org/feeds/"


def main(tables: Iterable[Path], folder: Path) -> None:
    """Write the feeds."""
    countries, topics = names()
    of_country = re.compile(r"\b(" + "|".join(map(re.escape, countries)) + r")\b")
    of_topic = re.compile(r"\b(" + "|".join(map(re.escape, topics)) + r")s?\b", re.IGNORECASE)
    feeds = defaultdict(list)
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                text = f"{row['title']}\n{row['text']}"
                found = sorted({*of_country.findall(text), *(one.lower() for one in of_topic.findall(text))})
                date = dateutil.parser.parse(row["date"]).replace(tzinfo=dateutil.tz.UTC)
                item = (date, row["title"], row["text"], row["link"], found)
                for feed in ("", *found):
                    feeds[feed].append(item)
    for feed, items in feeds.items():
        items.sort(key=lambda item: item[0], reverse=True)
        for page, first in enumerate(range(0, len(items), 50)):
            write(folder / feed.lower().replace(" ", "-") / (f"archive/{page:04}" if page else ""), feed, items, first)


def write(folder: Path, feed: str, items: list[tuple], first: int) -> None:
    """One page of a feed, Atom and RSS."""
    generator = FeedGenerator()
    generator.id(f"{BASE}{folder}")
    generator.title(f"Measured news {feed}")
    generator.subtitle("Items that a generator made")
    generator.author({"name": "Measured news"})
    generator.link(href=f"{BASE}{folder}/atom.xml", rel="self")
    generator.link(href=BASE, rel="alternate")
    for date, title, text, link, found in items[first : first + 50]:
        entry = generator.add_entry(order="append")
        entry.id(link)
        entry.title(title)
        entry.link(href=link)
        entry.published(date)
        entry.updated(date)
        entry.summary(text[:300])
        entry.content("".join(f"<p>{part}</p>" for part in text.split("\n")), type="html")
        for term in found:
            entry.category(term=term)
    folder.mkdir(parents=True, exist_ok=True)
    generator.atom_file(str(folder / "atom.xml"))
    generator.rss_file(str(folder / "rss.xml"))


if __name__ == "__main__":
    main(sorted(Path(sys.argv[1]).glob("*.csv")), Path(sys.argv[2]))
