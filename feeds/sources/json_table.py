"""Tables in JSON: a list of objects at any depth, a JSON object a line, and the answers of known programs (shapes).

A column is a path of keys: "fields.date.original".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from feeds.model import Problem, RawItem, SourceError
from feeds.sources import fields, shapes
from feeds.sources.context import Context

_SAMPLED = 50  # objects whose keys are looked at
_DEEPEST = 6  # objects and lists in each other in which a list is looked for
_PATH_DEPTH = 4  # objects in each other in a row
# Keys of lists that are the one that is meant, where there are several.
_LISTS = ("items", "data", "results", "entries", "posts", "records", "rows", "news", "articles", "features")
# Objects that the fields of a row are often kept in, and keys of objects that a value is kept in.
_CONTAINERS = frozenset(
    "attributes fields properties node record _source item article post entry document doc data".split()
)
_VALUES = ("rendered", "processed", "name", "label", "title", "value", "text", "plain_text", "#text", "url", "href")
_ADDRESSES = ("url", "href", "src", "source_url", "value")


def read_text(text: str, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the items of a JSON document, or of a document with a JSON object a line.

    Raises:
        SourceError: it is not JSON, or has no list of objects with a date and a title.
    """
    document, lines, problems = _parsed(text, context)
    yield from problems
    if lines is not None:
        yield from _items(lines, context)
        return
    known = None if context.source.columns or context.source.items else shapes.recognise(document)
    if known is None:
        yield from _items(list(enumerate(_rows(document, context), 1)), context)
        return
    shape, rows = known
    context.note_unused(sorted({name for row in rows[:_SAMPLED] for name in shape.unused(row)}))
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield fields.make_item(shape.cells(row), number, context)
        else:
            yield _not_an_object(number, context)


def _not_an_object(number: int, context: Context) -> Problem:
    return Problem(context.origin_at(number), "bad-item", f"item {number} is not an object with columns")


def _parsed(text: str, context: Context) -> tuple[Any, list[tuple[int, Any]] | None, list[Problem]]:
    """The document; or else its numbered lines, and what is wrong with those that are not JSON.

    Raises:
        SourceError: neither the document nor its first line is JSON.
    """
    try:
        return json.loads(text), None, []
    except json.JSONDecodeError as error:
        return None, *_json_lines(text, context, error)
    except ValueError as error:
        raise SourceError("not-json", f"cannot be read as JSON: {error}") from None


def _json_lines(
    text: str, context: Context, error_of_whole: json.JSONDecodeError
) -> tuple[list[tuple[int, Any]], list[Problem]]:
    rows, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append((number, json.loads(line)))
        except ValueError as error:
            if not rows:
                message = f"is not JSON: {error_of_whole.msg}"
                raise SourceError("not-json", message, error_of_whole.lineno) from None
            message = f"is not JSON: {error}; the line is left out"
            problems.append(Problem(context.origin_at(number), "not-json", message))
    return rows, problems


def _items(rows: list[tuple[int, Any]], context: Context) -> Iterator[RawItem | Problem]:
    layout = _layout([row for _, row in rows if isinstance(row, dict)], context)
    context.note_unused(layout.unused)
    for number, row in rows:
        if isinstance(row, dict):
            cells = {field: _values(row, paths, field) for field, paths in layout.columns.items()}
            yield fields.make_item({"point": _point(row), **cells}, number, context)
        else:
            yield _not_an_object(number, context)


def _point(row: dict[str, Any]) -> str:
    """The place of a feature of GeoJSON, which states the longitude first (RFC 7946 3.1.1); "" where it is no point."""
    place = _get(row, "geometry.coordinates") if _get(row, "geometry.type") == "Point" else None
    return f"{place[1]} {place[0]}" if isinstance(place, list) and len(place) > 1 else ""


def _layout(rows: list[dict[str, Any]], context: Context) -> fields.Layout:
    """Which paths of the rows are which fields.

    Raises:
        SourceError: a stated column is not there, or none is surely the date or the title.
    """
    if not rows:
        return fields.Layout({}, ())
    called = _called(rows)
    fields.check_stated(called, context)
    layout = fields.find_layout(list(called), dict(context.source.columns), called)
    if layout.missing:
        raise fields.missing_column(layout.missing, list(called))
    used = {path for paths in layout.columns.values() for path in paths}
    # An object is used if a value in it is, and a value if the object is.
    unused = [path for path in layout.unused if called[path] and not any(_is_related(path, other) for other in used)]
    return layout._replace(unused=tuple(path for path in unused if path.rpartition(".")[0] not in unused))


def _is_related(path: str, other: str) -> bool:
    return path.startswith(other + ".") or other.startswith(path + ".")


def _called(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Path -> what it is called, which is without the object that the fields of a row are kept in.

    "attributes.title" is called "title"; "author.title" is called nothing, for it is not that of the row.
    """
    paths = sorted({path for row in rows[:_SAMPLED] for path in _paths(row)})
    called = {}
    for path in paths:
        keys = path.split(".")
        while len(keys) > 1 and keys[0] in _CONTAINERS:
            keys.pop(0)
        called[path] = keys[0] if len(keys) == 1 else ""
    own = ("type", "geometry", "bbox") if any("geometry" in row for row in rows[:_SAMPLED]) else ()  # of GeoJSON
    return {path: name for path, name in called.items() if path not in own and not _is_container(path, rows)}


def _is_container(path: str, rows: list[dict[str, Any]]) -> bool:
    is_named_so = path.rpartition(".")[2] in _CONTAINERS
    return is_named_so and any(isinstance(_get(row, path), dict) for row in rows[:_SAMPLED])


def _paths(row: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in row.items():
        yield above + key
        if isinstance(value, dict) and above.count(".") < _PATH_DEPTH:
            yield from _paths(value, f"{above}{key}.")


def _rows(document: Any, context: Context) -> list[Any]:
    """The list of items in a document: where the source says, else the first whose objects have a date and a title."""
    if context.source.items:
        found = _get(document, context.source.items)
        if not isinstance(found, list):
            raise SourceError("no-items", f"has no list at items = '{context.source.items}'")
        return found
    if isinstance(document, list):
        return document
    lists = list(_lists(document))
    for rows in lists:
        objects = [row for row in rows[:_SAMPLED] if isinstance(row, dict)]
        called = _called(objects)
        stated = dict(context.source.columns)
        if set(stated.values()) <= set(called) and not fields.find_layout(list(called), stated, called).missing:
            return rows
    return lists[0] if lists else [document] if isinstance(document, dict) else []


def _lists(document: Any) -> Iterator[list[Any]]:
    """Yield the lists of objects in a document, those on top and those with a usual name first.

    Objects that have a key each ("17": {…}, "18": {…}) are a list too.
    """
    level = [document]
    if _is_keyed(document):
        yield list(document.values())
    for _ in range(_DEEPEST):
        below: list[tuple[bool, Any]] = []
        for value in level:
            if isinstance(value, dict):
                below += [(key not in _LISTS, found) for key, found in value.items()]
        ordered = [value for _, value in sorted(below, key=lambda named: named[0])]
        for value in ordered:
            if isinstance(value, list) and (not value or any(isinstance(row, dict) for row in value)):
                yield value
            elif _is_keyed(value):
                yield list(value.values())
        level = [value for value in ordered if isinstance(value, dict)]


def _is_keyed(value: Any) -> bool:
    """True for several objects that have a key each, and nothing beside them."""
    return isinstance(value, dict) and len(value) > 1 and all(isinstance(row, dict) for row in value.values())


def _get(value: Any, path: str) -> Any:
    """What is at a path of keys; in a list, of each element."""
    if isinstance(value, dict) and path in value:
        return value[path]
    key, _, rest = path.partition(".")
    if isinstance(value, list):
        return [_get(element, path) for element in value]
    found = value.get(key) if isinstance(value, dict) else None
    return _get(found, rest) if rest else found


def _values(row: Mapping[str, Any], paths: tuple[str, ...], field: str) -> str | list[str]:
    """What is at the paths of a field, as texts."""
    preferred = _ADDRESSES if field in ("link", "image", "enclosure") else _VALUES
    values = [text for path in paths for text in _texts(_get(row, path), preferred)]
    return values[0] if len(values) == 1 else values


def _texts(value: Any, preferred: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict):
        value = next((value[key] for key in preferred if key in value), None)
    if isinstance(value, list):
        for part in value:
            yield from _texts(part, preferred)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
