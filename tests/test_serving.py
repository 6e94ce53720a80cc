"""How feeds are served: `feeds serve`, what `feeds check` finds, the recipes with real servers, a hub that is told."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import yaml
from conftest import CONFIG, Run, Site, item

import feeds as feeds_package
from feeds.check import check
from feeds.model import ConfigError, Problem
from feeds.ping import ping
from feeds.serve import server

CLIENTS = Path(__file__).parent.parent / ".clients"
LINTER, SCHEMAS = CLIENTS / "node_modules/.bin/dockerfilelint", CLIENTS / "venv/bin/check-jsonschema"
RECIPES = Path(__file__).parent.parent / "docs/recipes"
FRESH = dt.datetime(2017, 6, 6, tzinfo=dt.UTC)
LISTING = "".join(
    item(f"{day} June, 2017", f"Honduras holds workshop {day}", "Officers met. " * 40) for day in range(5, 0, -1)
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def build(site: Site, base: str, more: str = "") -> None:
    site.write("feeds.toml", CONFIG.replace("https://news.example.org/feeds/", base) + more)
    site.write("news.txt", LISTING)
    assert site.build().status == 0


@contextlib.contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    listening = server(folder, port)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        listening.shutdown()
        listening.server_close()


def codes(address: str, now: dt.datetime = FRESH) -> list[str]:
    return [remark.code for remark in check(address, now)]


# --- feeds serve -----------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(("change", "code", "remedy"), SPOILED.values(), ids=SPOILED)
def test_what_is_served_badly_is_named_with_what_to_do(
    site: Site, change: Callable[..., Answer], code: str, remedy: str
) -> None:
    with answering(site.output, change) as address:
        build(site, address)
        found = list(check(address, FRESH))
    assert code in {remark.code for remark in found}
    assert remedy in next(remark.remedy for remark in found if remark.code == code)


def test_a_good_answer_has_no_remark_and_a_moved_folder_has(site: Site) -> None:
    with answering(site.output, lambda path, headers, body: (200, headers, body)) as address:
        build(site, address)
        assert codes(address) == []
        build(site, "https://elsewhere.example.org/")
        found = codes(address + "atom.xml")
    assert found == ["self-differs"]


def test_a_server_that_is_not_there_or_redirects_is_named(feeds: Run, site: Site) -> None:
    done = feeds("check", f"http://127.0.0.1:{free_port()}/")
    assert done.returncode == 1 and "[unreachable]" in done.stdout

    def elsewhere(path: str, headers: dict[str, str], body: bytes) -> Answer:
        return 301, {"Location": "/feeds/"}, b""

    build(site, "https://news.example.org/")
    with answering(site.output, elsewhere) as address:
        [remark] = check(address, FRESH)
    assert (remark.code, remark.message) == ("redirect", f"redirects to {address}feeds/")


# --- recipes ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A real server, once it answers."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, (command, process.communicate()[0])
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


def nginx(tmp_path: Path, root: Path, port: int, spoil: tuple[str, str] = ("", "")) -> list[str]:
    """The command that runs nginx with the shipped recipe, on loopback."""
    recipe = (RECIPES / "nginx.conf").read_text()
    assert spoil[0] in recipe
    recipe = recipe.replace(*spoil) if spoil[0] else recipe
    recipe = re.sub(r"(?m)^    listen 80;.*", f"    listen 127.0.0.1:{port};", recipe)
    recipe = re.sub(r"(?m)^    listen \[::\].*\n", "", recipe).replace("/var/www/feeds;", f"{root};", 1)
    whole = tmp_path / "nginx.conf"
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log stderr;\nuser root;\nevents {{}}\nhttp {{ access_log off;\n"
        f"{temporary}{recipe}}}\n"
    )
    return [str(shutil.which("nginx")), "-c", str(whole), "-e", "stderr"]


needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx (.ci/clients installs it)")


@needs_nginx
@pytest.mark.parametrize("packed", ["", "[publish]\ngzip = true\n"])
def test_nginx_with_the_recipe_passes_the_check(site: Site, tmp_path: Path, packed: str) -> None:
    port = free_port()
    build(site, f"http://127.0.0.1:{port}/", packed)
    with running(nginx(tmp_path, site.output, port), port):
        assert list(check(f"http://127.0.0.1:{port}/", FRESH)) == []
        assert list(check(f"http://127.0.0.1:{port}/countries/hn/feed.json", FRESH)) == []
        assert httpx.get(f"http://127.0.0.1:{port}/countries/hn/").text.startswith("<!DOCTYPE html>")
        assert httpx.get(f"http://127.0.0.1:{port}/feeds.js").headers["content-type"].startswith("text/javascript")
        assert httpx.get(f"http://127.0.0.1:{port}/atom.xml.gz").status_code == 404
        before = httpx.get(f"http://127.0.0.1:{port}/countries/hn/atom.xml").headers["etag"]
        site.write("news.txt", item("6 June, 2017", "Panama trains staff") + LISTING)
        site.build()
        assert httpx.get(f"http://127.0.0.1:{port}/countries/hn/atom.xml").headers["etag"] == before
        assert b"Panama trains staff" in httpx.get(f"http://127.0.0.1:{port}/atom.xml").content


SPOILED_RECIPES = {
    "a type of its own": (("application/xml xml;", "text/plain xml;"), "bad-content-type"),
    "no charset": (("charset utf-8;", ""), "no-charset"),
    "no ETag": (("gzip on;", "etag off; gzip on;"), "no-etag"),
    "no gzip": (("gzip on;", "gzip off;"), "compression"),
    "gzip of pages only": (
        ("application/xml application/json application/feed+json;\n    gzip_min", ";\n    gzip_min"),
        "compression",
    ),
    "no CORS": (('add_header Access-Control-Allow-Origin "*";', ""), "cors"),
    "kept for a week": (("max-age=900", "max-age=604800"), "cache-control"),
    "times that are not answered": (("gzip on;", "if_modified_since off; gzip on;"), "last-modified-not-answered"),
    "another folder": (
        ("root /var/www/feeds;", "root /var/www/feeds;\n    location /countries/ { return 404; }"),
        "opml-link",
    ),
}


@needs_nginx
@pytest.mark.parametrize(("spoil", "code"), SPOILED_RECIPES.values(), ids=SPOILED_RECIPES)
def test_a_recipe_that_is_broken_fails_the_check(site: Site, tmp_path: Path, spoil: tuple[str, str], code: str) -> None:
    port = free_port()
    build(site, f"http://127.0.0.1:{port}/")
    with running(nginx(tmp_path, site.output, port, spoil), port):
        assert code in codes(f"http://127.0.0.1:{port}/")


@pytest.mark.skipif(not shutil.which("apache2"), reason="needs apache2 (.ci/clients installs it)")
@pytest.mark.parametrize(
    ("spoil", "found"),
    [(("", ""), set()), (("DeflateAlterETag NoChange", "DeflateAlterETag AddSuffix"), {"etag-not-answered"})],
)
def test_apache_with_the_recipe_passes_the_check(
    site: Site, tmp_path: Path, spoil: tuple[str, str], found: set[str]
) -> None:
    port = free_port()
    build(site, f"http://127.0.0.1:{port}/")
    recipe = (RECIPES / "apache.conf").read_text().replace(*spoil).replace("*:80", f"127.0.0.1:{port}")
    modules = "mpm_event authz_core authz_host mime dir deflate headers filter alias"
    loaded = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules.split())
    whole = tmp_path / "apache.conf"
    whole.write_text(
        f"{loaded}Listen 127.0.0.1:{port}\nPidFile {tmp_path}/pid\nDefaultRuntimeDir {tmp_path}\n"
        f"ErrorLog {tmp_path}/log\nTypesConfig /dev/null\n"
        f"User www-data\nGroup www-data\nServerName localhost\nMutex file:{tmp_path}\n"
        + recipe.replace("/var/www/feeds", str(site.output))
    )
    for folder in (site.output, *site.output.parents):  # which Apache reads as somebody else
        with contextlib.suppress(PermissionError):
            folder.chmod(folder.stat().st_mode | 0o055)
    with running([str(shutil.which("apache2")), "-X", "-f", str(whole)], port):
        assert set(codes(f"http://127.0.0.1:{port}/")) == found, (tmp_path / "log").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_units_are_understood_and_shut_in(tmp_path: Path) -> None:
    for name in ("feeds.service", "feeds.timer"):
        text = (RECIPES / name).read_text().replace("/srv/feeds/.venv/bin/feeds", "/bin/true")
        (tmp_path / name).write_text(text)
    verify = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "feeds.timer"), str(tmp_path / "feeds.service")]
    done = subprocess.run(verify, capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "feeds." in line and "Unit feeds" not in line]
    assert ours == [], done.stderr
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(tmp_path / "feeds.service")]
    done = subprocess.run(security, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_workflow_remembers_from_one_fresh_machine_to_the_next(site: Site, tmp_path: Path) -> None:
    """Its script is run as it is, with a real repository, each time in a new clone."""
    [job] = yaml.safe_load((RECIPES / "pages.yml").read_text())["jobs"].values()
    [script] = [step["run"] for step in job["steps"] if "feeds build" in step.get("run", "")]
    package = Path(feeds_package.__file__).parent.parent
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin/feeds"
    lines = ("import sys", f"sys.path.insert(0, {str(package)!r})", "from feeds.start import main", "main()")
    command.write_text(f"#!{sys.executable}\n" + "\n".join(lines) + "\n")
    command.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "HOME": str(tmp_path)}

    def run(*words: str, folder: Path = tmp_path, stdin: str = "") -> str:
        done = subprocess.run(words, cwd=folder, env=environment, input=stdin, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("git", "init", "-q", "--bare", "-b", "main", "origin")
    ids = []
    later = item("6 June, 2017", "Panama trains staff") + LISTING.replace("workshop 3", "workshops 3")
    for number, listing in enumerate((LISTING, later)):
        clone = tmp_path / f"clone{number}"
        run("git", "clone", "-q", "origin", str(clone))
        (clone / "feeds.toml").write_text(CONFIG)
        (clone / "news.txt").write_text(listing)
        (clone / ".gitignore").write_text("output/\n.history.sqlite3\n")
        run("git", "add", ".", folder=clone)
        run("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "news", folder=clone)
        run("git", "push", "-q", "origin", "HEAD:main", folder=clone)
        run("git", "branch", "-q", "-u", "origin/main", folder=clone)
        run("bash", "-e", folder=clone, stdin=script)
        ids.append(set(re.findall(r"<id>(tag:[^<]*news/[^<]*)</id>", (clone / "output/atom.xml").read_text())))
    assert ids[0] < ids[1] and len(ids[1]) == 6  # of the corrected title the id stays


@pytest.mark.skipif(not SCHEMAS.exists(), reason="needs check-jsonschema (.ci/clients installs it)")
def test_the_workflow_is_as_its_schema_wants(tmp_path: Path) -> None:
    command = [str(SCHEMAS), "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, str(RECIPES / "pages.yml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((RECIPES / "pages.yml").read_text().replace("runs-on:", "runs-at:"))
    assert subprocess.run([*command, str(wrong)], capture_output=True).returncode == 1


@pytest.mark.skipif(not LINTER.exists(), reason="needs dockerfilelint (.ci/clients installs it)")
def test_a_linter_finds_nothing_in_the_container(tmp_path: Path) -> None:
    done = subprocess.run([str(LINTER), str(RECIPES / "Dockerfile")], capture_output=True, text=True)
    assert done.returncode == 0 and "None found" in done.stdout, done.stdout
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM python:latest\nRUN apt-get upgrade\n")
    assert "None found" not in subprocess.run([str(LINTER), str(wrong)], capture_output=True, text=True).stdout


def test_the_container_runs_the_line_that_cron_runs() -> None:
    lines = (RECIPES / "Dockerfile").read_text().splitlines()
    words = [line.split(maxsplit=1)[0] for line in lines if line and not line.startswith("#")]
    assert words == ["FROM", "COPY", "RUN", "USER", "VOLUME", "ENTRYPOINT", "CMD"]
    assert lines[-1] == 'CMD ["build", "/site", "--output", "/output", "--quiet"]'


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
