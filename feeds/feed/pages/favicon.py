"""The icon that browsers ask for by its name: an .ico as it is, or a PNG within one.

The format: learn.microsoft.com, "Icons" (1995); since Windows Vista an image in it may be a PNG.
"""

from __future__ import annotations

import struct
from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 256  # pixels; written as 0


def make_favicon(icon: Path | None) -> bytes:
    """Return the bytes of favicon.ico, b"" where no icon is given that it can be made of."""
    data = icon.read_bytes() if icon else b""
    if icon and icon.suffix.lower() == ".ico":
        return data
    if not data.startswith(_PNG) or len(data) < 24:
        return b""
    width, height = struct.unpack(">II", data[16:24])  # of the header chunk
    sizes = [0 if side >= _LARGEST else side for side in (width, height)]
    header = struct.pack("<HHHBBBBHHII", 0, 1, 1, *sizes, 0, 0, 1, 32, len(data), 22)
    return header + data
