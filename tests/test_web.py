"""Sources that are addresses: a real server on the loopback interface that does what servers do, and what they should
not; each outcome is named, nothing that was published is harmed."""

from __future__ import annotations

import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import feedparser
import pytest
from conftest import CONFIG, NOW, Site, item

from feeds import fetch
from feeds.model import SourceError

LISTING = item("6 May, 2017", "Chile trains staff") + item("5 May, 2017", "Panamá trains staff")
BODY = LISTING.encode()
KIND = "text/plain; charset=utf-8"


class Server(ThreadingHTTPServer):
    """Answers by path; counts what it is asked; `latest` is what /news has."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.latest = BODY
        self.has_tag = True
        self.robots: bytes | None = None
        self.wants_stop = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One answer."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/")
        self.server.asked[name] += 1
        answer: Callable[[], None] = getattr(self, f"get_{name.replace('.', '_')}", lambda: self.say(404))
        answer()

    def do_HEAD(self) -> None:
        name = self.path.strip("/")
        self.server.asked[f"HEAD {name}"] += 1
        files = {"a.pdf": ("application/pdf", "12345"), "photo": ("image/jpeg", "678"), "endless": ("audio/mpeg", "")}
        kind, length = files.get(name, ("", ""))
        if name == "moved.pdf":
            self.say(302, Location="/a.pdf", Content_Length="")
        else:
            self.say(200 if kind else 404, Content_Type=kind, Content_Length=length)

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        stated = {"Content_Type": KIND, "Content_Length": str(len(body)), **headers}
        for name, value in stated.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def get_robots_txt(self) -> None:
        self.say(404) if self.server.robots is None else self.say(200, self.server.robots)

    def get_news(self) -> None:
        tag = f'"{hash(self.server.latest)}"' if self.server.has_tag else ""
        if tag and self.headers["If-None-Match"] == tag:
            self.say(304, ETag=tag)
        else:
            self.say(200, self.server.latest, ETag=tag)

    def get_again(self) -> None:
        is_first = self.server.asked["again"] % 2 == 1
        self.say(503, Retry_After="0") if is_first else self.say(200, BODY)

    def get_later(self) -> None:
        self.say(429, Retry_After="3600")

    def get_broken(self) -> None:
        self.say(500)

    def get_gone(self) -> None:
        self.say(410)

    def get_unasked304(self) -> None:
        self.say(304)

    def get_nothing(self) -> None:
        self.say(200)

    def get_none(self) -> None:
        self.say(204, Content_Length="")

    def get_error(self) -> None:
        self.say(200, b"<html><h1>Service unavailable</h1></html>", Content_Type="text/html")

    def get_loop(self) -> None:
        self.say(302, Location="/loop")

    def get_file(self) -> None:
        self.say(302, Location="file:///etc/passwd")

    def get_moved(self) -> None:
        self.say(301, Location="/news")

    def get_short(self) -> None:
        self.say(200, BODY, Content_Length=str(len(BODY) + 100))
        self.close_connection = True

    def get_zipped(self) -> None:
        self.say(200, gzip.compress(BODY), Content_Encoding="gzip")

    def get_cut(self) -> None:
        self.say(200, gzip.compress(BODY)[:-20], Content_Encoding="gzip")

    def get_unzipped(self) -> None:
        self.say(200, BODY, Content_Encoding="gzip")

    def get_twice(self) -> None:
        self.say(200, gzip.compress(gzip.compress(BODY)), Content_Encoding="gzip, gzip")

    def get_bomb(self) -> None:
        self.say(200, gzip.compress(b"\0" * 200_000_000, 1), Content_Encoding="gzip")

    def get_latin(self) -> None:
        self.say(200, LISTING.encode("cp1252"), Content_Type="text/plain; charset=windows-1252")

    def get_mislabelled(self) -> None:
        self.say(200, BODY, Content_Type="text/plain; charset=iso-8859-1")

    def get_misread(self) -> None:
        self.say(200, LISTING.encode("cp1252"), Content_Type="text/plain; charset=utf-8")

    def get_huge(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not self.server.wants_stop.is_set():
                self.wfile.write(b"x" * 1_000_000)
        except OSError:
            self.close_connection = True

    def get_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self._drip()

    def get_heads(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
        self._drip()

    def _drip(self) -> None:
        try:
            while not self.server.wants_stop.is_set():
                self.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            pass
        self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.wants_stop.set()
        running.shutdown()
        thread.join()


def configure(site: Site, server: Server, *paths: str, also: str = "") -> None:
    """A source for each path, named by it; private, for the server is on the loopback interface."""
    sources = "".join(
        f'[[sources]]\nname = "{path.strip("/")}"\nurl = "{server.url}{path}"\nprivate = true\n{also}\n'
        for path in paths
    )
    site.write("feeds.toml", CONFIG + sources)


def test_a_listing_at_an_address_is_published(site: Site, server: Server) -> None:
    configure(site, server, "/news")
    report = site.build()
    assert (report.counts.new, report.problems) == (2, [])
    assert "Panamá trains staff" in (site.output / "atom.xml").read_text()


def test_what_did_not_change_is_not_sent_again(site: Site, server: Server) -> None:
    server.latest = BODY + "".join(item("1 May, 2017", f"Office {number} opens") for number in range(8)).encode()
    configure(site, server, "/news")
    site.build()
    before = site.stamps()
    report = site.build()
    assert (report.status, report.counts.read, report.counts.unchanged, report.written) == (0, 10, 10, [])
    assert site.stamps() == before
    server.latest = item("7 May, 2017", "Peru trains staff").encode() + server.latest
    assert site.build().counts.new == 1


def test_a_correction_that_is_as_long_as_before_is_seen_without_an_etag(site: Site, server: Server) -> None:
    server.has_tag = False
    configure(site, server, "/news")
    site.build()
    server.latest = BODY.replace(b"Some text.", b"More text.")
    assert site.build().counts.changed == 2
    assert "More text." in (site.output / "atom.xml").read_text()


def test_what_was_held_is_sent_again_and_can_be_allowed(site: Site, server: Server) -> None:
    server.latest = BODY + "".join(item("1 May, 2017", f"Office {number} opens") for number in range(8)).encode()
    configure(site, server, "/news")
    site.build()
    server.latest = BODY
    assert [site.build().status for _ in range(3)] == [3, 3, 3]
    assert site.build(allow=("shrink:news",)).status == 0
    assert site.build().status == 0


def test_a_problem_of_an_answer_that_did_not_change_is_said_again(site: Site, server: Server) -> None:
    server.latest = BODY + item("31 February, 2017", "Nobody trains").encode()
    configure(site, server, "/news")
    assert [problem.code for problem in site.build().problems] == ["bad-date"]
    assert [problem.code for problem in site.build().problems] == ["bad-date"]


@pytest.mark.parametrize("path", ["/moved", "/zipped", "/latin", "/again", "/mislabelled", "/misread"])
def test_what_servers_do_is_understood(site: Site, server: Server, path: str) -> None:
    configure(site, server, path)
    report = site.build()
    assert (report.counts.new, "Panamá" in (site.output / "atom.xml").read_text()) == (2, True)
    assert [problem.code for problem in report.problems] == (["encoding"] if path.startswith("/mis") else [])


FAILURES = [
    ("/missing", "status", "answered 404 Not Found"),
    ("/gone", "status", "answered 410 Gone"),
    ("/broken", "status", "answered 500 Internal Server Error"),
    ("/later", "status", "answered 429 Too Many Requests"),
    ("/unasked304", "status", "answered 304 Not Modified"),
    ("/none", "status", "answered 204 No Content"),
    ("/nothing", "no-items", "answered with nothing"),
    ("/loop", "redirects", "redirects more than 5 times"),
    ("/file", "redirects", "redirects to 'file:///etc/passwd', which is not an address of the web"),
    ("/short", "truncated", "not to the end"),
    ("/cut", "truncated", "ends in the middle"),
    ("/unzipped", "encoding", "says that it is packed as gzip, and is not"),
    ("/twice", "encoding", "is packed as 'gzip, gzip', which was not asked for"),
    ("/bomb", "too-large", "has more than 10485760 bytes"),
    ("/huge", "too-large", "has more than 10485760 bytes"),
]


@pytest.mark.parametrize(("path", "code", "message"), FAILURES, ids=[path for path, *_ in FAILURES])
def test_a_source_that_fails_is_named_and_harms_no_other(
    site: Site, server: Server, path: str, code: str, message: str
) -> None:
    configure(site, server, "/news", path)
    report = site.build()
    [problem] = report.problems
    assert (report.status, report.counts.new, problem.code) == (1, 2, code)
    assert message in problem.message
    assert f"fails since {NOW.isoformat()[:16]}, its entries stay" in problem.message


@pytest.mark.parametrize("path", ["/drip", "/heads"])
def test_a_server_that_drips_is_left_at_the_deadline(server: Server, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(SourceError, match="took longer than") as refused:
        fetch.get(server.url + path, 10_000_000, seconds=1)
    assert refused.value.code == "timeout"
    assert time.monotonic() - began < 20


def test_an_error_page_with_status_200_takes_nothing_away(site: Site, server: Server) -> None:
    server.latest = BODY + "".join(item("1 May, 2017", f"Office {number} opens") for number in range(8)).encode()
    configure(site, server, "/news")
    site.build()
    before = site.files()
    server.latest = b"<html><h1>Service unavailable</h1></html>"
    assert site.build().status == 3
    assert site.files() == before


@pytest.mark.slow
def test_a_source_fails_since_when_it_began_to(site: Site, server: Server) -> None:
    import datetime as dt

    configure(site, server, "/broken")
    site.build(NOW)
    [problem] = site.build(NOW + dt.timedelta(days=3)).problems
    assert "it fails since 2026-11-21T12:00, its entries stay" in problem.message


def test_private_networks_are_not_asked_unless_the_source_says_so(site: Site, server: Server) -> None:
    site.write("feeds.toml", CONFIG + f'[[sources]]\nname = "n"\nurl = "{server.url}/news"\nrobots = false\n')
    [problem] = site.build().problems
    assert problem.code == "private-address"
    assert "is at 127.0.0.1, in a private network; private = true for the source allows that" in problem.message
    assert server.asked == {}


@pytest.mark.parametrize("host", ["localhost", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_redirect_to_another_host_of_a_private_network_is_not_followed(site: Site, server: Server, host: str) -> None:
    def get_astray(self: Handler) -> None:
        self.say(302, Location=f"http://{host}:{server.server_port}/canary")

    Handler.get_astray = get_astray  # type: ignore[attr-defined]
    configure(site, server, "/astray")
    [problem] = site.build().problems
    assert problem.code in ("private-address", "unreachable")
    assert server.asked["canary"] == 0


@pytest.mark.parametrize(
    ("robots", "is_read"),
    [
        (b"User-agent: *\nDisallow: /\n", False),
        (b"User-agent: feeds\nDisallow: /news\n", False),
        (b"User-agent: *\nDisallow: /admin\n", True),
        # RFC 9309 2.2.2 and 2.2.3: the longest rule counts, wherever it stands; * and $ are special
        (b"User-agent: *\nDisallow: /\nAllow: /news\n", True),
        (b"User-agent: *\nAllow: /\nDisallow: /new\n", False),
        (b"User-agent: *\nDisallow: /*ws$\n", False),
        (b"User-agent: *\nDisallow: /*w$\n", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: feeds\nAllow: /\n", True),
        (b"", True),
        (None, True),
    ],
)
def test_robots_txt_is_honoured_and_can_be_passed_over(
    site: Site, server: Server, robots: bytes | None, is_read: bool
) -> None:
    server.robots = robots
    configure(site, server, "/news")
    report = site.build()
    assert (report.counts.new == 2) == is_read
    assert [problem.code for problem in report.problems] == ([] if is_read else ["robots"])
    configure(site, server, "/news", also="robots = false")
    assert site.build().counts.read == 2


def test_a_source_that_is_overdue_raises_an_alarm(site: Site, server: Server) -> None:
    import datetime as dt

    configure(site, server, "/news", also="expect_days = 14")
    assert site.build(NOW).problems == []
    [problem] = site.build(NOW + dt.timedelta(days=15)).problems
    assert problem.code == "overdue"
    assert "has had nothing new since 2026-11-21, and is expected to have something every 14 days" in problem.message


def test_sources_are_fetched_side_by_side(site: Site, server: Server) -> None:
    waiting = threading.Barrier(4, timeout=20)

    def get_together(self: Handler) -> None:
        waiting.wait()
        self.say(200, item("5 May, 2017", f"News of {self.path}").encode())

    Handler.get_together = get_together  # type: ignore[attr-defined]
    sources = "".join(
        f'[[sources]]\nname = "s{n}"\nurl = "{server.url}/together?{n}"\nprivate = true\nrobots = false\n'
        for n in range(4)
    )
    site.write("feeds.toml", f"{CONFIG}[fetch]\nper_host = 4\n{sources}")
    assert site.build().counts.new == 4


# --- files that items name -------------------------------------------------------------------------------------------


WANTED = "lengths = true\nprivate = true\n"


def with_files(site: Site, server: Server, *names: str, more: str = WANTED) -> list[list[str]]:
    """The enclosures of entries that name these files, as RSS states them: length and type."""
    rows = "".join(
        f"2017-05-0{number},Panama {number},https://example.org/{number},{server.url}/{name}\n"
        for number, name in enumerate(names, 1)
    )
    site.write("feeds.toml", CONFIG + f'[[sources]]\nname = "t"\nkind = "table"\npath = "t.csv"\n{more}')
    site.write("t.csv", f"date,title,link,enclosure\n{rows}")
    site.build()
    feed = feedparser.parse((site.output / "rss.xml").read_bytes())
    return [[one.length, one.type] for entry in reversed(feed.entries) for one in entry.enclosures]


def test_servers_are_asked_once_how_long_files_are(site: Site, server: Server) -> None:
    names = ("a.pdf", "photo", "moved.pdf", "endless", "gone.pdf")
    found = with_files(site, server, *names)
    assert found == [
        ["12345", "application/pdf"],
        ["678", "image/jpeg"],
        ["12345", "application/pdf"],
        ["0", "audio/mpeg"],
        ["0", "application/pdf"],
    ]
    asked = Counter(server.asked)
    report = site.build()
    assert report.written == [] and server.asked == asked  # nothing is read, nobody asked
    site.write("t.csv", (site.folder / "t.csv").read_text() + "\n")
    report = site.build()
    assert (report.written, report.counts.changed) == ([], 0)
    assert server.asked - asked == Counter({"HEAD gone.pdf": 1})


def test_nobody_is_asked_unless_that_is_wanted_nor_a_private_network(site: Site, server: Server) -> None:
    assert with_files(site, server, "a.pdf", more="") == [["0", "application/pdf"]]
    assert with_files(site, server, "a.pdf", more="lengths = true\n") == [["0", "application/pdf"]]
    assert not [name for name in server.asked if name.startswith("HEAD")]
