"""What every parser is given, and what several of them do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO

from feeds import config
from feeds.dates import DateRules
from feeds.model import Origin, Problem, SourceError
from feeds.sources import text

LARGEST = 64 * 1024 * 1024  # bytes of a document that is read as a whole


@dataclass(frozen=True, slots=True)
class Given:
    """A document's place, its source, and how its dates are meant; longest: characters of a text that are kept."""

    origin: Origin
    source: config.Source
    dates: DateRules
    longest: int
    encoding: str = ""  # as the source or the server states it

    def at(self, line: int) -> Origin:
        """A place in the document."""
        return replace(self.origin, line=line)

    def about(self, encoding: text.Encoding) -> list[Problem]:
        """What there is to say of how the document was decoded."""
        return [Problem(self.at(encoding.line), "encoding", encoding.note, "warning")] if encoding.note else []


def whole(stream: BinaryIO) -> bytes:
    """All bytes of a document.

    Raises:
        SourceError: it is larger than LARGEST.
    """
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise SourceError("too-large", f"has more than {LARGEST} bytes; split it into several")
    return data


def beginning(paragraphs: tuple[str, ...]) -> str:
    """A title for an item that has none: how its text begins."""
    from feeds.normalise import cut, summarise

    flat = " ".join(paragraphs)
    return cut(summarise(flat, 80), 80) if flat else ""
