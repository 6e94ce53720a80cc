"""Decide which topics an item is about from the phrases found in it.

A phrase in the title counts twice; what a topic's phrases give is added up, each further hit of the same phrase
counting half of the one before; a topic needs a whole phrase or three weak ones, and a share of the strongest one's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from feeds.model import Evidence
from feeds.tagging.matcher import Field, Hit, longest

TITLE = 2.0
WEAK_TITLE = 2.5  # of a weak phrase: what stands in a title is no passing word; alone it is still not enough
ENOUGH = 4.0  # score of the strongest topic from which more says no more
REPEATED = 30  # times that a phrase counts in an item: each time half as much, after these nothing
SHARE = 0.4  # of the strongest topic's score that another needs (tuned on labelled items, tests/test_topics.py)
LEAST = 0.9  # a whole phrase, or three weak ones; in the title, one and a weak one in the text
NEAR = 8  # words between two phrases that are near each other


def decide(title: Field, text: Field) -> tuple[dict[str, float], list[Evidence], list[Evidence]]:
    """Return topic terms with their scores, the evidence for them, and the evidence that was not enough."""
    scores: defaultdict[str, float] = defaultdict(float)
    evidence: list[Evidence] = []
    repeated: defaultdict[int, int] = defaultdict(int)  # how often the same phrase of the table was counted
    conditions = [(field, hit) for field in (title, text) for hit in field.topics if hit.meaning.scheme == "condition"]
    for field, factor in ((title, TITLE), (text, 1.0)):
        by_topic = _by_topic(field, conditions)
        hidden = _hidden(field, by_topic)
        for term, hits in by_topic.items():
            for hit in hits if len(hits) == 1 else _distinct(longest(hits)):
                if hidden and hit[:2] in hidden:
                    continue
                meaning = hit.meaning
                times = repeated[id(meaning)]
                repeated[id(meaning)] = times + 1
                if times < REPEATED:
                    is_weak_title = field is title and 0 < meaning.weight < 1
                    weight = meaning.weight * (WEAK_TITLE if is_weak_title else factor) / 2**times
                    scores[term] += weight
                    evidence.append(_evidence(term, field, hit, weight))
    strongest = max(scores.values(), default=0.0)
    least = max(LEAST, SHARE * min(strongest, ENOUGH))
    chosen = {term: score for term, score in scores.items() if score >= least}
    return (
        chosen,
        [found for found in evidence if found.term in chosen],
        [found for found in evidence if found.term not in chosen],
    )


def _hidden(field: Field, by_topic: dict[str, list[Hit]]) -> set[tuple[int, int]]:
    """Return the words of phrases that are part of something else: of a longer phrase, whichever topic that is of
    ("humanitarian visa"), or of the name of a body ("Ministry of Resettlement and Reconstruction").
    """
    spans = {hit[:2] for hits in by_topic.values() for hit in hits if hit.meaning.weight > 0}
    if len(spans) < 2 and not (spans and _BODY.search(field.text)):
        return set()
    hidden, furthest = set(), 0
    for first, negative in sorted([(first, -last) for first, last in spans]):  # of one beginning the longest first
        if -negative <= furthest:  # what begins with or before it ends with or behind it
            hidden.add((first, -negative))
        else:
            furthest = -negative
    starts, ends, text = field.words.starts, field.words.ends, field.text
    if capitals := [span for span in spans if text[starts[span[0]]].isupper()]:
        for match in _BODY.finditer(text):
            low, high = match.span()
            hidden |= {span for span in capitals if low < starts[span[0]] and ends[span[1] - 1] <= high}
    return hidden


# The name of a body: what it is, and for what, as far as the words have capitals.
_BODY = re.compile(
    r"\b(?:Minist(?:ry|er|erio|ro|ra|ère|re|ério)|Department|Departamento|Directorate|Dirección|Secretar(?:y|iat|ía|io|ia)|"
    r"Bureau|Authority|Instituto?|Institut|Commission(?:er)?|Comisión|Committee|Comité|Council|Consejo|Conseil|Office|"
    r"Oficina|Agency|Agencia|Agence|Fund|Fondo|Fonds|Organi[sz]ation|Organización|Organização|Alto Comisionado|"
    r"High Commissioner|Haut-Commissariat|Subsecretaría)"
    r"(?: (?:of|for|on|de|del|da|do|des|du|para|pour|à|aux|the|la|las|los|les|le|l[’']|d[’']|and|y|et|e|&)|"
    r" ?[A-ZÁÉÍÓÚÀÈÊÎÔÛÇÑ][\w’'-]*,?)+"
)


def _by_topic(field: Field, conditions: list[tuple[Field, Hit]]) -> dict[str, list[Hit]]:
    """Return the hits of a field whose conditions hold, by topic."""
    by_topic: dict[str, list[Hit]] = {}
    for hit in field.topics:
        meaning = hit.meaning
        if meaning.scheme == "topics" and (not meaning.condition[0] or _holds(hit, field, conditions)):
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


def _evidence(term: str, field: Field, hit: Hit, weight: float) -> Evidence:
    phrase = field.text[hit.start : hit.end]
    return Evidence("topics", term, field.name, hit.start, hit.end, phrase, hit.meaning.kind, weight)
