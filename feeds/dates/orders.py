"""The order of day and month that the dates of one source prove: they share one, and one that can be read in one way
only proves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from feeds.dates.grammar import NUMERIC
from feeds.dates.lines import Order, fold_digits


class Proof(NamedTuple):
    """An order of dates of three numbers, and the date that proves it."""

    order: Order
    text: str

    def __str__(self) -> str:
        which = "day" if self.order == "DMY" else "month"
        return f"'{self.text}' of the same source has the {which} first: date_order = \"{self.order}\""


def prove_order(dates: Iterable[str]) -> Proof | None:
    """Return the order that some of these dates prove and none contradicts, None where there is no such.

    >>> prove_order(["03/10/22", "28/09/22"]).order
    'DMY'
    """
    proofs: dict[Order, str] = {}
    for date in dates:
        match = NUMERIC.search(fold_digits(date))
        first, second = (int(match["first"]), int(match["second"])) if match else (0, 0)
        if 12 < first <= 31 and 0 < second <= 12:
            proofs.setdefault("DMY", match[0])  # type: ignore[index]
        elif 12 < second <= 31 and 0 < first <= 12:
            proofs.setdefault("MDY", match[0])  # type: ignore[index]
    return Proof(*next(iter(proofs.items()))) if len(proofs) == 1 else None
