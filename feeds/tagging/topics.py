"""Hits -> topics that an item is about.

A phrase in the title counts twice; what a topic's phrases give is added up, each further hit of the same phrase
counting half of the one before; a topic needs a whole phrase or three weak ones, and a share of the strongest one's.
"""

from __future__ import annotations

from collections import defaultdict

from feeds.model import Evidence
from feeds.tagging.matcher import Field, Hit, longest

SCHEMES = frozenset(("topics", "condition"))
TITLE = 2.0
REPEATED = 30  # times that a phrase counts in an item: each time half as much, after these nothing
SHARE = 0.4
LEAST = 0.9  # a whole phrase, or three weak ones; in the title, one and a weak one in the text
NEAR = 8  # words between two phrases that are near each other


def _holds(hit: Hit, field: Field, conditions: list[tuple[Field, Hit]]) -> bool:
    """Whether the condition of a phrase holds: another phrase in the item (AND), a few words away (NEAR), or not."""
    operator, term = hit.meaning.condition
    others = [(where, other) for where, other in conditions if other.meaning.term == term]
    if operator == "NEAR":
        others = [
            (where, other)
            for where, other in others
            if where is field and max(other.first - hit.last, hit.first - other.last) <= NEAR
        ]
    return bool(others) != (operator == "NOT")


def decide(title: Field, text: Field) -> tuple[dict[str, float], list[Evidence], list[Evidence]]:
    """Topic terms with their scores, the evidence for them, and the evidence that was not enough."""
    scores: defaultdict[str, float] = defaultdict(float)
    evidence: list[Evidence] = []
    seen: defaultdict[int, int] = defaultdict(int)
    conditions = [(field, hit) for field in (title, text) for hit in field.topics if hit.meaning.scheme == "condition"]
    for field, factor in ((title, TITLE), (text, 1.0)):
        by_topic: dict[str, list[Hit]] = {}
        for hit in field.topics:
            if hit.meaning.scheme == "topics" and (not hit.meaning.condition[0] or _holds(hit, field, conditions)):
                by_topic.setdefault(hit.meaning.term, []).append(hit)
        for term, of_topic in by_topic.items():
            counted = (0, 0)
            for hit in longest(of_topic):
                if hit[:2] == counted:
                    continue  # the same words, written twice in the table
                counted = hit[:2]
                meaning = hit.meaning
                repeated = seen[id(meaning)]  # the same phrase of the table
                seen[id(meaning)] += 1
                if repeated >= REPEATED:
                    continue
                weight = meaning.weight * factor / 2**repeated
                scores[term] += weight
                phrase = field.text[hit.start : hit.end]
                evidence.append(Evidence("topics", term, field.name, hit.start, hit.end, phrase, meaning.kind, weight))
    strongest = max(scores.values(), default=0.0)
    chosen = {term: score for term, score in scores.items() if score >= max(LEAST, SHARE * strongest)}
    return (
        chosen,
        [item for item in evidence if item.term in chosen],
        [item for item in evidence if item.term not in chosen],
    )
