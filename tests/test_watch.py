"""`feeds watch` as a process: what systemd hears, signals, and 200 sites for ten minutes."""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import NOW, item, until
from page_server import running
from test_many import LISTING, Clock, _Busy, addressed, make_site

from feeds.fetch import systemd

pytestmark = pytest.mark.slow


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """What a service manager listens at."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(20)
        yield listening


@pytest.fixture
def process(tmp_path: Path, manager: socket.socket) -> Iterator[subprocess.Popen[str]]:
    """A watch of the sites of a folder, in which there is one."""
    make_site(tmp_path / "sites", "one")
    command = [sys.executable, "-c", "from feeds.__main__ import main; main()", "watch", "--all", "sites"]
    with subprocess.Popen(
        [*command, "-o", "www/{site}", "--every", "1h"],
        cwd=tmp_path,
        env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")},
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        started.kill()


def test_systemd_hears_when_it_is_ready_reloads_and_stops(
    tmp_path: Path, process: subprocess.Popen[str], manager: socket.socket
) -> None:
    assert manager.recv(100) == b"READY=1"
    until((tmp_path / "www/one/atom.xml").exists)
    make_site(tmp_path / "sites", "two")
    (tmp_path / "sites/one/news.txt").write_text(item("6 May, 2017", "Peru sings") + LISTING)
    process.send_signal(signal.SIGHUP)  # which looks now, and not in an hour
    assert manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
    assert manager.recv(100) == b"READY=1"
    until((tmp_path / "www/two/atom.xml").exists)
    until(lambda: "Peru sings" in (tmp_path / "www/one/atom.xml").read_text())
    process.send_signal(signal.SIGTERM)
    assert manager.recv(100) == b"STOPPING=1"
    assert process.wait(20) == 0
    assert process.stderr and process.stderr.read() == ""


def test_a_command_line_that_is_wrong_ends_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from feeds.__main__ import main; main()", "watch"]
    for wrong, told in (
        (("--all", "none"), "has no folder with a feeds.toml"),
        (("--every", "15"), "a time like '15m'"),
    ):
        done = subprocess.run([*command, *wrong], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and told in done.stderr


def test_without_a_service_manager_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    systemd.notify("READY=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    systemd.notify("READY=1")


def test_two_hundred_sites_for_ten_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from feeds.cli.watch import Signals, Watcher

    peaks: list[float] = []

    with running() as server:
        server.has_etags = True
        jobs = addressed(tmp_path / "sites", server, 200, "robots = false\n")
        server.answer = busy = _Busy(LISTING, 0.002)
        signals = Signals()
        clock = Clock(600, signals.stop)

        def wait(seconds: float) -> None:
            clock.wait(seconds)
            gc.collect()
            peaks.append(_memory())

        Watcher(lambda: jobs, 60, signals).run(clock.now, wait)
        asked = len(server.asked)
    assert all((job.output / "atom.xml").exists() for job in jobs)
    assert busy.most <= 2  # [fetch] per_host, over all sites
    assert 200 * 9 <= asked <= 200 * 12  # each about once a minute, and at the start
    middle = len(peaks) // 4
    assert max(peaks[middle:]) < peaks[middle] * 1.1
    assert NOW.timestamp() + 600 <= clock.now()


def _memory() -> float:
    """MB that this process holds now; where nothing tells, at the most so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20
