"""feeds validate and feeds serve --validator: what people, scripts and code hosts get."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx
import pytest
import yaml
from conftest import Run
from documents import RSS, place
from lxml import etree
from page_server import running
from servers import CLIENTS
from test_browser import look
from test_browser import pytestmark as in_browser

ROOT = Path(__file__).parent.parent
ITEMS = "".join(
    f"<item><title>N{n}</title><guid isPermaLink='false'>urn:a:{n}</guid><pubDate>day {n}</pubDate></item>"
    for n in range(30)
)
THIRTY = place("rss channel", ITEMS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder/thirty.xml").write_bytes(THIRTY)
    (tmp_path / "a folder/right.xml").write_bytes(RSS.encode())
    return tmp_path


def test_findings_that_are_alike_are_shown_once_with_their_number(feeds: Run, folder: Path) -> None:
    [line] = feeds("validate", "a folder").stdout.splitlines()
    assert re.match(r"a folder/thirty\.xml:\d+:\d+: error: <pubDate> is 'day 0'; expected", line)
    assert ", in /rss/channel/item[1]/pubDate 'N0'; 30 times, --all shows each (RSS 2.0 <pubDate>) [bad-date]" in line
    every = feeds("validate", "--all", "a folder").stdout.splitlines()
    assert len(every) == 30
    assert "item[30]/pubDate 'N29' (RSS" in every[-1]


def test_json_says_path_and_entry(feeds: Run, folder: Path) -> None:
    lines = [json.loads(line) for line in feeds("validate", "--format", "json", "a folder").stdout.splitlines()]
    thirty = next(line for line in lines if line["path"].endswith("thirty.xml"))
    assert len(thirty["findings"]) == 30
    assert (thirty["findings"][3]["path"], thirty["findings"][3]["entry"]) == ("/rss/channel/item[4]/pubDate", "N3")


def test_a_code_is_explained(feeds: Run, folder: Path) -> None:
    done = feeds("validate", "--explain", "bad-date")
    assert (done.returncode, done.stdout.splitlines()[0].partition(":")[0]) == (0, "bad-date")
    assert "Wrong:" in done.stdout
    unknown = feeds("validate", "--explain", "bad-dat")
    assert (unknown.returncode, "did you mean 'bad-date'?" in unknown.stderr) == (2, True)


def test_junit_has_a_case_for_each_document(feeds: Run, folder: Path) -> None:
    (folder / "a folder/odd.xml").write_bytes(b"\x01<rss \x02")
    done = feeds("validate", "--format", "junit", "a folder")
    assert done.returncode == 1
    suite = etree.fromstring(done.stdout.encode())[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    cases = {case.get("name"): case.find("failure") for case in suite}
    assert cases["a folder/right.xml"] is None
    failure = cases["a folder/thirty.xml"]
    assert failure is not None
    assert (failure.get("type"), (failure.text or "").count("\n")) == ("bad-date", 29)


def test_sarif_is_as_its_consumers_take_it(feeds: Run, folder: Path) -> None:
    done = feeds("validate", "--format", "sarif", "a folder", folder / "a folder/thirty.xml", "-", stdin="<rss/>")
    [run] = json.loads(done.stdout)["runs"]
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}
    assert uris == {"a%20folder/thirty.xml", (folder / "a folder/thirty.xml").as_uri(), "stdin"}
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["fullDescription"]["text"].endswith(".")
        assert rule["help"]["markdown"]
        assert rule["helpUri"].startswith("https://")
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    dates = [result for result in run["results"] if result["ruleId"] == "bad-date"]
    assert len({result["partialFingerprints"]["finding/v1"] for result in dates}) == 30
    assert dates[0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "/rss/channel/item[1]/pubDate"


@pytest.mark.slow
def test_sarif_passes_the_multitool(feeds: Run, folder: Path) -> None:
    multitool = CLIENTS / "node_modules/.bin/sarif-multitool"
    if not multitool.exists():
        pytest.skip("needs sarif-multitool (.ci/clients installs it)")
    (folder / "a.sarif").write_text(feeds("validate", "--format", "sarif", "a folder", "-", stdin="<rss/>").stdout)
    done = subprocess.run([multitool, "validate", folder / "a.sarif"], capture_output=True, text=True, cwd=folder)
    said = re.findall(r"(?:warning|error) (SARIF\d+|JSON\d+)", done.stdout)
    assert "Analysis completed successfully" in done.stdout
    assert set(said) <= {"SARIF2005"}  # an address of the tool, which has no home yet


@pytest.mark.slow
def test_the_feeds_of_a_page_are_checked(feeds: Run, folder: Path) -> None:
    page = '<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="feed.xml"></head></html>'
    with running() as server:
        server.answer = {"/": page, "/feed.xml": THIRTY, "/empty": "<html></html>"}.get
        plain = feeds("validate", server.url + "/")
        assert "[html-page]" in plain.stdout
        assert "it names feed.xml" in plain.stdout
        found = feeds("validate", "--discover", server.url + "/")
        assert f"{server.url}/feed.xml:" in found.stdout
        assert "[bad-date]" in found.stdout
        none = feeds("validate", "--discover", server.url + "/empty")
        assert (none.returncode, "[no-feed]" in none.stderr) == (2, True)


# --- the page ---------------------------------------------------------------------------------------------------------


@contextmanager
def validator_page(folder: Path) -> Iterator[str]:
    """Run the command, and yield the address that it prints."""
    command = [sys.executable, "-m", "feeds", "serve", "--validator", "--port", "0"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True, cwd=folder) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[0]
        finally:
            process.terminate()


@pytest.mark.slow
def test_the_page_shows_what_is_wrong_and_marks_the_line(folder: Path) -> None:
    with validator_page(folder) as address, running() as server:
        assert "Address of a feed" in httpx.get(address).text
        assert httpx.get(address + "validator.css").headers["content-type"].startswith("text/css")
        pasted = unescape(httpx.post(address, data={"document": THIRTY.decode()}).text)
        assert "RSS 2.0: not valid" in pasted
        assert "30 errors, No warnings." in pasted
        assert re.search(r"<mark>[^<]*<item><title>N0</title>", pasted)
        assert "30 times in all" in pasted
        assert "RSS 2.0: valid" in httpx.post(address, data={"document": RSS}).text
        server.answer = {
            "/": "<html><link rel='alternate' type='application/rss+xml' href='feed.xml'></html>",
            "/feed.xml": THIRTY,
        }.get
        assert f"Check {server.url}/feed.xml" in httpx.post(address, data={"address": server.url + "/"}).text
        by_address = httpx.post(address, data={"address": server.url + "/feed.xml"}).text
        assert "bad-content-type" in by_address
        assert "bad-date" in by_address
        assert "paste the feed" in httpx.post(address, data={"address": "file:///etc/passwd"}).text


@pytest.mark.slow
def test_the_page_is_for_itself_only(folder: Path) -> None:
    with validator_page(folder) as address:
        assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 403
        answer = httpx.post(address, data={"document": RSS}, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
        shown = httpx.post(address, data={"document": "<rss><script>alert(1)</script>"})
        assert "<script>" not in shown.text
        assert shown.headers["content-security-policy"].startswith("default-src 'none'")
        pasted = httpx.post(address, data={"document": RSS.replace("UTF-8", "gb2312").replace("One", "Año")})
        assert "RSS 2.0: valid" in pasted.text


@pytest.mark.slow
@in_browser[1]
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 1100])
def test_axe_finds_nothing_on_the_page_and_nothing_comes_from_elsewhere(folder: Path, dark: bool, width: int) -> None:
    with validator_page(folder) as address, running() as server:
        shown = httpx.post(address, data={"document": THIRTY.decode().replace("News", "x" * 400)}).text
        style = httpx.get(address + "validator.css").text
        server.answer = {
            "/": shown.replace('<link rel="stylesheet" href="validator.css">', f"<style>{style}</style>")
        }.get
        for url in (address, server.url + "/"):
            [seen] = look({"url": url, "axe": True, "dark": dark, "width": width})
            assert (seen["violations"], seen["wide"], seen["said"]) == ([], False, [])
            assert [request for request in seen["requests"] if not request.startswith(url)] == []


# --- in other people's CI ---------------------------------------------------------------------------------------------


def test_the_action_checks_what_it_is_told(folder: Path) -> None:
    """The step of action.yml, run as a runner runs it, but for the installation."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    [step] = action["runs"]["steps"]
    assert set(re.findall(r"inputs\.(\w+)", json.dumps(step["env"]))) == set(action["inputs"])
    place_ = folder / "runner/bin"
    place_.mkdir(parents=True)
    (place_ / "pip").write_text("#!/bin/sh\n")
    (place_ / "feeds").write_text(f'#!/bin/sh\nexec {sys.executable} -m feeds "$@"\n')
    for tool in place_.iterdir():
        tool.chmod(0o755)
    script = step["run"].replace('python3 -m venv "$PLACE"', "true")
    environment = {"PATH": "/usr/bin:/bin", "ACTION": str(ROOT), "PLACE": str(folder / "runner"), "STRICT": "false"}
    environment |= {"PATHS": "a folder\n\n", "IGNORE": "", "SARIF": "found.sarif", "PYTHONPATH": str(ROOT)}

    def run(**inputs: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-c", script]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**environment, **inputs})

    done = run()
    assert (done.returncode, done.stdout.count("::error file=a folder/thirty.xml,")) == (1, 30)
    assert json.loads((folder / "found.sarif").read_text())["version"] == "2.1.0"
    assert run(IGNORE="bad-date").returncode == 0


@pytest.mark.slow
def test_pre_commit_refuses_a_broken_feed(folder: Path) -> None:
    pre_commit = CLIENTS / "venv/bin/pre-commit"
    if not pre_commit.exists() or not shutil.which("git"):
        pytest.skip("needs pre-commit and git (.ci/clients installs them)")

    def run(*command: object, where: Path) -> subprocess.CompletedProcess[str]:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        whole = ["git", *identity, *map(str, command[1:])] if command[0] == "git" else [str(part) for part in command]
        return subprocess.run(whole, capture_output=True, text=True, cwd=where, timeout=600)

    hooks = folder / "hooks"  # what pre-commit clones: this project, as a repository of its own
    shutil.copytree(
        ROOT, hooks, ignore=shutil.ignore_patterns(".git", ".venv", ".clients", "output", "tests", ".*cache")
    )
    for where in (hooks, folder / "a folder"):
        run("git", "init", "-q", where=where)
    run("git", "add", "-A", where=hooks)
    run("git", "commit", "-qm", "hooks", where=hooks)
    revision = run("git", "rev-parse", "HEAD", where=hooks).stdout.strip()
    config = {"repos": [{"repo": str(hooks), "rev": revision, "hooks": [{"id": "feeds-validate"}]}]}
    (folder / "a folder/.pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    shutil.move(folder / "a folder/thirty.xml", folder / "a folder/rss.xml")
    run("git", "add", "-A", where=folder / "a folder")
    done = run(pre_commit, "run", "--all-files", where=folder / "a folder")
    assert (done.returncode, "[bad-date]" in done.stdout) == (1, True), done.stdout + done.stderr
    (folder / "a folder/rss.xml").write_text(RSS)
    run("git", "add", "-A", where=folder / "a folder")
    assert run(pre_commit, "run", "--all-files", where=folder / "a folder").returncode == 0
