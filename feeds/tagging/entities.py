"""Character references of HTML in a text that should be plain: read as what they mean, in their place in the text.

"C&ocirc;te d&#8217;Ivoire" is a country; the evidence for it is what stands in the text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class Decoded:
    """A text without character references.

    Attributes:
        text: it, decoded.
    """

    def __init__(self, stated: str) -> None:
        parts: list[str] = []
        # Where each piece begins, in the decoded text and in the stated one; a decoded reference is a piece.
        self._starts, self._stated, self._references = [0], [0], [False]
        position = length = 0
        for match in _REFERENCE.finditer(stated):
            meant = html.unescape(match[0])
            if meant == match[0]:
                continue
            parts += (stated[position : match.start()], meant)
            length += match.start() - position
            self._add(length, match.start(), True)
            length, position = length + len(meant), match.end()
            self._add(length, position, False)
        self.text = "".join((*parts, stated[position:]))

    def _add(self, start: int, stated: int, is_reference: bool) -> None:
        self._starts.append(start)
        self._stated.append(stated)
        self._references.append(is_reference)

    def place(self, index: int) -> int:
        """Return where a character of the decoded text begins in the stated one; of the end, where that ends."""
        piece = bisect_right(self._starts, index) - 1
        if self._references[piece]:  # one that means two characters begins where the reference does
            return self._stated[piece]
        return self._stated[piece] + index - self._starts[piece]


def has_references(text: str) -> bool:
    """Return True if a text may hold character references."""
    return "&" in text and _REFERENCE.search(text) is not None
