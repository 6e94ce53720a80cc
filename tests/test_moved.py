"""[[moved]]: a copy at an old path, and redirects that real servers take."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import CONFIG, Site, item
from servers import free_port, running

from feeds.model import ConfigError

NGINX = Path("/usr/sbin/nginx")
MOVED = """
[[moved]]
from = "old/feed.rss"
to = "rss.xml"

[[moved]]
from = "/news/feed/"
to = "countries/pa/atom.xml"
"""


def _build(site: Site, moved: str, title: str = "Panama trains staff") -> None:
    site.write("feeds.toml", CONFIG + moved)
    site.write("news.txt", item("6 June, 2017", title) + item("5 June, 2017", "Panama opens office"))
    site.build()


def test_a_copy_is_kept_at_the_old_path_and_follows(site: Site) -> None:
    _build(site, MOVED)
    files = site.files()
    assert files["old/feed.rss"] == files["rss.xml"]
    assert files["_redirects"].decode().splitlines() == [
        "/feeds/old/feed.rss https://news.example.org/feeds/rss.xml 301",
        "/news/feed/ https://news.example.org/feeds/countries/pa/atom.xml 301",
    ]
    assert not (site.output / "news").exists()
    _build(site, MOVED, "Panama trains its staff")
    assert site.files()["old/feed.rss"] == site.files()["rss.xml"] != files["rss.xml"]
    before = (site.output / "old/feed.rss").stat()
    _build(site, MOVED, "Panama trains its staff")
    assert (site.output / "old/feed.rss").stat().st_mtime_ns == before.st_mtime_ns
    (site.output / "old/feed.rss").unlink()
    _build(site, MOVED, "Panama trains its staff")
    assert site.files()["old/feed.rss"] == site.files()["rss.xml"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a.xml", "countries/hn/rss.xml", "leads to 'countries/hn/rss.xml', where no feed is published"),
        ("a.xml", "index.html", "the path of a feed's document like 'rss.xml'"),
        ("countries/pa/rss.xml", "rss.xml", "at which something is published"),
        ("index.html", "rss.xml", "at which something is published"),
        ("../a.xml", "rss.xml", "a path like 'news/rss.xml'"),
        ("a b;c", "rss.xml", "a path like 'news/rss.xml'"),
        ("old/", "rss.xml", "is a folder, which can hold no copy"),
        ("rss.xml", "rss.xml", "names 'rss.xml' twice"),
    ],
)
def test_what_cannot_be_moved_is_named_with_its_line(site: Site, old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        _build(site, f'\n[[moved]]\nfrom = "{old}"\nto = "{new}"\n')
    assert message in str(error.value)
    first = CONFIG.count("\n") + 2
    assert any(f"feeds.toml:{line}: " in str(error.value) for line in range(first, first + 3))


@pytest.mark.slow
@pytest.mark.skipif(not NGINX.exists(), reason="needs nginx (.ci/clients installs it)")
def test_nginx_takes_the_redirects(site: Site, tmp_path: Path) -> None:
    _build(site, MOVED)
    port = free_port()
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; server {{ listen 127.0.0.1:{port}; "
        f"include {site.output}/redirects.nginx.conf; }} }}\n"
    )
    with running([str(NGINX), "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)], port):
        shown = subprocess.run(
            ["curl", "-sI", f"http://127.0.0.1:{port}/news/feed/"], capture_output=True, text=True, check=True
        ).stdout
    assert shown.startswith("HTTP/1.1 301")
    assert "Location: https://news.example.org/feeds/countries/pa/atom.xml" in shown
