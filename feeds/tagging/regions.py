"""Hits -> regions of the UN M49 that an item is about: one in the title, or named twice.

A region is a tag of its own and never stands for its countries: "Central America" says nothing about Honduras.
"""

from __future__ import annotations

from collections import defaultdict

from feeds.model import Evidence
from feeds.tagging.matcher import Field, longest

TITLE = 3.0
NEEDED = 2  # mentions in the text


def decide(title: Field, text: Field) -> tuple[dict[str, float], list[Evidence], list[Evidence]]:
    """Region codes with their scores, the evidence for them, and the evidence that was not enough."""
    scores: defaultdict[str, float] = defaultdict(float)
    evidence = []
    for field, weight in ((title, TITLE), (text, 1.0)):
        found = [hit for hit in field.places if hit.meaning.scheme == "regions"]
        for hit in longest(found) if found else ():
            term, phrase = hit.meaning.term, field.text[hit.start : hit.end]
            scores[term] += weight
            evidence.append(Evidence("regions", term, field.name, hit.start, hit.end, phrase, "region", weight))
    chosen = {term: score for term, score in scores.items() if score >= NEEDED}
    return (
        chosen,
        [item for item in evidence if item.term in chosen],
        [item for item in evidence if item.term not in chosen],
    )
