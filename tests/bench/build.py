"""What a build costs: a first one, one with nothing to do, ten new items; CPU of whole processes, several sizes.

    python tests/bench/build.py [1000 10000 …]      with the `feeds` of the same virtual environment

Ratios to `python -c pass`, taken in the same run. Not part of the tests.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from conftest import CONFIG, item
from test_scale import listing

ROUNDS = 9


def cpu(*command: str) -> float:
    """Seconds of CPU, user and system, of a command that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the figures."""
    feeds = shutil.which("feeds", path=str(Path(sys.executable).parent)) or "feeds"
    for count in [int(one) for one in sys.argv[1:]] or [1000, 10_000]:
        with tempfile.TemporaryDirectory() as folder:
            site, output = Path(folder, "site"), Path(folder, "output")
            site.mkdir()
            (site / "feeds.toml").write_text(CONFIG)
            text = listing(count)
            (site / "news.txt").write_text(text)
            command = (feeds, "build", str(site), "-o", str(output), "-q")
            first = cpu(*command)
            nothing = statistics.median(cpu(*command) for _ in range(ROUNDS))
            bare = statistics.median(cpu(sys.executable, "-c", "pass") for _ in range(ROUNDS))
            new = [item(f"{day} January, 2025", f"Panama holds session A{day}", "Text.") for day in range(10, 0, -1)]
            (site / "news.txt").write_text("".join(new) + text)
            ten = cpu(*command)
        print(
            f"{count:,} items: first build {first:.2f} s; nothing to do {nothing / bare:.1f} times python -c pass "
            f"({bare * 1000:.0f} ms); ten new {ten:.2f} s, {ten / bare:.0f} times, 1/{first / ten:.0f} of the first"
        )


if __name__ == "__main__":
    main()
