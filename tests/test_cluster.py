"""Many sites on a real Dask cluster of three worker processes, one of which is killed in the middle."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import NOW, item, until
from servers import free_port
from test_many import config, make_site

import feeds
from feeds import pipeline
from feeds.history import History
from feeds.model import ConfigError
from feeds.pipeline.sites import Job, Outcome, build_sites, find_sites, make_jobs

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # warnings of the libraries
pytest.importorskip("distributed", reason="needs the extra 'cluster'")

from feeds.deploy import cluster, task  # noqa: E402
from feeds.deploy.cluster import ClusterError, build_on_cluster  # noqa: E402
from feeds.deploy.task import Task  # noqa: E402

SECONDS = 15.0  # that a site may take


class Cluster(NamedTuple):
    """A scheduler, and its workers."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def running_cluster(folder: Path, workers: int = 3, **environment: str) -> Iterator[Cluster]:
    """Yield a cluster of processes of this machine."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    package = str(Path(feeds.__file__).parent.parent)
    settings = {**os.environ, **environment, "PYTHONPATH": package}
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    folder.mkdir()
    with ExitStack() as stack, (folder / "log").open("wb") as log:
        started = []
        for command in ([*scheduler, "--no-dashboard"], *[[*worker, "--no-dashboard"]] * workers):
            process = subprocess.Popen(command, env=settings, cwd=folder, stdout=log, stderr=log)
            stack.enter_context(process)
            stack.callback(process.kill)
            started.append(process)
        yield Cluster(address, started[1:])


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster") / "run") as running:
        yield running


def listing(number: int, items: int = 25) -> str:
    return "".join(
        item(f"{day} May, 2017", f"Honduras holds workshop {day} of {number}") for day in range(items, 0, -1)
    )


def sixty(folder: Path) -> None:
    """Sites, one of which has a wrong configuration, and one a command that does not end."""
    for number in range(60):
        make_site(folder, f"site{number:02}", listing=listing(number))
    (folder / "site07/feeds.toml").write_text("[site\n")
    hanging = '[[sources]]\nname = "news"\ncommand = ["sleep", "600"]\n'
    (folder / "site13/feeds.toml").write_text(config("site13") + hanging)


def published(job: Job) -> dict[str, bytes]:
    return {str(path.relative_to(job.output)): path.read_bytes() for path in job.output.rglob("*") if path.is_file()}


def remembered(job: Job) -> list[str]:
    """What the history of a site says, but for what only the machine knows."""
    with History(job.site / ".history.sqlite3") as history:
        return [line for line in history.export(portable=True) if '"output"' not in line]


def test_sixty_sites_with_a_killed_worker_one_that_fails_and_one_that_hangs(tmp_path: Path) -> None:
    sixty(tmp_path / "there/sites")
    jobs = make_jobs(find_sites(tmp_path / "there/sites"), str(tmp_path / "there/www/{site}"))
    outcomes: dict[str, list[Outcome]] = {}
    with running_cluster(tmp_path / "cluster") as running:
        began = time.monotonic()
        for outcome in build_on_cluster(jobs, running.address, now=NOW, seconds=SECONDS):
            outcomes.setdefault(outcome.job.site.name, []).append(outcome)
            if len(outcomes) == 12:
                running.workers[0].send_signal(signal.SIGKILL)
        assert time.monotonic() - began < 120
    assert len(outcomes) == 60 and all(len(found) == 1 for found in outcomes.values())
    [failed], [hung] = outcomes.pop("site07"), outcomes.pop("site13")
    assert failed.report is None and "[config]" in str(failed.errors[0])
    assert hung.report is None and "took longer than 15 seconds" in str(hung.errors[0])
    # The build of the killed worker may have ended before it knew: then whoever came next had nothing to do.
    wrong = [found for [found] in outcomes.values() if found.errors or (found.report and found.report.status)]
    assert wrong == [] and sum(found.is_up_to_date for [found] in outcomes.values()) <= 1

    sixty(tmp_path / "here/sites")
    alone = [
        job
        for job in make_jobs(find_sites(tmp_path / "here/sites"), str(tmp_path / "here/www/{site}"))
        if job.site.name in outcomes
    ]
    assert all(found.report for found in build_sites(alone, pipeline.build, now=lambda: NOW))
    others = {job.site.name: job for job in jobs}
    for job in alone:
        other = others[job.site.name]
        assert published(job) == published(other)
        stated = [line.replace("/here/", "/there/") for line in remembered(job)]
        assert stated == remembered(other)


def test_what_has_nothing_new_is_only_looked_at(three: Cluster, tmp_path: Path) -> None:
    for number in range(3):
        make_site(tmp_path / "sites", f"site{number}")
    jobs = make_jobs(find_sites(tmp_path / "sites"), str(tmp_path / "www/{site}"))
    first = list(build_on_cluster(jobs, three.address, now=NOW, seconds=SECONDS))
    assert all(found.report and found.report.counts.new == 2 for found in first)
    later = NOW + dt.timedelta(minutes=15)
    assert all(found.is_up_to_date for found in build_on_cluster(jobs, three.address, now=later, seconds=SECONDS))


def test_the_command_tells_of_each_site(three: Cluster, tmp_path: Path) -> None:
    make_site(tmp_path / "sites", "good")
    make_site(tmp_path / "sites", "wrong")
    (tmp_path / "sites/wrong/feeds.toml").write_text("[site\n")
    command = [sys.executable, "-c", "from feeds.__main__ import main; main()", "build", "--all", "sites"]
    options = ["-o", "www/{site}", "--scheduler", three.address, "--json"]
    done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3 and done.stderr.startswith("wrong: ") and "[config]" in done.stderr, done.stderr
    found = {Path(one["site"]).name: one["status"] for one in map(json.loads, done.stdout.splitlines())}
    assert found == {"good": 0, "wrong": 3}
    assert (tmp_path / "www/good/atom.xml").exists()


def test_a_scheduler_that_is_not_there_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECTING", 2)
    with pytest.raises(ClusterError, match="no scheduler answers"):
        list(build_on_cluster([], f"tcp://127.0.0.1:{free_port()}", now=NOW, seconds=1))
    with running_cluster(tmp_path / "cluster", workers=0) as empty:
        monkeypatch.setattr(cluster, "_CONNECTING", 5)
        with pytest.raises(ClusterError, match="has no worker"):
            list(build_on_cluster([], empty.address, now=NOW, seconds=1))


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"pip install 'feeds\[cluster\]'"):
        list(build_on_cluster([], "tcp://127.0.0.1:1", now=NOW, seconds=1))


def test_a_machine_with_another_version_refuses(tmp_path: Path) -> None:
    job = Job(make_site(tmp_path, "site"), tmp_path / "www")
    found = task.run(Task(job, NOW, SECONDS, 0, version="0.0.1"))
    assert "is to be built by version 0.0.1" in str(found.errors[0]) and not job.output.exists()


_LEFT_ALONE = """
import datetime as dt, sys, threading
from pathlib import Path
from feeds.deploy import task
from feeds.pipeline.sites import Job
now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
task.run(task.Task(Job(Path(sys.argv[1]), Path(sys.argv[2])), now, 60, 0))
"""


def test_a_build_ends_with_the_worker_that_wanted_it(tmp_path: Path) -> None:
    marked = f'[[sources]]\nname = "a"\ncommand = ["sh", "-c", "echo $$ > {tmp_path}/pid; exec sleep 600"]\n'
    site = make_site(tmp_path, "site", marked)
    with subprocess.Popen([sys.executable, "-c", _LEFT_ALONE, str(site), str(tmp_path / "www")]) as worker:
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
        worker.kill()
    sleeping = int((tmp_path / "pid").read_text())
    until(lambda: not _is_asleep(sleeping))  # else it goes on for nobody, and the site is locked


def _is_asleep(process: int) -> bool:
    try:
        return "sleep" in Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return False


# --- with histories in object storage ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("s3")
def test_two_schedulers_at_once_with_histories_in_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from feeds.deploy.objects import StoredObject

    def sites(folder: Path) -> list[Job]:
        for number in range(6):
            name = f"site{number}"
            site = make_site(folder / "sites", name, listing=listing(number))
            stated = f'[history]\nurl = "s3://bucket/{name}.sqlite3"\n[publish]\nupload = "s3://bucket/{name}"\n'
            (site / "feeds.toml").write_text(config(name) + stated)
        return make_jobs(find_sites(folder / "sites"), str(folder / "www/{site}"))

    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    found: dict[str, list[Outcome]] = {}
    with ExitStack() as stack:
        both = {
            name: (
                sites(tmp_path / name),
                stack.enter_context(running_cluster(tmp_path / f"c{name}", 2, **environment)),
            )
            for name in ("a", "b")
        }

        def build(name: str) -> None:
            jobs, running = both[name]
            found[name] = list(build_on_cluster(jobs, running.address, now=NOW, seconds=60, wait=0))

        threads = [threading.Thread(target=build, args=(name,)) for name in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = [str(error) for outcomes in found.values() for outcome in outcomes for error in outcome.errors]
        assert all("another machine" in error and "[locked]" in error for error in told), told
        new = sum(one.report.counts.new for outcomes in found.values() for one in outcomes if one.report)
        assert new == 6 * 25  # each item was new to one of the two, and to no other
        for name in both:  # and whoever lost goes on from there
            again = build_on_cluster(both[name][0], both[name][1].address, now=NOW, seconds=60)
            assert all(one.report is None or one.report.counts.new == 0 for one in again)
    for first, second in zip(both["a"][0], both["b"][0], strict=True):
        assert published(first) == published(second)
        stored = StoredObject(f"s3://bucket/{first.site.name}/atom.xml").get()
        assert stored and stored.data == (first.output / "atom.xml").read_bytes()
        assert stored.data.count(b"<entry>") == 25
