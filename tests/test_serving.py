"""How feeds are served: `feeds serve`, and what `feeds check` finds."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import socket
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from conftest import Run, Site
from servers import FRESH, build, codes, free_port, serving

from feeds.deploy.check import check

# --- feeds serve -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_feeds_serves_passes_its_own_check(site: Site) -> None:
    port = free_port()
    build(site, f"http://127.0.0.1:{port}/")
    with serving(site.output, port):
        assert list(check(f"http://127.0.0.1:{port}/", FRESH)) == []
        assert list(check(f"http://127.0.0.1:{port}/countries/hn/rss.xml", FRESH)) == []
        assert codes(f"http://127.0.0.1:{port}/", FRESH + dt.timedelta(days=30)) == ["stale"] * 3


def test_a_server_for_a_look_serves_the_folder_and_nothing_else(site: Site) -> None:
    port = free_port()
    build(site, f"http://127.0.0.1:{port}/")
    (site.output / ".feeds-secret.xml").write_text("<x/>")
    (site.output / "link.xml").symlink_to(site.folder / "feeds.toml")
    with serving(site.output, port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        page = client.get("/countries/hn/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert page.headers["content-encoding"] == "gzip"
        assert client.get("/countries/hn").headers["location"] == "/countries/hn/"
        assert client.get("/feed.json").headers["content-type"] == "application/feed+json; charset=utf-8"
        head = client.head("/atom.xml")
        assert head.status_code == 200 and not head.content and head.headers["access-control-allow-origin"] == "*"
        again = client.get("/atom.xml", headers={"If-Modified-Since": head.headers["last-modified"]})
        assert again.status_code == 304
        assert client.get("/atom.xml", headers={"If-None-Match": 'W/"x", "y"'}).status_code == 200
        assert client.get("/atom.xml", headers={"If-Modified-Since": "yesterday"}).status_code == 200
        for path in (
            "/.feeds-secret.xml",
            "/link.xml",
            "/../site/feeds.toml",
            "/%2e%2e/site/feeds.toml",
            "/%00",
            "/no",
        ):
            assert client.get(path).status_code == 404, path


def test_a_port_that_is_taken_is_named(feeds: Run, site: Site) -> None:
    build(site, "http://127.0.0.1/")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = feeds("serve", site.output, "--port", taken.getsockname()[1])
    assert done.returncode == 2 and "choose another --port [port]" in done.stderr


# --- feeds check -----------------------------------------------------------------------------------------------------


Answer = tuple[int, dict[str, str], bytes]


@contextlib.contextmanager
def answering(
    folder: Path, change: Callable[[str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]
) -> Iterator[str]:
    """A server of a folder that spoils its good answers; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urllib.parse.urlsplit(self.path).path
            file = folder / path.lstrip("/")
            file = file / "index.html" if file.is_dir() else file
            if not file.is_file():
                self.send_error(404)
                return
            body, etag, date = file.read_bytes(), f'"{file.stat().st_mtime_ns}"', "Tue, 06 Jun 2017 00:00:00 GMT"
            end = "feed.json" if file.name == "feed.json" else file.suffix
            types = {".html": "text/html", ".xml": "application/xml", "feed.json": "application/feed+json"}
            headers = {
                "Content-Type": f"{types.get(end, 'text/plain')}; charset=utf-8",
                "ETag": etag,
                "Last-Modified": date,
                "Cache-Control": "max-age=900",
                "Access-Control-Allow-Origin": "*",
            }
            known = self.headers.get("If-None-Match") == etag or self.headers.get("If-Modified-Since") == date
            status, headers, body = change(path, headers, b"" if known else body)
            status = 304 if known and status == 200 and not body else status
            if self.headers.get("Accept-Encoding") == "gzip" and "X-Plain" not in headers and status == 200:
                body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
            self.send_response(status)
            for name, value in headers.items():
                if name != "X-Plain":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}/"
    finally:
        listening.shutdown()
        listening.server_close()


def without(name: str) -> Callable[..., Answer]:
    return lambda path, headers, body: (200, {key: value for key, value in headers.items() if key != name}, body)


def with_(**changed: str) -> Callable[..., Answer]:
    stated = {key.replace("_", "-"): value for key, value in changed.items()}
    return lambda path, headers, body: (200, {**headers, **stated}, body)


def only_of(end: str, status: int, new: bytes | None = None) -> Callable[..., Answer]:
    return lambda path, headers, body: (
        (status, headers, body if new is None else new) if path.endswith(end) else (200, headers, body)
    )


SPOILED = {
    "as text": (with_(Content_Type="text/plain; charset=utf-8"), "bad-content-type", "application/xml for .xml"),
    "without charset": (with_(Content_Type="application/xml"), "no-charset", "add charset=utf-8"),
    "another charset": (with_(Content_Type="application/xml; charset=latin-1"), "charset-differs", "say charset=utf-8"),
    "no ETag": (without("ETag"), "no-etag", "send ETag"),
    "no Last-Modified": (without("Last-Modified"), "no-last-modified", "send Last-Modified"),
    "an ETag of its own each time": (with_(ETag='"never"'), "etag-not-answered", "keep their times"),
    "not compressed": (with_(X_Plain="1"), "compression", "switch gzip on"),
    "no CORS": (without("Access-Control-Allow-Origin"), "cors", "Access-Control-Allow-Origin: *"),
    "no Cache-Control": (without("Cache-Control"), "cache-control", "max-age=900"),
    "kept for a day": (with_(Cache_Control="max-age=86400"), "cache-control", "max-age=900"),
    "never kept": (with_(Cache_Control="no-store"), "cache-control", "max-age=900"),
    "no feed": (only_of("/rss.xml", 404), "status", "publish the output folder"),
    "a broken feed": (only_of("/rss.xml", 200, b"<rss"), "invalid", "feeds validate"),
    "no list": (only_of("/opml.xml", 404), "status", "publish the output folder"),
    "a dead link in the list": (only_of("countries/hn/atom.xml", 404), "opml-link", "publish the whole folder"),
    "an error instead": (only_of("/", 500), "status", "publish the output folder"),
    "no links on the page": (only_of("/", 200, b"<p>Hello"), "autodiscovery", "rel='alternate'"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("change", "code", "remedy"), SPOILED.values(), ids=SPOILED)
def test_what_is_served_badly_is_named_with_what_to_do(
    site: Site, change: Callable[..., Answer], code: str, remedy: str
) -> None:
    with answering(site.output, change) as address:
        build(site, address)
        found = list(check(address, FRESH))
    assert code in {remark.code for remark in found}
    assert remedy in next(remark.remedy for remark in found if remark.code == code)


@pytest.mark.slow
def test_a_good_answer_has_no_remark_and_a_moved_folder_has(site: Site) -> None:
    with answering(site.output, lambda path, headers, body: (200, headers, body)) as address:
        build(site, address)
        assert codes(address) == []
        build(site, "https://elsewhere.example.org/")
        found = codes(address + "atom.xml")
    assert found == ["self-differs"]


@pytest.mark.slow
def test_a_server_that_is_not_there_or_redirects_is_named(feeds: Run, site: Site) -> None:
    done = feeds("check", f"http://127.0.0.1:{free_port()}/")
    assert done.returncode == 1 and "[unreachable]" in done.stdout

    def elsewhere(path: str, headers: dict[str, str], body: bytes) -> Answer:
        return 301, {"Location": "/feeds/"}, b""

    build(site, "https://news.example.org/")
    with answering(site.output, elsewhere) as address:
        [remark] = check(address, FRESH)
    assert (remark.code, remark.message) == ("redirect", f"redirects to {address}feeds/")
