"""Bytes -> lines of text, whatever the encoding, without ever guessing one that would garble a name.

Order: what the source declares, a byte order mark, UTF-16 by its zeros, UTF-8, and Windows-1252 only where every
byte makes sense as it. A file that fits none is refused with the place of the first byte that does not fit.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from feeds.model import SourceError

_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 22  # bytes, where lines are decoded one by one
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINE_END = re.compile(rb"\r\n?|\n")
# What Western text does not hold, but other encodings read as Windows-1252 do: a capital after a small letter (Mac
# Roman), three non-ASCII letters in a row (Cyrillic), two without an ASCII one beside them (Chinese, Korean), signs in
# a row or in a word (Central European), and Ã before anything (UTF-8 twice).
_SIGN = "[\u00a2\u00a4-\u00a6\u00a8\u00ac\u00af\u00b1-\u00b6\u00b8\u00b9\u00bc-\u00be×÷ƒˆ˜†‡‰]"
_LETTER = "[À-ÖØ-öø-ÿŠŒŽšœžŸ]"
_IMPLAUSIBLE = re.compile(
    "|".join(
        (
            r"[a-zß-öø-ÿšœž][À-ÖØ-ÞŠŒŽŸ]",
            rf"{_LETTER}{{3}}",
            rf"(?<![A-Za-z]){_LETTER}{{2}}(?![A-Za-z])",
            rf"(?:{_SIGN}|[ªº°]){_SIGN}|{_SIGN}[ªº°]",
            rf"(?:[A-Za-z]|{_LETTER}){_SIGN}|{_SIGN}(?:[A-Za-z]|{_LETTER})",
            r"ÿ|Ã.",
        )
    )
)
_FEW = 2  # undecodable bytes in a file that is otherwise UTF-8: damage, not another encoding


class Encoding(NamedTuple):
    """How to decode a document: the codec; whether line by line, with what to do when a line does not fit."""

    codec: str
    per_line: bool = False
    note: str = ""
    line: int = 0


def changed_while_read() -> SourceError:
    """The error of a document that was written to while it was read."""
    return SourceError("changed-while-read", "changed while it was being read; the next run reads it again")


def detect_encoding(stream: BinaryIO, declared: str = "") -> Encoding:
    """The encoding of the stream's bytes, which are read to their end.

    Raises:
        SourceError: not text, or in no encoding that can be told from the bytes; names the first bad byte's place.
    """
    head = stream.read(_CHUNK)
    if declared:
        return Encoding(declared)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec)
    if b"\0" in head:
        return Encoding(_utf16(head))
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk, offset = head, 0
    while True:
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            break
        if b"\0" in chunk:
            raise SourceError("not-text", f"is not text: a zero byte near byte {offset}")
        if not chunk:
            return Encoding("utf-8")
        offset += len(chunk)
        chunk = stream.read(_CHUNK)
    stream.seek(0)
    return _single_bytes(stream)


def _utf16(head: bytes) -> str:
    """UTF-16 without a mark, by where the zeros of its Latin letters are."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    for codec, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > len(head) // 5 and others < zeros // 20 + 1:
            return codec
    raise SourceError("not-text", f"is not text: a zero byte at byte {head.index(0)}")


def are_utf8(above: bytes, start: bytes, rest: BinaryIO) -> bool:
    """Return True if what stands above a place is UTF-8, and so is what stands below.

    Args:
        start: the first bytes below; rest: those that follow, read to their end.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        above.decode()
        decoder.decode(start)
        while chunk := rest.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class _Damage:
    """The lines of a document that are not UTF-8: of them those that are not Windows-1252 either."""

    def __init__(self) -> None:
        self.first_other = self.first_bad = self.bad_bytes = 0  # lines from 1, 0 for none
        self.has_utf8 = False
        self.where = ""  # the first byte that is neither

    def add(self, number: int, line: bytes) -> None:
        """Look at a line that is not ASCII."""
        try:
            _utf8(line)
            self.has_utf8 = True
        except UnicodeDecodeError as error:
            self.first_other = self.first_other or number
            if not _plausible(line):
                self.first_bad = self.first_bad or number
                self.bad_bytes += line.decode("utf-8", "replace").count("\ufffd")
                place = f"byte {error.start + 1} of line {number} is {line[error.start]:#04x}"
                self.where = self.where or place


def _single_bytes(stream: BinaryIO) -> Encoding:
    """Windows-1252, or UTF-8 with lines of it, or UTF-8 with a little damage."""
    damage = _Damage()
    for number, line in enumerate(_binary_lines(stream), 1):
        if not line.isascii():
            damage.add(number, line)
    if damage.bad_bytes > _FEW:
        remedy = 'save it as UTF-8, or name its encoding in feeds.toml (encoding = "cp1251")'
        raise SourceError("encoding", f"is not UTF-8: {damage.where}; {remedy}", damage.first_bad)
    if damage.bad_bytes:
        note = f"is UTF-8 but for a few bytes, replaced by U+FFFD: {damage.where}"
        return Encoding("utf-8", per_line=True, note=note, line=damage.first_bad)
    if not damage.first_other:
        return Encoding("utf-8", per_line=True)
    if damage.has_utf8:
        note = f"is UTF-8, but line {damage.first_other} and others are Windows-1252; they were read as such"
        return Encoding("utf-8", per_line=True, note=note, line=damage.first_other)
    return Encoding("cp1252")


def _plausible(line: bytes) -> bool:
    try:
        text = line.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return not _IMPLAUSIBLE.search(text)


def _binary_lines(stream: BinaryIO) -> Iterator[bytes]:
    for physical in iter(lambda: stream.readline(_LONGEST_LINE), b""):
        yield from _LINE_END.split(physical.rstrip(b"\r\n"))


def read_lines(stream: BinaryIO, encoding: Encoding, longest: int) -> Iterator[str]:
    """The lines of the stream, without their ends, which are LF, CR or CRLF and nothing else.

    What a line has beyond `longest` characters is passed over, so that a file without a line end costs no memory.
    str.splitlines() would also split at U+0085, U+2028, form feeds and file separators.

    Raises:
        SourceError: a byte does not fit the declared encoding; names its place.
    """
    if encoding.per_line:
        yield from (_mixed(line)[:longest] for line in _binary_lines(stream))
        return
    reader = io.TextIOWrapper(stream, encoding=encoding.codec, newline=None)
    number = 0
    try:
        for line in iter(lambda: reader.readline(longest), ""):
            number += 1
            if line.endswith("\n") or len(line) < longest:
                yield line.removesuffix("\n").removeprefix("\ufeff")
                continue
            yield line
            while (rest := reader.readline(_CHUNK)) and not rest.endswith("\n"):
                pass
    except UnicodeError as error:
        raise SourceError("encoding", f"is not {encoding.codec} after line {number}: {error}", number) from None
    finally:
        if not stream.closed:  # it is the caller's to close, not the reader's
            reader.detach()


def check_charset(data: bytes, charset: str) -> tuple[str, str]:
    """The encoding that a server states, "" where the bytes are not in it, and then a sentence that says so."""
    if data.isascii():
        return "", ""
    try:
        data.decode()
        is_utf8 = True
    except UnicodeDecodeError:
        is_utf8 = False
    if is_utf8 and codecs.lookup(charset).name in ("iso8859-1", "cp1252", "ascii", "iso8859-15"):
        return "", f"is UTF-8, though its server says {charset}"
    try:
        data.decode(charset)
    except UnicodeDecodeError as error:
        return "", f"is not {charset}, as its server says: byte {error.start} is {data[error.start]:#04x}"
    return charset, ""


def decode(stream: BinaryIO, declared: str = "") -> tuple[str, Encoding]:
    """All of the stream as text, with its line ends as LF, and how it was decoded.

    Raises:
        SourceError: as detect_encoding and lines.
    """
    encoding = detect_encoding(stream, declared)
    stream.seek(0)
    return "\n".join(read_lines(stream, encoding, _LONGEST_LINE)), encoding


def _mixed(line: bytes) -> str:
    try:
        return _utf8(line)
    except UnicodeDecodeError:
        return line.decode("cp1252") if _plausible(line) else line.decode("utf-8", "replace")


def _utf8(line: bytes) -> str:
    """The line, in UTF-8 or in CESU-8, where old databases wrote each half of an emoji by itself."""
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        try:
            return line.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeError:
            raise error from None
