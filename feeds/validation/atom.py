"""Atom 1.0 (RFC 4287): the rules that a grammar cannot state, as small functions and tables by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validation import values
from feeds.validation.findings import (
    Advice,
    Attributes,
    Children,
    Rule,
    finding,
    label,
    name,
    only_elements,
    only_text,
    shown,
    table,
    text,
    value,
)

NS = "{http://www.w3.org/2005/Atom}"

# The registry of link relations at IANA, as of November 2024; names are compared in lower case (RFC 8288 2.1.1).
RELATIONS = frozenset(
    "about acl alternate amphtml api-catalog appendix apple-touch-icon apple-touch-startup-image archives author "
    "blocked-by bookmark c2pa-manifest canonical chapter cite-as collection compression-dictionary contents "
    "convertedfrom copyright create-form current deprecation describedby describes disclosure dns-prefetch duplicate "
    "edit edit-form edit-media enclosure external first geofeed glossary help hosts hub ice-server icon index "
    "intervalafter intervalbefore intervalcontains intervaldisjoint intervalduring intervalequals intervalfinishedby "
    "intervalfinishes intervalin intervalmeets intervalmetby intervaloverlappedby intervaloverlaps intervalstartedby "
    "intervalstarts item last latest-version license linkset lrdd manifest mask-icon me media-feed memento micropub "
    "modulepreload monitor monitor-group next next-archive nofollow noopener noreferrer opener openid2.local_id "
    "openid2.provider original p3pv1 payment pingback preconnect predecessor-version prefetch preload prerender prev "
    "prev-archive preview previous privacy-policy profile publication rdap-active rdap-bottom rdap-down rdap-top "
    "rdap-up related replies restconf ruleinput search section self service service-desc service-doc service-meta "
    "sip-trunking-capability sponsored start status stylesheet subsection successor-version sunset tag "
    "terms-of-service timegate timemap type ugc up version-history via webmention working-copy working-copy-of".split()
)
# Those that chain whole documents (RFC 5005).
_PAGING = frozenset(("current", "next-archive", "prev-archive", "next", "previous"))
_SHARED = "author contributor category link"
CHILDREN = {
    "feed": Children("RFC 4287 4.1.1", "id title updated", "generator icon logo rights subtitle", f"{_SHARED} entry"),
    "entry": Children("RFC 4287 4.1.2", "id title updated", "content published rights source summary", _SHARED),
    "source": Children("RFC 4287 4.2.11", "", "id title updated generator icon logo rights subtitle", _SHARED),
    "author": Children("RFC 4287 3.2", "name", "uri email"),
    "contributor": Children("RFC 4287 3.2", "name", "uri email"),
}
_LINK, _ENTRY, _CONTENT = NS + "link", NS + "entry", NS + "content"
_LATE = etree.XPath(
    "a:entry[1]/following-sibling::a:*[not(self::a:entry)]", namespaces={"a": "http://www.w3.org/2005/Atom"}
)
_IDS = etree.XPath("a:entry/a:id", namespaces={"a": NS[1:-1]})


def _address(what: str, reference: str) -> Advice:
    """Warn about an address that is valid but relative or not in ASCII.

    Args:
        what: what holds it, with <> for the element.
    """

    def words(element: etree._Element, address: str) -> Iterator[Finding]:
        where = what.replace("<>", f"<{label(element)}>")
        if values.is_uri(address):
            return
        if address.isascii():
            if values.is_uri(element.base or ""):
                return  # xml:base makes it absolute (RFC 4287 2)
            message = f"{where} is '{shown(address)}'; an absolute URI is safest, relative ones get lost in readers"
            yield finding(element, "warning", "not-absolute", message, reference)
        else:
            message = f"{where} is '{shown(address)}'; write it in ASCII, percent-encoded, for readers that know no IRI"
            yield finding(element, "warning", "not-ascii", message, reference)

    return Advice(values.PLAIN[values.reference], words)


def _relation(element: etree._Element, stated: str) -> Iterator[Finding]:
    parent = element.getparent()
    if stated in _PAGING and parent is not None and name(parent) in ("entry", "item"):
        message = f'<link rel="{stated}"> belongs to the feed, not to an entry'
        yield finding(element, "warning", "link-in-entry", message, "RFC 5005")
    if stated.lower() not in RELATIONS and ":" not in stated:
        message = f"rel of <link> is '{shown(stated)}', which is not registered; readers pass it over"
        yield finding(element, "warning", "unregistered-rel", message, "RFC 4287 4.2.7.2")


_DIV, _XHTML = "{http://www.w3.org/1999/xhtml}div", "{http://www.w3.org/1999/xhtml}"


def _markup(element: etree._Element, kind: str) -> Iterator[Finding]:
    """Report what does not belong into XHTML: elements of a feed's vocabulary, and of no namespace."""
    if kind != "xhtml":
        return
    for inner in element.iter("{http://www.w3.org/2007/app}*", NS + "*", "{}*"):
        if inner is element or (inner.getparent() is element and inner.tag == NS + "div"):
            continue
        if str(inner.tag).startswith("{"):
            message = f"<{label(inner)}> does not belong into XHTML"
            yield finding(inner, "error", "undefined-element", message, "RFC 4287 3.1.1.3")
        else:
            message = f'<{label(inner)}> in XHTML is in no namespace; write xmlns="http://www.w3.org/1999/xhtml"'
            yield finding(inner, "error", "no-namespace", message, "RFC 4287 3.1.1.3")


def _text_construct(element: etree._Element) -> Iterator[Finding]:
    """Report what a text construct may not hold by its type (RFC 4287 3.1.1)."""
    kind = element.get("type", "text")
    if kind in ("text", "html") and (element.tag != _CONTENT or element.get("src") is None):
        yield from only_text(f"RFC 4287 3.1.1.{1 if kind == 'text' else 2}")(element)
    elif kind == "xhtml":
        reference = "RFC 4287 3.1.1.3"
        yield from only_elements(reference)(element)
        inside = list(element.iterchildren("*"))
        if len(inside) != 1 or inside[0].tag != _DIV:
            found = f"<{label(inside[0])}>" if len(inside) == 1 else f"{len(inside)} elements"
            if len(inside) == 1 and name(inside[0]) == "div":
                found = "<div> of another namespace"
            message = f"<{label(element)}> of type 'xhtml' holds {found}; expected one <div> of XHTML around all"
            yield finding(element, "error", "no-div", message, reference)
    if element.tag == _CONTENT and element.get("src") is not None and (len(element) or text(element)):
        message = "<content> has src and content beside it; one of them"
        yield finding(element, "error", "unexpected-text", message, "RFC 4287 4.1.3.2")


def _title(element: etree._Element) -> Iterable[Finding]:
    if text(element):
        return ()
    return (finding(element, "warning", "empty-title", "<title> is empty; some readers drop it", "RFC 4287 4.2.14"),)


def _alternates(element: etree._Element) -> Iterator[Finding]:
    links = [link for link in element.iterchildren(_LINK) if link.get("rel", "alternate") == "alternate"]
    kinds = Counter((link.get("type", ""), link.get("hreflang", "")) for link in links)
    for (kind, language), count in kinds.items():
        if count > 1:
            message = f"<{label(element)}> has {count} alternate links of type '{kind}' and hreflang '{language}'"
            yield finding(element, "error", "duplicate-alternate", message, "RFC 4287 4.1.1, 4.1.2")
    if len(kinds) > 1 and name(element) == "entry":
        message = f"<entry> has {len(kinds)} alternate links; many readers open the last one"
        yield finding(element, "warning", "several-alternates", message, "RFC 4287 4.1.2")


def _is_xml(kind: str) -> bool:
    return kind.split(";")[0].strip().lower().endswith(("+xml", "/xml"))


def _entry(element: etree._Element) -> Iterator[Finding]:
    tags = [child.tag for child in element]
    if tags.count(_LINK) > 1:
        yield from _alternates(element)
    if _CONTENT not in tags and not any(
        link.get("rel", "alternate") == "alternate" for link in element.iterchildren(_LINK)
    ):
        message = "<entry> has neither <content> nor an alternate link"
        yield finding(element, "error", "no-content", message, "RFC 4287 4.1.2")
    if element.getparent() is None:
        yield from _author(element)


def _author(entry: etree._Element) -> Iterator[Finding]:
    """Require an author for each entry, its own or the feed's."""
    if entry.find(NS + "author") is None and entry.find(f"{NS}source/{NS}author") is None:
        yield finding(entry, "error", "no-author", "<entry> has no <author>, nor has the feed", "RFC 4287 4.1.2")


def _content_of_type(element: etree._Element, kind: str) -> Iterator[Finding]:
    if kind in ("text", "html", "xhtml"):
        yield from _markup(element, kind)
    elif values.mime(kind) or kind.lower().startswith(("multipart/", "message/")):
        message = f"type of <content> is '{shown(kind)}'; expected text, html, xhtml or a media type of one part"
        yield finding(element, "error", "bad-attribute", message, "RFC 4287 4.1.3.1")
    elif element.get("src") is None:
        yield from _inline_content(element, kind)


def _inline_content(element: etree._Element, kind: str) -> Iterator[Finding]:
    """Check content of a media type that is inside the feed."""
    if _is_xml(kind):
        around = (element.text or "") + "".join(child.tail or "" for child in element)
        if len(element) and around.strip():
            message = f"<content> of type '{shown(kind)}' has text beside its element: '{shown(around.strip())}'"
            yield finding(element, "error", "unexpected-text", message, "RFC 4287 4.1.3.3")
    elif kind.lower().startswith("text/"):
        yield from only_text("RFC 4287 4.1.3.3")(element)
    else:
        if values.base64_text(text(element)):
            message = f"<content> of type '{shown(kind)}' is not in Base64"
            yield finding(element, "error", "not-base64", message, "RFC 4287 4.1.3.3")
        yield from _without_summary(element, f"in Base64 ({kind})")


def _content_elsewhere(element: etree._Element, address: str) -> Iterator[Finding]:
    yield from _address("src of <>", "RFC 4287 4.1.3.2").words(element, address)
    if (kind := element.get("type")) in ("text", "html", "xhtml"):
        message = f"<content> has src and the type '{kind}'; expected a media type"
        yield finding(element, "error", "bad-attribute", message, "RFC 4287 4.1.3.2")
    yield from _without_summary(element, "elsewhere (src)")


def _without_summary(content: etree._Element, where: str) -> Iterator[Finding]:
    entry = content.getparent()
    if entry is not None and entry.tag == _ENTRY and entry.find(NS + "summary") is None:
        message = f"<entry> has its content {where} and no <summary>"
        yield finding(entry, "error", "no-summary", message, "RFC 4287 4.1.2")


def _feed(element: etree._Element) -> Iterator[Finding]:
    if not any(link.get("rel") == "self" for link in element.iterchildren(_LINK)):
        yield finding(element, "warning", "no-self-link", '<feed> has no <link rel="self">', "RFC 4287 4.1.1")
    yield from _alternates(element)
    for late in _LATE(element):
        message = f"<{label(late)}> of the feed stands after an <entry>; what describes the feed comes first"
        yield finding(late, "error", "late-metadata", message, "RFC 4287 4.1.1")
    if element.find(NS + "author") is None:
        for entry in element.iterchildren(_ENTRY):
            yield from _author(entry)
    ids = [text(identity) for identity in _IDS(element)]
    if len(set(ids)) < len(ids):
        yield from _repeated(element)


def _repeated(feed: etree._Element) -> Iterator[Finding]:
    """Report entries with the id of another."""
    seen: dict[tuple[str, str], int] = {}
    ids: dict[str, int] = {}
    for entry in feed.iterchildren(_ENTRY):
        identity = (entry.findtext(NS + "id") or "").strip()
        updated = (entry.findtext(NS + "updated") or "").strip()
        if not identity:
            continue
        if (identity, updated) in seen:
            message = f"<id> '{identity}' is in the feed twice with the same <updated> (line {seen[identity, updated]})"
            yield finding(entry, "warning", "duplicate-id", message, "RFC 4287 4.1.1")
        elif identity in ids:
            message = f"<id> '{identity}' is in the feed twice (line {ids[identity]})"
            yield finding(entry, "warning", "repeated-id", message, "RFC 4287 4.1.1")
        ids[identity] = seen[identity, updated] = entry.sourceline or 0


def unnamed(element: etree._Element) -> Iterator[Finding]:
    """Report an element without a namespace, whose meaning is undefined."""
    parent = element.getparent()
    if parent is not None and parent.tag in (NS + "feed", _ENTRY):
        message = f"<{label(element)}> in <{label(parent)}> is in no namespace; readers pass it over"
        yield finding(element, "warning", "no-namespace", message, "RFC 4287 6.4")


ATTRIBUTES = {
    "feed": Attributes("RFC 4287 4.1.1"),
    "entry": Attributes("RFC 4287 4.1.2"),
    "link": Attributes(
        "RFC 4287 4.2.7",
        {"href": values.reference},
        {
            "rel": values.matching(r"\S+", "a registered name or a URI"),
            "type": values.mime,
            "hreflang": values.language,
            "title": values.anything,
            "length": values.integer(0),
        },
        {
            "href": _address("href of <>", "RFC 4287 4.2.7.1"),
            "rel": Advice((RELATIONS - _PAGING).__contains__, _relation),
        },
    ),
    "category": Attributes(
        "RFC 4287 4.2.2",
        {"term": values.anything},
        {"scheme": values.uri, "label": values.anything},
        {"scheme": _address("scheme of <>", "RFC 4287 4.2.2.2")},
    ),
    "generator": Attributes(
        "RFC 4287 4.2.4",
        {},
        {"uri": values.reference, "version": values.anything},
        {"uri": _address("uri of <>", "RFC 4287 4.2.4")},
    ),
    "content": Attributes(
        "RFC 4287 4.1.3",
        {},
        {"type": values.anything, "src": values.reference},
        {
            "type": Advice(("text", "html").__contains__, _content_of_type),
            "src": Advice(().__contains__, _content_elsewhere),
        },
    ),
    **{
        called: Attributes(
            "RFC 4287 3.1.1",
            {},
            {"type": values.one_of("text html xhtml")},
            {"type": Advice(("text", "html").__contains__, _markup)},
        )
        for called in ("title", "subtitle", "summary", "rights")
    },
    **{
        called: Attributes("RFC 4287 2")
        for called in "id updated published author contributor name uri email icon logo source".split()
    },
}


_DATE = value(values.rfc3339, "bad-date", "RFC 4287 3.3", strip=False)
RULES: dict[str, tuple[Rule, ...]] = {
    "feed": (_feed,),
    "entry": (_entry,),
    "source": (_alternates,),
    "id": (value(values.uri, "bad-id", "RFC 4287 4.2.6", strip=False, advice=_address("<>", "RFC 4287 4.2.6")),),
    "title": (_title,),
    "updated": (_DATE,),
    "published": (_DATE,),
    "email": (value(values.address, "bad-email", "RFC 4287 3.2.3"),),
    "name": (value(values.not_empty, "empty-name", "RFC 4287 3.2.1", "warning"),),
    "uri": (
        value(values.reference, "bad-uri", "RFC 4287 3.2.2", strip=False, advice=_address("<>", "RFC 4287 3.2.2")),
    ),
    "icon": (
        value(values.reference, "bad-uri", "RFC 4287 4.2.5", strip=False, advice=_address("<>", "RFC 4287 4.2.5")),
    ),
    "logo": (
        value(values.reference, "bad-uri", "RFC 4287 4.2.8", strip=False, advice=_address("<>", "RFC 4287 4.2.8")),
    ),
}

TABLE = table(NS, RULES, CHILDREN, ATTRIBUTES, "id updated published name uri email icon logo generator")
for _called in ("title", "subtitle", "summary", "rights", "content"):
    TABLE.all[NS + _called] += (_text_construct,)
