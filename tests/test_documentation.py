"""What the documentation says is what happens: commands, options, configuration, examples."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from conftest import ROOT, Run, at_terminal, item

import feeds as package
from feeds import cli, config
from feeds.cli import printing
from feeds.config.keys import (
    ALERT,
    CUSTOM,
    ENDED,
    FACET_CHECKS,
    FETCH,
    LIMITS,
    MOVED,
    OVERRIDE,
    PUBLISH,
    RIGHTS,
    SITE,
    SOURCE,
    STATUS,
    TRANSLATIONS,
)

README = (ROOT / "README.md").read_text()
DOCS = {path.stem: path.read_text() for path in (ROOT / "docs").glob("*.md")}
DIGESTS = {
    "000_c031023b5922a259.txt": "521255bbe516e399",
    "004_f4914579ce13bfe4.txt": "cb2406be8eb6566c",
}
MODULES = [module.name for module in pkgutil.walk_packages(package.__path__, "feeds.")]


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that looks like the project's, to run the README's lines in."""
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns(".history*"))
    return tmp_path


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.split()]


def test_the_examples_in_the_readme_print_what_it_says(project: Path) -> None:
    first, second = blocks("console")
    _, shown = at_terminal(["build"], project)
    table, listing = first.removeprefix("$ feeds build\n").split("$ ls output/countries\n")
    assert rows(shown) == rows(table)
    assert sorted(path.name for path in (project / "output/countries").iterdir()) == listing.split()
    command, *lines = second.splitlines()
    _, shown = at_terminal(command.removeprefix("$ feeds ").split(), project)
    position = 0
    for line in lines:
        if line != "...":
            assert line in shown[position:], line
            position = shown.index(line, position)


def test_the_two_commands_are_those_that_ci_runs() -> None:
    ci = (ROOT / ".ci/run").read_text()
    commands = [block.split("  #")[0].strip() for block in blocks("sh")]
    assert commands == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/feeds build",
        ".venv/bin/pip install '.[test]' && .venv/bin/pytest",
    ]
    for command in commands:
        assert f"\n{command}\n" in ci


def test_the_configuration_in_the_readme_is_read_and_names_every_key(project: Path) -> None:
    [stated] = blocks("toml", DOCS["example-feeds-toml"])
    [topic] = blocks("toml", DOCS["countries-and-topics"])
    [row] = blocks("text", DOCS["countries-and-topics"])
    site = project / "site"
    (site / "news").mkdir(parents=True)
    (site / "feeds.toml").write_text(stated)
    (site / "names.tsv").write_text(row)
    (site / "topics.toml").write_text(topic)
    (site / "news/a.txt").write_text(item("5 May, 2017", "River near Yaviza"))
    for name in ("words.toml", "icon.png", "logo.png", "own.css"):
        (site / name).write_text("")
    (site / "tags.csv").write_text("id,countries\n")
    settings = config.load_config(site)
    assert settings.sources[0].encoding == "cp1252"
    for keys in (
        SITE,
        ALERT,
        STATUS,
        FETCH,
        RIGHTS,
        LIMITS,
        PUBLISH,
        SOURCE,
        *FACET_CHECKS.values(),
        OVERRIDE,
        MOVED,
        ENDED,
        TRANSLATIONS,
        CUSTOM,
    ):
        assert {key for key in keys if not re.search(rf"\b{key} = ", stated)} == set()


def test_the_defaults_in_the_readme_are_the_defaults(project: Path) -> None:
    [stated] = blocks("toml", DOCS["example-feeds-toml"])
    [table] = re.findall(r"^\[limits\]\n(.*?)(?:^\[|\Z)", stated, re.MULTILINE | re.DOTALL)
    limits = dict(re.findall(r"^(\w+) = (\d+)  ", table, re.MULTILINE))
    assert {key: int(value) for key, value in limits.items()} == {key: getattr(config.Limits(), key) for key in LIMITS}
    (project / "plain").mkdir()
    plain = config.load_config(project / "plain")
    assert (plain.title, plain.base_url, plain.authority, plain.year) == (
        "plain",
        "http://localhost/",
        "localhost",
        2026,
    )
    assert (plain.language, plain.timezone, plain.sources[0].name, plain.sources[0].path) == (
        "en",
        "UTC",
        "news",
        "*.txt",
    )


def test_a_listing_and_a_name_as_in_the_readme_are_understood(feeds: Run, project: Path) -> None:
    [listing], [row] = blocks("text", DOCS["sources"]), blocks("text", DOCS["countries-and-topics"])
    site = project / "site"
    site.mkdir()
    (site / "news.txt").write_text(listing.split("6 July")[0] + item("5 May, 2017", "Meeting in Puerto Obaldía"))
    (site / "names.tsv").write_text(row)
    [stated] = blocks("toml", DOCS["example-feeds-toml"])
    head = re.sub("(?m)^(words|icon|logo|image|css|reviewed) = ", r"# \1 = ", stated[: stated.index("[[sources]]")])
    (site / "feeds.toml").write_text(head + '[facets.countries]\nfile = "names.tsv"\n')
    assert feeds("build", site).returncode == 0
    assert (project / "output/countries/pa/atom.xml").read_text().count("<entry>") == 2


def test_the_python_in_the_readme_runs(project: Path) -> None:
    [code] = blocks("python", DOCS["python"])
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout == "20 []\n[]\n['Panama', 'Immigration and border management']\n"


def test_the_line_for_cron_runs(feeds: Run, project: Path) -> None:
    [line] = blocks("crontab")
    words = line.split()
    assert words[:5] == ["*/15", "*", "*", "*", "*"]
    arguments = [word.replace("/srv/news", "seeds").replace("/var/www/feeds", "public") for word in words[6:]]
    done = feeds(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (project / "public/atom.xml").exists()


def test_every_command_and_option_is_in_the_documents() -> None:
    page = DOCS["commands"]
    for name, command in cli.main.commands.items():
        assert f"`feeds {name}" in page
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                assert f"`{option}" in page or f"`{option} " in page, (name, option)


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    assert len(README.encode()) < 8_000
    linked = {target for text in (README,) for target in re.findall(r"\]\(([^)#]+)\)", text)}
    assert {target for target in linked if not (ROOT / target).exists()} == set()
    pages = {f"docs/{name}.md" for name in DOCS} - {"docs/index.md"}
    assert pages - linked == set()
    listed = set(re.findall(r"^([a-z-]+)$", DOCS["index"], re.MULTILINE))
    assert {f"docs/{name}.md" for name in listed} == pages


@pytest.mark.parametrize("name", sorted(DOCS))
def test_links_between_documents_lead_somewhere(name: str) -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", DOCS[name])
    assert [target for target in linked if not (ROOT / "docs" / target).exists()] == []


@pytest.mark.parametrize("page", ["corrections", "moving", "serving"])
def test_each_feeds_toml_in_the_documents_is_right(page: str, tmp_path: Path) -> None:
    [site] = blocks("toml")
    for stated in blocks("toml", DOCS[page]):
        (tmp_path / "feeds.toml").write_text(f"{site}\n{stated}")
        assert config.load_config(tmp_path).title == "Ministry of Health: news"


def test_the_tutorial_can_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [listing] = blocks("text", DOCS["tutorial"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "health").mkdir()
    (tmp_path / "health/news.txt").write_text(listing)
    runner = CliRunner()
    for command in [line for block in blocks("shell", DOCS["tutorial"]) for line in block.splitlines()]:
        name, *arguments = shlex.split(command)
        done = runner.invoke(cli.main, arguments, catch_exceptions=False)
        assert (name, done.exit_code, done.stderr) == ("feeds", 0, ""), (command, done.output)
    assert "<title>Health budget for three years agreed</title>" in (tmp_path / "public/atom.xml").read_text()
    assert (tmp_path / "look/atom.xml").exists()


def test_every_exit_code_is_in_the_documents() -> None:
    for code in (printing.OK, printing.PROBLEMS, printing.USAGE, printing.REFUSED, printing.BUSY):
        assert f"\n| {code} | " in DOCS["commands"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_seeds_are_as_they_came() -> None:
    import hashlib

    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in (ROOT / "seeds").glob("*.txt")}
    assert digests == DIGESTS


def test_the_seeds_are_those_of_the_shared_folder(shared: Path) -> None:
    for path in (shared / "seeds").iterdir():
        assert (ROOT / "seeds" / path.name).read_bytes() == path.read_bytes()


def test_nothing_names_this_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        # In a copy without it, folders of environments and outputs would be searched, which do name this machine.
        pytest.skip("needs the repository, to know which files are the project's")
    words = re.compile(
        r"py" + r"pi\.org|files\.python" + r"hosted|registry\.np" + r"mjs|/ro" + r"ot/|/wo" + r"rk/", re.I
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file():
            assert not words.search(path.read_text("utf-8", "replace")), name


def test_the_keys_of_the_catalogue_are_documented(project: Path) -> None:
    at_terminal(["build"], project)
    stated = json.loads((project / "output/feeds.json").read_text())
    page = DOCS["output"]
    documented = set(re.findall(r"`([a-z_]+)`", page[page.index("## The catalogue") :]))
    assert {*stated, *stated["feeds"][0]} <= documented
