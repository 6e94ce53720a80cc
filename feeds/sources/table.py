"""Tables: CSV and TSV, JSON and JSON Lines, by a map of columns.

A column is a name of the first row, in JSON a path of keys ("fields.date.original"). Without a map, columns are taken
by the usual names in several languages.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, BinaryIO

from feeds.model import Enclosure, Problem, RawItem, SourceError
from feeds.sources import decoding
from feeds.sources.context import Context, check_attributes, read_whole

# What columns are called where nobody says which is which: the first that is there, then the first that begins so.
_USUAL = {
    "date": "date published date_published pubdate published_at publicationdate created fecha datum data ".split(),
    "title": "title headline heading name titulo titular titre intitule titel uberschrift titolo manchete".split(),
    "text": (
        "text summary description body abstract content texto cuerpo contenido resumen descripcion texte corps contenu "
        "resume inhalt corpo conteudo resumo testo"
    ).split(),
    "html": "html content_html body_html".split(),
    "link": "link url href permalink enlace lien address url_alias".split(),
    "id": "id guid uuid nid identifier".split(),
    "language": "language lang idioma langue sprache lingua".split(),
    "categories": "categories category tags topics themes categorias etiquetas temas".split(),
    "enclosure": "enclosure image file imagen fichier datei".split(),
    "translations": "translations translation_of".split(),
}
_START, _CHUNK = 1 << 10, 1 << 18
_LONG = 1 << 14  # characters of a cell that may hold an element with thousands of attributes
_LISTS = ("items", "data", "results", "entries", "posts", "records", "rows", "news")


def read(stream: BinaryIO, given: Context) -> Iterator[RawItem | Problem]:
    """The rows of a table, each an item.

    Raises:
        SourceError: it is no table, or lacks a column of dates or of titles.
    """
    start = stream.read(_START).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    stream.seek(0)
    if start in (b"{", b"["):
        content, encoding = decoding.decode(io.BytesIO(read_whole(stream)), given.encoding)
        yield from given.about(encoding)
        yield from _of_json(content, given)
        return
    zeros, size, line = _zeros(stream)
    stream.seek(0)
    if 0 < zeros <= size // 100:  # of UTF-16 it would be half
        yield Problem(given.at(line), "removed-characters", "holds zero bytes, taken out", "warning")
        stream = io.BytesIO(read_whole(stream).replace(b"\0", b""))
    encoding = decoding.detect_encoding(stream, given.encoding)
    yield from given.about(encoding)
    stream.seek(0)
    yield from _of_rows(decoding.read_lines(stream, encoding, 1 << 22), given)


def _zeros(stream: BinaryIO) -> tuple[int, int, int]:
    """How many zero bytes there are, of how many bytes, and in which line the first one is."""
    zeros, size, line = 0, 0, 1
    while chunk := stream.read(_CHUNK):
        if not zeros:
            line += chunk.count(b"\n", 0, chunk.index(0) if 0 in chunk else len(chunk))
        zeros += chunk.count(0)
        size += len(chunk)
    return zeros, size, line


def _of_rows(lines: Iterator[str], given: Context) -> Iterator[RawItem | Problem]:
    first = next(lines, "")
    delimiter = given.source.delimiter or max("\t;,|", key=first.count)
    csv.field_size_limit(1 << 26)
    header = next(csv.reader([first], delimiter=delimiter), [])
    columns = _columns(header, given)
    rows = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    before = 1
    try:
        for row in rows:
            line, before = before + 1, rows.line_num + 1
            for cell in row:
                if len(cell) > _LONG:
                    check_attributes(cell.encode(), line)
            if any(cell.strip() for cell in row):
                found = dict(zip(header, row, strict=False))
                yield _item({field: found.get(name, "") for field, name in columns.items()}, line, given)
    except csv.Error as error:
        raise SourceError("not-a-table", f"cannot be read as a table: {error}", rows.line_num + 1) from None


def _columns(names: list[str], given: Context) -> dict[str, str]:
    """Field -> column."""
    stated = dict(given.source.columns)
    for field, name in stated.items():
        if name not in names:
            raise SourceError("no-column", f"has no column '{name}' for {field}; its columns are {_shown(names)}", 1)
    taken = set(stated.values())
    keys = {_folded(name): name for name in reversed(names) if name.strip() and name not in taken}
    for field, usual in _USUAL.items():
        if field not in stated:
            exact = next((keys[name] for name in usual if name in keys), "")
            near = next((keys[key] for name in usual for key in keys if key.startswith(name + " ")), "")
            if exact or near:
                stated[field] = exact or near
    for field in ("date", "title"):
        if field not in stated:
            raise SourceError(
                "no-column",
                f"has no column that is surely the {field}; name it: columns = {{ {field} = '…' }}; its columns are "
                f"{_shown(names)}",
                1,
            )
    return stated


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.strip()).encode("ascii", "ignore").decode()
    return " ".join(plain.casefold().split())


def _shown(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:20] if name) or "none"


def _of_json(content: str, given: Context) -> Iterator[RawItem | Problem]:
    try:
        stated: Any = json.loads(content)
        rows = [(number, row) for number, row in enumerate(_rows(stated, given), 1)]
    except json.JSONDecodeError as whole_error:
        rows = []
        for number, line in enumerate(content.split("\n"), 1):
            if not line.strip():
                continue
            try:
                rows.append((number, json.loads(line)))
            except ValueError as error:
                if not rows:
                    raise SourceError("not-json", f"is not JSON: {whole_error.msg}", whole_error.lineno) from None
                yield Problem(given.at(number), "not-json", f"is not JSON: {error}; the line is left out")
    except ValueError as error:
        raise SourceError("not-json", f"cannot be read as JSON: {error}") from None
    objects = [row for _, row in rows if isinstance(row, dict)]
    columns = _columns(sorted({path for row in objects[:50] for path in _paths(row)}), given) if objects else {}
    for number, row in rows:
        if not isinstance(row, dict):
            yield Problem(given.at(number), "bad-item", f"item {number} is no object with columns")
            continue
        yield _item({field: _at(row, path) for field, path in columns.items()}, number, given)


def _rows(stated: Any, given: Context) -> list[Any]:
    """The list of items in a document."""
    if given.source.items:
        found = _get(stated, given.source.items)
        if not isinstance(found, list):
            raise SourceError("no-items", f"has no list at items = '{given.source.items}'")
        return found
    if isinstance(stated, dict):
        lists = {key: value for key, value in stated.items() if isinstance(value, list)}
        named = [key for key in _LISTS if key in lists] or list(lists)
        stated = lists[named[0]] if named else [stated]
    return stated if isinstance(stated, list) else []


def _paths(row: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in row.items():
        yield above + key
        if isinstance(value, dict) and above.count(".") < 4:
            yield from _paths(value, f"{above}{key}.")


def _get(value: Any, path: str) -> Any:
    """What is at a path of keys; in a list, of each element."""
    if isinstance(value, dict) and path in value:
        return value[path]
    key, _, rest = path.partition(".")
    if isinstance(value, list):
        return [_get(one, path) for one in value]
    found = value.get(key) if isinstance(value, dict) else None
    return _get(found, rest) if rest else found


def _at(row: dict[str, Any], path: str) -> str:
    """What is at a path, as text; of a list or an object its texts, separated by bars."""
    found = _get(row, path)
    if isinstance(found, dict):
        found = next((found[key] for key in ("rendered", "name", "label", "value", "url") if key in found), "")
    if isinstance(found, list):
        parts = [one.get("name", "") if isinstance(one, dict) else one for one in found]
        return "|".join(str(part) for part in parts if isinstance(part, str | int | float))
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _item(cells: dict[str, str], line: int, given: Context) -> RawItem:
    from feeds.content import markup

    stated = cells.get("text", "")
    is_html = "</" in stated or "<br" in stated or "<p>" in stated
    return RawItem(
        given.at(line),
        cells.get("date", "").strip(),
        " ".join(markup.html_paragraphs(cells.get("title", ""))),
        paragraphs=() if is_html else tuple(part for part in stated.split("\n") if part.strip()),
        html=cells.get("html", "") or (stated if is_html else ""),
        link=cells.get("link", "").strip(),
        guid=cells.get("id", "").strip(),
        language=cells.get("language", "").strip(),
        stated=tuple(filter(None, (part.strip() for part in cells.get("categories", "").split("|")))),
        enclosures=(Enclosure(cells["enclosure"].strip(), "", 0),) if cells.get("enclosure", "").strip() else (),
        translations=tuple(re.split(r"[\s|]+", cells.get("translations", "").strip())),
    )
