"""What tests need to serve a site on loopback: free ports, our own make_server, real ones with the shipped recipes."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from conftest import CONFIG, Site, item

from feeds.deploy.check import check
from feeds.deploy.devserver import make_server

CLIENTS = Path(__file__).parent.parent / ".clients"
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
    listening = make_server(folder, port)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        listening.shutdown()
        listening.server_close()


def codes(address: str, now: dt.datetime = FRESH) -> list[str]:
    return [remark.code for remark in check(address, now)]


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A real make_server, once it answers."""
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
