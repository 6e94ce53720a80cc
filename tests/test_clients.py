"""Real clients on a published site that nginx serves with the shipped recipe: what they show equals the truth.

`.ci/clients` installs them; without one its test is skipped.
"""

from __future__ import annotations

import datetime as dt
import email.header
import email.policy
import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import CONFIG, Site, item
from servers import CLIENTS, free_port, nginx, running

from feeds.history import History
from feeds.model import Entry

pytestmark = pytest.mark.slow

PYTHON = CLIENTS / "venv/bin/python"
FIRST = [
    ("6 July, 2017", "Panama & Costa Rica: “borders” <opened>", "Officials met on border management."),
    ("5 July, 2017", "Capacitación en Panamá: niñez y año 2017 — ¡ya!", "Officials met."),
    ("5 July, 2017", "Honduras holds a workshop", "Officials met on border management.\n\nA second paragraph."),
    ("5 July, 2017", "Honduras trains staff", "It's 5 > 4 & 3 < 4, [link](x) `code`."),
    ("4 June, 2017", "移民 and 🌍 in Guatemala", "Children were met at the border."),
    ("3 June, 2017", "El Salvador receives migrants", "Migrants who return were received."),
    ("2 June, 2017", "Nicaragua opens an office", "Officials met on border management."),
]
NEW = ("7 July, 2017", "Mexico opens a border office", "Officials met on border management.")
CORRECTED = "Honduras holds a workshop on borders"


def needs(*commands: str | Path) -> pytest.MarkDecorator:
    missing = [str(one) for one in commands if not (shutil.which(one) or Path(one).exists())]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)} (.ci/clients installs it)")


@dataclass
class Published:
    """A site that is served, before and after an update."""

    site: Site
    base: str

    def build(self, *items: tuple[str, str, str]) -> None:
        self.site.write("news.txt", "".join(item(*one) for one in items))
        assert self.site.build().status == 0

    def update(self) -> None:
        """One new entry, one corrected title."""
        first = [(date, CORRECTED if title == FIRST[2][1] else title, text) for date, title, text in FIRST]
        self.build(NEW, *first)

    def truth(self, feed: str = "") -> list[Entry]:
        """The entries of a feed, newest first, as the history has them."""
        with History(self.site.folder / ".history.sqlite3") as history:
            return history.entries.newest_of(feed, self.base, 99)


@pytest.fixture
def published(site: Site, tmp_path: Path) -> Iterator[Published]:
    if not shutil.which("nginx"):
        # A server that answers as those of our users do, which no stand-in would show; .ci/run installs it.
        pytest.skip("needs nginx (.ci/clients installs it)")
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    site.write("feeds.toml", CONFIG.replace("https://news.example.org/feeds/", base))
    found = Published(site, base)
    found.build(*FIRST)
    assert [entry.content.title for entry in found.truth()] == [title for _, title, _ in FIRST]
    with running(nginx(tmp_path, site.output, port), port):
        yield found


def run(*command: str | Path, home: Path, **options: Any) -> str:
    environment = {"HOME": str(home), "TERM": "xterm", "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, timeout=120, env=environment, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


# --- readers ---------------------------------------------------------------------------------------------------------


@needs("newsboat")
@pytest.mark.parametrize("name", ["atom.xml", "rss.xml"])
def test_newsboat_shows_the_truth_and_one_new_entry_after_an_update(
    published: Published, tmp_path: Path, name: str
) -> None:
    (tmp_path / "urls").write_text(f"{published.base}{name}\n")
    (tmp_path / "config").write_text("")

    def rows(query: str) -> list[tuple[Any, ...]]:
        files = ("-u", tmp_path / "urls", "-c", tmp_path / "cache.db", "-C", tmp_path / "config")
        run("newsboat", *files, "-x", "reload", home=tmp_path)
        with sqlite3.connect(tmp_path / "cache.db") as db:
            found = db.execute(query).fetchall()
            db.execute("UPDATE rss_item SET unread = 0")
        db.close()
        return found

    found = rows("SELECT title, url, guid, pubDate FROM rss_item ORDER BY pubDate DESC")
    assert found == [(one.content.title, one.link, one.id, seconds(one.published)) for one in published.truth()]
    published.update()
    assert rows("SELECT title FROM rss_item WHERE unread") == [(NEW[1],)]
    assert {title for (title,) in rows("SELECT title FROM rss_item")} == {
        one.content.title for one in published.truth()
    }


@needs("newsboat")
def test_newsboat_imports_the_list_with_its_folders(published: Published, tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("")
    (tmp_path / "config").write_text("")
    files = ("-u", tmp_path / "urls", "-c", tmp_path / "cache.db", "-C", tmp_path / "config")
    run("newsboat", *files, "-i", published.site.output / "opml.xml", home=tmp_path)
    lines = (tmp_path / "urls").read_text().splitlines()
    assert f"{published.base}atom.xml" in " ".join(lines)
    [honduras] = [line for line in lines if "countries/hn/" in line]
    assert "Countries" in honduras
    live = list(published.site.output.rglob("atom.xml"))
    assert len([line for line in lines if line.strip()]) == len(live)


@needs("sfeed")
def test_sfeed_has_the_same_rows_of_atom_and_rss(published: Published, tmp_path: Path) -> None:
    for name in ("atom.xml", "rss.xml", "countries/hn/atom.xml"):
        data = (published.site.output / name).read_bytes()
        done = subprocess.run(["sfeed"], input=data, capture_output=True, check=True)
        rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
        feed = name.rpartition("/")[0]
        assert [(int(row[0]), row[1], row[2], row[5], row[8]) for row in rows] == [
            (seconds(one.published), one.content.title, one.link, one.id, "|".join(tag.label for tag in one.categories))
            for one in published.truth(feed)
        ]


READER = """
import json, sys
from reader import make_reader
reader, said = make_reader(sys.argv[1]), []
for url in sys.argv[2:]:
    reader.add_feed(url, exist_ok=True)
for one in reader.update_feeds_iter(scheduled=False):
    value = one.value
    said.append([one.url, str(value) if isinstance(value, Exception) else value and [value.new, value.modified]])
entries = [[e.feed_url, e.id, e.title, e.link, int(e.published.timestamp()), e.read] for e in reader.get_entries()]
for e in reader.get_entries():
    reader.mark_entry_as_read(e)
print(json.dumps([said, entries]))
"""


@needs(PYTHON)
def test_the_reader_library_shows_the_truth_in_all_formats(published: Published, tmp_path: Path) -> None:
    urls = [published.base + name for name in ("atom.xml", "rss.xml", "feed.json")]

    def read() -> tuple[list[Any], list[Any]]:
        said, entries = json.loads(run(PYTHON, "-W", "ignore", "-c", READER, tmp_path / "db", *urls, home=tmp_path))
        return said, entries

    _, entries = read()
    for url in urls:
        found = sorted((one[1:5] for one in entries if one[0] == url), key=lambda one: -one[3])
        assert found == [[one.id, one.content.title, one.link, seconds(one.published)] for one in published.truth()]
    published.update()
    said, entries = read()
    # JSON and Atom say that an entry was modified; RSS has no word for it, and the text of it has changed.
    assert {url: value[0] for url, value in said} == dict.fromkeys(urls, 1)
    assert {(one[0], one[2]) for one in entries if not one[5]} == {(url, NEW[1]) for url in urls}


@needs(PYTHON, CLIENTS / "venv/bin/r2e")
def test_rss2email_sends_a_letter_for_each_entry_and_one_after_an_update(published: Published, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    sendmail = tmp_path / "sendmail"
    sendmail.write_text(f'#!/bin/sh\ncat > "{tmp_path}/mail/$(ls {tmp_path}/mail | wc -l | xargs printf %05d)"\n')
    sendmail.chmod(0o755)
    command = (CLIENTS / "venv/bin/r2e", "-c", tmp_path / "config", "-d", tmp_path / "data")
    run(*command, "new", "somebody@example.org", home=tmp_path)
    stated = (tmp_path / "config").read_text()
    for key, value in (("sendmail", str(sendmail)), ("use-smtp", "False"), ("email-protocol", "sendmail")):
        stated = re.sub(rf"(?m)^{key} = .*", f"{key} = {value}", stated)
    (tmp_path / "config").write_text(stated)
    run(*command, "add", "main", f"{published.base}atom.xml", home=tmp_path)

    def letters() -> list[str]:
        run(*command, "run", home=tmp_path)
        found = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((tmp_path / "mail").iterdir())
        ]
        return [str(email.header.make_header(email.header.decode_header(str(one["subject"])))) for one in found]

    def plain(title: str) -> str:  # it takes a title for HTML, whatever its type says
        return re.sub(r"<\w+>", "", title).replace("  ", " ").strip()

    first = letters()
    assert [plain(title) for title in first] == [plain(one.content.title) for one in reversed(published.truth())]
    published.update()
    assert letters()[len(first) :] == [NEW[1]]


# --- parsers ---------------------------------------------------------------------------------------------------------

FEEDPARSER = """
import feedparser, json, sys
feed = feedparser.parse(sys.argv[1])
print(json.dumps([feed.bozo, [
    [e.title, e.link, e.id, e.published, [tag.label or tag.term for tag in e.get("tags", [])]] for e in feed.entries
]]))
"""


@needs(PYTHON)
@pytest.mark.parametrize("name", ["atom.xml", "rss.xml"])
def test_feedparser_reads_the_truth_from_the_server(published: Published, tmp_path: Path, name: str) -> None:
    bozo, found = json.loads(run(PYTHON, "-c", FEEDPARSER, published.base + name, home=tmp_path))
    truth = published.truth()
    assert not bozo
    assert [one[1:3] for one in found] == [[one.link, one.id] for one in truth]
    assert [one[4] for one in found] == [[tag.label for tag in one.categories] for one in truth]
    # feedparser takes "<opened>" for a tag, and leaves it out; every other title is exact.
    assert [one[0] for one in found][1:] == [one.content.title for one in truth][1:]


LISTPARSER = """
import json, sys, urllib.request, listparser
found = listparser.parse(urllib.request.urlopen(sys.argv[1]).read())
print(json.dumps([bool(found.bozo), [[feed.url, feed.title, feed.categories] for feed in found.feeds]]))
"""


@needs(PYTHON)
def test_listparser_finds_every_feed_in_its_folder(published: Published, tmp_path: Path) -> None:
    bozo, found = json.loads(run(PYTHON, "-c", LISTPARSER, f"{published.base}opml.xml", home=tmp_path))
    assert not bozo
    by_url = {url.removeprefix(published.base): (title, categories) for url, title, categories in found}
    assert by_url.keys() == {
        path.relative_to(published.site.output).as_posix() for path in published.site.output.rglob("atom.xml")
    }
    assert by_url["countries/hn/atom.xml"] == ("Example news – Honduras", [["Countries"]])
    assert by_url["topics/border-management/atom.xml"][1] == [["Topics"]]


RSS_PARSER = """
const Parser = require("rss-parser");
new Parser().parseURL(process.argv[1]).then((feed) => console.log(JSON.stringify(
  feed.items.map((one) => [one.title, one.link, one.guid || one.id, one.isoDate, one.categories || []]))));
"""
FEEDSMITH = """
(async () => {
  const { parseFeed } = await import(process.cwd() + "/node_modules/feedsmith/dist/index.mjs");
  const answer = await fetch(process.argv[1]);
  const { feed } = parseFeed(await answer.text());
  const text = (one) => (one && typeof one === "object") ? (one.value ?? one.href) : one;
  console.log(JSON.stringify((feed.items || feed.entries).map((one) => [
    text(one.title), one.link ? text(one.link) : (one.url || one.links.find((l) => l.rel === "alternate").href),
    text(one.guid) || one.id, new Date(one.pubDate || one.published || one.date_published).toISOString(),
    (one.categories || one.tags || []).map((tag) => tag.label || tag.name || tag)])));
})();
"""


def node(code: str, address: str) -> list[list[Any]]:
    done = subprocess.run(["node", "-e", code, address], cwd=CLIENTS, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout, done.stderr
    found: list[list[Any]] = json.loads(done.stdout)
    return found


def as_told(entries: list[Entry]) -> list[list[Any]]:
    return [
        [
            one.content.title,
            one.link,
            one.id,
            f"{one.published:%Y-%m-%dT%H:%M:%S}.000Z",
            [category.label for category in one.categories],
        ]
        for one in entries
    ]


@needs("node", CLIENTS / "node_modules/rss-parser")
def test_rss_parser_of_npm_reads_the_truth(published: Published) -> None:
    truth = as_told(published.truth())
    assert node(RSS_PARSER, f"{published.base}rss.xml") == truth
    without = [one[:4] for one in node(RSS_PARSER, f"{published.base}atom.xml")]  # of Atom it reads no categories
    assert without == [one[:4] for one in truth]


@needs("node", CLIENTS / "node_modules/feedsmith")
@pytest.mark.parametrize("name", ["atom.xml", "rss.xml", "feed.json"])
def test_feedsmith_reads_the_truth(published: Published, name: str) -> None:
    assert node(FEEDSMITH, published.base + name) == as_told(published.truth())


RUBY = """
require "json"
require "rss"
ARGV.each do |path|
  feed = RSS::Parser.parse(File.read(path), true)  # validating: raises for what RSS or Atom does not allow
  items = feed.items.map do |one|
    one.respond_to?(:guid) ? [one.title, one.link, one.guid.content, one.pubDate.to_i, one.categories.map(&:content)]
      : [one.title.content, one.links.find { |l| l.rel == "alternate" }.href, one.id.content,
         one.published.content.to_i, one.categories.map(&:label)]
  end
  puts [path, items].to_json
end
"""


@needs("ruby")
def test_the_strict_parser_of_ruby_takes_every_feed(published: Published, tmp_path: Path) -> None:
    paths = sorted(path for name in ("atom.xml", "rss.xml") for path in published.site.output.rglob(name))
    found = dict(json.loads(line) for line in run("ruby", "-e", RUBY, *paths, home=tmp_path).splitlines())
    assert len(found) == len(paths) > 10
    for name in ("atom.xml", "rss.xml"):
        assert found[str(published.site.output / name)] == [
            [
                one.content.title,
                one.link,
                one.id,
                seconds(one.published),
                [category.label for category in one.categories],
            ]
            for one in published.truth()
        ]


# --- what a source states -------------------------------------------------------------------------------------------

AUTHORS, SUMMARY, PICTURE = ["Ann Bell", "Bo Li"], "The editor's summary.", "https://example.org/i/1.jpg"
CATEGORIES = ["Kenya", "Migration health", "Health", "Opening"]
FEEDSMITH_STATED = """
(async () => {
  const { parseFeed } = await import(process.cwd() + "/node_modules/feedsmith/dist/index.mjs");
  const { feed } = parseFeed(await (await fetch(process.argv[1])).text());
  const one = (feed.items || feed.entries)[0];
  const text = (found) => (found && typeof found === "object") ? found.value : found;
  const media = one.media && one.media.contents && one.media.contents[0].url;
  console.log(JSON.stringify([
    one.dc && one.dc.creators ? one.dc.creators : one.authors.map((author) => author.name),
    text(one.summary) || text(one.description), media || one.image,
    (one.categories || one.tags).map((tag) => tag.label || tag.name || tag)]));
})();
"""
RSS_PARSER_STATED = """
const Parser = require("rss-parser");
new Parser({ customFields: { item: [["media:content", "media"]] } }).parseURL(process.argv[1]).then(
  ({ items: [one] }) => console.log(JSON.stringify([[one.creator], one.content, one.media.$.url, one.categories])));
"""
READER_STATED = """
import json, sys
from reader import make_reader
reader = make_reader(sys.argv[1])
for url in sys.argv[2:]:
    reader.add_feed(url)
reader.update_feeds()
entries = [entry for entry in reader.get_entries() if entry.link.endswith("/1")]
print(json.dumps({one.feed_url: [one.author, one.summary, [file.href for file in one.enclosures]] for one in entries}))
"""


@pytest.fixture
def stated(published: Published) -> Published:
    """A site of the feed in tests/kinds that states every field."""
    published.site.write("input.xml", (Path(__file__).parent / "kinds/rss/input.xml").read_bytes())
    settings = CONFIG.replace("https://news.example.org/feeds/", published.base)
    published.site.write(
        "feeds.toml", f'{settings}\n[[sources]]\nname = "n"\npath = "input.xml"\ncategories = "keep"\n'
    )
    assert published.site.build().status == 0
    return published


@needs("newsboat")
@pytest.mark.parametrize("name", ["atom.xml", "rss.xml"])
def test_newsboat_shows_an_author(stated: Published, tmp_path: Path, name: str) -> None:
    (tmp_path / "urls").write_text(f"{stated.base}{name}\n")
    (tmp_path / "config").write_text("")
    files = ("-u", tmp_path / "urls", "-c", tmp_path / "cache.db", "-C", tmp_path / "config")
    run("newsboat", *files, "-x", "reload", home=tmp_path)
    with sqlite3.connect(tmp_path / "cache.db") as db:
        [(author,)] = db.execute("SELECT author FROM rss_item WHERE url LIKE '%/1'").fetchall()
    db.close()
    assert author in (*AUTHORS, ", ".join(AUTHORS))  # of several in RSS it takes the last


@needs(PYTHON)
def test_the_reader_library_shows_author_summary_and_files(stated: Published, tmp_path: Path) -> None:
    urls = [stated.base + name for name in ("atom.xml", "rss.xml", "feed.json")]
    found = json.loads(run(PYTHON, "-W", "ignore", "-c", READER_STATED, tmp_path / "db", *urls, home=tmp_path))
    assert set(found) == set(urls)
    for url, (author, summary, files) in found.items():
        assert author and author.split(", ")[0] in AUTHORS
        assert summary == SUMMARY
        assert "https://example.org/report.pdf" in files
        assert url.endswith("rss.xml") or PICTURE in files  # RSS has one enclosure


@needs("node", CLIENTS / "node_modules/feedsmith")
@pytest.mark.parametrize("name", ["atom.xml", "rss.xml", "feed.json"])
def test_feedsmith_shows_author_summary_picture_and_categories(stated: Published, name: str) -> None:
    assert node(FEEDSMITH_STATED, stated.base + name) == [AUTHORS, SUMMARY, PICTURE, CATEGORIES]


@needs("node", CLIENTS / "node_modules/rss-parser")
def test_rss_parser_of_npm_shows_author_summary_picture_and_categories(stated: Published) -> None:
    shown = node(RSS_PARSER_STATED, stated.base + "rss.xml")
    assert shown == [AUTHORS[:1], SUMMARY, PICTURE, CATEGORIES]  # of several authors it keeps the first
