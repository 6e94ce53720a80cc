"""Decide which regions of the UN M49 an item is about: named in the title, or twice.

A region is a tag of its own and never stands for its countries: "Central America" says nothing about Honduras.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from feeds.model import Evidence
from feeds.tagging.matcher import Field, longest

TITLE = 3.0  # what a mention in the title counts: enough by itself
NEEDED = 2  # mentions in the text that make a region what an item is about


def decide(title: Field, text: Field) -> tuple[dict[str, float], list[Evidence], list[Evidence]]:
    """Return region codes with their scores, the evidence for them, and the evidence that was not enough."""
    evidence = [*_evidence(title, TITLE), *_evidence(text, 1.0)]
    scores: defaultdict[str, float] = defaultdict(float)
    for found in evidence:
        scores[found.term] += found.weight
    chosen = {term: score for term, score in scores.items() if score >= NEEDED}
    return (
        chosen,
        [found for found in evidence if found.term in chosen],
        [found for found in evidence if found.term not in chosen],
    )


def _evidence(field: Field, weight: float) -> Iterator[Evidence]:
    """Return the mentions of regions in a field."""
    hits = [hit for hit in field.places if hit.meaning.scheme == "regions"]
    for hit in longest(hits) if hits else ():
        phrase = field.text[hit.start : hit.end]
        yield Evidence("regions", hit.meaning.term, field.name, hit.start, hit.end, phrase, "region", weight)
