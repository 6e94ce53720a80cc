"""`feeds topics`: for the editor of a taxonomy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli.printing import OK, PROBLEMS, complain, errors, visible

if TYPE_CHECKING:
    from feeds.tagging.lint import Labelled, Score

SHOWN = 5  # phrases of a topic in the table


@click.group()
def topics() -> None:
    """Look after a taxonomy of topics."""


@topics.command()
@click.argument("taxonomy", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--labelled",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON Lines of items that people have labelled: title, text, lang, topics, optional.",
)
def check(taxonomy: Path, labelled: Path | None) -> None:
    """Check a taxonomy file: phrases that stand twice, contradict each other or never match.

    TAXONOMY is a file like the shipped one, or the name of a shipped one: migration, newsroom. With --labelled also a
    table of topics: how many items were given them rightly, wrongly, and not, and the phrases that were wrong most
    often.

    \b
    feeds topics check topics.toml --labelled items.jsonl
    """
    from feeds.tagging import PROFILES
    from feeds.tagging.lint import lint, score

    path = taxonomy if taxonomy.exists() else PROFILES.get(str(taxonomy), taxonomy)
    with errors():
        remarks = lint(path)
        for remark in remarks:
            complain(f"{path}:{remark.line}: {remark.severity}: {remark.message} [{remark.code}]")
        if labelled:
            items = list(_items(labelled))
            _table(score(path, items))
            _languages(path, items)
    wrong = sum(remark.severity == "error" for remark in remarks)
    click.echo(f"{wrong} errors, {len(remarks) - wrong} warnings in {path.name}")
    sys.exit(PROBLEMS if wrong else OK)


def _languages(path: Path, items: list[Labelled]) -> None:
    """Print the figure of each language, where there are several."""
    from feeds.tagging.lint import score

    by_language = {item.language: [one for one in items if one.language == item.language] for item in items}
    for language, own in sorted(by_language.items()) if len(by_language) > 1 else ():
        totals = score(path, own).values()
        right, false, missed = (sum(getattr(one, name) for one in totals) for name in ("right", "false", "missed"))
        f1 = 2 * right / (2 * right + false + missed) if right else 0.0
        click.echo(f"{f'all, {language}':<28}{right:>7}{false:>7}{missed:>8}{f1:>7.2f}  ({len(own)} items)")


def _items(path: Path) -> Iterator[Labelled]:
    """The items of a labelled file; a line that is none is named and left out."""
    from feeds.tagging.lint import Labelled

    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            yield Labelled(
                title=item.get("title") or "",
                text=item.get("text") or item.get("body") or "",
                language=item.get("lang") or "en",
                topics=frozenset(item["topics"]),
                optional=frozenset(item.get("optional") or ()),
            )
        except (ValueError, AttributeError, TypeError, KeyError) as error:
            complain(f"{path}:{number}: error: no object with title, text and topics: {error} [bad-item]")


def _table(scores: dict[str, Score]) -> None:
    click.echo(f"{'topic':<28}{'right':>7}{'wrong':>7}{'missed':>8}{'F1':>7}  wrong most often")
    total = [0, 0, 0]
    for term, of_topic in sorted(scores.items(), key=lambda item: item[1].f1):
        counts = of_topic.right, of_topic.false, of_topic.missed
        total = [so_far + other for so_far, other in zip(total, counts, strict=True)]
        wrong = sorted(of_topic.phrases.items(), key=lambda item: (item[1][True] - item[1][False], item[0]))
        shown = ", ".join(f"{phrase} {n[False]}:{n[True]}" for phrase, n in wrong[:SHOWN] if n[False])
        if any(counts):
            click.echo(f"{term:<28}{counts[0]:>7}{counts[1]:>7}{counts[2]:>8}{of_topic.f1:>7.2f}  {visible(shown)}")
    right, false, missed = total
    f1 = 2 * right / (2 * right + false + missed) if right else 0.0
    click.echo(f"{'all':<28}{right:>7}{false:>7}{missed:>8}{f1:>7.2f}  (phrase wrong:right, in items)")
