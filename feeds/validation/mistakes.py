"""What is not XML, or no feed: words for what goes wrong most, and the same document without it where that is safe.

A parser stops at the first mistake and names it in the terms of its grammar. Here the mistake is named in the terms of
whoever wrote the program that made the document, and where what was meant is beyond doubt the check goes on.
"""

from __future__ import annotations

import bisect
import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from feeds.model import Finding
from feeds.validation.findings import MOST, finding, name, shown
from feeds.validation.modules import MODULES, meant_namespace
from feeds.validation.places import declare_utf8, declared_encoding

_ATOM = "http://www.w3.org/2005/Atom"
_XML = "XML 1.0"
_HTML_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(rb"<link\b[^>]*>", re.IGNORECASE)
_FEED_TYPE = re.compile(rb"""type\s*=\s*["']?application/(?:atom\+xml|rss\+xml|feed\+json|rdf\+xml)""", re.IGNORECASE)
_HREF = re.compile(rb"""href\s*=\s*["']?([^\s"'>]+)""", re.IGNORECASE)
# What is copied as it is: in these & means itself.
_KEPT = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>|<!DOCTYPE.*?>", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9A-Fa-f]{1,8});|#(?P<decimal>\d{1,9});|(?P<name>[A-Za-z_:][\w:.-]*);)?")
_BEGIN = re.compile(r"<\?xml[\s-]|<!DOCTYPE\b|<!--|<(?:\w+:)?(?:rss|feed|entry|RDF|opml)\b")
_OF_XML = ("amp", "lt", "gt", "quot", "apos")
_UNDECODED = re.compile("[\udc80-\udcff]+")  # bytes that "surrogateescape" kept
_LINE_END = re.compile("\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# The prefixes that people write, and what they stand for.
_PREFIXES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "atom": _ATOM,
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "georss": "http://www.georss.org/georss",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}


class _Mistakes:
    """Collects findings about a text, each by its offset; as many as are reported, however many there are."""

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self._source, self._line_ends = "", [0]

    def read(self, source: str) -> None:
        """Take the text that offsets are of from now on."""
        self._source, self._line_ends = source, []

    def add(self, offset: int, code: str, message: str, section: str) -> None:
        """Report what stands at an offset."""
        if len(self.found) >= MOST:
            return
        if not self._line_ends:
            self._line_ends = [-1, *(match.start() for match in _LINE_END.finditer(self._source))]
        line = bisect.bisect_left(self._line_ends, offset)
        self.put(line, offset - self._line_ends[line - 1], code, message, section)

    def put(self, line: int, column: int, code: str, message: str, section: str) -> None:
        """Report what stands at a line and a column, both from 1."""
        if len(self.found) < MOST:
            self.found.append(Finding("error", code, message, line, column, section))


class Mended(NamedTuple):
    """What is wrong with a document, and the document without it; data is None where nothing could be mended."""

    findings: list[Finding]
    data: bytes | None


def feed_links(data: bytes) -> list[str]:
    """Return the addresses of the feeds that an HTML page names in its head, as they are written."""
    links = (link[0] for link in _LINK.finditer(data) if _FEED_TYPE.search(link[0]))
    found = (match[1].decode("utf-8", "replace") for link in links if (match := _HREF.search(link)))
    return [html.unescape(address) for address in dict.fromkeys(found)]


def is_html_page(data: bytes) -> bool:
    """Return True if a document begins as an HTML page."""
    return _HTML_PAGE.match(data.removeprefix(b"\xef\xbb\xbf")[:4096]) is not None


def mend(data: bytes, error: etree.XMLSyntaxError) -> Mended:
    """Explain why a document is not well-formed, and mend it where what was meant is beyond doubt.

    Mended are what stands before the XML declaration, bytes that are not in the encoding, entities of HTML, bare
    ampersands and control characters. Lines stay as they are.
    """
    if is_html_page(data):
        return Mended([_html_page(data)], None)
    if not data.strip():
        return Mended([Finding("error", "empty-document", "is empty", 1, None, _XML)], None)
    mistakes = _Mistakes()
    source = _without_front(_decoded(data, mistakes), mistakes)
    source = _mended_text(source, mistakes)
    if not mistakes.found:
        return Mended([_of_parser(data, error)], None)
    return Mended(mistakes.found, declare_utf8(source).encode("utf-8", "replace"))


def explain(data: bytes, error: etree.XMLSyntaxError) -> Finding:
    """Return the finding about the place at which a parser stopped."""
    return _of_parser(data, error)


def _html_page(data: bytes) -> Finding:
    links = feed_links(data)
    named = f"; it names {', '.join(map(shown, links[:5]))}" if links else "; it names no feed either"
    return Finding("error", "html-page", f"is a page of HTML, not a feed{named}", 1, 1, "RFC 4287, RSS 2.0")


def _around(source: str, start: int, end: int) -> str:
    """Return what stands around a place, on one line."""
    return " ".join(source[max(0, start - 20) : end + 20].split())


# --- bytes and the front ----------------------------------------------------------------------------------------------


def _decoded(data: bytes, mistakes: _Mistakes) -> str:
    """Return the text of a document; what is not in its encoding is taken for windows-1252, and reported."""
    encoding = declared_encoding(data) or "utf-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    try:
        "".encode(encoding)
    except LookupError:
        message = f"names the encoding '{encoding}', which no reader knows; write UTF-8"
        mistakes.put(1, 1, "bad-encoding", message, f"{_XML} 4.3.3")
        encoding = "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    try:
        source = data.decode(encoding, "surrogateescape").removeprefix("\ufeff")
    except UnicodeDecodeError:  # an encoding of units of several bytes, one of which is missing
        mistakes.put(1, 1, "bad-encoding", f"is not {encoding.upper()} throughout", f"{_XML} 4.3.3")
        return data.decode(encoding, "replace").removeprefix("\ufeff")
    mistakes.read(source)
    for match in _UNDECODED.finditer(source):
        first, meant = ord(match[0][0]) - 0xDC00, _as_windows(match)
        message = f"has the byte {first:#04x}, which is not {encoding.upper()}; '{meant[:10]}' in windows-1252?"
        mistakes.add(match.start(), "bad-encoding", message, f"{_XML} 4.3.3")
    return _UNDECODED.sub(_as_windows, source)


def _as_windows(undecoded: re.Match[str]) -> str:
    """Return what bytes that were kept as surrogates stand for in windows-1252."""
    return bytes(ord(byte) - 0xDC00 for byte in undecoded[0]).decode("windows-1252", "replace")


def _without_front(source: str, mistakes: _Mistakes) -> str:
    """Take away what stands before the XML declaration or, without one, the first tag of a feed; lines stay."""
    mistakes.read(source)
    begin = _BEGIN.search(source)
    front = source[: begin.start()] if begin else ""
    if not front or (begin and not begin[0].startswith("<?xml") and not front.strip()):
        return source
    if front.strip():
        message = (
            f"has '{shown(' '.join(front.split()))}' before the feed; a program printed it, often a warning of PHP"
        )
        mistakes.add(len(front) - len(front.lstrip()), "text-before-xml", message, f"{_XML} 2.8")
    else:
        what = "a blank line" if "\n" in front else "a space"
        message = f"has {what} before <?xml; nothing may stand before it"
        mistakes.add(0, "text-before-xml", message, f"{_XML} 2.8")
    # The declaration must be first; the lines that are left out are put behind it.
    rest = source[len(front) :]
    lines = "\n" * front.count("\n")
    end = rest.find("?>") + 2 if rest.startswith("<?xml") else 0
    return rest[:end] + lines + rest[end:]


# --- in the text ------------------------------------------------------------------------------------------------------


def _mended_text(source: str, mistakes: _Mistakes) -> str:
    mistakes.read(source)
    pieces, start = [], 0
    declared = set(re.findall(r"<!ENTITY\s+([\w:.-]+)", source))
    for kept in [*_KEPT.finditer(source), None]:
        end = kept.start() if kept else len(source)
        pieces.append(_mended_piece(source, start, end, declared, mistakes))
        if kept:
            pieces.append(_without_controls(source, kept.start(), kept.end(), mistakes))
            start = kept.end()
    return "".join(pieces)


def _mended_piece(source: str, start: int, end: int, declared: set[str], mistakes: _Mistakes) -> str:
    piece = _without_controls(source, start, end, mistakes)
    if "&" not in piece:
        return piece

    def mended(match: re.Match[str]) -> str:
        place, called = start + match.start(), match["name"]
        if called in _OF_XML or called in declared:
            return match[0]
        if called:
            code, message, instead = _of_entity(called)
        elif match["hex"] or match["decimal"]:
            number = int(match["hex"], 16) if match["hex"] else int(match["decimal"])
            if number < 0x110000 and not 0xD800 <= number < 0xE000 and not _CONTROL.match(chr(number)):
                return match[0]
            message = f"has {match[0]}, a character that XML does not allow; leave it out"
            code, instead = "control-character", ""
        else:
            message = f"has a bare & in '{_around(source, place, place + 1)}'; write &amp;"
            code, instead = "bare-ampersand", "&amp;"
        mistakes.add(place, code, message, f"{_XML} 2.2, 2.4, 4.1")
        return instead

    return _REFERENCE.sub(mended, piece)


def _of_entity(called: str) -> tuple[str, str, str]:
    """Return code, message and replacement for an entity that XML does not have."""
    from html.entities import html5  # two thousand names, which no valid document needs

    character = html5.get(f"{called};")
    if character is None:
        message = f"has &{called};, which is no entity of XML; write &amp;{called}; if & is meant"
        return "bare-ampersand", message, f"&amp;{called};"
    number = "".join(f"&#{ord(part)};" for part in character)
    return "html-entity", f"has the entity &{called};, which HTML has and XML has not; write {number}", number


def _without_controls(source: str, start: int, end: int, mistakes: _Mistakes) -> str:
    piece = source[start:end]
    for match in _CONTROL.finditer(piece):
        message = f"has the control character U+{ord(match[0]):04X}, which XML does not allow; leave it out"
        mistakes.add(start + match.start(), "control-character", message, f"{_XML} 2.2")
    return _CONTROL.sub("", piece)


# --- what a parser says -----------------------------------------------------------------------------------------------

_MISMATCH = re.compile(r"mismatch: (\S+) line (\d+) and ([^\s,]+)")
_UNFINISHED = re.compile(r"in tag (\S+)")
_PREFIX = re.compile(r"prefix (\S+)")


def _of_parser(data: bytes, error: etree.XMLSyntaxError) -> Finding:
    line, column = error.position
    said = error.msg or ""
    code, message, section = _words(error, said, data)
    return Finding("error", code, message, line, column, section)


def _words(error: etree.XMLSyntaxError, said: str, data: bytes) -> tuple[str, str, str]:
    """Return code, message and section for the fault at which a parser stopped (the numbers are those of libxml2)."""
    kind = etree.ErrorTypes
    if match := _MISMATCH.search(said):
        message = f"</{match[3]}> closes <{match[1]}> of line {match[2]}; one of the tags is missing or misspelt"
        return "tag-mismatch", message, f"{_XML} 3"
    if match := _PREFIX.search(said):
        space = _PREFIXES.get(match[1])
        remedy = f'add xmlns:{match[1]}="{space}" to the first element' if space else "declare it on the first element"
        return "undeclared-prefix", f"the prefix '{match[1]}:' is not declared; {remedy}", "Namespaces in XML 5"
    if error.code in (kind.ERR_TAG_NOT_FINISHED, kind.ERR_DOCUMENT_END) and (
        "Premature" in said or "EndTag" in said or "end of" in said.lower()
    ):
        open_tag = _UNFINISHED.search(said)
        where = f"inside of <{open_tag[1]}>" if open_tag else "inside of a tag"
        return "cut-off", f"ends {where}; the document was cut off", f"{_XML} 2.1"
    if data.rfind(b"<") > data.rfind(b">") and b"<" in data.rstrip()[-2000:]:
        return "cut-off", "ends inside of a tag; the document was cut off", f"{_XML} 2.1"
    if error.code in (kind.ERR_ATTRIBUTE_NOT_STARTED, kind.ERR_ATTRIBUTE_WITHOUT_VALUE):
        return "not-well-formed", "an attribute has no value in quotation marks", f"{_XML} 3.1"
    if error.code == kind.ERR_ATTRIBUTE_REDEFINED:
        return "not-well-formed", "a tag has the same attribute twice", f"{_XML} 3.1"
    if error.code == kind.ERR_DOCUMENT_EMPTY or "Start tag expected" in said:
        start = data[:60].decode("utf-8", "replace").strip()
        return "unknown-format", f"is not XML and not JSON, it begins with '{start}'", "RFC 4287, RSS 2.0, JSON Feed"
    lines = data.splitlines()
    line, column = error.position
    here = lines[line - 1][max(0, column - 30) : column + 10].decode("utf-8", "replace") if line <= len(lines) else ""
    if error.code in (kind.ERR_NAME_REQUIRED, kind.ERR_LT_IN_ATTRIBUTE) and "<" in here:
        return "bare-less-than", f"has a bare < in '{here.strip()}'; write &lt;", f"{_XML} 2.4"
    return "not-well-formed", f"is not well-formed XML here: '{here.strip()}'", _XML


# --- the root ---------------------------------------------------------------------------------------------------------

_ROOTS = {
    "urlset": "is a sitemap, not a feed",
    "sitemapindex": "is an index of sitemaps, not a feed",
    "service": "is a service document of the Atom Publishing Protocol, not a feed",
    "categories": "is a category document of the Atom Publishing Protocol, not a feed",
    "Error": "is an error message of a file store, not a feed",
    "channel": 'is a <channel> without <rss version="2.0"> around it',
    "item": "is an <item> without <rss> and <channel> around it",
    "XRDS": "is a discovery document, not a feed",
}


def of_root(root: etree._Element) -> Iterator[Finding]:
    """Yield what a document is whose root is that of no feed."""
    called, space = name(root), str(root.tag)[1:].partition("}")[0] if str(root.tag).startswith("{") else ""
    if called == "feed" and space in ("http://purl.org/atom/ns#", "http://example.com/newformat#"):
        message = "is Atom 0.3, a draft that was withdrawn in 2005; write Atom 1.0 (RFC 4287)"
        yield finding(root, "error", "former-format", message, "RFC 4287")
    elif called in ("feed", "entry") and (not space or _is_near_atom(space)):
        stated = f"is of the namespace '{shown(space)}'" if space else "has no namespace"
        message = f'<{called}> {stated}; write xmlns="{_ATOM}"'
        yield finding(root, "error", "misspelt-namespace", message, "RFC 4287 1.2, 2")
    elif called == "rss" and space:
        message = f"<rss> is of the namespace '{shown(space)}'; the elements of RSS have none"
        yield finding(root, "error", "misspelt-namespace", message, "RSS 2.0, extending RSS")
    elif called.lower() in ("rss", "rdf", "opml", "feed") and called not in ("rss", "opml", "feed"):
        message = f"<{called}> is written with other letters; names of XML differ by case, write <{called.lower()}>"
        yield finding(root, "error", "unknown-format", message, "RSS 2.0, XML 1.0 3.1")
    elif called.lower() in ("html", "head", "body"):
        yield finding(root, "error", "html-page", "is a page of XHTML, not a feed", "RFC 4287, RSS 2.0")
    else:
        message = _ROOTS.get(called, f"root element <{called}> is of no Atom feed or entry, RSS feed or OPML list")
        yield finding(root, "error", "unknown-format", message, "RFC 4287 4.1, RSS 2.0")


def _is_near_atom(space: str) -> bool:
    return meant_namespace(space) == _ATOM or (space not in MODULES and "atom" in space.lower())


def doctype(root: etree._Element) -> Iterator[Finding]:
    """Report the document types of RSS 0.91, whose files are gone; a parser that fetches them fails."""
    stated = root.getroottree().docinfo.system_url or ""
    if re.search(r"netscape\.com/publish/formats/rss-0\.91|/rss-0\.91\.dtd", stated, re.IGNORECASE):
        message = f"names the document type '{shown(stated)}', which is gone; leave <!DOCTYPE> out"
        yield finding(root, "error", "dead-doctype", message, "RSS 0.91")
