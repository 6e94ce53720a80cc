"""What the documents of a feed say of it, in whatever format: which page it is, and the addresses of a site."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from feeds.config import Config
from feeds.feed import paths
from feeds.model import Author, Entry, FeedSpec


class HeadSpec(NamedTuple):
    """The feed and page whose head is rendered.

    Attributes:
        updated: when the newest entry of the document was.
        page: of the feed's archive, 0 for the live document.
        previous: the next older page, 0 where there is none.
        has_ended: nothing will be added to the feed any more.
    """

    feed: FeedSpec
    feed_id: str
    updated: dt.datetime
    page: int = 0
    previous: int = 0
    has_ended: bool = False


def site_url(spec: FeedSpec, config: Config) -> str:
    """Return the address of what a feed is of: of the main one the publisher's own site, of others their page."""
    return config.look.home if config.look.home and not spec.path else page_url(spec, config)


def page_url(spec: FeedSpec, config: Config) -> str:
    """Return the address of a feed's page."""
    return config.base_url + paths.in_feed(spec)


def published_authors(entry: Entry, config: Config) -> tuple[Author, ...]:
    """Return the authors of an entry, where the site names them."""
    return entry.content.authors if config.authors else ()
