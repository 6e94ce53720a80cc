"""Podcasts: the tags of Apple (itunes:), of Podcasting 2.0 (podcast:) and of others, with values and categories.

Apple's requirements are those of "A Podcaster's Guide to RSS"; the tags of podcast: are those of its document.
Categories come from a dated file of data/.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lxml import etree

from feeds.model import Finding
from feeds.validation import values
from feeds.validation.elements import ANY, Element, Module
from feeds.validation.findings import Attributes, finding, shown, text

CATEGORIES = Path(__file__).parent / "data" / "itunes-categories-2019-08.toml"
ITUNES_NAMESPACE = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST_NAMESPACES = (
    "https://podcastindex.org/namespace/1.0",
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
)
_NS = f"{{{ITUNES_NAMESPACE}}}"
_APPLE = "Apple, podcast RSS requirements"
_INDEX = "podcast namespace 1.0"
_LONGEST_SUMMARY, _LONGEST = 4000, 255  # characters (Apple)
_POSITIVE, _COUNT, _SECONDS = values.integer(1), values.integer(0), values.number(0)
_TRUE, _YES = values.one_of("true false"), values.matching("[Yy]es|[Nn]o|YES|NO", "Yes or No")
_LOWER_YES = values.one_of("yes no")


def duration(text_: str) -> str:
    """Seconds, MM:SS or HH:MM:SS."""
    is_right = re.fullmatch(r"\d{1,7}|\d{1,3}:[0-5]?\d(?::[0-5]\d)?", text_, re.ASCII)
    return "" if is_right else "seconds like 1801, or HH:MM:SS like 00:30:01"


def _at_most(length: int) -> values.Check:
    def check(text_: str) -> str:
        return "" if len(text_) <= length else f"{length} characters at most, it has {len(text_)}"

    return check


def _itunes(check: values.Check | None = None, within: str = "channel item feed entry", needs: str = "") -> Element:
    return Element(check, None, within, is_single=True, needs=needs)


_CHANNEL, _ITEM = "channel feed", "item entry"
ITUNES = Module(
    _APPLE,
    {
        "author": _itunes(),
        "block": _itunes(_YES),
        "category": Element(None, Attributes(_APPLE, {"text": values.not_empty}), f"{_CHANNEL} category"),
        "complete": _itunes(_YES, _CHANNEL),
        "duration": _itunes(duration, _ITEM),
        "email": Element(values.address, None, "owner", True, code="bad-email"),
        "episode": _itunes(_POSITIVE, _ITEM),
        "episodeType": _itunes(values.matching("(?i:full|trailer|bonus)", "one of full, trailer, bonus"), _ITEM),
        "explicit": _itunes(_TRUE),
        "image": Element(None, Attributes(_APPLE, {"href": values.uri}), is_single=True),
        "isClosedCaptioned": _itunes(_YES, _ITEM),
        "keywords": _itunes(),
        "name": Element(values.not_empty, None, "owner", True),
        "new-feed-url": _itunes(values.uri, _CHANNEL),
        "order": _itunes(values.integer(0), _ITEM),
        "owner": _itunes(None, _CHANNEL, needs="email"),
        "season": _itunes(_POSITIVE, _ITEM),
        "subtitle": _itunes(_at_most(_LONGEST)),
        "summary": _itunes(_at_most(_LONGEST_SUMMARY)),
        "title": _itunes(),
        "type": _itunes(values.one_of("episodic serial"), _CHANNEL),
        "applepodcastsverify": ANY,
    },
    is_strict=True,
)


def _of(required: dict[str, values.Check] | None = None, **optional: values.Check) -> Attributes:
    return Attributes(_INDEX, required or {}, optional)


def _tag(
    check: values.Check | None = None, attributes: Attributes | None = None, within: str = "", is_single: bool = False
) -> Element:
    return Element(check, attributes, within, is_single)


_LIVE = f"{_ITEM} liveItem"
_PERSON = _of(role=values.anything, group=values.anything, img=values.uri, href=values.uri)
PODCAST = Module(
    _INDEX,
    {
        "locked": _tag(_LOWER_YES, _of(owner=values.address), _CHANNEL, True),
        "guid": _tag(
            values.matching(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "a UUID"), _of(), _CHANNEL, True
        ),
        "funding": _tag(None, _of({"url": values.uri})),
        "transcript": _tag(
            None, _of({"url": values.uri, "type": values.mime}, language=values.language, rel=values.anything), _LIVE
        ),
        "chapters": _tag(None, _of({"url": values.uri, "type": values.mime}), _LIVE, True),
        "soundbite": _tag(None, _of({"startTime": _SECONDS, "duration": _SECONDS}), _LIVE),
        "person": _tag(values.not_empty, _PERSON),
        "location": _tag(
            None,
            _of(
                geo=values.matching(r"geo:-?\d.*", "a geo: address (RFC 5870)"),
                osm=values.matching(r"[NWR]\d+(?:#\d+)?", "an object of OpenStreetMap like R113314"),
                rel=values.one_of("subject creator"),
                country=values.matching("[A-Za-z]{2}", "a country code of two letters"),
            ),
        ),
        "season": _tag(_COUNT, _of(name=values.anything), _LIVE, True),
        "episode": _tag(_SECONDS, _of(display=values.anything), _LIVE, True),
        "trailer": _tag(
            None,
            _of(
                {"url": values.uri, "pubdate": values.rfc822},
                length=_COUNT,
                type=values.mime,
                season=_COUNT,
            ),
            _CHANNEL,
        ),
        "license": _tag(values.not_empty, _of(url=values.uri), is_single=True),
        "alternateEnclosure": _tag(
            None,
            _of(
                {"type": values.mime},
                length=_COUNT,
                bitrate=_SECONDS,
                height=_POSITIVE,
                lang=values.language,
                title=values.anything,
                rel=values.anything,
                codecs=values.anything,
                default=_TRUE,
            ),
            _LIVE,
        ),
        "source": _tag(None, _of({"uri": values.reference}, contentType=values.mime), "alternateEnclosure"),
        "integrity": _tag(
            None, _of({"type": values.one_of("sri pgp-signature"), "value": values.not_empty}), "alternateEnclosure"
        ),
        "value": _tag(None, _of({"type": values.not_empty, "method": values.not_empty}, suggested=_SECONDS)),
        "valueRecipient": _tag(
            None,
            _of(
                {"type": values.not_empty, "address": values.not_empty, "split": _COUNT},
                name=values.anything,
                customKey=values.anything,
                customValue=values.anything,
                fee=_TRUE,
            ),
            "value valueTimeSplit",
        ),
        "valueTimeSplit": _tag(
            None,
            _of(
                {"startTime": _SECONDS, "duration": _SECONDS},
                remoteStartTime=_SECONDS,
                remotePercentage=values.number(0, 100),
            ),
            "value",
        ),
        "medium": _tag(
            values.matching(
                "(?:podcast|music|video|film|audiobook|newsletter|blog|publisher|course)L?|mixed",
                "a medium like podcast, music, video, film, audiobook, newsletter or blog",
            ),
            None,
            _CHANNEL,
            True,
        ),
        "images": _tag(None, _of({"srcset": values.not_empty})),
        "image": ANY,
        "liveItem": _tag(
            None,
            _of({"status": values.one_of("pending live ended"), "start": values.w3cdtf}, end=values.w3cdtf),
            _CHANNEL,
        ),
        "contentLink": _tag(None, _of({"href": values.uri}), "liveItem item"),
        "socialInteract": _tag(
            None,
            _of(
                {"protocol": values.not_empty},
                uri=values.uri,
                accountId=values.anything,
                accountUrl=values.uri,
                priority=_COUNT,
            ),
        ),
        "block": _tag(_LOWER_YES, _of(id=values.not_empty), _CHANNEL),
        "txt": _tag(None, _of(purpose=values.anything)),
        "remoteItem": _tag(
            None,
            _of(
                {"feedGuid": values.not_empty},
                feedUrl=values.uri,
                itemGuid=values.anything,
                medium=values.anything,
                title=values.anything,
            ),
        ),
        "podroll": _tag(None, _of(), _CHANNEL, True),
        "updateFrequency": _tag(
            None, _of(complete=_TRUE, dtstart=values.w3cdtf, rrule=values.not_empty), _CHANNEL, True
        ),
        "podping": _tag(None, _of(usesPodping=_TRUE), _CHANNEL, True),
        "publisher": _tag(None, _of(), _CHANNEL, True),
        "chat": _tag(
            None,
            _of(
                {"server": values.not_empty, "protocol": values.not_empty},
                accountId=values.anything,
                space=values.anything,
                embedUrl=values.uri,
            ),
        ),
    },
    is_growing=True,
)
GOOGLE_PLAY = Module(
    "Google Play podcasts",
    {
        "author": ANY,
        "block": Element(values.matching("(?i:yes|no)", "yes or no")),
        "category": Element(None, Attributes("Google Play podcasts", {"text": values.not_empty})),
        "description": ANY,
        "email": Element(values.address, code="bad-email"),
        "explicit": Element(values.matching("(?i:yes|no|clean|true|false)", "yes, no or clean")),
        "image": Element(None, Attributes("Google Play podcasts", {"href": values.uri})),
        "newFeedUrl": Element(values.uri),
        "owner": ANY,
        "summary": ANY,
    },
    is_growing=True,
)
CHAPTERS = Module("Podlove Simple Chapters", {"chapters": ANY, "chapter": ANY}, is_growing=True)


@lru_cache
def _categories() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The categories of today and of before, each with those inside of it."""
    lists = tomllib.loads(CATEGORIES.read_text(encoding="utf-8"))
    current, former = ({outer: set(inner) for outer, inner in lists[state].items()} for state in ("current", "former"))
    return current, former


def check(root: etree._Element) -> Iterator[Finding]:
    """Yield what depends on several tags of Apple: categories, and what a directory asks for."""
    top = root.find("channel")
    if top is None:
        return
    for category in top.iterchildren(f"{_NS}category"):
        yield from _category(category)
    if any(True for _ in root.iter(f"{_NS}*")):
        yield from _of_directory(top)


def _category(category: etree._Element) -> Iterator[Finding]:
    current, former = _categories()
    stated = category.get("text", "")
    inside = [(child, child.get("text", "")) for child in category.iterchildren(f"{_NS}category")]
    if stated and stated not in current:
        yield _of_category(category, stated, stated in former, ", ".join(current))
    for child, inner in inside:
        if inner and inner not in current.get(stated, set()) and (stated in current or stated in former):
            is_former = inner in former.get(stated, set()) or stated not in current
            of_outer = ", ".join(sorted(current.get(stated, set()))) or f"none in '{stated}'"
            yield _of_category(child, inner, is_former, of_outer)


def _of_category(category: etree._Element, stated: str, is_former: bool, allowed: str) -> Finding:
    if is_former:
        message = f"<itunes:category> is '{shown(stated)}', out of use since August 2019; there are: {allowed}"
        return finding(category, "warning", "former-category", message, f"{_APPLE}, categories")
    message = f"<itunes:category> is '{shown(stated)}'; expected one of: {allowed}"
    return finding(category, "error", "bad-value", message, f"{_APPLE}, categories")


def _of_directory(channel: etree._Element) -> Iterator[Finding]:
    needed = ("language", f"{_NS}image", f"{_NS}category", f"{_NS}explicit")
    missing = [tag.replace(_NS, "itunes:") for tag in needed if channel.find(tag) is None]
    if missing:
        message = (
            f"<channel> has no {', '.join(f'<{called}>' for called in missing)}; directories of podcasts require it"
        )
        yield finding(channel, "warning", "incomplete-podcast", message, _APPLE)
    email = channel.find(f"{_NS}owner/{_NS}email")
    if not text(email):
        message = "<channel> has no <itunes:email> in <itunes:owner>; directories write to it to verify a podcast"
        yield finding(channel, "warning", "no-podcast-email", message, _APPLE)
