"""Check a live deployment as a reader sees it; each remark says what to do."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Generator, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from feeds import fetch
from feeds.feed import paths
from feeds.model import FORMATS, SourceError
from feeds.validation import examine, folder, served

MOST = 2000  # addresses of a list that are asked
_LONGEST_AGE = 3600  # seconds: readers on servers ask no sooner
_LATE = 4  # times as long as is usual: then something is wrong
_TYPES = tuple(kind.media_type for kind in FORMATS)


class Remark(NamedTuple):
    """What is wrong at an address, and what to do."""

    address: str
    code: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.address}: {self.message}; {self.remedy} [{self.code}]"


def check(address: str, now: dt.datetime) -> Iterator[Remark]:
    """Return what is wrong with how feeds are served.

    Args:
        address: of the page that lists them, or of one feed.
        now: aware; decides what is late.
    """
    host = urlsplit(address).netloc.lower()
    first = yield from _fetched(address)
    if first is None:
        return
    if "html" not in first.headers.get("content-type", "").lower() and folder.outline(first.body):
        yield from _feed(address, now)
        return
    feeds = yield from _discovered(address, first.body)
    for feed in feeds:
        if urlsplit(feed).netloc.lower() == host:
            yield from _feed(feed, now)
        else:
            yield _elsewhere(feed, address, host)
    yield from _list(urljoin(address, paths.OPML), host)


def _fetched(address: str) -> Generator[Remark, None, fetch.Probe | None]:
    """Return the response of an address that should exist, None if it does not."""
    try:
        answer = fetch.probe(address)
    except SourceError as error:
        yield Remark(address, error.code, error.message, "see whether the server runs, and its certificate is valid")
        return None
    if answer.status in (301, 302, 303, 307, 308):
        to = urljoin(address, answer.headers.get("location", ""))
        yield Remark(address, "redirect", f"redirects to {to}", "give readers that address, or set base_url so")
        return None
    if answer.status != 200:
        yield Remark(address, "status", f"answers {answer.status}", "publish the output folder at base_url")
        return None
    return answer


def _discovered(address: str, page: bytes) -> Generator[Remark, None, list[str]]:
    """Return the feeds that a page links to (rel=alternate)."""
    try:
        root = html.document_fromstring(page)
    except (etree.ParserError, ValueError):
        root = None
    links = [] if root is None else root.xpath("//link[@rel='alternate'][@href]")
    found = [urljoin(address, link.get("href")) for link in links if str(link.get("type") or "").lower() in _TYPES]
    if not found:
        yield Remark(
            address,
            "autodiscovery",
            "has no link to a feed that readers find by themselves",
            "add <link rel='alternate' type='application/atom+xml' title='…' href='…'> to its head",
        )
    return list(dict.fromkeys(found))


def _feed(address: str, now: dt.datetime) -> Iterator[Remark]:
    answer = yield from _fetched(address)
    if answer is None:
        return
    headers = answer.headers
    yield from _type(address, headers.get("content-type", ""), answer.body)
    yield from _validators(address, headers)
    yield from _transfer(address, headers)
    errors = [finding for finding in examine(answer.body).findings if finding.severity == "error"]
    if errors:
        message = f"is not valid: line {errors[0].line}: {errors[0].message}"
        yield Remark(address, "invalid", message, "run feeds validate on it, and publish it again")
    yield from _freshness(address, answer.body, now)


def _type(address: str, content_type: str, body: bytes) -> Iterator[Remark]:
    for finding in served.check(address, content_type, body):
        remedy = {
            "bad-content-type": "let the server send application/xml for .xml, application/feed+json for feed.json",
            "charset-differs": "let the server say charset=utf-8",
            "self-differs": "set base_url in feeds.toml to where the folder is served, and build again",
        }[finding.code]
        yield Remark(address, finding.code, finding.message, remedy)
    if "charset=" not in content_type.lower():
        yield Remark(
            address,
            "no-charset",
            f"is served as '{content_type}', without a charset",
            "let the server add charset=utf-8: a browser that shows the source garbles it otherwise",
        )


def _validators(address: str, headers: Mapping[str, str]) -> Iterator[Remark]:
    """Check that conditional requests are answered with 304 Not Modified."""
    for name, question, packing in (
        ("ETag", "If-None-Match", "identity"),
        (
            "ETag",
            "If-None-Match",
            "gzip",
        ),  # as readers ask; some servers do not know it again then
        ("Last-Modified", "If-Modified-Since", "identity"),
    ):
        try:
            stated = headers if packing == "identity" else fetch.probe(address, {"Accept-Encoding": packing}).headers
            value = stated.get(name.lower(), "")
            if not value:
                yield Remark(address, f"no-{name.lower()}", f"is served without {name}", f"let the server send {name}")
                return
            again = fetch.probe(address, {question: value, "Accept-Encoding": packing})
        except SourceError as error:
            yield Remark(address, error.code, error.message, "ask again")
            return
        if again.status != 304:
            where = ", compressed," if packing == "gzip" else ""
            yield Remark(
                address,
                f"{name.lower()}-not-answered",
                f"answers {again.status} to {question} with its own {name}{where} not 304",
                "let no proxy or module change it on the way; files whose bytes are the same must keep their times",
            )
            return


def _transfer(address: str, headers: Mapping[str, str]) -> Iterator[Remark]:
    try:
        packed = fetch.probe(address, {"Accept-Encoding": "gzip"})
    except SourceError as error:
        yield Remark(address, error.code, error.message, "ask again")
        return
    if packed.headers.get("content-encoding", "").lower() != "gzip" and len(packed.body) > 2000:
        yield Remark(
            address, "compression", "is not compressed", "switch gzip on for application/xml and application/feed+json"
        )
    if headers.get("access-control-allow-origin") != "*":
        yield Remark(
            address,
            "cors",
            "cannot be fetched by the pages of partners",
            "let the server send Access-Control-Allow-Origin: *",
        )
    stated = headers.get("cache-control", "")
    age = re.search(r"max-age\s*=\s*(\d+)", stated)
    if not age or int(age[1]) > _LONGEST_AGE or re.search(r"no-store|no-cache|private", stated):
        yield Remark(
            address,
            "cache-control",
            f"says Cache-Control: '{stated}'" if stated else "has no Cache-Control",
            "let the server send Cache-Control: max-age=900",
        )


def _freshness(address: str, body: bytes, now: dt.datetime) -> Iterator[Remark]:
    """Check that the newest entry is not much older than the usual interval between entries."""
    outline = folder.outline(body)
    stated = [entry.published for _, entry in outline.entries] if outline else []
    moments = sorted(moment for moment in map(_moment, stated) if moment)
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(moments))
    if len(gaps) < 3:
        return
    usual = max(gaps[len(gaps) // 2], dt.timedelta(days=1))
    if now - moments[-1] > _LATE * usual:
        yield Remark(
            address,
            "stale",
            f"has had nothing new since {moments[-1].date()}, and has something every {usual.days} days as a rule",
            "see whether cron still runs feeds build, and what it says",
        )


def _moment(stated: str) -> dt.datetime | None:
    from email.utils import parsedate_to_datetime

    for read in (dt.datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(stated)
        except (ValueError, TypeError):
            continue
        return moment if moment.tzinfo else None
    return None


def _elsewhere(feed: str, listed_in: str, host: str) -> Remark:
    """Return the remark about a feed on another host, which is not requested: a page may name any host."""
    message = f"is listed in {listed_in}, but is not on {host}, so it was not asked"
    return Remark(
        feed, "other-host", message, "set base_url in feeds.toml to where the folder is served, or check that"
    )


def _list(address: str, host: str) -> Iterator[Remark]:
    """Check that the feeds of an OPML list exist."""
    answer = yield from _fetched(address)
    if answer is None:
        return
    try:
        root = etree.fromstring(answer.body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        yield Remark(address, "invalid", f"is not OPML: {error.msg}", "publish it again")
        return
    listed = list(
        dict.fromkeys(str(outline.get("xmlUrl")) for outline in root.iter("outline") if outline.get("xmlUrl"))
    )
    for feed in listed[:MOST]:
        if urlsplit(feed).netloc.lower() != host:
            yield _elsewhere(feed, address, host)
            continue
        try:
            found = fetch.probe(feed, most=1 << 12)
        except SourceError as error:
            yield Remark(feed, "opml-link", f"is listed in {address}, but {error.message}", "publish the whole folder")
            continue
        if found.status != 200:
            message = f"is listed in {address}, but answers {found.status}"
            yield Remark(feed, "opml-link", message, "publish the whole folder, and set base_url to where it is served")
