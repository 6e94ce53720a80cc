"""Problems in a unit of systemd carry their priority; anywhere else they are as they were."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from feeds.cli.printing import complain
for text in ("a:1: error: x [y]", "a:2: warning: x [y]", "ended: z"):
    complain(text)
"""


@pytest.mark.parametrize("is_journal", [True, False])
def test_the_journal_gets_priorities(tmp_path: Path, is_journal: bool) -> None:
    path = tmp_path / "stderr"
    with path.open("wb") as stream:
        status = os.fstat(stream.fileno())
        named = f"{status.st_dev}:{status.st_ino if is_journal else 1}"
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env={**os.environ, "JOURNAL_STREAM": named}, stderr=stream, check=True
        )
    lines = ["a:1: error: x [y]", "a:2: warning: x [y]", "ended: z"]
    wanted = [f"<{level}>{line}" for level, line in zip((3, 4, 5), lines, strict=True)] if is_journal else lines
    assert path.read_text().splitlines() == wanted
