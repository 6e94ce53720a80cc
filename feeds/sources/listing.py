"""The plain-text listing: a date line, a title, a text of one or more paragraphs, again and again.

Rules, each for a listing that was seen:
- a date line is a line that is a date and nothing else; it begins an item after a blank line, after a line that
  ends a sentence, at the start, or where a title is expected. Anywhere else it is part of a wrapped paragraph;
- a date line with a place, a person or a number beside the date ("Juba, 1 December 2017:") is one only in a listing
  whose first date line has such a thing too; elsewhere it is the dateline of a text;
- the next line that is not blank is the title, whatever it looks like, unless it is itself a date line: then the
  first date had no title;
- blank lines separate paragraphs, one or many; the lines of a paragraph are joined by a space;
- where a single line that ends no sentence stands above the first date, and the text of the first item ends with such a
  line, titles stand above their dates; where one does not, its item has no title;
- a date line below a title that states the day of the item again, written otherwise, is a dateline of the text;
- lines of dashes, equals signs or stars separate and say nothing;
- an impossible or incomplete date line still begins an item, so that its text does not run into the one before;
  what is wrong with it is said by the normaliser, which reads the date.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from feeds.dates import DateLineError, DateRules
from feeds.model import Content, Origin, Problem, RawItem
from feeds.sources import decoding
from feeds.sources.context import Context

_SEPARATOR = re.compile(r"[-=_*~•·–—\s]{3,}")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s*")
# Characters without width, which would hide a date or a blank line; what they mean in a text is the normaliser's.
_INVISIBLE = str.maketrans(dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD]))


@dataclass(slots=True)
class _OpenItem:
    """The item that is being read."""

    origin: Origin
    date: str
    title: str = ""
    paragraphs: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # of the paragraph that is being read

    def end_paragraph(self) -> None:
        if self.lines:
            self.paragraphs.append(" ".join(self.lines))
            self.lines.clear()

    def ends_with_title(self) -> bool:
        """Return True if what should be the title is a text, and what ends the text looks like a title."""
        self.end_paragraph()
        return bool(self.paragraphs) and _is_text(self.title) and not _is_text(self.paragraphs[-1])

    def with_title(self, title: str, is_last: bool = False) -> tuple[_OpenItem, str]:
        """Return the item with a title that stands above its date, and the title of the next one, "" where what ends
        the text looks like none.

        Args:
            is_last: whether no other item follows.
        """
        text = [self.title, *self.paragraphs] if self.title else []
        below = "" if is_last or not text or _is_text(text[-1]) else text.pop()
        return _OpenItem(origin=self.origin, date=self.date, title=title, paragraphs=text), below

    def item(self) -> RawItem:
        self.end_paragraph()
        return RawItem(self.origin, self.date, Content(title=self.title, text="\n\n".join(self.paragraphs)))


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """The items of a listing in any encoding; nothing is held beyond one item.

    Raises:
        SourceError: it is no text, or in no encoding that can be told.
    """
    encoding = decoding.detect_encoding(stream, context.encoding)
    yield from context.decoding_problems(encoding)
    stream.seek(0)
    yield from parse(decoding.read_lines(stream, encoding, context.longest), context.origin, context.dates)


def parse(lines: Iterator[str], origin: Origin, dates: DateRules) -> Iterator[RawItem | Problem]:
    """Yield the items of a listing, in its order; text above the first date line is a Problem, and so is a date
    without a title.

    Args:
        origin: source and document; the line is filled in.
        dates: how its date lines are meant.
    """
    parser = _Parser(origin, dates)
    for number, line in enumerate(lines, 1):
        yield from parser.add_line(number, line.strip())
    yield from parser.finish()


class _Parser:
    """Where a listing is: the item that is being read, and whether a date line here would begin another."""

    def __init__(self, origin: Origin, dates: DateRules) -> None:
        self._origin, self._dates = origin, dates
        self._item: _OpenItem | None = None
        self._undated: tuple[int, str] | None = None  # the first line that stands above all date lines
        self._above = ""  # the only one, if it may be a title
        self._is_below: bool | None = None  # whether dates stand below their titles; None while that is not known
        self._may_begin = True
        self._styles: tuple[str, ...] = ("bare", "decorated")  # of date lines, as the first one shows

    def add_line(self, number: int, line: str) -> Iterator[RawItem | Problem]:
        """Take a line, without white space around it; yield what ends above it."""
        if _is_separator(line):
            self._may_begin = True
            if self._item:
                self._item.end_paragraph()
        elif (style := self._date_style(line)) and not self._repeats_day(line):
            yield from self._end_item()
            if not self._item and style == "bare":
                self._styles = ("bare",)
            self._item = _OpenItem(self._origin._replace(line=number), line)
            self._may_begin = True
        else:
            self._add_text(number, line)

    def _date_style(self, line: str) -> str:
        """How a line that begins an item states its date; "" for one that begins none."""
        is_title_expected = self._item is not None and not self._item.title
        style = date_line_style(line, self._dates) if self._may_begin or is_title_expected else ""
        return style if style in self._styles else ""

    def _add_text(self, number: int, line: str) -> None:
        """Take a line of a title or a text."""
        if self._item is None:
            is_title = self._undated is None and not _SENTENCE_END.search(line[-4:])
            self._undated, self._above = self._undated or (number, line), line if is_title else ""
        elif not self._item.title:
            self._item.title = line
        else:
            self._item.lines.append(line)
        self._may_begin = self._item is None or bool(_SENTENCE_END.search(line[-4:]))

    def _repeats_day(self, line: str) -> bool:
        """True for a dateline: the day of the item again, below its title and written otherwise."""
        item = self._item
        if item is None or not item.title or item.lines or item.paragraphs or _form(line) == _form(item.date):
            return False
        return _day(line, self._dates) == _day(item.date, self._dates)

    def _end_item(self) -> Iterator[RawItem | Problem]:
        """Yield what ends above a date line."""
        if self._item and self._above and self._is_below is None:
            self._is_below = self._item.ends_with_title()
        if self._item and self._is_below:
            self._item.end_paragraph()
            item, self._above = self._item.with_title(self._above)
            yield _closed(item)
        elif self._item or not self._above:
            yield from self.finish()

    def finish(self) -> Iterator[RawItem | Problem]:
        """Yield what is being read."""
        if self._undated and not self._is_below:
            yield _undated_problem(self._origin, *self._undated)
            self._undated = None
        if self._item and self._is_below:
            self._item.end_paragraph()
            yield _closed(self._item.with_title(self._above, is_last=True)[0])
        elif self._item:
            yield _closed(self._item)


def _is_text(paragraph: str) -> bool:
    return _SENTENCE_END.search(paragraph[-4:]) is not None


def _form(line: str) -> str:
    """How a date is written: its words and numbers, whatever they are."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", line))


def _day(line: str, dates: DateRules) -> str:
    try:
        reading = dates.read(line)
    except DateLineError:
        return line
    return reading.value.isoformat()[:10] if reading else line


def _is_separator(line: str) -> bool:
    """Return True for a line that says nothing: blank, invisible, or of dashes and the like."""
    if not line.isascii() and not line.translate(_INVISIBLE).strip():
        return True
    return not line or _SEPARATOR.fullmatch(line) is not None


def can_be_read_apart(above: bytes, start: bytes, rest: BinaryIO, encoding: str, dates: DateRules) -> bool:
    """Return True if what stands above a place in a listing can be read by itself, and what stands below as if nothing
    did.

    It is so where items end and begin there with a blank line and a date that is a line by itself, where the first date
    of all is one too (that decides how date lines of a listing look), and where both are in one encoding.

    Args:
        start: the first bytes below.
        rest: what follows them, read to its end only where it must be looked at for its encoding.
        encoding: as it is stated, "" where it is not.
    """
    if b"\0" in start or start.startswith(codecs.BOM_UTF8) or not re.search(rb"\n[ \t\r]*\n\Z", above):
        return False
    if encoding and "a\n".encode(encoding) != b"a\n":
        return False
    if not encoding and not above.isascii() and not decoding.are_utf8(above, start, rest):
        return False
    firsts = (
        next(filter(None, map(str.strip, part.decode(encoding or "utf-8", "replace").splitlines())), "")
        for part in (above, start)
    )
    return all(date_line_style(first, dates) == "bare" for first in firsts)


def date_line_style(line: str, dates: DateRules) -> Literal["bare", "decorated", ""]:
    """Whether the line states a date, even an impossible one, and nothing else; or also a place, a person, a number."""
    try:
        reading = dates.read(line if line.isascii() else line.translate(_INVISIBLE))
    except DateLineError as error:
        return "bare" if error.is_bare else "decorated"
    if reading is None:
        return ""
    return "bare" if reading.is_bare else "decorated"


def _closed(item: _OpenItem) -> RawItem | Problem:
    if item.title:
        return item.item()
    return Problem(item.origin, "no-title", f"date '{item.date}' has no title below it; add one, or remove the date")


def _undated_problem(origin: Origin, number: int, line: str) -> Problem:
    start = line if len(line) <= 60 else line[:57] + "…"
    return Problem(
        origin._replace(line=number), "no-date", f"no date line above '{start}'; put one like '28 July, 2017' there"
    )
