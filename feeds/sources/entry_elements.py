"""What feedparser does not tell of an entry of a feed: its line, its picture, where it happened, and what is not read.

Taken by lxml from the element that the entry is (Media RSS 1.5.1, GeoRSS Simple and GML, W3C Basic Geo).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from feeds.model import Enclosure, SourceFeed

Element = etree._Element
_MEDIA = "{http://search.yahoo.com/mrss/}"
_GEORSS = "{http://www.georss.org/georss}"
_GML = "{http://www.opengis.net/gml}"
_GEO = "{http://www.w3.org/2003/01/geo/wgs84_pos#}"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_DECLARED = re.compile(rb"""\s{0,9}<\?xml[^>]{1,99}encoding\s*=\s*["']([\w.-]+)""")
# The elements of an entry that are read, in no namespace or in that of their format.
_OWN = """title link description summary content author category guid id pubDate published updated modified issued
    created enclosure source""".split()
_FORMATS = (
    "",
    _ATOM,
    "{http://purl.org/atom/ns#}",
    "{http://purl.org/rss/1.0/}",
    "{http://my.netscape.com/rdf/simple/0.9/}",
)
_READ = frozenset(
    (
        *(namespace + name for namespace in _FORMATS for name in _OWN),
        *(_MEDIA + name for name in ("content", "thumbnail", "group", "credit", "description", "title", "text")),
        *(_DC + name for name in ("creator", "date", "subject", "title", "description", "language")),
        *(_TERMS + name for name in ("created", "issued", "modified")),
        *(_GEORSS + name for name in ("point", "where")),
        *(_GEO + name for name in ("lat", "long", "Point")),
        *(_ITUNES + name for name in ("author", "image", "summary", "subtitle", "title")),
        "{http://purl.org/rss/1.0/modules/content/}encoded",
        "{http://search.yahoo.com/mrss}content",
        "{http://search.yahoo.com/mrss}thumbnail",
    )
)


def parse_entries(data: bytes) -> list[Element]:
    """Return the items or entries of a feed, in its order, as far as it is well-formed."""
    try:
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
        return list(entries_of(etree.fromstring(_without_damage(data), parser)))
    except (etree.XMLSyntaxError, ValueError):
        return []


def _without_damage(data: bytes) -> bytes:
    """The bytes of a document in UTF-8 with U+FFFD for what is not; libxml2 would read all behind it as Latin-1."""
    declared = _DECLARED.match(data)
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return data if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data.decode("utf-8", "replace").encode()
    return data


def entries_of(root: Element | None) -> Iterator[Element]:
    """Yield the items or entries in a document, in its order."""
    for element in root.iter() if root is not None else ():
        if isinstance(element.tag, str) and etree.QName(element).localname in ("item", "entry"):
            yield element


def unused_names(entry: Element) -> Iterator[str]:
    """Yield the names, with prefixes, of elements of an entry that say something and are not read."""
    for child in entry:
        if child.tag not in _READ and isinstance(child.tag, str) and (len(child) or child.text or child.attrib):
            name = etree.QName(child).localname
            yield f"{child.prefix}:{name}" if child.prefix else name


def find_picture(entry: Element) -> Enclosure | None:
    """Return the picture of an entry, with who made it and what it shows; None where it has none."""
    for media in entry.iter(_MEDIA + "content"):
        if media.get("url") and _is_picture(media):
            return Enclosure(
                media.get("url", "").strip(),
                media.get("type", ""),
                _length(media.get("fileSize", "")),
                is_picture=True,
                description=_beside(media, entry, "description", "title", "text"),
                credit=_beside(media, entry, "credit"),
            )
    for media in (*entry.iter(_MEDIA + "thumbnail"), *entry.iterchildren(_ITUNES + "image")):
        if address := (media.get("url") or media.get("href") or "").strip():
            return Enclosure(
                address,
                "",
                0,
                is_picture=True,
                description=_beside(media, entry, "description", "title", "text"),
                credit=_beside(media, entry, "credit"),
            )
    return None


def _is_picture(media: Element) -> bool:
    """True for a picture, by its medium, else its type, else the end of its address (Media RSS, media:content)."""
    medium, media_type = media.get("medium", ""), media.get("type", "")
    if medium or media_type:
        return medium == "image" or media_type.startswith("image/")
    address = media.get("url", "").partition("?")[0].lower()
    return address.endswith((".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg"))


def _beside(media: Element, entry: Element, *names: str) -> str:
    """The first text of these that is said of a medium: in it, in its group, in its entry."""
    group = media.getparent()
    for place in (media, group if group is not None and group.tag == _MEDIA + "group" else media, entry):
        for name in names if place is not entry else names[:1]:
            if text := " ".join((place.findtext(_MEDIA + name) or "").split()):
                return text
    return ""


def find_source(entry: Element | None, own: SourceFeed | None) -> SourceFeed | None:
    """Return the feed that an entry comes from: the one that it names, else that in which it stands."""
    atom = entry.find(_ATOM + "source") if entry is not None else None
    if atom is not None and (identifier := (atom.findtext(_ATOM + "id") or "").strip()):
        links = {link.get("rel", "alternate"): link.get("href", "") for link in atom.iterfind(_ATOM + "link")}
        return SourceFeed(identifier, " ".join((atom.findtext(_ATOM + "title") or "").split()), links.get("self", ""))
    rss = entry.find("source") if entry is not None else None
    if rss is not None and (address := (rss.get("url") or "").strip()):
        return SourceFeed(address, " ".join((rss.text or "").split()), address)
    return own


def _length(stated: str) -> int:
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 16 else 0


def find_point(entry: Element) -> str:
    """Return latitude and longitude of where an entry says that it happened, "" where it names no point."""
    point = entry.findtext(_GEORSS + "point") or entry.findtext(f"{_GEORSS}where/{_GML}Point/{_GML}pos")
    if point:
        return " ".join(point.replace(",", " ").split())
    for place in (entry, entry.find(_GEO + "Point")):
        if place is not None and (latitude := place.findtext(_GEO + "lat")):
            return " ".join(f"{latitude} {place.findtext(_GEO + 'long') or ''}".split())
    return ""
