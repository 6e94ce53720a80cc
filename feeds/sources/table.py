"""Tables of text: CSV and TSV, also as spreadsheets write them, by their first row. JSON is json_table's."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from feeds.config import Source
from feeds.model import Problem, RawItem, SourceError
from feeds.sources import decoding, fields, json_table
from feeds.sources.context import Context, check_attributes, read_whole

_START, _CHUNK = 1 << 10, 1 << 18
_LONG = 1 << 14  # characters of a cell that may hold an element with thousands of attributes
HEADER_WITHIN = 20  # rows: above the first row there may be the name of the table, and who made it
_END = "end of rows"
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*$')  # as Excel writes it above a table


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the rows of a table, each an item.

    Raises:
        SourceError: it is no table, or lacks a column of dates or of titles.
    """
    start = stream.read(_START).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    stream.seek(0)
    if start in (b"{", b"["):
        content, encoding = decoding.decode(io.BytesIO(read_whole(stream)), context.encoding)
        yield from context.decoding_problems(encoding)
        yield from json_table.read_text(content, context)
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
    csv.field_size_limit(1 << 26)
    start = list(itertools.islice(lines, HEADER_WITHIN))
    skipped, delimiter = _first_line(start, context.source.delimiter)
    candidates = [_cells(line, delimiter) for line in start[skipped:]]
    at, layout = find_header(candidates, context, skipped + 1)
    header, above = candidates[at], skipped + at + 1
    context.note_unused(layout.unused)
    delimiter = delimiter or _delimiter(start[above - 1])
    rows = csv.reader((line + "\n" for line in itertools.chain(start[above:], lines)), delimiter=delimiter)
    before = above
    try:
        for row in rows:
            line, before = before + 1, rows.line_num + above
            for cell in row:
                if len(cell) > _LONG:
                    check_attributes(cell.encode(), line)
            if any(cell.strip() for cell in row):
                yield fields.make_item(cells_of(layout, header, row), line, context)
    except csv.Error as error:
        raise SourceError("not-a-table", f"cannot be read as a table: {error}", rows.line_num + above) from None


def can_be_read_apart(head: bytes, above: bytes, start: bytes, rest: BinaryIO, source: Source) -> bool:
    """Return True if rows that stand between the first line of a table and others can be read by themselves, and those
    below as if they were not there.

    It is so where the first line names the columns, the rows end where a row ends, and all is in one encoding.

    Args:
        head: the first line, with its end; above: the rows below it.
        start: the first bytes below these.
        rest: what follows them, read to its end only where it must be looked at for its encoding.
    """
    own = head + above
    if b"\0" in own + start or not head.endswith(b"\n") or not above.endswith(b"\n") or own[:1] in (b"{", b"["):
        return False
    if source.encoding and "a\n".encode(source.encoding) != b"a\n":
        return False
    if not source.encoding and not own.isascii() and not decoding.are_utf8(own, start, rest):
        return False
    first, *lines = io.StringIO(own.decode(source.encoding or "utf-8-sig", "replace"), newline=None).read().split("\n")
    delimiter = source.delimiter or _delimiter(first)
    names, stated = _cells(first, delimiter), dict(source.columns)
    if first.count('"') % 2 or not set(stated.values()) <= set(names) or fields.find_layout(names, stated).missing:
        return False
    try:
        *_, last = csv.reader((line + "\n" for line in (*lines[:-1], _END)), delimiter=delimiter)
    except csv.Error:
        return False
    return last == [_END]  # else it is inside of quotation marks


def _first_line(start: list[str], stated: str) -> tuple[int, str]:
    """How many lines say how the table is written, and what is between its cells; "" where nothing says so."""
    match = _SEPARATOR.match(start[0]) if start else None
    return (1, stated or match[1]) if match else (0, stated)


def _delimiter(line: str) -> str:
    return max("\t;,|", key=line.count)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter or _delimiter(line)), [])
    except csv.Error:
        return []


def find_header(rows: Sequence[Sequence[str]], context: Context, line: int = 1) -> tuple[int, fields.Layout]:
    """Return which of the first rows names the columns, and what they are.

    Args:
        line: of the first of the rows.

    Raises:
        SourceError: none of the rows does.
    """
    stated = dict(context.source.columns)
    for number, row in enumerate(rows):
        if set(stated.values()) <= set(row):
            layout = fields.find_layout(row, stated)
            if not layout.missing:
                return number, layout
    number = max(range(len(rows)), key=lambda at: sum(map(bool, rows[at])), default=0)
    names = rows[number] if rows else []
    fields.check_stated(names, context, line + number)
    raise fields.missing_column(fields.find_layout(names, stated).missing, names, line + number)


def cells_of(layout: fields.Layout, header: Sequence[str], row: Sequence[str]) -> dict[str, str | list[str]]:
    """Return what the columns of each field hold in a row."""
    found = dict(zip(header, row, strict=False))
    cells = {field: [found.get(name, "") for name in names] for field, names in layout.columns.items()}
    return {field: values[0] if len(values) == 1 else values for field, values in cells.items()}
