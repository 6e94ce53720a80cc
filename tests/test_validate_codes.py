"""Every code of a finding is explained, and its examples show what it means."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from documents import place

import feeds.validation
from feeds.validation import validate
from feeds.validation.codes import CODES, EXPLANATIONS, explain, page

FOLDER = Path(feeds.validation.__file__).parent
# Shown by test_validate_folder.py, test_validate_served.py, and the tests of large documents.
ELSEWHERE = {
    "archive-circle",
    "bad-content-type",
    "byte-order-mark",
    "charset-differs",
    "dangling-link",
    "differs-elsewhere",
    "large-document",
    "schema",
    "self-differs",
    "too-large",
}


@pytest.mark.parametrize("code", sorted(EXPLANATIONS.keys() - ELSEWHERE))
def test_the_wrong_example_of_a_code_shows_it_and_the_right_one_does_not(code: str) -> None:
    known = EXPLANATIONS[code]
    assert code in [finding.code for finding in validate(place(known.place, known.wrong))]
    right = [finding.code for finding in validate(place(known.place, known.right))]
    assert code not in right
    if known.place != "document":
        assert [
            finding.code for finding in validate(place(known.place, known.right)) if finding.severity == "error"
        ] == []


def test_the_codes_without_an_example_in_one_document_are_known() -> None:
    assert {code for code, known in EXPLANATIONS.items() if not known.place} == ELSEWHERE


def test_every_code_that_the_program_names_is_explained() -> None:
    """A code is the third argument of finding(), the second of _warn() and Finding(), or the first of a pair."""
    named: set[str] = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                place_of_code = {"finding": 2, "_warn": 1, "Finding": 1, "say": 2, "value": 1, "_at": 2}.get(called)
                if place_of_code is not None and len(node.args) > place_of_code:
                    argument = node.args[place_of_code]
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        named.add(argument.value)
            elif isinstance(node, ast.Tuple) and isinstance(node.elts[0] if node.elts else None, ast.Constant):
                first = node.elts[0]
                if isinstance(first, ast.Constant) and first.value in CODES:
                    named.add(first.value)
    assert len(named) > 80
    assert named <= set(CODES)


def test_the_page_of_the_documentation_is_made_of_the_explanations() -> None:
    assert (Path(__file__).parent.parent / "docs/findings.md").read_text(encoding="utf-8") == page()


def test_an_explanation_has_all_that_is_known() -> None:
    shown = explain("bad-date")
    assert shown.startswith("bad-date: a date is not as its format writes it")
    for part in ("Wrong:\n    <pubDate>2017", "Right:\n    <pubDate>Fri", "Most readers", "Rule: RSS 2.0 <pubDate>"):
        assert part in shown


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_an_explanation_is_written_in_sentences(code: str) -> None:
    known = EXPLANATIONS[code]
    assert known.why[0].isupper()
    assert known.why.endswith(".")
    assert not known.meaning.endswith(".")
    assert known.section
