"""What readers are told in the place of news: that an entry was withdrawn, that a feed has ended."""

from __future__ import annotations

import datetime as dt
import html

from feeds.config import Config
from feeds.feed import messages
from feeds.model import Entry, FeedSpec, Origin


def as_published(entry: Entry) -> Entry:
    """The entry as it is published: itself, or the notice of its withdrawal."""
    if entry.withdrawn is None:
        return entry
    spoken = messages.language_messages(entry.language)
    text = f"{spoken['withdrawn_on'].format(entry.withdrawn.date().isoformat())} {entry.reason}".strip()
    return entry._replace(
        title=f"{spoken['withdrawn']}: {entry.title}",
        summary=text,
        content_html=f"<p>{html.escape(text, quote=False)}</p>",
    )


def ended_notice(
    spec: FeedSpec, feed_id: str, when: dt.datetime, to: FeedSpec | None, note: str, config: Config
) -> Entry:
    """The last entry of a feed: that it has ended, and where it goes on."""
    spoken = messages.site_messages(config)
    parts = [spoken["ended_nothing"].format(spec.title), note]
    link = config.base_url
    if to:
        link = f"{config.base_url}{to.path}/atom.xml"
        parts.append(spoken["ended_onward"].format(to.title, link))
    text = " ".join(filter(None, parts))
    return Entry(
        id=f"{feed_id}/ended",
        title=spoken["ended_title"],
        link=link,
        page="",
        published=when,
        precision="second",
        updated=when,
        summary=text,
        content_html=f"<p>{html.escape(text, quote=False)}</p>",
        language=config.language,
        origin=Origin("", "", 0),
        categories=(),
    )
