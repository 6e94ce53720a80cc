"""Serve what a build would publish, with a page that says what it would change; made anew when a file changes.

On loopback only. Nothing is remembered: each build is into a new temporary folder, from a copy of the history.
"""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from feeds.deploy.devserver import FolderHandler

PAGE = "/-/"  # where the page of the preview is; no feed has such a path
_REFRESHED = 3  # seconds
_STYLE = (
    ":root{color-scheme:light dark;font:100%/1.55 system-ui,sans-serif}"
    "body{max-width:60rem;margin:0 auto;padding:1.25rem}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:.7rem;border:1px solid GrayText}li{overflow-wrap:anywhere}"
)


class Preview(NamedTuple):
    """What a build made, or why it could not.

    Attributes:
        folder: that holds the documents; None where nothing could be built yet.
        changes: what a build would change, in lines; problems likewise.
        error: why the last build failed; what was built before is served on.
    """

    folder: Path | None
    changes: Sequence[str] = ()
    problems: Sequence[str] = ()
    error: str = ""


class PreviewServer(ThreadingHTTPServer):
    """A server of a preview, which may be replaced while it runs."""

    daemon_threads = True

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        super().__init__((host, port), _Handler)
        self.preview = Preview(None)

    @property
    def base_url(self) -> str:
        """The address under which the documents are served."""
        return f"http://127.0.0.1:{self.server_address[1]}/"


def snapshot(site: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of the files below a site's folder, hidden ones apart; it differs when one changes."""
    found: dict[str, tuple[int, int]] = {}
    for folder, folders, names in os.walk(site):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(folder, name) for name in names if not name.startswith(".")):
            try:
                state = path.stat()
            except OSError:
                continue  # it is gone since its folder was read
            found[str(path)] = (state.st_mtime_ns, state.st_size)
    return found


class _Handler(FolderHandler):
    server: PreviewServer

    def _answer(self, with_body: bool) -> None:
        preview = self.server.preview
        if urlsplit(self.path).path == PAGE:
            body = _page(preview).encode()
            self._say(200, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, body, with_body)
        elif preview.folder is None:
            self._say(302, {"Location": PAGE})
        else:
            self.root = preview.folder.resolve()
            super()._answer(with_body)


def _page(preview: Preview) -> str:
    def listed(lines: Sequence[str], nothing: str) -> str:
        return f"<pre>{html.escape(chr(10).join(lines))}</pre>" if lines else f"<p>{nothing}</p>"

    error = f'<h2>It cannot be built</h2><pre role="alert">{html.escape(preview.error)}</pre>' if preview.error else ""
    links = '<p><a href="/">The pages</a>, <a href="/atom.xml">Atom</a>, <a href="/rss.xml">RSS</a></p>'
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="{_REFRESHED}">'
        f'<title>Preview</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main>"
        f"<h1>What a build would publish</h1>{links if preview.folder else ''}{error}"
        f"<h2>What it would change</h2>{listed(preview.changes, 'Nothing.')}"
        f"<h2>Problems</h2>{listed(preview.problems, 'None.')}"
        "<p>Made anew when feeds.toml or a file of the site changes. Nothing of it is remembered or published.</p>"
        "</main></body></html>"
    )
