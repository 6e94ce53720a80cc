"""The kinds of sources: one row each. The parser of a kind is the module of that name in sources/.

A new kind is a row here and that module, with a function read(stream, context).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

# A mailbox, or a message: a header, and another one or a blank line after it.
_MAIL = re.compile(
    rb"from \S+ [^\n]*\d{4}\r?\n|(?:(?:from|to|date|subject|message-id|received|return-path|mime-version|delivered-to|"
    rb"content-type): [^\n]*\n(?:[ \t][^\n]*\n)*){3}"
)


class Kind(NamedTuple):
    """A kind of source.

    Attributes:
        name: what feeds.toml calls it.
        module: of sources/.
        endings: of the names of files that may be of the kind.
        is_like: tell a document of the kind by the ending of its name and its first bytes, in lower case.
    """

    name: str
    module: str
    endings: tuple[str, ...]
    is_like: Callable[[str, bytes], bool]


def _is_feed(ending: str, start: bytes) -> bool:
    if start[:1] in (b"{", b"["):
        return b"jsonfeed.org/version/" in start
    is_marked = any(mark in start for mark in (b"<rss", b"<feed", b"<rdf:rdf"))
    return start[:1] == b"<" and is_marked and b"<html" not in start


def _is_sitemap(ending: str, start: bytes) -> bool:
    return start[:1] == b"<" and (b"<urlset" in start or b"<sitemapindex" in start) and b"<html" not in start


def _is_spreadsheet(ending: str, start: bytes) -> bool:
    is_packed = start.startswith(b"pk\x03\x04")
    return is_packed and (ending in ("xlsx", "ods") or b"xl/" in start or b"opendocument.spreadsheet" in start)


def _is_mail(ending: str, start: bytes) -> bool:
    return ending in ("eml", "mbox") or bool(_MAIL.match(start))


def _is_table(ending: str, start: bytes) -> bool:
    return start[:1] in (b"{", b"[") or ending in ("csv", "tsv", "json", "jsonl", "ndjson")


def _is_markdown(ending: str, start: bytes) -> bool:
    return ending in ("md", "markdown") or start[:4] in (b"---\n", b"+++\n")


# The first kind that a document is like is its own; the last one takes everything.
KINDS = (
    Kind("wordpress", "wordpress", ("wxr",), lambda ending, start: b"wordpress.org/export" in start),
    Kind("feed", "syndication", ("xml", "rss", "atom", "rdf"), _is_feed),
    Kind("sitemap", "sitemap", (), _is_sitemap),
    Kind("html", "html", ("html", "htm", "xhtml"), lambda ending, start: start[:1] == b"<"),
    Kind("spreadsheet", "spreadsheet", ("xlsx", "ods"), _is_spreadsheet),
    Kind("mail", "mail", ("eml", "mbox"), _is_mail),
    Kind("calendar", "calendars", ("ics",), lambda ending, start: start.startswith(b"begin:vcalendar")),
    Kind("table", "table", ("csv", "tsv", "json", "jsonl", "ndjson"), _is_table),
    Kind("markdown", "markdown", ("md", "markdown"), _is_markdown),
    Kind("listing", "listing", ("txt",), lambda ending, start: True),
)
