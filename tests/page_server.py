"""A server of pages that says what a test wants, and keeps what it was asked for."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from conftest import CONFIG, Site


class Moved(NamedTuple):
    """An answer that leads to another address."""

    address: str


class PageServer(ThreadingHTTPServer):
    """Answers a path as `answer` says: with a page, a status, Moved, or a function that writes the page.

    Where has_etags is set, who has the page already gets 304 (RFC 9110 13.1.2).
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.answer: Callable[[str], Any] = lambda path: 404
        self.has_etags = False
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        found = self.server.answer(self.path)
        if isinstance(found, Moved):
            self.send_response(302)
            self.send_header("Location", found.address)
            self.end_headers()
            return
        etag = f'"{zlib.crc32(found.encode())}"' if self.server.has_etags and isinstance(found, str) else ""
        if etag and self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(found if isinstance(found, int) else 200)
        if etag:
            self.send_header("ETag", etag)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if callable(found):
            found(self.wfile)
        elif not isinstance(found, int):
            self.wfile.write(found.encode() if isinstance(found, str) else found)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running() -> Iterator[PageServer]:
    """Yield a server that runs."""
    with PageServer() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def configure(site: Site, server: PageServer, *lines: str, path: str = "/list") -> None:
    """Write the configuration of a site with one source, a page of that server; lines are of its table."""
    stated = "\n".join((f'url = "{server.url}{path}"', "private = true", "robots = false", *lines))
    site.write("feeds.toml", f'{CONFIG}\n[[sources]]\nname = "news"\n{stated}\n')
