"""What many sites in one process cost, each with nothing new, beside a process for each; and what a first build costs.

    python tests/bench/many.py [--items 1000] [100 …]     with the `feeds` of the same virtual environment

CPU of whole processes. Files as sources; with --addresses each source is at an address of a server on this machine.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import addresses
import corpus
from peers import Cost, measured, ours, place

_FEEDS = (sys.executable, "-c", "from feeds.__main__ import main; main()")


class Costs(NamedTuple):
    """What so many sites cost."""

    bare: Cost  # python -c pass
    first: Cost
    nothing: Cost
    alone: Cost  # one of them in a process of its own, with nothing new


def built(sites: int, items: int, folder: Path, address: str = "") -> Costs:
    """What builds of so many sites cost.

    Args:
        address: of a server that has a listing at /1; "" for files.
    """
    every = folder / "sites"
    every.mkdir()
    one = corpus.site(folder / "one", items, "text")
    for number in range(sites):
        site = every / f"site{number:05}"
        if address:
            addresses.make_site(site, 1, address)
        else:
            shutil.copytree(one, site)
    build = (*_FEEDS, "build", "--all", str(every), "-o", str(folder / "www/{site}"), "-q")
    first, nothing = measured(*build), measured(*build)
    alone = ours(every / "site00000", folder / "www/site00000")
    return Costs(measured(sys.executable, "-c", "pass"), first, nothing, alone)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("sites", type=int, nargs="*", default=[100])
    asked.add_argument("--items", type=int, default=1000)
    asked.add_argument("--addresses", action="store_true")
    asked.add_argument(
        "--folder", help="default: one in memory, where there is that; a site of 1,000 items takes 45 MB"
    )
    given = asked.parse_args()
    print("| sites | first build, CPU ms a site | nothing new, CPU ms a site | of a process each | peak MB |")
    print("|---|---|---|---|---|")
    with addresses.serving() as address:
        for count in given.sites:
            with tempfile.TemporaryDirectory(dir=given.folder or place()) as folder:
                costs = built(count, given.items, Path(folder), address if given.addresses else "")
            first, nothing = (1000 * cost.cpu / count for cost in (costs.first, costs.nothing))
            share = costs.nothing.cpu / count / costs.alone.cpu
            print(f"| {count} | {first:.0f} | {nothing:.1f} | {share:.2f} | {costs.first.peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
