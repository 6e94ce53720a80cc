"""What every parser is called with, and what several of them do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

from feeds.config import Source
from feeds.config.limits import DOCUMENT_BYTES
from feeds.dates import DateRules
from feeds.model import Enclosure, Origin, Problem, SourceError
from feeds.sources.decoding import Encoding

_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{16384,}")
_MAX_ATTRIBUTES = 2000  # of an element; the most that a real page was seen to have is 60
_TITLE = 80  # characters of a title that is made of a text


class Context(NamedTuple):
    """A document to be parsed, its source, and how its dates are meant.

    Attributes:
        longest: characters of a text that are kept.
        encoding: as the source or the server states it, "" where neither does.
        unused: names of fields of the document that say something and are not read, in the order in which they are met.
    """

    origin: Origin
    source: Source
    dates: DateRules
    longest: int
    unused: dict[str, None]
    encoding: str = ""

    def origin_at(self, line: int) -> Origin:
        """Return a place in the document."""
        return self.origin._replace(line=line)

    def note_unused(self, names: Iterable[str]) -> None:
        """Remember fields of the document that are not read."""
        self.unused.update(dict.fromkeys(names))

    def decoding_problems(self, encoding: Encoding) -> list[Problem]:
        """Return what is to be said of how the document was decoded."""
        return [Problem(self.origin_at(encoding.line), "encoding", encoding.note, "warning")] if encoding.note else []


def read_whole(stream: BinaryIO) -> bytes:
    """Return all bytes of a document.

    Raises:
        SourceError: it is too large to be parsed as a whole, or check_attributes refuses it.
    """
    data = stream.read(DOCUMENT_BYTES + 1)
    if len(data) > DOCUMENT_BYTES:
        raise SourceError("too-large", f"has more than {DOCUMENT_BYTES} bytes; split it into several")
    check_attributes(data)
    return data


def check_attributes(data: bytes, line: int = 1) -> None:
    """Refuse elements with thousands of attributes: the time of every parser grows with the square of their number
    (measured: 100,000 take minutes).

    Args:
        line: of the first byte.

    Raises:
        SourceError: there is one.
    """
    for tag in _LONG_TAG.finditer(data):
        if tag[0].count(b"=") > _MAX_ATTRIBUTES or len(tag[0].split()) > 10 * _MAX_ATTRIBUTES:
            line += data.count(b"\n", 0, tag.start())
            raise SourceError("too-many-attributes", f"has an element with over {_MAX_ATTRIBUTES} attributes", line)


def merge_picture(files: list[Enclosure], picture: Enclosure | None) -> list[Enclosure]:
    """Return the files of an item with its picture, which may be one of them."""
    if picture is None:
        return files
    if all(file.address != picture.address for file in files):
        return [*files, picture]
    return [_as_picture(file, picture) if file.address == picture.address else file for file in files]


def _as_picture(file: Enclosure, picture: Enclosure) -> Enclosure:
    return picture._replace(media_type=file.media_type or picture.media_type, length=file.length or picture.length)


def title_from_text(paragraphs: tuple[str, ...]) -> str:
    """Return a title for an item that has none: how its text begins."""
    from feeds.content.normalise import shorten, summarise

    text = " ".join(paragraphs)
    return shorten(summarise(text, _TITLE), _TITLE) if text else ""
