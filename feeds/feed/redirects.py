"""Addresses that were moved: a copy at each old path below the output, and redirects for servers.

A copy serves readers of a server that knows no redirects; its self link is that of the feed, so readers that look move.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from feeds.config import Config
from feeds.config.values import Moved
from feeds.model import Document

NETLIFY, NGINX, APACHE = "_redirects", "redirects.nginx.conf", "redirects.apache.conf"


def copied(config: Config, path: str) -> list[str]:
    """Return the paths at which a document is published too; those from the root of the host are not ours to write."""
    return [moved.old for moved in config.moved if moved.new == path and not moved.old.startswith("/")]


def documents(config: Config) -> Iterator[Document]:
    """Yield the redirects of a site, for Netlify and Cloudflare Pages, nginx and Apache; none where nothing moved."""
    if not config.moved:
        return
    pairs = [_addresses(config, moved) for moved in config.moved]
    for path, line in (
        (NETLIFY, "{} {} 301"),
        (NGINX, "location = {} {{ return 301 {}; }}"),
        (APACHE, "Redirect permanent {} {}"),
    ):
        text = "".join(line.format(old, new) + "\n" for old, new in pairs)
        yield Document(path, text.encode())


def _addresses(config: Config, moved: Moved) -> tuple[str, str]:
    """The old path from the root of the host, and the new address."""
    below = urlsplit(config.base_url).path
    old = moved.old if moved.old.startswith("/") else below + moved.old
    return quote(old), config.base_url + moved.new
