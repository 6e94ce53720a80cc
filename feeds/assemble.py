"""Head + fragments -> documents. Splices bytes; renders nothing, decides nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from feeds import render
from feeds.config import Config
from feeds.model import ATOM, FORMATS, RSS, Document, FeedSpec, Fragments


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
    bodies = (
        splice(
            render.atom_head(spec, feed_id, config, updated, page),
            b"</feed>",
            [render.paging(spec, config, page, previous, ATOM), *(fragment.atom for fragment in fragments)],
        ),
        splice(
            render.rss_head(spec, feed_id, config, updated, page),
            b"</channel>",
            [render.paging(spec, config, page, previous, RSS), *(fragment.rss for fragment in fragments)],
        ),
        splice(
            render.json_head(spec, config, page, previous, has_ended),
            b"]",
            [b"\n", b",\n".join(fragment.json for fragment in fragments), b"\n"] if fragments else [],
        ),
    )
    return tuple(
        Document(spec.file(render.file(kind, page)), kind.media_type, body)
        for kind, body in zip(FORMATS, bodies, strict=True)
    )
