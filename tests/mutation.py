"""Mutation testing of the rooms that decide without doing: python tests/mutation.py [room …]

Changes an operator, a number, a name or a text of the code at a time and runs the tests of its room: a change that no
test notices (a survivor) is behaviour that no test holds. Prints the share that was noticed, and each survivor that
tests/mutation_survivors.txt does not give a reason for. Exit code 1 if less than LEAST percent was noticed in a room or
a survivor has no reason. Takes ten minutes; needs the extra "mutation". As a pytest plugin it empties the caches of
feeds before each test, or results of before would hide a changed function.
"""

from __future__ import annotations

import ast
import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
REASONS = ROOT / "tests/mutation_survivors.txt"
LEAST = 85  # percent, in each room
# Room -> what is changed, and the tests that are run: those of the room alone, which take milliseconds each.
ROOMS = {
    "dates": (["feeds/dates"], ["test_dates", "test_date_readings", "test_date_fields", "test_listing"]),
    "content": (
        ["feeds/content"],
        ["test_normalise", "test_markup", "test_content", "test_embedded", "test_corrections", "test_kinds"],
    ),
    "feed": (
        ["feeds/feed"],
        ["test_render", "test_golden", "test_shapes", "test_feed_parts", "test_look", "test_world", "test_moved"],
    ),
    "identity": (
        ["feeds/history/identity.py", "feeds/validation/values.py"],
        ["test_evidence", "test_values", "test_validate_advice", "test_validate_codes"],
    ),
}


def pytest_runtest_setup() -> None:
    """Empty every cache of feeds."""
    for name, module in list(sys.modules.items()):
        if name.startswith("feeds"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def run(room: str) -> bool:
    """Change the code of a room, and print what was noticed; return True if that is enough."""
    sources, tests = ROOMS[room]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "feeds"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "output", "mutants"))
        if (ROOT.parent / "shared").exists():
            (Path(folder) / "shared").symlink_to(ROOT.parent / "shared")
        settings = {
            "source_paths": sources,
            "do_not_mutate": ["*/derive.py"],  # run by hand, and what they make is looked at
            "pytest_add_cli_args": ["-p", "mutation"],
            "pytest_add_cli_args_test_selection": [f"tests/{test}.py" for test in tests],
            "also_copy": ["feeds", "tests", "seeds", "README.md", "docs"],
        }
        with (copy / "pyproject.toml").open("a") as file:
            file.write("\n[tool.mutmut]\n" + "".join(f"{key} = {value!r}\n" for key, value in settings.items()))
        environment = {**os.environ, "PYTHONPATH": "tests"}
        with (ROOT / f".mutation-{room}.log").open("w") as log:
            command = [sys.executable, "-m", "mutmut", "run"]
            subprocess.run(command, cwd=copy, env=environment, stdout=log, stderr=log, check=False)
        command = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
        results = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=True).stdout
        outcomes = dict(line.strip().rsplit(": ", 1) for line in results.splitlines() if ": " in line)
        survivors = [describe(copy, name) for name, outcome in outcomes.items() if outcome not in ("killed", "timeout")]
    noticed = 100 * (len(outcomes) - len(survivors)) / max(len(outcomes), 1)
    print(f"{room}: {len(outcomes)} changes, {noticed:.1f} % noticed")
    unexplained = [survivor for survivor in survivors if survivor not in explained()]
    print("".join(f"  {survivor}\n" for survivor in unexplained), end="")
    return noticed >= LEAST and not unexplained


def describe(copy: Path, name: str) -> str:
    """Return a survivor as a line: the function, the lines before, the lines after. Line numbers would not last."""
    module, _, function = name.rpartition(".")
    path = copy / "mutants" / module.replace(".", "/")
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    source = file.read_text(encoding="utf-8")
    bodies = {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    plain = function.rpartition("__mutmut_")[0]
    before, after = (
        (ast.get_source_segment(source, bodies[which]) or "").splitlines()[1:]
        for which in (f"{plain}__mutmut_orig", function)
    )
    changes = [line for line in difflib.ndiff(before, after) if line[0] in "-+"]
    removed, added = (" ".join(line[2:].strip() for line in changes if line[0] == sign) for sign in "-+")
    return f"{module}.{plain.removeprefix('x_').replace('xǁ', '').replace('ǁ', '.')}: {removed} => {added}"


def explained() -> set[str]:
    """Return the survivors that have a reason: lines of the file below a comment that gives it."""
    return set(_lines())


def _lines() -> Iterator[str]:
    for line in REASONS.read_text(encoding="utf-8").splitlines() if REASONS.exists() else ():
        if line and not line.startswith("#"):
            yield line


if __name__ == "__main__":
    results = [run(room) for room in sys.argv[1:] or ROOMS]
    sys.exit(0 if all(results) else 1)
