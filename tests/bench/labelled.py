"""How often tags are right on labelled items, with how sure that figure is: F1 with a bootstrap interval of 95 %.

    python tests/bench/labelled.py ../shared

The items are other people's; nothing of them is in the project. Those named "in view" were at hand when the tables and
rules were written. Not part of the tests.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from pathlib import Path

from feeds.tagging import tag

ROUNDS = 1000
Pair = tuple[set[str], set[str]]  # of an item: labels and tags


def f1(pairs: list[Pair]) -> float:
    """Micro F1 over pairs of item and tag."""
    hit = sum(len(gold & found) for gold, found in pairs)
    return 2 * hit / max(1, sum(len(gold) + len(found) for gold, found in pairs))


def interval(pairs: list[Pair]) -> tuple[float, float]:
    """The middle 95 % of the F1 of samples of as many items, drawn with replacement."""
    chosen = random.Random(7)
    scores = sorted(f1(chosen.choices(pairs, k=len(pairs))) for _ in range(ROUNDS))
    return scores[ROUNDS // 40], scores[-ROUNDS // 40]


def items(path: Path) -> list[dict[str, object]]:
    """The objects of a file of JSON Lines."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def main(shared: Path) -> None:
    """Print the figures."""
    pairs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for name in ("dev", "dev2"):
        for row in items(shared / f"topics/{name}.jsonl"):
            tags = tag(str(row["title"] or ""), str(row["body"] or ""), str(row["lang"])).categories
            for facet, ignored in (("countries", row.get("ignore", ())), ("topics", row.get("optional", ()))):
                skipped = {str(term).lower() for term in ignored}  # type: ignore[attr-defined]
                gold = {str(term).lower() for term in row[facet]} - skipped  # type: ignore[attr-defined]
                found = {one.term for one in tags if one.scheme == facet} - skipped
                pairs[f"{facet}, migration items in view", str(row["lang"])].append((gold, found))
    for row in items(shared / "countries/dev.jsonl"):
        if row["kind"] != "mention":
            tags = tag(str(row["title"] or ""), str(row["text"] or ""), str(row["lang"])).categories
            skipped = {str(term).lower() for term in row["ignore"]}  # type: ignore[attr-defined]
            gold = {str(term).lower() for term in row["countries"]} - skipped  # type: ignore[attr-defined]
            found = {one.term for one in tags if one.scheme == "countries"} - skipped
            pairs[f"countries, {row['source']}", str(row["lang"])].append((gold, found))
    for (name, language), rows in sorted(pairs.items()):
        low, high = interval(rows)
        print(f"{name:44} {language:3} {len(rows):6} items  F1 {f1(rows):.3f}  ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
