"""Advice about a feed that is valid or nearly so: what readers remove, show wrongly or sort wrongly. Warnings only.

The rules of the formats decide whether a feed is valid; nothing here does. Each function takes an element and says what
there is to say; the tables at the end tell where each applies.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

from lxml import etree

from feeds.model import Finding
from feeds.validation import html, values
from feeds.validation.atom import NS
from feeds.validation.findings import MOST, Table, finding, is_looked_into, label, name, raw_text, shown, text

LARGE = 2 * 1024 * 1024  # bytes; several readers stop at one or two million (Feedly, Google's at one)
# The Web is of 1990; nothing was published in a feed before.
_FIRST_YEAR = 1990
# Without a clock a date is in the future where no publisher could mean it.
_LAST_YEAR = 2050
_AHEAD = dt.timedelta(days=1)  # an embargo that is stated in another zone, a clock that is wrong by hours
_XHTML = "{http://www.w3.org/1999/xhtml}"
_DC, _DCTERMS = "{http://purl.org/dc/elements/1.1/}", "{http://purl.org/dc/terms/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_CC, _CREATIVE = "{http://web.resource.org/cc/}license", "{http://backend.userland.com/creativeCommonsRssModule}license"

Advisor = Callable[[etree._Element], Iterable[Finding]]


def advise(root: etree._Element, size: int, table: Table, now: dt.datetime | None = None) -> list[Finding]:
    """Return advice about an Atom feed or entry or an RSS feed, at most as many findings as rules make.

    Args:
        size: of the document, in bytes.
        table: the elements of the format; what is inside of others is not looked into.
        now: what dates of the future are compared with; without it only those that are far off are found.
    """
    advisors = _OF_ATOM if str(root.tag).startswith(NS) else _OF_RSS
    found = list(_of_document(root, size))
    latest = (now or dt.datetime(_LAST_YEAR, 1, 1, tzinfo=dt.UTC)) + _AHEAD
    dated = dict.fromkeys(_DATES, partial(_date, latest=latest))
    for element in root.iter(*advisors, *dated):
        tag = str(element.tag)
        said = (advisors.get(tag) or dated[tag])(element)
        if said and is_looked_into(element, table.all, table.places):
            found += islice(said, MOST)
            if len(found) >= MOST:
                break
    return found[:MOST]


def _warn(element: etree._Element, code: str, message: str, reference: str) -> Finding:
    return finding(element, "warning", code, message, reference)


# --- the document -----------------------------------------------------------------------------------------------------

_BAD_CHARACTERS = re.compile("[\x80-\x9f\ufffd]")
# What UTF-8 looks like that was read as windows-1252: a letter or a quotation mark in two or three.
_MOJIBAKE = re.compile(
    "[ÂÃ][\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d]|â€|Ð[\u0090-\u00bf]Ñ"
)


def _of_document(root: etree._Element, size: int) -> Iterator[Finding]:
    if size > LARGE:
        message = f"has {size} bytes; some readers stop at {LARGE}, keep the newest entries and archive the others"
        yield _warn(root, "large-document", message, "RFC 5005 4")
    if root.prefix and str(root.tag).startswith(NS):
        message = f"writes Atom with the prefix '{root.prefix}'; old readers know the names without one only"
        yield _warn(root, "prefixed-names", message, "Namespaces in XML 6.2")
    for element in root.iter("*"):
        content = element.text or ""
        if not content.isascii() and (message := _characters(content)):
            yield _warn(element, "bad-characters", f"<{label(element)}> {message}", "XML 1.0 2.2")


def _characters(content: str) -> str:
    if match := _BAD_CHARACTERS.search(content):
        around = content[max(0, match.start() - 10) : match.end() + 10].strip()
        what = (
            "the sign of a lost character" if match[0] == "\ufffd" else f"the control character U+{ord(match[0]):04X}"
        )
        return f"has {what} in '{around}'; the text was decoded wrongly before"
    if match := _MOJIBAKE.search(content):
        around = content[max(0, match.start() - 10) : match.end() + 10].strip()
        return f"has '{around}', which looks like UTF-8 that was read as windows-1252"
    return ""


# --- texts ------------------------------------------------------------------------------------------------------------


def _said(element: etree._Element, remarks: Iterable[html.Remark], reference: str) -> Iterator[Finding]:
    for code, message in remarks:
        if code == "relative-reference" and _has_base(element):
            continue
        yield _warn(element, code, f"<{label(element)}> {message}", reference)


def _has_base(element: etree._Element) -> bool:
    """Return True if xml:base tells readers what a relative address stands for (RFC 4287 2)."""
    return bool(values.is_uri(element.base or ""))


def _plain(element: etree._Element, reference: str = "RSS profile, character data") -> Iterable[Finding]:
    content = element.text or ""
    if "<" in content or "&" in content:
        return _said(element, html.plain_remarks(content), reference)
    return ()


def _rss_title(element: etree._Element) -> Iterable[Finding]:
    content = element.text or ""
    if "<" not in content and "&" not in content:
        return ()
    return _said(element, html.plain_remarks(content) or html.title_remarks(content), "RSS profile, character data")


def _markup(element: etree._Element) -> Iterable[Finding]:
    remarks = html.fragment_remarks(element.text or "")
    return _said(element, remarks, "RSS profile <description>") if remarks else ()


def _description(element: etree._Element) -> Iterable[Finding]:
    """Advise about a description: HTML in an item, plain text in all else (RSS profile)."""
    parent = element.getparent()
    return _markup(element) if parent is not None and parent.tag == "item" else _plain(element)


def _media_text(element: etree._Element) -> Iterable[Finding]:
    return _markup(element) if element.get("type") == "html" else _plain(element, "Media RSS")


def _atom_text(element: etree._Element) -> Iterable[Finding]:
    """Advise about a text construct or content by its type (RFC 4287 3.1.1, 4.1.3.3)."""
    kind = element.get("type", "text")
    if kind == "text":
        return _plain(element, "RFC 4287 3.1.1.1")
    if kind == "html":
        remarks = html.fragment_remarks(element.text or "")
        return _said(element, remarks, "RFC 4287 3.1.1.2") if remarks else ()
    if kind == "xhtml":
        return _xhtml(element)
    if kind.lower() == "text/html" and element.get("src") is None:
        return _html_document(element)
    return ()


def _html_document(element: etree._Element) -> Iterator[Finding]:
    content = raw_text(element)
    if "<html" not in content[:500].lower():
        message = f'<{label(element)}> holds a fragment of HTML; write type="html", text/html is a whole document'
        yield _warn(element, "not-a-fragment", message, "RFC 4287 3.1.1.2, 4.1.3.3")
    remarks = [remark for remark in html.fragment_remarks(content) if remark[0] != "not-a-fragment"]
    yield from _said(element, remarks, "RFC 4287 4.1.3.3")


def _xhtml(element: etree._Element) -> Iterator[Finding]:
    reference = "RFC 4287 3.1.1.3"
    remarks: dict[str, str] = {}
    for inner in element.iterdescendants("*"):
        if inner.prefix and str(inner.tag).startswith(_XHTML):
            message = f"writes XHTML with the prefix '{inner.prefix}'; many readers show the tags"
            remarks.setdefault("prefixed-names", message)
        for code, message in html.element_remarks(name(inner), dict(inner.attrib), str(inner.tag).startswith(_XHTML)):
            remarks.setdefault(code, message)
    if tag := html.has_markup("".join(element.itertext())):
        remarks["double-escaped"] = f"has {tag}, an escaped tag where XHTML is expected"
    yield from _said(element, remarks.items(), reference)


def _name(element: etree._Element) -> Iterator[Finding]:
    yield from _plain(element, "RFC 4287 3.2.1")
    if "@" in (element.text or "") and values.has_address(element.text or ""):
        message = f"<name> is '{shown(text(element))}', which holds an e-mail address; that belongs into <email>"
        yield _warn(element, "email-in-name", message, "RFC 4287 3.2.1")


# --- entries and feeds ------------------------------------------------------------------------------------------------


def _atom_entry(element: etree._Element) -> Iterator[Finding]:
    children = {str(child.tag): child for child in element.iterchildren("*")}
    content, summary = children.get(NS + "content"), children.get(NS + "summary")
    if content is None and summary is None:
        message = "<entry> has neither <content> nor <summary>; readers show a title alone"
        yield _warn(element, "no-text", message, "RFC 4287 4.1.1.1")
    for child in (content, summary):
        if child is not None and not len(child) and not text(child) and child.get("src") is None:
            message = f"<{label(child)}> is empty; leave it out"
            yield _warn(child, "empty-text", message, "RFC 4287 4.1.1.1")
    if content is not None and content.get("src") and not content.get("type"):
        message = "<content> is elsewhere (src) and has no type; readers need it before they fetch"
        yield _warn(content, "no-type", message, "RFC 4287 4.1.3.2")
    source = children.get(NS + "source")
    if source is not None:
        yield from _source(source)
    for tag, child in children.items():
        if tag.startswith(_XHTML):
            message = f"<{label(child)}> of XHTML stands outside of <content>; readers pass it over"
            yield _warn(child, "misplaced-xhtml", message, "RFC 4287 6.4")


def _source(source: etree._Element) -> Iterator[Finding]:
    missing = [called for called in ("id", "title", "updated") if source.find(NS + called) is None]
    if missing:
        message = f"<source> has no {', '.join(f'<{called}>' for called in missing)}; keep what its feed states"
        yield _warn(source, "incomplete-source", message, "RFC 4287 4.2.11")


def _atom_feed(element: etree._Element) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for updated in element.iterfind(f"{NS}entry/{NS}updated"):
        stated = (updated.text or "").strip()
        if stated and stated in seen:
            message = f"<updated> is '{stated}' as in line {seen[stated]}; readers sort such entries at random"
            yield _warn(updated, "same-updated", message, "RFC 4287 4.2.15")
        seen.setdefault(stated, updated.sourceline or 0)


def _atom_link(element: etree._Element) -> Iterator[Finding]:
    if stated := element.get("title"):
        for code, message in html.plain_remarks(stated):
            yield _warn(element, code, f"title of <link> {message}", "RFC 4287 4.2.7.5")
    kind = element.get("type", "")
    if element.get("rel") == "self" and kind and "atom" not in kind and "rss" not in kind and "xml" not in kind:
        message = f"<link rel=\"self\"> is of type '{shown(kind)}'; it should lead to the feed itself"
        yield _warn(element, "self-not-feed", message, "RFC 4287 4.2.7.2")
    if text(element) or len(element):
        message = "<link> has content, which has no meaning"
        yield _warn(element, "link-not-empty", message, "RFC 4287 4.2.7")


def _category(element: etree._Element) -> Iterator[Finding]:
    if (stated := element.get("label")) and ("<" in stated or "&" in stated):
        for code, message in html.plain_remarks(stated):
            yield _warn(element, code, f"label of <category> {message}", "RFC 4287 4.2.2.3")


def _atom_id(element: etree._Element) -> Iterable[Finding]:
    stated = text(element)
    if expected := values.canonical(stated):
        message = f"<id> is '{shown(stated)}'; expected {expected}, ids are compared letter by letter"
        return (_warn(element, "not-canonical", message, "RFC 4287 4.2.6.1"),)
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
        (_CONTENT, NS + "content"),
        (_CONTENT, _XHTML + "body"),
        (_CONTENT, _XHTML + "div"),
        ("description", NS + "summary"),
    ),
}


def _twice(element: etree._Element, tags: set[str]) -> Iterator[Finding]:
    for one, other in _TWINS[str(element.tag)]:
        if one in tags and other in tags:
            twin = element.find(other)
            assert twin is not None
            message = (
                f"<{label(twin)}> of another namespace says what <{one.rpartition('}')[2]}> says; readers take either"
            )
            yield _warn(twin, "stated-twice", message, "RSS profile, namespace elements")


def _item(element: etree._Element) -> Iterator[Finding]:
    tags = {child.tag for child in element}
    if any(tag.startswith("{") for tag in tags if isinstance(tag, str)):
        yield from _twice(element, {str(tag) for tag in tags})
    if _XHTML + "body" in tags and "description" in tags:
        message = "<body> of XHTML says what <description> says; few readers know it"
        yield _warn(element, "stated-twice", message, "RSS profile, namespace elements")


def _channel(element: etree._Element) -> Iterator[Finding]:
    yield from _twice(element, {str(child.tag) for child in element.iterchildren("*")})
    text_input = element.find("textInput")
    if text_input is not None:
        message = "<textInput> is ignored by nearly every reader; leave it out"
        yield _warn(text_input, "avoid-text-input", message, "RSS profile <textInput>")
    image = element.find("image")
    if image is not None:
        yield from _image(element, image)


def _image(channel: etree._Element, image: etree._Element) -> Iterator[Finding]:
    for called in ("title", "link"):
        own, whole = text(image.find(called)), text(channel.find(called))
        if own and whole and own != whole:
            child = image.find(called)
            assert child is not None
            message = f"<{called}> of the image is '{shown(own)}', that of the channel '{shown(whole)}'"
            yield _warn(child, "image-differs", message, "RSS 2.0 <image>")
    address = text(image.find("url"))
    ending = re.search(r"\.([a-z]{3,5})$", address.lower().partition("?")[0])
    if ending and ending[1] in ("tif", "tiff", "bmp", "ico", "svg", "webp", "avif", "psd", "eps"):
        message = f"<url> of the image is of type {ending[1]}; RSS has GIF, JPEG and PNG"
        yield _warn(image, "image-format", message, "RSS 2.0 <image>")


def _guid(element: etree._Element) -> Iterable[Finding]:
    stated = text(element)
    if stated.isascii() and stated.isdigit() and len(stated) < 12:
        message = f"<guid> is '{stated}'; another feed may have it too, and some readers compare across feeds"
        return (_warn(element, "weak-guid", message, "RSS profile <guid>"),)
    return ()


def _contact(element: etree._Element) -> Iterator[Finding]:
    yield from _plain(element)
    stated = text(element)
    if stated.lower().startswith("mailto:") or "?" in stated.partition("@")[2]:
        message = f"<{label(element)}> is '{shown(stated)}'; write the address as it is: news@example.org (Ana Ruiz)"
        yield _warn(element, "email-order", message, "RSS profile, e-mail addresses")
    elif "@" in stated and " " not in stated:
        message = f"<{label(element)}> has no name; write it behind the address: {shown(stated)} (Ana Ruiz)"
        yield _warn(element, "no-real-name", message, "RSS profile, e-mail addresses")


def _hour(element: etree._Element) -> Iterable[Finding]:
    if text(element) == "24":
        return (_warn(element, "hour-24", "<hour> is 24; midnight is 0", "RSS profile <skipHours>"),)
    return ()


# --- dates ------------------------------------------------------------------------------------------------------------

_DATES = (NS + "updated", NS + "published", "pubDate", "lastBuildDate", _DC + "date", _DCTERMS + "modified")
_USUAL_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d(?::\d\d)? (?:GMT|UT|Z|[ECMP][SD]T|[+-]\d\d(?:[03]0|[14]5))"
)


def _date(element: etree._Element, latest: dt.datetime) -> Iterator[Finding]:
    stated = text(element)
    moment = values.moment(stated)
    if moment is None:
        return  # which the rules say
    if moment > latest:
        message = f"<{label(element)}> is '{stated}', in the future; readers keep the entry on top until then"
        yield _warn(element, "implausible-date", message, "RFC 4287 4.2.15, RSS 2.0 <pubDate>")
    elif moment.year < _FIRST_YEAR:
        message = f"<{label(element)}> is '{stated}', before there were feeds; readers may drop the entry"
        yield _warn(element, "implausible-date", message, "RFC 4287 4.2.15, RSS 2.0 <pubDate>")
    if ":" in stated and element.tag in ("pubDate", "lastBuildDate") and not _USUAL_RFC822.fullmatch(stated):
        message = f"<{label(element)}> is '{stated}'; write Fri, 28 Jul 2017 10:00:00 +0000, which all readers parse"
        yield _warn(element, "unusual-date", message, "RSS profile, dates")


# --- where each applies -----------------------------------------------------------------------------------------------

_PLAIN_OF_DC = dict.fromkeys((f"{_DC}{called}" for called in ("title", "creator", "subject", "rights")), _plain)
_OF_MEDIA: dict[str, Advisor] = {
    f"{_MEDIA}title": _media_text,
    f"{_MEDIA}description": _media_text,
    f"{_MEDIA}text": _media_text,
}
_OF_ITUNES = dict.fromkeys((f"{_ITUNES}{called}" for called in ("author", "title", "subtitle", "keywords")), _plain)
_SHARED: dict[str, Advisor] = {**_PLAIN_OF_DC, **_OF_MEDIA, **_OF_ITUNES, _CONTENT: _markup}
_OF_ATOM: dict[str, Advisor] = {
    **_SHARED,
    **{f"{NS}{called}": _atom_text for called in ("title", "subtitle", "summary", "rights", "content")},
    f"{NS}feed": _atom_feed,
    f"{NS}entry": _atom_entry,
    f"{NS}name": _name,
    f"{NS}generator": _plain,
    f"{NS}link": _atom_link,
    f"{NS}category": _category,
    f"{NS}id": _atom_id,
}
_OF_RSS: dict[str, Advisor] = {
    **_SHARED,
    "channel": _channel,
    "item": _item,
    "title": _rss_title,
    "description": _description,
    "guid": _guid,
    "hour": _hour,
    **dict.fromkeys(("category", "copyright", "generator", "source", "name"), _plain),
    **dict.fromkeys(("author", "managingEditor", "webMaster"), _contact),
    f"{NS}link": _atom_link,
}
