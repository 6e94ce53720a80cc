"""The answers of programs that many sites run, in JSON: which keys are which fields of an item.

WordPress REST (developer.wordpress.org/rest-api/reference/posts), JSON:API as Drupal writes it (jsonapi.org), the API
of ReliefWeb in both versions (apidoc.reliefweb.int/fields-tables), CKAN (docs.ckan.org, package_search).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from feeds.model import Author, Enclosure

Row = Mapping[str, Any]


class Shape(NamedTuple):
    """The answer of a program.

    Attributes:
        is_like: tell a document of the shape by its first row.
        rows: find the items in a document, with what they are related to.
        cells: a row -> fields.Cells.
        within: the object of a row that holds its fields, "" for the row.
        used: keys of that object that are read; the others are unused.
        embedded: those that are read in "_embedded", where it is there.
    """

    name: str
    is_like: Callable[[Row], bool]
    rows: Callable[[Any], list[Any]]
    cells: Callable[[Row], dict[str, Any]]
    within: str
    used: frozenset[str]
    embedded: frozenset[str] = frozenset()

    def unused(self, row: Any) -> Iterator[str]:
        """Yield the keys of a row that say something and are not read."""
        used = self.used | self.embedded if _get(row, "_embedded") else self.used
        for key, value in _object(_get(row, self.within) if self.within else row).items():
            is_said = not isinstance(value, bool) and value not in (None, "", [], {})
            if is_said and key not in used and not key.startswith("drupal_internal__"):
                yield f"{self.within}.{key}" if self.within else key


def recognise(document: Any) -> tuple[Shape, list[Any]] | None:
    """Return the shape of a document and its items, None where it is none of these."""
    for shape in _SHAPES:
        rows = shape.rows(document)
        if rows and isinstance(rows[0], dict) and shape.is_like(rows[0]):
            return shape, rows
    return None


# --- values -----------------------------------------------------------------------------------------------------------


def _get(value: Any, *keys: str | int) -> Any:
    """What is at a path, None where a step of it is not there."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def _text(value: Any, *keys: str | int) -> str:
    """The text or number at a path, "" where there is none."""
    found = _get(value, *keys)
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _first(row: Any, *keys: str) -> str:
    return next(filter(None, (_text(row, key) for key in keys)), "")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(values: Any, key: str = "name") -> list[str]:
    return [name for value in _list(values) if (name := _text(value, key))]


def _length(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _files(values: Any, size: str) -> list[Enclosure]:
    """The files in a list; size: the key of their lengths in bytes."""
    return [
        Enclosure(address, _text(file, "mimetype"), _length(_get(file, size)))
        for file in _list(values)
        if (address := _text(file, "url"))
    ]


def _top_list(document: Any) -> list[Any]:
    return _list(document)


def _data(document: Any) -> list[Any]:
    found = _get(document, "data")
    return [found] if isinstance(found, dict) else _list(found)


# --- WordPress --------------------------------------------------------------------------------------------------------


def _is_wordpress(row: Row) -> bool:
    return _get(row, "title", "rendered") is not None and "link" in row and "date" in row


def _wordpress(row: Row) -> dict[str, Any]:
    """A post; names instead of numbers are in _embedded, where the address asks for it (?_embed)."""
    embedded = row.get("_embedded")
    media = _get(embedded, "wp:featuredmedia", 0)
    groups = _list(_get(embedded, "wp:term"))
    return {
        "date": _of_utc(row, "date_gmt") or _text(row, "date"),
        "updated": _of_utc(row, "modified_gmt") or _text(row, "modified"),
        "title": _text(row, "title", "rendered"),
        "html": _text(row, "content", "rendered"),
        "summary": _text(row, "excerpt", "rendered"),
        "link": _text(row, "link"),
        "id": _text(row, "guid", "rendered"),
        "language": _text(row, "lang"),
        "categories": [name for group in groups for name in _names(group)],
        "author": [
            Author(name, _text(author, "link"))
            for author in _list(_get(embedded, "author"))
            if (name := _text(author, "name"))
        ],
        "enclosure": [
            Enclosure(
                address,
                _text(media, "mime_type"),
                _length(_get(media, "media_details", "filesize")),
                is_picture=True,
                description=_text(media, "alt_text"),
            )
            for address in [_text(media, "source_url") or _text(row, "jetpack_featured_media_url")]
            if address
        ],
    }


def _of_utc(row: Row, key: str) -> str:
    stated = _text(row, key)
    return stated + "Z" if stated and stated[-1] != "Z" and "+" not in stated else stated


# --- JSON:API, as Drupal writes it ------------------------------------------------------------------------------------


def _is_json_api(row: Row) -> bool:
    return "type" in row and _get(row, "attributes", "title") is not None


def _json_api(row: Row) -> dict[str, Any]:
    """A node; what it is related to is in "included", where the address asks for it (?include=…)."""
    stated = _object(row.get("attributes"))
    related = row[_RELATED]
    body = stated.get("body")
    return {
        "date": _first(stated, "field_date", "field_publication_date", "published_at", "created"),
        "updated": _first(stated, "changed", "modified"),
        "title": _text(stated, "title"),
        "html": _first(body, "processed", "value") if isinstance(body, dict) else _text(stated, "body"),
        "summary": _text(body, "summary"),
        "link": _text(stated, "path", "alias") or _text(row, "links", "html", "href"),
        "id": _text(row, "id"),
        "language": _text(stated, "langcode"),
        "categories": [
            name for _, found, _ in related if "taxonomy_term" in _text(found, "type") and (name := _name(found))
        ],
        "author": [
            Author(name) for _, found, _ in related if "user" in _text(found, "type") and (name := _name(found))
        ],
        "enclosure": [file for name, found, meta in related if (file := _json_api_file(name, found, meta))],
    }


_RELATED = "related"  # the key of a row for what _related yields


def _json_api_rows(document: Any) -> list[Any]:
    """The nodes, each with what it is related to; what is included is indexed once, for there may be much of it."""
    included = {(_text(found, "type"), _text(found, "id")): found for found in _list(_get(document, "included"))}
    return [
        {**row, _RELATED: list(_related(row, included))} if isinstance(row, dict) else row for row in _data(document)
    ]


def _related(row: Row, included: Mapping[tuple[str, str], Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name of each relationship of a node, the object at its other end, and what is said of the two."""
    for name, relationship in _object(row.get("relationships")).items():
        ends = _get(relationship, "data")
        for end in ends if isinstance(ends, list) else [ends]:
            found = included.get((_text(end, "type"), _text(end, "id")))
            if found is not None:
                yield name, found, _get(end, "meta")


def _name(found: Any) -> str:
    return _first(_get(found, "attributes"), "display_name", "name", "title")


def _json_api_file(name: str, found: Any, meta: Any) -> Enclosure | None:
    address = _text(found, "attributes", "uri", "url")
    if not address:
        return None
    media_type = _text(found, "attributes", "filemime")
    is_picture = media_type.startswith("image/") or "image" in name
    length = _length(_get(found, "attributes", "filesize"))
    return Enclosure(address, media_type, length, is_picture=is_picture, description=_text(meta, "alt"))


# --- ReliefWeb --------------------------------------------------------------------------------------------------------


def _is_reliefweb(row: Row) -> bool:
    return isinstance(_get(row, "fields", "date"), dict) and _get(row, "fields", "title") is not None


def _reliefweb(row: Row) -> dict[str, Any]:
    stated = _object(row.get("fields"))
    return {
        "date": _first(stated.get("date"), "original", "created"),
        "updated": _text(stated, "date", "changed"),
        "title": _text(stated, "title"),
        "text": _text(stated, "body"),
        "html": _text(stated, "body-html"),
        "summary": _text(stated, "headline", "summary"),
        "link": _first(stated, "url_alias", "url"),
        "id": _text(row, "id"),
        "language": _text(stated, "language", 0, "code"),
        "categories": [
            name for key in ("primary_country", *_RELIEFWEB_TAGS) for name in _names(_as_list(stated.get(key)))
        ],
        "author": [Author(name) for name in _names(stated.get("source"))],
        "image": _text(stated, "image", "url"),
        "image_text": _text(stated, "image", "caption"),
        "image_credit": _text(stated, "image", "copyright"),
        "enclosure": _files(stated.get("file"), "filesize"),
    }


_RELIEFWEB_TAGS = ("country", "theme", "disaster_type", "vulnerable_groups")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- CKAN -------------------------------------------------------------------------------------------------------------


def _is_ckan(row: Row) -> bool:
    return "metadata_created" in row and "title" in row


def _ckan(row: Row) -> dict[str, Any]:
    return {
        "date": _text(row, "metadata_created"),
        "updated": _text(row, "metadata_modified"),
        "title": _text(row, "title"),
        "text": _text(row, "notes"),
        "link": _text(row, "url") or (f"/dataset/{name}" if (name := _text(row, "name")) else ""),
        "id": _text(row, "id"),
        "language": _text(row, "language"),
        "categories": [*_names(row.get("groups"), "title"), *_names(row.get("tags"), "display_name")],
        "author": [Author(name) for name in [_text(row, "author") or _text(row, "organization", "title")] if name],
        "enclosure": _files(row.get("resources"), "size"),
    }


def _ckan_rows(document: Any) -> list[Any]:
    return _list(_get(document, "result", "results")) or _list(_get(document, "result"))


_SHAPES = (
    Shape(
        name="WordPress REST",
        is_like=_is_wordpress,
        rows=_top_list,
        cells=_wordpress,
        within="",
        used=frozenset(
            """date date_gmt modified modified_gmt title content excerpt link guid lang _embedded _links id slug
            jetpack_featured_media_url status type""".split()
        ),
        embedded=frozenset(("author", "featured_media", "categories", "tags")),
    ),
    Shape(
        name="JSON:API",
        is_like=_is_json_api,
        rows=_json_api_rows,
        cells=_json_api,
        within="attributes",
        used=frozenset(
            """field_date field_publication_date published_at created changed modified title body path langcode
            status""".split()
        ),
    ),
    Shape(
        name="ReliefWeb",
        is_like=_is_reliefweb,
        rows=_data,
        cells=_reliefweb,
        within="fields",
        used=frozenset(
            ("date", "title", "body", "body-html", "headline", "url_alias", "url", "id", "language", "status", "source",
             "image", "file", "primary_country", *_RELIEFWEB_TAGS)
        ),
    ),
    Shape(
        name="CKAN",
        is_like=_is_ckan,
        rows=_ckan_rows,
        cells=_ckan,
        within="",
        used=frozenset(
            """metadata_created metadata_modified title notes url name id language groups tags author organization
            resources""".split()
        ),
    ),
)  # fmt: skip
