"""When an observed item is a stored entry, and what a new entry is called. Pure: no SQL, no clock.

An id is minted once, stored, and never made again from the title, the link or the date, so all of these may change.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

SIMILAR_TITLE = 0.85  # of difflib's ratio: a corrected title, when the text is alike too
SIMILAR_TEXT = 0.5  # likewise, over words
SAME_TEXT_TITLE = 0.5  # a re-written title over an unchanged text
SURELY_SIMILAR_TEXT = 0.75  # likewise, where a guid or a link speaks against it
MARGIN = 0.03  # by how much the most similar of several must be more so than the next: else none is taken
LONG_TEXT = 50  # characters that two items of one date do not share by chance; "Read more" is shorter
_FEW = 50  # items, each of which is compared with each of as many entries; of more, with those near its place
_COMPARED = 400  # words of the texts, from the start: the time taken grows with their square
_SLUG_LONGEST = 60
_NUMBER = re.compile(r"\d+")
# Names that Windows keeps for devices, with any ending: a partner may copy the folder there.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)\d)$")
_SPELLINGS = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—―", "''''" + '""""""' + "------")


class Known(NamedTuple):
    """What identity is decided by, for a stored entry or an observed item."""

    date: dt.date
    title: str
    text: str


def title_key(title: str) -> str:
    """Fold a title to compare it: case, spacing, and the kinds of quotes and dashes do not count.

    >>> title_key("“Sanctions”  List grows") == title_key('"SANCTIONS" list grows')
    True
    """
    return " ".join(unicodedata.normalize("NFC", title).translate(_SPELLINGS).casefold().split())


def content_digest(title: str, text: str, link: str) -> bytes:
    """Digest title, text and link: an entry whose digest changes was modified (RFC 4287 4.2.15)."""
    return hashlib.blake2b("\0".join((title, text, link)).encode(), digest_size=16).digest()


def text_digest(text: str) -> bytes:
    """Digest a text, to compare it with others."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


day = lru_cache(maxsize=512)(dt.date.fromisoformat)


def likeness(stored: Known, observed: Known) -> float:
    """Return how likely two items of one source and date are one item with a corrected title, 0 to 1.

    Numbers must agree unless the text is the same: report 12 is not report 13. A title that was cut off, with no more
    of a text than the item has now, is the item as an unfinished upload had it.
    """
    keys = title_key(stored.title), title_key(observed.title)
    have_same_numbers = _NUMBER.findall(keys[0]) == _NUMBER.findall(keys[1])
    if have_same_numbers and keys[1].startswith(keys[0]) and _is_beginning(stored.text, observed.text):
        return 1.0
    titles = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    if stored.text == observed.text and stored.text:
        return _ratio(titles, SAME_TEXT_TITLE)
    found = _title_likeness(*keys)
    if not found or not stored.text or not observed.text:
        return found
    return found if texts_alike(stored.text, observed.text) else 0.0


def titles_alike(stored: str, observed: str) -> bool:
    """Return True if two titles are the same or one is a correction of the other."""
    return bool(_title_likeness(title_key(stored), title_key(observed)))


def _title_likeness(stored: str, observed: str) -> float:
    """Return the similarity of two folded titles, 0 if it is too low or their numbers differ."""
    if stored == observed:
        return 1.0
    if _NUMBER.findall(stored) != _NUMBER.findall(observed):
        return 0.0
    return _ratio(difflib.SequenceMatcher(None, stored, observed, autojunk=False), SIMILAR_TITLE)


def is_same_title_and_date(stored: Known, observed: Known) -> bool:
    """Return True if two sources list the same title with dates at most a day apart (time zones)."""
    return title_key(stored.title) == title_key(observed.title) and abs((stored.date - observed.date).days) <= 1


def is_same_elsewhere(stored: Known, observed: Known) -> bool:
    """Return True if items of two sources with the same link are one: title, date or text must agree too.

    A source may state its days in another time zone, so dates may differ by one.
    """
    return (
        abs((stored.date - observed.date).days) <= 1
        or titles_alike(stored.title, observed.title)
        or bool(texts_alike(stored.text, observed.text))
    )


def _is_beginning(stored: str, observed: str) -> bool:
    """Return True if the observed text is the stored one with something added at its end."""
    return observed.startswith(stored) and len(stored) < len(observed)


def is_part(one: str, other: str) -> bool:
    """Return True if one text is the beginning of the other, as a teaser is, or is empty.

    >>> is_part("The bridge is ...", "The bridge is open.")
    True
    """
    beginnings = sorted((_TEASER_END.sub("", text) for text in (one, other)), key=len)
    return beginnings[1].startswith(beginnings[0])


_TEASER_END = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")


def texts_alike(stored: str, observed: str) -> float:
    """Return the similarity of two texts by their words, 0 if it is too low or one is empty."""
    before, after = (text.split(maxsplit=_COMPARED)[:_COMPARED] for text in (stored, observed))
    if not before or not after:
        return 0.0
    return _ratio(difflib.SequenceMatcher(None, before, after, autojunk=False), SIMILAR_TEXT)


def _ratio(matcher: difflib.SequenceMatcher[str], least: float) -> float:
    """Return the ratio, 0 if it is below the minimum; the cheap upper bounds are computed first."""
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    found = matcher.ratio()
    return found if found >= least else 0.0


def link_key(link: str) -> str:
    """Fold a link to compare it: the scheme, www., a slash at the end and tracking parameters do not count.

    >>> link_key("http://www.example.org/a/?utm_source=x") == link_key("https://example.org/a")
    True
    >>> link_key("https://example.org/a?id=1#b")
    'example.org/a?id=1#b'
    """
    try:
        parts = urlsplit(link)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return link
    if not parts.hostname:
        return link
    host = parts.hostname.lower().removeprefix("www.") + port
    pairs = [pair for pair in parts.query.split("&") if pair and not _TRACKING.match(pair)]
    query = "?" + "&".join(pairs) if pairs else ""
    return f"{host}{parts.path.rstrip('/')}{query}{'#' if parts.fragment else ''}{parts.fragment}"


# Parameters that tell where a reader came from, and nothing of the page.
_TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|"
    r"_ga|_gl|_hsenc|_hsmi|mkt_tok)(?:=|$)",
    re.IGNORECASE,
)


class Facts(NamedTuple):
    """What agrees between a stored entry and an observed item that share a key (a guid or a link)."""

    same_title: bool
    same_date: bool
    same_text: bool  # and not empty
    alike_text: bool  # at least similar, or one of them is empty


def agrees(key: str, facts: Facts) -> str:
    """Return the word for what agrees besides the key; "" if the key was reused for another item.

    A guid is a promise of who an item is; a link is a place, and the weekly report may always be at the same one: there
    the same title under another date is believed only with a text that is alike.

    Args:
        key: "guid" or "link".
    """
    if facts.same_title and (facts.same_date or facts.same_text or facts.alike_text or key == "guid"):
        return "title"
    if facts.same_text:
        return "text"
    return "date" if facts.same_date else ""


def is_cut(stored: Known, observed: Known) -> bool:
    """Return True if an item looks like a stored one whose upload was cut off in its title or text."""
    if observed.title != stored.title:
        return not observed.text and stored.title.startswith(observed.title)
    text = observed.text.rstrip()
    return text != stored.text and stored.text.startswith(text) and not text.endswith(_SENTENCE_ENDS)


_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।", "”", '"', "»", ")")


_Item = TypeVar("_Item")
_Entry = TypeVar("_Entry")


def equal_pairs(
    items: Sequence[_Item], entries: Sequence[_Entry], key: Callable[[Any], object], unique: bool = False
) -> Iterator[tuple[_Item, _Entry]]:
    """Yield items and entries with equal keys, one to one: the lowest item of a listing (the newest is on top) with the
    oldest entry.

    Args:
        entries: in the order in which they came.
        unique: a key that several items or several entries have tells nothing.
    """
    by_key: dict[object, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_key[key(entry)].append(entry)
    of_items: dict[object, list[_Item]] = defaultdict(list)
    for item in reversed(items):
        of_items[key(item)].append(item)
    for found, of_key in of_items.items():
        if not unique or len(of_key) == len(by_key[found]) == 1:
            yield from zip(of_key, by_key[found], strict=False)


def alike_pairs(
    items: Sequence[_Item], entries: Sequence[_Entry], score: Callable[[_Item, _Entry], float], margin: float
) -> Iterator[tuple[_Item, _Entry]]:
    """Yield similar items and entries, one to one, the most similar first; ambiguous pairs are left out.

    Where there are many, each item is compared with the entries near its place: the time grows with their number.
    """
    upwards = items[::-1]  # the newest item stands on top, and entries are in the order in which they came
    pairs = _scored(upwards, entries, score)
    pairs.sort(key=lambda pair: (-pair.likeness, pair.item, pair.entry))
    of_item: dict[int, list[_Scored]] = defaultdict(list)
    of_entry: dict[int, list[_Scored]] = defaultdict(list)
    for pair in pairs:
        of_item[pair.item].append(pair)
        of_entry[pair.entry].append(pair)
    taken_items: set[int] = set()
    taken_entries: set[int] = set()
    for pair in pairs:
        if pair.item in taken_items or pair.entry in taken_entries:
            continue
        rivals = [other for other in of_item[pair.item] if other.entry not in taken_entries and other != pair]
        rivals += [other for other in of_entry[pair.entry] if other.item not in taken_items and other != pair]
        if margin and any(pair.likeness - rival.likeness < margin for rival in rivals):
            continue
        taken_items.add(pair.item)
        taken_entries.add(pair.entry)
        yield upwards[pair.item], entries[pair.entry]


class _Scored(NamedTuple):
    """The similarity of an item and an entry, given by their indices."""

    likeness: float
    item: int
    entry: int


def _scored(
    items: Sequence[_Item], entries: Sequence[_Entry], score: Callable[[_Item, _Entry], float]
) -> list[_Scored]:
    """Return the pairs with a similarity above 0; in long lists only indices near each other are compared."""
    pairs = []
    for place, item in enumerate(items):
        near = range(len(entries))
        if len(items) > _FEW or len(entries) > _FEW:
            middle = place * len(entries) // len(items)
            near = range(max(0, middle - _FEW // 2), min(len(entries), middle + _FEW // 2))
        pairs += [_Scored(likeness, place, number) for number in near if (likeness := score(item, entries[number]))]
    return pairs


def slug(title: str) -> str:
    """Return a short name for an address: lower-case ASCII letters, digits and dashes, never empty.

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


def translation_keys(
    identifier: str, link: str, language: str, alternates: Iterable[str], declared: Iterable[tuple[str, ...]]
) -> set[str]:
    """Return the keys that an entry shares with its translations: entries in different languages with a common key are
    translations of each other.

    Args:
        alternates: the addresses that its source states for other languages.
        declared: sets of ids and links that feeds.toml states to be translations of each other.
    """
    keys = {link, *alternates, f"{STEM}{stem(link, language)}" if link else ""}
    keys |= {f"={names[0]}" for names in declared if identifier in names or (link and link in names)}
    return keys - {"", STEM}


STEM = "~"  # what a key begins with that is no address, but what is left of one


def stem(link: str, language: str) -> str:
    """Return a link without its language parts and www., "" if nothing else is left.

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
    if not path:
        return ""
    path[-1] = _without_language(path[-1], names)
    query = [pair for pair in parts.query.split("&") if pair and not _states_language(pair, names)]
    return "/".join((".".join(host), *path)) + ("?" + "&".join(query) if query else "")


def _without_language(name: str, languages: set[str]) -> str:
    """Remove the language from a file name: report.es.html, report-es."""
    found = _NAMED.search(name)
    if not found or found[1].lower() not in languages:
        return name
    return name[: found.start()] + name[found.end(1) :]


def _states_language(pair: str, languages: set[str]) -> bool:
    key, _, value = pair.partition("=")
    return key.lower() in _SPOKEN and value.lower() in languages


_NAMED = re.compile(r"[._-]([A-Za-z]{2,3}(?:[_-][A-Za-z]{2})?)(?=\.[a-z]{3,5}$|$)")
_SPOKEN = ("lang", "language", "hl", "locale", "l", "idioma", "langue", "sprache")


def tag_uri(authority: str, year: int, specific: str) -> str:
    """Return a tag URI (RFC 4151).

    >>> tag_uri("example.org", 2026, "news/2017-07-28/panama")
    'tag:example.org,2026:news/2017-07-28/panama'
    """
    return f"tag:{authority},{year}:{specific}"
