"""Feeds of others: RSS of any version and Atom by feedparser, JSON Feed by json.

feedparser is given bytes only: a text it would take for a path or an address, and open it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from feeds.content import markup
from feeds.model import Enclosure, Problem, RawItem, SourceError
from feeds.sources.context import Context, read_whole, title_from_text


def read(stream: BinaryIO, given: Context) -> Iterator[RawItem | Problem]:
    """The entries of a feed, in its order.

    Raises:
        SourceError: it is no feed.
    """
    data = read_whole(stream)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        yield from _of_json(data, given)
        return
    if b"<!ENTITY" in data[: 1 << 16]:
        raise SourceError("entities", "declares entities, which are not read from others; save it without them")
    import feedparser

    try:
        stated = {"content-type": f"application/xml; charset={given.encoding}"} if given.encoding else {}
        feed = feedparser.parse(
            io.BytesIO(data), response_headers=stated, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # it raises whatever its parsers do: measured for &#xD800;
        raise SourceError("not-a-feed", f"cannot be read as a feed: {error}") from None
    broken = feed.get("bozo_exception") if feed.get("bozo") else None
    if not feed.get("version") or (broken and not feed.entries):
        raise SourceError("not-a-feed", f"is no feed that can be read: {broken or 'no known format'}", _line_of(broken))
    lines = _lines(data)
    if broken and not isinstance(broken, feedparser.CharacterEncodingOverride):
        message = f"is not well-formed, and read as far as it can be: {broken}"
        yield Problem(given.at(_line_of(broken)), "not-well-formed", message, "warning")
    language = str(feed.feed.get("language", ""))
    for number, entry in enumerate(feed.entries):
        yield _item(entry, given, lines[number] if len(lines) == len(feed.entries) else number + 1, language)


def _line_of(error: Exception | None) -> int:
    found = getattr(error, "getLineNumber", None)
    return int(found() or 0) if found else 0


def _lines(data: bytes) -> list[int]:
    """The line of every entry, as far as the document is well-formed."""
    try:
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return []
    if root is None:
        return []
    names = ("item", "entry")
    return [
        one.sourceline or 0 for one in root.iter() if isinstance(one.tag, str) and etree.QName(one).localname in names
    ]


def _item(entry: Any, given: Context, line: int, language: str) -> RawItem:
    body = max(entry.get("content") or [entry.get("summary_detail") or {}], key=lambda one: len(one.get("value") or ""))
    stated = str(body.get("value") or entry.get("summary") or "")
    is_plain = body.get("type") == "text/plain" and "</" not in stated
    title = " ".join(markup.html_paragraphs(str(entry.get("title") or "")))
    text = (stated,) if is_plain else markup.html_paragraphs(stated)
    link = str(entry.get("link") or "")
    enclosures = [
        Enclosure(str(one.get("href") or ""), str(one.get("type") or ""), _number(one.get("length")))
        for one in entry.get("enclosures") or ()
    ] or [
        Enclosure(str(one.get("url") or ""), str(one.get("type") or ""), _number(one.get("filesize")))
        for one in (entry.get("media_content") or entry.get("media_thumbnail") or ())[:1]
    ]
    return RawItem(
        given.at(line),
        _date(entry),
        title or title_from_text(text),
        paragraphs=tuple(part for part in stated.split("\n") if part.strip()) if is_plain else (),
        html="" if is_plain else stated,
        link=link,
        guid=str(entry.get("id") or ""),
        language=str(body.get("language") or language or ""),
        stated=tuple(str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or ()),
        enclosures=tuple(one for one in enclosures if one.address),
        translations=tuple(
            str(one.get("href") or "")
            for one in entry.get("links") or ()
            if one.get("rel") in ("alternate", "related") and one.get("hreflang") and one.get("href") != link
        ),
    )


def _date(entry: Any) -> str:
    """The date as it is stated. feedparser would also tell what "2017-13-05" or "25:00" may have meant; nobody said."""
    # dict.get of feedparser answers for "updated" with "published", and warns; it has one already here.
    found = (str(dict.get(entry, name) or "") for name in ("published", "updated", "created"))
    return next(filter(None, found), "")


def _number(stated: Any) -> int:
    text = str(stated or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _list(stated: Any) -> list[Any]:
    """A list as it is stated; what is no list says nothing."""
    return stated if isinstance(stated, list) else []


def _of_json(data: bytes, given: Context) -> Iterator[RawItem | Problem]:
    """The items of a JSON Feed (jsonfeed.org, versions 1 and 1.1)."""
    try:
        stated = json.loads(data)
    except ValueError as error:
        raise SourceError("not-json", f"is not JSON: {error}", getattr(error, "lineno", 0)) from None
    if not isinstance(stated, dict) or not isinstance(stated.get("items"), list):
        raise SourceError(
            "not-a-feed", "is no JSON Feed: it has no 'items'; a table of another shape is kind = 'table'"
        )
    language = stated.get("language")
    for number, item in enumerate(stated["items"], 1):
        if not isinstance(item, dict):
            yield Problem(given.at(number), "bad-item", f"item {number} is no object")
            continue
        fields = {key: value for key, value in item.items() if isinstance(value, str)}
        html, plain = fields.get("content_html", ""), fields.get("content_text") or fields.get("summary", "")
        text = markup.html_paragraphs(html) if html else tuple(part for part in plain.split("\n") if part.strip())
        identifier = item.get("id")
        yield RawItem(
            given.at(number),
            fields.get("date_published") or fields.get("date_modified", ""),
            " ".join(fields.get("title", "").split()) or title_from_text(text),
            paragraphs=() if html else text,
            html=html,
            link=fields.get("url") or fields.get("external_url", ""),
            guid=str(identifier) if isinstance(identifier, str | int | float) else "",
            language=fields.get("language") or (language if isinstance(language, str) else ""),
            stated=tuple(tag for tag in _list(item.get("tags")) if isinstance(tag, str)),
            enclosures=tuple(
                Enclosure(one["url"], str(one.get("mime_type") or ""), _number(one.get("size_in_bytes")))
                for one in _list(item.get("attachments"))
                if isinstance(one, dict) and isinstance(one.get("url"), str)
            ),
        )
