"""What a build costs: a first one, one with nothing to do, ten new items; whole processes, several sizes.

    python tests/bench/runs.py [--rounds 5] [1000 10000 …]     with the `feeds` of the same virtual environment
    python tests/bench/runs.py --kind csv --folder /var/tmp 1000000     what does not fit into memory

Items of plain text, each with a page of its own, or of a table, with links, in files of at most 100,000; the new ones
come on top of the newest.
CPU as multiples of that of `python -c pass`, taken in the same run. Not part of the tests; test_speed.py guards some.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import corpus
from peers import Cost, measured, median, ours, place

NEW = 10


class Costs(NamedTuple):
    """What builds of one site cost."""

    bare: Cost  # python -c pass
    first: Cost
    nothing: Cost
    ten: Cost


def built(count: int, rounds: int, folder: Path, kind: str, *options: str) -> Costs:
    """What builds of that many items cost; medians, but for the first build."""
    site = corpus.site(folder / "site", count, kind)
    build = partial(ours, site, folder / "output", *options)
    first = build()
    turns = [(measured(sys.executable, "-c", "pass"), build()) for _ in range(rounds)]
    bare, nothing = (median(list(of_one)) for of_one in zip(*turns, strict=True))
    return Costs(bare, first, nothing, median(list(_with_new(site, count, kind, build, rounds))))


def _with_new(site: Path, count: int, kind: str, build: Callable[[], Cost], rounds: int) -> Iterator[Cost]:
    newest = min(site.glob(f"news*.{corpus.ENDINGS[kind][0]}"))
    for turn in range(rounds):
        made = io.StringIO(newline="")
        corpus.WRITERS[kind](corpus.items(NEW, count + 1 + turn * NEW), made)
        before = newest.read_bytes()  # what is below keeps its line ends
        before = before.partition(b"\n")[2] if kind == "csv" else before  # the names of columns are there already
        newest.write_bytes(made.getvalue().encode() + before)
        yield build()


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("counts", type=int, nargs="*", default=[1000, 10_000])
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--kind", choices=sorted(corpus.WRITERS), default="text")
    asked.add_argument("--folder", help="default: one in memory, where there is that")
    given = asked.parse_args()
    print("| items | first build, CPU s | peak MB | nothing new | ten new | of the first |\n|---|---|---|---|---|---|")
    for count in given.counts:
        with tempfile.TemporaryDirectory(dir=given.folder or place()) as folder:
            costs = built(count, given.rounds, Path(folder), given.kind)
        nothing, ten = costs.nothing.cpu / costs.bare.cpu, costs.ten.cpu / costs.bare.cpu
        row = f"{costs.first.cpu:.1f} | {costs.first.peak:.0f} | {nothing:.1f} times | {ten:.0f} times"
        print(f"| {count:,} | {row} | 1/{costs.first.cpu / costs.ten.cpu:.0f} |", flush=True)


if __name__ == "__main__":
    main()
