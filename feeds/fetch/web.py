"""Fetch documents over HTTP from servers that may be slow, broken or hostile. The only reader of the network.

Each host is resolved once, every address of it checked, and the checked one connected to; the whole takes no longer
than its deadline, whatever the server drips; no more is received or unpacked than is wanted. Nothing of the environment
is used, and no credentials or cookies are sent.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn
from urllib.parse import urljoin, urlsplit

from feeds import __version__
from feeds.model import SourceError

if TYPE_CHECKING:
    import httpx

AGENT = f"feeds/{__version__}"
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, text/html;q=0.9, */*;q=0.5"
_MOST_REDIRECTS = 5
_PER_READ = 10.0  # seconds without a byte
_TRIES = 3
_LONGEST_WAIT = 20.0  # seconds of Retry-After that a run waits for
_REDIRECTS = (301, 302, 303, 307, 308)
_RETRIED = (429, 500, 502, 503, 504)
_ROBOTS_MOST = 500 * 1024  # bytes; RFC 9309 2.5


class Validators(NamedTuple):
    """The validators of a response, for a conditional request (RFC 9110 8.8)."""

    etag: str = ""
    last_modified: str = ""


class Answer(NamedTuple):
    """The response of a server.

    Attributes:
        address: after redirects.
        content_type: as stated.
        body: as it was meant, unpacked; empty where nothing changed.
        is_unchanged: the document is as its validators say (304).
    """

    address: str
    content_type: str
    body: bytes
    is_unchanged: bool = False
    validators: Validators = Validators()
    length: int = 0  # of what was only asked for with HEAD, in bytes


def get(
    address: str,
    most: int,
    seconds: float = 30,
    *,
    private: bool = True,
    robots: bool = False,
    validators: Validators | None = None,
    tries: int = 1,
) -> Answer:
    """Fetch a document at an http or https address.

    At most five redirects, none to another scheme. Answers of 429 and 5xx and time-outs are tried again, after a while
    or as long as Retry-After says, as long as the deadline allows.

    Args:
        most: bytes that are received; one more is read, so that the caller sees that there were.
        seconds: that all of it may take.
        private: whether its host may be in a private network: yes where somebody typed the address. Another host that
            it redirects to never may.
        robots: whether robots.txt is asked (RFC 9309).
        validators: of the document as it is known; an unchanged one is not sent again.
        tries: how often at the most.

    Raises:
        SourceError: nothing can be had; its code says what happened: timeout, unreachable, private-address, redirects,
            status, robots, truncated, encoding, too-large.
    """
    fetcher = _Fetcher(most, time.monotonic() + seconds, seconds, private)
    if robots:
        fetcher.ask_robots(address)
    wait = 1.0
    for left in range(tries - 1, -1, -1):
        try:
            return fetcher.follow(address, validators or Validators())
        except _AgainError as error:
            pause = wait if error.after is None else error.after
            if not left or pause > _LONGEST_WAIT or time.monotonic() + pause > fetcher.deadline:
                raise SourceError(error.code, error.message) from None
            time.sleep(pause)
            wait *= 2
    raise AssertionError("there is at least one try")


def measure(address: str, seconds: float = 5, *, private: bool = False) -> tuple[int, str]:
    """Return the size in bytes and the media type of a remote file, 0 and "" if its server does not state them.

    Raises:
        SourceError: as for get.
    """
    answer = _Fetcher(0, time.monotonic() + seconds, seconds, private, "HEAD").follow(address, Validators())
    return answer.length, answer.content_type.partition(";")[0].strip().lower()


class Probe(NamedTuple):
    """A raw response: status, headers with lower-case names, the body as sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def probe(
    address: str,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    *,
    most: int = 1 << 25,
    seconds: float = 30,
) -> Probe:
    """Send one request without following redirects or decompressing, to see how a server responds.

    Args:
        headers: of the request, besides those that every request has.
        form: sent as a form with POST; without one it is a GET.
        most: bytes of the body.
        seconds: that all of it may take.

    Raises:
        SourceError: there is no answer.
    """
    import httpx

    stated = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "identity", **(headers or {})}
    try:
        with (
            _client(time.monotonic() + seconds, True) as client,
            client.stream("POST" if form else "GET", address, headers=stated, data=form, timeout=seconds) as answer,
        ):
            body = b""
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > most:
                    break
            return Probe(answer.status_code, {key.lower(): value for key, value in answer.headers.items()}, body)
    except httpx.TimeoutException:
        raise SourceError("timeout", f"took longer than {seconds:g} seconds") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        raise SourceError("unreachable", f"cannot be fetched: {error}") from None


def _client(deadline: float, private: bool) -> httpx.Client:
    """Return a client that ignores the environment (proxies, .netrc)."""
    import httpx

    from feeds.fetch.transport import make_transport

    return httpx.Client(transport=make_transport(deadline, private), trust_env=False)


class _AgainError(SourceError):
    """A failure that may pass; `after` is the server's Retry-After in seconds."""

    def __init__(self, code: str, message: str, after: float | None = None) -> None:
        super().__init__(code, message)
        self.after = after


@dataclass(slots=True)
class _Fetcher:
    """One fetch, with its limits."""

    most: int
    deadline: float
    seconds: float
    private: bool
    method: str = "GET"

    def follow(self, address: str, validators: Validators) -> Answer:
        """Fetch an address through its redirects; only those to the same host may lead to a private network."""
        host = urlsplit(address).hostname
        for _ in range(_MOST_REDIRECTS + 1):
            private = self.private and urlsplit(address).hostname == host
            found = self._once(address, validators, private)
            if isinstance(found, Answer):
                return found
            target = urljoin(address, found)
            if urlsplit(target).scheme not in ("http", "https"):
                raise SourceError("redirects", f"redirects to '{target[:100]}', which is not an address of the web")
            address = target
        raise SourceError("redirects", f"redirects more than {_MOST_REDIRECTS} times, at last to '{address[:100]}'")

    def ask_robots(self, address: str) -> None:
        """Refuse if robots.txt disallows the address (RFC 9309): without one all is allowed, if it fails nothing."""
        from protego import Protego  # that of Python takes the first rule that fits, and knows no * and $

        parts = urlsplit(address)
        try:
            found = _Fetcher(_ROBOTS_MOST, self.deadline, self.seconds, self.private).follow(
                f"{parts.scheme}://{parts.netloc}/robots.txt", Validators()
            )
        except SourceError as error:
            if error.code == "status" and re.match(r"answered 4", error.message) and " 429 " not in error.message:
                return
            raise SourceError(error.code, f"has a robots.txt that could not be fetched: {error.message}") from None
        if not Protego.parse(found.body.decode("utf-8", "replace")).can_fetch(address, AGENT):
            raise SourceError(
                "robots", "may not be fetched by programs, says its robots.txt; robots = false ignores that"
            )

    def _once(self, address: str, validators: Validators, private: bool) -> Answer | str:
        """Return the response, or the target of a redirect."""
        import httpx  # 100 ms that no build of files needs

        headers = {"User-Agent": AGENT, "Accept": _ACCEPT, "Accept-Encoding": "gzip"}
        if self.method == "HEAD":
            headers["Accept-Encoding"] = "identity"
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        try:
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise SourceError("unreadable", "is not an http or https address")
            with (
                _client(self.deadline, private) as client,
                client.stream(self.method, address, headers=headers, timeout=_PER_READ) as answer,
            ):
                return self._answer(answer, validators)
        except httpx.TimeoutException:
            raise _AgainError("timeout", f"took longer than {min(self.seconds, _PER_READ):g} seconds") from None
        except httpx.RemoteProtocolError as error:
            raise _AgainError("truncated", f"answered wrongly, or not to the end: {error}") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            raise SourceError("unreachable", f"cannot be fetched: {error}") from None

    def _answer(self, answer: httpx.Response, validators: Validators) -> Answer | str:
        """Return the response, or the target of a redirect."""
        status, headers, address = answer.status_code, answer.headers, str(answer.url)
        if status in _REDIRECTS and headers.get("Location"):
            return str(headers["Location"])
        content_type = headers.get("Content-Type", "")
        if status == 304 and (validators.etag or validators.last_modified):
            return Answer(address, content_type, b"", is_unchanged=True, validators=validators)
        if status != 200:
            _refuse_status(answer)
        if self.method == "HEAD":
            return Answer(address, content_type, b"", length=_stated_length(answer))
        body = b"".join(self._bounded(self._unpacked(answer)))
        stated = Validators(headers.get("ETag", "")[:500], headers.get("Last-Modified", "")[:100])
        return Answer(address, content_type, body, validators=stated)

    def _bounded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        left = self.most + 1
        for chunk in chunks:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    def _unpacked(self, answer: httpx.Response) -> Iterator[bytes]:
        """Return the body, decompressed if it is gzip; any other encoding is refused."""
        packing = answer.headers.get("Content-Encoding", "identity").strip().lower()
        if packing in ("identity", ""):
            yield from answer.iter_raw()
            return
        if packing not in ("gzip", "x-gzip", "deflate"):
            raise SourceError("encoding", f"is packed as '{packing[:50]}', which was not asked for")
        unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, as their heads say
        received = 0
        try:
            for chunk in answer.iter_raw():
                received += len(chunk)
                while chunk:
                    yield unpacker.decompress(chunk, 1 << 18)
                    chunk = unpacker.unconsumed_tail
        except zlib.error as error:
            raise SourceError("encoding", f"says that it is packed as {packing}, and is not: {error}") from None
        if not unpacker.eof:
            raise _AgainError("truncated", f"ends in the middle: {received} bytes of {packing} came")


def _refuse_status(answer: httpx.Response) -> NoReturn:
    message = f"answered {answer.status_code} {answer.reason_phrase}".strip()
    if answer.status_code in _RETRIED:
        raise _AgainError("status", message, _seconds(answer.headers.get("Retry-After", "")))
    raise SourceError("status", message)


def _stated_length(answer: httpx.Response) -> int:
    """Return the Content-Length of a HEAD response in bytes, 0 if it is missing."""
    length = answer.headers.get("Content-Length", "")
    is_plain = length.isascii() and length.isdigit() and not answer.headers.get("Content-Encoding")
    return int(length[:15]) if is_plain else 0


def _seconds(stated: str) -> float | None:
    """Return Retry-After as seconds (RFC 9110 10.2.3); a date is ignored."""
    return float(stated) if stated.isascii() and stated.isdigit() and len(stated) < 9 else None
