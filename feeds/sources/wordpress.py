"""An export of WordPress (WXR): an RSS document with wp: elements beside; published posts are items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from feeds.content import markup
from feeds.model import Problem, RawItem, SourceError
from feeds.sources.context import Context, title_from_text

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_SHORTCODE = re.compile(r"\[/?[a-z_]+(?:\s[^\]]*)?\]")
_BLOCK = re.compile(r"<!--\s*/?wp:.*?-->", re.DOTALL)
_NEVER = "0000-00-00"  # the date of a draft


def read(stream: BinaryIO, given: Context) -> Iterator[RawItem | Problem]:
    """The published posts of an export, one after the other; pages, drafts and attachments are passed over.

    Raises:
        SourceError: it is no export of WordPress, or not well-formed.
    """
    is_export = False
    try:
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
            stated = {
                etree.QName(one).localname: one.text or "" for one in item if isinstance(one.tag, str) and _is_wp(one)
            }
            is_export = is_export or "post_type" in stated
            if (
                stated.get("post_type") == "post"
                and stated.get("status") == "publish"
                and not stated.get("post_password")
            ):
                yield _item(item, stated, given)
            item.clear()
            parent = item.getparent()
            while parent is not None and item.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise SourceError("not-well-formed", f"is not well-formed: {error.msg}", error.lineno or 0) from None
    if not is_export:
        raise SourceError("not-an-export", "is no export of WordPress; a feed is kind = 'feed'")


def _is_wp(element: etree._Element) -> bool:
    return "wordpress.org/export" in (etree.QName(element).namespace or "") and not len(element)


def _item(item: etree._Element, stated: dict[str, str], given: Context) -> RawItem:
    gmt, local = stated.get("post_date_gmt", ""), stated.get("post_date", "")
    date = f"{gmt}Z" if gmt and not gmt.startswith(_NEVER) else local or item.findtext("pubDate", "")
    body = _BLOCK.sub("", _SHORTCODE.sub("", item.findtext(_CONTENT, "")))
    if "<p" not in body:  # as its editor keeps it: a blank line ends a paragraph
        body = "".join(f"<p>{part.strip()}</p>" for part in re.split(r"\n\s*\n", body) if part.strip())
    return RawItem(
        given.at(item.sourceline or 0),
        date,
        " ".join(markup.html_paragraphs(item.findtext("title", ""))) or title_from_text(markup.html_paragraphs(body)),
        html=body,
        link=item.findtext("link", "").strip(),
        guid=item.findtext("guid", "").strip(),
        stated=tuple(dict.fromkeys(one.text for one in item.iterfind("category") if one.text)),
    )
