"""The terminal speaks Spanish and French: every code has its meaning there, and scripts find what they look for."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache

import pytest
from click.testing import CliRunner
from conftest import CONFIG, ROOT, Site, item

from feeds.cli import language, main
from feeds.cli.codes import CODES

PLACE = re.compile(r"{\w*}")
OTHERS = [one for one in language.LANGUAGES if one != language.ENGLISH]


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.choose(None)


@pytest.mark.parametrize("spoken", OTHERS)
def test_every_code_has_its_meaning(spoken: str) -> None:
    words = language.catalogue(spoken)
    assert words["codes"].keys() == CODES.keys()
    assert words.keys() == language.catalogue("es").keys()
    assert all(value.strip() == value and value[-1] not in ".;" for value in words["codes"].values())


@lru_cache
def literals() -> list[str]:
    """The texts in the program: each literal, f-strings with {} for their values."""
    found = []
    for path in sorted((ROOT / "feeds").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


@pytest.mark.parametrize("spoken", OTHERS)
def test_every_phrase_is_said_by_the_program_and_keeps_its_places(spoken: str) -> None:
    phrases, known = language.catalogue(spoken)["phrases"], set(literals())
    assert phrases.keys() <= known
    assert phrases.keys() == language.catalogue("es")["phrases"].keys()
    for english, translated in phrases.items():
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(translated)), english


def test_every_message_that_is_said_in_other_languages_has_its_phrase() -> None:
    """What said() is given as a literal is in the catalogues."""
    for path in sorted((ROOT / "feeds/cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "said":
                [given] = node.args
                if isinstance(given, ast.Constant):
                    assert given.value in language.catalogue("es")["phrases"], (path.name, node.lineno)


def is_said(words: str, spoken: str, parts: int = 3) -> bool:
    """Whether words are in the texts of the program, put together of so many of these at most."""
    if words in spoken:
        return True
    pieces = ((words[: at.start()].rstrip(","), words[at.end() :]) for at in re.finditer(" ", words))
    return parts > 1 and any(one in spoken and is_said(rest, spoken, parts - 1) for one, rest in pieces)


def test_every_clause_is_one_that_the_program_says() -> None:
    clauses = tomllib.loads((language.CATALOGUES / "details.toml").read_text(encoding="utf-8"))["clauses"]
    spoken = "\n".join(literals())
    assert len({one["en"] for one in clauses}) == len(clauses)
    for one in clauses:
        assert one.keys() == {"en", *OTHERS}
        assert all(PLACE.findall(one[other]) == PLACE.findall(one["en"]) for other in OTHERS), one["en"]
        for words in (run.strip(" ',:") for run in PLACE.split(one["en"])):
            assert is_said(words, spoken), words


@pytest.mark.parametrize("spoken", OTHERS)
def test_everyday_mistakes_are_told_whole_in_another_language(site: Site, spoken: str) -> None:
    """Of a listing and a table with many mistakes no clause stays English."""
    months = {"es": "junio de 2017", "fr": "juin 2017"}[spoken]
    site.write(
        "news.txt",
        item(f"31 {months}", "Wrong")
        + item("10/11/2017", "Which")
        + item("21 June", "No year")
        + item("21 June, 1017", "Old")
        + item("21 June, 2917", "Far")
        + item("21 June, 2017", "Twice")
        + item("21 June, 2017", "Twice")
        + item("21 June, 2017", "---")
        + item("21 Jume, 2017", "Misspelt")
        + "22 June, 2017\n",
    )
    site.write("gone.csv", "a,b\n1,2\n")
    tables = '[[sources]]\nname = "a"\npath = "gone.csv"\n[[sources]]\nname = "b"\npath = "none.txt"\n'
    listing = '[[sources]]\nname = "news"\npath = "news.txt"\n'
    site.write("feeds.toml", CONFIG + tables + listing)
    done = CliRunner().invoke(main, ["--lang", spoken, "build", str(site.folder), "-o", str(site.output)])
    told = done.stderr.splitlines()
    assert len(told) >= 10
    assert untranslated(told) == []


@pytest.mark.parametrize("spoken", OTHERS)
def test_mistakes_of_a_configuration_and_of_addresses_are_told_whole_too(site: Site, spoken: str) -> None:
    command = ["--lang", spoken, "build", str(site.folder), "-o", str(site.output)]
    site.write(
        "feeds.toml",
        '[site]\nbase_url = "news.example.org"\nyear = "x"\ntimezone = "Mars"\n[[sources]]\nname = "a b"\npth = 1\n',
    )
    told = CliRunner().invoke(main, command).stderr.splitlines()
    assert len(told) >= 6
    assert untranslated(told) == []
    places = ("http://no-such-host.invalid/x", "http://127.0.0.1:9/x")
    tables = "".join(f'[[sources]]\nname = "s{number}"\nurl = "{url}"\n' for number, url in enumerate(places))
    site.write("feeds.toml", CONFIG + tables + '[[sources]]\nname = "bytes"\npath = "b.txt"\n')
    site.write("b.txt", b"21 June, 2017\nTitle\n" + b"\xd0\xff\x81" * 9)
    told = CliRunner().invoke(main, command).stderr.splitlines()
    assert len(told) >= 3
    assert untranslated(told) == []


def untranslated(told: list[str]) -> list[str]:
    """The lines in which English is left, values apart."""
    english = re.compile(r"\b(the|is|has|not|and|its|with|at|to|or|above|below)\b")
    return [line for line in told if english.search(re.sub(r"'[^']*'|\[Errno.*?;", "", line))]


def test_status_speaks_too(site: Site) -> None:
    site.write("news.txt", item("31 June, 2017", "Wrong") + item("21 June, 2017", "Right"))
    site.build()
    done = CliRunner().invoke(main, ["--lang", "es", "status", str(site.folder)])
    assert done.exit_code == 1
    first, second = done.stdout.splitlines()
    assert first.startswith("news  falla    lo último del ")
    assert second.endswith("(la fecha '31 June, 2017' no existe; corrija la línea) [bad-date]")


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({"LANG": "es_PA.UTF-8"}, "es"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB", "LC_MESSAGES": "fr_CA@x"}, "fr"),
        ({"LANG": "fr", "LC_ALL": "C"}, "en"),
        ({}, "en"),
    ],
)
def test_the_locale_says_which(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], spoken: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language.spoken() == spoken


@pytest.mark.parametrize(
    ("spoken", "severity", "meaning"),
    [("es", "error", "una fecha no es una fecha"), ("fr", "erreur", "une date n'en est pas une")],
)
def test_a_problem_keeps_its_place_its_values_and_its_code(
    site: Site, spoken: str, severity: str, meaning: str
) -> None:
    site.write("news.txt", item("21 June, 2017", "Panama opens") + item("31 June, 2017", "Wrong"))
    done = CliRunner().invoke(main, ["--lang", spoken, "build", str(site.folder), "-o", str(site.output)])
    assert done.exit_code == 1
    [line] = done.stderr.splitlines()
    assert "news.txt:7: " in line
    assert f": {severity}: {meaning}" in line
    assert {"es": "la fecha '31 June, 2017' no existe", "fr": "la date '31 June, 2017' n'existe pas"}[spoken] in line
    assert line.endswith("[bad-date]")


@pytest.mark.parametrize("line", ["", "wrote x", "a: error: no code", "a:1: error: x [no-such-code]", "note: x"])
def test_what_is_no_problem_stays_as_it_is(line: str) -> None:
    language.choose("fr")
    assert language.translate(line) == line
