"""What shared/reliability/fault.py needs to put its hostile inputs into a site of ours: `suite --adapter` this file.

A case is tried where a kind of source takes it; the tool checks that nothing is lost, broken, leaked or invented.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

EXIT = {"ok": (0, 1), "partial": (1,), "refused": (1, 2, 3), "any": (0, 1, 2, 3), "config-error": (2,)}
OLD = "On 1 May, 2017\nOld story one\nText one.\n\nOn 2 May, 2017\nOld story two\nText two.\n"
SITE = """
[site]
title = "T"
base_url = "https://e.org/"
authority = "e.org"
year = 2020
[[sources]]
name = "old"
path = "old.txt"
[[sources]]
name = "news"
path = "news*.txt"
"""
CODE = "from feeds.cli import main; main()"
BUILD = [sys.executable, "-c", CODE, "build", "site", "-o", "out", "--now", "2026-11-21"]
PUBLISHED = {"atom.xml": "main.atom", "rss.xml": "main.rss", "feed.json": "main.json"}


def setup(folder: Path) -> list[str]:
    """Make a site that has published something; the titles of that."""
    (folder / "site").mkdir()
    (folder / "site/old.txt").write_text(OLD)
    (folder / "site/feeds.toml").write_text(SITE)
    subprocess.run(BUILD, cwd=folder, check=False, capture_output=True)
    return ["Old story one", "Old story two"]


def feeds(work: Path) -> list[Path]:
    """The published feeds, under the names by which the tool knows their format."""
    shown = work / "pub"
    shown.mkdir(exist_ok=True)
    for name, known in PUBLISHED.items():
        if (work / "out" / name).exists():
            shutil.copy(work / "out" / name, shown / known)
    return sorted(shown.iterdir())


KINDS = {".txt": "listing", ".html": "html", ".csv": "table", ".json": "table"}


def argv(case: dict[str, Any], work: Path, run: int, server: Any) -> list[str] | None:
    """Put a case's files, or its address, into the site; the command to run, None where no kind of source takes it."""
    configuration = work / "site/feeds.toml"
    if server:
        route = case["route"]
        kind = "feed" if route.endswith((".atom", ".rss", ".xml", ".json")) or "html" not in route else "html"
        source = (
            f'[[sources]]\nname = "url"\nkind = "{kind}"\nurl = "{server.url(route)}"\nprivate = true\nrobots = false\n'
        )
        configuration.write_text(SITE + source)
        return BUILD
    stated = work / f"run{run}"
    found = [path for path in (stated if stated.exists() else work).iterdir() if path.suffix in KINDS]
    others = ""
    for path in found:
        name = "news.txt" if path.name == "news.txt" else f"news-{path.name}"
        shutil.copy(path, work / "site" / name)
        if path.suffix != ".txt":
            others += f"""
[[sources]]
name = "{path.suffix[1:]}"
path = "{name}"
kind = "{KINDS[path.suffix]}"
base_url = "https://e.org/"
"""
    configuration.write_text(SITE + others)
    return BUILD if found else None
