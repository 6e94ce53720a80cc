"""Serve a published folder on this machine, with the headers that a real server should send.

Not for the public: one process, no limits, no TLS. The recipes of docs/serving.md are.
"""

from __future__ import annotations

import gzip
import os
from email.utils import formatdate, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feeds.feed import paths

MAX_AGE = 900  # seconds; servers of readers wait so long
_LEAST_PACKED = 500  # bytes; a shorter answer is one packet of the network either way


def make_server(folder: Path, port: int, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Return a server for the folder that listens but does not run yet.

    Args:
        port: 0 for any that is free.

    Raises:
        OSError: the port is taken.
    """

    class Handler(FolderHandler):
        """Serves files of the folder."""

        root = folder.resolve()

    return ThreadingHTTPServer((host, port), Handler)


class FolderHandler(BaseHTTPRequestHandler):
    """Serves the files of a folder."""

    root: Path
    protocol_version = "HTTP/1.1"
    server_version = "feeds"

    def do_GET(self) -> None:
        """Answer with a file."""
        self._answer(True)

    def do_HEAD(self) -> None:
        """Answer with the headers of a file."""
        self._answer(False)

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing: the caller prints requests if wanted."""

    def _answer(self, with_body: bool) -> None:
        stated = unquote(urlsplit(self.path).path)
        path = self._file(stated)
        if path is not None and path.is_dir() and not stated.endswith("/"):
            return self._say(301, {"Location": f"{urlsplit(self.path).path}/"})
        if path is not None and path.is_dir():
            path = path / paths.INDEX
        media_type = paths.media_type(path.name) if path is not None else ""
        if path is None or not media_type:
            return self._say(404)
        try:
            state, body = path.stat(), path.read_bytes()
        except OSError:
            return self._say(404)
        return self._send(state, body, media_type, with_body)

    def _file(self, stated: str) -> Path | None:
        """Return the file for a path, None if it leads out of the folder or to a hidden file."""
        if "\0" in stated:
            return None
        path = (self.root / stated.lstrip("/")).resolve()
        is_hidden = any(part.startswith(".") for part in Path(stated).parts[1:])
        return path if path.is_relative_to(self.root) and not is_hidden else None

    def _send(self, state: os.stat_result, body: bytes, media_type: str, with_body: bool) -> None:
        is_packed = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > _LEAST_PACKED
        etag = f'"{state.st_mtime_ns:x}-{state.st_size:x}{"-gzip" if is_packed else ""}"'
        headers = {
            "Content-Type": media_type,
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
        """Return True if the client has the current version (RFC 9110 13.1: If-None-Match before If-Modified-Since)."""
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
