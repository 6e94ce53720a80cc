"""JSON Feed 1.1 (and 1): what the specification at jsonfeed.org requires, with the line of each value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from feeds.model import Finding, Severity
from feeds.validation import html, values
from feeds.validation.findings import MOST, shown

VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
Path = tuple[str | int, ...]


class Member(NamedTuple):
    """The allowed JSON type of an object's member, and a check of its text."""

    kind: type | tuple[type, ...] = str
    check: values.Check = values.anything
    is_required: bool = False


def _date(text: str) -> str:
    """RFC 3339 5.6, whose note allows t and z in lower case."""
    return values.rfc3339(text.upper())


_LINK = Member(check=values.uri)
_AUTHOR = {"name": Member(), "url": _LINK, "avatar": _LINK}
_ATTACHMENT = {
    "url": Member(check=values.uri, is_required=True),
    "mime_type": Member(check=values.mime, is_required=True),
    "title": Member(),
    "size_in_bytes": Member((int, float)),
    "duration_in_seconds": Member((int, float)),
}
_ITEM = {
    "id": Member((str, int, float), is_required=True),
    "url": _LINK,
    "external_url": _LINK,
    "title": Member(),
    "content_html": Member(),
    "content_text": Member(),
    "summary": Member(),
    "image": _LINK,
    "banner_image": _LINK,
    "date_published": Member(check=_date),
    "date_modified": Member(check=_date),
    "author": Member(dict),
    "authors": Member(list),
    "tags": Member(list),
    "language": Member(check=values.language),
    "attachments": Member(list),
}
_FEED = {
    "version": Member(check=values.one_of(" ".join(VERSIONS)), is_required=True),
    "title": Member(check=values.not_empty, is_required=True),
    "home_page_url": _LINK,
    "feed_url": _LINK,
    "description": Member(),
    "user_comment": Member(),
    "next_url": _LINK,
    "icon": _LINK,
    "favicon": _LINK,
    "author": Member(dict),
    "authors": Member(list),
    "language": Member(check=values.language),
    "expired": Member(bool),
    "hubs": Member(list),
    "items": Member(list, is_required=True),
}
_HUB = {"type": Member(is_required=True), "url": Member(check=values.uri, is_required=True)}
_REFERENCE = "JSON Feed 1.1"


class _Checker:
    """Collects the findings about one document, each at the position of its value."""

    def __init__(self, source: str, stated: Any) -> None:
        self.stated = stated
        self.found: list[Finding] = []
        self._source = source
        self._wanted: list[tuple[Path, Severity, str, str, str]] = []

    @property
    def is_full(self) -> bool:
        """Return True if there are as many findings as are reported."""
        return len(self._wanted) >= MOST

    def say(self, path: Path, severity: Severity, code: str, message: str, section: str) -> None:
        if not self.is_full:
            self._wanted.append((path, severity, code, message, section))

    def finish(self) -> list[Finding]:
        """Return the findings with lines and columns, computed in one pass over the text."""
        places = _places(self._source, {path for path, *_ in self._wanted}) if self._wanted else {}
        for path, severity, code, message, section in self._wanted:
            near = path
            while near and near not in places:
                near = near[:-1]
            offset = places.get(near, 0)
            line = self._source.count("\n", 0, offset) + 1
            column = offset - self._source.rfind("\n", 0, offset)
            place = _name(path) if path else ""
            reference = f"{_REFERENCE} {section}"
            self.found.append(Finding(severity, code, message, line, column, reference, place, self._entry(path)))
        return self.found

    def _entry(self, path: Path) -> str:
        """Return the title of the item that a path leads into, else its id."""
        if len(path) < 2 or path[0] != "items":
            return ""
        item = self.stated["items"][path[1]]
        if not isinstance(item, dict):
            return ""
        return shown(next((str(item[key]) for key in ("title", "id", "url") if item.get(key)), ""))

    def members(self, stated: Any, path: Path, section: str, known: Mapping[str, Member]) -> bool:
        """Check the members of a value; return True if it is an object."""
        if not isinstance(stated, dict):
            self.say(path, "error", "bad-type", f"{_name(path)} is not an object", section)
            return False
        for key, member in known.items():
            if key in stated:
                self._member(stated[key], (*path, key), section, member)
            elif member.is_required:
                self.say(path, "error", "missing-member", f"{_name(path)} has no '{key}'", section)
        for key in stated:
            if key not in known:
                self._other(key, path)
        return True

    def _other(self, key: str, path: Path) -> None:
        """Report a member that the format does not have; extensions are named by a rule."""
        if not key.startswith("_"):
            message = f"{_name((*path, key))} is not known; members of your own begin with _"
            self.say((*path, key), "warning", "undefined-member", message, "Extensions")
        elif not re.match(r"_[A-Za-z][^.]*\Z", key):
            message = f"{_name((*path, key))} is no name of an extension; expected _ and a letter first, and no dot"
            self.say((*path, key), "error", "bad-extension", message, "Extensions")

    def _member(self, content: Any, here: Path, section: str, member: Member) -> None:
        is_number_as_bool = isinstance(content, bool) and member.kind is not bool
        if not isinstance(content, member.kind) or is_number_as_bool:
            self.say(here, "error", "bad-type", f"{_name(here)} is {shown(json.dumps(content))}", section)
        elif isinstance(content, str) and (expected := member.check(content)):
            message = f"{_name(here)} is '{shown(content)}'; expected {expected}"
            self.say(here, "error", "bad-value", message, section)
        elif isinstance(content, int | float) and not isinstance(content, bool) and content < 0 and here[-1] != "id":
            self.say(here, "error", "bad-number", f"{_name(here)} is {content}; expected 0 or more", section)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON (RFC 8259 6)")


def check(source: str, advise: bool = True) -> list[Finding]:
    """Return the findings about a JSON Feed, given as text.

    Args:
        advise: say also what is valid and yet trips readers.
    """
    duplicates: list[str] = []

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in members]
        duplicates.extend(key for key in set(keys) if keys.count(key) > 1)
        return dict(members)

    try:
        stated = json.loads(source, object_pairs_hook=pairs, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return [Finding("error", "not-json", error.msg, error.lineno, error.colno, "RFC 8259")]
    except (RecursionError, ValueError) as error:
        return [Finding("error", "not-json", f"cannot be read: {error}", 1, None, "RFC 8259")]
    checker = _Checker(source, stated)
    if checker.members(stated, (), "top-level", _FEED):
        for key in dict.fromkeys(duplicates):
            checker.say((), "error", "duplicate-member", f"an object has '{key}' twice", "top-level")
        _check_feed(checker, stated)
        if advise:
            _advise(checker, stated)
    return checker.finish()


def _check_feed(checker: _Checker, stated: Mapping[str, Any]) -> None:
    if "feed_url" not in stated:
        checker.say((), "warning", "no-self-link", "the feed has no 'feed_url'", "top-level")
    if stated.get("next_url") is not None and stated.get("next_url") == stated.get("feed_url"):
        message = "next_url is the feed_url; readers would go in a circle"
        checker.say(("next_url",), "error", "bad-value", message, "top-level")
    version = stated.get("version")
    _people(checker, stated, (), version)
    for number, hub in _listed(stated, "hubs"):
        checker.members(hub, ("hubs", number), "hubs", _HUB)
    seen: dict[str, int] = {}
    for number, item in _listed(stated, "items"):
        if checker.is_full:
            break
        path: Path = ("items", number)
        if checker.members(item, path, "items", _ITEM):
            _check_item(checker, item, path, version)
            _check_id(checker, item, path, seen)


def _check_item(checker: _Checker, item: Mapping[str, Any], path: Path, version: object) -> None:
    if "content_html" not in item and "content_text" not in item:
        checker.say(path, "error", "no-content", f"{_name(path)} has no 'content_html' or 'content_text'", "items")
    _people(checker, item, path, version)
    for index, tag in _listed(item, "tags"):
        if not isinstance(tag, str):
            checker.say((*path, "tags", index), "error", "bad-type", f"a tag of {_name(path)} is not a text", "items")
    for index, attachment in _listed(item, "attachments"):
        checker.members(attachment, (*path, "attachments", index), "attachments", _ATTACHMENT)


def _check_id(checker: _Checker, item: Mapping[str, Any], path: Path, seen: dict[str, int]) -> None:
    """Require a text that no item above has as its id.

    Args:
        seen: the ids of the items above, with the numbers of these.
    """
    here: Path = (*path, "id")
    if item.get("id", 0) == "":
        checker.say(here, "error", "bad-id", f"{_name(here)} is empty", "items")
        return
    if isinstance(item.get("id"), int | float):
        checker.say(here, "warning", "bad-id", f"{_name(here)} is a number; make it a text", "items")
    identity = str(item.get("id", ""))
    if identity in seen and item.get("id") is not None:
        message = f"{_name(here)} is '{shown(identity)}', as of item {seen[identity]}"
        checker.say(here, "error", "duplicate-id", message, "items")
    seen.setdefault(identity, int(path[-1]))


def _advise(checker: _Checker, stated: Mapping[str, Any]) -> None:
    """Say what is valid and yet trips readers."""
    if "home_page_url" not in stated:
        checker.say((), "warning", "no-home-page", "the feed has no 'home_page_url'", "top-level")
    for key in ("title", "description"):
        _of_text(checker, stated, (), key)
    for number, item in _listed(stated, "items"):
        if checker.is_full or not isinstance(item, dict):
            continue
        path: Path = ("items", number)
        for key in ("title", "summary", "content_text"):
            _of_text(checker, item, path, key)
        if isinstance(content := item.get("content_html"), str):
            for code, message in html.fragment_remarks(content):
                here = (*path, "content_html")
                checker.say(here, "warning", code, f"{_name(here)} {message}", "items")


def _of_text(checker: _Checker, stated: Mapping[str, Any], path: Path, key: str) -> None:
    content, here = stated.get(key), (*path, key)
    if not isinstance(content, str):
        return
    remarks = html.plain_remarks(content) if key != "content_text" else []
    if key == "content_text" and "</" in content and (tag := html.has_markup(content)):
        remarks = [("html-in-text", f"has the tag {tag} in plain text; readers show it as it is")]
    for code, message in remarks:
        checker.say(here, "warning", code, f"{_name(here)} {message}", "items")


def _listed(stated: Mapping[str, Any], key: str) -> Iterator[tuple[int, Any]]:
    content = stated.get(key)
    yield from enumerate(content) if isinstance(content, list) else ()


def _people(checker: _Checker, stated: Mapping[str, Any], path: Path, version: object) -> None:
    """Check authors, and the author of version 1."""
    if isinstance(stated.get("author"), dict):
        checker.members(stated["author"], (*path, "author"), "top-level", _AUTHOR)
        if version == VERSIONS[1]:
            message = f"{_name((*path, 'author'))} is of version 1; write 'authors'"
            checker.say((*path, "author"), "warning", "deprecated-member", message, "top-level")
    for number, author in _listed(stated, "authors"):
        if checker.members(author, (*path, "authors", number), "top-level", _AUTHOR) and not author:
            checker.say((*path, "authors", number), "error", "missing-member", "an author says nothing", "top-level")


def _name(path: Path) -> str:
    """Return a path as JavaScript writes it, items[3].url; "the feed" for the root."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "the feed"


def _places(source: str, wanted: set[Path]) -> dict[Path, int]:
    """Return the offsets at which the values with these paths begin in a valid JSON text."""
    found: dict[Path, int] = {}
    cursor = _Cursor()
    for match in _TOKEN.finditer(source):
        if cursor.read(match[0]) and cursor.path in wanted:
            found.setdefault(cursor.path, match.start())
            if len(found) == len(wanted):
                break
        cursor.enter(match[0])
    return found


class _Cursor:
    """The position of a token reader in a JSON document.

    Attributes:
        parts: the keys and numbers that lead to the value that is read.
    """

    def __init__(self) -> None:
        self.parts: list[str | int] = []
        self._kinds: list[str] = []  # of the open objects and lists: "{" or "["
        self._expects_key = False

    @property
    def path(self) -> Path:
        """Return the path of the current value."""
        return tuple(self.parts)

    def read(self, token: str) -> bool:
        """Take a token; return True if it is a key, or begins an element of a list."""
        if token in "}]":
            self._kinds.pop()
            self.parts.pop()
        elif token == ",":
            self._next()
        elif token == ":":
            self._expects_key = False
        elif self._expects_key and token[0] == '"':
            self.parts[-1] = json.loads(token, strict=False)
            return True
        else:
            return bool(self._kinds) and self._kinds[-1] == "["
        return False

    def _next(self) -> None:
        if self._kinds[-1] == "[":
            self.parts[-1] = int(self.parts[-1]) + 1
        else:
            self._expects_key = True

    def enter(self, token: str) -> None:
        """Descend if the token that was read begins an object or a list."""
        if token in ("{", "["):
            self._kinds.append(token)
            self.parts.append(0 if token == "[" else "")
            self._expects_key = token == "{"
