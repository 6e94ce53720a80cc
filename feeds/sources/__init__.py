"""Bytes -> RawItems, one module a kind of source (config.kinds).

A parser decides where an item begins and ends and what its parts are; what the parts mean is not its business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

from feeds.config import Source
from feeds.config.kinds import KINDS
from feeds.dates import DateRules
from feeds.fetch import Resource
from feeds.model import Origin, Problem, RawItem, SourceError
from feeds.sources import decoding, foreign, notes
from feeds.sources.context import Context

_HEAD = 4096  # bytes from the start of a document that tell of what kind it is
_MODULES = {kind.name: kind.module for kind in KINDS}


def read(resource: Resource, source: Source, dates: DateRules, longest: int) -> Iterator[RawItem | Problem]:
    """Yield the items of one document, in its order, and what is wrong with it.

    Args:
        dates: how its dates are meant.
        longest: characters of a text that are kept.

    Raises:
        SourceError: the document cannot be read at all, or changed while it was read.
    """
    before = resource.stamp()
    kind = _known_kind(source, resource)
    origin = Origin(source.name, resource.shown, 0)
    encoding, doubt = source.encoding, ""
    if resource.charset and not encoding:
        with resource.open() as stream:
            encoding, doubt = decoding.check_charset(stream.read(), resource.charset)
    if doubt:
        yield Problem(origin, "encoding", doubt, "warning")
    context = Context(origin=origin, source=source, dates=dates, longest=longest, encoding=encoding, unused={})
    # Imported when a source is of that kind: some need libraries that cost.
    parser = import_module(f"feeds.sources.{_MODULES[kind]}")
    with resource.open() as stream:
        try:
            yield from parser.read(stream, context)
        except RecursionError:
            raise SourceError("too-deep", "is nested too deeply to be read") from None
    if resource.stamp() != before:
        raise decoding.changed_while_read()
    if context.unused:
        yield notes.of_names("unused", tuple(context.unused), origin)


def _known_kind(source: Source, resource: Resource) -> str:
    """The kind of a document.

    Raises:
        SourceError: it is in a format that is known and is no source, as a PDF.
    """
    with resource.open() as stream:
        head = stream.read(_HEAD)
    kind = source.kind or detect_kind(resource.name, head)
    if kind != "spreadsheet" and (named := foreign.name_format(_ending(resource.name), _start(head))):
        raise SourceError("foreign-format", named)
    return kind


def kind_of_document(source: Source, resource: Resource) -> str:
    """Return the kind of a document: as its source states it, else as its name and how it begins tell."""
    if source.kind:
        return source.kind
    with resource.open() as stream:
        return detect_kind(resource.name, stream.read(_HEAD))


def detect_kind(name: str, head: bytes) -> str:
    """Return the kind of source that a document is, by its name and how it begins.

    A file whose name ends in .txt is a listing whatever stands in it: an error page in its place is not another kind.

    >>> detect_kind("news.csv", b"date;title")
    'table'
    >>> detect_kind("news", b'<?xml version="1.0"?><rss version="2.0">')
    'feed'
    """
    if _ending(name) == "txt":
        return "listing"
    return next(kind.name for kind in KINDS if kind.is_like(_ending(name), _start(head)))


_LANGUAGE = re.compile(
    rb"""<(?:html|feed|rss|rdf:rdf)\b[^>]{0,500}?\slang\s*=\s*["']?([a-z]{2,3})\b"""
    rb"""|\bxml:lang\s*=\s*["']([a-z]{2,3})\b|<(?:dc:)?language>\s*([a-z]{2,3})\b""",
    re.IGNORECASE,
)


def stated_language(resource: Resource) -> str:
    """Return the language that a document states at its beginning, else its server; "" where neither does.

    Raises:
        SourceError: it cannot be read.
    """
    with resource.open() as stream:
        head = stream.read(_HEAD)
    match = _LANGUAGE.search(head) if head.lstrip()[:1] == b"<" else None
    return next(filter(None, match.groups())).decode().lower() if match else resource.language


def _start(head: bytes) -> bytes:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:_HEAD].lower()


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
