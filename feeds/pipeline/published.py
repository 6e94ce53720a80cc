"""Which of the feeds of a site are published."""

from __future__ import annotations

from feeds.config import Config
from feeds.feed import membership, paths
from feeds.history.feeds import StoredFeed
from feeds.model import ATOM, Category, FeedSpec
from feeds.pipeline.run import Run


def published_feeds(run: Run) -> list[StoredFeed]:
    """Return the feeds that the site wants, by path; a pair only when it has enough entries, or had."""
    feeds = [feed for feed in run.history.feeds.all() if membership.is_published(feed.category, run.config)]
    settings = run.config.facets[membership.PAIRS]
    if not settings.publish or settings.only or settings.least <= 1:
        return feeds
    counts = run.history.statistics.counts()
    return [feed for feed in feeds if counts.get(feed.path, 0) >= settings.least or not _is_new_pair(run, feed)]


def _is_new_pair(run: Run, feed: StoredFeed) -> bool:
    """Return True for the feed of a country within a topic that was never published: a feed never disappears."""
    if feed.category is None or feed.category.scheme != membership.PAIRS:
        return False
    return run.history.documents.get(paths.document_path(spec_of(run.config, feed.category), ATOM)) is None


def spec_of(config: Config, category: Category | None) -> FeedSpec:
    """Return the feed of a category, None for the main one."""
    return membership.feed_spec(category, config) if category else membership.main_feed(config)
