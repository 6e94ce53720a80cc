"""docs/rules.md: each rule of a specification that is checked is shown by a document."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documents import place

from feeds.validation import validate
from feeds.validation.codes import CODES

TABLE = Path(__file__).parent.parent / "docs/rules.md"
LINES = [
    [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| Section", "|--"))
]
CHECKED = [line for line in LINES if line[3] != "–"]


@pytest.mark.parametrize("line", CHECKED, ids=lambda line: f"{line[0]}: {line[2]}"[:70])
def test_a_rule_is_shown_by_its_example(line: list[str]) -> None:
    match = re.fullmatch(r"([a-z]+(?: [a-z]+)?(?:, -[\w: ]+)?): `(.*)`", line[4])
    assert match, line[4]
    assert line[3] in [finding.code for finding in validate(place(match[1], match[2]))]


def test_the_table_is_complete_and_says_why_where_it_does_not_check() -> None:
    assert len(CHECKED) > 240
    assert all(len(line) == 5 for line in LINES)
    assert {line[1] for line in LINES} <= {"must", "should", "may", "–"}
    assert {line[3] for line in CHECKED} <= set(CODES)
    assert all(len(line[4]) > 10 for line in LINES if line[3] == "–")
