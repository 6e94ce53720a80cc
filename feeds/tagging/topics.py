"""Decide which topics an item is about from the phrases found in it.

A phrase in the title counts twice; what a topic's phrases give is added up, each further hit of the same phrase
counting half of the one before; a topic needs a whole phrase or three weak ones, and a share of the strongest one's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from feeds.model import Evidence
from feeds.tagging.matcher import Field, Hit, longest

TITLE = 2.0
WEAK_TITLE = 2.5  # of a weak phrase: what stands in a title is no passing word; alone it is still not enough
ENOUGH = 4.0  # score of the strongest topic from which more says no more
REPEATED = 30  # times that a phrase counts in an item: each time half as much, after these nothing
SHARE = 0.4  # of the strongest topic's score that another needs (tuned on labelled items, tests/test_topics.py)
LEAST = 0.9  # a whole phrase, or three weak ones; in the title, one and a weak one in the text
NEAR = 8  # words between two phrases that are near each other


class _Found(NamedTuple):
    """What bears on topics in a field."""

    field: Field
    phrases: list[Hit]
    bodies: list[Hit]  # words for bodies: "Ministry"


def decide(title: Field, text: Field) -> tuple[dict[str, float], list[Evidence], list[Evidence]]:
    """Return topic terms with their scores, the evidence for them, and the evidence that was not enough."""
    scores: defaultdict[str, float] = defaultdict(float)
    evidence: list[Evidence] = []
    repeated: defaultdict[int, int] = defaultdict(int)  # how often the same phrase of the table was counted
    conditions: list[tuple[Field, Hit]] = []
    for found in [_sorted(field, conditions) for field in (title, text)]:
        is_title = found.field is title
        name, string = found.field.name, found.field.text
        by_topic = _by_topic(found, conditions)
        hidden = _hidden(found, by_topic)
        for term, hits in by_topic.items():
            for hit in hits if len(hits) == 1 else _distinct(longest(hits)):
                first, last, start, end, meaning = hit
                if hidden and (first, last) in hidden:
                    continue
                times = repeated[id(meaning)]
                repeated[id(meaning)] = times + 1
                if times < REPEATED:
                    weight = meaning.weight / 2**times
                    if is_title:
                        weight *= WEAK_TITLE if 0 < meaning.weight < 1 else TITLE
                    scores[term] += weight
                    evidence.append(Evidence("topics", term, name, start, end, string[start:end], meaning.kind, weight))
    strongest = max(scores.values(), default=0.0)
    least = max(LEAST, SHARE * min(strongest, ENOUGH))
    chosen = {term: score for term, score in scores.items() if score >= least}
    return (
        chosen,
        [found for found in evidence if found.term in chosen],
        [found for found in evidence if found.term not in chosen],
    )


def _sorted(field: Field, conditions: list[tuple[Field, Hit]]) -> _Found:
    """Return the hits of a field by what they are; those that are conditions are added to these."""
    phrases: list[Hit] = []
    bodies: list[Hit] = []
    for hit in field.topics:
        scheme = hit.meaning.scheme
        if scheme == "topics":
            phrases.append(hit)
        elif scheme == "condition":
            conditions.append((field, hit))
        elif field.text[hit.start + 1].islower():  # where all is in capitals, no name ends
            bodies.append(hit)
    return _Found(field, phrases, bodies)


def _hidden(found: _Found, by_topic: dict[str, list[Hit]]) -> set[tuple[int, int]]:
    """Return the words of phrases that are part of something else: of a longer phrase, whichever topic that is of
    ("humanitarian visa"), or of the name of a body ("Ministry of Resettlement and Reconstruction").
    """
    spans = {(first, -last) for hits in by_topic.values() for first, last, _, _, meaning in hits if meaning.weight > 0}
    hidden, furthest = set(), 0
    for first, negative in sorted(spans):  # of one beginning the longest first
        if -negative <= furthest:  # what begins with or before it ends with or behind it
            hidden.add((first, -negative))
        else:
            furthest = -negative
    starts, ends, text = found.field.words.starts, found.field.words.ends, found.field.text
    for body in found.bodies:
        if name := _REST_OF_NAME.match(text, body.end):
            for first, negative in spans:
                start = starts[first]
                if body.start < start and ends[-negative - 1] <= name.end() and text[start].isupper():
                    hidden.add((first, -negative))
    return hidden


# What follows a word for a body in its name: for what, as far as the words have capitals.
_REST_OF_NAME = re.compile(
    r"(?: (?:of|for|on|de|del|da|do|des|du|para|pour|à|aux|the|la|las|los|les|le|l[’']|d[’']|and|y|et|e|&)|"
    r" ?[A-ZÁÉÍÓÚÀÈÊÎÔÛÇÑ][\w’'-]*,?)+"
)


def _by_topic(found: _Found, conditions: list[tuple[Field, Hit]]) -> dict[str, list[Hit]]:
    """Return the hits of a field whose conditions hold, by topic."""
    by_topic: dict[str, list[Hit]] = {}
    for hit in found.phrases:
        meaning = hit.meaning
        if not meaning.condition[0] or _holds(hit, found.field, conditions):
            by_topic.setdefault(meaning.term, []).append(hit)
    return by_topic


def _holds(hit: Hit, field: Field, conditions: list[tuple[Field, Hit]]) -> bool:
    """Return True if the condition of a phrase holds: another phrase in the item (AND), a few words away (NEAR), or
    not in it (NOT).
    """
    operator, term = hit.meaning.condition
    others = [(where, other) for where, other in conditions if other.meaning.term == term]
    if operator == "NEAR":
        return any(where is field and _distance(hit, other) <= NEAR for where, other in others)
    return bool(others) != (operator == "NOT")


def _distance(hit: Hit, other: Hit) -> int:
    """Return the number of words between two phrases."""
    return max(other.first - hit.last, hit.first - other.last)


def _distinct(hits: list[Hit]) -> Iterator[Hit]:
    """Remove a hit on the same words as the one before: the table lists the phrase twice."""
    before = (0, 0)
    for hit in hits:
        if hit[:2] != before:
            yield hit
        before = hit[:2]
