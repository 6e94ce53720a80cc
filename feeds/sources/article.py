"""The page of one article: its text, picture, authors, language and date, by selectors or by what it states."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from feeds.content import embedded, markup
from feeds.model import Author, SourceError
from feeds.sources.context import check_attributes
from feeds.sources.html import decode_page, selector
from feeds.sources.page import Element, Found, author_of, stated_date, text_of
from feeds.sources.structured import json_ld_articles

_MOST_AUTHORS = 20
_MOST_ELEMENTS = 15_000  # of a page that trafilatura is given: its time grows with their square; real ones have 2,000
_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title")
_PICTURES = ("og:image", "og:image:url", "twitter:image", "twitter:image:src")
_SUMMARIES = ("og:description", "description", "dc.description", "dcterms.description")
_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author")
_LANGUAGES = ("dc.language", "dcterms.language", "citation_language")
# Names under which pages state for programs when they were published; none that may be the day of a change.
_DATES = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "citation_publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publishdate",
    "publication_date",
    "pubdate",
    "date",
)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


class Article(NamedTuple):
    """What the page of an article gives; "" for what it does not. Addresses are absolute."""

    title: str = ""
    html: str = ""  # as stated: never to be trusted
    summary: str = ""
    image: str = ""
    image_text: str = ""
    image_credit: str = ""
    authors: tuple[Author, ...] = ()
    language: str = ""
    date: str = ""


def read_article(data: bytes, charset: str, address: str, select: Mapping[str, str]) -> Article:
    """Read the page of an article. Its date is what it states for programs, or what the selector names; never guessed.

    Args:
        charset: as the server states it, "" where it does not.
        address: of the page, after redirects.
        select: part -> CSS selector, for text, image, date, title and author.

    Raises:
        SourceError: it is no page, or a selector finds nothing or is not valid.
    """
    check_attributes(data)
    content = decode_page(data, charset)
    root = markup.parse_html(content)
    if root is None or data.lstrip()[:5] == b"%PDF-":
        raise SourceError("article", "is not a page")
    stated = _stated(root, address)
    chosen = {part: _select(root, part, css) for part, css in select.items()}
    text = chosen.get("text")
    if text is not None:
        embedded.resolve(root)
        stated = stated._replace(html=_inner(text))
    elif not stated.html:
        stated = stated._replace(html=_main_text(root, content, address))
    found = stated._replace(
        html=_with_absolute_links(stated.html, address),
        title=text_of(chosen.get("title")) or stated.title,
        date=_date(chosen["date"]) if "date" in chosen else stated.date,
        authors=(author_of(chosen["author"]),) if "author" in chosen else stated.authors,
    )
    if (image := chosen.get("image")) is not None:
        found = found._replace(
            image=str(image.get("src") or image.get("content") or ""), image_text=str(image.get("alt") or "")
        )
    return found._replace(image=(markup.absolute_link(found.image, address) or "") if found.image else "")


def has_extractor() -> bool:
    """Return True if the library is there that finds the text of any page (the extra "articles")."""
    return importlib.util.find_spec("trafilatura") is not None


def _select(root: Element, part: str, css: str) -> Element:
    found = next(iter(selector(part, css)(root)), None)
    if found is None:
        raise SourceError("article", f"has nothing that is {part} = '{css}'")
    return found


# --- what a page states -----------------------------------------------------------------------------------------------


def _stated(root: Element, address: str) -> Article:
    """What a page states for programs: JSON-LD of the one article that it is, then <meta>."""
    named = _meta(root)
    own = _own_article(list(json_ld_articles(root)), address)
    authors = own.authors or tuple(
        Author(name) for name in named.get("authors", ()) if not _ADDRESS.match(name) and "@" not in name
    )
    text = "".join(f"<p>{_escaped(paragraph)}</p>" for paragraph in own.paragraphs) if own.summary else ""

    def first(names: tuple[str, ...]) -> str:
        return next((named[name][0] for name in names if named.get(name)), "")

    return Article(
        title=own.title or first(_TITLES) or _heading(root),
        html=text,
        summary=own.summary or first(_SUMMARIES),
        image=own.image or first(_PICTURES),
        image_text=own.image_text or first(("og:image:alt", "twitter:image:alt")),
        image_credit=own.image_credit,
        authors=authors[:_MOST_AUTHORS],
        language=own.language or str(root.get("lang") or "").strip() or first(_LANGUAGES),
        date=own.date or first(_DATES),
    )


def _date(element: Element) -> str:
    """What an element that is a date states: to programs, where it does."""
    stated = stated_date(element)
    return stated.for_programs or stated.text


def _own_article(articles: list[Found], address: str) -> Found:
    """The article of JSON-LD that the page is about: the one at its address, else the only one."""
    here = [one for one in articles if one.link and markup.absolute_link(one.link, address) == address]
    if here or len(articles) == 1:
        return (here or articles)[0]
    return Found(line=0, date="", title="")


def _meta(root: Element) -> dict[str, list[str]]:
    """The values of <meta> by name, property or itemprop, in lower case; "authors" are those of all names for them."""
    found: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        value = str(meta.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop"):
            for name in str(meta.get(attribute) or "").lower().split():
                if value:
                    found.setdefault(name, []).append(value)
    for element in root.xpath(".//*[@itemprop='datePublished' and not(self::meta)]"):
        found.setdefault("datepublished", []).append(_date(element))
    found["authors"] = list(dict.fromkeys(name for key in _AUTHORS for name in found.get(key, ())))
    return found


def _heading(root: Element) -> str:
    headings = [text for heading in root.iter("h1") if (text := text_of(heading))]
    return headings[0] if len(headings) == 1 else text_of(root.find(".//title"))


# --- its text ---------------------------------------------------------------------------------------------------------


def _main_text(root: Element, content: str, address: str) -> str:
    """The text of a page in HTML: the element that is marked as it, what trafilatura finds, or the only <article>."""
    bodies = root.xpath(".//*[@itemprop='articleBody']")
    if len(bodies) == 1:
        return _inner(bodies[0])
    if has_extractor() and sum(1 for _ in root.iter()) <= _MOST_ELEMENTS:
        import trafilatura

        found = trafilatura.extract(
            content,
            url=address,
            output_format="html",
            include_comments=False,
            include_formatting=True,
            include_links=True,
            include_tables=True,
        )
        if found:
            return str(found)
    articles = list(root.iter("article"))
    if len(articles) != 1:
        return ""
    for aside in list(articles[0].iter("header", "footer", "nav", "aside", "h1")):
        if (parent := aside.getparent()) is not None:
            parent.remove(aside)
    return _inner(articles[0])


def _inner(element: Element) -> str:
    """What is in an element, as HTML."""
    children = "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
    return _escaped(element.text or "") + children


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _with_absolute_links(html: str, address: str) -> str:
    """HTML whose links and pictures have absolute addresses: it is read without its page from now on."""
    if not html:
        return ""
    root = markup.parse_html(f"<div>{html}</div>")
    if root is None:
        return ""
    for element, attribute in _links(root):
        element.set(attribute, markup.absolute_link(str(element.get(attribute)), address) or "")
    return "".join(_inner(body) for body in root.iter("body"))


def _links(root: Element) -> Iterator[tuple[Element, str]]:
    for element in root.iter("a", "img"):
        attribute = "href" if element.tag == "a" else "src"
        if element.get(attribute):
            yield element, attribute
