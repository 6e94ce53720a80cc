"""A page that lists news: by selectors that somebody states, else by what the page itself says, else by its shape.

Found by itself, in this order: JSON-LD, microdata and hAtom, which say what a date and a title are; then blocks of the
same shape that each hold one date and a heading or a link.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from lxml import etree
from lxml.cssselect import CSSSelector

from feeds.config.keys import PARTS
from feeds.content import markup
from feeds.dates import DateRules
from feeds.model import Enclosure, Problem, RawItem, SourceError
from feeds.sources import decoding
from feeds.sources.context import Context, read_whole, title_from_text

_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_:-]+)""", re.IGNORECASE)
_WIDER = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_NEWS = re.compile(
    r"(?:News|Blog|Tech|Report|Opinion|Analysis|Satirical)?\w*(?:Article|Posting|Report|Event)$|CreativeWork$"
)
_LEAST = 2  # blocks of one shape that make a listing
_LONGEST_DATE = 100  # characters of an element that may be a date


def read(stream: BinaryIO, given: Context) -> Iterator[RawItem | Problem]:
    """The items of a page, in its order.

    Raises:
        SourceError: it cannot be decoded, holds nothing, or a selector is none.
    """
    data = read_whole(stream)
    content, problems = _decoded(data, given)
    yield from problems
    root = markup.parse_html(content)
    if root is None:
        raise SourceError("no-items", "holds no text")
    base = root.find(".//base[@href]")
    address = markup.absolute_link(str(base.get("href")), given.source.base_url) if base is not None else None
    page = _Page(root, given, address or given.source.base_url)
    if given.source.select:
        yield from page.selected()
        return
    for way in (page.json_ld, page.microdata, page.hatom, page.repeated):
        found = way()
        if found:
            yield from found
            return


def _decoded(data: bytes, given: Context) -> tuple[str, list[Problem]]:
    """The page as text: its encoding as declared by the source, a mark, the page, or found out from the bytes."""
    declared = given.encoding
    if not declared and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        match = _CHARSET.search(data[:4096])
        declared = match[1].decode("ascii").lower() if match else ""
        declared = _WIDER.get(declared, declared)
        try:
            codecs.lookup(declared)
        except LookupError:
            declared = ""
    try:
        if declared:
            return data.decode(declared), []
        content, encoding = decoding.decode(io.BytesIO(data))
        return content, given.about(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"is not all {declared}: byte {error.start} is {data[error.start]:#04x}; such bytes became U+FFFD"
        return data.decode(declared, "replace"), [Problem(given.at(line), "encoding", message, "warning")]


class _Page:
    """A page and what is looked for in it."""

    def __init__(self, root: etree._Element, given: Context, base_url: str) -> None:
        self.root, self.given, self.base_url = root, given, base_url

    def item(
        self,
        line: int,
        date: str,
        title: str,
        link: str = "",
        body: str = "",
        paragraphs: tuple[str, ...] = (),
        image: str = "",
        guid: str = "",
        translations: Iterable[str] = (),
    ) -> RawItem:
        """An item with its addresses made absolute."""
        paragraphs = tuple(part for part in paragraphs if part != title)
        return RawItem(
            self.given.at(line),
            date,
            title or title_from_text(paragraphs or markup.html_paragraphs(body)),
            paragraphs=paragraphs,
            html=body,
            link=markup.absolute_link(link, self.base_url) or "" if link else "",
            guid=guid,
            enclosures=(Enclosure(markup.absolute_link(image, self.base_url) or "", "", 0),) if image else (),
            translations=tuple(filter(None, (markup.absolute_link(one, self.base_url) for one in translations if one))),
        )

    # --- selectors ------------------------------------------------------------------------------------------------

    def selected(self) -> Iterator[RawItem | Problem]:
        """What the selectors of the source find."""
        stated = dict(self.given.source.select)
        find = {part: _selector(part, stated[part]) for part in PARTS if part in stated}
        blocks = find["item"](self.root)
        if not blocks:
            raise SourceError("no-items", f"has nothing that is '{stated['item']}'; the page or the selector changed")
        for block in blocks:
            parts = {part: next(iter(find[part](block)), None) if part in find else None for part in PARTS[1:]}
            heading = parts["title"] if parts["title"] is not None else _heading(block)
            link = parts["link"] if parts["link"] is not None else _link(block, heading)
            body = parts["text"]
            yield self.item(
                block.sourceline or 0,
                _date_of(parts["date"]) if parts["date"] is not None else _first_date(block, self.given.dates),
                _text(heading) or _text(link),
                str(link.get("href") or "") if link is not None else "",
                etree.tostring(body, encoding="unicode", method="html", with_tail=False) if body is not None else "",
                image=str(parts["image"].get("src") or "") if parts["image"] is not None else "",
                translations=_translations(block),
            )

    # --- what pages say themselves --------------------------------------------------------------------------------

    def json_ld(self) -> list[RawItem]:
        """Articles in JSON-LD (schema.org), each with a headline and a date."""
        found = []
        for script in self.root.iter("script"):
            if str(script.get("type") or "").lower() != "application/ld+json":
                continue
            try:
                stated = json.loads(script.text or "")
            except (ValueError, RecursionError):
                continue
            for one in _nodes(stated):
                kinds = one.get("@type")
                kinds = kinds if isinstance(kinds, list) else [kinds]
                date, title = one.get("datePublished") or one.get("dateCreated"), one.get("headline") or one.get("name")
                if not any(isinstance(kind, str) and _NEWS.match(kind) for kind in kinds) or not (date and title):
                    continue
                link, image = _address(one.get("url") or one.get("mainEntityOfPage")), _address(one.get("image"))
                body = str(one.get("articleBody") or one.get("description") or "")
                line, guid = script.sourceline or 0, _address(one.get("@id"))
                others = (*_addresses(one.get("workTranslation")), *_addresses(one.get("translationOfWork")))
                text = markup.html_paragraphs(body)
                found.append(self.item(line, str(date), _plain(str(title)), link, "", text, image, guid, others))
        return found if len(found) >= _LEAST else []

    def microdata(self) -> list[RawItem]:
        """Articles in microdata, each with a headline and a date."""
        blocks = [one for one in self.root.iter() if _NEWS.match(str(one.get("itemtype") or "").rpartition("/")[2])]
        return self._marked(blocks, "@itemprop='datePublished'", "@itemprop='headline' or @itemprop='name'")

    def hatom(self) -> list[RawItem]:
        """Entries of the hAtom and h-entry microformats."""

        def of(*names: str) -> str:
            return " or ".join(f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')" for name in names)

        blocks = self.root.xpath(f".//*[{of('hentry', 'h-entry')}]")
        return self._marked(blocks, of("published", "dt-published", "entry-date"), of("entry-title", "p-name"))

    def _marked(self, blocks: list[etree._Element], dates: str, titles: str) -> list[RawItem]:
        found = []
        for block in blocks:
            date, title = block.xpath(f".//*[{dates}]"), block.xpath(f".//*[{titles}]")
            if date and title:
                found.append(self._block(block, _date_of(date[0]), title[0], {date[0]}))
        return found if len(found) >= _LEAST else []

    # --- the shape of a page --------------------------------------------------------------------------------------

    def repeated(self) -> list[RawItem]:
        """Blocks of the same shape, each with one date and a heading or a link; else dates between their texts."""
        dates = self._dates()
        blocks: dict[str, list[tuple[etree._Element, etree._Element, str]]] = defaultdict(list)
        holders: dict[etree._Element, int] = defaultdict(int)
        for element, _ in dates:
            for above in element.iterancestors():
                holders[above] += 1
        for element, stated in dates:
            block = element
            for above in element.iterancestors():
                if holders[above] > 1 or above.tag in ("body", "html"):
                    break
                block = above
            blocks[_shape(block)].append((block, element, stated))
        best: list[RawItem] = []
        for found in blocks.values():
            made = (self._between(*one) if one[0] is one[1] else self._inside(*one) for one in found)
            items = [item for item in made if item]
            if len(items) >= _LEAST and _weight(items) > _weight(best):
                best = items
        return best

    def _dates(self) -> list[tuple[etree._Element, str]]:
        """Every element that is a date and nothing else, in the order of the page, with what it states."""
        found: list[tuple[etree._Element, str]] = []
        inside: set[etree._Element] = set()
        for element in self.root.iter():
            if not isinstance(element.tag, str) or element.tag in (
                "script",
                "style",
                "title",
                "option",
                "html",
                "body",
            ):
                continue
            if element.getparent() in inside:
                inside.add(element)
                continue
            stated = str(element.get("datetime") or "") if element.tag == "time" else ""
            if not stated or not _is_date(stated, self.given.dates):
                stated = _text(element, _LONGEST_DATE + 1)
                if not stated or len(stated) > _LONGEST_DATE or not _is_date(stated, self.given.dates):
                    continue
            found.append((element, stated))
            inside.add(element)
        return found

    def _inside(self, block: etree._Element, date: etree._Element, stated: str) -> RawItem | None:
        """The item of a date that stands in a block of its own."""

        def title(element: etree._Element) -> str:
            text = _text(_copy(element, {date}))
            return "" if _is_date(text, self.given.dates) else text

        found = [one for one in block.iter(*_HEADINGS) if one is not date and title(one)][:1]
        found = found or sorted((one for one in block.iter("a") if title(one)), key=lambda one: -len(title(one)))[:1]
        return self._block(block, stated, found[0], {date}) if found else None

    def _block(self, block: etree._Element, date: str, title: etree._Element, without: set[etree._Element]) -> RawItem:
        link = _link(block, title)
        texts = markup.element_paragraphs(_copy(block, without | {title}))
        image = next((str(one.get("src")) for one in block.iter("img") if one.get("src")), "")
        href = str(link.get("href") or "") if link is not None else ""
        if image.startswith("data:"):
            image = ""
        return self.item(
            block.sourceline or 0,
            date,
            _text(_copy(title, without)),
            href,
            "",
            texts,
            image,
            translations=_translations(block),
        )

    def _between(self, block: etree._Element, date: etree._Element, stated: str) -> RawItem | None:
        """The item of a date that stands beside its title: what follows, up to the next such date."""
        following = []
        for one in block.itersiblings():
            if not isinstance(one.tag, str) or (
                _shape(one) == _shape(block) and _is_date(_text(one, 99), self.given.dates)
            ):
                break
            following.append(one)
        wrapped = etree.Element("div")
        wrapped.extend([_copy(one, set()) for one in following])
        texts = markup.element_paragraphs(wrapped)
        if not texts:
            return None
        link = next(
            (str(one.get("href")) for part in following for one in (part, *part.iter("a")) if one.get("href")), ""
        )
        return self.item(block.sourceline or 0, stated, texts[0], link, "", texts[1:])


def _selector(part: str, stated: str) -> CSSSelector:
    try:
        return CSSSelector(stated, translator="html")
    except Exception as error:  # cssselect raises several kinds, of two libraries
        raise SourceError("selector", f"{part} = '{stated}' is no CSS selector: {error}") from None


def _weight(items: list[RawItem]) -> int:
    """How much of a listing this is: items with their own titles, above all those that lead somewhere."""
    titles = {item.title for item in items}
    return (
        len(titles) * 2
        + len({item.link for item in items if item.link}) * 3
        + min(len(titles), sum(bool(item.paragraphs) for item in items))
    )


def _shape(element: etree._Element) -> str:
    """What elements that are made by the same template have in common."""
    names = [re.sub(r"\d+", "#", name) for name in str(element.get("class") or "").split()]
    parent = element.getparent()
    return f"{'' if parent is None else str(parent.tag)}>{element.tag!s}.{'.'.join(sorted(names)[:3])}"


def _is_date(stated: str, dates: DateRules) -> bool:
    if not any(character.isdigit() for character in stated) and dates.as_of is None:
        return False
    try:
        return dates.read(stated) is not None
    except ValueError:
        return bool(re.search(r"\d", stated))


def _first_date(block: etree._Element, dates: DateRules) -> str:
    for element in block.iter():
        if isinstance(element.tag, str):
            for stated in (str(element.get("datetime") or ""), _text(element, _LONGEST_DATE + 1)):
                if stated and len(stated) <= _LONGEST_DATE and _is_date(stated, dates):
                    return stated
    return ""


def _date_of(element: etree._Element) -> str:
    """What an element that is a date states: for programs, where it does, else for people."""
    return str(element.get("datetime") or element.get("content") or "").strip() or _text(element)


def _heading(block: etree._Element) -> etree._Element | None:
    return next((element for element in block.iter(*_HEADINGS) if _text(element)), None)


def _link(block: etree._Element, title: etree._Element | None) -> etree._Element | None:
    """The link of an item: in its title, around it, or the first one."""
    if title is not None:
        for one in (*title.iter("a"), *title.iterancestors("a")):
            if one.get("href"):
                return one
    return next((one for one in block.iter("a") if one.get("href") and not str(one.get("href")).startswith("#")), None)


def _translations(block: etree._Element) -> Iterator[str]:
    """The addresses that an item states for other languages."""
    for one in block.iter("a", "link"):
        if one.get("href") and str(one.get("hreflang") or "x-default") != "x-default":
            yield str(one.get("href"))


def _text(element: etree._Element | None, most: int = 2000) -> str:
    if element is None:
        return ""
    found, length = [], 0
    for part in element.itertext():
        found.append(part)
        length += len(part)
        if length > most * 4:
            break
    return " ".join("".join(found).split())


def _plain(stated: str) -> str:
    return " ".join(markup.html_paragraphs(stated))


def _copy(block: etree._Element, without: set[etree._Element]) -> etree._Element:
    """A copy of a block without some of its elements."""
    skipped = {number for number, one in enumerate(block.iter()) if one in without}
    result = etree.fromstring(etree.tostring(block, with_tail=False), etree.XMLParser(recover=True, huge_tree=False))
    if result is None:
        return etree.Element("div")
    for number, one in list(enumerate(result.iter())):
        parent = one.getparent()
        if number in skipped and parent is not None:
            if one.tail:
                before = one.getprevious()
                if before is not None:
                    before.tail = f"{before.tail or ''} {one.tail}"
                else:
                    parent.text = f"{parent.text or ''} {one.tail}"
            parent.remove(one)
    return result


def _nodes(stated: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every object in a JSON-LD document."""
    if depth > 20:
        return
    if isinstance(stated, dict):
        yield stated
        for value in stated.values():
            yield from _nodes(value, depth + 1)
    elif isinstance(stated, list):
        for value in stated:
            yield from _nodes(value, depth + 1)


def _addresses(stated: Any) -> Iterator[str]:
    for one in stated if isinstance(stated, list) else [stated]:
        yield _address(one)


def _address(stated: Any) -> str:
    if isinstance(stated, list):
        return _address(stated[0]) if stated else ""
    if isinstance(stated, dict):
        return _address(stated.get("url") or stated.get("@id"))
    return stated if isinstance(stated, str) else ""
