"""How servers are asked: through a proxy, with headers and passwords, robots.txt once a day; and commands."""

from __future__ import annotations

import base64
import datetime as dt
import select
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import CONFIG, NOW, Site, item

from feeds import fetch
from feeds.fetch import Access
from feeds.model import SourceError

LISTING = item("6 May, 2017", "Chile trains staff") + item("5 May, 2017", "Panamá trains staff")


class Handler(BaseHTTPRequestHandler):
    """A server of news, and a proxy: it forwards what is for another place, and tunnels."""

    server: Any
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        path = self.path.partition("?")[0]
        if path.startswith("http://"):
            path = "/" + path.split("/", 3)[3]
        with self.server.lock:
            self.server.inside += 1
            self.server.most = max(self.server.most, self.server.inside)
        time.sleep(self.server.pause)
        with self.server.lock:
            self.server.inside -= 1
        if path == "/robots.txt":
            self.say(200, b"User-agent: *\nDisallow: /closed\n")
        elif path == "/moved":
            self.say(302, Location=self.server.target)
        elif path == "/secret" and self.headers["Authorization"] != self.server.wanted:
            self.say(401)
        else:
            self.say(200, LISTING.encode())

    def do_CONNECT(self) -> None:
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as other:
            self.say(200)
            ends = [self.connection, other]
            while True:
                ready, _, _ = select.select(ends, [], [], 5)
                for one in ready:
                    data = one.recv(65536)
                    if not data:
                        return
                    (other if one is self.connection else self.connection).sendall(data)

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def servers() -> Iterator[list[Any]]:
    """Two servers, each of them also a proxy."""
    made: list[Any] = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    for one in made:
        one.daemon_threads = True
        one.asked, one.wanted, one.target, one.pause = [], "", "", 0
        one.lock, one.inside, one.most = threading.Lock(), 0, 0
        one.url = f"http://127.0.0.1:{one.server_port}"
        threading.Thread(target=one.serve_forever, daemon=True).start()
    yield made
    for one in made:
        one.shutdown()
        one.server_close()


def configure(site: Site, sources: str, more: str = "") -> None:
    site.write("feeds.toml", f"{CONFIG}\n{more}\n{sources}")


def source(name: str, url: str, *lines: str) -> str:
    return "\n".join(("[[sources]]", f'name = "{name}"', f'url = "{url}"', *lines)) + "\n"


def test_all_goes_through_the_proxy_with_its_password(site: Site, servers: list[Any]) -> None:
    [proxy, _] = servers
    stated = f'[fetch]\nproxy = "http://me:pass%20word@127.0.0.1:{proxy.server_port}"\nuser_agent = "news/2 (me)"\n'
    configure(site, source("news", "http://news.example.org/list"), stated)
    assert site.build().counts.new == 2
    assert [path for path, _ in proxy.asked] == ["http://news.example.org/robots.txt", "http://news.example.org/list"]
    [_, (_, headers)] = proxy.asked
    assert headers["proxy-authorization"] == "Basic " + base64.b64encode(b"me:pass word").decode()
    assert (headers["user-agent"], headers["host"]) == ("news/2 (me)", "news.example.org")


def test_the_proxy_is_named_by_the_environment_and_a_private_source_needs_none(
    site: Site, servers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    [proxy, own] = servers
    monkeypatch.setenv("OUR_PROXY", proxy.url)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # which nobody named
    sources = source("far", "http://news.example.org/far", 'duplicates = "keep"')
    sources += source("near", f"{own.url}/near", "private = true", 'duplicates = "keep"')
    configure(site, sources, '[fetch]\nproxy = "$OUR_PROXY"\n')
    assert site.build().counts.new == 4
    assert [path for path, _ in own.asked] == ["/robots.txt", "/near"]
    assert len(proxy.asked) == 2


def test_tls_is_tunnelled_and_what_the_proxy_refuses_is_said(servers: list[Any]) -> None:
    [proxy, other] = servers
    with pytest.raises(SourceError) as refused:  # the other server speaks no TLS: the tunnel was made, and used
        fetch.get(f"https://127.0.0.1:{other.server_port}/x", 1000, access=Access(proxy=proxy.url))
    assert refused.value.code in ("unreachable", "truncated")
    assert [path for path, _ in proxy.asked] == [f"127.0.0.1:{other.server_port}"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.7", "localhost", "[::1]", "169.254.169.254", "printer.localhost"]
)
def test_a_proxy_is_not_asked_for_this_machine(servers: list[Any], host: str) -> None:
    [proxy, _] = servers
    with pytest.raises(SourceError, match="in a private network") as refused:
        fetch.get(f"http://{host}/", 1000, access=Access(private=False, proxy=proxy.url))
    assert (refused.value.code, proxy.asked) == ("private-address", [])


def test_headers_and_passwords_go_to_the_host_of_the_source_alone(
    site: Site, servers: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [own, other] = servers
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    netrc.chmod(stat.S_IRUSR | stat.S_IWUSR)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("NEWS_KEY", "k1")
    own.wanted = "Basic " + base64.b64encode(b"me:s3cret").decode()
    lines = ("private = true", "netrc = true", 'headers = { X-Api-Key = "Key ${NEWS_KEY}", Accept = "text/plain" }')
    configure(site, source("news", f"{own.url}/secret", *lines))
    assert site.build().counts.new == 2
    [(_, of_robots), (_, headers)] = own.asked
    assert (headers["x-api-key"], headers["accept"]) == ("Key k1", "text/plain")
    assert "x-api-key" not in of_robots
    own.target = f"http://localhost:{other.server_port}/list"
    access = Access(headers=(("X-Api-Key", "$NEWS_KEY"),), netrc=True)
    with pytest.raises(SourceError, match="private network"):
        fetch.get(f"{own.url}/moved", 10_000, access=access)
    assert other.asked == []
    assert b"s3cret" not in (site.folder / ".history.sqlite3").read_bytes()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('headers = { X-Key = "$NOT_SET_HERE" }', "headers.X-Key names $NOT_SET_HERE, which is not set"),
        ("netrc = true", "netrc = true, and "),
    ],
)
def test_what_the_environment_does_not_have_is_said(
    site: Site, servers: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, message: str
) -> None:
    broken = tmp_path / "netrc"
    broken.write_text("nothing of this kind\n")
    broken.chmod(stat.S_IRUSR)
    monkeypatch.setenv("NETRC", str(broken))
    configure(site, source("news", f"{servers[0].url}/list", "private = true", "robots = false", line))
    [problem] = site.build().problems
    assert problem.code == "environment"
    assert message in problem.message


def test_robots_txt_is_fetched_once_a_day_for_a_host(site: Site, servers: list[Any]) -> None:
    [own, _] = servers
    lines = ("private = true", 'duplicates = "keep"')
    sources = "".join(source(name, f"{own.url}/{name}", *lines) for name in ("one", "two", "closed"))
    configure(site, sources, "[fetch]\nper_host = 1\n")

    def asked(hours: float) -> int:
        own.asked.clear()
        report = site.build(now=NOW + dt.timedelta(hours=hours))
        assert [problem.code for problem in report.problems] == ["robots"]
        return sum(path == "/robots.txt" for path, _ in own.asked)

    assert [asked(hours) for hours in (0, 1, 23, 25)] == [1, 0, 0, 1]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_a_host_is_asked_for_so_many_things_side_by_side(site: Site, servers: list[Any], most: int) -> None:
    [own, _] = servers
    own.pause = 0.05
    lines = ("private = true", "robots = false", 'duplicates = "keep"')
    sources = "".join(source(f"s{number}", f"{own.url}/{number}", *lines) for number in range(10))
    configure(site, sources, f"[fetch]\nper_host = {most}\n")
    assert site.build().counts.new == 20
    assert own.most <= most
    assert own.most == most or most > 2


# --- commands ---------------------------------------------------------------------------------------------------------


def command(site: Site, *words: str) -> None:
    quoted = ", ".join(f"'''{word}'''" for word in words)
    configure(site, f'[[sources]]\nname = "made"\ncommand = [{quoted}]\n')


def test_what_a_command_prints_is_a_document(site: Site) -> None:
    site.write("list.json", '[{"date": "2017-05-06", "title": "Chile trains staff"}]')
    command(site, sys.executable, "-c", "print(open('list.json').read())")
    assert site.build().counts.new == 1
    assert site.build().counts.unchanged == 1
    site.write(
        "list.json",
        '[{"date": "2017-05-07", "title": "Another"}, {"date": "2017-05-06", "title": "Chile trains staff"}]',
    )
    assert site.build().counts.new == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("no-such-program",), "command", "which cannot be started: No such file or directory"),
        (
            (sys.executable, "-c", "raise SystemExit('the database is away')"),
            "command",
            "ended with 1: the database is away",
        ),
        ((sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"), "command", "was ended by signal 9"),
        ((sys.executable, "-c", "pass"), "no-items", "answered with nothing"),
    ],
    ids=["missing", "fails", "killed", "silent"],
)
def test_a_command_that_fails_is_named_and_takes_nothing_away(
    site: Site, words: tuple[str, ...], code: str, message: str
) -> None:
    command(site, sys.executable, "-c", f"print({LISTING!r})")
    assert site.build().counts.new == 2
    before = site.files()
    command(site, *words)
    [problem] = site.build().problems
    assert (problem.code, message in problem.message) == (code, True), problem.message
    assert site.files() == before


def test_a_command_that_never_ends_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    child = "import time, pathlib; time.sleep(3); pathlib.Path('late').write_text('')"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    with pytest.raises(SourceError, match="took longer than 1 seconds"):
        fetch.run([sys.executable, "-c", code], tmp_path, 1000, 1)
    with pytest.raises(SourceError, match="prints more than 1000 bytes"):
        fetch.run([sys.executable, "-c", "while True: print('x' * 100)"], tmp_path, 1000, 30)
    time.sleep(3)
    assert not (tmp_path / "late").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('command = "ls"', "expected a program and its arguments, as a list"),
        ('command = ["ls"]\nurl = "https://example.org/"', "has both a url and a command"),
        ('url = "https://e.org/"\nheaders = { "X Key" = "1" }', "expected headers and their values"),
        ('url = "https://e.org/"\nheaders = { Host = "x" }', "no 'Host', which this program sets itself"),
        ('url = "https://e.org/"\nheaders = { X-Key = "a\\nb" }', "expected a text in ASCII"),
        ('[fetch]\nproxy = "socks5://127.0.0.1:1"', "expected the address of an HTTP proxy"),
        ("[fetch]\nper_host = 0", "expected a whole number from 1 to 100"),
    ],
)
def test_a_wrong_way_to_ask_is_refused(site: Site, lines: str, message: str) -> None:
    configure(site, f'[[sources]]\nname = "a"\n{lines}\n')
    with pytest.raises(Exception, match=message):
        site.build()
