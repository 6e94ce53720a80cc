"""An export of WordPress (WXR): an RSS document with wp: elements beside; published posts are items."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from feeds.content import markup
from feeds.model import Author, Content, Enclosure, Problem, RawItem, SourceError
from feeds.sources.context import Context, title_from_text

_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
# Those of WordPress itself: developer.wordpress.org/apis/shortcode.
_CORE = frozenset("audio caption embed gallery playlist video wp_caption".split())
_SHORTCODE = re.compile(r"\[(/?)([A-Za-z][\w-]*)(\s[^\[\]<>]*)?/?\]")
_ATTRIBUTE = re.compile(r"\s[\w-]+=")
# Types of what an export holds that nobody reads as news.
_NOT_CONTENT = frozenset(
    ("", "attachment", "attachment (inherit)", "nav_menu_item", "revision (inherit)", "custom_css", "wp_global_styles",
     "wp_template", "wp_template_part", "wp_navigation", "customize_changeset", "oembed_cache", "user_request")
)  # fmt: skip
_BLOCK = re.compile(r"<!--\s*/?wp:.*?-->", re.DOTALL)
_THUMBNAIL, _CHUNK = b"_thumbnail_id", 1 << 18
_NEVER = "0000-00-00"  # the date of a draft


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the published posts of an export, and a warning that counts what else it holds.

    Raises:
        SourceError: it is not an export of WordPress, or not well-formed.
    """
    is_export = False
    left_out, shortcodes, names = Counter[str](), dict[str, None](), dict[str, str]()
    try:
        pictures = _pictures(stream)
        for item in _elements(stream):
            if etree.QName(item).localname == "author":
                names |= _display_name(item)
                continue
            stated = {etree.QName(child).localname: child.text or "" for child in item if _is_of_wordpress(child)}
            is_export = is_export or "post_type" in stated
            if _is_published_post(stated):
                meta = _postmeta(item)
                context.note_unused(f"postmeta {key}" for key in meta if not key.startswith("_"))
                yield _item(item, stated, context, shortcodes, names, pictures.get(meta.get("_thumbnail_id", "")))
            elif (kind := _left_out_as(stated)) not in _NOT_CONTENT:
                left_out[kind] += 1
    except etree.XMLSyntaxError as error:
        raise SourceError("not-well-formed", f"is not well-formed: {error.msg}", error.lineno or 0) from None
    if not is_export:
        raise SourceError("not-an-export", "is not an export of WordPress; a feed is kind = 'feed'")
    if left_out:
        counted = ", ".join(f"{count} {kind}" for kind, count in left_out.items())
        yield Problem(
            context.origin_at(0), "left-out", f"only published posts are read; left out: {counted}", "warning"
        )
    if shortcodes:
        named = ", ".join(f"[{name}]" for name in shortcodes)
        message = f"shortcodes of plugins were removed, what stands between them stays: {named}"
        yield Problem(context.origin_at(0), "shortcodes", message, "warning")


def _elements(stream: BinaryIO) -> Iterator[etree._Element]:
    """The authors and items of a document, of which one at a time is in memory."""
    events = etree.iterparse(
        stream,
        events=("end",),
        tag=("{*}item", "{*}author"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, item in events:
        if etree.QName(item).localname == "author" and not _is_of_export(item):
            continue  # part of an item
        yield item
        item.clear()
        parent = item.getparent()
        while parent is not None and item.getprevious() is not None:
            del parent[0]


def _pictures(stream: BinaryIO) -> dict[str, Enclosure]:
    """The pictures that posts name as theirs, by their number; the stream is at its start again.

    They are items of their own, and may stand behind the posts.
    """
    found = {}
    if any(_THUMBNAIL in chunk for chunk in _overlapping(stream)):
        stream.seek(0)
        for item in _elements(stream):
            stated = {etree.QName(child).localname: (child.text or "").strip() for child in item if not len(child)}
            if address := stated.get("attachment_url"):
                picture = Enclosure(address, "", 0, is_picture=True)
                alternative = _postmeta(item).get("_wp_attachment_image_alt", "") or _excerpt(item)
                found[stated.get("post_id", "")] = picture._replace(description=alternative)
    stream.seek(0)
    return found


def _overlapping(stream: BinaryIO) -> Iterator[bytes]:
    """The document in pieces, each with the end of the one before it."""
    end = b""
    while chunk := stream.read(_CHUNK):
        yield end + chunk
        end = chunk[-len(_THUMBNAIL) :]


def _postmeta(item: etree._Element) -> dict[str, str]:
    """What plugins and themes say of an item, by their keys."""
    pairs = (
        {etree.QName(child).localname: (child.text or "").strip() for child in meta if isinstance(child.tag, str)}
        for meta in item.iterfind("{*}postmeta")
    )
    return {pair.get("meta_key", ""): value for pair in pairs if (value := pair.get("meta_value", ""))}


def _is_of_export(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and "wordpress.org/export" in (etree.QName(element).namespace or "")


def _is_of_wordpress(element: etree._Element) -> bool:
    return not len(element) and _is_of_export(element)


def _display_name(author: etree._Element) -> dict[str, str]:
    """Return the name that is shown for a login."""
    stated = {etree.QName(child).localname: (child.text or "").strip() for child in author}
    login, name = stated.get("author_login", ""), stated.get("author_display_name", "")
    return {login: name} if login and name else {}


def _is_published_post(stated: dict[str, str]) -> bool:
    is_published = stated.get("status") == "publish" and not stated.get("post_password")
    return stated.get("post_type") == "post" and is_published


def _excerpt(item: etree._Element) -> str:
    """Return the excerpt that the editor wrote; its namespace has the version of the export in it."""
    encoded = (child for child in item.iterfind("{*}encoded") if "/excerpt/" in str(child.tag))
    return next((child.text or "" for child in encoded), "").strip()


def _left_out_as(stated: dict[str, str]) -> str:
    """Return what an item is that is not a published post: "page", "post (draft)"."""
    if stated.get("post_password"):
        return f"{stated.get('post_type', '')} (password)"
    status = stated.get("status", "publish")
    return stated.get("post_type", "") + ("" if status == "publish" else f" ({status})")


def _without_shortcodes(body: str, removed: dict[str, None]) -> str:
    """Return a text without its shortcodes; other words in square brackets stay, as in "we will [not] sign".

    A shortcode that is not WordPress's own shows itself by an attribute or an end tag.

    Args:
        removed: the names of those are added to it.
    """
    closed = {shortcode[2] for shortcode in _SHORTCODE.finditer(body) if shortcode[1]}

    def replace(shortcode: re.Match[str]) -> str:
        name = shortcode[2]
        if name not in _CORE:
            if name not in closed and not _ATTRIBUTE.search(shortcode[3] or ""):
                return shortcode[0]
            removed[name] = None
        return ""

    return _SHORTCODE.sub(replace, body)


def _item(
    item: etree._Element,
    stated: dict[str, str],
    context: Context,
    shortcodes: dict[str, None],
    names: dict[str, str],
    picture: Enclosure | None,
) -> RawItem:
    body = _BLOCK.sub("", _without_shortcodes(item.findtext(_CONTENT, ""), shortcodes))
    if "<p" not in body:  # as its editor keeps it: a blank line ends a paragraph
        body = "".join(f"<p>{part.strip()}</p>" for part in re.split(r"\n\s*\n", body) if part.strip())
    title = " ".join(markup.html_paragraphs(item.findtext("title", "")))
    creators = [(creator.text or "").strip() for creator in item.iterfind(_CREATOR)]
    categories = (category.text for category in item.iterfind("category"))
    content = Content(
        title=title or title_from_text(markup.html_paragraphs(body)),
        html=body,
        categories=tuple(dict.fromkeys(filter(None, categories))),
        stated_summary=_excerpt(item),
        authors=tuple(Author(names.get(login, login)) for login in creators if login),
        enclosures=(picture,) if picture else (),
        modified=_moment(stated, "post_modified"),
    )
    return RawItem(
        origin=context.origin_at(item.sourceline or 0),
        date=_date(item, stated),
        content=content,
        link=item.findtext("link", "").strip(),
        guid=item.findtext("guid", "").strip(),
    )


def _date(item: etree._Element, stated: dict[str, str]) -> str:
    return _moment(stated, "post_date") or item.findtext("pubDate", "")


def _moment(stated: dict[str, str], key: str) -> str:
    """The moment that is stated twice, in UTC and in the time zone of the site."""
    gmt = stated.get(f"{key}_gmt", "")
    return f"{gmt}Z" if gmt and not gmt.startswith(_NEVER) else stated.get(key, "")
