"""Render entries to fragments and feed heads to bytes. The only user of feedgen.

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
from collections.abc import Callable, Mapping
from typing import NamedTuple

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.config import Config, Rights
from feeds.config.values import RSS_PICTURES
from feeds.feed import messages, paths
from feeds.model import ATOM, FORMATS, JSON, RSS, Author, Enclosure, Entry, FeedSpec, Format, Fragments, SourceFeed

VERSION = "5"  # moves when the bytes of a fragment or a head would: stored fragments are then rendered again
GENERATOR = "feeds"
TTL = 60  # minutes; longer is a real delay for readers on servers, which wait for it
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_HISTORY = "http://purl.org/syndication/history/1.0"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_GEORSS = "http://www.georss.org/georss"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_LICENSE = "http://backend.userland.com/creativeCommonsRssModule"
_XHTML = "http://www.w3.org/1999/xhtml"
_NSMAP = {"atom": "http://www.w3.org/2005/Atom", "content": _CONTENT}


class HeadSpec(NamedTuple):
    """The feed and page whose head is rendered.

    Attributes:
        updated: when the newest entry of the document was.
        page: of the feed's archive, 0 for the live document.
        previous: the next older page, 0 where there is none.
        has_ended: nothing will be added to the feed any more.
    """

    feed: FeedSpec
    feed_id: str
    updated: dt.datetime
    page: int = 0
    previous: int = 0
    has_ended: bool = False


class _Parts(NamedTuple):
    """An entry to render, and what its Atom and RSS forms have in common."""

    entry: Entry
    config: Config
    main_id: str  # of the main feed
    item: FeedEntry
    extensions: list[etree._Element]  # places on the map and images, in other namespaces


def render_entry(entry: Entry, config: Config, main_id: str = "") -> Fragments:
    """Return the entry in each format.

    Args:
        main_id: the id of the main feed, of which entries are; "" for its address.
    """
    parts = _Parts(
        entry=entry,
        config=config,
        main_id=main_id or config.base_url + ATOM.file,
        item=_feedgen_entry(entry, config),
        extensions=[*_points(entry, config), *_media(entry)],
    )
    return {kind.name: _ENTRIES[kind.name](parts) for kind in FORMATS}


def render_head(kind: Format, head: HeadSpec, config: Config) -> bytes:
    """Return a complete document without entries."""
    return _HEADS[kind.name](head, config)


def site_url(spec: FeedSpec, config: Config) -> str:
    """Return the address of what a feed is of: of the main one the publisher's own site, of others their page."""
    return config.look.home if config.look.home and not spec.path else page_url(spec, config)


def page_url(spec: FeedSpec, config: Config) -> str:
    """Return the address of a feed's page."""
    return config.base_url + paths.in_feed(spec)


# --- entries ----------------------------------------------------------------------------------------------------------


def _json_item(parts: _Parts) -> bytes:
    """Render a JSON Feed item on one line (jsonfeed.org/version/1.1, "items")."""
    entry, config = parts.entry, parts.config
    content = entry.content
    stated: dict[str, object] = {
        "id": entry.foreign_id or entry.id,
        "url": entry.link,
        "title": content.title,
        "summary": content.summary,
        **({"content_html": content.html} if config.publish.content == "full" else {"content_text": content.summary}),
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
    }
    if authors := _authors(entry, config):
        stated["authors"] = [
            {"name": author.name, **({"url": author.address} if author.address else {})} for author in authors
        ]
    if entry.categories:
        stated["tags"] = [category.label for category in entry.categories]
    if content.language != config.language:
        stated["language"] = content.language
    if content.picture:
        stated["image"] = content.picture.address
    attachments = [_attachment(enclosure) for enclosure in content.enclosures if enclosure.media_type]
    if attachments:
        stated["attachments"] = attachments
    return _encode(stated).encode()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _attachment(enclosure: Enclosure) -> dict[str, str | int]:
    size: dict[str, str | int] = {"size_in_bytes": enclosure.length} if enclosure.length else {}
    return {"url": enclosure.address, "mime_type": enclosure.media_type, **size}


def _feedgen_entry(entry: Entry, config: Config) -> FeedEntry:
    """Return what Atom and RSS have in common.

    Categories carry their readable name as Atom term and label, with the facet as scheme; RSS categories carry the name
    alone (measured: that is what clients show and keep).
    """
    item = FeedEntry()
    item.id(entry.id)
    item.title(entry.content.title)
    item.link(href=entry.link, rel="alternate")
    item.published(entry.published)
    item.updated(entry.updated)
    item.summary(entry.content.summary)
    if config.publish.content == "full":
        item.content(entry.content.html, type="html")
    for category in entry.categories:
        scheme = f"{config.base_url}{category.scheme}/" if category.scheme else None
        item.category(term=category.label, scheme=scheme, label=category.label)
    return item


def _tombstone(entry: Entry) -> bytes:
    """Render a deleted-entry element for programs (RFC 6721); people read the notice in the entry's place."""
    assert entry.withdrawn is not None
    when = entry.withdrawn.strftime("%Y-%m-%dT%H:%M:%SZ")
    comment = f"<at:comment>{html.escape(entry.reason, quote=False)}</at:comment>" if entry.reason else ""
    stated = f'ref="{html.escape(entry.id)}" when="{when}"'
    return f'<at:deleted-entry xmlns:at="{_TOMBSTONES}" {stated}>{comment}</at:deleted-entry>\n'.encode()


def _authors(entry: Entry, config: Config) -> tuple[Author, ...]:
    return entry.content.authors if config.authors else ()


def _points(entry: Entry, config: Config) -> list[etree._Element]:
    if entry.content.point:
        return [] if config.publish.points == "none" else [_point(entry.content.point)]
    countries = [category.term for category in entry.categories if category.scheme == "countries"]
    if config.publish.points == "none" or (config.publish.points == "one" and len(countries) != 1):
        return []
    from feeds.tagging.tables import points

    return [_point(" ".join(points()[country])) for country in countries if country in points()]


def _point(stated: str) -> etree._Element:
    point = etree.Element(f"{{{_GEORSS}}}point", nsmap={"georss": _GEORSS})
    point.text = stated
    return point


def _media(entry: Entry) -> list[etree._Element]:
    """Return the picture of an entry (Media RSS 1.5.1), with what it shows and who made it."""
    image = entry.content.picture
    if image is None:
        return []
    thumbnail = etree.Element(f"{{{_MEDIA}}}thumbnail", {"url": image.address}, nsmap={"media": _MEDIA})
    stated = {"url": image.address, "type": image.media_type, "medium": "image", "fileSize": str(image.length or "")}
    content = etree.Element(
        f"{{{_MEDIA}}}content", {key: value for key, value in stated.items() if value}, nsmap={"media": _MEDIA}
    )
    for name, text in (("description", image.description), ("credit", image.credit)):
        if text:
            etree.SubElement(content, f"{{{_MEDIA}}}{name}").text = text
    return [thumbnail, content]


def _atom_entry(parts: _Parts) -> bytes:
    entry, config = parts.entry, parts.config
    element = parts.item.atom_entry()
    if entry.content.language != config.language:
        element.set("{http://www.w3.org/XML/1998/namespace}lang", entry.content.language)
    for link in element.findall("link"):
        link.set("rel", "alternate")
        link.set("type", "text/html")
    for author in _authors(entry, config):
        person = etree.SubElement(element, "author")
        etree.SubElement(person, "name").text = author.name
        if author.address:
            etree.SubElement(person, "uri").text = author.address
    _add_atom_links(element, entry, config)
    if config.publish.source:
        stated = entry.content.source or SourceFeed(parts.main_id, config.title, config.base_url + ATOM.file)
        source = etree.SubElement(element, "source")  # RFC 4287 4.2.11: what the feed requires, as it was then
        etree.SubElement(source, "id").text = stated.id
        etree.SubElement(source, "title").text = stated.title
        etree.SubElement(source, "updated").text = entry.updated.isoformat()
        if stated.address:
            link = etree.SubElement(source, "link", href=stated.address, rel="self")
            if not entry.content.source:
                link.set("type", ATOM.media_type)
    element.extend(map(copy.copy, parts.extensions))
    return (_tombstone(entry) if entry.withdrawn else b"") + _pretty(element)


def _add_atom_links(element: etree._Element, entry: Entry, config: Config) -> None:
    """Add links to translations, enclosures and the licence."""
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
    for enclosure in entry.content.enclosures:
        stated = {"href": enclosure.address, "rel": "enclosure", "type": enclosure.media_type}
        stated["length"] = str(enclosure.length or "")
        etree.SubElement(element, "link", {key: value for key, value in stated.items() if value})
    if config.rights.license:  # RFC 4946: that of the feed does not hold for its entries
        etree.SubElement(element, "link", href=config.rights.license, rel="license")


def _rss_item(parts: _Parts) -> bytes:
    entry, config, item = parts.entry, parts.config, parts.item
    typed = [enclosure for enclosure in entry.content.enclosures if enclosure.media_type]
    if typed:  # measured: of several, clients take one
        item = copy.deepcopy(item)  # feedgen adds a link, which Atom must not have
        item.enclosure(typed[0].address, str(typed[0].length), typed[0].media_type)
    element = item.rss_entry()
    if entry.foreign_id:  # any string will do in RSS, and subscribers know this one
        element.find("guid").text = entry.foreign_id
    for category in element.findall("category"):
        category.attrib.pop("domain", None)
    for author in _authors(entry, config):  # <author> must have an e-mail address
        etree.SubElement(element, f"{{{_DC}}}creator", nsmap={"dc": _DC}).text = author.name
    # RSS takes a description for HTML, so plain text is escaped once more than in Atom.
    element.find("description").text = html.escape(entry.content.summary, quote=False)
    if (content := element.find(f"{{{_CONTENT}}}encoded")) is not None:
        content.text = etree.CDATA(entry.content.html)
    if config.publish.source:
        stated = entry.content.source
        address = stated.address if stated else config.base_url + RSS.file
        if address:  # without one there is no <source> in RSS
            etree.SubElement(element, "source", url=address).text = stated.title if stated else config.title
    element.extend(map(copy.copy, parts.extensions))
    parent = etree.Element("rss", nsmap=_NSMAP)  # declares the prefixes, so that the item does not
    parent.append(element)
    whole = _pretty(parent)
    return whole[whole.index(b">") + 1 : whole.rindex(b"</rss>")].strip() + b"\n"


def _pretty(element: etree._Element) -> bytes:
    result: bytes = etree.tostring(element, encoding="utf-8", pretty_print=True)
    return result


# --- heads ------------------------------------------------------------------------------------------------------------


def _atom_head(head: HeadSpec, config: Config) -> bytes:
    return _completed(_feedgen_feed(head, config, ATOM).atom_str(pretty=True), head, config, ATOM)


def _rss_head(head: HeadSpec, config: Config) -> bytes:
    return _completed(_feedgen_feed(head, config, RSS).rss_str(pretty=True), head, config, RSS)


def _feedgen_feed(head: HeadSpec, config: Config, kind: Format) -> FeedGenerator:
    """Return what the heads of Atom and RSS have in common."""
    spec = head.feed
    feed = FeedGenerator()
    feed.id(head.feed_id)
    feed.title(spec.title)
    feed.subtitle(spec.description)  # RSS: description
    feed.updated(head.updated)  # RSS: lastBuildDate
    feed.author({"name": config.author})
    feed.language(spec.language or config.language)
    feed.generator(GENERATOR)
    if rights := ". ".join(filter(None, (config.rights.text.rstrip("."), config.rights.attribution))):
        feed.rights(rights)  # RSS: copyright
    feed.ttl(TTL)
    # RSS <link> is the last one given.
    own_url = config.base_url + paths.document_path(spec, kind, head.page)
    feed.link(href=own_url, rel="self", type=kind.media_type)
    feed.link(href=site_url(spec, config), rel="alternate", type="text/html")
    look = config.look
    if look.icon:
        feed.icon(config.base_url + paths.picture("icon", look.icon))
    if look.logo and kind == ATOM:
        feed.logo(config.base_url + paths.picture("logo", look.logo))
    if (image := _rss_image(config)) and kind == RSS:
        # RSS 2.0 <image>: title and link are those of the channel.
        feed.image(config.base_url + image, title=spec.title, link=site_url(spec, config))
    return feed


def _rss_image(config: Config) -> str:
    """Return the path of the first picture that RSS allows (PNG, JPEG, GIF), "" for none."""
    pictures = dict(config.look.files)
    paths_by_name = [(name, pictures[name]) for name in ("image", "logo", "icon") if name in pictures]
    allowed = (paths.picture(name, path) for name, path in paths_by_name if path.suffix.lower() in RSS_PICTURES)
    return next(allowed, "")


def _completed(rendered: bytes, head: HeadSpec, config: Config, kind: Format) -> bytes:
    """Add to a head what feedgen cannot: stylesheet, hub, licence, hint, archive links.

    Measured: both Chromium and Firefox show application/xml with CSS as a page, warn of XSLT, and make a link work only
    where it is HTML. No client of twelve minds either.
    """
    where = paths.document_path(head.feed, kind, head.page)
    href = "../" * where.count("/") + paths.FEED_STYLE
    style = f'<?xml-stylesheet type="text/css" href="{href}"?>\n'.encode()
    hint = _hint(head.feed, config) if config.publish.hint else ""
    start, at = rendered.index(b"?>") + 2, rendered.rindex(kind.end)
    line = rendered.rindex(b"\n", 0, at) + 1  # on which the last end tag stands
    added = f"{_atom_elements(head, config, kind)}{hint}"
    body = rendered[start:line].lstrip(b"\n")
    paging = _paging(head, config, kind)
    return b"".join((rendered[:start], b"\n", style, body, added.encode(), rendered[line:at], paging, rendered[at:]))


def _atom_elements(head: HeadSpec, config: Config, kind: Format) -> str:
    """Return the elements for the hub (WebSub 4: with self, which states the topic) and the licence."""
    prefix, stated = _prefix(kind), ""
    if config.publish.hub and not head.page:
        stated += f'  <{prefix}link href="{html.escape(config.publish.hub)}" rel="hub"/>\n'
    if config.rights.license and kind == ATOM:
        stated += f'  <link href="{html.escape(config.rights.license)}" rel="license"/>\n'
    elif config.rights.license:
        license = html.escape(config.rights.license, quote=False)
        # The W3C's validator reserves the prefix "cc" for another namespace.
        name = "creativeCommons"
        stated += f'  <{name}:license xmlns:{name}="{_LICENSE}">{license}</{name}:license>\n'
    return stated


def _prefix(kind: Format) -> str:
    """Return the prefix of Atom elements in a document of this format."""
    return "" if kind == ATOM else "atom:"


def _hint(spec: FeedSpec, config: Config) -> str:
    """Return a sentence and a link for people who open the feed in a browser."""
    text = html.escape(messages.site_messages(config)["hint"], quote=False)
    link = f'<a href="{html.escape(page_url(spec, config))}">{html.escape(spec.title, quote=False)}</a>'
    return f'  <div xmlns="{_XHTML}">{text} {link}</div>\n'


def _paging(head: HeadSpec, config: Config, kind: Format) -> bytes:
    """Return the links between the documents of a feed's archive (RFC 5005 4)."""

    def link(relation: str, page: int) -> str:
        href = html.escape(config.base_url + paths.document_path(head.feed, kind, page))
        return f'  <{_prefix(kind)}link href="{href}" rel="{relation}" type="{kind.media_type}"/>\n'

    lines = [f'  <fh:archive xmlns:fh="{_HISTORY}"/>\n', link("current", 0)] if head.page else []
    if head.previous:
        lines.append(link("prev-archive", head.previous))
    return "".join(lines).encode()


def _json_head(head: HeadSpec, config: Config) -> bytes:
    spec = head.feed
    stated: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": spec.title,
        "home_page_url": site_url(spec, config),
        "feed_url": config.base_url + paths.document_path(spec, JSON, head.page),
        "description": spec.description,
        "language": spec.language or config.language,
        "authors": [{"name": config.author}],
    }
    if config.look.icon:
        stated["icon"] = config.base_url + paths.picture("icon", config.look.icon)
        stated["favicon"] = stated["icon"]
    if config.publish.hub and not head.page:
        stated["hubs"] = [{"type": "WebSub", "url": config.publish.hub}]
    if config.rights != Rights():
        stated["_rights"] = {key: value for key, value in config.rights._asdict().items() if value}
    if head.previous:
        stated["next_url"] = config.base_url + paths.document_path(spec, JSON, head.previous)
    if head.has_ended:
        stated["expired"] = True
    return json.dumps({**stated, "items": []}, ensure_ascii=False, indent=1).encode() + b"\n"


_ENTRIES: Mapping[str, Callable[[_Parts], bytes]] = {
    ATOM.name: _atom_entry,
    RSS.name: _rss_item,
    JSON.name: _json_item,
}
_HEADS: Mapping[str, Callable[[HeadSpec, Config], bytes]] = {
    ATOM.name: _atom_head,
    RSS.name: _rss_head,
    JSON.name: _json_head,
}
