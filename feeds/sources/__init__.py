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
from feeds.sources import text
from feeds.sources.given import Given

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
            encoding, doubt = text.as_served(stream.read(), resource.charset)
    if doubt:
        yield Problem(origin, "encoding", doubt, "warning")
    given = Given(origin, source, dates, longest, encoding)
    parser = import_module(f"feeds.sources.{KINDS[source.kind]}")
    with resource.open() as stream:
        try:
            yield from parser.read(stream, given)
        except RecursionError:
            raise SourceError("too-deep", "is nested too deeply to be read") from None
    if resource.stamp() != before:
        raise text.changed()
