"""FeedSync 1.0.1: how feeds that several parties edit tell each other of changes."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validation import values
from feeds.validation.elements import ANY, Element, Module
from feeds.validation.findings import Attributes, finding, shown

NAMESPACE = "http://feedsync.org/2007/feedsync"
_NS = f"{{{NAMESPACE}}}"
_FEEDSYNC = "FeedSync 1.0.1"
_COUNT = values.integer(1, 2**31 - 1)
_NSS = values.matching(r"[A-Za-z0-9()+,\-.:=@;$_!*'%/?#]+", "letters, digits and signs as a URN has them")
MODULE = Module(
    _FEEDSYNC,
    {
        "sharing": Element(
            None,
            Attributes(
                _FEEDSYNC,
                {},
                {
                    "since": values.rfc3339,
                    "until": values.rfc3339,
                    "expires": values.rfc3339,
                    "version": values.anything,
                },
            ),
            within="feed channel",
            is_single=True,
        ),
        "related": Element(
            None,
            Attributes(
                _FEEDSYNC,
                {"link": values.uri, "type": values.one_of("complete aggregated")},
                {"title": values.anything, "since": values.rfc3339, "until": values.rfc3339},
            ),
            within="sharing",
        ),
        "sync": Element(
            None,
            Attributes(
                _FEEDSYNC,
                {"id": _NSS, "updates": _COUNT},
                {"deleted": values.one_of("true false"), "noconflicts": values.one_of("true false")},
            ),
            within="entry item",
            is_single=True,
            needs="history",
        ),
        "history": Element(
            None, Attributes(_FEEDSYNC, {"sequence": _COUNT}, {"when": values.rfc3339, "by": _NSS}), within="sync"
        ),
        "conflicts": ANY,
    },
)


def check(root: etree._Element) -> Iterator[Finding]:
    """Yield what depends on several attributes or elements: periods, and ids that stand twice."""
    for sharing in root.iter(f"{_NS}sharing"):
        since, until = sharing.get("since"), sharing.get("until")
        if (since is None) != (until is None):
            missing = "since" if since is None else "until"
            message = f"<sharing> has no attribute '{missing}' beside the other"
            yield finding(sharing, "error", "missing-attribute", message, _FEEDSYNC)
        elif since and until and since > until:
            message = f"since of <sharing> is '{shown(since)}', after until, '{shown(until)}'"
            yield finding(sharing, "error", "bad-attribute", message, _FEEDSYNC)
    seen: set[str] = set()
    for sync in root.iter(f"{_NS}sync"):
        identity = sync.get("id", "")
        if identity in seen and sync.find(f"../../{_NS}conflicts") is None:
            message = f"id of <sync> is '{shown(identity)}', as of another entry"
            yield finding(sync, "error", "duplicate-id", message, _FEEDSYNC)
        seen.add(identity)
    for history in root.iter(f"{_NS}history"):
        if history.get("when") is None and history.get("by") is None:
            message = "<history> has neither when nor by; one of them is asked for"
            yield finding(history, "warning", "missing-attribute", message, _FEEDSYNC)
