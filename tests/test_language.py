"""The terminal speaks Spanish and French: every code has its meaning there, and scripts find what they look for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from conftest import Site, item

from feeds.cli import language, main
from feeds.cli.codes import CODES

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
    assert len(words["columns"]) == 6
    assert words["summary"].format(written=1, unchanged=2, problems=3, known="", output="o")


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
    assert "(date '31 June, 2017' does not exist" in line
    assert line.endswith("[bad-date]")


@pytest.mark.parametrize("line", ["", "wrote x", "a: error: no code", "a:1: error: x [no-such-code]", "note: x"])
def test_what_is_no_problem_stays_as_it_is(line: str) -> None:
    language.choose("fr")
    assert language.translate(line) == line
