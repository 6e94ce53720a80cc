"""Pages for people: the index of feeds, and a page for each entry whose source gives no link. Plain for now.

Jinja2 with autoescape; nothing is fetched by a page but the stylesheet beside the index.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from feeds import select
from feeds.config import Config
from feeds.model import FORMATS, Document, Entry, FeedSummary

TEMPLATES = Path(__file__).parent / "templates"
HTML, CSS = "text/html", "text/css"
INDEX, STYLESHEET = "index.html", "feeds.css"


@lru_cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def index(feeds: Sequence[FeedSummary], config: Config) -> Document:
    """The page that lists every feed, the main one first, then by facet in the order of their names."""
    groups = [("Everything", [feed for feed in feeds if feed.spec.category is None])]
    for scheme, heading in select.FACETS.items():
        of_facet = [feed for feed in feeds if feed.spec.category and feed.spec.category.scheme == scheme]
        if of_facet:
            groups.append((heading, sorted(of_facet, key=lambda feed: feed.spec.title.casefold())))
    body = (
        _environment()
        .get_template("index.html")
        .render(
            title=config.title,
            description=config.description,
            base_url=config.base_url,
            language=config.language,
            root="",
            formats=FORMATS,
            feeds=[feed for _, group in groups for feed in group],
            groups=groups,
        )
    )
    return Document(INDEX, HTML, body.encode())


def stylesheet() -> Document:
    """The one stylesheet of all pages."""
    return Document(STYLESHEET, CSS, (TEMPLATES / STYLESHEET).read_bytes())


def entry(item: Entry, config: Config) -> Document:
    """The page of an entry that has no other; where it lies is the entry's to say."""
    body = (
        _environment()
        .get_template("entry.html")
        .render(
            entry=item,
            # A date without a time is stamped at an hour that is the same day nearly everywhere.
            day=item.published.astimezone(dt.UTC).date(),
            content=Markup(item.content_html),
            site=config.title,
            language=item.language,
            root="../" * item.page.count("/"),
            formats=FORMATS,
            published=lambda category: select.is_published(category, config),
        )
    )
    return Document(item.page, HTML, body.encode())
