"""Links of feed paging and archiving (RFC 5005) and of threads (RFC 4685), which depend on what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validation import atom, values
from feeds.validation.findings import finding, shown

FH = "http://purl.org/syndication/history/1.0"
THR = "http://purl.org/syndication/thread/1.0"


def history(root: etree._Element) -> Iterator[Finding]:
    """Check which links stand next to fh:complete and fh:archive (RFC 5005)."""
    top = root if root.tag == atom.NS + "feed" else root.find("channel")
    if top is None:
        return
    links = {link.get("rel", "alternate"): link for link in top.findall(atom.NS + "link")}
    own = links["self"].get("href") if "self" in links else None
    if top.find(f"{{{FH}}}complete") is not None:
        yield from _complete(links, own)
    for forward, end in (("next", "last"), ("previous", "first"), ("next-archive", "last"), ("prev-archive", "first")):
        if forward in links and end in links and own is not None and links[end].get("href") == own:
            message = f'<link rel="{forward}"> leads on from the {end} document'
            yield finding(links[forward], "error", "link-past-end", message, "RFC 5005 3")
    archive = top.find(f"{{{FH}}}archive")
    if archive is not None and "current" not in links:
        message = 'an archive document should have a <link rel="current">'
        yield finding(archive, "warning", "no-current-link", message, "RFC 5005 4")


def _complete(links: dict[str, etree._Element], own: str | None) -> Iterator[Finding]:
    """Check the links of a feed that declares itself complete."""
    for relation in ("first", "last", "next", "previous", "prev-archive", "next-archive"):
        if relation in links:
            message = f'a complete feed has no <link rel="{relation}">'
            yield finding(links[relation], "error", "link-in-complete-feed", message, "RFC 5005 2")
    if "current" in links and links["current"].get("href") != own:
        message = 'the <link rel="current"> of a complete feed is the feed itself'
        yield finding(links["current"], "error", "link-in-complete-feed", message, "RFC 5005 2")


def thread_links(root: etree._Element) -> Iterator[Finding]:
    """Check the thread attributes of a link (RFC 4685 4)."""
    known = {"count": values.integer(0), "updated": values.rfc3339}
    for link in root.iter(atom.NS + "link"):
        for key, stated in link.attrib.items():
            if not str(key).startswith(f"{{{THR}}}"):
                continue
            called = str(etree.QName(str(key)).localname)
            if called not in known:
                message = f"attribute 'thr:{called}' is not known; expected thr:count or thr:updated"
                yield finding(link, "error", "undefined-attribute", message, "RFC 4685 4")
            elif expected := known[called](str(stated)):
                message = f"thr:{called} of <link> is '{shown(str(stated))}'; expected {expected}"
                yield finding(link, "error", "bad-attribute", message, "RFC 4685 4")
