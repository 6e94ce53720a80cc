"""What a value in feeds.toml may be: table -> key -> check, each with the words for what was expected."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from feeds.config.contrast import LEAST_CONTRAST, contrast_with_white
from feeds.config.intervals import check_interval
from feeds.config.kinds import KINDS
from feeds.config.patterns import check_pattern
from feeds.config.values import AUTO, KEEP, PICTURES, RSS_PICTURES
from feeds.model import FACETS, FEED_PATHS, FORMATS, TAGS

# A check -> what JSON Schema says of the same values; nothing where it cannot say it.
SCHEMAS: dict[Callable[[Any], Any], dict[str, Any]] = {}
_STRING: dict[str, Any] = {"type": "string"}
_STRINGS: dict[str, Any] = {"type": "array", "items": _STRING}


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value.strip()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    SCHEMAS[check] = {"type": "integer", "minimum": low, "maximum": high}
    return check


def _matching(pattern: str, expected: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(expected)
        return value

    SCHEMAS[check] = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return check


def _one_of(*values: str) -> Callable[[Any], str]:
    words = ", ".join(values)
    check = _matching("|".join(values), f"one of {words}" if len(values) > 3 else _either(values))
    SCHEMAS[check] = {"enum": list(values)}
    return check


def _either(values: tuple[str, ...]) -> str:
    """Return two or three values as a message names them: 'a', 'b' or 'c'."""
    *front, last = (f"'{value}'" for value in values)
    return f"{', '.join(front)} or {last}"


def _base_url(value: Any) -> str:
    is_plain = isinstance(value, str) and value.isascii() and not re.search(r'[\s<>"{}|\\^`?#]', value)
    if not is_plain or not _is_web_address(value):
        raise ValueError("an absolute address in ASCII like 'https://example.org/feeds/'")
    return str(value if value.endswith("/") else value + "/")


def _is_web_address(value: str) -> bool:
    """Return True for an http or https address with a host and without a user's name."""
    try:
        parts = urlsplit(value)
        is_port_valid = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and is_port_valid


def _address(value: Any) -> str:
    if not isinstance(value, str) or urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
        raise ValueError("an absolute address like 'https://example.org/news/'")
    return value


def _article(value: Any) -> tuple[tuple[str, str], ...] | None:
    if isinstance(value, bool):
        return () if value else None
    try:
        return _map(ARTICLE_PARTS)(value)
    except ValueError as error:
        raise ValueError(f"true, or {error}") from None


def _proxy(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    is_named = isinstance(value, str) and re.fullmatch(r"\$\{?[A-Za-z_]\w*\}?", value)
    if not is_named and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/")):
        raise ValueError("the address of an HTTP proxy like 'http://proxy.example.org:3128', or '$HTTPS_PROXY'")
    return str(value)


def _webhook(value: Any) -> str:
    is_named = isinstance(value, str) and re.fullmatch(r"\$\{?[A-Za-z_]\w*\}?", value)
    return str(value) if is_named else _address(value)


def _command(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
        raise ValueError("a program and its arguments, as a list like ['python3', 'news.py']")
    return tuple(value)


def _header_text(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", value):
        raise ValueError("a text in ASCII, as a header may have it")
    return value


_OWN_HEADERS = ("host", "content-length", "transfer-encoding", "connection", "accept-encoding", "range", "te")


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    token = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # RFC 9110 5.6.2
    if not isinstance(value, dict) or not all(re.fullmatch(token, name) for name in value):
        raise ValueError("headers and their values like { 'X-Api-Key' = '$NEWS_KEY' }")
    if own := [name for name in value if name.lower() in _OWN_HEADERS]:
        raise ValueError(f"no '{own[0]}', which this program sets itself")
    return tuple((name, _header_text(stated)) for name, stated in value.items())


def _day(value: Any) -> str:
    try:
        return (value if isinstance(value, dt.date) else dt.date.fromisoformat(value)).strftime("%Y-%m-%d")
    except (TypeError, ValueError):
        raise ValueError("a date like 2026-11-21") from None


def _as_of(value: Any) -> dt.date | str:
    if value == "now" or isinstance(value, dt.date):
        return value  # type: ignore[no-any-return]
    raise ValueError("a date like 2026-11-21, without quotes, or 'now'")


def _map(keys: tuple[str, ...], required: str = "") -> Callable[[Any], tuple[tuple[str, str], ...]]:
    def check(value: Any) -> tuple[tuple[str, str], ...]:
        is_map = isinstance(value, dict) and all(isinstance(text, str) and text.strip() for text in value.values())
        if not is_map or not value or set(value) - set(keys) or (required and required not in value):
            needs = f", '{required}' among them" if required else ""
            raise ValueError(f"a table of texts with keys of {', '.join(keys)}{needs}")
        return tuple(value.items())

    SCHEMAS[check] = {
        "type": "object",
        "properties": dict.fromkeys(keys, _STRING),
        "additionalProperties": False,
        **({"required": [required]} if required else {}),
    }
    return check


def _categories(value: Any) -> tuple[tuple[str, str], ...]:
    if value == KEEP:
        value = {"*": KEEP}
    pattern = re.compile(rf"(?:{'|'.join(TAGS)})/[A-Za-z0-9-]+|{KEEP}|")
    if not isinstance(value, dict) or not all(
        isinstance(meant, str) and pattern.fullmatch(meant) for meant in value.values()
    ):
        raise ValueError(
            "'keep', or a table like { 'Migración' = 'topics/migration', 'Varios' = '', 'Actas' = 'keep' }"
        )
    return tuple((stated.casefold(), meant.lower()) for stated, meant in value.items())


def _timezone(value: Any) -> str:
    try:
        return zoneinfo.ZoneInfo(value).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ValueError("the name of a time zone like 'America/Panama'") from None


def _encoding(value: Any) -> str:
    try:
        "x".encode(value)
    except (LookupError, TypeError, ValueError):
        raise ValueError("the name of a character encoding like 'cp1252'") from None
    return str(value)


def _terms(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(term, str) and term for term in value):
        raise ValueError("a list of codes like ['pa', 'cr'], empty for none")
    return tuple(dict.fromkeys(term.lower() for term in value))


def _several(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(set(map(str, value))) < 2 or not all(isinstance(name, str) for name in value):
        raise ValueError("a list of two or more ids or links of entries")
    return tuple(dict.fromkeys(value))


def _pairs(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(pair, str) and re.fullmatch("[a-z]{2}/[a-z0-9-]+", pair) for pair in value
    ):
        raise ValueError("a list of countries with topics like ['hn/children-youth']")
    return tuple(value)


def _paths(value: Any) -> tuple[str, ...]:
    pattern = rf"(?:{'|'.join(TAGS)})/[a-z0-9-]+"
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(path, str) and re.fullmatch(pattern, path) for path in value)
    ):
        raise ValueError("a list of categories like ['countries/hn', 'topics/children-youth']")
    return tuple(dict.fromkeys(value))


def _inside(value: Any) -> str:
    """Check a pattern of paths that stays below the site's folder."""
    if not isinstance(value, str) or not value.strip() or value.startswith("/") or ".." in value.split("/"):
        raise ValueError("a path or pattern below the site's folder like 'news/*.txt'")
    return value


def _picture(value: Any) -> str:
    path = _inside(value)
    if not path.lower().endswith(PICTURES):
        raise ValueError(f"a picture: a file that ends in {', '.join(PICTURES)}")
    return path


def _rss_picture(value: Any) -> str:
    path = _inside(value)
    if not path.lower().endswith(RSS_PICTURES):
        raise ValueError(f"a picture that RSS allows: a file that ends in {', '.join(RSS_PICTURES)}")
    return path


def _color(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("#[0-9A-Fa-f]{6}", value):
        raise ValueError("a color like '#0b5fa5'")
    if (contrast := contrast_with_white(value)) < LEAST_CONTRAST:
        raise ValueError(
            f"a color that can be read on white: its contrast is {contrast:.1f}, and {LEAST_CONTRAST} is the least"
        )
    return value.lower()


_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_LANGUAGE = _matching(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language tag (BCP 47) like 'en' or 'es-PA'")

_NAME = _matching(r"[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and dashes like 'news'")


def _names(value: Any) -> tuple[str, ...]:
    """Check the name of a source, or a list of names."""
    names = value if isinstance(value, list) else [value]
    if not names:
        raise ValueError("the name that the source had, or a list of names")
    return tuple(dict.fromkeys(_NAME(name) for name in names))


FIELDS = (
    "date",
    "title",
    "text",
    "summary",
    "html",
    "link",
    "id",
    "language",
    "categories",
    "image",
    "image_text",
    "image_credit",
    "enclosure",
    "author",
    "updated",
    "latitude",
    "longitude",
    "translations",
)  # of a table
PARTS = ("item", "date", "title", "link", "text", "image", "author", "category")  # of a page

ARTICLE_PARTS = ("text", "image", "date", "title", "author")  # of the page of an item

# What a configuration may say: table -> key -> check. A check returns the value or raises ValueError(expected).
Checks = dict[str, Callable[[Any], Any]]
SITE: Checks = {
    "title": _text,
    "description": _text,
    "base_url": _base_url,
    "authority": _matching(
        rf"(?:[A-Za-z0-9._-]+@)?{_DOMAIN}", "a domain or e-mail address that you own (RFC 4151) like 'example.org'"
    ),
    "year": _whole(1990, 9999),
    "language": _LANGUAGE,
    "timezone": _timezone,
    "author": _text,
    "authors": _flag,
    "words": _inside,
    "reviewed": _inside,
    "icon": _picture,
    "logo": _picture,
    "image": _rss_picture,
    "home": _address,
    "email": _address,
    "color": _color,
    "css": _inside,
}
FETCH: Checks = {"proxy": _proxy, "user_agent": _header_text, "per_host": _whole(1, 100)}
STATUS: Checks = {"publish": _flag}
HISTORY: Checks = {"url": _matching(r"s3://[^/\s]+/[^/\s](?:\S*[^/\s])?", "an object like 's3://bucket/news.sqlite3'")}
ALERT: Checks = {
    "after": _whole(1, 1000),
    "command": _command,
    "mailto": _matching(r"[^\s@<>,;]+@[^\s@<>,;]+", "an e-mail address like 'news@example.org'"),
    "webhook": _webhook,
}
RIGHTS: Checks = {"license": _address, "text": _text, "attribution": _text}
LIMITS: Checks = {
    "live": _whole(1, 1000),
    "live_bytes": _whole(50_000, 20_000_000),
    "summary": _whole(40, 10_000),
    "title": _whole(20, 10_000),
    "text": _whole(1000, 10_000_000),
    "earliest_year": _whole(1900, 9999),
    "flood": _whole(0, 100),
    "shrink": _whole(0, 100),
}
PUBLISH: Checks = {
    "generations": _whole(2, 1000),
    "content": _one_of("full", "summary"),
    "hub": _address,
    "hint": _flag,
    "points": _one_of("one", "all", "none"),
    "gzip": _flag,
    "embed": _flag,
    "source": _flag,
    "upload": _matching(r"\S+:\S+", "a place like 's3://bucket/news' or 'rsync:user@host:/var/www/news'"),
}
SOURCE: Checks = {
    "name": _NAME,
    "path": _inside,
    "url": _address,
    "command": _command,
    "headers": _headers,
    "netrc": _flag,
    "article": _article,
    "pages": _whole(1, 100),
    "next": _text,
    "robots": _flag,
    "private": _flag,
    "every": check_interval,
    "expect_days": _whole(1, 3650),
    "was": _names,
    "duplicates": _one_of("one", "keep"),
    "kind": _one_of(*sorted(kind.name for kind in KINDS)),
    "encoding": _encoding,
    "timezone": _timezone,
    "date_order": _one_of("DMY", "MDY", "YMD"),
    "ranges": _one_of("first", "last"),
    "as_of": _as_of,
    "undated": _one_of("first-seen", "aside"),
    "base_url": _address,
    "images": _flag,
    "lengths": _flag,
    "home": _matching("[A-Za-z]{2}", "the code of a country like 'pa'"),
    "delimiter": _matching(r'[^\w\s"]|\t', "one character like ';' or '\\t'"),
    "categories": _categories,
    "columns": _map(FIELDS),
    "items": _text,
    "sheet": _text,
    "select": _map(PARTS, required="item"),
    "language": lambda value: value if value == AUTO else _LANGUAGE(value),
}
_OF_FACET: dict[str, Checks] = {
    "countries": {"file": _inside, "without": _terms},
    "pairs": {"only": _pairs, "least": _whole(1, 1000)},
    "topics": {"file": _inside, "profile": _one_of("migration", "newsroom")},
}
FACET_CHECKS: dict[str, Checks] = {
    facet.name: {"publish": _flag, **_OF_FACET.get(facet.name, {})} for facet in FACETS if facet.name != "custom"
}
OVERRIDE: Checks = {
    "id": _text,
    "link": _text,
    "pattern": check_pattern,
    "phrase": _text,
    "source": _NAME,
    **dict.fromkeys(TAGS, _terms),
    "title": _text,
    "date": _day,
    "text": _text,
    "summary": _text,
    "author": _text,
    "image": _address,
    "skip": _flag,
}
CUSTOM: Checks = {"name": _NAME, "title": _text, "description": _text, "any_of": _paths, "all_of": _paths}
_FEED = _matching(FEED_PATHS, "the path of a feed like 'topics/rivers'")
ENDED: Checks = {"feed": _FEED, "to": _FEED, "note": _text}
_DOCUMENT_FILES = "|".join(re.escape(one.file) for one in FORMATS)
MOVED: Checks = {
    "from": _matching(
        r"/?(?!.*(?:^|/)\.\.?(?:/|$))[\w.~-]+(?:/[\w.~-]+)*/?", "a path like 'news/rss.xml', or '/rss' from the root"
    ),
    "to": _matching(rf"(?:(?:{FEED_PATHS})/)?(?:{_DOCUMENT_FILES})", "the path of a feed's document like 'rss.xml'"),
}
TRANSLATIONS: Checks = {"items": _several}
TABLES = (
    "site",
    "rights",
    "limits",
    "publish",
    "fetch",
    "alert",
    "status",
    "history",
    "sources",
    "facets",
    "overrides",
    "ended",
    "moved",
    "translations",
    "custom",
)
_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": _STRING}
SCHEMAS[_flag] = {"type": "boolean"}
for _list in (_terms, _several, _pairs, _paths, _command):
    SCHEMAS[_list] = _STRINGS
SCHEMAS[check_interval] = {"type": "string", "pattern": "^[1-9][0-9]{0,3}[mhd]$"}
SCHEMAS[_names] = {"anyOf": [_STRING, _STRINGS]}
SCHEMAS[_headers] = _OBJECT
SCHEMAS[_categories] = {"anyOf": [{"const": KEEP}, _OBJECT]}
SCHEMAS[_article] = {"anyOf": [{"type": "boolean"}, SCHEMAS[_map(ARTICLE_PARTS)]]}
SCHEMAS[_color] = {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}
SCHEMAS[_as_of] = {}  # a date of TOML, which JSON has not
