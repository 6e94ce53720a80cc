"""A page on this machine that checks a feed: an address or the feed itself, with the lines that are wrong marked.

Served on loopback only and for pages of its own only. It works without scripts and loads nothing from elsewhere; an
address is fetched by the transport that refuses private ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import parse_qs, urljoin

import jinja2

from feeds import fetch
from feeds.model import Finding, SourceError
from feeds.validation import LARGEST, Verdict, examine, mistakes, places, served
from feeds.validation.codes import explain

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_AROUND = 1  # lines of the source that are shown before and after the one that is wrong
_WIDE = 300  # characters of a line; of a longer one what stands around the place is shown
_LISTED = 20  # lines that are named of findings alike


Clock = Callable[[], dt.datetime]


class Line(NamedTuple):
    """A line of the source, as it is shown."""

    number: int
    text: str
    is_marked: bool


class Group(NamedTuple):
    """Findings that are alike, with what is to be known of the first."""

    severity: str
    code: str
    message: str
    reference: str
    line: int
    column: int | None
    path: str
    entry: str
    times: int
    lines: str
    excerpt: list[Line]
    explanation: str


class Result(NamedTuple):
    """What is said of a document."""

    title: str
    summary: str
    is_valid: bool
    groups: list[Group]


def make_validator_server(port: int, clock: Clock, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Return a server for the page that listens but does not run yet.

    Args:
        port: 0 for any that is free.
        clock: tells the time, which dates of the future are compared with.

    Raises:
        OSError: the port is taken.
    """

    class Handler(_Handler):
        """Serves the page."""

    Handler.clock = staticmethod(clock)
    listening = ThreadingHTTPServer((host, port), Handler)
    taken = listening.server_address[1]
    Handler.hosts = (f"{host}:{taken}", f"localhost:{taken}")
    return listening


def result_of(verdict: Verdict, data: bytes) -> Result:
    """Return what the page says of a document, errors first."""
    source = (places.decode(data) or data.decode("utf-8", "replace")).split("\n")
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(verdict.findings, key=lambda finding: finding.severity != "error"):
        alike.setdefault((finding.severity, finding.code), []).append(finding)
    errors = sum(finding.severity == "error" for finding in verdict.findings)
    warnings = len(verdict.findings) - errors
    kind = verdict.format or "The document"
    title = f"{kind}: {'valid' if verdict.is_valid else 'not valid'}"
    summary = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}."
    return Result(title, summary, verdict.is_valid, [_group(found, source) for found in alike.values()])


def _counted(number: int, called: str) -> str:
    return f"{number or 'No'} {called}{'' if number == 1 else 's'}"


def _group(found: list[Finding], source: list[str]) -> Group:
    first = found[0]
    numbers = list(dict.fromkeys(finding.line for finding in found))
    lines = ", ".join(map(str, numbers[:_LISTED])) + (" and more" if len(numbers) > _LISTED else "")
    lines = lines if len(numbers) > 1 else ""
    return Group(
        severity=first.severity,
        code=first.code,
        message=first.message,
        reference=first.reference,
        line=first.line,
        column=first.column,
        path=first.path,
        entry=first.entry,
        times=len(found),
        lines=lines,
        excerpt=_excerpt(source, first.line, first.column or 1),
        explanation=explain(first.code),
    )


def _excerpt(source: list[str], line: int, column: int) -> list[Line]:
    start, end = max(1, line - _AROUND), min(len(source), line + _AROUND)
    return [Line(number, _part(source[number - 1], column), number == line) for number in range(start, end + 1)]


def _part(line: str, column: int) -> str:
    """Return what stands around a column of a line that is too long to be shown as a whole."""
    if len(line) <= _WIDE:
        return line
    start = max(0, column - _WIDE // 3)
    return ("…" if start else "") + line[start : start + _WIDE] + ("…" if start + _WIDE < len(line) else "")


class _Handler(BaseHTTPRequestHandler):
    clock: Clock
    hosts: tuple[str, str]
    server_version = "feeds"

    def do_GET(self) -> None:
        if not self._is_ours():
            self._say(403, "text/plain", b"not for other pages\n")
        elif self.path == "/":
            self._say(200, "text/html", _page())
        elif self.path == "/validator.css":
            self._say(200, "text/css", _asset("validator.css").encode())
        else:
            self._say(404, "text/plain", b"not found\n")

    def do_POST(self) -> None:
        stated = self.headers.get("Content-Length", "")
        length = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 12 else 4 * LARGEST
        if not self._is_ours() or self.path != "/":
            self._say(403, "text/plain", b"not for other pages\n")
        elif length > 3 * LARGEST:  # a form writes a byte as three
            self._say(413, "text/html", _page(message=f"The document has more than {LARGEST} bytes."))
        else:
            form = parse_qs(self.rfile.read(length).decode("utf-8", "replace"), keep_blank_values=True)
            address, document = (form.get(name, [""])[0].strip() for name in ("address", "document"))
            self._say(200, "text/html", self._answer(address, document))

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""

    def _answer(self, address: str, document: str) -> bytes:
        if document:
            # What was pasted is text; which encoding it was in before does not matter any more.
            text = places.declare_utf8(document.replace("\r\n", "\n"))
            data = text.encode("utf-8", "replace")
            return _page(document=document, result=result_of(examine(data, now=self.clock()), data))
        if not address.lower().startswith(("http://", "https://")):
            return _page(address=address, message="Give the address of a feed, http or https, or paste the feed.")
        try:
            answer = fetch.get(address, LARGEST)
        except SourceError as error:
            return _page(address=address, message=f"{address}: {error.message}")
        if mistakes.is_html_page(answer.body) and (links := mistakes.feed_links(answer.body)):
            return _page(address=address, links=[urljoin(answer.address, link) for link in links])
        verdict = examine(answer.body, now=self.clock())
        of_serving = served.check(answer.address, answer.content_type, answer.body)
        whole = verdict._replace(findings=(*of_serving, *verdict.findings))
        return _page(address=address, result=result_of(whole, answer.body))

    def _is_ours(self) -> bool:
        """Return True for a request that the page itself makes, under an address of this machine."""
        origin = self.headers.get("Origin")
        return self.headers.get("Host") in self.hosts and (
            origin is None or origin.removeprefix("http://") in self.hosts
        )

    def _say(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", f"{media_type}; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", _POLICY),
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _asset(name: str) -> str:
    return files("feeds.deploy").joinpath("validator_page", name).read_text(encoding="utf-8")


@lru_cache
def _template() -> jinja2.Template:
    return jinja2.Environment(autoescape=True, trim_blocks=True).from_string(_asset("page.html"))


def _page(
    address: str = "",
    document: str = "",
    message: str = "",
    links: list[str] | None = None,
    result: Result | None = None,
) -> bytes:
    html = _template().render(address=address, document=document, message=message, links=links, result=result)
    return html.encode()
