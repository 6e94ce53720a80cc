"""Bytes -> RawItems: one module a kind, one visible table of kinds.

A parser decides where an item begins and ends and what its parts are; what the parts mean is not its business.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from feeds import config
from feeds.dates import DateRules
from feeds.fetch import Resource
from feeds.model import Origin, Problem, RawItem, SourceError
from feeds.sources import decoding
from feeds.sources.context import Context

# Kind -> the module with its read(); imported when a source is of that kind, for some need libraries that cost.
KINDS = {
    "listing": "listing",
    "html": "html",
    "feed": "syndication",
    "table": "table",
    "markdown": "markdown",
    "wordpress": "wordpress",
}


def read(resource: Resource, source: config.Source, dates: DateRules, longest: int) -> Iterator[RawItem | Problem]:
    """The items of one document, in its order, and what is wrong with it.

    Args:
        dates: how its dates are meant.
        longest: characters of a text that are kept.

    Raises:
        SourceError: the document cannot be read at all, or changed while it was read.
    """
    before = resource.stamp()
    origin = Origin(source.name, resource.shown, 0)
    encoding, doubt = source.encoding, ""
    if resource.charset and not encoding:
        with resource.open() as stream:
            encoding, doubt = decoding.check_charset(stream.read(), resource.charset)
    if doubt:
        yield Problem(origin, "encoding", doubt, "warning")
    given = Context(origin, source, dates, longest, encoding)
    parser = import_module(f"feeds.sources.{KINDS[kind(source, resource)]}")
    with resource.open() as stream:
        try:
            yield from parser.read(stream, given)
        except RecursionError:
            raise SourceError("too-deep", "is nested too deeply to be read") from None
    if resource.stamp() != before:
        raise decoding.changed_while_read()


def kind(source: config.Source, resource: Resource) -> str:
    """The kind of a document: as its source states it, else as its name or how it begins tells.

    A file whose name ends in .txt, or says nothing, is a listing whatever stands in it: an error page in its place is
    no other kind of source.
    """
    ending = resource.name.rpartition(".")[2].lower()
    if source.kind:
        return source.kind
    if not source.url and ending not in _ENDINGS:
        return "listing"
    with resource.open() as stream:
        return kind_of(resource.name, stream.read(4096))


_ENDINGS = frozenset("csv tsv json jsonl ndjson md markdown xml rss atom rdf wxr html htm xhtml".split())


def kind_of(name: str, head: bytes) -> str:
    """The kind of source that a document is, by its name and how it begins.

    >>> kind_of("news.csv", b"date;title")
    'table'
    >>> kind_of("news", b'<?xml version="1.0"?><rss version="2.0">')
    'feed'
    """
    ending = name.rpartition(".")[2].lower()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096].lower()
    if b"wordpress.org/export" in start:
        return "wordpress"
    if start[:1] == b"<":
        is_feed = any(mark in start for mark in (b"<rss", b"<feed", b"<rdf:rdf")) and b"<html" not in start
        return "feed" if is_feed else "html"
    if start[:1] in (b"{", b"["):
        return "feed" if b"jsonfeed.org/version/" in start else "table"
    if ending in ("csv", "tsv", "jsonl", "ndjson"):
        return "table"
    if ending in ("md", "markdown") or start[:4] in (b"---\n", b"+++\n"):
        return "markdown"
    return "listing"
