"""Entries of one shape: what tells shapes apart, what differs within one, and a sample for feed/shapes.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from email.utils import format_datetime

from feeds.config import Config
from feeds.feed.shapes import mark
from feeds.model import Author, Category, Content, Entry

# Of a sample, whose dates cannot be marks.
PUBLISHED = dt.datetime(1987, 6, 5, 4, 3, 2, tzinfo=dt.UTC)
UPDATED = dt.datetime(1989, 8, 7, 6, 5, 4, tzinfo=dt.UTC)
DATES = {
    PUBLISHED.isoformat(): "published",
    UPDATED.isoformat(): "updated",
    format_datetime(PUBLISHED): "pubdate",
    format_datetime(UPDATED): "pubdate",
}


def shape_of(entry: Entry, config: Config, authors: Sequence[Author], points: Sequence[str]) -> Hashable:
    """Return what tells the shape of an entry apart."""
    return (
        entry.content.language != config.language,
        len(points),
        tuple([bool(author.address) for author in authors]),
        tuple([bool(category.scheme) for category in entry.categories]),
    )


def is_unusual(entry: Entry, config: Config) -> bool:
    """Return True for an entry with parts that few have, which is always rendered as a whole."""
    return bool(
        entry.withdrawn or entry.translations or entry.foreign_id or entry.content.enclosures or config.publish.source
    )


def values_of(entry: Entry, authors: Sequence[Author], points: Sequence[str]) -> dict[str, str]:
    """What differs between entries of one shape."""
    content = entry.content
    values = {
        "id": entry.id,
        "title": content.title,
        "link": entry.link,
        "summary": content.summary,
        "html": content.html,
        "lang": content.language,
        "published": entry.published.isoformat(),
        "updated": entry.updated.isoformat(),
        "pubdate": format_datetime(entry.published),
    }
    for number, author in enumerate(authors):
        values[f"author{number}"], values[f"address{number}"] = author.name, author.address
    for number, category in enumerate(entry.categories):
        values[f"scheme{number}"], values[f"label{number}"] = category.scheme, category.label
    values.update((f"point{number}", point) for number, point in enumerate(points))
    return values


def make_sample(entry: Entry, config: Config, authors: Sequence[Author], points: int) -> tuple[Entry, list[str]]:
    """Return an entry of the same shape with marks in the place of its values, and so many points on the map."""
    content = Content(
        title=mark("title"),
        html=mark("html"),
        summary=mark("summary"),
        language=config.language if entry.content.language == config.language else mark("lang"),
        authors=tuple(
            Author(mark(f"author{number}"), mark(f"address{number}") if author.address else "")
            for number, author in enumerate(authors)
        ),
    )
    categories = tuple(
        Category(mark(f"scheme{number}") if category.scheme else "", "", mark(f"label{number}"))
        for number, category in enumerate(entry.categories)
    )
    marked = entry._replace(
        id=mark("id"),
        content=content,
        link=mark("link"),
        published=PUBLISHED,
        updated=UPDATED,
        categories=categories,
    )
    return marked, [mark(f"point{number}") for number in range(points)]
