"""The edges: paths, imports, addresses, signals, patterns; and that what somebody sends costs linear time."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import CONFIG, NOW, Run, Site, item

from feeds import config, publish
from feeds.cli import main
from feeds.content import markup
from feeds.fetch import transport
from feeds.history import History, codec
from feeds.model import ConfigError, Document, PublishError, SourceError
from feeds.pipeline import build

KNOWN = "".join(item(f"{day} July, 2021", f"Item {day} about Panama") for day in range(9, 0, -1))
GOOD = item("5 May, 2017", "Good news")


def titles(site: Site) -> set[str]:
    with contextlib.closing(sqlite3.connect(site.folder / ".history.sqlite3")) as db:
        return {title for (title,) in db.execute("SELECT title FROM entries")}


# --- edges -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["../evil.html", "/etc/evil", "items/../../evil.html", "a//b", "", ".", "items/.", "a\\b", "a\0b"]
)
def test_nothing_is_staged_outside_of_the_output(tmp_path: Path, path: str) -> None:
    with publish.staging(tmp_path) as area, pytest.raises(PublishError, match="not a path below the output folder"):
        area.add(Document(path, b"x"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"items/2017/05/05/good-news.html"', '"../../evil.html"', "is not the path of a page"),
        ('"items/2017/05/05/good-news.html"', '"/items/2017/05/05/a.html"', "is not the path of a page"),
        ('"link": ""', '"link": "javascript:alert(1)"', "is not an absolute address of the web"),
        ('"title": "Good news"', '"title": "Good \\u0001 news"', "holds a character that no feed can hold"),
        ('{"table": "feeds", "path": ""', '{"table": "feeds", "path": "../../evil"', "is not the path of a feed"),
        ('"path": "atom.xml"', '"path": "../atom.xml"', "is not the path of a document"),
    ],
)
def test_an_import_names_the_line_that_leads_out(site: Site, tmp_path: Path, old: str, new: str, message: str) -> None:
    site.write("news.txt", GOOD)
    site.build()
    with History(site.folder / ".history.sqlite3") as history:
        lines = list(history.export())
    wrong = [line.replace(old, new) for line in lines]
    number = next(n for n, pair in enumerate(zip(lines, wrong, strict=True), 1) if pair[0] != pair[1])
    (tmp_path / "other").mkdir()
    (tmp_path / "other/feeds.toml").write_text(CONFIG)
    (tmp_path / "h.jsonl").write_text("\n".join(wrong))
    result = CliRunner().invoke(main, ["history", "import", str(tmp_path / "h.jsonl"), str(tmp_path / "other")])
    assert result.exit_code == 1
    assert f"line {number}: " in result.output and message in result.output


def with_fragment(line: str, body: bytes) -> str:
    """A line of an export whose entry is rendered as these bytes."""
    row = json.loads(line)
    row["sizes"], packed = codec.pack_fragments(dict.fromkeys(("atom", "json", "rss"), body))
    return json.dumps({**row, "packed": {"base64": base64.b64encode(packed).decode()}})


def test_imported_html_goes_through_the_cleaner_again(site: Site, tmp_path: Path) -> None:
    site.write("news.txt", GOOD)
    site.build()
    with History(site.folder / ".history.sqlite3") as history:
        lines = [
            line.replace("<p>Some text.</p>", "<p onclick='x()'>Some<script>x()</script> text.</p>")
            for line in history.export()
        ]
        lines = [with_fragment(line, b"EVIL") if '"fragments"' in line else line for line in lines]
    assert any("onclick" in line for line in lines)
    (site.folder / ".history.sqlite3").unlink()
    (tmp_path / "h.jsonl").write_text("\n".join(lines))
    assert CliRunner().invoke(main, ["history", "import", str(tmp_path / "h.jsonl"), str(site.folder)]).exit_code == 0
    assert site.build().status == 0
    everything = b"".join(site.files().values())
    assert b"Some text." in everything and b"onclick" not in everything and b"EVIL" not in everything


def test_an_export_of_a_damaged_file_is_no_backup(site: Site) -> None:
    site.write("news.txt", KNOWN * 40)
    site.build()
    path = site.folder / ".history.sqlite3"
    data = bytearray(path.read_bytes())
    for place in range(3 * 4096, len(data) - 4096, 4096):
        data[place + 1 : place + 60] = b"\xff" * 59
    path.write_bytes(data)
    result = CliRunner().invoke(main, ["history", "export", str(site.folder)])
    assert result.exit_code == 3
    assert "damaged" in result.output


PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "2002:5db8:d822::1", "::ffff:93.184.216.34"]
PRIVATE = [
    *("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.0.0.8", "224.0.0.1", "0.0.0.0", "100.64.0.1", "240.0.0.1"),
    *("::1", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:10.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:c0a8:101::1"),
    *("2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::5efe:10.0.0.1", "::ffff:0:169.254.169.254"),
]


@pytest.mark.parametrize(
    ("address", "is_public"), [*((one, True) for one in PUBLIC), *((one, False) for one in PRIVATE)]
)
def test_an_address_is_judged_by_the_one_that_it_embeds(
    address: str, is_public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, 0, 0, "", (address, 80))])
    if is_public:
        assert transport._checked_address("e.org", 80, False) == address
    else:
        with pytest.raises(SourceError, match="in a private network"):
            transport._checked_address("e.org", 80, False)


@pytest.mark.slow
def test_a_signal_ends_a_run_that_waits_for_a_slow_server(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asked: list[socket.socket] = []
        thread = threading.Thread(target=lambda: asked.append(server.accept()[0]), daemon=True)
        thread.start()
        source = f'[[sources]]\nname = "slow"\nurl = "http://127.0.0.1:{port}/"\nprivate = true\nrobots = false\n'
        site.write("feeds.toml", CONFIG + source)
        call = [sys.executable, "-m", "feeds", "build", str(site.folder), "-o", str(site.output)]
        process = subprocess.Popen(call, stderr=subprocess.PIPE, text=True, env={**os.environ})
        thread.join(20)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, shown = process.communicate(timeout=20)
        assert (process.returncode, time.monotonic() - began < 2) == (128 + signal.SIGTERM, True)
        assert "stopped by SIGTERM" in shown
        asked[0].close()


@pytest.mark.slow
def test_withdrawing_can_wait_for_a_build(site: Site, feeds: Run) -> None:
    site.write("news.txt", GOOD)
    site.build()
    with History(site.folder / ".history.sqlite3") as history:
        found = next(entry.id for entry in history.entries.each("https://news.example.org/feeds/"))
    arguments = ("withdraw", found, site.folder, "-o", site.output, "--reason", "It named a minor.")
    lock = publish.lock(site.folder)
    lock.__enter__()
    try:
        assert feeds(*arguments).returncode == 75
        release = threading.Timer(1.5, lambda: lock.__exit__(None, None, None))
        release.start()
        assert feeds(*arguments, "--wait").returncode == 0
    finally:
        release.join()
    assert "It named a minor." in (site.output / "atom.xml").read_text()


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|aa)+$", "(.*)*x", "(a*)*b", "(?:\\w+\\s?)+!", ".*a.*b.*c.*d", "((ab)*c?)*", "(?:a{1,20}){1,20}b"],
)
def test_a_pattern_that_a_title_could_keep_busy_is_refused(site: Site, pattern: str) -> None:
    site.write("feeds.toml", f"{CONFIG}[[overrides]]\npattern = '{pattern}'\ncountries = []\n")
    with pytest.raises(ConfigError, match="repetition in a repetition"):
        config.load_config(site.folder)


@pytest.mark.parametrize(
    "pattern",
    [
        "^Health bulletin",
        "Panama.*(Costa Rica|Honduras)",
        r"\bNo\.? \d+\b",
        "(?i)^sitrep",
        "[A-Z]+ [a-z]{2,5}",
        "a?b?c?",
    ],
)
def test_a_pattern_that_people_write_is_taken(site: Site, pattern: str) -> None:
    site.write("feeds.toml", f"{CONFIG}[[overrides]]\npattern = '{pattern}'\ncountries = []\n")
    assert config.load_config(site.folder).overrides[0].value == pattern


# --- linear ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    [
        *("<img ", '<img alt="<img "', "<img src=x style='width:1px'>", "<div>", "<ul><li>", "<i></b>", "<b><p>"),
        *("<a href=x>", "<table>", "<!--", "<![CDATA[", "<svg>", "&lt;", "</p>", "<p>a</p>"),
    ],
)
def test_cleaning_takes_a_time_that_grows_with_the_text(part: str) -> None:
    """Eight times the text takes about eight times as long; a square would be sixty-four."""
    spent = []
    for length in (40_000, 320_000):
        text = part * (length // len(part))
        best = min(_timed(lambda text=text: markup.safe_html(text, "https://e.org/", True)) for _ in range(3))
        spent.append(max(best, 0.002))
    assert spent[1] < 24 * spent[0]


def _timed(work: Any) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def test_html_that_is_too_deep_is_published_as_text(site: Site) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "t"\npath = "t.csv"\n')
    site.write("t.csv", f"date,title,html\n2017-05-05,Deep,{'<div>' * 5000}The text.\n")
    report = site.build()
    assert ([problem.code for problem in report.problems], report.status) == (["too-deep"], 0)
    assert "<p>The text.</p>" in json.loads((site.output / "feed.json").read_text())["items"][0]["content_html"]


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<img src="https://e.org/a.png">', True),
        ('<img src="https://e.org/a.png" width="1" height="1">', False),
        ('<img style="width: 1px" src="https://e.org/a.png">', False),
        ('<img alt="a < b > c" width=1 src="https://e.org/a.png">', False),
        ("<IMG HEIGHT=0 SRC=https://e.org/a.png>", False),
        ('<img width="100" src="https://e.org/a.png">', True),
    ],
)
def test_images_of_a_pixel_go_however_they_are_written(html: str, kept: bool) -> None:
    found = markup.safe_html(f"<p>x{html}</p>", "https://e.org/", True)
    assert ("<img" in found) is kept
    assert "style" not in found


@pytest.mark.parametrize(
    "stated", ["2017-13-05", "2017", "2017-05-05T25:00:00Z", "2017-05-05T10:60:00Z", "Thu, 05 May 2017 10:00:00 XYZ"]
)
def test_no_date_of_a_feed_is_guessed(site: Site, stated: str) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "f"\npath = "f.xml"\n')
    rss = f"<rss version='2.0'><channel><title>x</title><link>https://e.org/</link><description>d</description><item><title>One</title><pubDate>{stated}</pubDate></item></channel></rss>"
    site.write("f.xml", rss)
    report = site.build()
    assert [(problem.code, stated in problem.message) for problem in report.problems] == [("bad-date", True)]
    assert titles(site) == set()


@pytest.mark.slow
def test_memory_does_not_grow_with_long_texts(site: Site) -> None:
    """400 items of 100 kB: 40 MB of text; what a batch of fifty of them took was some 100 MB each time."""
    source = '[[sources]]\nname = "t"\npath = "t.csv"\n'
    site.write("feeds.toml", CONFIG + source)
    words = "river bridge harvest clinic teacher market " * 2300
    rows = "".join(f"2017-{1 + n // 28 % 12:02}-{1 + n % 28:02},Title {n},{words[:99_000]}\n" for n in range(400))
    site.write("t.csv", f"date,title,text\n{rows}")
    code = (
        "import sys; from pathlib import Path; from feeds.pipeline import build; import datetime as dt\n"
        "report = build(Path(sys.argv[1]), Path(sys.argv[2]), now=dt.datetime.now(dt.UTC))\n"
        "assert report.counts.new == 400; print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    call = [sys.executable, "-c", code, str(site.folder), str(site.output)]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 200_000  # kB


def test_a_build_can_be_asked_not_to_remember(site: Site, tmp_path: Path) -> None:
    site.write("news.txt", GOOD)
    site.build()
    before = (site.folder / ".history.sqlite3").read_bytes()
    site.write("news.txt", item("24 November, 2025", "Draft: minister resigns") + GOOD)
    report = build(site.folder, tmp_path / "look", now=NOW, remember=False)
    assert "Draft: minister resigns" in (tmp_path / "look/atom.xml").read_text()
    assert [change.title for change in report.changes] == ["Draft: minister resigns"]
    assert (site.folder / ".history.sqlite3").read_bytes() == before
    site.write("news.txt", item("24 November, 2025", "Timetable of the clinic") + GOOD)
    site.build()
    assert "Draft" not in (site.output / "atom.xml").read_text()


@pytest.mark.parametrize("kilobytes", [25_000, 34_000, 38_000])
def test_whatever_memory_there_is_nobody_sees_a_traceback(site: Site, kilobytes: int) -> None:
    """A machine with too little of it, for real; how little that is, is the machine's."""
    site.write("news.txt", GOOD)
    command = f"ulimit -v {kilobytes}; exec {sys.executable} -m feeds build {site.folder} -o {site.output}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    if not done.stderr.startswith("feeds: error"):
        assert done.returncode == 0 or "Fatal Python error" in done.stderr or done.returncode < 0, done.stderr
    else:
        assert (done.returncode, "Traceback" in done.stderr) == (3, False), done.stderr
