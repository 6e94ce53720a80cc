"""Many sites in one process: none that fails ends another, and no host is asked too much."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import NOW, Run, item
from page_server import PageServer, running

from feeds import pipeline
from feeds.cli import main
from feeds.model import ConfigError
from feeds.pipeline import sites
from feeds.pipeline.report import Report
from feeds.pipeline.sites import Job, build_sites, find_sites, make_jobs

LISTING = item("5 May, 2017", "Panama trains staff") + item("4 May, 2017", "Honduras holds a workshop")


def config(name: str, *more: str) -> str:
    stated = (
        f'[site]\ntitle = "{name}"\nbase_url = "https://{name}.example/"\nauthority = "{name}.example"\nyear = 2020\n'
    )
    return stated + "".join(more)


def make_site(folder: Path, name: str, *more: str, listing: str = LISTING) -> Path:
    site = folder / name
    site.mkdir(parents=True)
    (site / "feeds.toml").write_text(config(name, *more))
    if not more:
        (site / "news.txt").write_text(listing)
    return site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sites."""
    for name in ("alpha", "beta", "gamma"):
        make_site(tmp_path / "sites", name)
    return tmp_path / "sites"


def test_each_site_of_a_folder_is_published_into_its_own_output(folder: Path, tmp_path: Path, feeds: Run) -> None:
    (folder / "no site").mkdir()
    (folder / "file.txt").write_text("")
    done = feeds("build", "--all", folder, "-o", "www/{site}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(path.name for path in (tmp_path / "www").iterdir()) == ["alpha", "beta", "gamma"]
    assert "<title>beta</title>" in (tmp_path / "www/beta/atom.xml").read_text()
    alone = feeds("build", folder / "beta", "-o", "alone")
    assert "was published into" not in alone.stderr
    same = {path.name: path.read_bytes() for path in (tmp_path / "alone").glob("*.xml")}
    assert same and all((tmp_path / "www/beta" / name).read_bytes() == data for name, data in same.items())


@pytest.mark.slow
def test_a_site_that_fails_ends_no_other(folder: Path, tmp_path: Path, feeds: Run) -> None:
    (folder / "alpha/feeds.toml").write_text("[site\n")
    (folder / "beta/news.txt").write_text("31 February, 2017\n\nNo such day\n\nText\n\n" + LISTING)
    done = feeds("build", "--all", folder, "-o", "www/{site}")
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert lines[0].startswith("alpha: ") and "[config]" in lines[0]
    assert lines[1].startswith("beta: ") and "[bad-date]" in lines[1]
    assert (tmp_path / "www/beta/atom.xml").exists() and (tmp_path / "www/gamma/atom.xml").exists()
    (folder / "alpha/feeds.toml").write_text(config("alpha"))
    assert feeds("build", "--all", folder, "-o", "www/{site}").returncode == 0  # what is known of beta is no news
    assert feeds("build", "--all", folder, "-o", "www/{site}", "--strict").returncode == 1


@pytest.mark.parametrize("error", [ValueError("a bug"), OSError(28, "No space left on device"), RecursionError()])
def test_whatever_is_wrong_with_a_site_is_its_own_problem(folder: Path, tmp_path: Path, error: Exception) -> None:
    def build(site: Path, output: Path, **more: Any) -> Report:
        if site.name == "beta":
            raise error
        return pipeline.build(site, output, **more)

    jobs = make_jobs(find_sites(folder), str(tmp_path / "www/{site}"))
    alpha, beta, gamma = build_sites(jobs, build, now=lambda: NOW)
    assert alpha.report and gamma.report and beta.report is None
    assert str(beta.errors[0]).startswith(str(folder / "beta")) and "[publish]" in str(beta.errors[0])


@pytest.mark.slow
def test_one_that_is_locked_is_told_apart(folder: Path, tmp_path: Path, feeds: Run) -> None:
    from feeds.publish import lock

    with lock(folder / "beta"):
        done = feeds("build", folder / "alpha", folder / "beta", "-o", "www/{site}")
    assert done.returncode == 75 and done.stderr.startswith("beta: ") and "[locked]" in done.stderr
    assert (tmp_path / "www/alpha/atom.xml").exists()


@pytest.mark.slow
def test_json_has_a_line_for_each_site(folder: Path, feeds: Run) -> None:
    (folder / "alpha/feeds.toml").write_text("[site\n")
    feeds("build", folder / "gamma", "-o", "www/{site}")
    done = feeds("build", "--all", folder, "-o", "www/{site}", "--json")
    alpha, beta, gamma = map(json.loads, done.stdout.splitlines())
    assert (alpha["status"], len(alpha["errors"]), alpha["up_to_date"]) == (3, 1, False)
    assert (beta["status"], beta["counts"]["new"], beta["errors"]) == (0, 2, [])
    assert (gamma["status"], gamma["up_to_date"], gamma["site"]) == (0, True, str(folder / "gamma"))


@pytest.mark.slow
def test_several_sites_need_an_output_each(folder: Path, feeds: Run) -> None:
    done = feeds("build", folder / "alpha", folder / "beta", "-o", "www")
    assert done.returncode == 2 and "write -o '/srv/www/{site}'" in done.stderr
    other = folder.parent / "others"
    make_site(other, "alpha")
    done = feeds("build", folder / "alpha", other / "alpha", "-o", "www/{site}")
    assert done.returncode == 2 and "has the same name as" in done.stderr
    assert not (folder.parent / "www").exists()


@pytest.mark.slow
def test_what_is_for_one_site_is_refused_for_several(folder: Path, feeds: Run) -> None:
    for option in (("--dry-run",), ("--allow", "flood:news")):
        done = feeds("build", "--all", folder, "-o", "www/{site}", *option)
        assert done.returncode == 2 and "for one site" in done.stderr


def test_a_folder_without_sites_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no folder with a feeds"):
        find_sites(tmp_path)


def test_the_same_site_named_twice_is_built_once(folder: Path) -> None:
    assert make_jobs([folder / "beta", folder / "beta"], "www") == [Job(folder / "beta", Path("www"))]
    (folder / "aaa").symlink_to("beta")
    (folder / "away").symlink_to("/nowhere")
    outside = make_site(folder.parent / "elsewhere", "one")
    (folder / "linked").symlink_to(outside)
    jobs = make_jobs(find_sites(folder), "www/{site}")
    assert [job.output.name for job in jobs] == ["alpha", "beta", "gamma", "linked"]


@pytest.mark.slow
def test_names_of_folders_may_be_anything(tmp_path: Path, feeds: Run) -> None:
    for name in ("a b", "é", "-x", "{site}"):
        make_site(tmp_path / "sites", name)
        (tmp_path / "sites" / name / "feeds.toml").write_text(config("one"))
    assert feeds("build", "--all", "sites", "-o", "www/{site}/feeds").returncode == 0
    assert {path.parent.parent.name for path in (tmp_path / "www").glob("*/*/atom.xml")} == {"a b", "é", "-x", "{site}"}


# --- addresses --------------------------------------------------------------------------------------------------------


class _Busy:
    """Counts how many requests a server has at a time."""

    def __init__(self, listing: str, seconds: float) -> None:
        self._listing, self._seconds, self._lock = listing, seconds, threading.Lock()
        self.now = self.most = 0

    def __call__(self, path: str) -> str | int:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self._seconds)
        with self._lock:
            self.now -= 1
        return 404 if path == "/robots.txt" else self._listing


@pytest.fixture
def server() -> Iterator[PageServer]:
    with running() as made:
        made.has_etags = True
        yield made


def addressed(folder: Path, server: PageServer, count: int, *more: str) -> list[Job]:
    """Sites, each with a source at an address of that server."""
    for number in range(count):
        source = f'[[sources]]\nname = "news"\nurl = "{server.url}/{number}"\nprivate = true\n'
        make_site(folder, f"site{number:03}", source, *more)
    return make_jobs(find_sites(folder), str(folder.parent / "www/{site}"))


def test_a_host_that_many_sites_read_has_no_more_requests_at_a_time_than_it_is_to_have(
    tmp_path: Path, server: PageServer
) -> None:
    jobs = addressed(tmp_path / "sites", server, 6)
    server.answer = lambda path: 404 if path == "/robots.txt" else LISTING
    assert all(
        outcome.report and not outcome.report.problems for outcome in build_sites(jobs, pipeline.build, now=lambda: NOW)
    )
    busy, server.asked = _Busy(LISTING, 0.1), []
    server.answer = busy
    assert all(outcome.is_up_to_date for outcome in build_sites(jobs, pipeline.build, now=lambda: NOW))
    assert sorted(server.asked) == sorted(f"/{number}" for number in range(6))
    assert busy.most <= 2  # [fetch] per_host


def test_only_sites_with_news_are_built_and_nothing_is_asked_twice(tmp_path: Path, server: PageServer) -> None:
    jobs = addressed(tmp_path / "sites", server, 4)
    server.answer = lambda path: 404 if path == "/robots.txt" else LISTING
    list(build_sites(jobs, pipeline.build, now=lambda: NOW))
    newer = item("6 May, 2017", "Peru sings") + LISTING
    server.asked, server.answer = [], lambda path: newer if path == "/2" else LISTING
    outcomes = list(build_sites(jobs, pipeline.build, now=lambda: NOW))
    assert [outcome.is_up_to_date for outcome in outcomes] == [True, True, False, True]
    assert outcomes[2].report and outcomes[2].report.counts.new == 1
    assert Counter(server.asked) == {f"/{number}": 1 for number in range(4)}


def test_a_server_that_does_not_answer_fails_its_own_sites_alone(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.pipeline.downloads._TRIES", 1)
    jobs = addressed(tmp_path / "sites", server, 3)
    server.answer = lambda path: 404 if path == "/robots.txt" else LISTING
    list(build_sites(jobs, pipeline.build, now=lambda: NOW))
    server.answer = lambda path: 503 if path == "/1" else LISTING
    first, second, third = build_sites(jobs, pipeline.build, now=lambda: NOW)
    assert first.is_up_to_date and third.is_up_to_date
    assert second.report and [problem.code for problem in second.report.problems] == ["status"]


# --- a process that goes on -------------------------------------------------------------------------------------------


class Clock:
    """A time that goes on when it is waited for; a test asks to stop at its end."""

    def __init__(self, seconds: float, stop: Callable[[], None]) -> None:
        self.time, self._end, self._stop = NOW.timestamp(), NOW.timestamp() + seconds, stop

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds
        if self.time >= self._end:
            self._stop()


def watched(jobs: list[Job], seconds: float, every: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """When which site was looked at, in seconds from the beginning."""
    from feeds.cli.watch import Signals, Watcher

    looked: list[tuple[float, str]] = []
    real = sites.build_sites

    def build(jobs: list[Job], how: sites.Build, *, now: Callable[[], dt.datetime]) -> Iterator[sites.Outcome]:
        looked.extend((now().timestamp() - NOW.timestamp(), job.site.name) for job in jobs)
        return real(jobs, how, now=now)

    monkeypatch.setattr(sites, "build_sites", build)
    signals = Signals()
    clock = Clock(seconds, signals.stop)
    Watcher(lambda: jobs, every, signals).run(clock.now, clock.wait)
    return looked


def test_each_site_has_a_moment_of_its_own_within_the_time(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = addressed(tmp_path / "sites", server, 8, "robots = false\n")
    server.answer = lambda path: LISTING
    looked = watched(jobs, 3600, 600, monkeypatch)
    assert [name for at, name in looked[:8]] == [job.site.name for job in jobs]  # at the start all
    later = [(at, name) for at, name in looked if at > 1]
    turns = Counter(name for at, name in later)
    assert set(turns.values()) <= {5, 6} and len(turns) == 8
    assert len({round(at) for at, name in later}) > 30  # and not all at once
    for name in turns:
        moments = [at for at, other in later if other == name]
        assert all(abs(b - a - 600) < 70 for a, b in itertools.pairwise(moments))


def test_a_source_may_want_to_be_asked_more_or_less_often(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = addressed(tmp_path / "often/sites", server, 1, 'robots = false\nevery = "2m"\n')
    server.answer = lambda path: LISTING
    watched(jobs, 1200, 600, monkeypatch)
    assert 10 <= len(server.asked) <= 12
    monkeypatch.undo()
    jobs, server.asked = addressed(tmp_path / "seldom/sites", server, 1, 'robots = false\nevery = "6h"\n'), []
    watched(jobs, 24 * 3600, 3600, monkeypatch)
    assert 4 <= len(server.asked) <= 6


def test_a_new_site_and_a_changed_one_are_looked_at_within_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feeds.pipeline.schedule import Schedule

    one, two = (Job(make_site(tmp_path / "sites", name), tmp_path / "www" / name) for name in ("one", "two"))
    schedule = Schedule(every := 10**8)  # neither has its own moment by chance
    schedule.update([one], 1000)
    assert schedule.due(1000) == [one] and schedule.due(1001) == []
    schedule.update([one, two], 1060)
    assert schedule.due(1060) == [two]
    (one.site / "feeds.toml").write_text(config("one") + "# another\n")
    schedule.update([one, two], 1120)
    assert schedule.due(1120) == [one]
    schedule.update([two], 1180)
    assert 1180 < schedule.next() <= 1180 + every
    schedule.make_all_due()
    assert schedule.due(1181) == [two]
    schedule.update([], 1200)
    assert schedule.next() == float("inf")


def test_what_keeps_a_site_from_being_built_is_told_once_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = make_site(tmp_path / "sites", "one")
    (site / "feeds.toml").write_text("[site\n")
    watched([Job(site, tmp_path / "www")], 3 * 24 * 3600 - 60, 600, monkeypatch)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3 and all(line.startswith("one: ") and "[config]" in line for line in told)


# --- how they are -----------------------------------------------------------------------------------------------------


def status(*arguments: object) -> tuple[int, str]:
    """The exit code of `feeds status` and what it prints."""
    done = CliRunner().invoke(main, ["status", *map(str, arguments)])
    return done.exit_code, done.output


def test_the_status_of_many_sites_names_those_with_something_wrong(folder: Path, tmp_path: Path) -> None:
    jobs = make_jobs(find_sites(folder), str(tmp_path / "www/{site}"))
    list(build_sites(jobs, pipeline.build, now=lambda: NOW))
    assert status("--all", folder) == (0, "3 sites: 0 with something wrong\n")
    (folder / "beta/feeds.toml").write_text(config("beta") + '[[sources]]\nname = "none"\npath = "none/*.txt"\n')
    list(build_sites(jobs, pipeline.build, now=lambda: NOW))
    (folder / "gamma/feeds.toml").write_text("[site\n")
    code, shown = status("--all", folder)
    assert code == 1 and "beta:\nnone" in shown and "[config]" in shown and "alpha" not in shown
    assert shown.endswith("3 sites: 2 with something wrong\n")
    code, shown = status(folder / "alpha", folder / "beta", "--json")
    assert code == 1 and [json.loads(line)["ok"] for line in shown.splitlines()] == [True, False]
