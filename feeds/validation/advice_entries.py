"""Advice about entries and feeds as a whole: what they lack, what they say twice, what readers sort wrongly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from feeds.model import Finding
from feeds.validation import advice_texts, html, values
from feeds.validation.atom import NS
from feeds.validation.findings import label, shown, text, warning

_XHTML = "{http://www.w3.org/1999/xhtml}"
_DC, _DCTERMS = "{http://purl.org/dc/elements/1.1/}", "{http://purl.org/dc/terms/}"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CC, _CREATIVE = "{http://web.resource.org/cc/}license", "{http://backend.userland.com/creativeCommonsRssModule}license"
_CONTENT_TAG, _SUMMARY_TAG, _SOURCE_TAG = NS + "content", NS + "summary", NS + "source"
_ANY_XHTML = _XHTML + "*"
_UPDATED = etree.XPath("a:entry/a:updated", namespaces={"a": NS[1:-1]})


def atom_entry(element: etree._Element) -> Iterable[Finding]:
    """Advise about an entry: what it has no text for, what is empty, what it was copied from."""
    has_text = False
    for child in element.iterchildren(_CONTENT_TAG, _SUMMARY_TAG, _SOURCE_TAG, _ANY_XHTML):
        if child.tag not in (_CONTENT_TAG, _SUMMARY_TAG) or not (child.text and not child.text.isspace()):
            return _faulty_entry(element)
        has_text = True
    if has_text:
        return ()
    return _faulty_entry(element)


def _faulty_entry(element: etree._Element) -> Iterator[Finding]:
    children = {str(child.tag): child for child in element.iterchildren("*")}
    content, summary = children.get(NS + "content"), children.get(NS + "summary")
    if content is None and summary is None:
        message = "<entry> has neither <content> nor <summary>; readers show a title alone"
        yield warning(element, "no-text", message, "RFC 4287 4.1.1.1")
    for child in (content, summary):
        if child is not None and not len(child) and not text(child) and child.get("src") is None:
            message = f"<{label(child)}> is empty; leave it out"
            yield warning(child, "empty-text", message, "RFC 4287 4.1.1.1")
    if content is not None and content.get("src") and not content.get("type"):
        message = "<content> is elsewhere (src) and has no type; readers need it before they fetch"
        yield warning(content, "no-type", message, "RFC 4287 4.1.3.2")
    source = children.get(NS + "source")
    if source is not None:
        yield from _source(source)
    for tag, child in children.items():
        if tag.startswith(_XHTML):
            message = f"<{label(child)}> of XHTML stands outside of <content>; readers pass it over"
            yield warning(child, "misplaced-xhtml", message, "RFC 4287 6.4")


def _source(source: etree._Element) -> Iterator[Finding]:
    missing = [called for called in ("id", "title", "updated") if source.find(NS + called) is None]
    if missing:
        message = f"<source> has no {', '.join(f'<{called}>' for called in missing)}; keep what its feed states"
        yield warning(source, "incomplete-source", message, "RFC 4287 4.2.11")


def atom_feed(element: etree._Element) -> Iterable[Finding]:
    """Advise where two entries changed at the same time to the second."""
    stated = [(updated.text or "").strip() for updated in _UPDATED(element)]
    return () if len(set(stated)) == len(stated) else _same_updated(element)


def _same_updated(feed: etree._Element) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for updated in _UPDATED(feed):
        stated = (updated.text or "").strip()
        if stated and stated in seen:
            message = f"<updated> is '{stated}' as in line {seen[stated]}; readers sort such entries at random"
            yield warning(updated, "same-updated", message, "RFC 4287 4.2.15")
        seen.setdefault(stated, updated.sourceline or 0)


def atom_link(element: etree._Element) -> Iterable[Finding]:
    """Advise about a link: its title, where self leads, what it has inside."""
    if element.text is None and not len(element) and element.get("rel") != "self" and element.get("title") is None:
        return ()
    return _unusual_link(element)


def _unusual_link(element: etree._Element) -> Iterator[Finding]:
    if stated := element.get("title"):
        for code, message in html.plain_remarks(stated):
            yield warning(element, code, f"title of <link> {message}", "RFC 4287 4.2.7.5")
    kind = element.get("type", "")
    if element.get("rel") == "self" and kind and "atom" not in kind and "rss" not in kind and "xml" not in kind:
        message = f"<link rel=\"self\"> is of type '{shown(kind)}'; it should lead to the feed itself"
        yield warning(element, "self-not-feed", message, "RFC 4287 4.2.7.2")
    if text(element) or len(element):
        message = "<link> has content, which has no meaning"
        yield warning(element, "link-not-empty", message, "RFC 4287 4.2.7")


def generator(element: etree._Element) -> Iterable[Finding]:
    """Advise where a generator says nothing, or has tags."""
    if not text(element):
        return (warning(element, "empty-value", "<generator> is empty; leave it out", "RFC 4287 4.2.4"),)
    return advice_texts.plain(element, "RFC 4287 4.2.4")


def category(element: etree._Element) -> Iterable[Finding]:
    """Advise about the label of a category."""
    if not element.get("term", "-").strip():
        return (warning(element, "empty-value", "term of <category> is empty; leave it out", "RFC 4287 4.2.2.1"),)
    stated = element.get("label", "")
    if "<" not in stated and "&" not in stated:
        return ()
    remarks = html.plain_remarks(stated)
    return [warning(element, code, f"label of <category> {message}", "RFC 4287 4.2.2.3") for code, message in remarks]


def atom_id(element: etree._Element) -> Iterable[Finding]:
    """Advise where an id is not in normal form (RFC 4287 4.2.6.1)."""
    stated = text(element)
    scheme, colon, _ = stated.partition(":")
    if colon and values.SCHEME.fullmatch(scheme) and scheme.lower() not in values.REGISTERED:
        message = f"<id> is '{shown(stated)}', of a scheme that is not registered; tag: is made for ids"
        return (warning(element, "unusual-scheme", message, "RFC 4287 4.2.6, RFC 7595"),)
    if expected := values.canonical(stated):
        message = f"<id> is '{shown(stated)}'; expected {expected}, ids are compared letter by letter"
        return (warning(element, "not-canonical", message, "RFC 4287 4.2.6.1"),)
    return ()


# What says the same in RSS, by the element that holds it; the profile asks for one of them.
_TWINS = {
    "channel": (
        ("copyright", _DC + "rights"),
        ("managingEditor", _DC + "creator"),
        ("webMaster", _DC + "publisher"),
        ("pubDate", _DC + "date"),
        ("language", _DC + "language"),
        ("lastBuildDate", _DCTERMS + "modified"),
        ("generator", "{http://webns.net/mvcb/}generatorAgent"),
        ("title", _DC + "title"),
        ("description", _DC + "description"),
        (_CC, _CREATIVE),
    ),
    "item": (
        ("author", _DC + "creator"),
        ("category", _DC + "subject"),
        ("pubDate", _DC + "date"),
        ("pubDate", NS + "published"),
        ("pubDate", _DCTERMS + "created"),
        ("source", _DC + "source"),
        ("title", _DC + "title"),
        ("description", _DC + "description"),
        (_CC, _CREATIVE),
        (_ENCODED, NS + "content"),
        (_ENCODED, _XHTML + "body"),
        (_ENCODED, _XHTML + "div"),
        ("description", _XHTML + "body"),
        ("description", NS + "content"),
        ("description", NS + "summary"),
    ),
}


def _twice(element: etree._Element, tags: set[str]) -> list[Finding]:
    found = []
    for one, other in _TWINS[str(element.tag)]:
        if one in tags and other in tags and (twin := next(element.iterchildren(other), None)) is not None:
            said = one.rpartition("}")[2]
            message = f"<{label(twin)}> of another namespace says what <{said}> says; readers take either"
            found.append(warning(twin, "stated-twice", message, "RSS profile, namespace elements"))
    return found


_PROFILE = "RSS profile <content:encoded>"
_TWINS_OF_ITEM = frozenset(other for _, other in _TWINS["item"])


def item(element: etree._Element) -> Iterable[Finding]:
    """Advise where an item says the same in two elements."""
    tags = {child.tag for child in element}
    if _ENCODED in tags and "description" not in tags:
        message = "<content:encoded> has no <description> before it; readers that know only that show nothing"
        return (*_twice(element, {str(tag) for tag in tags}), warning(element, "no-description", message, _PROFILE))
    return () if tags.isdisjoint(_TWINS_OF_ITEM) else _twice(element, {str(tag) for tag in tags})


def channel(element: etree._Element) -> Iterator[Finding]:
    """Advise about a channel: what it says twice, its text input, its image."""
    yield from _twice(element, {str(child.tag) for child in element.iterchildren("*")})
    text_input = element.find("textInput")
    if text_input is not None:
        message = "<textInput> is ignored by nearly every reader; leave it out"
        yield warning(text_input, "avoid-text-input", message, "RSS profile <textInput>")
    image = element.find("image")
    if image is not None:
        yield from _image(element, image)


def _image(channel: etree._Element, image: etree._Element) -> Iterator[Finding]:
    for called in ("title", "link"):
        child = image.find(called)
        if child is not None and not text(child):
            message = f"<{called}> of the image is empty; write that of the channel"
            yield warning(child, "empty-value", message, "RSS 2.0 <image>")
        own, whole = text(image.find(called)), text(channel.find(called))
        if own and whole and own != whole:
            child = image.find(called)
            assert child is not None
            message = f"<{called}> of the image is '{shown(own)}', that of the channel '{shown(whole)}'"
            yield warning(child, "image-differs", message, "RSS 2.0 <image>")
    address = text(image.find("url"))
    ending = re.search(r"\.([a-z]{3,5})$", address.lower().partition("?")[0])
    if ending and ending[1] in ("tif", "tiff", "bmp", "ico", "svg", "webp", "avif", "psd", "eps"):
        message = f"<url> of the image is of type {ending[1]}; RSS has GIF, JPEG and PNG"
        yield warning(image, "image-format", message, "RSS 2.0 <image>")


def guid(element: etree._Element) -> Iterable[Finding]:
    """Advise where a guid is a small number."""
    stated = text(element)
    if stated.isascii() and stated.isdigit() and len(stated) < 12:
        message = f"<guid> is '{stated}'; another feed may have it too, and some readers compare across feeds"
        return (warning(element, "weak-guid", message, "RSS profile <guid>"),)
    return ()


def contact(element: etree._Element) -> Iterator[Finding]:
    """Advise about an e-mail address: a name behind it, and nothing around it (RSS profile)."""
    yield from advice_texts.plain(element)
    stated = text(element)
    if stated.lower().startswith("mailto:") or "?" in stated.partition("@")[2]:
        message = f"<{label(element)}> is '{shown(stated)}'; write the address as it is: news@example.org (Ana Ruiz)"
        yield warning(element, "email-order", message, "RSS profile, e-mail addresses")
    elif "@" in stated and " " not in stated:
        message = f"<{label(element)}> has no name; write it behind the address: {shown(stated)} (Ana Ruiz)"
        yield warning(element, "no-real-name", message, "RSS profile, e-mail addresses")


def hour(element: etree._Element) -> Iterable[Finding]:
    """Advise where midnight is 24."""
    if text(element) == "24":
        return (warning(element, "hour-24", "<hour> is 24; midnight is 0", "RSS profile <skipHours>"),)
    return ()
