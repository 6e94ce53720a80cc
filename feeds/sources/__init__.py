"""Bytes -> RawItems, one module a kind of source (config.kinds).

A parser decides where an item begins and ends and what its parts are; what the parts mean is not its business.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from feeds.config import Source
from feeds.config.kinds import KINDS
from feeds.dates import DateRules
from feeds.fetch import Resource
from feeds.model import Origin, Problem, RawItem, SourceError
from feeds.sources import decoding
from feeds.sources.context import Context

_HEAD = 4096  # bytes from the start of a document that tell of what kind it is
_MODULES = {kind.name: kind.module for kind in KINDS}
_ENDINGS = frozenset(ending for kind in KINDS for ending in kind.endings if kind.name != "listing")


def read(resource: Resource, source: Source, dates: DateRules, longest: int) -> Iterator[RawItem | Problem]:
    """Yield the items of one document, in its order, and what is wrong with it.

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
    context = Context(origin=origin, source=source, dates=dates, longest=longest, encoding=encoding)
    # Imported when a source is of that kind: some need libraries that cost.
    parser = import_module(f"feeds.sources.{_MODULES[kind_of_document(source, resource)]}")
    with resource.open() as stream:
        try:
            yield from parser.read(stream, context)
        except RecursionError:
            raise SourceError("too-deep", "is nested too deeply to be read") from None
    if resource.stamp() != before:
        raise decoding.changed_while_read()


def kind_of_document(source: Source, resource: Resource) -> str:
    """Return the kind of a document: as its source states it, else as its name or how it begins tells.

    A file whose name ends in .txt, or says nothing, is a listing whatever stands in it: an error page in its place is
    not another kind of source.
    """
    if source.kind:
        return source.kind
    if not source.url and _ending(resource.name) not in _ENDINGS:
        return "listing"
    with resource.open() as stream:
        return detect_kind(resource.name, stream.read(_HEAD))


def detect_kind(name: str, head: bytes) -> str:
    """Return the kind of source that a document is, by its name and how it begins.

    >>> detect_kind("news.csv", b"date;title")
    'table'
    >>> detect_kind("news", b'<?xml version="1.0"?><rss version="2.0">')
    'feed'
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:_HEAD].lower()
    return next(kind.name for kind in KINDS if kind.is_like(_ending(name), start))


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
