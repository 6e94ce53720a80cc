"""Every path and file name below the output folder, and what follows from it: publication stage, media type.

Layout: index.html, atom.xml, countries/hn/atom.xml, countries/hn/archive/0001/atom.xml, items/2017/07/28/<slug>.html.
"""

from __future__ import annotations

import re
from enum import IntEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feeds.model import FACETS, FEED_PATHS, FORMATS, JSON, Category, FeedSpec, Format

INDEX = "index.html"
EMBED, FRAGMENT, EMBED_SCRIPT = "embed.html", "fragment.html", "embed.js"
OPML, CATALOGUE = "opml.xml", "feeds.json"
ASSETS = ("feeds.css", "feed.css", "feeds.js")  # the names are also those of the templates
FEED_STYLE = ASSETS[1]
MAP, STATUS = "world.svg", "status.json"
PACKED = ".gz"  # added to the name of a document
_ARCHIVE, _ITEMS = "archive", "items"
PAGES_FOLDER = f"{_ITEMS}/"

# What a server should send, by the end of a name. XML as application/xml: with application/rss+xml a browser shows the
# source or downloads it (measured). Always with a charset, or a browser garbles what it shows.
MEDIA_TYPES = {
    JSON.file: f"{JSON.media_type}; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".ico": "image/vnd.microsoft.icon",
}
PICTURES = tuple(end for end, kind in MEDIA_TYPES.items() if kind.startswith("image/"))
FAVICON = "favicon.ico"  # what browsers ask for unasked

# What paths look like: a history that somebody wrote may name no others.
ENTRY_PAGE = re.compile(rf"{_ITEMS}/\d{{4}}/\d{{2}}/\d{{2}}/[a-z0-9-]+\.html")
FEED = re.compile(f"|{FEED_PATHS}")  # "" for the main feed
DOCUMENT = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")


class Stage(IntEnum):
    """Documents of a stage appear after those of the stages before, which they refer to."""

    REFERRED = 0  # entry pages, styles and archive documents, which refer to nothing newer
    FEEDS = 1  # live documents, which refer to archives and entry pages
    LISTS = 2  # pages and lists, which refer to feeds


def publication_stage(path: str) -> Stage:
    """Return the stage in which a document is published.

    >>> publication_stage("countries/hn/atom.xml")
    <Stage.FEEDS: 1>
    """
    name = path.rpartition("/")[2].removesuffix(PACKED)
    if is_entry_page(path) or f"/{_ARCHIVE}/" in f"/{path}" or name.endswith((".css", ".js", *PICTURES)):
        return Stage.REFERRED
    return Stage.FEEDS if name in {kind.file for kind in FORMATS} else Stage.LISTS


def is_entry_page(path: str) -> bool:
    """Return True if this is the page of an entry, packed or not."""
    return path.startswith(PAGES_FOLDER)


def is_live_feed(path: str) -> bool:
    """Return True if this is the live document of a feed."""
    return publication_stage(path) is Stage.FEEDS and not path.endswith(PACKED)


def is_reserved(path: str) -> bool:
    """Return True for the path of a page, a list or a style, at which no copy of a feed can be."""
    top, _, rest = path.partition("/")
    names = (INDEX, OPML, CATALOGUE, FAVICON, MAP, STATUS, EMBED, FRAGMENT, EMBED_SCRIPT, *ASSETS)
    return path.rpartition("/")[2] in names or top == _ITEMS or (not rest and top.startswith("opml-"))


def media_type(path: str) -> str:
    """Return the media type that a server should send with a document, "" for unknown names."""
    return next((kind for end, kind in MEDIA_TYPES.items() if path.endswith(end)), "")


def feed_path(category: Category) -> str:
    """Return the path of the feed of a category: "countries/hn"."""
    facet = next(facet for facet in FACETS if facet.name == category.scheme)
    return facet.path.format(facet=facet.name, term=category.term)


def in_feed(spec: FeedSpec, name: str = "") -> str:
    """Return the path of a file next to a feed, without a name that of the feed's page: "countries/hn/"."""
    return f"{spec.path}/{name}" if spec.path else name


def document_path(spec: FeedSpec, kind: Format, page: int = 0) -> str:
    """Return the path of an archive page of a feed, for page 0 of its live document."""
    return in_feed(spec, f"{_ARCHIVE}/{page:04}/{kind.file}" if page else kind.file)


def entry_page(date: str, slug: str, number: int = 1) -> str:
    """Return the path of an entry's own page.

    Args:
        date: YYYY-MM-DD.
        number: from the second entry of that date and slug on, its number.

    >>> entry_page("2017-07-28", "panama", 2)
    'items/2017/07/28/panama-2.html'
    """
    return f"{_ITEMS}/{date.replace('-', '/')}/{slug}{f'-{number}' if number > 1 else ''}.html"


def picture(name: str, path: Path) -> str:
    """Return the path of a picture of the publisher: "icon.png"."""
    return name + path.suffix.lower()


def facet_list(facet: str) -> str:
    """Return the path of the OPML list of a facet's feeds."""
    return f"opml-{facet}.xml"


def file_name(address: str) -> str:
    """Return what people call a file at an address: the end of its path, else its host.

    >>> file_name("https://example.org/files/Minutes%20May.pdf?v=2")
    'Minutes May.pdf'
    """
    parts = urlsplit(address)
    return unquote(parts.path.rpartition("/")[2]) or parts.netloc
