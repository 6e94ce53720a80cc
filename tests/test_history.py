"""The history file: exported and imported exactly, copied before it is migrated, refused when it is not right."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import CONFIG, NOW, Site, item

from feeds.cli import main
from feeds.history import History, codec, schema
from feeds.model import HistoryError
from feeds.publish import lock

LISTING = item("07/28/17", "Panama trains “border” staff", "Ñandú & <b>x</b>.") + item("07/27/17", "Honduras opens")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write("news.txt", LISTING)
    made.build()
    return made


def test_an_exported_history_is_imported_exactly(site: Site, tmp_path: Path) -> None:
    path, files = site.folder / ".history.sqlite3", site.files()
    exported = CliRunner().invoke(main, ["history", "export", str(site.folder)])
    assert exported.exit_code == 0
    lines = exported.stdout.splitlines()
    assert {json.loads(line).get("table") for line in lines[1:]} >= {"entries", "feeds", "members", "state"}
    path.unlink()
    kept = tmp_path / "kept.jsonl"
    kept.write_text(exported.stdout)
    imported = CliRunner().invoke(main, ["history", "import", str(kept), str(site.folder)])
    assert (imported.exit_code, imported.output) == (0, f"{len(lines) - 1} rows; the next build goes on from there\n")
    assert path.stat().st_mode & 0o777 == 0o600
    report = site.build()
    assert (report.counts.unchanged, report.written) == (2, [])
    assert site.files() == files
    assert CliRunner().invoke(main, ["history", "export", str(site.folder)]).stdout == exported.stdout


def test_a_portable_export_says_what_is_published_and_nothing_of_the_machine(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.write("feeds.toml", f"{CONFIG}\n[limits]\nlive = 3\n")
    for count in (5, 9):  # so that there are pages of an archive
        site.write("news.txt", "".join(item(f"{day} May, 2017", f"Panama, day {day}") for day in range(count, 0, -1)))
        site.build(allow=("flood:news",))
    files, path = site.files(), site.folder / ".history.sqlite3"
    command = ["history", "export", "--portable", str(site.folder)]
    exported = CliRunner().invoke(main, command).stdout
    assert str(tmp_path) not in exported
    path.unlink()
    shutil.rmtree(site.output)
    (tmp_path / "kept.jsonl").write_text(exported)
    CliRunner().invoke(main, ["history", "import", str(tmp_path / "kept.jsonl"), str(site.folder)])
    (site.folder / "news.txt").touch()
    report = site.build(now=NOW + dt.timedelta(hours=1))
    assert (report.counts.new, report.counts.changed, report.problems) == (0, 0, [])
    assert site.files() == files
    assert any("archive/0002" in name for name in files)
    assert CliRunner().invoke(main, command).stdout == exported


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[1:], "line 1: not a line of an exported history: 'feeds-history'"),
        (lambda lines: [lines[0], "{"], "line 2: "),
        (lambda lines: [lines[0], '{"table": "sqlite_schema"}'], "line 2: no such table: 'sqlite_schema'"),
        (
            lambda lines: [lines[0], '{"table": "state", "key": "a"}'],
            "line 2: a row of 'state' needs exactly key, value",
        ),
        (lambda lines: ['{"feeds-history": 999}', *lines[1:]], "line 1: schema 999, this version of feeds has"),
        (lambda lines: [], "line 1: no rows"),
        (lambda lines: [*lines, lines[-1]], "UNIQUE constraint failed"),
    ],
)
def test_a_wrong_export_is_named_and_leaves_nothing(site: Site, tmp_path: Path, change, message: str) -> None:
    with History(site.folder / ".history.sqlite3") as history:
        lines = list(history.export())
    (site.folder / ".history.sqlite3").unlink()
    kept = tmp_path / "kept.jsonl"
    kept.write_text("\n".join(change(lines)))
    result = CliRunner().invoke(main, ["history", "import", str(kept), str(site.folder)])
    assert result.exit_code in (1, 3)
    assert message in result.output
    assert not (site.folder / ".history.sqlite3").exists()


def test_a_history_is_not_imported_over_another(site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text("")
    before = (site.folder / ".history.sqlite3").read_bytes()
    assert CliRunner().invoke(main, ["history", "import", str(kept), str(site.folder)]).exit_code == 2
    assert (site.folder / ".history.sqlite3").read_bytes() == before


def test_a_new_history_has_the_tables_that_migrations_lead_to(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    with contextlib.closing(sqlite3.connect(old)) as db:
        db.executescript(f"{schema.MIGRATIONS[0]} PRAGMA user_version = 1;")
    dumps = []
    for path in (old, new):
        with History(path):
            pass
        with contextlib.closing(sqlite3.connect(path)) as db:
            header = [db.execute(f"PRAGMA {name}").fetchone() for name in ("user_version", "application_id")]
            dumps.append((header, sorted(db.iterdump())))
    assert dumps[0] == dumps[1]


def test_a_copy_is_kept_before_a_migration(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    path = site.folder / ".history.sqlite3"
    version = len(schema.MIGRATIONS)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE more (a);"))
    with History(path) as history:
        assert len(list(history.export())) > 2
    copy = path.with_name(f"{path.name}.v{version}")
    assert copy.stat().st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (version,)
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (2,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    monkeypatch.undo()
    with pytest.raises(HistoryError, match="newer version of feeds"):
        History(path)


def test_fragments_of_an_earlier_schema_are_packed_and_make_the_same_documents(site: Site) -> None:
    path = site.folder / ".history.sqlite3"
    with History(path) as history:
        packed = {entry: codec.unpack_fragments(*sizes) for entry, *sizes in rows(history, "entry, sizes, packed")}
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(
            "DROP TABLE fragments; PRAGMA user_version = 18; CREATE TABLE fragments (entry INTEGER NOT NULL REFERENCES "
            "entries (serial), format TEXT NOT NULL, body BLOB NOT NULL, valid INTEGER NOT NULL, "
            "PRIMARY KEY (entry, format)); PRAGMA page_size = 4096; VACUUM;"
        )
        for entry, fragments in packed.items():
            values = [(entry, name, body, entry % 2) for name, body in fragments.items()]
            db.executemany("INSERT INTO fragments VALUES (?, ?, ?, ?)", values)
    with History(path) as history:
        assert {one: codec.unpack_fragments(*sizes) for one, *sizes in rows(history, "entry, sizes, packed")} == packed
        assert rows(history, "entry, valid") == [(entry, entry % 2) for entry in packed]
        assert history._db.execute("PRAGMA page_size").fetchone() == (8192,)
    before = site.files()
    (site.output / "atom.xml").unlink()  # so that everything is made again, of what is stored
    site.build()
    assert site.files() == before


def rows(history: History, columns: str) -> list[tuple[Any, ...]]:
    """What a history holds of fragments."""
    return history._db.execute(f"SELECT {columns} FROM fragments ORDER BY entry").fetchall()


def test_an_import_waits_for_no_run(site: Site, tmp_path: Path) -> None:
    with lock(site.folder):
        kept = tmp_path / "kept.jsonl"
        kept.write_text("")
        result = CliRunner().invoke(main, ["history", "import", str(kept), str(site.folder)])
    assert result.exit_code == 75
    assert "another run is at work here" in result.output
