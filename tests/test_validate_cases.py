"""The small cases of shared/cases/validator, by what each of their folders expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from feeds.model import Finding
from feeds.validation import validate

# Folder -> the codes of which each document has one, errors first; none where there must be nothing but advice.
EXPECTED: dict[str, tuple[str, ...]] = {
    "d1": ("html-page", "former-format", "misspelt-namespace", "unknown-format"),
    "d2": ("bare-ampersand", "html-entity", "text-before-xml"),
    "d3": ("unexpected-element", "bad-language"),
    "fr1": (),
    "fr2": (),
    "fr3": (),
    "fr4": (),
    "fr5": (),
    "fr7": (),
    "m1": ("bad-uri",),
    "m2": ("bad-attribute",),
    "m3": ("bad-language",),
    "m4": ("late-metadata",),
    "m5": ("unexpected-element",),
    "m6": ("no-namespace",),
    "m7": ("bad-attribute",),
    "m8": ("duplicate-alternate",),
    "m9": ("bad-language", "bad-value"),
    "m10": ("bad-guid",),
    "m11": ("bad-address", "bad-guid", "bad-attribute"),
    "m12": ("bad-id", "bad-address"),
    "m13": ("bad-value", "missing-attribute", "bad-email", "undefined-element"),
    "m16": ("undefined-element", "bad-date"),
    "p1": ("bad-date",),
}
# The same of advice.
ADVISED: dict[str, tuple[str, ...]] = {
    "w1": (
        "active-content",
        "bad-characters",
        "bad-html",
        "double-escaped",
        "html-in-text",
        "relative-reference",
        "unsafe-style",
    ),
    "w2": ("implausible-date",),
    "w3": ("image-differs",),
    "w4": (),
    "w5": ("former-format",),
}
JSON = {
    "date_lower_z.json": [],
    "html_in_title.json": [("warning", "html-in-text")],
    "id_empty.json": [("error", "bad-id")],
    "id_null.json": [("error", "bad-type")],
    "nan.json": [("error", "not-json")],
    "next_eq_feed.json": [("error", "bad-value")],
    "script_in_html.json": [("warning", "active-content")],
}
# Documents out of reports to other validators, each with what should be said of it.
REPORTED = {
    "blogmore-109-relative.xml": ["relative-reference"],
    "distill-126-single-digits.xml": ["bad-date"],
    "pigeonpod-114-itunes.xml": ["bad-email", "bad-value", "bad-value"],
    "testpilot-2575-self-object.xml": ["bad-attribute"],
    "textpattern-1749-two-digit.xml": ["unusual-date"],
    "tgfeed-4-guid-onclick.xml": ["active-content", "bad-guid", "weak-guid"],
    "w3c-156-email.xml": ["no-real-name"],
    "w3c-178-179-116-namespaces.xml": [],
    "w3c-47-anchor.xml": [],
    "w3c-55-mrss-1.5.xml": [],
    "w3c-73-two-dc-language-atom.xml": [],
    "w3c-75-base-self.xml": [],
}
DIRECTORY = ("incomplete-podcast", "no-podcast-email")  # beside every tag of a podcast


def found_in(path: Path) -> list[Finding]:
    return [finding for finding in validate(path.read_bytes()) if finding.code not in DIRECTORY]


def documents(shared: Path, prefix: str) -> list[Path]:
    [folder] = [path for path in (shared / "cases/validator").iterdir() if path.name.split("-")[0] == prefix]
    return sorted(path for path in folder.iterdir() if path.name != "expect")


def folders(shared: Path) -> set[str]:
    return {path.name.split("-")[0] for path in (shared / "cases/validator").iterdir()}


def test_every_folder_is_looked_at(shared: Path) -> None:
    known = EXPECTED.keys() | ADVISED.keys() | {"j1", "public"}
    assert folders(shared) == known


@pytest.mark.parametrize("prefix", sorted(EXPECTED))
def test_errors(shared: Path, prefix: str) -> None:
    for path in documents(shared, prefix):
        errors = [finding.code for finding in found_in(path) if finding.severity == "error"]
        assert bool(errors) == bool(EXPECTED[prefix]), path.name
        assert set(errors) <= set(EXPECTED[prefix]), path.name


@pytest.mark.parametrize("prefix", sorted(ADVISED))
def test_advice(shared: Path, prefix: str) -> None:
    for path in documents(shared, prefix):
        codes = [finding.code for finding in found_in(path)]
        assert codes[:1] == [code for code in ADVISED[prefix] if code in codes][:1], path.name
        assert bool(codes) == bool(ADVISED[prefix]), path.name


@pytest.mark.parametrize("name", sorted(JSON))
def test_json(shared: Path, name: str) -> None:
    found = found_in(shared / "cases/validator/j1-json" / name)
    assert [(finding.severity, finding.code) for finding in found] == JSON[name]


@pytest.mark.parametrize("name", sorted(REPORTED))
def test_what_others_reported(shared: Path, name: str) -> None:
    found = found_in(shared / "cases/validator/public-issues" / name)
    assert sorted(finding.code for finding in found) == REPORTED[name]


def test_which_of_thirty_items_on_one_line(shared: Path) -> None:
    [path] = documents(shared, "p1")
    [finding] = validate(path.read_bytes())
    assert (finding.path, finding.line) == ("/rss/channel/item[18]/pubDate", 1)
    assert path.read_bytes().decode()[(finding.column or 0) - 1 :].startswith("<pubDate>yesterday")
