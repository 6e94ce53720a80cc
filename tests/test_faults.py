"""One thing broken at a time, by the fault tool beside the project: a killed run, a full disk, a write that fails.

A short run of it: some points of each kind, spread over an update, and some areas of its hostile inputs. Without
--sample it tries all points, without --area all inputs; `powerloss` in place of `inject`, with the same template and
check, tries what a disk may hold after the power went.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, item

from feeds.pipeline import build

pytestmark = pytest.mark.slow

CHECK = Path(__file__).parent / "fault_check.py"
ADAPTER = Path(__file__).parent / "fault_adapter.py"
NOW = "2026-11-21T12:00:00Z"
SITE = """
[site]
title = "Example"
base_url = "https://feeds.example.org/"
authority = "feeds.example.org"
year = 2026
[limits]
live = 2
"""
FIRST = item("5 May, 2017", "Panama trains") + item("4 May, 2017", "Honduras holds a workshop")
SECOND = item("6 May, 2017", "Chile trains") + FIRST.replace("Panama trains", "Panama trains again")


@pytest.mark.parametrize(
    ("fault", "generations"),
    [("kill", 0), ("torn", 0), ("EIO", 0), ("ENOSPC --from", 0), ("EACCES --from", 0), ("kill", 2), ("ENOSPC", 2)],
)
def test_a_disturbed_update_leaves_whole_files_and_is_healed(
    shared: Path, tmp_path: Path, fault: str, generations: int
) -> None:
    if shutil.which("gcc") is None:
        # Calls fail at a chosen place only through a library that is compiled here; test_publish kills without it.
        pytest.skip("needs gcc, with which the fault tool makes its library")
    template, new = tmp_path / "template", tmp_path / "new"
    (template / "site").mkdir(parents=True)
    served = "out/current" if generations else "out"
    setting = f"[publish]\ngenerations = {generations}\n" if generations else ""
    (template / "site/feeds.toml").write_text(SITE + setting)
    moment = dt.datetime.fromisoformat(NOW)
    (template / "site/news.txt").write_text(FIRST)
    build(template / "site", template / "out", now=moment)
    shutil.copytree(template / served, tmp_path / "old")
    (template / "site/news.txt").write_text(SECOND)
    shutil.copytree(template, new, symlinks=True)
    build(new / "site", new / "out", now=moment)
    command = [sys.executable, "-c", "from feeds.cli import main; main()", "build", "site", "-o", "out", "--now", NOW]
    check = f"{sys.executable} {CHECK} {tmp_path / 'old'} {new / served} {served}"
    tool = [sys.executable, str(shared / "reliability/fault.py"), "inject", "--template", str(template)]
    options = ["--check", check, "--rerun", "--jobs", "2", "--sample", "6", "--json", str(tmp_path / "result.json")]
    done = subprocess.run(
        [*tool, *options, "--fault", *fault.split(), "--", *command],
        capture_output=True,
        text=True,
        timeout=280,
        cwd=ROOT,
    )
    assert (tmp_path / "result.json").exists(), done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    found = {key: result[key] for key in ("violations", "rerun_violations", "silent_success", "tracebacks", "timeouts")}
    assert found == dict.fromkeys(found, 0), result
    assert result["fired"] == 6


@pytest.mark.parametrize("areas", [["escaping", "injection", "identity", "shape", "csv", "json"]], ids=" ".join)
def test_hostile_inputs_lose_nothing_and_break_nothing(shared: Path, tmp_path: Path, areas: list[str]) -> None:
    cases = json.loads((shared / "reliability/catalogue.json").read_text())
    (tmp_path / "catalogue.json").write_text(json.dumps({"cases": cases} if isinstance(cases, list) else cases))
    tool = [sys.executable, str(shared / "reliability/fault.py"), "suite", "--adapter", str(ADAPTER), "--area", *areas]
    options = ["--catalogue", str(tmp_path / "catalogue.json"), "--json", str(tmp_path / "result.json"), "--jobs", "2"]
    done = subprocess.run([*tool, *options], capture_output=True, text=True, timeout=280, cwd=ROOT)
    assert (tmp_path / "result.json").exists(), done.stdout + done.stderr
    rows = json.loads((tmp_path / "result.json").read_text())["rows"]
    assert len(rows) > 20
    # An input of which everything could be used ends in 0, where the catalogue would put a part of it aside.
    assert [row for row in rows if set(row["problems"]) - {"exit-code"}] == []
