"""Spreadsheets, .xlsx and .ods: the first sheet whose first rows name a date and a title, or the one that is named."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from feeds.model import Problem, RawItem, SourceError
from feeds.sources import fields
from feeds.sources.context import Context, read_whole
from feeds.sources.table import HEADER_WITHIN, cells_of, find_header

_EPOCH = dt.datetime(1899, 12, 30)  # day 0 of a date that is a number: right for all days after February 1900
_SERIAL = range(20_000, 80_000)  # 1954 to 2119: other numbers in a column of dates are no days
_MOST_CELLS = 20_000_000  # of a sheet; a packed file of a megabyte can hold thousands of millions


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the rows of a sheet, each an item.

    Raises:
        SourceError: it is no spreadsheet, or no sheet has a column of dates and one of titles.
    """
    rows = _sheet(read_whole(stream), context)
    if not rows:
        return
    names = [[_cell(value) for value in row] for row in rows[:HEADER_WITHIN]]
    at, layout = find_header(names, context)
    context.note_unused(layout.unused)
    dates = {names[at].index(column) for column in layout.columns["date"]}
    for number, row in enumerate(rows[at + 1 :], at + 2):
        cells = [_date(value) if place in dates else _cell(value) for place, value in enumerate(row)]
        if any(cells):
            yield fields.make_item(cells_of(layout, names[at], cells), number, context)


def _sheet(data: bytes, context: Context) -> list[list[Any]]:
    """The rows of the sheet to read; of the first one with some where none has a header."""
    import python_calamine

    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        names, wanted = book.sheet_names, context.source.sheet
        if wanted and wanted not in names:
            raise SourceError("no-items", f"has no sheet '{wanted}'; its sheets are {fields.shown(names)}")
        first: list[list[Any]] = []
        for name in [wanted] if wanted else names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > _MOST_CELLS:
                raise SourceError("too-large", f"sheet '{name}' has more than {_MOST_CELLS} cells; split it")
            rows = sheet.to_python(skip_empty_area=False)
            if _has_header(rows, context):
                return rows
            first = first or rows
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise SourceError("not-a-table", f"cannot be read as a spreadsheet: {error}") from None
    return first


def _has_header(rows: Sequence[Sequence[Any]], context: Context) -> bool:
    try:
        find_header([[_cell(value) for value in row] for row in rows[:HEADER_WITHIN]], context)
    except SourceError:
        return False
    return True


def _cell(value: Any) -> str:
    """What a cell says, as text; a date in ISO 8601, a whole number without its decimals."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, bool) else str(value).strip()


def _date(value: Any) -> str:
    """What a cell of a column of dates says: a number without a format is the days since the end of 1899."""
    if isinstance(value, int | float) and not isinstance(value, bool) and int(value) in _SERIAL:
        moment = _EPOCH + dt.timedelta(seconds=round(value * 86_400))
        return _cell(moment)
    return _cell(value)
