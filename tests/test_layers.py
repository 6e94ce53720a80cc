"""The house: imports go down only; who writes, who reads the network, who reads the clock; how large a thing is."""

from __future__ import annotations

import ast
import graphlib
import inspect
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from pathlib import Path

import pytest

import feeds

PACKAGE = Path(feeds.__file__).parent
# From the bottom to the top: each may import what stands before it, and its own package.
ORDER = (
    "noop model config fetch tagging validation dates content sources feed history publish pipeline deploy cli __main__"
).split()
MODULES = sorted(PACKAGE.rglob("*.py"))


def of_each_module(check: Callable[[Path], None]) -> Callable[[], None]:
    """Make a test of a check of one module: a test for each of them would cost more than all the checks."""

    @wraps(check)
    def test() -> None:
        failed = {}
        for path in MODULES:
            try:
                check(path)
            except AssertionError as error:
                failed[str(path.relative_to(PACKAGE))] = str(error)
        assert failed == {}

    del test.__wrapped__  # type: ignore[attr-defined]  # pytest would ask it for its arguments
    return test


@cache  # of all modules, which are more than a cache holds by default
def parsed(path: Path) -> ast.Module:
    """A module as Python reads it, which several tests walk."""
    return ast.parse(path.read_text())


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Every node of a module."""
    return list(ast.walk(parsed(path)))


def room(path: Path) -> str:
    """The room of the house that a file belongs to: its module, or the package it is in."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def imports(path: Path) -> set[str]:
    """The modules a file imports, wherever it does, by their full names."""
    found = set()
    for node in nodes(path):
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
    for node in nodes(path):
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


@of_each_module
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


@of_each_module
def test_only_history_and_publish_write(path: Path) -> None:
    found = calls(path) & WRITES
    if room(path) in ("cli", "fetch") or path.name in ("devserver.py", "picker.py", "validator.py"):
        found -= {".write"}  # to stdout, to a connection
    if room(path) == "noop":
        found -= {"sqlite3.connect"}  # read-only
    assert not found or room(path) in ("history", "publish"), found
    if room(path) not in ("history", "publish"):
        modes = [
            node.args[0].value
            for node in nodes(path)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "open"
            and node.args
            if isinstance(node.args[0], ast.Constant)
        ]
        assert set(modes) <= {"rb"}


CLOCKS = {".now", ".utcnow", ".today", "time.time", "time.monotonic", "time.localtime", "time.time_ns"}


@of_each_module
def test_only_the_command_line_reads_the_clock(path: Path) -> None:
    allowed = {"time.monotonic"} if room(path) == "fetch" else set()  # a deadline, which is no date
    assert not calls(path) & CLOCKS - allowed or room(path) == "cli" or room(path) == "noop"


@of_each_module
def test_feedgen_is_used_by_the_renderer_and_sqlite_by_the_history_alone(path: Path) -> None:
    packages = {name.split(".")[0] for name in imports(path)}
    assert "feedgen" not in packages or path.name == "render.py"
    assert "sqlite3" not in packages or room(path) in ("history", "noop")  # noop only reads
    assert not packages & {"requests", "aiohttp"}
    assert "http" not in packages or path.name in ("devserver.py", "picker.py", "preview.py", "validator.py")
    assert not packages & {"socket", "httpcore"} or room(path) == "fetch"
    # The maker of the tables is run by hand; nothing imports it.
    assert "subprocess" not in packages or path.name in ("derive.py", "process.py")
    assert "feeds.tagging.derive" not in imports(path)
    assert "httpx" not in packages
    assert "urllib.request" not in imports(path)  # nor its robot parser's own way to fetch


def test_importing_has_no_effect_and_costs_no_library_that_most_runs_never_need() -> None:
    code = "import sys, feeds.pipeline, feeds.validation, feeds.tagging, feeds.cli; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"feedgen", "jinja2", "rich", "dateutil", "babel", "httpcore"} & set(loaded)


def test_the_public_interface_is_there_and_loads_nothing_until_it_is_used() -> None:
    code = "import sys, feeds; before = set(sys.modules); print(sorted(name for name in before if 'feeds.' in name))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    assert set(feeds.__all__) == {"build", "explain", "read_date", "read_date_line", "tag", "validate"}
    assert all(inspect.isfunction(getattr(feeds, name)) for name in feeds.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        feeds.nothing  # noqa: B018


def test_no_modules_import_each_other() -> None:
    """Imports in functions count too: they are there for what they cost, not to hide a circle."""
    names = {name_of(path): path for path in MODULES}
    graph = {
        name: {found for found in imports(path) if found in names and found != name}
        for name, path in names.items()
        if name not in ("feeds", "feeds.__main__")  # which lead to everything
    }
    for name, found in graph.items():
        found -= {"feeds", name.rpartition(".")[0]}  # a package that is loaded before its modules
    list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(("feeds", *(part for part in parts if part != "__init__")))


def test_the_top_of_the_package_is_sixteen_rooms() -> None:
    names = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("__pycache__")}
    assert names - {"__init__", "py"} == set(ORDER)
    assert len(ORDER) <= 16 and "build" not in names


def functions() -> list[tuple[str, int]]:
    """Every function with its length in lines, as `module.function`."""
    return [
        (f"{name_of(path)}.{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef)
    ]


def test_functions_are_short() -> None:
    """A click command is its options and its help, which are lines of its function."""
    lengths = [length for _, length in functions()]
    assert [name for name, length in functions() if length > 60] == []
    assert sorted(lengths)[int(len(lengths) * 0.95)] < 30
    assert statistics.median(lengths) <= 9


def test_modules_are_no_heaps() -> None:
    """A module of more than 450 lines is two; a migration is never edited, so their list only grows."""
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert [name for name, lines in lengths.items() if lines > 450 and name != "feeds.history.schema"] == []


VALUES = [
    (name, value)
    for path in MODULES
    if path.name != "__main__.py"
    for name, value in vars(import_module(name_of(path))).items()
    if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields")
]
LARGE = {name for name, value in VALUES if len(value._fields) > 4}
# Values that are columns of a query, or so many parts of a match, in the order in which they are listed there.
OF_ROWS = {"Evidence", "Finding", "StoredEntry", "SourceDocument", "Hit", "Meaning", "Item", "AlsoListed", "Around"}


@of_each_module
def test_values_of_more_than_four_fields_are_made_by_keywords(path: Path) -> None:
    wrong = [
        f"line {node.lineno}: {ast.unparse(node.func)}"
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
        if ast.unparse(node.func).rpartition(".")[2] in LARGE - OF_ROWS
        if len([argument for argument in node.args if not isinstance(argument, ast.Starred)]) > 4
    ]
    assert wrong == []


def test_what_is_stored_goes_by_name() -> None:
    """The history reads and writes values by the names of their fields: no JSON array of an entry's parts, and no row
    taken apart by numbers of more than a few columns.
    """
    for path in (PACKAGE / "history").glob("*.py"):
        numbered = [
            node.slice.value
            for node in nodes(path)
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "row"
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
        ]
        assert max(numbered, default=0) <= (5 if path.name == "export.py" else 2), path  # PRAGMA table_info
        assert path.name == "schema.py" or "json_array(" not in path.read_text().replace("json_group_array(", "")


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


@of_each_module
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
