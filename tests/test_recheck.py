"""Servers are asked whether something changed before the program is loaded, and what they answer is not asked twice."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from conftest import CONFIG, NOW, Site, item
from page_server import PageServer, running

from feeds import __main__ as door
from feeds.fetch import recheck, web
from feeds.fetch.web import Access, Answer
from feeds.model import ConfigError

LISTING = item("5 May, 2017", "Panama trains staff") + item("4 May, 2017", "Honduras holds a workshop")
NEWER = item("6 May, 2017", "Peru sings") + LISTING
HOUR = 3600


@pytest.fixture
def server() -> Iterator[PageServer]:
    with running() as made:
        made.has_etags = True
        made.answer = {"/a": LISTING, "/robots.txt": "User-agent: *\nDisallow: /none"}.get
        yield made


def configure(site: Site, server: PageServer, *lines: str, path: str = "/a") -> None:
    stated = "\n".join((f'url = "{server.url}{path}"', "private = true", *lines))
    site.write("feeds.toml", f'{CONFIG}\n[[sources]]\nname = "a"\n{stated}\n')


@pytest.fixture
def run(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Run the command as cron does; return True if more of the program was needed than what asks again."""

    def called(after: float = 0, status: int = 0) -> bool:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp() + after)))
        monkeypatch.setattr(sys, "argv", ["feeds", "build", str(site.folder), "-o", str(site.output), "-q"])
        try:
            door.main()
        except SystemExit as ended:
            assert ended.code == status
            return True
        return False

    return called


def test_a_server_that_says_304_ends_the_run(site: Site, server: PageServer, run: Callable[..., bool]) -> None:
    configure(site, server)
    assert run()
    before, server.asked = site.stamps(), []
    assert not run()
    assert server.asked == ["/a"] and site.stamps() == before


def test_a_server_without_validators_that_sends_the_same_bytes_ends_it_too(
    site: Site, server: PageServer, run: Callable[..., bool]
) -> None:
    server.has_etags = False
    configure(site, server)
    assert run() and not run()


def test_what_changed_is_published_and_was_asked_for_once(
    site: Site, server: PageServer, run: Callable[..., bool]
) -> None:
    configure(site, server)
    assert run()
    server.asked, server.answer = [], {"/a": NEWER}.get
    assert run()
    assert server.asked == ["/a"] and "Peru sings" in (site.output / "atom.xml").read_text()
    assert not run()


def test_a_server_that_fails_is_asked_once_and_reported(
    site: Site, server: PageServer, run: Callable[..., bool], capsys: pytest.CaptureFixture[str]
) -> None:
    configure(site, server)
    assert run()
    server.asked, server.answer = [], {"/a": 404}.get
    assert run(status=1)
    assert server.asked == ["/a"] and "[status]" in capsys.readouterr().err
    assert run(HOUR)  # while it fails, each run sees to it
    server.answer = {"/a": LISTING}.get
    assert run(2 * HOUR) and not run(3 * HOUR)


def test_an_answer_of_nothing_is_no_news(
    site: Site, server: PageServer, run: Callable[..., bool], capsys: pytest.CaptureFixture[str]
) -> None:
    configure(site, server)
    assert run()
    server.answer = {"/a": " \n"}.get
    assert run(status=1)
    assert "[no-items]" in capsys.readouterr().err and "Panama" in (site.output / "atom.xml").read_text()


def test_robots_are_asked_again_after_a_day(site: Site, server: PageServer, run: Callable[..., bool]) -> None:
    configure(site, server)
    assert run() and not run(23 * HOUR)
    server.asked = []
    assert run(25 * HOUR)
    assert server.asked == ["/robots.txt", "/a"]
    server.answer = {"/a": NEWER, "/robots.txt": "User-agent: *\nDisallow: /"}.get
    assert run(26 * HOUR) and "Peru sings" in (site.output / "atom.xml").read_text()
    assert run(52 * HOUR, status=1)


def test_what_a_changed_feeds_toml_asks_is_asked_by_the_build(
    site: Site, server: PageServer, run: Callable[..., bool]
) -> None:
    configure(site, server)
    assert run()
    server.answer = {"/b": NEWER}.get
    configure(site, server, path="/b")
    assert run() and "Peru sings" in (site.output / "atom.xml").read_text()


def test_an_item_that_waits_for_its_day_is_read_when_that_comes(
    site: Site, server: PageServer, run: Callable[..., bool]
) -> None:
    server.answer = {"/a": item("22 November, 2026", "Tomorrow") + LISTING}.get
    configure(site, server, "robots = false")
    assert run()
    assert "Tomorrow" not in (site.output / "atom.xml").read_text()
    run(24 * HOUR)
    assert "Tomorrow" in (site.output / "atom.xml").read_text()


def test_a_page_that_is_followed_by_others_is_asked_alone(
    site: Site, server: PageServer, run: Callable[..., bool]
) -> None:
    configure(site, server, "pages = 3")
    assert run() and not run()


def test_a_secret_of_feeds_toml_is_not_written_into_the_history(
    site: Site, server: PageServer, run: Callable[..., bool]
) -> None:
    configure(site, server, 'headers = { "X-Key" = "very-secret" }')
    assert run() and run()
    assert b"very-secret" not in (site.folder / ".history.sqlite3").read_bytes()


def test_a_secret_of_the_environment_is_sent_again(
    site: Site, server: PageServer, run: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWS_KEY", "very-secret")
    configure(site, server, 'headers = { "X-Key" = "$NEWS_KEY" }')
    assert run() and not run()
    monkeypatch.delenv("NEWS_KEY")
    assert run(status=1)  # it says that there is none


def test_an_address_in_a_private_network_is_refused_as_in_a_build(server: PageServer) -> None:
    how = recheck.question(f"{server.url}/a", Access(private=False), per_host=1, most=100, seconds=5, tries=1)
    refused = recheck.ask([("a", how, "")])["a"]
    assert not isinstance(refused, Answer) and refused.code == "private-address"
    assert server.asked == []


def test_each_host_has_as_few_requests_at_a_time_as_any_source_wants(
    server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: list[list[int]] = []
    monkeypatch.setattr(recheck, "run_in_threads", lambda *_, lanes, threads: lanes_of(lanes))

    def lanes_of(found: list[list[int]]) -> list[None]:
        lanes.extend(found)
        return [None] * 4

    asked = [
        (name, recheck.question(address, Access(), per_host=width, most=1, seconds=1, tries=1), "")
        for name, address, width in (
            ("a", "http://one.example/1", 2),
            ("b", "http://one.example/2", 1),
            ("c", "http://two.example/1", 2),
            ("d", "http://TWO.example/2", 2),
        )
    ]
    assert recheck.ask(asked) == {}
    assert sorted(lanes) == [[0, 1], [2], [3]]


def test_a_failure_of_this_program_is_left_to_the_build(
    site: Site, server: PageServer, run: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(site, server)
    assert run()
    failing = iter([ValueError("a bug")])
    real = web.get

    def get(*arguments: object, **more: object) -> Answer:
        for error in failing:
            raise error
        return real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(recheck, "get", get)
    assert run()  # and asks by itself


def test_a_plan_that_cannot_be_read_is_no_plan(site: Site, server: PageServer, run: Callable[..., bool]) -> None:
    configure(site, server)
    assert run()
    with sqlite3.connect(site.folder / ".history.sqlite3") as history:
        history.execute("UPDATE state SET value = replace(value, '{', '[') WHERE key = 'plan'")
    history.close()
    assert run() and not run()


def test_an_interrupt_ends_it_without_a_traceback(
    site: Site, server: PageServer, run: Callable[..., bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(site, server)
    assert run()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recheck, "ask", interrupted)
    assert run(status=130)


def test_little_is_loaded_to_ask(site: Site, server: PageServer, run: Callable[..., bool]) -> None:
    configure(site, server)
    assert run()
    code = (
        "import sys; sys.argv = sys.argv[1:]; import feeds.__main__; feeds.__main__.main(); "
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "feeds", "build", str(site.folder), "-o", str(site.output)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=site.folder)
    loaded = set(json.loads(done.stdout))
    assert {name for name in loaded if name.startswith("feeds.")} == {
        "feeds.__main__",
        "feeds.fetch",
        "feeds.fetch.credentials",
        "feeds.fetch.lanes",
        "feeds.fetch.recheck",
        "feeds.fetch.robots",
        "feeds.fetch.transport",
        "feeds.fetch.web",
        "feeds.model",
        "feeds.noop",
    }
    assert not loaded & {"click", "lxml", "jinja2", "protego", "httpx"}


def test_what_is_asked_again_is_stated_in_the_history_alone(
    site: Site, server: PageServer, run: Callable[..., bool]
) -> None:
    configure(site, server)
    assert run()
    history = sqlite3.connect(site.folder / ".history.sqlite3")
    [[plan]] = history.execute("SELECT value FROM state WHERE key = 'plan'")
    [line] = [line for line in plan.split("\n") if line.startswith("address\t")]
    _, name, how = line.split("\t")
    assert name == "a" and json.loads(how)["address"] == f"{server.url}/a"


# --- every = "6h" -----------------------------------------------------------------------------------------------------


def test_an_address_is_left_alone_until_its_time(site: Site, server: PageServer, run: Callable[..., bool]) -> None:
    configure(site, server, 'every = "6h"', "robots = false")
    assert run()
    server.asked, server.answer = [], {"/a": NEWER}.get
    assert not run(HOUR) and not run(5 * HOUR)
    assert server.asked == []
    assert run(5.5 * HOUR)  # a tenth of it before: cron does not start to the second
    assert server.asked == ["/a"] and "Peru sings" in (site.output / "atom.xml").read_text()
    assert not run(10 * HOUR)


def test_a_build_for_something_else_leaves_it_alone_too(
    site: Site, server: PageServer, run: Callable[..., bool]
) -> None:
    configure(site, server, 'every = "6h"', "robots = false")
    toml = site.folder / "feeds.toml"
    toml.write_text(toml.read_text() + '[[sources]]\nname = "files"\n')
    site.write("own.txt", item("1 May, 2017", "Peru votes"))
    assert run()
    server.asked = []
    site.write("own.txt", item("2 May, 2017", "Peru counts") + item("1 May, 2017", "Peru votes"))
    assert run(HOUR)
    assert server.asked == [] and "Peru counts" in (site.output / "atom.xml").read_text()
    assert site.build(NOW).sources["a"].unchanged == 2


def test_one_that_failed_is_asked_in_each_run(
    site: Site, server: PageServer, run: Callable[..., bool], capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = {}.get
    configure(site, server, 'every = "6h"', "robots = false")
    assert run(status=1)
    server.asked, server.answer = [], {"/a": LISTING}.get
    assert run(HOUR)
    assert server.asked == ["/a"] and not run(2 * HOUR)


def test_a_command_is_left_alone_too(site: Site, run: Callable[..., bool]) -> None:
    site.write("list.txt", LISTING)
    table = '[[sources]]\nname = "a"\ncommand = ["sh", "-c", "echo ran >> ran; cat list.txt"]\nkind = "listing"\n'
    site.write("feeds.toml", CONFIG + table + 'every = "1d"\n')
    assert run() and not run(HOUR) and not run(12 * HOUR)
    assert (site.folder / "ran").read_text() == "ran\n"
    assert run(24 * HOUR)
    assert (site.folder / "ran").read_text() == "ran\nran\n"


@pytest.mark.parametrize("wrong", ['"0m"', '"15"', "15", '"1.5h"', '"400d"', '"15 m"', '"soon"'])
def test_a_time_that_is_none_is_refused(site: Site, wrong: str) -> None:
    site.write("feeds.toml", f'{CONFIG}[[sources]]\nname = "a"\nurl = "https://a.example/"\nevery = {wrong}\n')
    with pytest.raises(ConfigError, match="a time like '15m', '6h' or '1d'"):
        site.build()
