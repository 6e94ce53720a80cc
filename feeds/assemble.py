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


def documents(
    spec: FeedSpec,
    feed_id: str,
    config: Config,
    updated: dt.datetime,
    fragments: Sequence[render.Fragments],
    page: int = 0,
    previous: int = 0,
) -> tuple[Document, Document]:
    """Documents of a feed, Atom and RSS, with the fragments in the order given.

    Args:
        page: of the feed's archive, 0 for the live documents.
        previous: the next older page, 0 where there is none.
    """
    atom_file = render.archive_file(page, render.ATOM_FILE) if page else render.ATOM_FILE
    rss_file = render.archive_file(page, render.RSS_FILE) if page else render.RSS_FILE
    atom = splice(
        render.atom_head(spec, feed_id, config, updated, atom_file),
        b"</feed>",
        [
            render.paging(spec, config, page, previous, render.ATOM_FILE),
            *(fragment.atom for fragment in fragments),
        ],
    )
    rss = splice(
        render.rss_head(spec, feed_id, config, updated, rss_file),
        b"</channel>",
        [
            render.paging(spec, config, page, previous, render.RSS_FILE),
            *(fragment.rss for fragment in fragments),
        ],
    )
    return Document(spec.file(atom_file), render.ATOM, atom), Document(spec.file(rss_file), render.RSS, rss)
