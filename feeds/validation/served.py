"""Compare how a document is served, its address and headers, with what it says itself."""

from __future__ import annotations

from collections.abc import Iterator

from feeds.model import Finding
from feeds.validation import folder
from feeds.validation.places import declared_encoding

_RIGHT = (
    "application/atom+xml",
    "application/rss+xml",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
    "application/feed+json",
    "application/json",
    "text/x-opml",
    "text/x-opml+xml",
)


def check(address: str, content_type: str, data: bytes) -> Iterator[Finding]:
    """Return the findings about how a document is served.

    Args:
        address: where it was found, after redirects.
        content_type: the header, "" where there was none.
    """
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    if kind.lower() not in _RIGHT:
        message = f"Content-Type is '{content_type}'; expected application/xml, or the type of the format"
        yield Finding("warning", "bad-content-type", message, 1, None, "RSS profile, RFC 4287 7")
    stated = next((part[8:].strip("\"'").lower() for part in parameters if part.lower().startswith("charset=")), "")
    declared = declared_encoding(data)
    if stated and declared and declared.lower() != stated:
        message = f"Content-Type says charset={stated}, the document {declared}"
        yield Finding("warning", "charset-differs", message, 1, None, "RFC 7303 3")
    outline = folder.outline(data)
    if outline and outline.own and outline.own != address:
        message = f"its self link is {outline.own}, but it was found at {address}"
        yield Finding("warning", "self-differs", message, 1, None, "RFC 4287 4.2.7.2")
