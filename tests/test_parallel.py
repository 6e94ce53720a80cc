"""Work is spread over processes, in order, and comes to the same; what happens to them happens to nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import NOW, Site
from test_scale import listing

from feeds.pipeline import build, parallel
from feeds.pipeline.parallel import Processes


def double(batch: list[int]) -> list[int]:
    """Stands for the work: pure, and can be pickled."""
    return [2 * one for one in batch]


def fail_at_seven(batch: list[int]) -> list[int]:
    """Work that fails in the middle."""
    if 7 in batch:
        raise ValueError("seven")
    return batch


def die_elsewhere(batch: tuple[int, int]) -> int:
    """Work that kills the process that does it, unless that is the one that asked."""
    parent, number = batch
    if number == 5 and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def batches(count: int) -> Iterator[tuple[int, list[int]]]:
    return ((number, [number, number + 1]) for number in range(count))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are started at once."""
    monkeypatch.setattr(parallel, "_FEW", 1)


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_results_come_in_order_whoever_makes_them() -> None:
    expected = [(number, [2 * number, 2 * number + 2]) for number in range(40)]
    assert list(parallel.map_batches(None, double, batches(40))) == expected
    with ThreadPoolExecutor(3) as executor:
        assert list(parallel.map_batches(executor, double, batches(40))) == expected
    with Processes(2) as processes:
        assert list(parallel.map_batches(processes, double, batches(40))) == expected


@pytest.mark.usefixtures("few")
def test_an_error_comes_where_its_batch_would_have() -> None:
    seen = []
    with Processes(1) as processes, pytest.raises(ValueError, match="seven"):
        for number, _ in parallel.map_batches(processes, fail_at_seven, batches(40)):
            seen.append(number)
    assert seen == list(range(6))


def test_little_work_starts_no_process() -> None:
    with Processes(2) as processes:
        assert len(list(parallel.map_batches(processes, double, batches(parallel._FEW)))) == parallel._FEW
        assert processes._pool is None


@pytest.mark.usefixtures("few")
def test_a_process_that_is_killed_costs_nothing_but_time() -> None:
    work = ((number, (os.getpid(), number)) for number in range(30))
    with Processes(1) as processes:
        assert list(parallel.map_batches(processes, die_elsewhere, work)) == [(number, number) for number in range(30)]


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_what_processes_build_is_what_one_builds(site: Site, tmp_path: Path) -> None:
    site.write("news.txt", listing(400) + "31 February, 2024\n\nNo such day\n\nText.\n")
    alone = site.build()
    (tmp_path / "other").mkdir()
    other = Site(tmp_path / "other")
    other.write("news.txt", (site.folder / "news.txt").read_bytes())
    with ProcessPoolExecutor(2) as executor:
        together = build(other.folder, other.output, now=NOW, executor=executor)
    assert other.files() == site.files()
    assert together.counts == alone.counts
    assert [one.code for one in together.problems] == [one.code for one in alone.problems] == ["bad-date"]


def running(folder: Path) -> list[int]:
    """The processes with that folder in what started them, or whose parent has."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"MARK={folder}".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.slow
# Processes that outlive a build can only be found by their environment, which other systems do not show.
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux, to see who is running")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_a_build_that_is_stopped(site: Site, how: signal.Signals) -> None:
    site.write("news.txt", listing(6000))
    code = "import feeds.pipeline.parallel as s; s._FEW = 1; from feeds.__main__ import main; main()"
    arguments = ["build", str(site.folder), "-o", str(site.output), "-q", "--processes", "2"]
    environment = {**os.environ, "MARK": str(site.folder)}
    command = [sys.executable, "-c", code, *arguments]
    started = subprocess.Popen(
        command, cwd=site.folder, env=environment, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(running(site.folder)) < 3 and started.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if how == signal.SIGTERM:
        time.sleep(2)  # one that is just being started says that nobody is there any more
    assert len(running(site.folder)) >= 3
    os.killpg(started.pid, how) if how == signal.SIGINT else os.kill(started.pid, how)  # Ctrl-C goes to all of them
    _, said = started.communicate(timeout=60)
    assert started.returncode not in (0, None)
    assert b"Traceback" not in said or how == signal.SIGKILL
    while running(site.folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(site.folder) == []
