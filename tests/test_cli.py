"""The command as people and cron run it: a process of its own, its exit code, what it prints where."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import CONFIG, ROOT, Run, Site, at_terminal, item

import feeds as package
from feeds import __version__
from feeds.cli import codes, main
from feeds.validation import codes as findings


def test_version(feeds: Run) -> None:
    assert feeds("--version").stdout.strip() == f"feeds, version {__version__}"


@pytest.mark.parametrize("command", ["", "build", "validate", "explain", "tag"])
def test_help_has_an_example(feeds: Run, command: str) -> None:
    shown = feeds(*command.split(), "--help")
    assert shown.returncode == 0
    assert f"feeds {command}".strip() in shown.stdout.split("Usage")[1]


def test_a_build_off_a_terminal_says_nothing_when_all_is_well(feeds: Run, seeds: Site) -> None:
    done = feeds("build", seeds.folder, "-o", seeds.output)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (seeds.output / "atom.xml").exists()


def test_a_build_names_problems_on_stderr_and_publishes_the_rest(feeds: Run, site: Site) -> None:
    site.write("news.txt", item("31 February, 2017", "Impossible") + item("5 May, 2017", "Panama"))
    done = feeds("build", site.folder, "-o", site.output)
    assert (done.returncode, done.stdout) == (1, "")
    path = site.folder / "news.txt"
    assert done.stderr == f"{path}:1: error: date '31 February, 2017' does not exist; correct the line [bad-date]\n"
    assert b"<title>Panama</title>" in (site.output / "atom.xml").read_bytes()


def test_a_build_reports_as_json(feeds: Run, site: Site) -> None:
    site.write("news.txt", item("31 February, 2017", "Impossible") + item("5 May, 2017", "Panama"))
    done = feeds("build", site.folder, "-o", site.output, "--json")
    report = json.loads(done.stdout)
    assert report["counts"] == {"read": 2, "new": 1, "changed": 0, "unchanged": 0, "rejected": 1}
    assert report["status"] == done.returncode == 1
    [problem] = report["problems"]
    assert (problem["line"], problem["severity"], problem["code"]) == (1, "error", "bad-date")
    assert "atom.xml" in report["written"]


@pytest.mark.slow
def test_the_time_is_what_now_says_or_the_epoch_or_the_clock(feeds: Run, site: Site) -> None:
    site.write("news.txt", item("5 May, 2030", "Later"))
    assert "after today, 2026-11-21" in feeds("build", site.folder, "-o", site.output).stderr
    early = feeds("build", site.folder, "-o", site.output, "--now", "2017-01-01", "--strict")
    assert "after today, 2017-01-01" in early.stderr
    assert feeds("build", site.folder, "-o", site.output, "--now", "2031-01-01T00:00:00+02:00").returncode == 0
    assert "is not an ISO 8601 date" in feeds("build", site.folder, "--now", "yesterday").stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "tr_TR.UTF-8"}, {"TZ": "Pacific/Kiritimati"}, {"TZ": "America/Adak"}]
)
def test_locale_and_time_zone_of_the_machine_change_no_byte(
    feeds: Run, seeds: Site, environment: dict[str, str], tmp_path: Path
) -> None:
    feeds("build", seeds.folder, "-o", seeds.output)
    before = seeds.files()
    (seeds.folder / ".history.sqlite3").unlink()
    seeds.output = tmp_path / "second"
    feeds("build", seeds.folder, "-o", seeds.output, **environment)
    assert seeds.files() == before


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            CONFIG.replace("[site]", "[sites]"),
            "feeds.toml:2: error: unknown key 'sites' in feeds.toml; did you mean 'site'?",
        ),
        (CONFIG.replace("title", "titel"), "feeds.toml:3: error: unknown key 'titel' in [site]; did you mean 'title'?"),
        (
            CONFIG + '[[sources]]\nnmae = "x"',
            "feeds.toml:8: error: unknown key 'nmae' in [[sources]]; did you mean 'name'?",
        ),
        (CONFIG + "[facets.contries]\n", "unknown key 'contries' in [facets]; did you mean 'countries'?"),
        (
            CONFIG + "[limits]\nlive = 'fifty'",
            "feeds.toml:8: error: live = 'fifty' in [limits]: expected a whole number",
        ),
        (CONFIG + "[limits]\nlive = 0", "live = 0 in [limits]: expected a whole number from 1 to 1000"),
        (CONFIG.replace("https", "javascript"), "expected an absolute address in ASCII"),
        (CONFIG.replace("2020", "'2020'"), "year = '2020' in [site]: expected a whole number"),
        (CONFIG + 'timezone = "Mars/Base"', "timezone = 'Mars/Base' in [site]: expected the name of a time zone"),
        (CONFIG + 'language = "english!"', "expected a language tag (BCP 47)"),
        (CONFIG.replace('title = "Example news"', ""), "[site] has no title"),
        (
            CONFIG + '[[sources]]\nname = "n"\npath = "../../etc/*"',
            "expected a path or pattern below the site's folder",
        ),
        (
            CONFIG + '[[sources]]\nname = "n"\nkind = "pdf"',
            "kind = 'pdf' in [[sources]]: expected one of calendar, feed, html, listing, mail, markdown, sitemap, "
            "spreadsheet, table, wordpress",
        ),
        (CONFIG + '[[sources]]\nname = "n"\nselect = { title = "h3" }', "expected a table of texts with keys of item,"),
        (
            CONFIG + '[[sources]]\nname = "n"\nas_of = "then"',
            "expected a date like 2026-11-21, without quotes, or 'now'",
        ),
        (CONFIG + '[[sources]]\nname = "n"\nbase_url = "/news"', "expected an absolute address like"),
        (CONFIG + '[[sources]]\npath = "n"', "[[sources]] has no name"),
        (CONFIG + 2 * '[[sources]]\nname = "n"\n', "two [[sources]] are named 'n'"),
        (CONFIG + '[facets.topics]\nfile = "none.toml"', "file = 'none.toml' in [facets.topics]: no such file"),
        ("[site\ntitle", "feeds.toml:1: error: not TOML"),
        ("", "[site] has no title"),
        ("site = 3", "[site] must be a table"),
    ],
)
def test_a_configuration_that_is_wrong_is_named_and_stops_the_run(site: Site, config: str, message: str) -> None:
    site.write("feeds.toml", config)
    done = CliRunner().invoke(main, ["build", str(site.folder), "-o", str(site.output)])
    assert done.exit_code == 2
    assert message in done.stderr and done.stderr.startswith(str(site.folder))
    assert done.stderr.endswith(" [config]\n")
    assert not site.output.exists()


def test_a_configuration_with_a_mark_and_crlf_is_read(feeds: Run, site: Site) -> None:
    site.write("feeds.toml", "\ufeff" + CONFIG.replace("\n", "\r\n"))
    site.write("news.txt", item("5 May, 2017", "Panama"))
    assert feeds("build", site.folder, "-o", site.output).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["build", "nowhere"], 2, "nowhere: error: no such folder"),
        (["bild"], 2, "No such command 'bild'"),
        (["build", "--outptu", "x"], 2, "No such option"),
        (["validate", "nowhere.xml"], 2, "nowhere.xml: error: cannot be read: No such file or directory [unreadable]"),
        (["explain", "news:31", "nowhere"], 2, "no such folder"),
    ],
)
def test_wrong_use_is_said(feeds: Run, arguments: list[str], code: int, message: str) -> None:
    done = feeds(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_beside_another_exits_with_75(feeds: Run, site: Site) -> None:
    from feeds.publish import lock

    site.output.mkdir()
    with lock(site.folder):
        done = feeds("build", site.folder, "-o", site.output)
    assert done.returncode == 75
    assert "another run is at work here" in done.stderr


def test_an_output_that_cannot_be_written_exits_with_3(feeds: Run, site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = feeds("build", site.folder, "-o", tmp_path / "file" / "output")
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "cannot be made: Not a directory" in done.stderr


def test_a_full_standard_output_is_said_and_what_was_published_stays(site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Panama"))
    command = [sys.executable, "-c", "from feeds.cli import main; main()", "build", str(site.folder), "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, "-o", str(site.output)], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.stderr == "standard output: error: cannot be written: No space left on device [unwritable]\n"
    assert done.returncode == 1
    assert (site.output / "atom.xml").exists()


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["-n 5", "-n 6", "-n 7", "-n 8"])
def test_what_the_machine_refuses_is_said_without_a_traceback(site: Site, limit: str) -> None:
    """So few open files that the program itself is loaded and its work cannot be done."""
    site.write("news.txt", item("5 May, 2017", "Panama"))
    code = "from feeds.cli import main; main()"
    command = f"ulimit {limit}; exec {sys.executable} -c '{code}' build {site.folder} -o {site.output}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode in (1, 3)
    assert "Traceback" not in done.stderr
    assert re.search(r"(Too many open files|unable to open).* \[(system|history|publish)\]", done.stderr), done.stderr
    assert site.build().status == 0


def test_a_reader_of_the_output_that_leaves_early_is_no_error(feeds: Run) -> None:
    line = json.dumps({"id": 1, "title": "Panama"})
    code = "from feeds.cli import main; main(['tag'])"
    shell = f"yes '{line}' | head -3000 | {sys.executable} -c \"{code}\" | head -1"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=60)
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


def test_what_an_input_says_never_moves_the_cursor_of_a_terminal(feeds: Run, site: Site) -> None:
    site.write("news.txt", "\x1b[2JUndated \u202etext\x07\n")
    done = feeds("build", site.folder, "-o", site.output)
    assert "\\x1b[2JUndated \\u202etext\\x07" in done.stderr
    assert not set(done.stderr) & {"\x1b", "\x07", "\u202e"}


def test_on_a_terminal_a_build_ends_with_a_table(seeds: Site, tmp_path: Path) -> None:
    code, shown = at_terminal(["build", str(seeds.folder), "-o", str(seeds.output)], tmp_path)
    assert code == 0
    assert [line.split() for line in shown.splitlines() if line.split()[:1] == ["news"]] == [
        ["news", "20", "20", "0", "0", "0"]
    ]
    assert "0 unchanged, 0 problems" in shown


# --- validate --------------------------------------------------------------------------------------------------------


def test_validate_names_file_line_and_section(feeds: Run, seeds: Site, tmp_path: Path) -> None:
    seeds.build()
    good, bad = seeds.output / "atom.xml", tmp_path / "bad.xml"
    assert (feeds("validate", good).returncode, feeds("validate", good).stdout) == (0, "")
    bad.write_bytes(good.read_bytes().replace(b"<id>tag:feeds.example.org,2026:feeds/main</id>", b"<id>main</id>"))
    done = feeds("validate", good, bad)
    assert done.returncode == 1
    assert (
        done.stdout
        == f"{bad}:4:3: error: <id> is 'main'; expected an absolute URI, in /feed/id (RFC 4287 4.2.6) [bad-id]\n"
    )


def test_validate_does_not_fail_for_a_warning(feeds: Run, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(
        "<rss version='2.0'><channel><title>T</title><link>https://e.org/</link><description>D</description></channel></rss>"
    )
    done = feeds("validate", path)
    assert done.returncode == 0
    assert 'warning: <channel> has no <atom:link rel="self">' in done.stdout


# --- explain ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_explain_tells_where_what_and_why(feeds: Run, seeds: Site) -> None:
    seeds.build()
    identifier = "tag:feeds.example.org,2026:news/2021-07-16/information-sessions-on-the-protection-of-migrants-with-a"
    page = "https://feeds.example.org/items/2021/07/16/information-sessions-on-the-protection-of-migrants-with-a.html"
    place = f"{seeds.folder / '004_f4914579ce13bfe4.txt'}:40"
    answers = [
        feeds("explain", question, seeds.folder)
        for question in (identifier, page, place, "004_f4914579ce13bfe4.txt:38")
    ]
    assert [answer.returncode for answer in answers] == [0, 0, 0, 0]
    assert len({answer.stdout for answer in answers}) == 1
    shown = answers[0].stdout
    for fact in (
        "004_f4914579ce13bfe4.txt:38, source 'news'",
        "date '16 July, 2021'",
        identifier,
        "its date, title, text and link are known",
        "published 2021-07-16T10:00:00Z",
        "Panama (countries/pa)\n",
        "'Panama' at title 89-95: name, 3",
        "'Venezuela' at text 217-226: masked by 'Response Plan for', 0",
        "masked by 'funded by'",
        "countries/pa: it has the category 'Panama', sequence number 2",
        "main: everything is in it",
    ):
        assert fact in shown


def test_explain_says_why_an_item_is_put_aside(feeds: Run, site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Panama") + item("31 February, 2017", "Impossible"))
    done = feeds("explain", "news:9", site.folder)
    assert "Rejected   error: date '31 February, 2017' does not exist" in done.stdout
    assert not (site.folder / ".history.sqlite3").exists()


def test_explain_knows_an_item_before_its_first_build_and_after_it_left(feeds: Run, site: Site) -> None:
    site.write("news.txt", item("5 May, 2017", "Panama") + item("4 May, 2017", "Honduras"))
    assert "Panama (countries/pa)" in feeds("explain", "news:1", site.folder).stdout
    site.build()
    site.write("news.txt", item("4 May, 2017", "Honduras"))
    done = feeds("explain", "tag:example.org,2020:news/2017-05-05/panama", site.folder)
    assert "it is no longer listed there, and stays published" in done.stdout
    assert "countries/pa: it has the category 'Panama', sequence number 1" in done.stdout


def test_explain_of_nothing_says_so(feeds: Run, seeds: Site) -> None:
    done = feeds("explain", "news:0", seeds.folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no such item" in done.stderr


# --- tag -------------------------------------------------------------------------------------------------------------


def test_tag_reads_and_writes_json_lines_in_order(feeds: Run) -> None:
    lines = [
        {"id": 1, "title": "Panama trains", "text": "A workshop on child protection."},
        {"id": "b", "title": "Nada", "text": "", "lang": "es"},
        {"id": None, "title": "Salvadoreños retornados", "lang": "es"},
    ]
    done = feeds("tag", stdin="\n".join(json.dumps(line) for line in lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1, "b", None]
    assert [answer["countries"] for answer in answers] == [["PA"], [], ["SV"]]
    assert answers[0]["topics"] == ["capacity-building", "children-youth"]
    first = answers[0]["evidence"][0]
    assert (first["term"], first["field"], first["start"], first["end"], first["phrase"]) == (
        "PA",
        "title",
        0,
        6,
        "Panama",
    )


def test_tag_names_a_line_that_it_cannot_read_and_goes_on(feeds: Run) -> None:
    done = feeds(
        "tag", stdin='{"id": 1, "title": "Panama"}\nnonsense\n[1]\n{"title": 3}\n{"id": 2, "title": "Chile"}\n'
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 2]
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == ["2", "3", "4"]
    assert done.returncode == 1


def test_tag_answers_before_the_input_ends() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "from feeds.cli import main; main()", "tag"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    with process:
        for title in ("Panama", "Chile"):
            process.stdin.write(json.dumps({"id": title, "title": title}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == title
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_the_project_itself_builds(feeds: Run, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns(".history*"))
    assert feeds("build").returncode == 0
    assert (tmp_path / "output/index.html").exists()


# --- validate, further -----------------------------------------------------------------------------------------------

WARNED = "<rss version='2.0'><channel><title>T</title><link>https://e.org/</link><description>D</description></channel></rss>"
BROKEN = WARNED.replace("<title>T</title>", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "public/deep").mkdir(parents=True)
    (tmp_path / "public/warned.rss").write_text(WARNED)
    (tmp_path / "public/deep/broken.xml").write_text(BROKEN)
    (tmp_path / "public/notes.txt").write_text("no feed")
    return tmp_path


def test_validate_takes_folders_and_standard_input(feeds: Run, folder: Path) -> None:
    done = feeds("validate", "public", "-", stdin=BROKEN)
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in done.stdout.splitlines() if "missing-element" in line] == [
        "public/deep/broken.xml:1:20",
        "-:1:20",
    ]
    assert "public/warned.rss:1:20: warning: <channel> has no <atom:link" in done.stdout
    (folder / "empty").mkdir()
    assert feeds("validate", "empty").returncode == 2


def test_validate_prints_json_lines(feeds: Run, folder: Path) -> None:
    first, second = [json.loads(line) for line in feeds("validate", "--format", "json", "public").stdout.splitlines()]
    assert (first["path"], first["format"], first["valid"]) == ("public/deep/broken.xml", "RSS 2.0", False)
    assert (second["valid"], [finding["code"] for finding in second["findings"]]) == (True, ["no-self-link"])
    assert set(second["findings"][0]) == {
        "severity",
        "code",
        "message",
        "line",
        "column",
        "path",
        "entry",
        "reference",
    }


def test_validate_prints_sarif_and_annotations(feeds: Run, folder: Path) -> None:
    [run] = json.loads(feeds("validate", "--format", "sarif", "public").stdout)["runs"]
    assert {result["ruleId"] for result in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "public/deep/broken.xml"
    shown = feeds("validate", "--format", "github", "public/warned.rss").stdout
    assert shown.startswith("::warning file=public/warned.rss,line=1,col=20,title=no-self-link::<channel> has no")


@pytest.mark.slow
def test_validate_selects_ignores_and_lets_warnings_count(feeds: Run, folder: Path) -> None:
    assert feeds("validate", "public/warned.rss").returncode == 0
    assert feeds("validate", "--strict", "public/warned.rss").returncode == 1
    assert feeds("validate", "--strict", "--ignore", "no-self-link", "public/warned.rss").returncode == 0
    assert feeds("validate", "--ignore", "missing-element,schema", "public").returncode == 0
    only = feeds("validate", "--select", "missing-element", "public")
    assert (only.returncode, only.stdout.count("\n")) == (1, 1)
    wrong = feeds("validate", "--ignore", "no-self-lnik", "public")
    assert (wrong.returncode, "did you mean 'no-self-link'?" in wrong.stderr) == (2, True)
    assert feeds("validate").returncode == 2


def test_validate_lists_its_codes(feeds: Run) -> None:
    listed = feeds("validate", "--list-codes")
    assert listed.returncode == 0
    assert any(line.split()[0] == "bad-date" for line in listed.stdout.splitlines())


def test_every_code_has_its_meaning_in_one_list(feeds: Run) -> None:
    listed = feeds("--list-codes")
    assert listed.returncode == 0
    lines = {line.split()[0]: line for line in listed.stdout.splitlines() if line.startswith("  ")}
    assert {"bad-date", "held-flood", "duplicate-id", "schema"} <= lines.keys()
    assert all(len(line.split()) > 3 for line in lines.values())
    assert lines.keys() == {*codes.CODES, *findings.CODES}


def test_every_code_in_the_program_is_in_the_list_and_every_one_of_the_list_is_in_the_program() -> None:
    """As a constant of its own, the end of a message ("[usage]"), or made of a name ("no-etag")."""
    sources = [path.read_text() for path in Path(package.__file__).parent.rglob("*.py") if path.name != "codes.py"]
    said = {found for text in sources for found in re.findall(r" \[([a-z]+(?:-[a-z]+)*)\]\"", text)}
    names = {"site", "facets", "limits", "publish", "rights", "code"}  # tables of feeds.toml in messages, a docstring
    assert said - names - {"system", "usage", "port"} <= codes.CODES.keys()
    everything = "".join(sources)
    made = {
        f"{start}-{name}"
        for start in ("held", "no")
        for name in ("flood", "shrink", "renamed", "etag", "last-modified")
    }
    made |= {"etag-not-answered", "last-modified-not-answered"}
    assert [code for code in codes.CODES if f'"{code}"' not in everything and f"[{code}]" not in everything] == [
        code for code in codes.CODES if code in made
    ]
    calls = re.findall(r"(?:SourceError|ItemError|_AgainError|warnings\.add)\(\s*\"([a-z-]+)\"", everything)
    assert set(calls) <= codes.CODES.keys() and len(set(calls)) > 30


def test_what_a_build_publishes_is_valid_even_when_warnings_count(feeds: Run, seeds: Site) -> None:
    seeds.build()
    done = feeds("validate", "--strict", seeds.output)
    assert (done.returncode, done.stdout) == (0, "")
