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

from feeds.model import Author, Content, Enclosure, Problem, RawItem, SourceError
from feeds.sources import decoding
from feeds.sources.context import Context, check_attributes, read_whole

# What columns are called where nobody says which is which: the first that is there, then the first that begins so.
_TEXT = "text body content texto cuerpo contenido texte corps contenu inhalt corpo conteudo testo"
_SUMMARY = "description summary abstract excerpt teaser descripcion resumen extracto resume chapo resumo"
_USUAL = {
    "date": "date published date_published pubdate published_at publicationdate created fecha datum data ".split(),
    "title": "title headline heading name titulo titular titre intitule titel uberschrift titolo manchete".split(),
    # The whole text before what may be a summary of it, which is the text where there is no other.
    "text": f"{_TEXT} {_SUMMARY}".split(),
    "summary": _SUMMARY.split(),
    "html": "html content_html body_html".split(),
    "link": "link url href permalink enlace lien address url_alias".split(),
    "id": "id guid uuid nid identifier".split(),
    "language": "language lang idioma langue sprache lingua".split(),
    "categories": "categories category tags topics themes categorias etiquetas temas".split(),
    "enclosure": "enclosure image file imagen fichier datei".split(),
    "author": "author authors creator byline autor autores auteur auteurs autore autori verfasser".split(),
    "translations": "translations translation_of".split(),
}
_START, _CHUNK = 1 << 10, 1 << 18
_LONG = 1 << 14  # characters of a cell that may hold an element with thousands of attributes
_SAMPLED = 50  # objects whose keys are looked at
_LISTS = ("items", "data", "results", "entries", "posts", "records", "rows", "news")


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """The rows of a table, each an item.

    Raises:
        SourceError: it is no table, or lacks a column of dates or of titles.
    """
    start = stream.read(_START).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    stream.seek(0)
    if start in (b"{", b"["):
        content, encoding = decoding.decode(io.BytesIO(read_whole(stream)), context.encoding)
        yield from context.decoding_problems(encoding)
        yield from _of_json(content, context)
        return
    zeros, size, line = _zeros(stream)
    stream.seek(0)
    if 0 < zeros <= size // 100:  # of UTF-16 it would be half
        yield Problem(context.origin_at(line), "removed-characters", "holds zero bytes, taken out", "warning")
        stream = io.BytesIO(read_whole(stream).replace(b"\0", b""))
    encoding = decoding.detect_encoding(stream, context.encoding)
    yield from context.decoding_problems(encoding)
    stream.seek(0)
    yield from _of_rows(decoding.read_lines(stream, encoding, 1 << 22), context)


def _zeros(stream: BinaryIO) -> tuple[int, int, int]:
    """How many zero bytes there are, of how many bytes, and in which line the first one is."""
    zeros, size, line = 0, 0, 1
    while chunk := stream.read(_CHUNK):
        if not zeros:
            line += chunk.count(b"\n", 0, chunk.index(0) if 0 in chunk else len(chunk))
        zeros += chunk.count(0)
        size += len(chunk)
    return zeros, size, line


def _of_rows(lines: Iterator[str], context: Context) -> Iterator[RawItem | Problem]:
    first = next(lines, "")
    delimiter = context.source.delimiter or max("\t;,|", key=first.count)
    csv.field_size_limit(1 << 26)
    header = next(csv.reader([first], delimiter=delimiter), [])
    columns = _columns(header, context)
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
                yield _item({field: found.get(name, "") for field, name in columns.items()}, line, context)
    except csv.Error as error:
        raise SourceError("not-a-table", f"cannot be read as a table: {error}", rows.line_num + 1) from None


def _columns(names: list[str], context: Context) -> dict[str, str]:
    """Field -> column: as the source states it, else the column of a usual name.

    Raises:
        SourceError: a stated column is not there, or none is surely the date or the title.
    """
    columns = dict(context.source.columns)
    for field, name in columns.items():
        if name not in names:
            message = f"has no column '{name}' for {field}; its columns are {_shown(names)}"
            raise SourceError("no-column", message, 1)
    taken = set(columns.values())
    by_folded = {_folded(name): name for name in reversed(names) if name.strip() and name not in taken}
    for field, usual in _USUAL.items():
        if field not in columns and (column := _usual_column(usual, by_folded)):
            columns[field] = column
    if columns.get("summary") in (columns.get("text"), columns.get("html")):
        columns.pop("summary", None)
    for field in ("date", "title"):
        if field not in columns:
            remedy = f"name it: columns = {{ {field} = '…' }}; its columns are {_shown(names)}"
            raise SourceError("no-column", f"has no column that is surely the {field}; {remedy}", 1)
    return columns


def _usual_column(usual: list[str], by_folded: dict[str, str]) -> str:
    """The column of the first usual name that is there, else of the first that a name begins with; "" for none."""
    exact = (by_folded[name] for name in usual if name in by_folded)
    near = (column for name in usual for folded, column in by_folded.items() if folded.startswith(name + " "))
    return next(exact, "") or next(near, "")


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.strip()).encode("ascii", "ignore").decode()
    return " ".join(plain.casefold().split())


def _shown(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:20] if name) or "none"


def _of_json(text: str, context: Context) -> Iterator[RawItem | Problem]:
    """The items of a JSON document, or of a document with a JSON object a line."""
    rows, problems = _json_rows(text, context)
    yield from problems
    objects = [row for _, row in rows if isinstance(row, dict)]
    paths = sorted({path for row in objects[:_SAMPLED] for path in _paths(row)})
    columns = _columns(paths, context) if objects else {}
    for number, row in rows:
        if isinstance(row, dict):
            yield _item({field: _at(row, path) for field, path in columns.items()}, number, context)
        else:
            message = f"item {number} is not an object with columns"
            yield Problem(context.origin_at(number), "bad-item", message)


def _json_rows(text: str, context: Context) -> tuple[list[tuple[int, Any]], list[Problem]]:
    """The numbered rows of a document, and what is wrong with lines that are none.

    Raises:
        SourceError: neither the document nor its first line is JSON.
    """
    try:
        return list(enumerate(_rows(json.loads(text), context), 1)), []
    except json.JSONDecodeError as error:
        return _json_lines(text, context, error)
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


def _rows(stated: Any, context: Context) -> list[Any]:
    """The list of items in a document."""
    if context.source.items:
        found = _get(stated, context.source.items)
        if not isinstance(found, list):
            raise SourceError("no-items", f"has no list at items = '{context.source.items}'")
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
        return [_get(element, path) for element in value]
    found = value.get(key) if isinstance(value, dict) else None
    return _get(found, rest) if rest else found


def _at(row: dict[str, Any], path: str) -> str:
    """What is at a path, as text; of a list or an object its texts, separated by bars."""
    found = _get(row, path)
    if isinstance(found, dict):
        found = next((found[key] for key in ("rendered", "name", "label", "value", "url") if key in found), "")
    if isinstance(found, list):
        parts = [part.get("name", "") if isinstance(part, dict) else part for part in found]
        return "|".join(str(part) for part in parts if isinstance(part, str | int | float))
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _item(cells: dict[str, str], line: int, context: Context) -> RawItem:
    from feeds.content import markup

    text = cells.get("text", "")
    is_html = "</" in text or "<br" in text or "<p>" in text
    enclosure = cells.get("enclosure", "").strip()
    content = Content(
        title=" ".join(markup.html_paragraphs(cells.get("title", ""))),
        text="" if is_html else "\n\n".join(part for part in text.split("\n") if part.strip()),
        html=cells.get("html", "") or (text if is_html else ""),
        language=cells.get("language", "").strip(),
        categories=tuple(filter(None, (part.strip() for part in cells.get("categories", "").split("|")))),
        enclosures=(Enclosure(enclosure, "", 0),) if enclosure else (),
        stated_summary=cells.get("summary", "") if text or cells.get("html") else "",
        authors=tuple(Author(name) for name in re.split(r"[|;]", cells.get("author", "")) if name.strip()),
        alternates=tuple(re.split(r"[\s|]+", cells.get("translations", "").strip())),
    )
    return RawItem(
        origin=context.origin_at(line),
        date=cells.get("date", "").strip(),
        content=content,
        link=cells.get("link", "").strip(),
        guid=cells.get("id", "").strip(),
    )
