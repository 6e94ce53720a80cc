"""Show a page with its items outlined, and make selectors of what a person clicks there: `sources try --open`.

Served on loopback only, under an address that nobody else knows. Nothing of the page runs: its scripts are taken out,
and a policy forbids the rest.
"""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

from lxml import etree

from feeds.model import SourceError
from feeds.sources.page import Element, Page
from feeds.sources.picking import Picked, elements_of, pick_around, pick_by_itself

_NUMBER = "data-feeds-number"
_REMOVED = ("script", "noscript", "iframe", "frame", "object", "embed", "base", "template", "dialog")
_ASSETS = {"index.html": "text/html", "picker.css": "text/css", "picker.js": "text/javascript"}
_PARTS = ("title", "date", "text", "image", "author")
_MOST_BYTES = 10_000  # of a question
_SHOWN = 50  # items
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'"
)
# Of the page: how it looks may come from anywhere, and nothing runs or is sent.
_POLICY_OF_PAGE = (
    "default-src 'none'; img-src * data:; style-src * 'unsafe-inline'; font-src * data:; form-action 'none'; "
    "frame-ancestors 'self'"
)

# What is made of selectors: the lines of feeds.toml, and date and title of each item.
Reader = Callable[[Mapping[str, str]], tuple[list[str], list[tuple[str, str]]]]


class Picker:
    """A page, and what is chosen in it.

    Args:
        read: called with the selectors, {} for none; raises SourceError.
    """

    def __init__(self, page: Page, read: Reader) -> None:
        self._page, self._read = page, read
        self._elements = [element for element in page.root.iter() if isinstance(element.tag, str)]
        self._numbers = {element: number for number, element in enumerate(self._elements)}
        self._by_itself = pick_by_itself(page)

    def shown_page(self) -> bytes:
        """Return the page to be shown: its elements numbered, and nothing in it that runs or leads away."""
        for element, number in self._numbers.items():
            element.set(_NUMBER, str(number))
        root = copy.deepcopy(self._page.root)
        for element in self._elements:
            del element.attrib[_NUMBER]
        for element in list(root.iter()):
            parent = element.getparent()
            if parent is not None and (element.tag in _REMOVED or not isinstance(element.tag, str) or _acts(element)):
                _remove(element, parent)
                continue
            for name in list(element.attrib):
                if str(name).lower().startswith("on") or name in ("action", "formaction", "ping", "srcdoc"):
                    del element.attrib[name]
        head = root.find("head")
        if head is None:
            head = etree.Element("head")
            root.insert(0, head)
        if self._page.base_url:
            head.insert(0, etree.Element("base", href=self._page.base_url))
        return b"<!DOCTYPE html>\n" + etree.tostring(root, method="html", encoding="utf-8")

    def pick(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is made of the elements that were chosen: part -> number; of none, what was found by itself."""
        try:
            elements = {part: self._elements[int(chosen[part])] for part in _PARTS if part in chosen}
            picked = pick_around(self._page, elements) if elements else self._by_itself
            lines, items = self._read(picked.select)
        except (ValueError, TypeError, IndexError):
            return self._answer(Picked({}, 0), [], [], "This is no part of the page.", is_error=True)
        except SourceError as error:
            return self._answer(Picked({}, 0), [], [], f"The page {error.message}.", is_error=True)
        said = f"{len(items)} items; {picked.dates} dates on the page."
        missing = [part for part in elements if part not in picked.select]
        if missing:
            said += f" No selector means the {' and the '.join(missing)} alone: choose another element."
        return self._answer(picked, lines, items, said, is_error=bool(missing) or not items)

    def _answer(
        self, picked: Picked, lines: list[str], items: list[tuple[str, str]], said: str, is_error: bool
    ) -> dict[str, Any]:
        blocks, parts = elements_of(self._page, picked.select)
        return {
            "said": said,
            "is_error": is_error,
            "lines": lines,
            "items": [{"date": date, "title": title} for date, title in items[:_SHOWN]],
            "blocks": [self._numbers[block] for block in blocks],
            "parts": {part: [self._numbers[one] for one in found] for part, found in parts.items()},
        }


def _acts(element: Element) -> bool:
    """True for what would act by being shown: a refresh, a link that is no style sheet."""
    if element.tag == "meta":
        return element.get("http-equiv") is not None
    return element.tag == "link" and "stylesheet" not in str(element.get("rel") or "").lower()


def _remove(element: Element, parent: Element) -> None:
    before = element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def make_picker_server(picker: Picker) -> tuple[ThreadingHTTPServer, str]:
    """Return a server that listens on a free port of loopback and does not run yet, and the address to open."""
    folder = secrets.token_urlsafe(16)

    class Handler(_Handler):
        """Serves one picker."""

        served, prefix = picker, f"/{folder}/"

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.host = f"127.0.0.1:{listening.server_address[1]}"
    return listening, f"http://{Handler.host}/{folder}/"


class _Handler(BaseHTTPRequestHandler):
    served: Picker
    prefix: str
    host: str
    server_version = "feeds"

    def do_GET(self) -> None:
        name = self._name() or "index.html"
        if name == "page.html":
            self._say(200, "text/html", self.served.shown_page(), _POLICY_OF_PAGE)
        elif name in _ASSETS:
            self._say(200, _ASSETS[name], files("feeds.deploy").joinpath("picker_page", name).read_bytes(), _POLICY)
        else:
            self._say(404, "text/plain", b"not found\n", _POLICY)

    def do_POST(self) -> None:
        stated = self.headers.get("Content-Length", "")
        length = int(stated) if stated.isascii() and stated.isdigit() else _MOST_BYTES
        if self._name() != "pick" or length >= _MOST_BYTES:
            return self._say(404, "text/plain", b"not found\n", _POLICY)
        try:
            chosen = json.loads(self.rfile.read(length))
        except ValueError:
            chosen = None
        answer = self.served.pick(chosen if isinstance(chosen, dict) else {"title": None})
        return self._say(200, "application/json", json.dumps(answer, ensure_ascii=False).encode(), _POLICY)

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""

    def _name(self) -> str:
        """What is asked for; something that is not there for whoever does not know the address, or came by another."""
        is_ours = self.headers.get("Host") == self.host and self.path.startswith(self.prefix)
        return self.path.removeprefix(self.prefix).partition("?")[0] if is_ours else "-"

    def _say(self, status: int, media_type: str, body: bytes, policy: str) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", f"{media_type}; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", policy),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
