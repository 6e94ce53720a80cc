"""WebSub: a hub is told what changed, and its subscribers have it."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from conftest import Run, Site, item
from servers import LISTING, build, free_port, serving

from feeds.deploy.websub import ping
from feeds.model import ConfigError, Problem

# --- WebSub ----------------------------------------------------------------------------------------------------------


class Hub:
    """A small hub: told of a topic it fetches that and sends it to who asked for it; refuses what it is told to."""

    def __init__(self) -> None:
        self.told: list[dict[str, list[str]]] = []
        self.delivered: dict[str, bytes] = {}
        self.subscribed: set[str] = set()
        self.refuses = ""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.startswith("/subscriber?"):
                    hub.delivered[urllib.parse.unquote(self.path.partition("?")[2])] = body
                    status = 200
                else:
                    form = urllib.parse.parse_qs(body.decode())
                    hub.told.append(form)
                    [topic] = form["hub.topic"]
                    status = 400 if hub.refuses and hub.refuses in topic else 204
                    if status == 204 and topic in hub.subscribed:
                        found = httpx.get(topic)
                        httpx.post(
                            f"{hub.address}subscriber?{urllib.parse.quote(topic, safe='')}", content=found.content
                        )
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hub() -> Iterator[Hub]:
    one = Hub()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.mark.slow
def test_a_subscriber_of_the_hub_has_a_new_entry_as_soon_as_the_hub_is_told(site: Site, hub: Hub) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    build(site, base, f'[publish]\nhub = "{hub.address}"\n')
    hub.subscribed = {f"{base}rss.xml", f"{base}countries/hn/atom.xml"}
    with serving(site.output, port):
        stated = httpx.get(f"{base}atom.xml").text
        assert f'<link href="{hub.address}" rel="hub"/>' in stated
        assert httpx.get(f"{base}feed.json").json()["hubs"] == [{"type": "WebSub", "url": hub.address}]
        told = list(ping(site.folder))
        live = {path.relative_to(site.output).as_posix() for path in site.output.rglob("*") if path.name in FILES}
        assert set(told) == {base + path for path in live}
        assert {(*form["hub.mode"], *form["hub.url"]) for form in hub.told} == {("publish", str(one)) for one in told}
        assert hub.delivered[f"{base}rss.xml"] == (site.output / "rss.xml").read_bytes()
        assert list(ping(site.folder)) == []  # nothing has changed since

        site.write("news.txt", item("6 June, 2017", "Panama trains staff") + LISTING)
        hub.delivered.clear()
        site.build()
        told = list(ping(site.folder))
        assert f"{base}rss.xml" in told and f"{base}countries/hn/atom.xml" not in told
        assert b"Panama trains staff" in hub.delivered[f"{base}rss.xml"] and len(hub.delivered) == 1


FILES = ("atom.xml", "rss.xml", "feed.json")


@pytest.mark.slow
def test_a_hub_that_refuses_or_is_gone_is_named_and_told_again(feeds: Run, site: Site, hub: Hub) -> None:
    build(site, "https://news.example.org/", f'[publish]\nhub = "{hub.address}"\n')
    hub.refuses = "countries/hn/rss.xml"
    done = feeds("ping", site.folder)
    assert done.returncode == 1
    assert "answered 400 for https://news.example.org/countries/hn/rss.xml" in done.stderr
    hub.refuses = ""
    assert list(ping(site.folder)) == ["https://news.example.org/countries/hn/rss.xml"]
    build(site, "https://news.example.org/", f'[publish]\nhub = "http://127.0.0.1:{free_port()}/"\n')
    [problem] = ping(site.folder)
    assert isinstance(problem, Problem) and problem.code == "unreachable"


def test_without_a_hub_there_is_nobody_to_tell(site: Site) -> None:
    build(site, "https://news.example.org/")
    with pytest.raises(ConfigError, match=r"\[publish\] has no hub; add a line like hub = "):
        list(ping(site.folder))
