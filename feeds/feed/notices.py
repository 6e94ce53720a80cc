"""Notices to readers in the place of entries: an entry was withdrawn, a feed has ended."""

from __future__ import annotations

import datetime as dt
import html

from feeds.config import Config
from feeds.feed import messages, paths
from feeds.model import ATOM, Content, Entry, FeedSpec, Origin


def as_published(entry: Entry) -> Entry:
    """Return the entry as it is published: itself, or the notice of its withdrawal."""
    if entry.withdrawn is None:
        return entry
    spoken = messages.language_messages(entry.content.language)
    text = f"{spoken['withdrawn_on'].format(entry.withdrawn.date().isoformat())} {entry.reason}".strip()
    notice = _notice(f"{spoken['withdrawn']}: {entry.content.title}", text, entry.content.language)
    # What else it said stays, as the files that belong to it: feeds have always shown them. Nobody wrote the notice.
    content = entry.content._replace(title=notice.title, summary=notice.summary, html=notice.html, authors=())
    return entry._replace(content=content)


def ended_notice(
    spec: FeedSpec, feed_id: str, when: dt.datetime, to: FeedSpec | None, note: str, config: Config
) -> Entry:
    """Return the last entry of a feed, which says that it has ended and which feed replaces it."""
    spoken = messages.site_messages(config)
    parts = [spoken["ended_nothing"].format(spec.title), note]
    link = config.base_url
    if to:
        link = config.base_url + paths.document_path(to, ATOM)
        parts.append(spoken["ended_onward"].format(to.title, link))
    return Entry(
        id=f"{feed_id}/ended",
        content=_notice(spoken["ended_title"], " ".join(filter(None, parts)), config.language),
        link=link,
        page="",
        published=when,
        precision="second",
        updated=when,
        origin=Origin("", "", 0),
        categories=(),
    )


def _notice(title: str, text: str, language: str) -> Content:
    return Content(title=title, summary=text, html=f"<p>{html.escape(text, quote=False)}</p>", language=language)
