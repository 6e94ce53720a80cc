"""Advice about a feed that is valid or nearly so: what readers remove, show wrongly or sort wrongly. Warnings only.

The rules of the formats decide whether a feed is valid; nothing here does. Each function takes an element and says what
there is to say; the tables at the end tell where each applies. Texts and entries have modules of their own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml import etree

from feeds.model import Finding
from feeds.validation import advice_entries, advice_texts, values
from feeds.validation.atom import NS
from feeds.validation.findings import MOST, Advisor, label, warning
from feeds.validation.modules import meant_namespace

LARGE = 2 * 1024 * 1024  # bytes; readers on servers stop at one or two million
# The Web is of 1990; nothing was published in a feed before.
_FIRST_YEAR = "1990"
# Without a clock a date is in the future where no publisher could mean it.
_LAST_YEAR = 2050
_AHEAD = dt.timedelta(days=1)  # an embargo that is stated in another zone, a clock that is wrong by hours
_XHTML = "{http://www.w3.org/1999/xhtml}"
_DC, _DCTERMS = "{http://purl.org/dc/elements/1.1/}", "{http://purl.org/dc/terms/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"


def advisors(root: etree._Element, now: dt.datetime | None = None) -> dict[str, Advisor]:
    """Return what gives advice about the elements of a feed, by their full names.

    Args:
        root: of an Atom feed or entry or an RSS feed.
        now: what dates of the future are compared with; without it only those that are far off are found.
    """
    latest = (now or dt.datetime(_LAST_YEAR, 1, 1, tzinfo=dt.UTC)) + _AHEAD
    of_date = _date_advisor(latest)
    return {**(_OF_ATOM if str(root.tag).startswith(NS) else _OF_RSS), **dict.fromkeys(_DATES, of_date)}


def of_document(root: etree._Element, data: bytes) -> list[Finding]:
    """Return advice about a document as a whole: its size, its prefixes, characters that were decoded wrongly.

    Args:
        data: the document as it was read.
    """
    found: list[Finding] = []
    if len(data) > LARGE:
        message = f"has {len(data)} bytes; some readers stop at {LARGE}, keep the newest entries and archive the others"
        found.append(warning(root, "large-document", message, "RFC 5005 4"))
    if root.prefix and str(root.tag).startswith(NS):
        message = f"writes Atom with the prefix '{root.prefix}'; old readers know the names without one only"
        found.append(warning(root, "prefixed-names", message, "Namespaces in XML 6.2"))
    if not str(root.tag).endswith("}RDF"):  # RSS 1.0 has prefixes by its own custom
        found += _prefixes(root)
    version = root.get("version", "")
    if root.tag == "rss" and version.startswith("0.9"):
        message = f"is RSS {version}; write 2.0, which every reader takes and which has guids"
        found.append(warning(root, "former-format", message, "RSS 2.0 <rss>"))
    encoding = (root.getroottree().docinfo.encoding or "utf-8").lower()
    if not _USUAL_ENCODING.fullmatch(encoding):
        message = f"is in the encoding '{encoding}'; write UTF-8, which every reader knows"
        found.append(warning(root, "unusual-encoding", message, "XML 1.0 4.3.3"))
    if not data.isascii() or b"&#" in data:
        found += islice(_bad_characters(root, data), MOST)
    return found


# --- the document -----------------------------------------------------------------------------------------------------

_BAD_CHARACTERS = re.compile("[\x80-\x9f\ufffd]")
# What UTF-8 looks like that was read as windows-1252: a letter or a quotation mark in two or three.
_MOJIBAKE = re.compile(
    "[ÂÃ][\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d]|â€|Ð[\u0090-\u00bf]Ñ"
)


# Every parser of XML knows the first three; the others are those of languages whose feeds readers are tested with.
_USUAL_ENCODING = re.compile(
    r"utf-8|utf-16(?:le|be)?|us-ascii|ascii|iso-8859-\d+|windows-12\d\d|koi8-[ru]|shift_jis|euc-(?:jp|kr)|"
    r"iso-2022-jp|gb2312|gbk|gb18030|big5"
)
# What a prefix stands for by custom; programs that look for the prefix alone find nothing under another.
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "http://www.georss.org/georss": "georss",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://backend.userland.com/creativeCommonsRssModule": "creativeCommons",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://purl.org/syndication/history/1.0": "fh",
}


def _prefixes(root: etree._Element) -> Iterator[Finding]:
    for prefix, space in root.nsmap.items():
        usual = _PREFIXES.get(space)
        if prefix is not None and usual is not None and prefix.lower() != usual.lower():
            message = f"writes '{prefix}:' for '{space}'; programs that do not look at namespaces know '{usual}:' only"
            yield warning(root, "unusual-prefix", message, "Namespaces in XML 6.1")
        elif prefix in _PREFIXES.values() and usual is None and not meant_namespace(space):
            message = f"writes '{prefix}:' for '{space}'; programs that do not look at namespaces take it for another"
            yield warning(root, "unusual-prefix", message, "Namespaces in XML 6.1")


# The same in the bytes of UTF-8, and references to C1: whatever has none of these needs no walk.
_SUSPICIOUS = re.compile(
    b"\xc2[\x80-\x9f]|\xef\xbf\xbd|\xc3[\x82\x83\xa2\x90]|&#(?:1[2-5]\\d|x[89]\\w|65533|xfffd);", re.I
)


def _bad_characters(root: etree._Element, data: bytes) -> Iterator[Finding]:
    encoding = (root.getroottree().docinfo.encoding or "utf-8").lower()
    if encoding in ("utf-8", "us-ascii") and not _SUSPICIOUS.search(data):
        return
    for element in root.iter("*"):
        content = element.text or ""
        if not content.isascii() and (message := _characters(content)):
            yield warning(element, "bad-characters", f"<{label(element)}> {message}", "XML 1.0 2.2")
        for key, stated in element.items():
            if not str(stated).isascii() and (message := _characters(str(stated))):
                message = f"{str(key).rpartition('}')[2]} of <{label(element)}> {message}"
                yield warning(element, "bad-characters", message, "XML 1.0 2.2")


def _characters(content: str) -> str:
    if match := _BAD_CHARACTERS.search(content):
        around = content[max(0, match.start() - 10) : match.end() + 10].strip()
        what = (
            "the sign of a lost character" if match[0] == "\ufffd" else f"the control character U+{ord(match[0]):04X}"
        )
        return f"has {what} in '{around}'; the text was decoded wrongly before"
    if match := _MOJIBAKE.search(content):
        around = content[max(0, match.start() - 10) : match.end() + 10].strip()
        return f"has '{around}', which looks like UTF-8 that was read as windows-1252"
    return ""


# --- dates ------------------------------------------------------------------------------------------------------------

_DATES = (NS + "updated", NS + "published", "pubDate", "lastBuildDate", _DC + "date", _DCTERMS + "modified")
_USUAL_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"\d\d:\d\d(?::\d\d)? (?:GMT|UT|Z|[ECMP][SD]T|[+-]\d\d(?:[03]0|[14]5))"
)


def _date_advisor(latest: dt.datetime) -> Advisor:
    """Make the advisor of dates, which compares them with a moment."""
    last_day, last_year = latest.date().isoformat(), str(latest.year)

    def advise(element: etree._Element) -> Iterable[Finding]:
        stated = (element.text or "").strip()
        if stated[4:5] == "-":
            return () if stated[:4] >= _FIRST_YEAR and stated[:10] < last_day else _date(element, stated, latest)
        usual = _USUAL_RFC822.fullmatch(stated)
        return () if usual and _FIRST_YEAR <= usual[1] < last_year else _date(element, stated, latest)

    return advise


def _date(element: etree._Element, stated: str, latest: dt.datetime) -> Iterator[Finding]:
    moment = values.moment(stated)
    if moment is None:
        return  # which the rules say
    if moment > latest:
        message = f"<{label(element)}> is '{stated}', in the future; readers keep the entry on top until then"
        yield warning(element, "implausible-date", message, "RFC 4287 4.2.15, RSS 2.0 <pubDate>")
    elif moment.year < int(_FIRST_YEAR):
        message = f"<{label(element)}> is '{stated}', before there were feeds; readers may drop the entry"
        yield warning(element, "implausible-date", message, "RFC 4287 4.2.15, RSS 2.0 <pubDate>")
    if ":" in stated and element.tag in ("pubDate", "lastBuildDate") and not _USUAL_RFC822.fullmatch(stated):
        message = f"<{label(element)}> is '{stated}'; write Fri, 28 Jul 2017 10:00:00 +0000, which all readers parse"
        yield warning(element, "unusual-date", message, "RSS profile, dates")


# --- where each applies -----------------------------------------------------------------------------------------------

_PLAIN_OF_DC = dict.fromkeys(
    (f"{_DC}{called}" for called in ("title", "creator", "subject", "rights")), advice_texts.plain
)
_OF_MEDIA: dict[str, Advisor] = {
    f"{_MEDIA}title": advice_texts.media_text,
    f"{_MEDIA}description": advice_texts.media_text,
    f"{_MEDIA}text": advice_texts.media_text,
}
_OF_ITUNES = dict.fromkeys(
    (f"{_ITUNES}{called}" for called in ("author", "title", "subtitle", "summary", "keywords")), advice_texts.plain
)
_OF_FEEDBURNER = {"{http://rssnamespace.org/feedburner/ext/1.0}browserFriendly": advice_texts.plain}
_SHARED: dict[str, Advisor] = {
    **_PLAIN_OF_DC,
    **_OF_MEDIA,
    **_OF_ITUNES,
    **_OF_FEEDBURNER,
    _CONTENT: advice_texts.markup,
}
_OF_ATOM: dict[str, Advisor] = {
    **_SHARED,
    **{f"{NS}{called}": advice_texts.atom_text for called in ("title", "subtitle", "summary", "rights", "content")},
    f"{NS}feed": advice_entries.atom_feed,
    f"{NS}entry": advice_entries.atom_entry,
    f"{NS}name": advice_texts.person_name,
    f"{NS}generator": advice_entries.generator,
    f"{NS}link": advice_entries.atom_link,
    f"{NS}category": advice_entries.category,
    f"{NS}id": advice_entries.atom_id,
}
_OF_RSS: dict[str, Advisor] = {
    **_SHARED,
    "channel": advice_entries.channel,
    "item": advice_entries.item,
    "title": advice_texts.rss_title,
    "description": advice_texts.description,
    "guid": advice_entries.guid,
    "hour": advice_entries.hour,
    **dict.fromkeys(("category", "copyright", "generator", "source", "name"), advice_texts.plain),
    **dict.fromkeys(("author", "managingEditor", "webMaster"), advice_entries.contact),
    f"{NS}link": advice_entries.atom_link,
}
