"""From nothing to a feed: feeds init, the site of the current folder, and all mistakes of a feeds.toml at once."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import httpx
import pytest
from conftest import CONFIG, ROOT, Run, Site, item, until
from page_server import running

from feeds.config import load_config, schema
from feeds.model import ConfigError

LISTING = "".join(item(f"{day} May 2024", f"Bridge {day} repaired") for day in (9, 8, 7))
PAGE = """<html lang="es"><head><title>Noticias</title></head><body>{}</body></html>"""
ROW = (
    "<article><h3><a href='/n/{0}'>Puente {0} reparado</a></h3><time>{0} de mayo de 2024</time><p>Texto.</p></article>"
)


def test_init_writes_a_site_that_builds(feeds: Run, tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text(LISTING)
    done = feeds("init", ".", "news.txt", "--title", "News", "--base-url", "https://f.example.org")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "next: feeds preview ., then feeds build .")
    assert "3 items of kind 'listing', the first 'Bridge 9 repaired'" in done.stdout
    text = (tmp_path / "feeds.toml").read_text()
    assert 10 <= len(text.splitlines()) <= 20
    assert text.startswith("#:schema ./.feeds.schema.json\n")
    assert json.loads((tmp_path / ".feeds.schema.json").read_text())["title"] == "feeds.toml"
    config = load_config(tmp_path)
    assert (config.title, config.base_url, config.authority) == ("News", "https://f.example.org/", "f.example.org")
    assert [(source.name, source.path, source.kind) for source in config.sources] == [("news", "news.txt", "listing")]
    assert feeds("build").returncode == 0
    assert "Bridge 9 repaired" in (tmp_path / "output/atom.xml").read_text()


@pytest.mark.slow
def test_init_looks_at_a_page_and_takes_its_language_and_host(feeds: Run, tmp_path: Path) -> None:
    with running() as server:
        server.answer = {"/": PAGE.format("".join(map(ROW.format, (9, 8, 7))))}.get
        done = feeds("init", "site", server.url + "/")
        assert done.returncode == 0, done.stderr
        stated = tomllib.loads((tmp_path / "site/feeds.toml").read_text())
        assert stated["site"]["language"] == "es"
        assert stated["site"]["authority"] == "127.0.0.1"
        assert (stated["sources"][0]["url"], stated["sources"][0]["kind"]) == (server.url + "/", "html")
        assert "--base-url: note: not given; took" in done.stderr
        assert feeds("build", "site").returncode == 0
    assert "Puente 9 reparado" in (tmp_path / "output/rss.xml").read_text()


def test_init_asks_at_a_terminal_and_asks_again_after_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text(LISTING)
    master, terminal = pty.openpty()
    answers = b"News of the Agency\nnowhere\nhttps://f.example.org/\n\nes\n"
    os.write(master, answers)
    command = [sys.executable, "-m", "feeds", "init", ".", "news.txt"]
    with subprocess.Popen(
        command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tmp_path
    ) as run:
        assert run.stdout is not None
        said = run.stdout.read().decode()
        assert run.wait(timeout=60) == 0, said
    os.close(terminal)
    os.close(master)
    assert "'nowhere': expected an absolute address" in said
    site = tomllib.loads((tmp_path / "feeds.toml").read_text())["site"]
    assert site == {
        "title": "News of the Agency",
        "base_url": "https://f.example.org/",
        "authority": "f.example.org",
        "year": site["year"],
        "language": "es",
    }


@pytest.mark.slow
def test_init_names_what_it_cannot_use_and_overwrites_nothing(feeds: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("nothing here")
    (tmp_path / "news.txt").write_text(LISTING)
    done = feeds("init", "site", "empty.txt", "news.txt", "gone.txt")
    assert done.returncode == 1
    assert "empty.txt: error: nothing with a date was found" in done.stderr
    assert "gone.txt: error:" in done.stderr
    assert "news.txt: note: is outside of site" in done.stderr
    before = (tmp_path / "site/feeds.toml").read_text()
    assert "# gone.txt" in before
    again = feeds("init", "site")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert (tmp_path / "site/feeds.toml").read_text() == before
    bad = feeds("init", "other", "--base-url", "x")
    assert (bad.returncode, "--base-url" in bad.stderr) == (2, True)
    assert not (tmp_path / "other").exists()


@pytest.mark.slow
def test_a_command_without_a_site_takes_the_folder_that_it_is_in(feeds: Run, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    for path in (ROOT / "seeds").glob("*.t*"):
        (tmp_path / "seeds" / path.name).write_bytes(path.read_bytes())
    assert "IOM Mesoamerica" in feeds("build", "--json").stdout or feeds("build").returncode == 0
    assert (tmp_path / "seeds/.history.sqlite3").exists()
    (tmp_path / "news.txt").write_text(LISTING)
    assert feeds("init", ".", "news.txt", "--title", "Here").returncode == 0
    assert feeds("build", "-o", "public").returncode == 0
    assert "Here" in (tmp_path / "public/atom.xml").read_text()
    assert (tmp_path / ".history.sqlite3").exists()
    assert feeds("build", "-o", "public").returncode == 0  # nothing to do, told without a look at the rest


MISTAKES = """[site]
titel = "News"
base_url = "x"
year = 2026

[[sources]]
name = "news"
kind = "lsting"

[[sources]]
name = "More"
kind = "table"

[[sources]]
name = "again"
path = "a.csv"
url = "https://e.org/"

[limits]
live = 0
"""


def test_all_mistakes_of_a_file_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(MISTAKES)
    with pytest.raises(ConfigError) as raised:
        load_config(tmp_path)
    found = [(error.line, error.message) for error in (raised.value, *raised.value.others)]
    assert [line for line, _ in found] == [1, 1, 2, 3, 8, 11, 17, 20]
    words = ["has no title", "has no authority", "did you mean 'title'", "base_url = 'x'", "kind = 'lsting'", "'More'"]
    assert [word for (_, message), word in zip(found, words, strict=False) if word not in message] == []
    assert 'add a line like authority = "example.org"' in found[1][1]


def test_a_mistake_is_not_followed_by_one_that_it_causes(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(MISTAKES.replace('"News"\nbase', "1\nbase").replace("titel", "title"))
    with pytest.raises(ConfigError) as raised:
        load_config(tmp_path)
    messages = [error.message for error in (raised.value, *raised.value.others)]
    assert not [message for message in messages if "no title" in message or "no name" in message]


def test_the_command_prints_every_mistake(feeds: Run, tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(MISTAKES)
    done = feeds("build")
    assert (done.returncode, done.stderr.count("[config]")) == (2, 8)


def test_every_key_is_described_once_with_an_example_that_is_right() -> None:
    described = schema.descriptions()
    assert described.keys() == schema.TABLES.keys()
    for name, checks in schema.TABLES.items():
        assert described[name].keys() - {"about"} == checks.keys(), name
        for key, check in checks.items():
            assert check(described[name][key]["example"]) is not NotImplemented, (name, key)
            assert not described[name][key]["about"].endswith("."), (name, key)


def test_the_page_of_the_documentation_is_made_of_the_table() -> None:
    assert (ROOT / "docs/feeds-toml.md").read_text(encoding="utf-8") == schema.page()


def test_the_schema_says_what_the_checks_say() -> None:
    made = schema.make_schema()["properties"]
    assert made["limits"]["properties"]["live"] | {"description": "", "examples": []} == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "description": "",
        "examples": [],
    }
    source = made["sources"]["items"]["properties"]
    assert source["date_order"]["enum"] == ["DMY", "MDY", "YMD"]
    assert "html" in source["kind"]["enum"]
    assert source["select"]["required"] == ["item"]
    assert made["site"]["required"] == ["title", "base_url", "authority", "year"]
    assert source["path"]["description"].endswith("default: *.txt")


# --- preview ----------------------------------------------------------------------------------------------------------


def wait_for(address: str, words: str) -> str:
    """Return a page as soon as it has these words."""
    for _ in range(200):
        with contextlib.suppress(httpx.HTTPError):
            if words in (shown := httpx.get(address).text):
                return shown
        time.sleep(0.1)
    raise AssertionError(f"{words!r} not in {shown}")


@pytest.mark.slow
def test_a_preview_is_served_made_anew_and_forgotten(site: Site, tmp_path: Path) -> None:
    site.write("news.txt", LISTING)
    command = [sys.executable, "-m", "feeds", "preview", str(site.folder), "--serve"]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    (tmp_path / "temporary").mkdir()
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            page = process.stdout.readline().split()[0]
            assert page.endswith("/-/")
            base = page.removesuffix("-/")
            assert "3 new" in wait_for(page, "Bridge 9 repaired")
            atom = httpx.get(base + "atom.xml").text
            assert f'href="{base}atom.xml"' in atom
            assert "news.example.org/feeds/" not in atom
            assert httpx.get(base).status_code == 200
            site.write("news.txt", item("10 May 2024", "Bridge 10 repaired") + item("31 June 2024", "No") + LISTING)
            assert "4 new" in wait_for(page, "Bridge 10 repaired")
            assert "31 June" in httpx.get(page).text
            site.write("feeds.toml", CONFIG.replace("title", "titel"))
            assert "did you mean &#x27;title&#x27;" in wait_for(page, "It cannot be built")
            assert "Bridge 10 repaired" in httpx.get(base + "atom.xml").text
            site.write("feeds.toml", CONFIG.replace("Example news", "Other news"))
            wait_for(base + "atom.xml", "Other news")
            assert not (site.folder / ".history.sqlite3").exists()
            site.build()
            site.write("notes.md", "no listing")  # what was published is what a build would publish
            assert "<p>Nothing.</p>" in wait_for(page, "<p>Nothing.</p>")
            site.write("news.txt", item("11 May 2024", "Bridge 11 repaired") + LISTING)
            assert "1 new" in wait_for(page, "Bridge 11 repaired")
        finally:
            process.send_signal(signal.SIGINT)
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("option", ["--serve", "--no-serve"])
def test_a_preview_stopped_in_the_middle_of_a_build_leaves_nothing(
    site: Site, tmp_path: Path, option: str, number: signal.Signals
) -> None:
    """The build waits for its source's command, so the signal always comes while it works."""
    begun, temporary = tmp_path / "begun", tmp_path / "temporary"
    temporary.mkdir()
    source = f'[[sources]]\nname = "slow"\ncommand = ["sh", "-c", "touch {begun}; sleep 60"]\n'
    site.write("feeds.toml", CONFIG + source)
    command = [sys.executable, "-m", "feeds", "preview", str(site.folder), option]
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment) as process:
        try:
            until(begun.exists)
            assert list(temporary.iterdir())
        finally:
            process.send_signal(number)
        assert process.wait(20) == 128 + number
    assert list(temporary.iterdir()) == []
