"""The rules of a feed that a grammar cannot say, as small functions in one table a format.

Each function takes an element and yields findings; the tables say to which elements it applies. The reference of each
finding is the section that is broken.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from lxml import etree

from feeds.model import Finding, Severity

_A = "{http://www.w3.org/2005/Atom}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
# RFC 3986: a scheme, then ASCII without white space and delimiters; spaces and brackets must be percent-encoded.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!//[/?#]|//$)[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]+")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RFC822 = re.compile(
    r"(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s+)?\d{1,2}\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+"
    r"(?:\d{2}|\d{4})\s+\d\d:\d\d(?::\d\d)?\s+(?:[+-]\d{4}|UT|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|[A-IK-Z])"
)

_Rule = Callable[[etree._Element], Iterator[Finding]]


def _finding(element: etree._Element, severity: Severity, code: str, message: str, reference: str) -> Finding:
    return Finding(severity, code, message, element.sourceline or 0, None, reference)


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _text(element: etree._Element | None) -> str:
    """The element's text, without the white space around it."""
    return ("".join(element.itertext()) if element is not None else "").strip()


def is_uri(text: str) -> bool:
    """Whether the text is an absolute URI (RFC 3986), in ASCII."""
    return bool(_URI.fullmatch(text)) and not _BAD_PERCENT.search(text)


@dataclass(frozen=True, slots=True)
class Children:
    """Which children of the same vocabulary an element has: names separated by spaces."""

    reference: str
    required: str = ""  # exactly once
    optional: str = ""  # at most once
    many: str = ""


def _children(element: etree._Element, namespace: str, allowed: Children) -> Iterator[Finding]:
    """What is missing, what is there twice, what does not belong there."""
    found = list(element.iterchildren(f"{namespace}*"))
    counts = Counter(_name(child) for child in found)
    for name in allowed.required.split():
        if not counts[name]:
            yield _finding(
                element, "error", "missing-element", f"<{_name(element)}> has no <{name}>", allowed.reference
            )
    once = {*allowed.required.split(), *allowed.optional.split()}
    known = once | {*allowed.many.split()}
    seen: set[str] = set()
    for child in found:
        name = _name(child)
        if name not in known:
            message = f"<{name}> does not belong into <{_name(element)}>"
            yield _finding(child, "error", "undefined-element", message, allowed.reference)
        elif name in once and name in seen:
            message = f"<{_name(element)}> has more than one <{name}>"
            yield _finding(child, "error", "duplicate-element", message, allowed.reference)
        seen.add(name)


_SHARED = "author contributor category link"
ATOM_CHILDREN = {
    "feed": Children("RFC 4287 4.1.1", "id title updated", "generator icon logo rights subtitle", f"{_SHARED} entry"),
    "entry": Children("RFC 4287 4.1.2", "id title updated", "content published rights source summary", _SHARED),
    "source": Children("RFC 4287 4.2.11", "", "id title updated generator icon logo rights subtitle", _SHARED),
    "author": Children("RFC 4287 3.2", "name", "uri email"),
    "contributor": Children("RFC 4287 3.2", "name", "uri email"),
}
RSS_CHILDREN = {
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
    "item": Children(
        "RSS 2.0 <item>", "", "title link description author comments guid pubDate source", "category enclosure"
    ),
}


# Attributes that an element must have.
ATOM_ATTRIBUTES = {"link": ("RFC 4287 4.2.7", "href"), "category": ("RFC 4287 4.2.2", "term")}
RSS_ATTRIBUTES = {
    "rss": ("RSS 2.0 <rss>", "version"),
    "enclosure": ("RSS 2.0 <enclosure>", "url length type"),
    "source": ("RSS 2.0 <source>", "url"),
    "cloud": ("RSS 2.0 <cloud>", "domain port path registerProcedure protocol"),
}


# --- Atom 1.0 -------------------------------------------------------------------------------------------------------


def _atom_date(element: etree._Element) -> Iterator[Finding]:
    text = _text(element)
    match = _RFC3339.fullmatch(text)
    if match:
        try:
            dt.datetime.fromisoformat(match[1])
        except ValueError:
            match = None
    if not match:
        message = f"<{_name(element)}> is '{text}'; expected a date like 2017-07-28T10:00:00Z"
        yield _finding(element, "error", "bad-date", message, "RFC 4287 3.3")


def _atom_id(element: etree._Element) -> Iterator[Finding]:
    text = _text(element)
    if not is_uri(text):
        message = f"<id> is '{text}'; expected an absolute URI"
        yield _finding(element, "error", "bad-id", message, "RFC 4287 4.2.6")


def _atom_reference(attribute: str | None, reference: str) -> _Rule:
    """A rule for an element, or an attribute of it, that holds an address."""

    def rule(element: etree._Element) -> Iterator[Finding]:
        text = _text(element) if attribute is None else element.get(attribute, "")
        if attribute is not None and attribute not in element.attrib:
            return
        if not is_uri(text):
            where = f"{attribute} of <{_name(element)}>" if attribute else f"<{_name(element)}>"
            message = f"{where} is '{text}'; an absolute URI is safest, relative ones get lost in readers"
            yield _finding(element, "warning", "not-absolute", message, reference)

    return rule


def _atom_title(element: etree._Element) -> Iterator[Finding]:
    if not _text(element):
        yield _finding(element, "warning", "empty-title", "<title> is empty; some readers drop it", "RFC 4287 4.2.14")


def _atom_alternates(element: etree._Element) -> Iterator[Finding]:
    kinds = Counter(
        (link.get("type", ""), link.get("hreflang", ""))
        for link in element.findall(_A + "link")
        if link.get("rel", "alternate") == "alternate"
    )
    for (kind, language), count in kinds.items():
        if count > 1:
            message = f"<{_name(element)}> has {count} alternate links of type '{kind}' and hreflang '{language}'"
            yield _finding(element, "error", "duplicate-alternate", message, "RFC 4287 4.1.1, 4.1.2")
    if len(kinds) > 1 and _name(element) == "entry":
        message = f"<entry> has {len(kinds)} alternate links; many readers open the last one"
        yield _finding(element, "warning", "several-alternates", message, "RFC 4287 4.1.2")


def _atom_entry(element: etree._Element) -> Iterator[Finding]:
    content = element.find(_A + "content")
    links = element.findall(_A + "link")
    if content is None and not any(link.get("rel", "alternate") == "alternate" for link in links):
        message = "<entry> has neither <content> nor an alternate link"
        yield _finding(element, "error", "no-content", message, "RFC 4287 4.1.2")
    if content is not None and content.get("src") is not None and element.find(_A + "summary") is None:
        message = "<entry> has its content elsewhere (src) and no <summary>"
        yield _finding(element, "error", "no-summary", message, "RFC 4287 4.1.2")
    parent = element.getparent()
    authors = [element.find(_A + "author"), element.find(f"{_A}source/{_A}author")]
    if parent is not None:
        authors.append(parent.find(_A + "author"))
    if all(author is None for author in authors):
        message = "<entry> has no <author>, nor has the feed"
        yield _finding(element, "error", "no-author", message, "RFC 4287 4.1.2")


def _atom_feed(element: etree._Element) -> Iterator[Finding]:
    if not any(link.get("rel") == "self" for link in element.findall(_A + "link")):
        message = '<feed> has no <link rel="self">'
        yield _finding(element, "warning", "no-self-link", message, "RFC 4287 4.1.1")
    seen: dict[tuple[str, str], int] = {}
    ids: dict[str, int] = {}
    for entry in element.findall(_A + "entry"):
        identity, updated = _text(entry.find(_A + "id")), _text(entry.find(_A + "updated"))
        if (identity, updated) in seen:
            message = f"<id> '{identity}' is in the feed twice with the same <updated> (line {seen[identity, updated]})"
            yield _finding(entry, "error", "duplicate-id", message, "RFC 4287 4.1.1")
        elif identity in ids:
            message = f"<id> '{identity}' is in the feed twice (line {ids[identity]})"
            yield _finding(entry, "warning", "repeated-id", message, "RFC 4287 4.1.1")
        ids[identity] = seen[identity, updated] = entry.sourceline or 0


ATOM: dict[str, tuple[_Rule, ...]] = {
    "feed": (_atom_feed, _atom_alternates),
    "entry": (_atom_entry, _atom_alternates),
    "id": (_atom_id,),
    "title": (_atom_title,),
    "updated": (_atom_date,),
    "published": (_atom_date,),
    "link": (_atom_reference("href", "RFC 4287 4.2.7.1"),),
    "category": (_atom_reference("scheme", "RFC 4287 4.2.2.2"),),
    "content": (_atom_reference("src", "RFC 4287 4.1.3.2"),),
    "generator": (_atom_reference("uri", "RFC 4287 4.2.4"),),
    "uri": (_atom_reference(None, "RFC 4287 3.2.2"),),
    "icon": (_atom_reference(None, "RFC 4287 4.2.5"),),
    "logo": (_atom_reference(None, "RFC 4287 4.2.8"),),
}


def atom(root: etree._Element) -> list[Finding]:
    """What the rules say of an Atom feed or entry."""
    return _apply(ATOM, root.iter(_A + "*")) + _structure(ATOM_CHILDREN, ATOM_ATTRIBUTES, root, _A)


# --- RSS 2.0 --------------------------------------------------------------------------------------------------------


def _rss_date(element: etree._Element) -> Iterator[Finding]:
    text = _text(element)
    match = _RFC822.fullmatch(text)
    moment = None
    if match:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            match = None
    if not match or moment is None:
        message = f"<{_name(element)}> is '{text}'; expected a date like Fri, 28 Jul 2017 10:00:00 +0000"
        yield _finding(element, "error", "bad-date", message, "RSS 2.0, RFC 822 5")
    elif match[1] and f"{moment:%w}" != str(("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat").index(match[1])):
        message = f"<{_name(element)}> is '{text}', but that was no {match[1]}"
        yield _finding(element, "error", "bad-weekday", message, "RSS 2.0, RFC 822 5.2")


def _rss_address(element: etree._Element) -> Iterator[Finding]:
    text = _text(element)
    if not is_uri(text):
        message = f"<{_name(element)}> is '{text}'; expected an absolute URI"
        yield _finding(element, "error", "bad-address", message, f"RSS 2.0 <{_name(element)}>")


def _rss_url(element: etree._Element) -> Iterator[Finding]:
    text = element.get("url", "")
    if not is_uri(text):
        message = f"url of <{_name(element)}> is '{text}'; expected an absolute URI"
        yield _finding(element, "error", "bad-address", message, f"RSS 2.0 <{_name(element)}>")


def _rss_guid(element: etree._Element) -> Iterator[Finding]:
    text = _text(element)
    if not text:
        yield _finding(element, "error", "empty-guid", "<guid> is empty", "RSS 2.0 <guid>")
    elif element.get("isPermaLink", "true") == "true" and not is_uri(text):
        message = f"<guid> is '{text}', no address; say isPermaLink=\"false\""
        yield _finding(element, "error", "bad-guid", message, "RSS 2.0 <guid>")


def _rss_item(element: etree._Element) -> Iterator[Finding]:
    if not _text(element.find("title")) and not _text(element.find("description")):
        message = "<item> has neither a title nor a description"
        yield _finding(element, "error", "empty-item", message, "RSS 2.0 <item>")
    if element.find("guid") is None:
        message = "<item> has no <guid>; readers will take an edited item for a new one"
        yield _finding(element, "warning", "no-guid", message, "RSS 2.0 <guid>, RSS profile")
    if len(element.findall("enclosure")) > 1:
        message = "<item> has several <enclosure>; most readers know one"
        yield _finding(element, "warning", "several-enclosures", message, "RSS profile <enclosure>")
    encoded, description = element.find(_CONTENT), element.find("description")
    if encoded is not None and description is not None and encoded in list(description.itersiblings(preceding=True)):
        message = "<content:encoded> stands before <description>; it should follow"
        yield _finding(encoded, "warning", "content-first", message, "RSS profile <content:encoded>")


def _rss_channel(element: etree._Element) -> Iterator[Finding]:
    if not any(link.get("rel") == "self" for link in element.findall(_A + "link")):
        message = '<channel> has no <atom:link rel="self">'
        yield _finding(element, "warning", "no-self-link", message, "RSS profile <atom:link>")
    for name in ("title", "description"):
        child = element.find(name)
        if child is not None and not _text(child):
            message = f"<{name}> of the channel is empty"
            yield _finding(child, "warning", f"empty-{name}", message, f"RSS 2.0 <{name}>")
    guids: dict[str, int] = {}
    for item in element.findall("item"):
        guid = _text(item.find("guid"))
        if guid and guid in guids:
            message = f"<guid> '{guid}' is in the feed twice (line {guids[guid]})"
            yield _finding(item, "error", "duplicate-guid", message, "RSS 2.0 <guid>")
        guids[guid] = item.sourceline or 0


RSS: dict[str, tuple[_Rule, ...]] = {
    "channel": (_rss_channel,),
    "item": (_rss_item,),
    "pubDate": (_rss_date,),
    "lastBuildDate": (_rss_date,),
    "link": (_rss_address,),
    "comments": (_rss_address,),
    "docs": (_rss_address,),
    "url": (_rss_address,),
    "guid": (_rss_guid,),
    "enclosure": (_rss_url,),
    "source": (_rss_url,),
}


def rss(root: etree._Element) -> list[Finding]:
    """What the rules say of an RSS feed; elements of other namespaces but atom:link are not looked at."""
    found = _apply(RSS, root.iter("{}*")) + _structure(RSS_CHILDREN, RSS_ATTRIBUTES, root, "{}")
    return found + _apply({"link": ATOM["link"]}, root.iter(_A + "link"))


def _apply(table: dict[str, tuple[_Rule, ...]], elements: Iterable[etree._Element]) -> list[Finding]:
    return [
        finding
        for element in elements
        for rule in table.get(etree.QName(element).localname, ())
        for finding in rule(element)
    ]


def _structure(
    children: dict[str, Children], attributes: dict[str, tuple[str, str]], root: etree._Element, namespace: str
) -> list[Finding]:
    """What the tables of children and attributes say: more to the point than a grammar, which only knows that
    something is wrong somewhere.
    """
    found: list[Finding] = []
    for element in root.iter(f"{namespace}*"):
        name = _name(element)
        if name in children:
            found += _children(element, namespace, children[name])
        reference, required = attributes.get(name, ("", ""))
        for attribute in required.split():
            if attribute not in element.attrib:
                found.append(
                    _finding(
                        element, "error", "missing-attribute", f"<{name}> has no attribute '{attribute}'", reference
                    )
                )
    return found
