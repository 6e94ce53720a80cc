"""The robots.txt of hosts, each fetched once a day."""

from __future__ import annotations

import threading

MOST_BYTES = 500 * 1024  # of one that are read; RFC 9309 2.5


class Robots:
    """Texts of robots.txt by their addresses: those that are known, and those that were fetched in this run.

    It is shared by the threads that fetch.
    """

    def __init__(self, known: dict[str, str] | None = None) -> None:
        self._known = dict(known or {})
        self._lock = threading.Lock()
        self.fetched: dict[str, str] = {}

    def known(self, place: str) -> str | None:
        """Return the text of a robots.txt, None where it is to be fetched."""
        with self._lock:
            return self._known.get(place)

    def add(self, place: str, text: str) -> None:
        """Keep a text that was fetched; "" where there is none."""
        with self._lock:
            self._known[place] = self.fetched[place] = text

    def allows(self, text: str, address: str, agent: str) -> bool:
        """Return True if a robots.txt allows an address to a program of that User-Agent."""
        from protego import Protego  # that of Python takes the first rule that fits, and knows no * and $

        return bool(Protego.parse(text).can_fetch(address, agent))
