"""Head + fragments -> documents. Splices bytes; renders nothing, decides nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from feeds import render
from feeds.config import Config
from feeds.model import Document, FeedSpec


def splice(head: bytes, end_tag: bytes, fragments: Sequence[bytes]) -> bytes:
    """The document whose last element, closed by end_tag, is given the fragments as its last children.

    >>> splice(b"<feed><title/></feed>", b"</feed>", [b"<entry/>"])
    b'<feed><title/><entry/></feed>'
    """
    at = head.rindex(end_tag)
    return b"".join((head[:at], *fragments, head[at:]))


def live(
    spec: FeedSpec, feed_id: str, config: Config, updated: dt.datetime, fragments: Sequence[render.Fragments]
) -> tuple[Document, Document]:
    """The live documents of a feed, Atom and RSS, with the fragments in the order given."""
    atom = splice(
        render.atom_head(spec, feed_id, config, updated), b"</feed>", [fragment.atom for fragment in fragments]
    )
    rss = splice(
        render.rss_head(spec, feed_id, config, updated), b"</channel>", [fragment.rss for fragment in fragments]
    )
    return (
        Document(spec.file(render.ATOM_FILE), render.ATOM, atom),
        Document(spec.file(render.RSS_FILE), render.RSS, rss),
    )
