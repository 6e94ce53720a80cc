"""Listings made up for measuring: any number of items, the same ones each time for a number.

    python tests/bench/corpus.py 10000 FOLDER [csv|text]

An item names countries and topics as a newsroom does: about two countries of 200, a few of them in most items, about
two of 16 topics, a text of some 630 characters in three paragraphs. The newest is on top.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

CONFIG = """
[site]
title = "Measured news"
description = "Items that a generator made"
base_url = "https://news.example.org/feeds/"
authority = "example.org"
year = 2020

[[sources]]
name = "news"
path = "news*.{}"
kind = "{}"
"""
LAST_DAY = dt.date(2026, 6, 30)
MOST = 100_000  # items of a file
YEARS = 20  # that a corpus spans, however large
_OPENINGS = "Officials|Local partners|Communities|Families|Volunteers|Teachers|Health workers|Two ministries".split("|")
_VERBS = "met|agreed|opened a centre|signed a plan|finished a course|began a survey|asked for help|sent a team".split(
    "|"
)
_WORDS = """about above across after again along among another around because before behind below between both bring
build busy carry change check close cold common daily deep different early easy enough equal even every extra fair far
few final find first follow food form free full gather give good great group grow half hand hard hear help high hold
hope idea improve include inside join keep kind know large last late lead learn least leave less letter level light
line list little live local long look lower main make many meet middle more morning most move much near need never new
next night note number offer often only open order other outside over own paper part people plan point possible present
press quick quiet reach read ready real reason receive record rest right room round rule same season second send serve
seven several share short side simple since six small some soon space speak stand start step still strong support sure
table take teach tell ten than their then there third those three through time today together training under until
update upper use visit wait walk want warm water week well while whole wide winter with word work write year""".split()


class Item(NamedTuple):
    """One item; the texts of a corpus differ in all of these."""

    date: dt.date
    title: str
    paragraphs: tuple[str, ...]
    link: str


def names() -> tuple[list[str], list[str]]:
    """Names of 200 countries, and of 16 topics a phrase that speaks for it."""
    import tomllib

    from feeds import tagging

    labels = tagging.tagger("en").labels
    countries = sorted(label for (scheme, _), label in labels.items() if scheme == "countries")
    topics = tomllib.loads((Path(tagging.__file__).parent / "data" / "topics.toml").read_text())["topics"]
    plain = [next(phrase for phrase in one["phrases"]["en"] if phrase[0].isalpha()) for one in topics]
    return countries[:200], plain[:16]


def items(count: int, first: int = 1) -> Iterator[Item]:
    """That many items, the newest first; numbered down to `first`, so that more of them can be put on top."""
    countries, topics = names()
    shuffled = random.Random(0)
    shuffled.shuffle(countries)
    weights = list(itertools.accumulate(1 / (place + 4) for place in range(len(countries))))
    a_day = max(3, count // (YEARS * 365))
    for number in range(first + count - 1, first - 1, -1):
        chance = random.Random(number)  # each by itself: a larger corpus holds the smaller one's texts
        named = dict.fromkeys(chance.choices(countries, cum_weights=weights, k=chance.choice((1, 2, 2, 3))))
        about = list(dict.fromkeys(chance.choices(topics, k=2)))
        place, *others = named
        title = f"{place}: {chance.choice(_OPENINGS)} {chance.choice(_VERBS)}, No. {number}"
        paragraphs = []
        for position in range(3):
            sentences = [" ".join(chance.choices(_WORDS, k=14)).capitalize() + "." for _ in range(2)]
            if about[position : position + 1]:
                sentences.append(f"{chance.choice(_OPENINGS)} spoke of {about[position]} in {place}.")
            if others[position : position + 1]:
                sentences.append(f"The same was said in {others[position]}, and again in {others[position]} later.")
            paragraphs.append(" ".join(sentences))
        day = LAST_DAY - dt.timedelta(days=(first + count - 1 - number) // a_day)
        yield Item(day, title, tuple(paragraphs), f"https://news.example.org/{number}")


def write_csv(made: Iterator[Item], file: TextIO) -> None:
    """The items as a table with links."""
    rows = csv.writer(file)
    rows.writerow(("date", "title", "text", "link"))
    rows.writerows((one.date, one.title, "\n".join(one.paragraphs), one.link) for one in made)


def write_text(made: Iterator[Item], file: TextIO) -> None:
    """The items as plain text, without links."""
    for one in made:
        body = "\n\n".join(one.paragraphs)
        file.write(f"{one.date.day} {one.date:%B} {one.date.year}\n{one.title}\n\n{body}\n\n")


WRITERS = {"csv": write_csv, "text": write_text}
ENDINGS = {"csv": ("csv", "table"), "text": ("txt", "listing")}


def site(folder: Path, count: int, kind: str = "csv") -> Path:
    """A site of that many items, ready to be built: one file, or several with up to MOST of them, the newest first."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "feeds.toml").write_text(CONFIG.format(*ENDINGS[kind]))
    made = items(count)
    for number in range(-(-count // MOST)):
        name = f"news-{number:02}" if count > MOST else "news"
        with (folder / f"{name}.{ENDINGS[kind][0]}").open("w", encoding="utf-8", newline="") as file:
            WRITERS[kind](itertools.islice(made, MOST), file)
    return folder


if __name__ == "__main__":
    site(Path(sys.argv[2]), int(sys.argv[1]), *sys.argv[3:])
