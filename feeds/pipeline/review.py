"""The stored entries whose tags are doubtful, with the words that make them so: for a person to look through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from feeds.config import load_config
from feeds.history import History
from feeds.model import TAGS, Evidence, Tags
from feeds.pipeline.tags import check_codes, subject_of_entry, tag_subject

_WEAK_TOPIC = 1.3  # score of a topic that rests on little more than one phrase
_NEAR_TOPIC = 0.6  # score of one that was nearly enough
_NEAR_COUNTRY = 0.8
_WEAK_KINDS = ("city", "division", "word")  # of places that may mean another, or none
_SHOWN = 3  # words of a doubt


class Doubtful(NamedTuple):
    """An entry with its tags as they are, and why one should look at them.

    Attributes:
        tags: facet -> codes, the strongest first.
        doubt: in words, with the phrases.
    """

    id: str
    title: str
    tags: dict[str, tuple[str, ...]]
    doubt: str


def find_doubtful(site: Path) -> Iterator[Doubtful]:
    """Yield the entries of a site of which a tag rests on little, or was nearly given; what people ruled is left out.

    Raises:
        ConfigError, HistoryError: as for build.
    """
    config = load_config(site)
    check_codes(config)
    if not config.history.exists():
        return
    with History(config.history) as history:
        for entry in history.entries.each(config.base_url):
            tags = tag_subject(config, subject_of_entry(entry))
            if doubts := list(_doubts(tags)):
                by_facet = {facet: tuple(one.term for one in tags.categories if one.scheme == facet) for facet in TAGS}
                yield Doubtful(entry.id, entry.content.title, by_facet, "; ".join(doubts))


def _doubts(tags: Tags) -> Iterator[str]:
    ruled = {one.scheme for one in tags.evidence if one.field == "ruling"}
    for facet in ("countries", "topics"):
        if facet in ruled:
            continue
        for term, found in _by_term(tags.evidence, facet).items():
            if _is_weak(facet, found):
                yield f"{facet}/{term} rests on {_words(found)}"
        near = _NEAR_TOPIC if facet == "topics" else _NEAR_COUNTRY
        for term, found in _by_term(tags.rejected, facet).items():
            if sum(one.weight for one in found) >= near:
                yield f"not {facet}/{term}: only {_words(found)}"


def _is_weak(facet: str, found: list[Evidence]) -> bool:
    if facet == "topics":
        return sum(one.weight for one in found) < _WEAK_TOPIC
    return all(one.rule.partition(",")[0] in _WEAK_KINDS for one in found)


def _by_term(evidence: tuple[Evidence, ...], facet: str) -> dict[str, list[Evidence]]:
    found = defaultdict(list)
    for one in evidence:
        if one.scheme == facet and one.weight > 0:
            found[one.term].append(one)
    return found


def _words(found: list[Evidence]) -> str:
    phrases = list(dict.fromkeys(one.phrase for one in found))
    return ", ".join(f"'{phrase}'" for phrase in phrases[:_SHOWN]) + (" …" if len(phrases) > _SHOWN else "")
