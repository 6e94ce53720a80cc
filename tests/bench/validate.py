"""What a check costs: CPU microseconds an entry, beside parsing and the grammar alone, in one process.

    python tests/bench/validate.py

The W3C validator was measured at about 700 us an item, on another day; a figure of this machine says little, the
ratio to parsing and the growth from 50 to 5,000 entries say more. Advice, which a run that publishes does not ask for,
may cost 15 us an entry. The grammar is shown as asked about the document as a
whole, which grows with the square of its entries. Not part of the tests.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from feeds.config import Config
from feeds.content.markup import paragraphs_html
from feeds.feed import assemble, heads, membership, render
from feeds.model import Category, Content, Entry, Origin
from feeds.validation import validate
from feeds.validation.parts import grammar as grammar_of

CONFIG = Config(Path(), "News", description="News", base_url="https://example.org/", author="Agency")
TEXT = "Officers from Panama and Costa Rica took part in a workshop on mixed migratory flows, held at the border. " * 6


def documents(count: int) -> tuple[bytes, bytes]:
    """An Atom and an RSS feed of that many entries."""
    start = dt.datetime(2017, 7, 28, 10, tzinfo=dt.UTC)
    fragments = []
    for number in range(count):
        moment = start + dt.timedelta(hours=number)
        title = f"Panama trains border staff, part {number}"
        entry = Entry(
            id=f"tag:example.org,2020:news/{number}",
            content=Content(title=title, summary=TEXT[:280], html=paragraphs_html([TEXT]), language="en"),
            link=f"https://example.org/items/{number}.html",
            page="",
            published=moment,
            precision="day",
            updated=moment,
            origin=Origin("news", "news.txt", 1),
            categories=(Category("countries", "pa", "Panama"), Category("topics", "capacity-building", "Training")),
        )
        fragments.append(render.render_entry(entry, CONFIG))
    head = heads.HeadSpec(membership.main_feed(CONFIG), "tag:example.org,2020:feeds/main", start)
    atom, rss, _ = assemble.make_documents(head, CONFIG, fragments)
    return atom.body, rss.body


def cost(work: Callable[[], object], count: int) -> float:
    """CPU microseconds an entry, the best of five."""
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best / count * 1e6


def main() -> None:
    """Print the table."""
    print(f"{'':<6}{'entries':>8}{'parse':>8}{'grammar':>9}{'errors':>8}{'advice':>8}{'ratio':>7}")
    for count in (50, 5000):
        for name, schema, data in zip(("Atom", "RSS"), ("atom.rng", "rss.rng"), documents(count), strict=True):
            assert {finding.code for finding in validate(data)} <= {"large-document"}
            root, grammar = etree.fromstring(data), grammar_of(schema)
            parse = cost(lambda data=data: etree.fromstring(data), count)
            check = cost(lambda grammar=grammar, root=root: grammar.validate(root), count)
            errors = cost(lambda data=data: validate(data, advise=False), count)
            whole = cost(lambda data=data: validate(data), count)
            costs = f"{parse:>8.1f}{check:>9.1f}{errors:>8.1f}{whole - errors:>8.1f}"
            print(f"{name:<6}{count:>8}{costs}{whole / parse:>7.2f}")


if __name__ == "__main__":
    main()
