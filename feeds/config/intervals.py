"""Lengths of time as people write them: "15m", "6h", "1d"."""

from __future__ import annotations

import re
from typing import Any

_SECONDS = {"m": 60, "h": 60 * 60, "d": 24 * 60 * 60}
_LONGEST = 365  # days


def check_interval(value: Any) -> int:
    """Return a time like "15m" in seconds.

    Raises:
        ValueError: it is none between a minute and a year.
    """
    found = re.fullmatch(r"([1-9]\d{0,3})([mhd])", value) if isinstance(value, str) else None
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST * _SECONDS["d"]:
        raise ValueError("a time like '15m', '6h' or '1d', of at most a year")
    return seconds
