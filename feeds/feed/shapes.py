"""Bytes by shape: a document that was rendered once with marks in the place of its values, and is filled with others.

Which bytes stand around the values is the renderer's to say; here they are cut at the marks, and a value is escaped as
its place in XML wants it, by the rules of libxml2's serializer (of XML 1.0 2.4 and 3.3.3), so that what is filled in is
byte for byte what would have been rendered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

_MARK = "qz{}zq"
_FIND = re.compile(rb"qz([a-z]+[0-9]*)zq")
_CDATA, _CDATA_END = b"<![CDATA[", "]]>"
_MOST = 1000  # shapes that are kept; a site has some dozens
Slot = tuple[str, Callable[[str], str]]  # the name of a value, and how it is written in its place


def mark(name: str) -> str:
    """Return what stands for a value in a sample; names are lower-case letters and a number."""
    return _MARK.format(name)


def as_text(value: str) -> str:
    """Write a value as the text of an element."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def as_attribute(value: str) -> str:
    """Write a value between the double quotes of an attribute."""
    return as_text(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


class Shape:
    """A sample, cut at its marks.

    Args:
        sample: what was rendered with mark(name) in the place of each value.
        dates: values of the sample that could not be marks, and the names that they stand for.
    """

    def __init__(self, sample: bytes, dates: Mapping[str, str]) -> None:
        for date, called in dates.items():
            sample = sample.replace(date.encode(), mark(called).encode())
        parts: list[bytes] = _FIND.split(sample)
        self._around: Sequence[str] = [part.decode() for part in parts[::2]]
        self._slots: list[Slot] = []
        before = b""
        for around, name in zip(parts[::2], parts[1::2], strict=False):
            before += around
            self._slots.append((name.decode(), _written(before)))

    def fill(self, values: Mapping[str, str]) -> bytes | None:
        """Return the bytes with these values, None where one of them is not written as its place alone says: nothing
        at all, or the end of a CDATA section.
        """
        found = [self._around[0]]
        for (name, write), after in zip(self._slots, self._around[1:], strict=True):
            value = values[name]
            if not value or (write is _as_cdata and _CDATA_END in value):
                return None
            found.append(write(value))
            found.append(after)
        return "".join(found).encode()


def _as_cdata(value: str) -> str:
    return value


def _written(before: bytes) -> Callable[[str], str]:
    """How a value is written after these bytes."""
    if before.endswith(_CDATA):
        return _as_cdata
    return as_attribute if before.rfind(b"<") > before.rfind(b">") else as_text


class Shapes:
    """Shapes by what tells them apart, for one configuration at a time."""

    def __init__(self) -> None:
        self._settings: Any = None
        self._known: dict[Hashable, Shape | None] = {}

    def fill(
        self,
        settings: tuple[Any, ...],
        key: Hashable,
        values: Mapping[str, str],
        render: Callable[[], bytes],
        sample: Callable[[], Shape],
    ) -> bytes:
        """Return what render does, by its shape where that gives the same bytes.

        A shape that does not, for the first values that it is tried with, is never used.

        Args:
            settings: all that the bytes depend on besides the key and the values.
            key: tells apart what is rendered in another shape.
            render: renders these values.
            sample: makes the shape.
        """
        if settings != self._settings or len(self._known) > _MOST:
            self._settings, self._known = settings, {}
        if key in self._known:
            shape = self._known[key]
            filled = shape.fill(values) if shape else None
            return render() if filled is None else filled
        whole = render()
        made = sample()
        self._known[key] = made if made.fill(values) == whole else None
        return whole
