"""Head + fragments -> documents. Splices bytes; renders nothing, decides nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from feeds.config import Config
from feeds.feed import render
from feeds.model import ATOM, FORMATS, JSON, RSS, Document, FeedSpec, Fragments

_ENDS = {ATOM: b"</feed>", RSS: b"</channel>", JSON: b"]"}  # of FORMATS: what an entry goes in front of


def splice(head: bytes, end_tag: bytes, fragments: Sequence[bytes]) -> bytes:
    """The document whose last element, closed by end_tag, is given the fragments as its last children.

    >>> splice(b"<feed><title/></feed>", b"</feed>", [b"<entry/>"])
    b'<feed><title/><entry/></feed>'
    """
    at = head.rindex(end_tag)
    return b"".join((head[:at], *fragments, head[at:]))


def documents(
    spec: FeedSpec,
    feed_id: str,
    config: Config,
    updated: dt.datetime,
    fragments: Sequence[Fragments],
    page: int = 0,
    previous: int = 0,
    has_ended: bool = False,
) -> tuple[Document, ...]:
    """Documents of a feed, one in each of FORMATS, with the fragments in the order given.

    Args:
        page: of the feed's archive, 0 for the live documents.
        previous: the next older page, 0 where there is none.
        has_ended: nothing will be added to the feed any more.
    """
    return filled(heads(spec, feed_id, config, updated, page, previous, has_ended), fragments)


def heads(
    spec: FeedSpec,
    feed_id: str,
    config: Config,
    updated: dt.datetime,
    page: int = 0,
    previous: int = 0,
    has_ended: bool = False,
) -> tuple[Document, ...]:
    """The same documents without entries. Arguments as for documents."""
    atom = render.atom_head(spec, feed_id, config, updated, page)
    rss = render.rss_head(spec, feed_id, config, updated, page)
    bodies = (
        splice(atom, _ENDS[ATOM], [render.paging(spec, config, page, previous, ATOM)]),
        splice(rss, _ENDS[RSS], [render.paging(spec, config, page, previous, RSS)]),
        render.json_head(spec, config, page, previous, has_ended),
    )
    return tuple(
        Document(spec.file(render.document_name(kind, page)), kind.media_type, body)
        for kind, body in zip(FORMATS, bodies, strict=True)
    )


def filled(heads: Sequence[Document], fragments: Sequence[Fragments]) -> tuple[Document, ...]:
    """Documents without entries, one in each of FORMATS, given these."""
    if not fragments:
        return tuple(heads)
    atom, rss, json = zip(*fragments, strict=True)
    spliced = (atom, rss, [b"\n", b",\n".join(json), b"\n"])
    return tuple(
        Document(head.path, head.media_type, splice(head.body, end, parts))
        for head, end, parts in zip(heads, _ENDS.values(), spliced, strict=True)
    )
