"""Feeds of others: RSS of any version and Atom by feedparser, JSON Feed by json.

feedparser is given bytes only: a text it would take for a path or an address, and open it.
"""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from lxml import etree

from feeds.content import markup
from feeds.model import Author, Content, Enclosure, Problem, RawItem, SourceError, SourceFeed
from feeds.sources.context import Context, merge_picture, read_whole, title_from_text
from feeds.sources.entry_elements import entries_of, find_picture, find_point, find_source, parse_entries, unused_names

_ENTITIES_WITHIN = 1 << 16  # bytes from the start in which a DTD stands
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_XHTML = "http://www.w3.org/1999/xhtml"
# What feedparser takes for the title or text of an entry, whatever its namespace is -> elements of the entry's own that
# say so better.
_TEXTS = frozenset(("description", "summary", "content"))
_NAMESAKES = {"title": frozenset(("title",)), "description": _TEXTS, "summary": _TEXTS, "subtitle": _TEXTS}
_NAMESAKE = re.compile(rb"<[\w.-]+:(?:title|description|summary|subtitle|link)\b")
# The keys of an item of a JSON Feed that are read.
_JSON_READ = frozenset(
    """id url external_url title content_html content_text summary image banner_image date_published date_modified
    author authors tags language attachments""".split()
)
_MAX_DIGITS = 15  # of a length in bytes


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the entries of a feed, in its order.

    Raises:
        SourceError: it is not a feed.
    """
    data = read_whole(stream)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        yield from _json_feed(data, context)
        return
    if b"<!ENTITY" in data[:_ENTITIES_WITHIN]:
        raise SourceError("entities", "declares entities, which are not read from others; save it without them")
    feed, problem = _parse(data, context)
    yield from [problem] if problem else []
    elements, own = parse_entries(data), _source_feed(feed.feed, context.source.url)
    language = str(feed.feed.get("language", ""))
    # RFC 4287 4.2.1: those of the feed are those of entries without any. RSS has no such rule.
    authors = _authors(feed.feed) if str(feed.version).startswith("atom") else ()
    for number, entry in enumerate(feed.entries):
        element = elements[number] if len(elements) == len(feed.entries) else None
        if element is not None:
            context.note_unused(unused_names(element))
        item = _item(entry, element, context, number + 1, language, authors)
        yield item._replace(content=item.content._replace(source=find_source(element, own)))


def _source_feed(feed: Any, place: str) -> SourceFeed | None:
    """The feed itself, as the source of its entries.

    Args:
        place: the address that it was fetched from, "" for a file.
    """
    links = feed.get("links") or ()
    address = next((_string(link, "href") for link in links if link.get("rel") == "self"), place)
    identifier = _string(feed, "id") or address or _string(feed, "link")
    title = " ".join(markup.html_paragraphs(_string(feed, "title")))
    return SourceFeed(identifier, title, address) if identifier and title else None


def _parse(data: bytes, context: Context) -> tuple[Any, Problem | None]:
    """What feedparser makes of a feed, and a warning for one that is not well-formed.

    Raises:
        SourceError: it makes nothing of it.
    """
    import feedparser

    data, encoding = _without_namesakes(data, context.encoding)
    stated = {"content-type": f"application/xml; charset={encoding}"} if encoding else {}
    try:
        feed = feedparser.parse(
            io.BytesIO(data), response_headers=stated, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # it raises whatever its parsers do: measured for &#xD800;
        raise SourceError("not-a-feed", f"cannot be read as a feed: {error}") from None
    broken = feed.get("bozo_exception") if feed.get("bozo") else None
    if not feed.get("version") or (broken and not feed.entries):
        message = f"is not a feed that can be read: {broken or 'no known format'}"
        raise SourceError("not-a-feed", message, _line_of(broken))
    if not broken or isinstance(broken, feedparser.CharacterEncodingOverride):
        return feed, None
    message = f"is not well-formed, and read as far as it can be: {broken}"
    return feed, Problem(context.origin_at(_line_of(broken)), "not-well-formed", message, "warning")


def _without_namesakes(data: bytes, encoding: str) -> tuple[bytes, str]:
    """Return a feed without what feedparser would take for a title, text or link of an entry because it has the same
    name in another namespace (the caption of a picture, the subtitle of a podcast), and its encoding.

    Only where the entry has its own; a document that is not well-formed is left to feedparser as it is.
    """
    if not _NAMESAKE.search(data):
        return data, encoding
    try:
        parser = etree.XMLParser(encoding=encoding or None, resolve_entities=False, no_network=True, load_dtd=False)
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return data, encoding
    for entry in entries_of(root):
        _remove_namesakes(entry)
    return etree.tostring(root, encoding="utf-8"), "utf-8"


def _remove_namesakes(entry: etree._Element) -> None:
    namespace = etree.QName(entry).namespace
    elements = [(element, etree.QName(element)) for element in entry.iterdescendants("*")]
    own = {name.localname for element, name in elements if element.getparent() is entry and name.namespace == namespace}
    if entry.find(f"{{{_CONTENT}}}encoded") is not None:
        own.add("content")
    for element, name in elements:
        if name.namespace in (namespace, None, _XHTML):
            continue
        if name.localname == "link" and "link" in own and element.get("rel", "alternate") == "alternate":
            element.set("rel", "related")
        elif own & _NAMESAKES.get(name.localname, frozenset()) and (parent := element.getparent()) is not None:
            parent.remove(element)


def _line_of(error: Exception | None) -> int:
    get_line = getattr(error, "getLineNumber", None)
    return int(get_line() or 0) if get_line else 0


def _authors(stated: Any) -> tuple[Author, ...]:
    """Return the authors of an entry or a feed that have a name."""
    # feedparser answers for "author" with "publisher"; of "authors" it knows only what was stated
    found = dict.get(stated, "authors") or ()
    return tuple(Author(_string(author, "name"), _string(author, "href")) for author in found if author.get("name"))


def _item(
    entry: Any,
    element: etree._Element | None,
    context: Context,
    number: int,
    language: str,
    authors: tuple[Author, ...],
) -> RawItem:
    """Return the item that an entry is.

    Args:
        element: of the entry, None where it cannot be told which one that is.
        number: of the entry, for its line where there is no element.
        language, authors: of the feed.
    """
    body = _body(entry)
    text, is_plain = _text_of(entry, body)
    link = _string(entry, "link")
    categories = (_string(tag, "label") or _string(tag, "term") for tag in entry.get("tags") or ())
    title = " ".join(markup.html_paragraphs(_string(entry, "title")))
    content = Content(
        title=title or title_from_text((text,) if is_plain else markup.html_paragraphs(text)),
        text=_lines_as_paragraphs(text) if is_plain else "",
        html="" if is_plain else text,
        language=_string(body, "language") or language,
        categories=tuple(categories),
        enclosures=tuple(_enclosures(entry, element)),
        authors=_authors(entry) or authors,
        alternates=tuple(_alternates(entry, link)),
        stated_summary=_summary(entry, text),
        point=find_point(element) if element is not None else "",
        modified=str(dict.get(entry, "updated") or ""),
    )
    return RawItem(
        origin=context.origin_at((element.sourceline or 0) if element is not None else number),
        date=_date(entry),
        content=content,
        link=link,
        guid=_string(entry, "id"),
    )


def _string(stated: Any, key: str) -> str:
    """A value of feedparser as text, "" where there is none."""
    return str(stated.get(key) or "")


def _body(entry: Any) -> Any:
    """The longest text of an entry: its content, or its summary."""
    bodies = entry.get("content") or [entry.get("summary_detail") or {}]
    return max(bodies, key=lambda body: len(body.get("value") or ""))


def _text_of(entry: Any, body: Any) -> tuple[str, bool]:
    """The text of an entry, and whether it is plain."""
    text = _string(body, "value") or _string(entry, "summary")
    return text, body.get("type") == "text/plain" and "</" not in text


def _summary(entry: Any, text: str) -> str:
    """Return the summary of an entry that has a text besides."""
    summary = _string(entry, "summary")
    return summary if entry.get("content") and summary != text else ""


def _lines_as_paragraphs(text: str) -> str:
    """A plain text in which each line is a paragraph."""
    return "\n\n".join(line for line in text.split("\n") if line.strip())


def _enclosures(entry: Any, element: etree._Element | None) -> list[Enclosure]:
    """The enclosures of an entry, where it has none its first file of Media RSS, and its picture."""
    files = [_enclosure(file, "href", "length") for file in entry.get("enclosures") or ()]
    picture = find_picture(element) if element is not None else None
    if not files and not picture:
        media = entry.get("media_content") or entry.get("media_thumbnail") or ()
        files = [_enclosure(file, "url", "filesize") for file in media[:1]]
    return merge_picture([file for file in files if file.address], picture)


def _enclosure(file: Any, address: str, length: str) -> Enclosure:
    return Enclosure(_string(file, address), _string(file, "type"), _number(file.get(length)))


def _alternates(entry: Any, link: str) -> Iterator[str]:
    """The addresses of an entry in other languages."""
    for stated in entry.get("links") or ():
        is_related = stated.get("rel") in ("alternate", "related")
        if is_related and stated.get("hreflang") and stated.get("href") != link:
            yield _string(stated, "href")


def _date(entry: Any) -> str:
    """The date as it is stated. feedparser would also tell what "2017-13-05" or "25:00" may have meant; nobody said."""
    # dict.get of feedparser answers for "updated" with "published", and warns; it has one already here.
    stated = (str(dict.get(entry, name) or "") for name in ("published", "updated", "created"))
    return next(filter(None, stated), "")


def _number(stated: Any) -> int:
    text = str(stated or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else 0


# --- JSON Feed --------------------------------------------------------------------------------------------------------


def _json_feed(data: bytes, context: Context) -> Iterator[RawItem | Problem]:
    """The items of a JSON Feed (jsonfeed.org, versions 1 and 1.1)."""
    try:
        stated = json.loads(data)
    except ValueError as error:
        raise SourceError("not-json", f"is not JSON: {error}", getattr(error, "lineno", 0)) from None
    if not isinstance(stated, dict) or not isinstance(stated.get("items"), list):
        message = "is not a JSON Feed: it has no 'items'; a table of another shape is kind = 'table'"
        raise SourceError("not-a-feed", message)
    language, authors = stated.get("language"), tuple(_people(stated))  # "authors": those of items without any
    for number, item in enumerate(stated["items"], 1):
        if isinstance(item, dict):
            spoken = language if isinstance(language, str) else ""
            yield _json_item(item, context, number, spoken, authors, _source_of_json(stated))
        else:
            yield Problem(context.origin_at(number), "bad-item", f"item {number} is not an object")


def _source_of_json(stated: dict[str, Any]) -> SourceFeed | None:
    """The feed itself, as the source of its items."""
    title = stated.get("title")
    address = next((stated[key] for key in ("feed_url", "home_page_url") if isinstance(stated.get(key), str)), "")
    is_feed = address == stated.get("feed_url")
    return SourceFeed(address, str(title), address if is_feed else "") if title and address else None


def _people(stated: dict[str, Any]) -> Iterator[Author]:
    """Yield the authors of a feed or an item; version 1 has one, as "author"."""
    for author in _list(stated.get("authors")) or [stated.get("author")]:
        if isinstance(author, dict) and isinstance(author.get("name"), str):
            address = author.get("url")
            yield Author(author["name"], address if isinstance(address, str) else "")


def _json_item(
    item: dict[str, Any],
    context: Context,
    number: int,
    language: str,
    authors: tuple[Author, ...],
    source: SourceFeed | None,
) -> RawItem:
    texts = defaultdict(str, {key: value for key, value in item.items() if isinstance(value, str)})
    html = texts["content_html"]
    text = "" if html else _lines_as_paragraphs(texts["content_text"] or texts["summary"])
    paragraphs = markup.html_paragraphs(html) if html else Content(text=text).paragraphs
    content = Content(
        title=" ".join(texts["title"].split()) or title_from_text(paragraphs),
        text=text,
        html=html,
        language=texts["language"] or language,
        categories=tuple(tag for tag in _list(item.get("tags")) if isinstance(tag, str)),
        enclosures=tuple(merge_picture(list(_attachments(item)), next(_pictures(texts), None))),
        authors=tuple(_people(item)) or authors,
        stated_summary=texts["summary"] if html or texts["content_text"] else "",
        source=source,
        modified=texts["date_modified"],
    )
    context.note_unused(key for key in item if key not in _JSON_READ and item[key])
    identifier = item.get("id")
    return RawItem(
        origin=context.origin_at(number),
        date=texts["date_published"] or texts["date_modified"],
        content=content,
        link=texts["url"] or texts["external_url"],
        guid=str(identifier) if isinstance(identifier, str | int | float) else "",
    )


def _pictures(texts: Mapping[str, str]) -> Iterator[Enclosure]:
    """Yield the picture of an item."""
    if address := texts["image"] or texts["banner_image"]:
        yield Enclosure(address, "", 0, is_picture=True)


def _attachments(item: dict[str, Any]) -> Iterator[Enclosure]:
    for stated in _list(item.get("attachments")):
        if isinstance(stated, dict) and isinstance(stated.get("url"), str):
            media_type, length = str(stated.get("mime_type") or ""), _number(stated.get("size_in_bytes"))
            yield Enclosure(stated["url"], media_type, length)


def _list(stated: Any) -> list[Any]:
    """A list as it is stated; what is not a list says nothing."""
    return stated if isinstance(stated, list) else []
