"""Heads + fragments -> documents. Splices bytes; renders nothing, decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from feeds.config import Config
from feeds.feed import paths, render
from feeds.feed.heads import HeadSpec
from feeds.model import FORMATS, Document, Format, Fragments


def make_documents(head: HeadSpec, config: Config, fragments: Sequence[Fragments]) -> tuple[Document, ...]:
    """Return documents of a feed, one in each of FORMATS, with the fragments in the order given."""
    return fill_documents(make_empty_documents(head, config), fragments)


def make_empty_documents(head: HeadSpec, config: Config) -> tuple[Document, ...]:
    """Return the same documents without entries."""
    return tuple(
        Document(paths.document_path(head.feed, kind, head.page), render.render_head(kind, head, config))
        for kind in FORMATS
    )


def fill_documents(empty: Sequence[Document], fragments: Sequence[Fragments]) -> tuple[Document, ...]:
    """Return documents without entries, one in each of FORMATS, with these."""
    if not fragments:
        return tuple(empty)
    return tuple(
        document._replace(body=splice(document.body, kind, [rendered[kind.name] for rendered in fragments]))
        for document, kind in zip(empty, FORMATS, strict=True)
    )


def splice(body: bytes, kind: Format, fragments: Sequence[bytes]) -> bytes:
    """Return a document of a format with the fragments in front of its end.

    >>> from feeds.model import ATOM
    >>> splice(b"<feed><title/></feed>", ATOM, [b"<entry/>"])
    b'<feed><title/><entry/></feed>'
    """
    at = body.rindex(kind.end)
    return b"".join((body[:at], kind.around, kind.between.join(fragments), kind.around, body[at:]))


def filled_length(empty: Document, kind: Format, fragments: Sequence[bytes]) -> int:
    """Return the bytes that a document without entries has with these."""
    if not fragments:
        return len(empty.body)
    between = 2 * len(kind.around) + (len(fragments) - 1) * len(kind.between)
    return len(empty.body) + between + sum(map(len, fragments))
