"""A table of tags that were looked through and corrected, as a spreadsheet saves it -> overrides of single entries."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from feeds.config.values import Override
from feeds.model import TAGS, ConfigError

COLUMNS = ("id", "title", *TAGS, "doubt")
_TERM = re.compile("[a-z0-9-]+")


def read_reviewed(path: Path) -> list[Override]:
    """Return what a table rules: the tags in each row are those of the entry, and no others.

    The columns are id and one or more facets, with spaces or commas between codes; others are for people. A comma, a
    semicolon or a tab may stand between cells.

    Raises:
        ConfigError: it cannot be read, has no such columns, or a cell holds what is no code.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, f"cannot be read: {error}; save it as CSV in UTF-8") from None
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(text.splitlines(), delimiter=max(",;\t", key=head.count))
    facets = [name for name in reader.fieldnames or () if name in TAGS]
    if "id" not in (reader.fieldnames or ()) or not facets:
        raise ConfigError(path, f"has no columns id and one of {', '.join(TAGS)}; feeds tag --review writes them", 1)
    found = []
    for row in reader:
        if not (row["id"] or "").strip():
            continue
        ruled = tuple((facet, _terms(path, reader.line_num, facet, row[facet] or "")) for facet in facets)
        found.append(Override(key="id", value=row["id"].strip(), line=reader.line_num, facets=ruled, file=path.name))
    return found


def _terms(path: Path, line: int, facet: str, cell: str) -> tuple[str, ...]:
    terms = tuple(dict.fromkeys(re.split(r"[\s,;]+", cell.strip().lower()))) if cell.strip() else ()
    for term in terms:
        if not _TERM.fullmatch(term):
            raise ConfigError(path, f"'{term}' in column {facet} is no code; write them like 'pa cr'", line)
    return terms
