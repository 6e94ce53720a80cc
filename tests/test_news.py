"""Cron's mail is news: a problem is told when it is new, once a day while it goes on, and once when it has ended."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from conftest import CONFIG, NOW, Run, Site, item
from page_server import running

from feeds.model import Origin, Problem
from feeds.pipeline.news import DAY, Known, compare
from feeds.pipeline.status import site_status

LISTING = item("6 June, 2017", "Panama trains staff") + item("5 June, 2017", "Chile opens office")
BAD = Problem(Origin("news", "news.txt", 3), "bad-date", "date '31 June' does not exist")
HOUR = 3600


def told(times: list[tuple[int, list[Problem]]]) -> list[tuple[int, int, int]]:
    """(time, problems told, problems ended) of runs that have something to tell."""
    before: dict[str, Known] = {}
    found = []
    for now, problems in times:
        news = compare(before, problems, now)
        before = news.after
        if news.told or news.ended:
            found.append((now, len(news.told), len(news.ended)))
    return found


def test_a_problem_is_told_once_a_day_and_its_end_once() -> None:
    runs = [(hour * HOUR, [BAD] if hour < 50 else []) for hour in range(100)]
    assert told(runs) == [(0, 1, 0), (24 * HOUR, 1, 0), (48 * HOUR, 1, 0), (50 * HOUR, 0, 1)]


def test_what_comes_and_goes_is_told_once_a_day() -> None:
    runs = [(hour * HOUR, [BAD] if hour % 2 else []) for hour in range(24 * 10)]
    days = Counter(now // DAY for now, _, _ in told(runs))
    assert max(days.values()) <= 2  # once that it is there, once that it is gone


def test_another_line_and_another_number_are_the_same_problem_and_one_more_is_news() -> None:
    moved = BAD._replace(origin=BAD.origin._replace(line=9))
    slower = Problem(Origin("news", "", 0), "overdue", "nothing new for 12 days")
    later = slower._replace(message="nothing new for 13 days")
    assert told([(0, [BAD, slower]), (HOUR, [moved, later])]) == [(0, 2, 0)]
    assert told([(0, [BAD]), (HOUR, [BAD, moved])]) == [(0, 1, 0), (HOUR, 2, 0)]


def test_an_item_that_waits_for_its_day_is_told_once() -> None:
    waiting = BAD._replace(code="future-date", severity="warning")
    assert told([(hour * HOUR, [waiting] if hour < 60 else []) for hour in range(90)]) == [(0, 1, 0)]


@pytest.mark.slow
def test_ninety_days_of_cron(site: Site) -> None:
    """A dead host for ten days, and a wrong date that stands for five: few messages, and each of them is news."""
    with running() as server:
        listing = {"text": LISTING}
        server.answer = lambda path: listing["text"] if path == "/news" and listing["text"] else 503
        config = CONFIG.split("[[sources]]")[0] + f'[[sources]]\nname = "news"\nurl = "{server.url}/news"\n'
        site.write("feeds.toml", config + 'kind = "listing"\nrobots = false\nprivate = true\n')
        messages: list[tuple[int, list[str]]] = []
        for hour in range(0, 90 * 24, 6):
            day = hour // 24
            listing["text"] = "" if 20 <= day < 30 else LISTING
            if day >= 40:
                listing["text"] = item("31 June, 2017", "Peru plants trees") * (day < 45) + LISTING
            report = site.build(now=NOW + dt.timedelta(hours=hour))
            assert report.told is not None
            said = [str(problem) for problem in report.told] + [f"ended: {one}" for one in report.ended]
            if said:
                messages.append((hour, said))
            assert (report.news_status != 0) == any(one.severity == "error" for one in report.told)
    days = Counter(hour // 24 for hour, _ in messages)
    assert max(days.values()) <= 2
    assert set(days) == {*range(20, 31), *range(40, 46)}
    assert [hour // 24 for hour, said in messages if said[0].startswith("ended")] == [30, 45]
    assert len(messages) == 17


@pytest.mark.slow
def test_the_command_is_quiet_about_what_is_known_and_strict_is_not(feeds: Run, site: Site) -> None:
    site.write("news.txt", item("31 June, 2017", "Peru plants trees") + LISTING)
    first = feeds("build", site.folder, "-o", site.output, "--quiet")
    assert (first.returncode, first.stderr.count("\n")) == (1, 1)
    again = feeds("build", site.folder, "-o", site.output, "--quiet")
    assert (again.returncode, again.stderr) == (0, "")
    strict = feeds("build", site.folder, "-o", site.output, "--quiet", "--strict")
    assert (strict.returncode, strict.stderr) == (1, first.stderr)
    report = json.loads(feeds("build", site.folder, "-o", site.output, "--json").stdout)
    assert (len(report["problems"]), report["told"], report["ongoing"]) == (1, [], 1)
    site.write("news.txt", LISTING)
    ended = feeds("build", site.folder, "-o", site.output, "--quiet")
    assert (ended.returncode, ended.stderr) == (0, f"ended: {first.stderr}")


def test_status_says_what_is_wrong_since_when(feeds: Run, site: Site) -> None:
    nothing = feeds("status", site.folder)
    assert (nothing.returncode, "nothing was published from here yet" in nothing.stderr) == (2, True)
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "news"\nexpect_days = 10\n')
    site.write("news.txt", LISTING)
    site.build()
    fine = feeds("status", site.folder)
    assert fine.returncode == 0, fine.stderr
    assert fine.stdout.startswith(f"news  ok       newest {NOW:%Y-%m-%d}, next expected by")
    site.write("news.txt", item("31 June, 2017", "Peru plants trees") + LISTING)
    site.build(now=NOW + dt.timedelta(hours=1))
    site.build(now=NOW + dt.timedelta(hours=2))
    wrong = feeds("status", site.folder, "--json")
    found = json.loads(wrong.stdout)
    assert (wrong.returncode, found["ok"]) == (1, False)
    [source] = found["sources"]
    assert (source["state"], source["since"]) == ("failing", f"{NOW + dt.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")
    assert "[impossible-date]" in source["problems"][0] or "31 June" in source["problems"][0]


def test_a_source_that_is_held_is_said_to_be(site: Site) -> None:
    site.write("news.txt", "".join(item(f"{day} May, 2017", f"Number {day}") for day in range(20, 0, -1)))
    site.build()
    site.write("news.txt", LISTING)
    report = site.build(now=NOW + dt.timedelta(hours=1))
    assert report.news_status == 3
    [source] = site_status(site.folder).sources
    assert source.state == "held"
    assert site.build(now=NOW + dt.timedelta(hours=2)).news_status == 0


def test_status_of_no_folder(feeds: Run, tmp_path: Path) -> None:
    assert feeds("status", tmp_path / "gone").returncode == 2


class Hook(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    posted: ClassVar[list[dict[str, str]]] = []

    def do_POST(self) -> None:
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.slow
def test_somebody_is_told_after_three_runs_that_fail_and_when_it_has_ended(feeds: Run, site: Site) -> None:
    tools = site.folder / "bin"
    tools.mkdir()
    (tools / "sendmail").write_text(f'#!/bin/sh\n{{ echo "$@"; cat; }} >> {site.folder}/mail\n')
    (tools / "sendmail").chmod(0o755)
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as hook:
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{hook.server_port}/hook"
        ways = 'mailto = "web@example.org"\ncommand = ["sh", "-c", "cat >> said"]\nwebhook = "$HOOK"\n'
        site.write("feeds.toml", f"{CONFIG}\n[alert]\n{ways}")
        site.write("news.txt", item("31 June, 2017", "Peru plants trees") + LISTING)

        def run(hour: int, hook_at: str = address) -> str:
            now = (NOW + dt.timedelta(hours=hour)).isoformat()
            path = f"{tools}:{os.environ['PATH']}"
            return feeds("build", site.folder, "-o", site.output, "--now", now, HOOK=hook_at, PATH=path).stderr

        said = site.folder / "said"
        run(0)
        run(1)
        assert not said.exists()
        run(2)
        first = said.read_text()
        assert first.startswith(f"Example news ({site.folder}):\n\n")
        assert "31 June" in first
        run(3)
        assert said.read_text() == first
        run(25)
        assert said.read_text() == first * 2  # once a day
        site.write("news.txt", LISTING)
        run(26)
        assert "ended: " in said.read_text()[len(first) * 2 :]
        assert [one["text"] for one in Hook.posted] == [first, first, said.read_text()[len(first) * 2 :]]
        mail = (site.folder / "mail").read_text()
        assert mail.startswith("-t -oi\nTo: web@example.org\nSubject: Example news: 1 problem with its feeds\n")
        assert mail.count("Auto-Submitted: auto-generated") == 3
        site.write("news.txt", item("31 April, 2017", "Chile plants trees") + LISTING)
        for hour in (50, 51):
            run(hour)
        assert "[alert] webhook: error: answered 404 [alert]" in run(52, address.replace("hook", "gone"))
        hook.shutdown()


@pytest.mark.slow
def test_without_an_alert_nobody_is_told(feeds: Run, site: Site) -> None:
    site.write("news.txt", item("31 June, 2017", "Peru plants trees") + LISTING)
    for hour in range(4):
        now = (NOW + dt.timedelta(hours=hour)).isoformat()
        done = feeds("build", site.folder, "-o", site.output, "--now", now)
    assert (done.returncode, done.stderr) == (0, "")


def test_status_json_is_for_monitors_and_names_no_paths(site: Site) -> None:
    site.write("feeds.toml", f"{CONFIG}\n[status]\npublish = true\n")
    site.write("news.txt", LISTING)
    site.build()
    path = site.output / "status.json"
    good = json.loads(path.read_text())
    assert good["ok"] is True
    assert good["sources"] == [
        {"name": "news", "state": "ok", "newest": "2026-11-21T12:00:00Z", "since": None, "expected": None}
    ]
    before = path.stat().st_mtime_ns
    site.build(now=NOW + dt.timedelta(hours=1))
    assert path.stat().st_mtime_ns == before  # nothing is new
    (site.folder / "news.txt").unlink()
    site.build(now=NOW + dt.timedelta(hours=2))
    bad = json.loads(path.read_text())
    assert (bad["ok"], bad["sources"][0]["state"]) == (False, "failing")
    assert "news.txt" not in path.read_text()
