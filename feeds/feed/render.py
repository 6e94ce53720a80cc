"""An entry -> fragments; a feed's head -> bytes. The only user of feedgen.

An entry is rendered once, in every format, and kept; a document is a head with fragments spliced in (assemble). The
functions here are pure: same values, same bytes, whatever the clock and the locale say.

feedgen 1.0 is mended here where it was measured to be wrong: it drops `rel` and `type` of an entry's link, leaves
`content:encoded` outside CDATA, puts `domain` on RSS categories (which WordPress and npm rss-parser then lose), and
takes the clock for every date that it is not given.
"""

from __future__ import annotations

import copy
import datetime as dt
import html
import json
from collections.abc import Iterable

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.config import Config, Rights
from feeds.feed import messages
from feeds.model import ATOM, JSON, RSS, Enclosure, Entry, FeedSpec, Format, Fragments

VERSION = "3"  # moves when the bytes of a fragment or a head would: stored fragments are then rendered again
GENERATOR = "feeds"
TTL = 60  # minutes; longer is a real delay for readers on servers, which wait for it
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_HISTORY = "http://purl.org/syndication/history/1.0"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_GEORSS = "http://www.georss.org/georss"
_MEDIA = "http://search.yahoo.com/mrss/"
_LICENSE = "http://backend.userland.com/creativeCommonsRssModule"
_XHTML = "http://www.w3.org/1999/xhtml"
_NSMAP = {"atom": "http://www.w3.org/2005/Atom", "content": _CONTENT}


def fragments(entry: Entry, config: Config) -> Fragments:
    """The entry in each format.

    Categories carry their readable name as Atom term and label, with the facet as scheme; RSS categories carry the
    name alone (measured: that is what clients show and keep).
    """
    item = FeedEntry()
    item.id(entry.id)
    item.title(entry.title)
    item.link(href=entry.link, rel="alternate")
    item.published(entry.published)
    item.updated(entry.updated)
    item.summary(entry.summary)
    if config.publish.content == "full":
        item.content(entry.content_html, type="html")
    for category in entry.categories:
        item.category(term=category.label, scheme=f"{config.base_url}{category.scheme}/", label=category.label)
    is_foreign = entry.language != config.language
    extensions = _extensions(entry, config)
    atom = _atom_entry(item, entry, is_foreign, config, map(copy.copy, extensions))
    if entry.withdrawn:
        atom = _tombstone(entry) + atom
    return Fragments(atom, _rss_item(item, entry, config, extensions), _json_item(entry, is_foreign, config))


def _json_item(entry: Entry, is_foreign: bool, config: Config) -> bytes:
    """One line; jsonfeed.org/version/1.1, "items"."""
    stated: dict[str, object] = {
        "id": entry.foreign_id or entry.id,
        "url": entry.link,
        "title": entry.title,
        "summary": entry.summary,
        **_content(entry, config),
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
    }
    if entry.categories:
        stated["tags"] = [category.label for category in entry.categories]
    if is_foreign:
        stated["language"] = entry.language
    if images := _images(entry):
        stated["image"] = images[0].address
    attachments = [_attachment(enclosure) for enclosure in entry.enclosures if enclosure.media_type]
    if attachments:
        stated["attachments"] = attachments
    return _encode(stated).encode()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _content(entry: Entry, config: Config) -> dict[str, str]:
    return {"content_html": entry.content_html} if config.publish.content == "full" else {"content_text": entry.summary}


def _attachment(enclosure: Enclosure) -> dict[str, str | int]:
    size: dict[str, str | int] = {"size_in_bytes": enclosure.length} if enclosure.length else {}
    return {"url": enclosure.address, "mime_type": enclosure.media_type, **size}


def _tombstone(entry: Entry) -> bytes:
    """What tells a program that an entry was withdrawn (RFC 6721); people read the notice in its place."""
    assert entry.withdrawn is not None
    when = entry.withdrawn.strftime("%Y-%m-%dT%H:%M:%SZ")
    comment = f"<at:comment>{html.escape(entry.reason, quote=False)}</at:comment>" if entry.reason else ""
    stated = f'ref="{html.escape(entry.id)}" when="{when}"'
    return f'<at:deleted-entry xmlns:at="{_TOMBSTONES}" {stated}>{comment}</at:deleted-entry>\n'.encode()


def _images(entry: Entry) -> list[Enclosure]:
    return [enclosure for enclosure in entry.enclosures if enclosure.media_type.startswith("image/")]


def _extensions(entry: Entry, config: Config) -> list[etree._Element]:
    """What Atom and RSS say alike in other namespaces: places on the map, images."""
    found = []
    countries = [category.term for category in entry.categories if category.scheme == "countries"]
    if config.publish.points == "all" or (config.publish.points == "one" and len(countries) == 1):
        from feeds.tagging.tables import points

        for country in countries:
            if country in points():
                point = etree.Element(f"{{{_GEORSS}}}point", nsmap={"georss": _GEORSS})
                point.text = " ".join(points()[country])
                found.append(point)
    for image in _images(entry)[:1]:
        found.append(etree.Element(f"{{{_MEDIA}}}thumbnail", {"url": image.address}, nsmap={"media": _MEDIA}))
        content = etree.Element(f"{{{_MEDIA}}}content", nsmap={"media": _MEDIA}, url=image.address)
        content.set("type", image.media_type)
        content.set("medium", "image")
        if image.length:
            content.set("fileSize", str(image.length))
        found.append(content)
    return found


def _atom_entry(
    item: FeedEntry, entry: Entry, is_foreign: bool, config: Config, extensions: Iterable[etree._Element]
) -> bytes:
    element = item.atom_entry()
    if is_foreign:
        element.set("{http://www.w3.org/XML/1998/namespace}lang", entry.language)
    for link in element.findall("link"):
        link.set("rel", "alternate")
        link.set("type", "text/html")
    for other in entry.translations:
        # A second rel=alternate would say it best (RFC 4287 4.2.7.2), but many clients open the last of several.
        etree.SubElement(
            element,
            "link",
            href=other.link,
            rel="related",
            type="text/html",
            hreflang=other.language,
            title=other.title,
        )
    for enclosure in entry.enclosures:
        stated = {"href": enclosure.address, "rel": "enclosure", "type": enclosure.media_type}
        stated["length"] = str(enclosure.length or "")
        etree.SubElement(element, "link", {key: value for key, value in stated.items() if value})
    if config.rights.license:  # RFC 4946: of the feed it does not hold for the entries
        etree.SubElement(element, "link", href=config.rights.license, rel="license")
    if config.publish.source:
        source = etree.SubElement(element, "source")
        etree.SubElement(source, "id").text = config.base_url + ATOM.file
        etree.SubElement(source, "title").text = config.title
        etree.SubElement(source, "link", href=config.base_url + ATOM.file, rel="self", type=ATOM.media_type)
    element.extend(extensions)
    return _pretty(element)


def _rss_item(item: FeedEntry, entry: Entry, config: Config, extensions: Iterable[etree._Element]) -> bytes:
    for enclosure in [one for one in entry.enclosures if one.media_type][:1]:  # measured: of several, clients take one
        item.enclosure(enclosure.address, str(enclosure.length), enclosure.media_type)
    element = item.rss_entry()
    if entry.foreign_id:  # any string will do in RSS, and subscribers know this one
        element.find("guid").text = entry.foreign_id
    for category in element.findall("category"):
        category.attrib.pop("domain", None)
    # RSS takes a description for HTML, so plain text is escaped once more than in Atom.
    element.find("description").text = html.escape(entry.summary, quote=False)
    if (content := element.find(f"{{{_CONTENT}}}encoded")) is not None:
        content.text = etree.CDATA(entry.content_html)
    if config.publish.source:
        etree.SubElement(element, "source", url=config.base_url + RSS.file).text = config.title
    element.extend(extensions)
    parent = etree.Element("rss", nsmap=_NSMAP)  # declares the prefixes, so that the item does not
    parent.append(element)
    whole = _pretty(parent)
    return whole[whole.index(b">") + 1 : whole.rindex(b"</rss>")].strip() + b"\n"


def _pretty(element: etree._Element) -> bytes:
    result: bytes = etree.tostring(element, encoding="utf-8", pretty_print=True)
    return result


def _generator(
    spec: FeedSpec, feed_id: str, config: Config, updated: dt.datetime, kind: Format, page: int
) -> FeedGenerator:
    """Everything that the heads of Atom and RSS share."""
    feed = FeedGenerator()
    feed.id(feed_id)
    feed.title(spec.title)
    feed.subtitle(spec.description)  # RSS: description
    feed.updated(updated)  # RSS: lastBuildDate
    feed.author({"name": config.author})
    feed.language(spec.language or config.language)
    feed.generator(GENERATOR)
    if rights := ". ".join(filter(None, (config.rights.text.rstrip("."), config.rights.attribution))):
        feed.rights(rights)  # RSS: copyright
    feed.ttl(TTL)
    # RSS <link> is the last one given.
    feed.link(href=config.base_url + spec.file(document_name(kind, page)), rel="self", type=kind.media_type)
    feed.link(href=page_url(spec, config), rel="alternate", type="text/html")
    return feed


def page_url(spec: FeedSpec, config: Config) -> str:
    """The page for people that belongs to a feed: the one beside it."""
    return config.base_url + spec.page


def document_name(kind: Format, page: int) -> str:
    """Where a document lies below its feed: a page of the archive, or for 0 the live document."""
    return f"archive/{page:04}/{kind.file}" if page else kind.file


def atom_head(spec: FeedSpec, feed_id: str, config: Config, updated: dt.datetime, page: int = 0) -> bytes:
    """A whole Atom document without entries.

    Args:
        page: of the archive, 0 for the live document.
    """
    feed = _generator(spec, feed_id, config, updated, ATOM, page)
    return _completed(feed.atom_str(pretty=True), b"</feed>", spec, config, ATOM, page)


def rss_head(spec: FeedSpec, feed_id: str, config: Config, updated: dt.datetime, page: int = 0) -> bytes:
    """A whole RSS document without items."""
    feed = _generator(spec, feed_id, config, updated, RSS, page)
    return _completed(feed.rss_str(pretty=True), b"</channel>", spec, config, RSS, page)


def _completed(head: bytes, end_tag: bytes, spec: FeedSpec, config: Config, kind: Format, page: int) -> bytes:
    """The head with its hub and its licence, and a stylesheet and a hint for who opens the document in a browser.

    Measured: both Chromium and Firefox show application/xml with CSS as a page, warn of XSLT, and make a link work only
    where it is HTML. No client of twelve minds either.
    """
    where = spec.file(document_name(kind, page))
    style = f'<?xml-stylesheet type="text/css" href="{"../" * where.count("/")}feed.css"?>\n'.encode()
    words_of = messages.site_messages(config)
    link = f'<a href="{html.escape(page_url(spec, config))}">{html.escape(spec.title, quote=False)}</a>'
    prefix = "" if kind == ATOM else "atom:"
    stated = ""
    if config.publish.hub and not page:  # WebSub 4: with self, which tells the topic
        stated += f'  <{prefix}link href="{html.escape(config.publish.hub)}" rel="hub"/>\n'
    if config.rights.license and kind == ATOM:
        stated += f'  <link href="{html.escape(config.rights.license)}" rel="license"/>\n'
    elif config.rights.license:
        license = html.escape(config.rights.license, quote=False)
        stated += f'  <cc:license xmlns:cc="{_LICENSE}">{license}</cc:license>\n'
    hint = f'  <div xmlns="{_XHTML}">{html.escape(words_of["hint"], quote=False)} {link}</div>\n'.encode()
    if not config.publish.hint:
        hint = b""
    start = head.index(b"?>") + 2
    at = head.rindex(end_tag)
    at = head.rindex(b"\n", 0, at) + 1
    return b"".join((head[:start], b"\n", style, head[start:at].lstrip(b"\n"), stated.encode(), hint, head[at:]))


def json_head(spec: FeedSpec, config: Config, page: int, previous: int, has_ended: bool) -> bytes:
    """A whole JSON Feed without items.

    Args:
        page: of the archive, 0 for the live document.
        previous: the next older page, 0 where there is none.
        has_ended: nothing will be added to the feed any more.
    """
    stated: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": spec.title,
        "home_page_url": page_url(spec, config),
        "feed_url": config.base_url + spec.file(document_name(JSON, page)),
        "description": spec.description,
        "language": spec.language or config.language,
        "authors": [{"name": config.author}],
    }
    if config.publish.hub and not page:
        stated["hubs"] = [{"type": "WebSub", "url": config.publish.hub}]
    if config.rights != Rights():
        stated["_rights"] = {key: value for key, value in config.rights._asdict().items() if value}
    if previous:
        stated["next_url"] = config.base_url + spec.file(document_name(JSON, previous))
    if has_ended:
        stated["expired"] = True
    return json.dumps({**stated, "items": []}, ensure_ascii=False, indent=1).encode() + b"\n"


def paging(spec: FeedSpec, config: Config, page: int, previous: int, kind: Format) -> bytes:
    """What links a document to the others of its feed (RFC 5005 4), for the head of an Atom or RSS document.

    Args:
        page: of the archive, 0 for the live document.
        previous: the next older page, 0 where there is none.
    """
    prefix = "" if kind == ATOM else "atom:"

    def link(relation: str, path: str) -> str:
        href = html.escape(config.base_url + spec.file(path))
        return f'  <{prefix}link href="{href}" rel="{relation}" type="{kind.media_type}"/>\n'

    lines = [f'  <fh:archive xmlns:fh="{_HISTORY}"/>\n', link("current", kind.file)] if page else []
    if previous:
        lines.append(link("prev-archive", document_name(kind, previous)))
    return "".join(lines).encode()
