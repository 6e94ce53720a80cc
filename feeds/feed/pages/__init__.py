"""Pages for people: the index, a page for every feed, a page for each entry whose source gives no link.

Jinja2 with autoescape. A page asks nothing of another origin, works without scripts, and speaks the language of the
site; an entry's own text is marked with its own. What programs read beside the feeds is made in lists.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from feeds.config import Config
from feeds.content.language import language_name
from feeds.feed import membership, messages, notices, paths
from feeds.feed.messages import Messages
from feeds.feed.pages import favicon, world
from feeds.feed.pages.chart import chart
from feeds.model import FACETS, FORMATS, Document, Entry, FeedSpec, FeedSummary, Neighbour

LEAST = 6  # months with entries: a chart of fewer says nothing
FOLDED = 12  # feeds of a facet from which on the index folds them
TEMPLATES = Path(__file__).parent / "templates"
EMBEDDED = 10  # entries in a list for other sites
# Where readers on the web take a subscription: the address, percent-encoded, at its end.
READERS = (
    ("Feedly", "https://feedly.com/i/subscription/feed/"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
)
SHOWN, FIRST = 20, 5  # entries on the page beside a feed, and on the index


@lru_cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        bytecode_cache=_compiled(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["formats"] = FORMATS
    environment.globals["paths"] = paths
    environment.globals["readers"] = READERS
    environment.filters["address"] = lambda text: quote(text, safe="")
    return environment


def _compiled() -> jinja2.FileSystemBytecodeCache | None:
    """Return a cache for compiled templates (compiling takes longer than rendering) next to Python's own, if it may be
    written.
    """
    folder = Path(cache_from_source(__file__)).parent
    is_kept = not sys.dont_write_bytecode and folder.is_dir() and os.access(folder, os.W_OK)
    return jinja2.FileSystemBytecodeCache(str(folder)) if is_kept else None


def _page(template: str, path: str, config: Config, spoken: Messages, **values: Any) -> Document:
    body = (
        _environment()
        .get_template(template)
        .render(
            site=config,
            messages=spoken,
            root="../" * path.count("/"),
            canonical=config.base_url + path.removesuffix(paths.INDEX),
            main=membership.main_feed(config),
            **values,
        )
    )
    return Document(path, body.encode())


def index_page(
    feeds: Sequence[FeedSummary], entries: Sequence[Entry], months: Sequence[tuple[dt.date, int]], config: Config
) -> Document:
    """Return the page of the main feed, which lists every other feed, the busiest first.

    Args:
        feeds: the main one among them.
        entries: the newest.
        months: how many entries there are of each month.
    """
    spoken = messages.site_messages(config)
    groups = []
    for facet in FACETS:
        of_facet = [feed for feed in feeds if feed.spec.category and feed.spec.category.scheme == facet.name]
        if of_facet:
            most = max(feed.entries for feed in of_facet)
            ordered = sorted(of_facet, key=lambda feed: (-feed.entries, feed.spec.name.casefold()))
            groups.append((facet.name, [(feed, feed.entries * 100 // max(most, 1)) for feed in ordered]))
    on_map = world.countries([feed for feed in feeds if _is_country(feed)])
    everything = next((feed for feed in feeds if not feed.spec.path), None)
    return _page(
        "index.html",
        paths.INDEX,
        config,
        spoken,
        groups=groups,
        everything=everything,
        folded=FOLDED,
        world=on_map,
        view=world.view(on_map),
        map_width=world.WIDTH,
        map_height=world.HEIGHT,
        entries=_shown(entries),
        chart=chart(months, spoken) if len(months) >= LEAST else None,
        kind="website",
    )


def _is_country(feed: FeedSummary) -> bool:
    return feed.spec.category is not None and feed.spec.category.scheme == "countries"


def feed_page(
    feed: FeedSummary,
    entries: Sequence[Entry],
    months: Sequence[tuple[dt.date, int]],
    related: Sequence[tuple[FeedSpec, int]],
    config: Config,
    ended: dt.datetime | None = None,
) -> Document:
    """Return the page of a feed: what it is, how to subscribe, its newest entries, and related feeds.

    Args:
        entries: its newest.
        months: how many entries it has of each month.
        related: feeds of other kinds, and how many entries they share with it.
    """
    spoken = messages.site_messages(config)
    kinds: dict[str, list[tuple[FeedSpec, int]]] = {}
    for spec, count in related:
        if spec.category:
            kinds.setdefault(spec.category.scheme, []).append((spec, count))
    return _page(
        "feed.html",
        paths.in_feed(feed.spec, paths.INDEX),
        config,
        spoken,
        feed=feed,
        entries=_shown(entries),
        related=kinds,
        chart=chart(months, spoken) if len(months) >= LEAST else None,
        ended=ended,
        kind="website",
    )


def embed_pages(feed: FeedSummary, entries: Sequence[Entry], config: Config) -> list[Document]:
    """Return the newest entries for other sites: a whole page for a frame, and a fragment of HTML."""
    spoken = messages.site_messages(config)
    return [
        _page(
            template, paths.in_feed(feed.spec, name), config, spoken, feed=feed, entries=_shown(entries), kind="website"
        )
        for template, name in (("embed.html", paths.EMBED), ("fragment.html", paths.FRAGMENT))
    ]


def entry_page(item: Entry, config: Config, older: Neighbour | None = None, newer: Neighbour | None = None) -> Document:
    """Return the page of an entry whose source gives no link; its path is a field of the entry.

    Args:
        older, newer: the entries that were published just before and after it.
    """
    evidence = [
        (
            category,
            membership.is_published(category, config),
            list(dict.fromkeys((found.field, found.phrase) for found in item.evidence if _is_of(found, category))),
        )
        for category in item.categories
    ]
    return _page(
        "entry.html",
        item.page,
        config,
        messages.site_messages(config),
        entry=item,
        day=_day(item),
        content=Markup(item.content.html),
        evidence=evidence,
        older=older,
        newer=newer,
        language_name=language_name,
        file_name=paths.file_name,
        kind="article",
    )


def _shown(entries: Sequence[Entry]) -> list[tuple[Entry, dt.date]]:
    return [(entry, _day(entry)) for entry in map(notices.as_published, entries)]


def _is_of(evidence: Any, category: Any) -> bool:
    speaks_for = evidence.weight > 0 or evidence.field == "ruling"
    return speaks_for and (evidence.scheme, evidence.term) == (category.scheme, category.term)


def _day(item: Entry) -> dt.date:
    """Return the day of an entry: a date without a time is stamped at an hour that is that day nearly everywhere."""
    return item.published.astimezone(dt.UTC).date()


def assets(config: Config) -> list[Document]:
    """Return the stylesheets of pages and feeds, the script of the copy buttons and the search box, and the publisher's
    own pictures.
    """
    names = (*paths.ASSETS, *((paths.EMBED_SCRIPT,) if config.publish.embed else ()))
    found = [Document(name, (TEMPLATES / name).read_bytes()) for name in names]
    if config.look.color or config.look.css:
        page_style = found[0]
        found[0] = page_style._replace(body=page_style.body + _own_style(config))
    found += [Document(paths.picture(name, path), path.read_bytes()) for name, path in config.look.files]
    if config.facets["countries"].publish:
        found.append(Document(paths.MAP, world.land().encode()))
    if icon := favicon.make_favicon(config.look.icon):
        found.append(Document(paths.FAVICON, icon))
    return found


def _own_style(config: Config) -> bytes:
    """The publisher's color, by day only, for at night pages are dark and it could not be read; and its own rules."""
    color, own = config.look.color, config.look.css
    rule = f"@media (prefers-color-scheme: light) {{ :root {{ --accent: {color}; --bar: {color}; }} }}\n"
    return b"\n" + (rule.encode() if color else b"") + (own.read_bytes() if own else b"")
