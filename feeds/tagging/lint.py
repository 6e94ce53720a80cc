"""What is wrong with a taxonomy, and what each of its phrases brings on labelled items.

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

from feeds.tagging import Tagger
from feeds.tagging.matcher import stems_of
from feeds.tagging.tables import Stated, taxonomy


class Remark(NamedTuple):
    """Something about a phrase; an error contradicts itself, a warning is worth a look."""

    severity: str  # "error" or "warning"
    code: str
    message: str
    line: int  # from 1, 0 where unknown


class Labelled(NamedTuple):
    """An item of which people have said what it is about; optional topics count neither for nor against."""

    title: str
    text: str
    language: str
    topics: frozenset[str]
    optional: frozenset[str] = frozenset()


@dataclass(slots=True)
class Score:
    """What a topic was given on labelled items, and what each phrase brought."""

    right: int = 0
    false: int = 0
    missed: int = 0
    phrases: dict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))  # in items: True = rightly

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (2 * self.right + self.false + self.missed) if self.right else 0.0


def lint(path: Path) -> list[Remark]:
    """What is wrong with a taxonomy file, in the order of its lines.

    Raises:
        ConfigError: it is no taxonomy.
    """
    topics = taxonomy(path)  # raises where there is none
    text = path.read_text("utf-8-sig")
    remarks: list[Remark] = []
    owners: dict[tuple[str, tuple[str, ...]], list[tuple[str, str]]] = defaultdict(list)
    Tagger(taxonomy=path)  # raises where a phrase cannot be read
    for topic in topics:
        for language, phrases in topic["phrases"].items():
            seen: dict[tuple[str, ...], tuple[str, Stated]] = {}
            for written in phrases:
                stated = Stated.read(written)
                key = (*stems_of(stated.phrase), stated.operator, *stems_of(stated.other))
                remarks += _of_phrase(topic["term"], written, stated, text)
                if key in seen:
                    first, other = seen[key]
                    is_contrary = other.weight * stated.weight < 0
                    code = "contradictory-phrase" if is_contrary else "duplicate-phrase"
                    message = f"topic '{topic['term']}': '{written}' is '{first}' again ({language})"
                    if is_contrary:
                        message = f"topic '{topic['term']}': '{written}' takes away what '{first}' gives ({language})"
                    remarks.append(Remark("error", code, message, _line(text, written)))
                seen[key] = written, stated
                if stated.weight >= 1 and not stated.operator:
                    owners[language, key].append((topic["term"], written))
    for (language, _), owned in owners.items():
        if len({term for term, _ in owned}) > 1:
            terms = " and ".join(f"'{term}'" for term, _ in owned)
            message = f"'{owned[0][1]}' speaks for {terms} ({language}); mark it weak (~) in one, if it is not both"
            remarks.append(Remark("warning", "shared-phrase", message, _line(text, owned[-1][1])))
    return sorted(remarks, key=lambda remark: (remark.line, remark.code))


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
    """The line on which a phrase is written."""
    for number, line in enumerate(text.splitlines(), 1):
        if f'"{phrase}"' in line or f"'{phrase}'" in line:
            return number
    return 0


def score(path: Path, items: Iterable[Labelled]) -> dict[str, Score]:
    """What a taxonomy gives labelled items, by topic; a topic of the labels that it lacks is missed each time."""
    taggers: dict[str, Tagger] = {}
    scores: dict[str, Score] = {topic["term"]: Score() for topic in taxonomy(path)}
    for item in items:
        if item.language not in taggers:
            taggers[item.language] = Tagger(item.language, taxonomy=path)
        tags = taggers[item.language].tag(item.title, item.text)
        found = {category.term for category in tags.categories if category.scheme == "topics"}
        for term in (found | item.topics) - item.optional:
            of_topic = scores.setdefault(term, Score())
            of_topic.right += term in found and term in item.topics
            of_topic.false += term not in item.topics
            of_topic.missed += term not in found
        spoken = {(e.term, e.phrase.casefold()) for e in tags.evidence + tags.rejected if e.scheme == "topics"}
        for term, phrase in spoken:
            if term not in item.optional:
                scores[term].phrases[phrase][term in item.topics] += 1
    return scores
