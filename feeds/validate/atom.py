"""Atom 1.0 (RFC 4287): what a grammar cannot say, as small functions and tables by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validate import values
from feeds.validate.findings import Attributes, Children, Rule, finding, name, shown, table, text, value

NS = "{http://www.w3.org/2005/Atom}"

# Link relations of the IANA registry that a feed may meet.
RELATIONS = frozenset(
    "about alternate appendix archives author bookmark canonical collection contents copyright current describedby "
    "edit edit-media enclosure first glossary help hub icon index last latest-version license monitor next "
    "next-archive payment predecessor-version prev prev-archive previous privacy-policy related replies search "
    "section self service shortlink start stylesheet subsection successor-version tag terms-of-service up "
    "version-history via working-copy working-copy-of".split()
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
_TEXT_TYPE = values.one_of("text html xhtml")
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
    ),
    "category": Attributes(
        "RFC 4287 4.2.2", {"term": values.anything}, {"scheme": values.reference, "label": values.anything}
    ),
    "generator": Attributes("RFC 4287 4.2.4", {}, {"uri": values.reference, "version": values.anything}),
    "content": Attributes("RFC 4287 4.1.3", {}, {"type": values.anything, "src": values.reference}),
    **{
        called: Attributes("RFC 4287 3.1.1", {}, {"type": _TEXT_TYPE})
        for called in ("title", "subtitle", "summary", "rights")
    },
    **{
        called: Attributes("RFC 4287 2")
        for called in "id updated published author contributor name uri email icon logo source".split()
    },
}


def _address(attribute: str | None, reference: str) -> Rule:
    """Warnings for an address, of an element or its attribute, that is relative or not in ASCII."""

    def rule(element: etree._Element) -> Iterable[Finding]:
        address = text(element) if attribute is None else element.get(attribute)
        if address is None or values.is_uri(address) or values.reference(address):
            return ()  # absent, right, or an error of its own
        return wrong(element, address)

    def wrong(element: etree._Element, address: str) -> Iterator[Finding]:
        where = f"{attribute} of <{name(element)}>" if attribute else f"<{name(element)}>"
        if address.isascii() and name(element) == "id":
            return  # an error of its own
        if address.isascii():
            message = f"{where} is '{shown(address)}'; an absolute URI is safest, relative ones get lost in readers"
            yield finding(element, "warning", "not-absolute", message, reference)
        else:
            message = f"{where} is '{shown(address)}'; write it in ASCII, percent-encoded, for readers that know no IRI"
            yield finding(element, "warning", "not-ascii", message, reference)

    return rule


def _relation(element: etree._Element) -> Iterable[Finding]:
    stated = element.get("rel", "alternate")
    if stated in _PAGING:
        parent = element.getparent()
        if parent is not None and name(parent) in ("entry", "item"):
            message = f'<link rel="{stated}"> belongs to the feed, not to an entry'
            return (finding(element, "warning", "link-in-entry", message, "RFC 5005"),)
    if stated in RELATIONS or ":" in stated:
        return ()
    message = f"rel of <link> is '{shown(stated)}', which is not registered; readers pass it over"
    return (finding(element, "warning", "unregistered-rel", message, "RFC 4287 4.2.7.2"),)


def _title(element: etree._Element) -> Iterable[Finding]:
    if text(element):
        return ()
    return (finding(element, "warning", "empty-title", "<title> is empty; some readers drop it", "RFC 4287 4.2.14"),)


def _alternates(element: etree._Element) -> Iterable[Finding]:
    links = [link for link in element.iterchildren(NS + "link") if link.get("rel", "alternate") == "alternate"]
    return _several(element, links) if len(links) > 1 else ()


def _several(element: etree._Element, links: list[etree._Element]) -> Iterator[Finding]:
    kinds = Counter((link.get("type", ""), link.get("hreflang", "")) for link in links)
    for (kind, language), count in kinds.items():
        if count > 1:
            message = f"<{name(element)}> has {count} alternate links of type '{kind}' and hreflang '{language}'"
            yield finding(element, "error", "duplicate-alternate", message, "RFC 4287 4.1.1, 4.1.2")
    if len(kinds) > 1 and name(element) == "entry":
        message = f"<entry> has {len(kinds)} alternate links; many readers open the last one"
        yield finding(element, "warning", "several-alternates", message, "RFC 4287 4.1.2")


def _is_xml(kind: str) -> bool:
    return kind.split(";")[0].strip().lower().endswith(("+xml", "/xml"))


def _entry(element: etree._Element) -> Iterable[Finding]:
    content = next(element.iterchildren(NS + "content"), None)
    if content is not None and content.get("src") is None and content.get("type", "text") in ("text", "html", "xhtml"):
        return _author(element) if element.getparent() is None else ()
    return _entry_of_other_content(element, content)


def _entry_of_other_content(element: etree._Element, content: etree._Element | None) -> Iterator[Finding]:
    links = element.findall(NS + "link")
    if content is None and not any(link.get("rel", "alternate") == "alternate" for link in links):
        message = "<entry> has neither <content> nor an alternate link"
        yield finding(element, "error", "no-content", message, "RFC 4287 4.1.2")
    if content is not None and element.find(NS + "summary") is None:
        kind = content.get("type", "text")
        if content.get("src") is not None:
            message = "<entry> has its content elsewhere (src) and no <summary>"
            yield finding(element, "error", "no-summary", message, "RFC 4287 4.1.2")
        elif "/" in kind and not kind.lower().startswith("text/") and not _is_xml(kind):
            message = f"<entry> has its content in Base64 ({kind}) and no <summary>"
            yield finding(element, "error", "no-summary", message, "RFC 4287 4.1.2")
    if element.getparent() is None:
        yield from _author(element)


def _author(entry: etree._Element) -> Iterator[Finding]:
    """An entry of a feed without an author, or by itself."""
    if entry.find(NS + "author") is None and entry.find(f"{NS}source/{NS}author") is None:
        yield finding(entry, "error", "no-author", "<entry> has no <author>, nor has the feed", "RFC 4287 4.1.2")


def _content(element: etree._Element) -> Iterable[Finding]:
    kind = element.get("type", "text")
    if kind not in ("text", "html", "xhtml"):
        return _other_content(element, kind)
    if element.get("src") is not None and element.get("type"):
        message = f"<content> has src and the type '{kind}'; expected a media type"
        return (finding(element, "error", "bad-attribute", message, "RFC 4287 4.1.3.2"),)
    return ()


def _other_content(element: etree._Element, kind: str) -> Iterator[Finding]:
    if values.mime(kind) or kind.lower().startswith(("multipart/", "message/")):
        message = f"type of <content> is '{shown(kind)}'; expected text, html, xhtml or a media type of one part"
        yield finding(element, "error", "bad-attribute", message, "RFC 4287 4.1.3.1")
    elif element.get("src") is not None:
        return
    elif _is_xml(kind):
        around = (element.text or "") + "".join(child.tail or "" for child in element)
        if len(element) and around.strip():
            message = f"<content> of type '{shown(kind)}' has text beside its element: '{shown(around.strip())}'"
            yield finding(element, "error", "unexpected-text", message, "RFC 4287 4.1.3.3")
    elif not kind.lower().startswith("text/") and values.base64_text(text(element)):
        message = f"<content> of type '{shown(kind)}' is not in Base64"
        yield finding(element, "error", "not-base64", message, "RFC 4287 4.1.3.3")


def _markup(element: etree._Element) -> Iterable[Finding]:
    """Elements of a feed's vocabulary inside XHTML."""
    return _misplaced(element) if element.get("type") == "xhtml" else ()


def _misplaced(element: etree._Element) -> Iterator[Finding]:
    for inner in element.iter("{http://www.w3.org/2007/app}*", NS + "*"):
        if inner is not element:
            message = f"<{name(inner)}> does not belong into XHTML"
            yield finding(inner, "error", "undefined-element", message, "RFC 4287 3.1.1.3")


def _feed(element: etree._Element) -> Iterator[Finding]:
    if not any(link.get("rel") == "self" for link in element.findall(NS + "link")):
        yield finding(element, "warning", "no-self-link", '<feed> has no <link rel="self">', "RFC 4287 4.1.1")
    if element.find(NS + "author") is None:
        for entry in element.iterchildren(NS + "entry"):
            yield from _author(entry)
    seen: dict[tuple[str, str], int] = {}
    ids: dict[str, int] = {}
    for entry in element.iterchildren(NS + "entry"):
        identity = (entry.findtext(NS + "id") or "").strip()
        updated = (entry.findtext(NS + "updated") or "").strip()
        if not identity:
            continue
        if (identity, updated) in seen:
            message = f"<id> '{identity}' is in the feed twice with the same <updated> (line {seen[identity, updated]})"
            yield finding(entry, "error", "duplicate-id", message, "RFC 4287 4.1.1")
        elif identity in ids:
            message = f"<id> '{identity}' is in the feed twice (line {ids[identity]})"
            yield finding(entry, "warning", "repeated-id", message, "RFC 4287 4.1.1")
        ids[identity] = seen[identity, updated] = entry.sourceline or 0


def _unnamed(element: etree._Element) -> list[Finding]:
    """Elements without a namespace, whose meaning nobody can know."""
    return [
        finding(
            child,
            "warning",
            "no-namespace",
            f"<{name(child)}> in <{name(element)}> is in no namespace; readers pass it over",
            "RFC 4287 6.4",
        )
        for child in element.iterchildren("{}*")
    ]


_DATE = value(values.rfc3339, "bad-date", "RFC 4287 3.3", strip=False)
RULES: dict[str, tuple[Rule, ...]] = {
    "feed": (_feed, _alternates, _unnamed),
    "entry": (_entry, _alternates, _unnamed),
    "id": (value(values.uri, "bad-id", "RFC 4287 4.2.6", strip=False), _address(None, "RFC 4287 4.2.6")),
    "title": (_title, _markup),
    "subtitle": (_markup,),
    "summary": (_markup,),
    "rights": (_markup,),
    "updated": (_DATE,),
    "published": (_DATE,),
    "email": (value(values.address, "bad-email", "RFC 4287 3.2.3"),),
    "name": (value(values.not_empty, "empty-name", "RFC 4287 3.2.1", "warning"),),
    "link": (
        _relation,
        _address("href", "RFC 4287 4.2.7.1"),
    ),
    "category": (_address("scheme", "RFC 4287 4.2.2.2"),),
    "content": (_content, _markup, _address("src", "RFC 4287 4.1.3.2")),
    "generator": (_address("uri", "RFC 4287 4.2.4"),),
    "uri": (value(values.reference, "bad-uri", "RFC 4287 3.2.2"), _address(None, "RFC 4287 3.2.2")),
    "icon": (value(values.reference, "bad-uri", "RFC 4287 4.2.5"), _address(None, "RFC 4287 4.2.5")),
    "logo": (value(values.reference, "bad-uri", "RFC 4287 4.2.8"), _address(None, "RFC 4287 4.2.8")),
}


TABLE = table(NS, RULES, CHILDREN, ATTRIBUTES)
