"""What every parser is given, and what several of them do."""

from __future__ import annotations

import re
from typing import BinaryIO, NamedTuple

from feeds import config
from feeds.dates import DateRules
from feeds.model import Origin, Problem, SourceError
from feeds.sources import decoding

_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{16384,}")
_MOST_ATTRIBUTES = 2000
LARGEST = 64 * 1024 * 1024  # bytes of a document that is read as a whole


class Context(NamedTuple):
    """A document's place, its source, and how its dates are meant; longest: characters of a text that are kept."""

    origin: Origin
    source: config.Source
    dates: DateRules
    longest: int
    encoding: str = ""  # as the source or the server states it

    def at(self, line: int) -> Origin:
        """A place in the document."""
        return self.origin._replace(line=line)

    def about(self, encoding: decoding.Encoding) -> list[Problem]:
        """What there is to say of how the document was decoded."""
        return [Problem(self.at(encoding.line), "encoding", encoding.note, "warning")] if encoding.note else []


def read_whole(stream: BinaryIO) -> bytes:
    """All bytes of a document.

    Raises:
        SourceError: it is larger than LARGEST, or an element has thousands of attributes, for which the time of every
            parser grows with the square of their number (measured: 100,000 take minutes).
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise SourceError("too-large", f"has more than {LARGEST} bytes; split it into several")
    check_attributes(data)
    return data


def check_attributes(data: bytes, line: int = 1) -> None:
    """Raise SourceError where an element has thousands of attributes, as whole says; line: of the first byte."""
    for tag in _LONG_TAG.finditer(data):
        if tag[0].count(b"=") > _MOST_ATTRIBUTES or len(tag[0].split()) > 10 * _MOST_ATTRIBUTES:
            line += data.count(b"\n", 0, tag.start())
            raise SourceError("too-many-attributes", f"has an element with over {_MOST_ATTRIBUTES} attributes", line)


def title_from_text(paragraphs: tuple[str, ...]) -> str:
    """A title for an item that has none: how its text begins."""
    from feeds.content.normalise import shorten, summarise

    flat = " ".join(paragraphs)
    return shorten(summarise(flat, 80), 80) if flat else ""
