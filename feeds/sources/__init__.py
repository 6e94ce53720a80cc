"""Bytes -> RawItems: one module a kind, one visible table of kinds.

A parser decides where an item begins and ends and what its parts are; what the parts mean is not its business.
"""

from __future__ import annotations

from collections.abc import Iterator

from feeds import config
from feeds.fetch import Resource
from feeds.model import Origin, Problem, RawItem
from feeds.sources import listing, text

KINDS = {"listing": listing.parse}


def read(
    resource: Resource, source: config.Source, languages: tuple[str, ...], longest: int
) -> Iterator[RawItem | Problem]:
    """The items of one document, in its order, and what is wrong with it; nothing is held beyond one item.

    Args:
        languages: those whose names of months may stand in a date line.
        longest: characters of a line that are kept.

    Raises:
        SourceError: the document cannot be read at all, or changed while it was read.
    """
    before = resource.stamp()
    with resource.open() as stream:
        encoding = text.encoding_of(stream, source.encoding)
        if encoding.note:
            yield Problem(
                Origin(source.name, resource.shown, encoding.line), "encoding", encoding.note, severity="warning"
            )
        stream.seek(0)
        lines = text.lines(stream, encoding, longest)
        yield from KINDS[source.kind](lines, Origin(source.name, resource.shown, 0), languages)
    if resource.stamp() != before:
        raise text.changed()
