"""A published folder for a look on this machine, with the headers that a real server should send.

Not for the public: one process, no limits, no TLS. The recipes of docs/serving.md are.
"""

from __future__ import annotations

import gzip
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

# By the end of a name: .xml as application/xml, so that a browser shows a page (measured), and never without a charset.
TYPES = {
    "feed.json": "application/feed+json; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
MAX_AGE = 900  # seconds; servers of readers wait so long


def make_server(folder: Path, port: int, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """A server of the folder, which listens and waits to be run.

    Args:
        port: 0 for any that is free.

    Raises:
        OSError: the port is taken.
    """

    class Handler(_Handler):
        """Serves this folder."""

        root = folder.resolve()

    return ThreadingHTTPServer((host, port), Handler)


class _Handler(BaseHTTPRequestHandler):
    root: Path
    protocol_version = "HTTP/1.1"
    server_version = "feeds"

    def do_GET(self) -> None:
        self._answer(True)

    def do_HEAD(self) -> None:
        self._answer(False)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: who serves says what was asked, where that is wanted."""

    def _answer(self, with_body: bool) -> None:
        stated = unquote(urlsplit(self.path).path)
        if "\0" in stated:
            return self._say(404)
        path = (self.root / stated.lstrip("/")).resolve()
        if not path.is_relative_to(self.root) or any(part.startswith(".") for part in Path(stated).parts[1:]):
            return self._say(404)
        if path.is_dir() and not stated.endswith("/"):
            return self._say(301, {"Location": f"{urlsplit(self.path).path}/"})
        path = path / "index.html" if path.is_dir() else path
        kind = next((kind for end, kind in TYPES.items() if path.name.endswith(end)), None)
        try:
            state, body = path.stat(), path.read_bytes()
        except OSError:
            return self._say(404)
        if kind is None:
            return self._say(404)
        is_packed = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 500
        etag = f'"{state.st_mtime_ns:x}-{state.st_size:x}{"-gzip" if is_packed else ""}"'
        headers = {
            "Content-Type": kind,
            "ETag": etag,
            "Last-Modified": formatdate(state.st_mtime, usegmt=True),
            "Cache-Control": f"max-age={MAX_AGE}",
            "Access-Control-Allow-Origin": "*",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept-Encoding",
        }
        if self._is_known(etag, int(state.st_mtime)):
            return self._say(304, headers)
        if is_packed:
            body, headers["Content-Encoding"] = gzip.compress(body, 6, mtime=0), "gzip"
        return self._say(200, headers, body, with_body)

    def _is_known(self, etag: str, modified: int) -> bool:
        """Whether who asks has the document (RFC 9110 13.1: If-None-Match counts before If-Modified-Since)."""
        if stated := self.headers.get("If-None-Match"):
            return stated.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in stated.split(",")}
        try:
            return parsedate_to_datetime(self.headers.get("If-Modified-Since", "")).timestamp() >= modified
        except (ValueError, TypeError):
            return False

    def _say(
        self, status: int, headers: dict[str, str] | None = None, body: bytes = b"", with_body: bool = True
    ) -> None:
        if status == 404:
            body, headers = b"not found\n", {"Content-Type": "text/plain; charset=utf-8"}
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and status != 304:
            self.wfile.write(body)
