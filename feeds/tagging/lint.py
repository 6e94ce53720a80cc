"""Find mistakes in a taxonomy, and measure what each of its phrases contributes on labelled items.

For an editor who improves it without a programmer: duplicate, contradictory and never-matching phrases by their line,
then for each topic and phrase how often it was right.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from feeds.model import Tags
from feeds.tagging import Tagger
from feeds.tagging.matcher import stems_of
from feeds.tagging.tables import Stated, taxonomy


class Remark(NamedTuple):
    """A remark about a phrase; errors are contradictions, warnings deserve a look."""

    severity: str  # "error" or "warning"
    code: str
    message: str
    line: int  # from 1, 0 where unknown


class Labelled(NamedTuple):
    """An item with its topics as people labelled it; optional topics count neither for nor against."""

    title: str
    text: str
    language: str
    topics: frozenset[str]
    optional: frozenset[str] = frozenset()


@dataclass(slots=True)
class Score:
    """How a topic did on labelled items, and what each phrase contributed."""

    right: int = 0
    false: int = 0
    missed: int = 0
    phrases: dict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))  # in items: True = rightly

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (2 * self.right + self.false + self.missed) if self.right else 0.0


def lint(path: Path) -> list[Remark]:
    """Return what is wrong with a taxonomy file, in the order of its lines.

    Raises:
        ConfigError: it is not a taxonomy.
    """
    topics = taxonomy(path)  # raises where there is none
    text = path.read_text("utf-8-sig")
    Tagger(taxonomy=path)  # raises where a phrase cannot be read
    remarks: list[Remark] = []
    owners: dict[tuple[str, _Key], list[tuple[str, str]]] = defaultdict(list)
    for topic in topics:
        for language, phrases in topic["phrases"].items():
            remarks += _check_phrases(topic["term"], language, phrases, text)
            for written in phrases:
                stated = Stated.read(written)
                if stated.weight >= 1 and not stated.operator:
                    owners[language, _key(stated)].append((topic["term"], written))
    for (language, _), owned in owners.items():
        if len({term for term, _ in owned}) > 1:
            terms = " and ".join(f"'{term}'" for term, _ in owned)
            message = f"'{owned[0][1]}' speaks for {terms} ({language}); mark it weak (~) in one, if it is not both"
            remarks.append(Remark("warning", "shared-phrase", message, _line(text, owned[-1][1])))
    return sorted(remarks, key=lambda remark: (remark.line, remark.code))


_Key = tuple[str, ...]


def _key(stated: Stated) -> _Key:
    """Return what two phrases with the same matches have in common."""
    return (*stems_of(stated.phrase), stated.operator, *stems_of(stated.other))


def _check_phrases(term: str, language: str, phrases: Iterable[str], text: str) -> Iterator[Remark]:
    """Check the phrases of a topic in a language, each by itself and against the others."""
    seen: dict[_Key, tuple[str, Stated]] = {}
    for written in phrases:
        stated = Stated.read(written)
        yield from _of_phrase(term, written, stated, text)
        if earlier := seen.get(_key(stated)):
            first, other = earlier
            code, message = "duplicate-phrase", f"topic '{term}': '{written}' is '{first}' again ({language})"
            if other.weight * stated.weight < 0:
                code = "contradictory-phrase"
                message = f"topic '{term}': '{written}' takes away what '{first}' gives ({language})"
            yield Remark("error", code, message, _line(text, written))
        seen[_key(stated)] = written, stated


def _of_phrase(term: str, written: str, stated: Stated, text: str) -> Iterator[Remark]:
    if not stated.operator:
        return
    first, other = " ".join(stems_of(stated.phrase)), " ".join(stems_of(stated.other))
    holds_other = re.search(rf"\b{re.escape(other)}\b", first)
    if stated.operator == "NOT" and holds_other:
        message = f"topic '{term}': '{written}' never matches: '{stated.phrase}' holds '{stated.other}'"
        yield Remark("error", "never-matching-phrase", message, _line(text, written))
    elif stated.operator != "NOT" and holds_other:
        message = f"topic '{term}': '{written}' asks for what '{stated.phrase}' holds; leave the condition away"
        yield Remark("warning", "idle-condition", message, _line(text, written))


def _line(text: str, phrase: str) -> int:
    """Return the line on which a phrase is written."""
    for number, line in enumerate(text.splitlines(), 1):
        if f'"{phrase}"' in line or f"'{phrase}'" in line:
            return number
    return 0


def score(path: Path, items: Iterable[Labelled]) -> dict[str, Score]:
    """Score a taxonomy on labelled items, by topic; a topic that it lacks counts as missed each time."""
    taggers: dict[str, Tagger] = {}
    scores: dict[str, Score] = {topic["term"]: Score() for topic in taxonomy(path)}
    for item in items:
        if item.language not in taggers:
            taggers[item.language] = Tagger(item.language, taxonomy=path)
        _score_item(item, taggers[item.language].tag(item.title, item.text), scores)
    return scores


def _score_item(item: Labelled, tags: Tags, scores: dict[str, Score]) -> None:
    found = {category.term for category in tags.categories if category.scheme == "topics"}
    for term in (found | item.topics) - item.optional:
        of_topic = scores.setdefault(term, Score())
        of_topic.right += term in found and term in item.topics
        of_topic.false += term not in item.topics
        of_topic.missed += term not in found
    phrases = {
        (evidence.term, evidence.phrase.casefold())
        for evidence in (*tags.evidence, *tags.rejected)
        if evidence.scheme == "topics"
    }
    for term, phrase in phrases:
        if term not in item.optional:
            scores[term].phrases[phrase][term in item.topics] += 1
