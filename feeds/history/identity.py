"""When a listed item is an entry that is already known, and what a new one is called. Pure: no SQL, no clock.

An id is minted once, stored, and never made again from the title, the link or the date, so all of these may change.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

SIMILAR_TITLE = 0.85  # of difflib's ratio: a corrected title, when the text is alike too
SIMILAR_TEXT = 0.5  # likewise, over words
SAME_TEXT_TITLE = 0.5  # a re-written title over an unchanged text
_COMPARED = 400  # words of the texts, from the start: the time taken grows with their square
_SLUG_LONGEST = 60
_NUMBER = re.compile(r"\d+")
# Names that Windows keeps for devices, with any ending: a partner may copy the folder there.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)\d)$")
_SPELLINGS = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—―", "''''" + '""""""' + "------")


class Known(NamedTuple):
    """What identity is decided on, of a stored entry or a listed item."""

    date: dt.date
    title: str
    text: str


def title_key(title: str) -> str:
    """The title without what an editor changes by the way: case, kinds of quotes and dashes, spacing.

    >>> title_key("“Sanctions”  List grows") == title_key('"SANCTIONS" list grows')
    True
    """
    return " ".join(unicodedata.normalize("NFC", title).translate(_SPELLINGS).casefold().split())


def content_digest(title: str, text: str, link: str) -> bytes:
    """What decides whether a listed entry was modified (RFC 4287 4.2.15): title, text and link, not tags or dates."""
    return hashlib.blake2b("\0".join((title, text, link)).encode(), digest_size=16).digest()


def is_similar(stored: Known, listed: Known) -> bool:
    """Whether two items of one source and the same date are one item with a corrected title.

    Numbers must agree unless the text is the same: report 12 is not report 13.
    """
    keys = title_key(stored.title), title_key(listed.title)
    titles = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    if stored.text == listed.text and stored.text:
        return _reaches(titles, SAME_TEXT_TITLE)
    numbers = [_NUMBER.findall(key) for key in keys]
    if numbers[0] != numbers[1] or not _reaches(titles, SIMILAR_TITLE):
        return False
    if not stored.text or not listed.text:
        return True
    before, after = (text.split(maxsplit=_COMPARED)[:_COMPARED] for text in (stored.text, listed.text))
    return _reaches(difflib.SequenceMatcher(None, before, after, autojunk=False), SIMILAR_TEXT)


def _reaches(matcher: difflib.SequenceMatcher[str], ratio: float) -> bool:
    """Whether the ratio is reached; the cheap upper bounds are asked first, for a run may compare many pairs."""
    return matcher.real_quick_ratio() >= ratio and matcher.quick_ratio() >= ratio and matcher.ratio() >= ratio


def is_redated(stored: Known, listed: Known, oldest: dt.date, newest: dt.date) -> bool:
    """Whether two items of one source with the same title are one item with a corrected date.

    The text must be the same, and the old date must lie within what the listing still shows: there the item would
    still be listed if it were another one. What rolled off the listing may well come again with a new date.
    """
    return stored.text == listed.text and oldest <= stored.date <= newest


def slug(title: str) -> str:
    """A short name for an address: lower-case ASCII letters, digits and dashes, never empty.

    A title that has little to say in ASCII is named by a digest, which is stable where a transliteration table is not.

    >>> slug("Costa Rica: IOM and the Municipality of Mora")
    'costa-rica-iom-and-the-municipality-of-mora'
    """
    plain = unicodedata.normalize("NFKD", title.replace("’", "").replace("'", "")).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    name = "-".join(words)
    if len(name) > _SLUG_LONGEST:
        name = name[: _SLUG_LONGEST + 1].rsplit("-", 1)[0][:_SLUG_LONGEST]
    meant = sum(character.isalnum() for character in title)
    if sum(map(len, words)) * 2 < meant or not name or _DEVICES.match(name):
        return "item-" + hashlib.blake2b(title.encode(), digest_size=4).hexdigest()
    return name


def work_keys(
    identifier: str, link: str, language: str, translations: Iterable[str], declared: Iterable[tuple[str, ...]]
) -> set[str]:
    """What an entry has in common with its translations: two entries of different languages that share one are one
    work.

    Args:
        translations: the addresses that its source states for other languages.
        declared: sets of ids and links that somebody states to be one work.
    """
    keys = {link, *translations, f"{STEM}{stem(link, language)}" if link else ""}
    keys |= {f"={one[0]}" for one in declared if identifier in one or (link and link in one)}
    return keys - {"", STEM}


STEM = "~"  # what a key begins with that is no address, but what is left of one


def stem(link: str, language: str) -> str:
    """A link without what its language says of itself in it, "" where little is left; a host without www.

    >>> stem("https://example.org/es/news/panama", "es") == stem("https://www.example.org/news/panama", "en")
    True
    >>> stem("https://es.example.org/news?lang=es&id=7", "es-PA")
    'example.org/news?id=7'
    """
    parts = urlsplit(link)
    names = {language.lower(), language.lower().replace("-", "_"), language.split("-")[0].lower()}
    host = parts.netloc.lower().split(".")
    if len(host) > 2 and host[0] in {*names, "www"}:
        host = host[1:]
    path = [segment for segment in parts.path.split("/") if segment and segment.lower() not in names]
    if path and (named := _NAMED.search(path[-1])) and named[1].lower() in names:  # report.es.html, report-es
        path[-1] = path[-1][: named.start()] + path[-1][named.end(1) :]
    query = [
        pair
        for pair in parts.query.split("&")
        if pair and not (pair.partition("=")[0].lower() in _SPOKEN and pair.partition("=")[2].lower() in names)
    ]
    if not path:
        return ""
    return "/".join((".".join(host), *path)) + ("?" + "&".join(query) if query else "")


_NAMED = re.compile(r"[._-]([A-Za-z]{2,3}(?:[_-][A-Za-z]{2})?)(?=\.[a-z]{3,5}$|$)")
_SPOKEN = ("lang", "language", "hl", "locale", "l", "idioma", "langue", "sprache")


def tag_uri(authority: str, year: int, specific: str) -> str:
    """A tag URI (RFC 4151).

    >>> tag_uri("example.org", 2026, "news/2017-07-28/panama")
    'tag:example.org,2026:news/2017-07-28/panama'
    """
    return f"tag:{authority},{year}:{specific}"
