"""Hits -> countries that an item is about. Aboutness, not mention.

Rules; what they are worth is measured in tests/test_tagging.py and stated in the README:
- a name counts 1, a demonym or place less; in the title three times that;
- what stands in the context of a donor, an embassy or a plan's name does not count;
- a country of the title is one; others then need two mentions, and two fifths of the strongest one's score;
- without a country in the title, two fifths of the strongest one's score is enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from feeds.model import Evidence
from feeds.tagging.matcher import Hit, Words, longest

WEIGHTS = {"name": 1.0, "demonym": 0.6, "place": 0.7}
TITLE = 3.0
SHARE = 0.4
# Words that may stand between "funded by" and the names, and between the names.
_GLUE = frozenset("the government governments people peoples of and la el los las le les l de del do da y e et".split())


def _opened(context: dict[int, str], word: int, text: str, found: Words) -> str | None:
    """The phrase of the context that is still open at this word: nothing but glue in between, in the same clause."""
    while word:
        start = found.starts[word]
        gap = text[found.ends[word - 1] : start]
        if any(mark in gap for mark in ";:!?") or ("." in gap and text[start].isupper()):
            return None
        if word in context:
            return context[word]
        if found.folded[word - 1] not in _GLUE:
            return None
        word -= 1
    return None


def unmasked(hits: Sequence[Hit], text: str, found: Words) -> tuple[list[Hit], list[tuple[Hit, str]]]:
    """The country hits that count, and those that do not, each with the phrase of the context that says so."""
    names = longest(hit for hit in hits if hit.meaning.scheme == "countries" or hit.meaning.kind == "whole")
    # Where a context is still open: the word after it -> its phrase.
    context = {hit.last: text[hit.start : hit.end] for hit in hits if hit.meaning.kind == "before"}
    after = {hit.first: text[hit.start : hit.end] for hit in hits if hit.meaning.kind == "after"}
    counted: list[Hit] = []
    masked: list[tuple[Hit, str]] = []
    for hit in names:
        if hit.meaning.kind == "whole":
            continue
        reason = _opened(context, hit.first, text, found) or after.get(hit.last)
        if reason:
            masked.append((hit, reason))
            context[hit.last] = reason
        else:
            counted.append(hit)
    return counted, masked


def decide(
    title: Sequence[Hit], text: Sequence[Hit], strings: tuple[str, str]
) -> tuple[dict[str, float], list[Evidence], list[Evidence]]:
    """Country codes with their scores, the evidence for them, and the evidence that was not enough.

    Args:
        title, text: hits that count.
        strings: the title and the text, to show phrases.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    mentions: defaultdict[str, int] = defaultdict(int)
    evidence: list[Evidence] = []
    titled = set()
    for name, hits, string, factor in (("title", title, strings[0], TITLE), ("text", text, strings[1], 1.0)):
        for hit in hits:
            code, weight = hit.meaning.term, WEIGHTS[hit.meaning.kind] * factor
            scores[code] += weight
            mentions[code] += 1
            if name == "title":
                titled.add(code)
            evidence.append(
                Evidence(
                    "countries",
                    code,
                    "title" if name == "title" else "text",
                    hit.start,
                    hit.end,
                    string[hit.start : hit.end],
                    hit.meaning.kind,
                    round(weight, 2),
                )
            )
    if not scores:
        return {}, [], []
    strongest = max(scores.values())
    chosen = {
        code: score
        for code, score in scores.items()
        if code in titled or (score >= SHARE * strongest and (not titled or mentions[code] >= 2))
    }
    return (
        chosen,
        [item for item in evidence if item.term in chosen],
        [item for item in evidence if item.term not in chosen],
    )
