"""Render entries to fragments and feed heads to bytes. The only user of feedgen.

An entry is rendered once, in every format, and kept; a document is a head with fragments spliced in (assemble). The
functions here are pure: same values, same bytes, whatever the clock and the locale say.

feedgen 1.0 is mended here where it was measured to be wrong: it drops `rel` and `type` of an entry's link, leaves
`content:encoded` outside CDATA, puts `domain` on RSS categories (which WordPress and npm rss-parser then lose), and
takes the clock for every date that it is not given.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable, Mapping
from typing import NamedTuple

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from feedgen.util import formatRFC2822
from lxml import etree

from feeds.config import Config
from feeds.config.values import RSS_PICTURES
from feeds.feed import json_feed, messages, paths
from feeds.feed.heads import HeadSpec, page_url, published_authors, site_url
from feeds.feed.samples import DATES, UPDATED, is_unusual, make_sample, shape_of, values_of
from feeds.feed.shapes import Shape, Shapes, mark
from feeds.model import (
    ATOM,
    FORMATS,
    JSON,
    RSS,
    Entry,
    FeedSpec,
    Format,
    Fragments,
    SourceFeed,
)

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
_shapes = Shapes()
_NSMAP = {"atom": "http://www.w3.org/2005/Atom", "content": _CONTENT}


class _Parts(NamedTuple):
    """An entry to render, and what its Atom and RSS forms have in common.

    Attributes:
        main_id: of the main feed, of which entries are.
        points: on the map: latitude and longitude of each.
    """

    entry: Entry
    config: Config
    main_id: str
    points: list[str]


def render_entry(entry: Entry, config: Config, main_id: str = "") -> Fragments:
    """Return the entry in each format.

    Args:
        main_id: the id of the main feed, of which entries are; "" for its address.
    """
    main_id = main_id or config.base_url + ATOM.file
    points = _points(entry, config)
    parts = _Parts(entry, config, main_id, points)
    if is_unusual(entry, config):
        return {kind.name: _ENTRIES[kind.name](parts) for kind in FORMATS}
    authors = published_authors(entry, config)
    shape, values = shape_of(entry, config, authors, points), values_of(entry, authors, points)

    def by_shape(kind: Format, values: Mapping[str, str]) -> bytes:
        render = _ENTRIES[kind.name]

        def sample() -> Shape:
            marked, places = make_sample(entry, config, authors, len(points))
            return Shape(render(parts._replace(entry=marked, points=places)), DATES)

        return _shapes.fill((config, VERSION, GENERATOR), (kind.name, shape), values, lambda: render(parts), sample)

    return {
        ATOM.name: by_shape(ATOM, values),
        RSS.name: by_shape(RSS, {**values, "summary": _html_summary(entry)}),
        JSON.name: json_feed.render_item(entry, config),
    }


def render_head(kind: Format, head: HeadSpec, config: Config) -> bytes:
    """Return a complete document without entries."""
    return json_feed.render_head(head, config) if kind == JSON else _xml_head(head, config, kind)


# --- entries ----------------------------------------------------------------------------------------------------------


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


def _points(entry: Entry, config: Config) -> list[str]:
    """The places of an entry on the map: latitude and longitude (GeoRSS Simple)."""
    if entry.content.point:
        return [] if config.publish.points == "none" else [entry.content.point]
    countries = [category.term for category in entry.categories if category.scheme == "countries"]
    if config.publish.points == "none" or (config.publish.points == "one" and len(countries) != 1):
        return []
    from feeds.tagging.tables import points

    return [" ".join(points()[country]) for country in countries if country in points()]


def _extensions(parts: _Parts) -> list[etree._Element]:
    """What is in other namespaces: places on the map, and the picture."""
    found = []
    for stated in parts.points:
        point = etree.Element(f"{{{_GEORSS}}}point", nsmap={"georss": _GEORSS})
        point.text = stated
        found.append(point)
    return [*found, *_media(parts.entry)]


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
    element = _feedgen_entry(entry, config).atom_entry()
    if entry.content.language != config.language:
        element.set("{http://www.w3.org/XML/1998/namespace}lang", entry.content.language)
    for link in element.findall("link"):
        link.set("rel", "alternate")
        link.set("type", "text/html")
    for author in published_authors(entry, config):
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
    element.extend(_extensions(parts))
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
    entry, config = parts.entry, parts.config
    item = _feedgen_entry(entry, config)
    typed = [enclosure for enclosure in entry.content.enclosures if enclosure.media_type]
    if typed:  # measured: of several, clients take one; feedgen adds a link, which Atom must not have
        item.enclosure(typed[0].address, str(typed[0].length), typed[0].media_type)
    element = item.rss_entry()
    if entry.foreign_id:  # any string will do in RSS, and subscribers know this one
        element.find("guid").text = entry.foreign_id
    for category in element.findall("category"):
        category.attrib.pop("domain", None)
    for author in published_authors(entry, config):  # <author> must have an e-mail address
        etree.SubElement(element, f"{{{_DC}}}creator", nsmap={"dc": _DC}).text = author.name
    element.find("description").text = _html_summary(entry)
    if (content := element.find(f"{{{_CONTENT}}}encoded")) is not None:
        content.text = etree.CDATA(entry.content.html)
    if config.publish.source:
        stated = entry.content.source
        address = stated.address if stated else config.base_url + RSS.file
        if address:  # without one there is no <source> in RSS
            etree.SubElement(element, "source", url=address).text = stated.title if stated else config.title
    element.extend(_extensions(parts))
    parent = etree.Element("rss", nsmap=_NSMAP)  # declares the prefixes, so that the item does not
    parent.append(element)
    whole = _pretty(parent)
    return whole[whole.index(b">") + 1 : whole.rindex(b"</rss>")].strip() + b"\n"


def _html_summary(entry: Entry) -> str:
    """The summary as HTML, for which RSS takes a description: plain text is escaped once more than in Atom."""
    return html.escape(entry.content.summary, quote=False)


def _pretty(element: etree._Element) -> bytes:
    result: bytes = etree.tostring(element, encoding="utf-8", pretty_print=True)
    return result


# --- heads ------------------------------------------------------------------------------------------------------------


def _xml_head(head: HeadSpec, config: Config, kind: Format) -> bytes:
    spec = head.feed
    key = (kind.name, spec.language, bool(spec.description))
    values = {
        "id": head.feed_id,
        "title": spec.title,
        "subtitle": spec.description,
        "updated": head.updated.isoformat(),
        "pubdate": formatRFC2822(head.updated),
        "self": config.base_url + paths.document_path(spec, kind, head.page),
        "alternate": site_url(spec, config),
    }

    def sample() -> Shape:
        marked = {name: mark(name) for name in values}
        return Shape(_feedgen_feed(marked, UPDATED, spec.language, config, kind), DATES)

    def render() -> bytes:
        return _feedgen_feed(values, head.updated, spec.language, config, kind)

    return _completed(_shapes.fill((config, VERSION, GENERATOR), key, values, render, sample), head, config, kind)


def _feedgen_feed(
    values: Mapping[str, str], updated: dt.datetime, language: str, config: Config, kind: Format
) -> bytes:
    """Return what feedgen makes of a feed in Atom or RSS."""
    feed = FeedGenerator()
    feed.id(values["id"])
    feed.title(values["title"])
    feed.subtitle(values["subtitle"])  # RSS: description
    feed.updated(updated)  # RSS: lastBuildDate
    feed.author({"name": config.author})
    feed.language(language or config.language)
    feed.generator(GENERATOR)
    if rights := ". ".join(filter(None, (config.rights.text.rstrip("."), config.rights.attribution))):
        feed.rights(rights)  # RSS: copyright
    feed.ttl(TTL)
    # RSS <link> is the last one given.
    feed.link(href=values["self"], rel="self", type=kind.media_type)
    feed.link(href=values["alternate"], rel="alternate", type="text/html")
    look = config.look
    if look.icon:
        feed.icon(config.base_url + paths.picture("icon", look.icon))
    if look.logo and kind == ATOM:
        feed.logo(config.base_url + paths.picture("logo", look.logo))
    if (image := _rss_image(config)) and kind == RSS:
        # RSS 2.0 <image>: title and link are those of the channel.
        feed.image(config.base_url + image, title=values["title"], link=values["alternate"])
    rendered: bytes = feed.atom_str(pretty=True) if kind == ATOM else feed.rss_str(pretty=True)
    return rendered


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


_ENTRIES: Mapping[str, Callable[[_Parts], bytes]] = {
    ATOM.name: _atom_entry,
    RSS.name: _rss_item,
    JSON.name: lambda parts: json_feed.render_item(parts.entry, parts.config),
}
