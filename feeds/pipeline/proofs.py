"""Which heads of documents were found valid in this run, so that what is alike is not validated again.

A head is what its feed says (title, addresses, language) in a form that its kind of document has (live, or a page of an
archive with or without one before it). Where both were found valid, in whatever documents, a head of the two is valid:
what else differs are dates and page numbers, which are ours. tests/test_output.py compares with validating each.
"""

from __future__ import annotations

from typing import Any

from feeds.config import Config

_MOST = 100_000  # feeds and forms that are kept


class Proofs:
    """Heads that were found valid, with one configuration at a time."""

    def __init__(self) -> None:
        self._config: Any = None
        self._known: set[tuple[object, ...]] = set()

    def clear(self) -> None:
        """Forget what was found valid: another run looks anew."""
        self._known = set()

    def has(self, config: Config, feed: tuple[object, ...], form: tuple[object, ...]) -> bool:
        """Return True if a feed and a form of documents were found valid."""
        if config != self._config or len(self._known) > _MOST:
            self._config, self._known = config, set()
        return feed in self._known and form in self._known

    def add(self, feed: tuple[object, ...], form: tuple[object, ...]) -> None:
        """Note that a head of these two was found valid."""
        self._known |= {feed, form}
