"""Fetch documents over HTTP from servers that may be slow, broken or hostile. The only reader of the network.

Each host is resolved once, every address of it checked, and the checked one connected to; the whole takes no longer
than its deadline, whatever the server drips; no more is received or unpacked than is wanted. Proxies and credentials
are used where they are configured, never because of the environment; no cookies are sent.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

from feeds import __version__
from feeds.fetch import credentials
from feeds.fetch.robots import MOST_BYTES as _ROBOTS_MOST
from feeds.fetch.robots import Robots
from feeds.model import SourceError

if TYPE_CHECKING:
    import httpcore

AGENT = f"feeds/{__version__}"
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, text/html;q=0.9, */*;q=0.5"
_MOST_REDIRECTS = 5
_PER_READ = 10.0  # seconds without a byte
_TRIES = 3
_LONGEST_WAIT = 20.0  # seconds of Retry-After that a run waits for
_REDIRECTS = (301, 302, 303, 307, 308)
_RETRIED = (429, 500, 502, 503, 504)


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
    link: str = ""  # the Link header (RFC 8288)
    language: str = ""  # Content-Language (RFC 9110 8.5), of several the first


class Access(NamedTuple):
    """How servers are asked.

    Attributes:
        private: whether a host may be in a private network: yes where somebody typed the address. Another host that it
            redirects to never may.
        proxy: the address of an HTTP proxy, "" for none; values "$NAME" are those of the environment.
        user_agent: as which the program introduces itself, "" for its own name.
        headers: sent to the host of the address and to no other; values may name the environment.
        netrc: whether the user's .netrc is asked for the name and password for a host.
    """

    private: bool = True
    proxy: str = ""
    user_agent: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    netrc: bool = False


_ANY = Access()


def get(
    address: str,
    most: int,
    seconds: float = 30,
    *,
    access: Access = _ANY,
    robots: Robots | None = None,
    validators: Validators | None = None,
    tries: int = 1,
) -> Answer:
    """Fetch a document at an http or https address.

    At most five redirects, none to another scheme. Answers of 429 and 5xx and time-outs are tried again, after a while
    or as long as Retry-After says, as long as the deadline allows.

    Args:
        most: bytes that are received; one more is read, so that the caller sees that there were.
        seconds: that all of it may take.
        access: how the server is asked.
        robots: the robots.txt of hosts (RFC 9309), which are asked for what is not known yet; None where it is ignored.
        validators: of the document as it is known; an unchanged one is not sent again.
        tries: how often at the most.

    Raises:
        SourceError: nothing can be had; its code says what happened: timeout, unreachable, private-address, redirects,
            status, robots, truncated, encoding, too-large, environment.
    """
    fetcher = _Fetcher(most, time.monotonic() + seconds, seconds, access)
    if robots is not None:
        fetcher.ask_robots(address, robots)
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


def measure(address: str, seconds: float = 5, *, access: Access = _ANY) -> tuple[int, str]:
    """Return the size in bytes and the media type of a remote file, 0 and "" if its server does not state them.

    Raises:
        SourceError: as for get.
    """
    answer = _Fetcher(0, time.monotonic() + seconds, seconds, access, "HEAD").follow(address, Validators())
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
    json: bytes = b"",
    most: int = 1 << 25,
    seconds: float = 30,
) -> Probe:
    """Send one request without following redirects or decompressing, to see how a server responds.

    Args:
        headers: of the request, besides those that every request has.
        form: sent as a form with POST; json likewise, as it is. Without either it is a GET.
        most: bytes of the body.
        seconds: that all of it may take.

    Raises:
        SourceError: there is no answer.
    """
    import httpcore

    from feeds.fetch.transport import make_pool

    stated = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "identity", **(headers or {})}
    content = urlencode(form).encode() if form else json or None
    if content:
        stated["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
    method, limits = "POST" if content else "GET", {"timeout": _timeouts(seconds)}
    try:
        with (
            make_pool(address, time.monotonic() + seconds, private=True) as pool,
            pool.stream(
                method, _wire(address), headers=list(stated.items()), content=content, extensions=limits
            ) as answer,
        ):
            body = b""
            for chunk in answer.iter_stream():
                body += chunk
                if len(body) > most:
                    break
            return Probe(answer.status, _headers(answer), body)
    except httpcore.TimeoutException:
        raise SourceError("timeout", f"took longer than {seconds:g} seconds") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError, OSError) as error:
        raise SourceError("unreachable", f"cannot be fetched: {error}") from None


def _wire(address: str) -> str:
    """Return an address as it goes over the wire, in ASCII and without its fragment.

    Raises:
        SourceError: it is no http or https address.
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        netloc = host if host.isascii() else host.encode("idna").decode()
        netloc = (f"[{netloc}]" if ":" in netloc else netloc) + (f":{parts.port}" if parts.port else "")
    except (ValueError, UnicodeError) as error:
        raise SourceError("unreadable", f"is not an http or https address: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise SourceError("unreadable", "is not an http or https address")
    path, query = (quote(part, safe="%/:?#[]@!$&'()*+,;=~-._") for part in (parts.path or "/", parts.query))
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def robots_place(address: str) -> str:
    """Return the address of the robots.txt that holds for an address (RFC 9309 2.3).

    Raises:
        SourceError: it is no http or https address.
    """
    parts = urlsplit(_wire(address))
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def _headers(answer: httpcore.Response) -> dict[str, str]:
    """Return the headers of a response, their names in lower case; of several of one name the values with commas."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in answer.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _timeouts(seconds: float) -> dict[str, float]:
    return dict.fromkeys(("connect", "read", "write", "pool"), seconds)


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
    access: Access
    method: str = "GET"

    def follow(self, address: str, validators: Validators) -> Answer:
        """Fetch an address through its redirects; another host may be in no private network and gets no credentials."""
        first = urlsplit(_wire(address))
        for _ in range(_MOST_REDIRECTS + 1):
            parts = urlsplit(_wire(address))
            is_same = parts.hostname == first.hostname
            is_open = first.scheme == "https" and parts.scheme == "http"  # what was secret would be so no more
            found = self._once(_wire(address), validators, self.access.private and is_same, is_same and not is_open)
            if isinstance(found, Answer):
                return found
            target = urljoin(address, found)
            if urlsplit(target).scheme not in ("http", "https"):
                raise SourceError("redirects", f"redirects to '{target[:100]}', which is not an address of the web")
            address = target
        raise SourceError("redirects", f"redirects more than {_MOST_REDIRECTS} times, at last to '{address[:100]}'")

    def ask_robots(self, address: str, robots: Robots) -> None:
        """Refuse if robots.txt disallows the address (RFC 9309): without one all is allowed, if it fails nothing."""
        place = robots_place(address)
        text = robots.known(place)
        if text is None:
            text = self._fetch_robots(place)
            robots.add(place, text)
        if not robots.allows(text, address, self.access.user_agent or AGENT):
            raise SourceError(
                "robots", "may not be fetched by programs, says its robots.txt; robots = false ignores that"
            )

    def _fetch_robots(self, place: str) -> str:
        try:
            plain = _Fetcher(_ROBOTS_MOST, self.deadline, self.seconds, self.access._replace(headers=()))
            return plain.follow(place, Validators()).body.decode("utf-8", "replace")
        except SourceError as error:
            if error.code == "status" and re.match(r"answered 4", error.message) and " 429 " not in error.message:
                return ""
            raise SourceError(error.code, f"has a robots.txt that could not be fetched: {error.message}") from None

    def _once(self, wire: str, validators: Validators, private: bool, is_trusted: bool) -> Answer | str:
        """Return the response, or the target of a redirect.

        Args:
            private: the host may be in a private network.
            is_trusted: it gets the headers and credentials of the source.
        """
        import httpcore  # 50 ms that no build of files needs

        from feeds.fetch.transport import make_pool, refuse_private

        proxy = credentials.from_environment("proxy", self.access.proxy)
        if proxy and not private:
            refuse_private(urlsplit(wire).hostname or "")
        headers, limits = self._headers(wire, validators, is_trusted), {"timeout": _timeouts(_PER_READ)}
        try:
            with (
                make_pool(wire, self.deadline, private, proxy) as pool,
                pool.stream(self.method, wire, headers=headers, extensions=limits) as answer,
            ):
                return self._answer(answer, wire, validators)
        except httpcore.TimeoutException:
            raise _AgainError("timeout", f"took longer than {min(self.seconds, _PER_READ):g} seconds") from None
        except httpcore.ProxyError as error:
            raise SourceError("unreachable", f"cannot be fetched through the proxy: {error}") from None
        except (httpcore.RemoteProtocolError, httpcore.ReadError) as error:
            raise _AgainError("truncated", f"answered wrongly, or not to the end: {error}") from None
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            ValueError,
            OSError,
        ) as error:
            raise SourceError("unreachable", f"cannot be fetched: {error}") from None

    def _headers(self, wire: str, validators: Validators, is_trusted: bool) -> list[tuple[str, str]]:
        """Return the headers of a request; what is configured for the source goes to its own host only."""
        headers = {
            "User-Agent": self.access.user_agent or AGENT,
            "Accept": _ACCEPT,
            "Accept-Encoding": "identity" if self.method == "HEAD" else "gzip",
        }
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        if self.access.netrc and is_trusted and (stated := credentials.from_netrc(urlsplit(wire).hostname or "")):
            headers["Authorization"] = stated
        named = self.access.headers if is_trusted else ()
        own = {name.lower() for name, _ in named}
        filled = [(name, credentials.from_environment(f"headers.{name}", value)) for name, value in named]
        return [(name, value) for name, value in headers.items() if name.lower() not in own] + filled

    def _answer(self, answer: httpcore.Response, address: str, validators: Validators) -> Answer | str:
        """Return the response, or the target of a redirect."""
        status, headers = answer.status, _headers(answer)
        if status in _REDIRECTS and headers.get("location"):
            return headers["location"]
        content_type = headers.get("content-type", "")
        if status == 304 and (validators.etag or validators.last_modified):
            return Answer(address, content_type, b"", is_unchanged=True, validators=validators)
        if status != 200:
            _refuse_status(answer, headers)
        if self.method == "HEAD":
            return Answer(address, content_type, b"", length=_stated_length(headers))
        body = b"".join(self._bounded(self._unpacked(answer, headers)))
        stated = Validators(headers.get("etag", "")[:500], headers.get("last-modified", "")[:100])
        return Answer(
            address=address,
            content_type=content_type,
            body=body,
            validators=stated,
            link=headers.get("link", "")[:2000],
            language=headers.get("content-language", "").split(",")[0].strip()[:20],
        )

    def _bounded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        left = self.most + 1
        for chunk in chunks:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    def _unpacked(self, answer: httpcore.Response, headers: Mapping[str, str]) -> Iterator[bytes]:
        """Return the body, decompressed if it is gzip; any other encoding is refused."""
        packing = headers.get("content-encoding", "identity").strip().lower()
        if packing in ("identity", ""):
            yield from answer.iter_stream()
            return
        if packing not in ("gzip", "x-gzip", "deflate"):
            raise SourceError("encoding", f"is packed as '{packing[:50]}', which was not asked for")
        unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, as their heads say
        received = 0
        try:
            for chunk in answer.iter_stream():
                received += len(chunk)
                while chunk:
                    yield unpacker.decompress(chunk, 1 << 18)
                    chunk = unpacker.unconsumed_tail
        except zlib.error as error:
            raise SourceError("encoding", f"says that it is packed as {packing}, and is not: {error}") from None
        if not unpacker.eof:
            raise _AgainError("truncated", f"ends in the middle: {received} bytes of {packing} came")


def _refuse_status(answer: httpcore.Response, headers: Mapping[str, str]) -> NoReturn:
    reason = answer.extensions.get("reason_phrase", b"").decode("ascii", "replace")
    message = f"answered {answer.status} {reason}".strip()
    if answer.status in _RETRIED:
        raise _AgainError("status", message, _seconds(headers.get("retry-after", "")))
    raise SourceError("status", message)


def _stated_length(headers: Mapping[str, str]) -> int:
    """Return the Content-Length of a HEAD response in bytes, 0 if it is missing."""
    length = headers.get("content-length", "")
    is_plain = length.isascii() and length.isdigit() and not headers.get("content-encoding")
    return int(length[:15]) if is_plain else 0


def _seconds(stated: str) -> float | None:
    """Return Retry-After as seconds (RFC 9110 10.2.3); a date is ignored."""
    return float(stated) if stated.isascii() and stated.isdigit() and len(stated) < 9 else None
