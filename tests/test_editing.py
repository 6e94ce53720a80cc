"""Everyday corrections by the command line: edit, add, log, withdraw --announce, undo."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feeds.cli import correct, main
from feeds.config import load_config
from feeds.config.editing import table
from feeds.history import History

SITE = '# Ours.\n[site]\ntitle = "T"\nbase_url = "https://feeds.example.org/"\nauthority = "example.org"\nyear = 2026\n'
NEWS = "20 November 2026\nFist item\nIt is about Honduras.\n\n21 November 2026\nSecond item\nIt is about Kenya.\n"
FIRST = "tag:example.org,2026:news/2026-11-20/fist-item"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that was built once."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "feeds.toml").write_text(SITE)
    (folder / "news.txt").write_text(NEWS)
    assert _run(folder, "build", "--now", "2026-11-27T10:00Z").exit_code == 0
    return folder


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "site"))


def _run(site: Path, *arguments: str, text: str = "") -> Result:
    before = Path.cwd()
    os.chdir(site)
    try:
        return CliRunner().invoke(main, arguments, input=text, catch_exceptions=False)
    finally:
        os.chdir(before)


def _atom(site: Path) -> str:
    return (site / "output/atom.xml").read_text()


def test_an_entry_is_edited_by_its_id_and_built(site: Path) -> None:
    done = _run(site, "edit", FIRST, "--title", 'First "item"', "--date", "2026-11-18", "--countries", "pa, cr")
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("next: feeds build publishes it\n")
    text = (site / "feeds.toml").read_text()
    assert text.startswith(SITE)
    assert tomllib.loads(text)["overrides"] == [
        {"id": FIRST, "title": 'First "item"', "date": dt.date(2026, 11, 18), "countries": ["pa", "cr"]}
    ]
    assert _run(site, "build", "--now", "2026-11-27T11:00Z").exit_code == 0
    assert '<title>First "item"</title>' in _atom(site)
    assert "Fist" not in _atom(site)
    assert 'term="Panama"' in _atom(site)


def test_at_a_terminal_it_asks_and_asks_again_for_a_date_that_is_none(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correct, "_is_terminal", lambda: True)
    done = _run(site, "edit", FIRST, text="\n18/11/2026\n2026-11-18\n\n\nAna Pérez\n\n")
    assert done.exit_code == 0, done.output
    assert "'18/11/2026' is not a date like 2026-11-21" in done.output
    assert tomllib.loads((site / "feeds.toml").read_text())["overrides"] == [
        {"id": FIRST, "date": dt.date(2026, 11, 18), "author": "Ana Pérez"}
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("https://example.org/none", "--title", "x"), "no such entry"),
        ((FIRST,), "nothing to correct; say what, as --title 'The right title'"),
        ((FIRST, "--countries", "zz"), "no such code in countries: 'zz'"),
        ((FIRST, "--link", "news/12"), "expected an absolute address"),
        ((FIRST, "--date", "31/12/2026"), "does not match the format '%Y-%m-%d'"),
    ],
)
def test_an_edit_that_cannot_be_meant_leaves_feeds_toml_alone(
    site: Path, arguments: tuple[str, ...], message: str
) -> None:
    failed = _run(site, "edit", *arguments)
    assert failed.exit_code == 2
    assert message in failed.output
    assert (site / "feeds.toml").read_text() == SITE


def test_an_item_is_added_by_hand_and_the_listing_stays_read(site: Path) -> None:
    text = "We are back on Monday.\n\nCall us in Nairobi, Kenya."
    tagged = ("--tag", "Honduras", "--author", "Ana", "--date", "2026-11-26")
    done = _run(site, "add", "--title", "Office closed", "--text", "-", *tagged, text=text)
    assert done.exit_code == 0, done.output
    assert (site / "added/2026-11-26-office-closed.md").exists()
    names = [source.name for source in load_config(site).sources]
    assert names == ["news", "added"]
    built = _run(site, "build", "--now", "2026-11-27T11:00Z")
    assert (built.exit_code, built.stderr) == (0, "")
    assert _atom(site).count("<entry>") == 3
    assert "<title>Office closed</title>" in _atom(site)
    assert "<name>Ana</name>" in _atom(site)
    again = _run(site, "add", "--title", "Second note", "--text", "x")
    assert again.exit_code == 0
    assert [source.name for source in load_config(site).sources] == names
    twice = _run(site, "add", "--title", "Office closed", "--text", "y", "--date", "2026-11-26")
    assert (twice.exit_code, "is there already" in twice.stderr) == (3, True)


def test_without_a_title_and_a_terminal_nothing_is_added(site: Path) -> None:
    failed = _run(site, "add", "--text", "x")
    assert failed.exit_code == 2
    assert "--title 'The title'" in failed.output
    assert not (site / "added").exists()


def test_the_log_tells_what_happened_in_order(site: Path) -> None:
    _run(site, "edit", FIRST, "--title", "First item")
    _run(site, "build", "--now", "2026-11-27T11:00Z")
    second = FIRST.replace("20/fist", "21/second")
    _run(site, "withdraw", second, "--reason", "It named a minor.", "--now", "2026-11-27T12:00Z")
    shown = _run(site, "log", "--json", "--now", "2026-11-28T00:00Z").stdout
    events = [json.loads(line) for line in shown.splitlines()]
    assert [(event["when"][11:16], event["what"], event["title"]) for event in events] == [
        ("10:00", "published", "First item"),
        ("10:00", "published", "Second item"),
        ("11:00", "changed", "First item"),
        ("12:00", "withdrawn", "Second item"),
    ]
    assert _run(site, "log", "--since", "2026-11-27T11:30:00Z").stdout.split()[1] == "withdrawn"
    assert _run(site, "log", "--since", "yesterday").exit_code == 2


def test_a_withdrawal_is_announced_as_a_new_entry_once(site: Path) -> None:
    for _ in range(2):
        done = _run(site, "withdraw", FIRST, "--reason", "A mistake.", "--announce", "--now", "2026-11-27T12:00Z")
        assert done.exit_code == 0, done.output
    assert _atom(site).count("<entry>") == 3
    assert _atom(site).count("<title>Withdrawn: Fist item</title>") == 2
    assert (site / "output/countries/hn/atom.xml").read_text().count("Withdrawn: Fist item</title>") == 2
    with History(load_config(site).history) as history:
        announced = [entry for entry in history.entries.each("") if entry.withdrawn is None]
    assert [entry.content.text for entry in announced][-1] == "This item was withdrawn on 2026-11-27. A mistake."
    assert _run(site, "build", "--now", "2026-11-27T13:00Z").exit_code == 0
    assert _atom(site).count("<entry>") == 3


def test_an_edit_before_the_first_build_makes_no_history(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(SITE)
    assert _run(tmp_path, "edit", FIRST, "--title", "x").exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["feeds.toml"]


def test_undo_says_what_it_needs(site: Path) -> None:
    failed = _run(site, "undo")
    assert failed.exit_code == 3
    assert "it was the first build" in failed.stderr


@pytest.mark.parametrize(
    "value", ["a\tb", 'say "x"', "C:\\x", "\x7f\x01", "naïve 😀", ["a", "b"], True, dt.date(2026, 1, 2)]
)
def test_a_table_is_read_back_as_it_was_meant(value: object) -> None:
    assert tomllib.loads(table("overrides", {"id": value})) == {"overrides": [{"id": value}]}
