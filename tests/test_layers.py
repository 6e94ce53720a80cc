"""The house: imports go down only; who writes, who reads the network, who reads the clock."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

import feeds

PACKAGE = Path(feeds.__file__).parent
# From the bottom to the top: each may import what stands before it, and its own package.
ORDER = (
    "noop model config fetch tagging validation dates content sources feed history publish pipeline deploy cli __main__"
).split()
MODULES = sorted(PACKAGE.rglob("*.py"))


@lru_cache
def parsed(path: Path) -> ast.Module:
    """A module as Python reads it, which several tests walk."""
    return ast.parse(path.read_text())


def room(path: Path) -> str:
    """The room of the house that a file belongs to: its module, or the package it is in."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> set[str]:
    """The modules a file imports, wherever it does, by their full names."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def ours(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in imports(path) if name.startswith("feeds.")}
    return {name for name in names if name in ORDER} - {room(path)}


def calls(path: Path) -> set[str]:
    """Every attribute or name that is called: "os.replace", ".mkdir", "open"."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                found.add(f".{called.attr}")
                found.add(ast.unparse(called))
            elif isinstance(called, ast.Name):
                found.add(called.id)
    return found


def test_every_module_has_its_place_in_the_house() -> None:
    assert {room(path) for path in MODULES} - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_go_down(path: Path) -> None:
    below = ORDER[: ORDER.index(room(path))] if room(path) in ORDER else ORDER  # __init__: the public interface
    assert ours(path) <= set(below)


def test_the_model_imports_nothing_of_ours_and_validate_knows_no_renderer() -> None:
    assert ours(PACKAGE / "model.py") == set()
    for path in (PACKAGE / "validation").glob("*.py"):
        assert ours(path) <= {"model"}


WRITES = {
    ".mkdir", ".write", ".write_text", ".write_bytes", ".replace_file", ".unlink", ".rmdir", ".touch", ".symlink_to",
    "os.open", "os.write", "os.replace", "os.rename", "os.mkdir", "os.remove", "os.unlink", "os.fsync",
    "shutil.rmtree", "shutil.copy", "shutil.move", "tempfile.mkdtemp", "tempfile.mkstemp", "sqlite3.connect",
}  # fmt: skip


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_history_and_publish_write(path: Path) -> None:
    found = calls(path) & WRITES
    if room(path) in ("cli", "fetch") or path.name == "devserver.py":
        found -= {".write"}  # to stdout, to a connection
    if room(path) == "noop":
        found -= {"sqlite3.connect"}  # read-only
    assert not found or room(path) in ("history", "publish"), found
    if room(path) not in ("history", "publish"):
        modes = [
            node.args[0].value
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "open"
            and node.args
            if isinstance(node.args[0], ast.Constant)
        ]
        assert set(modes) <= {"rb"}


CLOCKS = {".now", ".utcnow", ".today", "time.time", "time.monotonic", "time.localtime", "time.time_ns"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_reads_the_clock(path: Path) -> None:
    allowed = {"time.monotonic"} if room(path) == "fetch" else set()  # a deadline, which is no date
    assert not calls(path) & CLOCKS - allowed or room(path) == "cli" or room(path) == "noop"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_feedgen_is_used_by_the_renderer_and_sqlite_by_the_history_alone(path: Path) -> None:
    packages = {name.split(".")[0] for name in imports(path)}
    assert "feedgen" not in packages or path.name == "render.py"
    assert "sqlite3" not in packages or room(path) in ("history", "noop")  # noop only reads
    assert not packages & {"requests", "aiohttp"}
    assert "http" not in packages or path.name == "devserver.py"
    assert not packages & {"socket", "httpcore"} or room(path) == "fetch"
    # The maker of the tables is run by hand; nothing imports it.
    assert "subprocess" not in packages or path.name == "derive.py"
    assert "feeds.tagging.derive" not in imports(path)
    assert "httpx" not in packages or room(path) == "fetch"
    assert "urllib.request" not in imports(path)  # nor its robot parser's own way to fetch


def test_importing_has_no_effect_and_costs_no_library_that_most_runs_never_need() -> None:
    code = "import sys, feeds.pipeline, feeds.validation, feeds.tagging, feeds.cli; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"feedgen", "jinja2", "rich", "dateutil", "babel", "httpx"} & set(loaded)


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_public_has_a_docstring(path: Path) -> None:
    tree = parsed(path)
    assert ast.get_docstring(tree)
    missing = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if not ast.get_docstring(node)
    ]
    nested = {
        inner.name
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.FunctionDef) and inner is not outer
    }
    private = {
        inner.name
        for outer in ast.walk(tree)
        if isinstance(outer, ast.ClassDef) and outer.name.startswith("_")
        for inner in ast.walk(outer)
        if isinstance(inner, ast.FunctionDef)
    }
    assert set(missing) - nested - private == set()
