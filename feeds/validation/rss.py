"""RSS 2.0 and 0.9x: the rules that a grammar cannot state, as small functions and tables by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from lxml import etree

from feeds.model import Finding
from feeds.validation import atom, values
from feeds.validation.findings import (
    Advice,
    Attributes,
    Children,
    Rule,
    Table,
    finding,
    label,
    shown,
    table,
    text,
    value,
)

_ATOM_LINK = atom.NS + "link"
_GUIDS = etree.XPath("item/guid")
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"

CHILDREN = {
    "rss": Children("RSS 2.0 <rss>", "channel"),
    "channel": Children(
        "RSS 2.0 <channel>",
        "title link description",
        "language copyright managingEditor webMaster pubDate lastBuildDate generator docs cloud ttl image rating "
        "textInput skipHours skipDays",
        "category item",
    ),
    "image": Children("RSS 2.0 <image>", "url title link", "width height description"),
    "textInput": Children("RSS 2.0 <textInput>", "title description name link"),
    "skipHours": Children("RSS 2.0 <skipHours>", some="hour"),
    "skipDays": Children("RSS 2.0 <skipDays>", some="day"),
    "item": Children(
        "RSS 2.0 <item>", "", "title link description author comments guid pubDate source", "category enclosure"
    ),
}
_PLAIN = (
    "channel item title link description language copyright managingEditor webMaster pubDate lastBuildDate generator "
    "docs ttl image rating textInput skipHours skipDays hour day url width height name author comments"
)
ATTRIBUTES = {
    "rss": Attributes("RSS 2.0 <rss>", {"version": values.matching(r"0\.9\d?|2\.0(\.\d+)?", "a version like 2.0")}),
    "category": Attributes("RSS 2.0 <category>", {}, {"domain": values.anything}),
    "enclosure": Attributes(
        "RSS 2.0 <enclosure>", {"url": values.url, "length": values.integer(0), "type": values.mime}
    ),
    "guid": Attributes("RSS 2.0 <guid>", {}, {"isPermaLink": values.one_of("true false")}),
    "source": Attributes("RSS 2.0 <source>", {"url": values.url}),
    "cloud": Attributes(
        "RSS 2.0 <cloud>",
        {
            "domain": values.not_empty,
            "port": values.integer(1, 65535),
            "path": values.anything,
            "registerProcedure": values.anything,
            "protocol": values.one_of("xml-rpc soap http-post"),
        },
    ),
    **{called: Attributes(f"RSS 2.0 <{called}>") for called in _PLAIN.split()},
}


def _guid(element: etree._Element) -> Iterator[Finding]:
    content = text(element)
    if element.get("isPermaLink", "true") == "true" and (expected := values.permalink(content)):
        message = f"<guid> is '{shown(content)}'; expected {expected}, or isPermaLink=\"false\""
        yield finding(element, "error", "bad-guid", message, "RSS 2.0 <guid>")
    elif not content:
        yield finding(element, "warning", "empty-guid", "<guid> is empty", "RSS 2.0 <guid>")


def _item(element: etree._Element) -> Iterable[Finding]:
    tags = [child.tag for child in element]
    has_description, has_content = "description" in tags, _CONTENT in tags
    is_named = "title" in tags or has_description
    is_ordered = not (has_description and has_content) or tags.index("description") < tags.index(_CONTENT)
    if is_named and is_ordered and "guid" in tags and tags.count("enclosure") < 2:
        return ()
    return _faulty_item(element, tags)


def _is_older(item: etree._Element) -> bool:
    """Return True for a version of RSS before 0.94, which has no guid."""
    version = item.getroottree().getroot().get("version", "")
    return version in ("0.90", "0.91", "0.92", "0.93", "0.9", "0.91rev1")


def _faulty_item(element: etree._Element, tags: list[Any]) -> Iterator[Finding]:
    if "title" not in tags and "description" not in tags:
        message = "<item> has neither a title nor a description"
        yield finding(element, "error", "empty-item", message, "RSS 2.0 <item>")
    if "guid" not in tags and not _is_older(element):
        message = "<item> has no <guid>; readers will take an edited item for a new one"
        yield finding(element, "warning", "no-guid", message, "RSS 2.0 <guid>, RSS profile")
    if tags.count("enclosure") > 1:
        message = "<item> has several <enclosure>; most readers know one"
        yield finding(element, "warning", "several-enclosures", message, "RSS profile <enclosure>")
    if _CONTENT in tags and "description" in tags and tags.index(_CONTENT) < tags.index("description"):
        message = "<content:encoded> stands before <description>; it should follow"
        encoded = element[tags.index(_CONTENT)]
        yield finding(encoded, "warning", "content-first", message, "RSS profile <content:encoded>")


def _channel(element: etree._Element) -> Iterator[Finding]:
    if not any(link.get("rel") == "self" for link in element.findall(_ATOM_LINK)):
        message = '<channel> has no <atom:link rel="self">'
        yield finding(element, "warning", "no-self-link", message, "RSS profile <atom:link>")
    for required, code in (("title", "empty-title"), ("description", "empty-description")):
        child = element.find(required)
        if child is not None and not text(child):
            message = f"<{required}> of the channel is empty"
            yield finding(child, "warning", code, message, f"RSS 2.0 <{required}>")
    guids = [text(guid) for guid in _GUIDS(element)]
    if len(set(guids)) < len(guids):
        yield from _repeated(element)


def _repeated(channel: etree._Element) -> Iterator[Finding]:
    """Report items with the guid of another."""
    guids: dict[str, int] = {}
    for item in channel.iterchildren("item"):
        guid = (item.findtext("guid") or "").strip()
        if guid and guid in guids:
            message = f"<guid> '{shown(guid)}' is in the feed twice (line {guids[guid]})"
            yield finding(item, "error", "duplicate-guid", message, "RSS 2.0 <guid>")
        guids[guid] = item.sourceline or 0


def _scheme(element: etree._Element, address: str) -> Iterator[Finding]:
    if values.is_uri(address) and not values.is_usual(address):
        message = f"<{label(element)}> is '{shown(address)}'; readers open http and https"
        yield finding(element, "warning", "unusual-scheme", message, f"RSS 2.0 <{label(element)}>")


def _distinct(child: str, most: int, alike: Mapping[str, str] = MappingProxyType({})) -> Rule:
    """Make a rule against repeated values in a list, under any of its names."""

    def rule(element: etree._Element) -> Iterator[Finding]:
        stated = [text(part) for part in element.findall(child)]
        counts = Counter(alike.get(part, part) for part in stated)
        for part, count in counts.items():
            if count > 1:
                message = f"<{label(element)}> has '{shown(part)}' {count} times"
                yield finding(element, "error", "duplicate-value", message, f"RSS 2.0 <{label(element)}>")
        if sum(counts.values()) > most:
            message = f"<{label(element)}> has {sum(counts.values())} <{child}>; there are {most}"
            yield finding(element, "error", "too-many", message, f"RSS 2.0 <{label(element)}>")

    return rule


def _of_text(called: str, check: values.Check, code: str, advice: Advice | None = None) -> tuple[str, tuple[Rule, ...]]:
    return called, (value(check, code, f"RSS 2.0 <{called}>", advice=advice),)


def _order(element: etree._Element, stated: str) -> Iterator[Finding]:
    message = f"<{label(element)}> is '{shown(stated)}'; write the address first: news@example.org (Ana Ruiz)"
    yield finding(element, "warning", "email-order", message, "RSS profile, e-mail addresses")


_CONTACT = Advice(values.is_usual_contact, _order)


_DAYS = values.one_of("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
RULES: dict[str, tuple[Rule, ...]] = {
    "channel": (_channel,),
    "item": (_item,),
    "guid": (_guid,),
    "link": (value(values.url, "bad-address", "RSS 2.0 <link>", advice=Advice(values.is_simple_web, _scheme)),),
    "skipHours": (_distinct("hour", 24, {"24": "0"}),),
    "skipDays": (_distinct("day", 7),),
    **dict(
        (
            _of_text("pubDate", values.rfc822, "bad-date"),
            _of_text("lastBuildDate", values.rfc822, "bad-date"),
            _of_text("comments", values.url, "bad-address"),
            _of_text("docs", values.url, "bad-address"),
            _of_text("url", values.url, "bad-address"),
            _of_text("language", values.language, "bad-language"),
            _of_text("managingEditor", values.contact, "bad-email", _CONTACT),
            _of_text("webMaster", values.contact, "bad-email", _CONTACT),
            _of_text("author", values.contact, "bad-email", _CONTACT),
            _of_text("ttl", values.integer(1), "bad-number"),
            _of_text("hour", values.integer(0, 24), "bad-number"),
            _of_text("width", values.integer(1, 144), "bad-number"),
            _of_text("height", values.integer(1, 400), "bad-number"),
            _of_text("day", _DAYS, "bad-day"),
            _of_text("name", values.matching(r"[A-Za-z][\w:.-]*", "the name of a form field"), "bad-name"),
        )
    ),
}


_TEXTS = (
    "title link description language copyright managingEditor webMaster pubDate lastBuildDate generator docs ttl "
    "rating hour day url width height name author comments category guid source enclosure cloud"
)
_OWN = table("", RULES, CHILDREN, ATTRIBUTES, _TEXTS)
# Elements of Atom may stand in RSS (RSS profile, namespace elements); what they hold is as in Atom.
_OF_ATOM = frozenset(
    atom.NS + called for called in (*atom.RULES, *atom.ATTRIBUTES) if called not in ("feed", "entry", "source")
)
TABLE = Table(
    _OWN.values | {tag: rules for tag, rules in atom.TABLE.all.items() if tag in _OF_ATOM},
    _OWN.all | {tag: rules for tag, rules in atom.TABLE.all.items() if tag in _OF_ATOM},
    _OWN.places,
)
