"""Sitemaps for news (developers.google.com/search/docs, "News sitemap"): the only ones that state titles.

Of a source whose articles are read all addresses are items, for their pages state titles and dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from feeds.model import Content, Enclosure, Problem, RawItem, SourceError
from feeds.sources.context import Context, read_whole

_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
_IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_READ = ("loc", "lastmod", "news", "image", "link", "changefreq", "priority")
_READ_OF_NEWS = ("publication", "publication_date", "title", "keywords", "genres")


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the addresses of a sitemap that have a title and a date.

    Raises:
        SourceError: it is not well-formed, lists other sitemaps, or states no titles.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(read_whole(stream), parser)
    except etree.XMLSyntaxError as error:
        raise SourceError("not-well-formed", f"is not well-formed: {error.msg}", error.lineno or 0) from None
    if etree.QName(root).localname == "sitemapindex":
        places = [(place.text or "").strip() for place in root.iterfind("{*}sitemap/{*}loc")][:3]
        message = f"is a list of sitemaps: name one that lists news, as url = '{next(iter(places), '…')}'"
        raise SourceError("sitemap", message, root.sourceline or 0)
    if context.source.article is not None:
        urls = list(root.iterfind("{*}url"))
        yield from (_item(url, context) for url in sorted(urls, key=lambda url: _text(url, "{*}lastmod"), reverse=True))
        return
    titled = [url for url in root.iterfind("{*}url") if _text(url, f"{_NEWS}news/{_NEWS}title")]
    if not titled:
        message = (
            "is a sitemap that states addresses and no titles; name the page or the feed that lists the news, or set "
            "article = true, and the titles are taken from its pages"
        )
        raise SourceError("sitemap", message, root.sourceline or 0)
    if left_out := len(root.findall("{*}url")) - len(titled):
        message = f"only what has a title is read; left out: {left_out} addresses"
        yield Problem(context.origin_at(0), "left-out", message, "warning")
    for url in titled:
        context.note_unused(_unused(url))
        yield _item(url, context)


def _text(element: etree._Element, path: str) -> str:
    return " ".join((element.findtext(path) or "").split())


def _unused(url: etree._Element) -> Iterator[str]:
    for parent, read in ((url, _READ), (url.find(f"{_NEWS}news"), _READ_OF_NEWS)):
        for child in parent if parent is not None else ():
            if isinstance(child.tag, str) and etree.QName(child).localname not in read:
                yield etree.QName(child).localname


def _item(url: etree._Element, context: Context) -> RawItem:
    news = f"{_NEWS}news/{_NEWS}"
    words = [word for key in ("keywords", "genres") for word in _text(url, news + key).split(",")]
    images = (_text(image, f"{_IMAGE}loc") for image in url.iterfind(f"{_IMAGE}image"))
    content = Content(
        title=_text(url, news + "title"),
        language=_text(url, f"{news}publication/{_NEWS}language"),
        categories=tuple(filter(None, map(str.strip, words))),
        enclosures=tuple(Enclosure(image, "", 0, is_picture=True) for image in images if image),
        alternates=tuple(link.get("href", "") for link in url.iterfind(f"{_XHTML}link") if link.get("hreflang")),
        modified=_text(url, "{*}lastmod"),
    )
    return RawItem(
        origin=context.origin_at(url.sourceline or 0),
        date=_text(url, news + "publication_date"),
        content=content,
        link=_text(url, "{*}loc"),
    )
