"""`feeds explain` and `feeds tag`: why an item is what it is, and what any text is about."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeds.cli.options import now_option, site_argument
from feeds.cli.printing import OK, PROBLEMS, complain, errors, visible
from feeds.model import TAGS

if TYPE_CHECKING:
    from feeds.model import Evidence, Tags


@click.command()
@click.argument("item")
@site_argument
@now_option
def explain(item: str, site: Path, now: dt.datetime) -> None:
    """Say why ITEM of SITE is dated, tagged and placed as it is.

    ITEM is an id, a link, or a place: the name of a source or a file, a colon and a line.

    \b
    feeds explain tag:feeds.example.org,2026:news/2017-07-28/panama-bolsters-preparedness
    feeds explain 004_f4914579ce13bfe4.txt:38
    """
    from feeds.pipeline.explain import explain as explain_item

    with errors():
        sections = explain_item(item, site, now=now)
    if not sections:
        complain(f"{item}: error: no such item; give an id, a link, or a place like news:31 [unknown-item]")
        sys.exit(PROBLEMS)
    for heading, lines in sections:
        for number, line in enumerate(lines):
            click.echo(f"{'' if number else heading:<11}{visible(line)}")


def _result(identifier: object, tags: Tags) -> dict[str, Any]:
    """What is printed of a text: its codes by facet, with their evidence."""
    codes = {
        facet: [_code(facet, category.term) for category in tags.categories if category.scheme == facet]
        for facet in TAGS
    }
    evidence, rejected = ([_shown(found) for found in part] for part in (tags.evidence, tags.rejected))
    return {"id": identifier, **codes, "evidence": evidence, "rejected": rejected}


def _code(facet: str, term: str) -> str:
    return term.upper() if facet == "countries" else term  # as ISO 3166-1 writes it


def _shown(evidence: Evidence) -> dict[str, str | int | float]:
    stated = evidence._asdict()
    facet = stated.pop("scheme")
    stated["weight"] = round(evidence.weight, 2)
    return {"facet": facet, **stated, "term": _code(facet, evidence.term)}


@click.command()
@click.option(
    "--review",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="SITE",
    help="Write a table (CSV) of the entries of SITE with doubtful tags, to be corrected; then name it as reviewed.",
)
def tag(review: Path | None) -> None:
    """Tag texts: JSON Lines in, JSON Lines out, in the same order.

    In, one object a line: {"id", "title", "text", "lang"} (without lang it is guessed). Out: {"id", "countries",
    "regions", "topics", "evidence", "rejected"}; countries are ISO 3166-1 codes, regions those of the UN M49. A line
    that cannot be read is named on stderr and left out.

    \b
    echo '{"id": 1, "title": "Panama trains border staff", "text": ""}' | feeds tag
    feeds tag --review /srv/news > /srv/news/tags.csv
    """
    if review:
        _review(review)
        return
    from feeds import tagging
    from feeds.content.language import guess_language

    status, said = OK, set()
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            title, text = item.get("title") or "", item.get("text") or ""
            language = item.get("lang") or guess_language(f"{title} {text}", "en")
            tags = tagging.tag(title, text, language)
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            complain(f"-:{number}: error: no object with title and text: {error} [bad-item]")
            status = PROBLEMS
            continue
        if language not in said and not tagging.has_table(language):
            complain(f"-:{number}: note: no table has '{language}': only English names are found in it [no-table]")
        said.add(language)
        sys.stdout.buffer.write(
            json.dumps(_result(item.get("id"), tags), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        )
        sys.stdout.buffer.flush()
    sys.exit(status)


def _review(site: Path) -> None:
    """Print the table of doubtful entries."""
    import csv

    from feeds.config.reviewed import COLUMNS
    from feeds.pipeline.review import find_doubtful

    with errors():
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        for entry in find_doubtful(site):
            tags = (" ".join(codes) for codes in entry.tags.values())
            writer.writerow([_cell(cell) for cell in (entry.id, entry.title, *tags, entry.doubt)])


def _cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
