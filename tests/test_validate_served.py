"""Documents at an address, of a real server on the loopback interface."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import Run

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>T</title><link>https://e.org/</link>
<description>D</description><atom:link rel="self" href="{}"/></channel></rss>"""


class Handler(BaseHTTPRequestHandler):
    """Answers by its path: status, headers, body; /slow drips, /loop redirects to itself, /file elsewhere."""

    def do_GET(self) -> None:
        address = f"http://127.0.0.1:{self.server.server_port}{self.path}"
        kind = {"/text": "text/plain", "/latin": "application/xml; charset=iso-8859-1"}.get(
            self.path, "application/xml"
        )
        if self.path in ("/loop", "/file", "/moved"):
            self.send_response(302)
            self.send_header(
                "Location", {"/loop": "/loop", "/file": "file:///etc/passwd", "/moved": "/good"}[self.path]
            )
            self.end_headers()
            return
        if self.path == "/gone":
            self.send_error(410)
            return
        body = FEED.format(address if self.path != "/elsewhere" else "https://e.org/feed").encode()
        if self.path == "/moved-here":
            body = FEED.format(address).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        if self.path == "/slow":
            for byte in body:
                time.sleep(0.5)
                self.wfile.write(bytes([byte]))
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing on the terminal."""


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that leave while it drips."""

    def handle_error(self, *arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def server() -> Iterator[str]:
    with Quiet(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/good", ""),
        ("/moved", ""),
        ("/text", "bad-content-type"),
        ("/latin", "charset-differs"),
        ("/elsewhere", "self-differs"),
    ],
)
def test_how_a_document_is_served_is_judged(feeds: Run, server: str, path: str, code: str) -> None:
    done = feeds("validate", f"{server}{path}")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.rsplit("[", 1)[1] for line in done.stdout.splitlines()] == ([f"{code}]"] if code else [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone", "answered 410 Gone"),
        ("/loop", "redirects more than 5 times"),
        ("/file", "which is not an address of the web"),
    ],
)
def test_what_cannot_be_had_is_said(feeds: Run, server: str, path: str, words: str) -> None:
    done = feeds("validate", f"{server}{path}")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "root:" not in done.stderr


def test_no_server_is_said(feeds: Run) -> None:
    done = feeds("validate", "http://127.0.0.1:9/feed")
    assert done.returncode == 2
    assert "http://127.0.0.1:9/feed: error: cannot be fetched: " in done.stderr


def test_a_server_that_drips_is_given_up(server: str) -> None:
    from feeds.fetch import get
    from feeds.model import SourceError

    with pytest.raises(SourceError, match="took longer than 2 seconds"):
        get(f"{server}/slow", 10_000, seconds=2)


def test_no_more_is_read_than_asked_for(server: str) -> None:
    from feeds.fetch import get

    assert len(get(f"{server}/good", 100).body) == 101
