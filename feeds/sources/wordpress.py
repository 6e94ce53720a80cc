"""An export of WordPress (WXR): an RSS document with wp: elements beside; published posts are items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from feeds.content import markup
from feeds.model import Content, Problem, RawItem, SourceError
from feeds.sources.context import Context, title_from_text

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_SHORTCODE = re.compile(r"\[/?[a-z_]+(?:\s[^\]]*)?\]")
_BLOCK = re.compile(r"<!--\s*/?wp:.*?-->", re.DOTALL)
_NEVER = "0000-00-00"  # the date of a draft


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the published posts of an export; pages, drafts and attachments are left out.

    Raises:
        SourceError: it is not an export of WordPress, or not well-formed.
    """
    is_export = False
    try:
        for item in _elements(stream):
            stated = {etree.QName(child).localname: child.text or "" for child in item if _is_of_wordpress(child)}
            is_export = is_export or "post_type" in stated
            if _is_published_post(stated):
                yield _item(item, stated, context)
    except etree.XMLSyntaxError as error:
        raise SourceError("not-well-formed", f"is not well-formed: {error.msg}", error.lineno or 0) from None
    if not is_export:
        raise SourceError("not-an-export", "is not an export of WordPress; a feed is kind = 'feed'")


def _elements(stream: BinaryIO) -> Iterator[etree._Element]:
    """The items of a document, of which one at a time is in memory."""
    events = etree.iterparse(
        stream,
        events=("end",),
        tag="{*}item",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for _, item in events:
        yield item
        item.clear()
        parent = item.getparent()
        while parent is not None and item.getprevious() is not None:
            del parent[0]


def _is_of_wordpress(element: etree._Element) -> bool:
    if not isinstance(element.tag, str) or len(element):
        return False
    return "wordpress.org/export" in (etree.QName(element).namespace or "")


def _is_published_post(stated: dict[str, str]) -> bool:
    is_published = stated.get("status") == "publish" and not stated.get("post_password")
    return stated.get("post_type") == "post" and is_published


def _item(item: etree._Element, stated: dict[str, str], context: Context) -> RawItem:
    body = _BLOCK.sub("", _SHORTCODE.sub("", item.findtext(_CONTENT, "")))
    if "<p" not in body:  # as its editor keeps it: a blank line ends a paragraph
        body = "".join(f"<p>{part.strip()}</p>" for part in re.split(r"\n\s*\n", body) if part.strip())
    title = " ".join(markup.html_paragraphs(item.findtext("title", "")))
    categories = (category.text for category in item.iterfind("category"))
    content = Content(
        title=title or title_from_text(markup.html_paragraphs(body)),
        html=body,
        categories=tuple(dict.fromkeys(filter(None, categories))),
    )
    return RawItem(
        origin=context.origin_at(item.sourceline or 0),
        date=_date(item, stated),
        content=content,
        link=item.findtext("link", "").strip(),
        guid=item.findtext("guid", "").strip(),
    )


def _date(item: etree._Element, stated: dict[str, str]) -> str:
    gmt, local = stated.get("post_date_gmt", ""), stated.get("post_date", "")
    return f"{gmt}Z" if gmt and not gmt.startswith(_NEVER) else local or item.findtext("pubDate", "")
