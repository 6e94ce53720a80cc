"""Decide which countries an item is about from the phrases found in it. Aboutness, not mention.

Rules; what they are worth is measured in tests/test_tagging.py and stated in the README:

- a name counts 1, a demonym or a place less; in the title three times that, at the beginning of the text a little more;
- what stands in the context of a donor, an embassy, a plan or a street does not count, nor a state that is named only
  as that of one of its territories, nor a town whose name is part of another name or an everyday word;
- a phrase means one place in one item: that of the country for which the other phrases speak, else the biggest; how
  sure that is lowers what it counts;
- the place of a dateline counts more than a name, but for the seat of an agency;
- countries of the title and the dateline are chosen; others then need two mentions, and two fifths of the score of the
  strongest;
- without such a country, two fifths of the strongest score are enough; but where the strongest is hardly mentioned
  for the length of the text, the item is about none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from feeds.model import Evidence
from feeds.tagging.matcher import Field, Hit, longest

# What a mention counts, and how much its phrase speaks for a country when another is ambiguous.
WEIGHTS = {"name": 1.0, "demonym": 0.6, "place": 0.7, "city": 0.5, "division": 0.6, "word": 0.4}
STRENGTH = {"name": 3.0, "demonym": 3.0, "place": 3.0, "city": 1.0, "division": 1.0, "word": 0.5}
WEAK = frozenset(("city", "division", "word"))  # of the gazetteer: what may mean another place, or none
OTHER_THINGS = frozenset(("whole", "region"))  # kinds of phrases that hide what is in them
TITLE = 3.0
LEAD, LEAD_WORDS = 1.3, 40
DATELINE = 1.5
DATELINE_WORDS = 8  # it begins within these
SEAT = 0.2  # of DATELINE
SHARE = 0.4  # of the strongest country's score
LEAST = 0.2  # score that a country needs: a town by itself, hardly certain, is below it
MENTIONS_BESIDE_LEADING = 2  # that a country needs where others stand in the title
LEAST_DATELINE = 0.5  # certainty of a dateline: agencies write from small towns, too
PASSING = 1800  # characters of text for each 1.0 of score that the strongest country needs when nothing leads
KNOWN = 2000  # what a hand-listed name is worth beside cities, in thousands of people
UNKNOWN = 0.5  # support that a country has before anything speaks for it
ENOUGH = 0.5  # support that makes a town certain
METROPOLIS = 1000  # thousands of people: meant even where it stands in a name
WORD = 0.5  # of the certainty of another town, where the name is an everyday word
SURE = 0.3  # certainty from which a place in the title leads
# Territories that have an ISO 3166-1 code of their own, and the state that they belong to by ISO 3166-2.
STATES = {
    **dict.fromkeys("hk mo tw".split(), "cn"),
    **dict.fromkeys("gp mq gf re yt pf nc pm wf bl mf tf".split(), "fr"),
    **dict.fromkeys("aw bq cw sx".split(), "nl"),
    **dict.fromkeys("pr vi gu as mp um".split(), "us"),
    **dict.fromkeys("bm ky vg tc ms ai fk gi sh pn io gs gg je im".split(), "gb"),
    **dict.fromkeys("gl fo".split(), "dk"),
    **dict.fromkeys("ck nu tk".split(), "nz"),
    **dict.fromkeys("nf cx cc hm".split(), "au"),
}
WORDY, OF_A_NAME = "an everyday word", "part of another name"
# What may follow a place without making another name of it, in the languages of the tables.
_DIVISIONS = frozenset(
    "state states province provinces region regions department departments district districts governorate county city "
    "prefecture division island islands municipality town village zone subcounty oblast emirate canton airport port "
    "sub health centre center and or of to in".split()
)
_ENDS = ".!?\n•"  # what a sentence begins behind
_BESIDE = frozenset("and with y e con et avec com to from in".split())  # what makes a state a second party
# Words that may stand between "funded by" and the names, and between the names.
_GLUE = frozenset("the government governments people peoples of and la el los las le les l de del do da y e et".split())
# A text that begins with a place and ends the phrase with a dash or a line's end: "GENEVA, 28 July (IOM) –".
_DATELINE = re.compile(r"[^\n]{2,80}?(?:\s[-–—]{1,2}\s|\s?[–—]|\n|\) ?[-–—.])")
_AGENCY = re.compile(
    r"\b(?:UN|ONU|UNICEF|IOM|OIM|UNHCR|HCR|ACNUR|WHO|OMS|WFP|PAM|PMA|OCHA|ICRC|CICR|FAO|UNDP|PNUD|UNFPA)\b"
)


@dataclass(slots=True)
class Mention:
    """A phrase that stands for a country, or for one of several."""

    field: Field
    phrase: str  # folded
    hits: list[Hit]  # one for each country
    is_dateline: bool = False
    is_seat: bool = False
    masked: str = ""  # why it does not count
    beside: str = ""  # the country of the region that stands beside it: "London, Ontario"


def _opened(context: dict[int, str], word: int, field: Field) -> str | None:
    """Return the context phrase that still applies at this word: same clause, only function words in between."""
    found, text = field.words, field.text
    while word:
        start = found.starts[word]
        gap = text[found.ends[word - 1] : start]
        if any(mark in gap for mark in ";:!?") or ("." in gap and text[start].isupper()):
            return None
        if word in context:
            return context[word]
        if found.folded(word - 1, word)[0] not in _GLUE:
            return None
        word -= 1
    return None


def _is_weak(hit: Hit) -> bool:
    return hit.meaning.kind in WEAK


def _size(hit: Hit) -> float:
    return hit.meaning.weight if _is_weak(hit) else KNOWN


class _Context(NamedTuple):
    """What in a field affects the meaning of the place names in it.

    Attributes:
        open: the word behind a context that is still open ("funded by") -> its phrase.
        named: the word behind what makes a name of the next ("the Strategy of") -> its phrase.
        after: the word before what makes a name say nothing ("Street") -> its phrase.
        seats: words at which the seat of an agency stands.
        opening: where the dateline ends that the field begins with, 0 where there is none.
        is_of_agency: the dateline is that of an agency.
        is_shouted: all of it is in capitals, which then say nothing.
    """

    open: dict[int, str]
    named: dict[int, str]
    after: dict[int, str]
    seats: set[int]
    opening: int
    is_of_agency: bool
    is_shouted: bool


def mentions(field: Field) -> list[Mention]:
    """Return every phrase of a field that stands for a country; those that do not count have a reason."""
    names, contexts = _names_and_contexts(field)
    if not names:
        return []
    context = _context(field, contexts)
    result: list[Mention] = []
    for _, group in groupby(longest(names), key=itemgetter(0, 1)):
        hits = list(group)
        if any(hit.meaning.kind in OTHER_THINGS for hit in hits):
            continue
        mention = _mention(field, _best(hits) if len(hits) > 1 else hits, context)
        if result:
            _relate(result[-1], mention)
        result.append(mention)
    return result


def _names_and_contexts(field: Field) -> tuple[list[Hit], dict[str, list[Hit]]]:
    """Return the hits that may stand for or hide a place, and the context hits by kind."""
    names: list[Hit] = []
    contexts: dict[str, list[Hit]] = {}
    for hit in field.places:
        scheme, kind = hit.meaning[:2]
        if scheme in ("countries", "regions") or kind == "whole":
            names.append(hit)
        else:
            contexts.setdefault(kind, []).append(hit)
    return names, contexts


def _context(field: Field, contexts: dict[str, list[Hit]]) -> _Context:
    text = field.text
    dateline = _DATELINE.match(text) if field.name == "text" else None
    opening = dateline.end() if dateline else 0
    seats = {hit.first for hit in contexts.get("hq", ())}
    return _Context(
        open={hit.last: text[hit.start : hit.end] for hit in contexts.get("before", ())},
        named={hit.last: text[hit.start : hit.end] for hit in contexts.get("named", ())},
        after={hit.first: text[hit.start : hit.end] for hit in contexts.get("after", ())},
        seats=seats,
        opening=opening,
        is_of_agency=bool(opening and seats and _is_of_an_agency(text, opening)),
        is_shouted=text.isupper(),
    )


def _mention(field: Field, hits: list[Hit], context: _Context) -> Mention:
    """Return a mention of the places that a phrase stands for, with the reason if it does not count."""
    hit = hits[0]
    first, last = hit[:2]
    mention = Mention(field, field.text[hit.start : hit.end].casefold(), hits)
    reason = context.named.get(first) or (context.open and _opened(context.open, first, field))
    if reason := reason or context.after.get(last):
        mention.masked = f"masked by '{reason}'"
        context.open[last] = reason
    elif hit.end <= context.opening and first < DATELINE_WORDS and hit.meaning.kind != "word":
        mention.is_dateline = True
        mention.is_seat = context.is_of_agency and first in context.seats
    elif _is_weak(hit) and not context.is_shouted and _is_of_a_name(hit, field):
        mention.masked = OF_A_NAME
    elif hit.meaning.kind == "word" and (context.is_shouted or _says_nothing(first, field)):
        mention.masked = WORDY
    return mention


def _relate(before: Mention, mention: Mention) -> None:
    """Record what two consecutive mentions say about each other."""
    if _is_weak(before.hits[0]) and (country := _shared(before, mention)):
        for place in (before, mention):
            place.beside = country
            place.masked = "" if place.masked == WORDY else place.masked
    if _is_state_of(mention, before):
        mention.masked = "named as the state of the territory before it"
    elif _is_state_of(before, mention):
        before.masked = "named as the state of the territory after it"


def _is_state_of(state: Mention, territory: Mention) -> bool:
    """Return True if a mention only names the state of a territory next to it."""
    if territory.masked or STATES.get(territory.hits[0].meaning.term) != state.hits[0].meaning.term:
        return False
    first, last = sorted((state, territory), key=lambda mention: mention.hits[0].first)
    return _is_one_thing(first, last)


def _is_one_thing(before: Mention, mention: Mention) -> bool:
    """Return True if a territory and its state are named together: "Taiwan, China", "Martinique (France)"."""
    between = before.field.words.folded(before.hits[0].last, mention.hits[0].first)
    return len(between) <= 5 and _BESIDE.isdisjoint(between)


def _is_of_an_agency(text: str, opening: int) -> bool:
    dateline = text[:opening]
    return "(" in dateline or "/" in dateline or _AGENCY.search(text[: opening + 200]) is not None


def _shared(city: Mention, region: Mention) -> str:
    """Return the country that a mention shares with the next one, which locates it: "Montería, Córdoba", "London,
    Ontario".
    """
    if city.field.text[city.hits[0].end : region.hits[0].start] not in (", ", " (", ",", " - ", " – "):
        return ""
    regions = [hit.meaning.term for hit in region.hits if hit.meaning.kind not in ("city", "word")]
    cities = {hit.meaning.term for hit in city.hits if _is_weak(hit)}
    return next((term for term in regions if term in cities), "")


def _best(hits: list[Hit]) -> list[Hit]:
    """Keep one hit per country; names and hand-listed places win over cities of the same name."""
    if not all(map(_is_weak, hits)):
        hits = [hit for hit in hits if not _is_weak(hit)]
    order = list(WEIGHTS)
    by_country: dict[str, Hit] = {}
    for hit in sorted(hits, key=lambda hit: (order.index(hit.meaning.kind), -hit.meaning.weight)):
        by_country.setdefault(hit.meaning.term, hit)
    return list(by_country.values())


def _is_of_a_name(hit: Hit, field: Field) -> bool:
    """Return True if a place stands next to another capitalised word: "Lincoln Savings", "Abraham Lincoln"."""
    found, text = field.words, field.text
    if hit.first:
        before, gap = hit.first - 1, text[found.ends[hit.first - 1] : hit.start]
        if gap in (" ", "-", ". ") and text[found.starts[before]].isupper() and not _starts_sentence(before, field):
            return gap != ". " or found.ends[before] - found.starts[before] <= 2  # an initial
    if hit.last < len(found.starts):
        gap = text[hit.end : found.starts[hit.last]]
        is_followed = gap in (" ", "-") and text[found.starts[hit.last]].isupper()
        return is_followed and found.folded(hit.last, hit.last + 1)[0] not in _DIVISIONS
    return False


def _is_headline(field: Field) -> bool:
    """Return True if nearly every longer word of a title is capitalised, so that capitals mean nothing."""
    if field.name != "title":
        return False
    capitals = [
        field.text[start].isupper()
        for start, end in zip(field.words.starts, field.words.ends, strict=True)
        if end - start > 3
    ]
    return len(capitals) > 3 and sum(capitals) >= 0.7 * len(capitals)


def _says_nothing(word: int, field: Field) -> bool:
    """Return True if a word is capitalised because of its position."""
    return _is_headline(field) or _starts_sentence(word, field, _ENDS)


def _starts_sentence(word: int, field: Field, marks: str = ".!?:;\n•-–—") -> bool:
    start = field.words.starts[word]
    before = field.text[max(0, start - 8) : start].rstrip(" \"'“‘«(*")
    return not before or before[-1] in marks


def _resolve(found: list[Mention]) -> dict[str, tuple[Hit, float]]:
    """Return the place that each phrase means in this item, and how certain that is.

    It is that of the country for which the other phrases speak, and the biggest where none does.
    """
    phrases: dict[str, list[Mention]] = {}
    for mention in found:
        phrases.setdefault(mention.phrase, []).append(mention)
    speaks = {phrase: _speaks_for(same) for phrase, same in phrases.items()}
    support: defaultdict[str, float] = defaultdict(float)
    for amounts in speaks.values():
        for country, amount in amounts.items():
            support[country] += amount
    result = {}
    for phrase, same in phrases.items():
        # What other phrases say for each country of this one.
        others = {country: support[country] - amount for country, amount in speaks[phrase].items()}
        hit = _meant(same, others)
        result[phrase] = hit, _certainty(hit, same, others[hit.meaning.term]) if _is_weak(hit) else 1.0
    return result


def _speaks_for(same: list[Mention]) -> dict[str, float]:
    """Return how much the mentions of a phrase support each of its countries."""
    hits = same[0].hits
    strength = 0.0 if all(mention.masked for mention in same) else STRENGTH[hits[0].meaning.kind]
    if len(hits) == 1:
        return {hits[0].meaning.term: strength}
    total = sum(map(_size, hits))
    return {hit.meaning.term: strength * _size(hit) / total for hit in hits}


def _meant(same: list[Mention], others: dict[str, float]) -> Hit:
    """Return the place that a phrase means: the one next to its region, else one that other phrases support, else the
    biggest.
    """
    hits = same[0].hits
    if len(hits) == 1:
        return hits[0]
    beside = {mention.beside for mention in same}
    return max(hits, key=lambda hit: (hit.meaning.term in beside, _size(hit) * (UNKNOWN + others[hit.meaning.term])))


def _certainty(hit: Hit, same: list[Mention], support: float) -> float:
    """Return how certain it is that a phrase means this place of the gazetteer, from 0 to 1.

    Args:
        same: all mentions of the phrase.
        support: what other phrases say for the country.
    """
    if support >= ENOUGH or any(mention.beside == hit.meaning.term for mention in same):
        return 1.0
    if hit.meaning.weight < METROPOLIS and any(mention.masked == OF_A_NAME for mention in same):
        certainty = 0.1
    else:
        share = hit.meaning.weight / sum(map(_size, same[0].hits))
        certainty = share * min(1.0, 0.3 + hit.meaning.weight / METROPOLIS)
    return certainty * WORD if hit.meaning.kind == "word" else certainty


@dataclass(slots=True)
class _Tally:
    """The sums of the mentions of an item, by country.

    Attributes:
        leading: countries of the title or the dateline.
    """

    scores: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    leading: set[str] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)

    def add(self, mention: Mention, place: Hit, certainty: float) -> None:
        """Count a mention for the place that its phrase means."""
        country, kind = place.meaning.term, place.meaning.kind
        weight, rule = 0.0, mention.masked or kind
        if not mention.masked:
            weight, leads = _weigh(mention, kind, certainty)
            rule = f"{kind}, dateline" if mention.is_dateline else kind
            self.leading |= {country} if leads else set()
            self.scores[country] += weight
            self.counts[country] += 1
        hit, of_field = mention.hits[0], mention.field
        phrase = of_field.text[hit.start : hit.end]
        self.evidence.append(Evidence("countries", country, of_field.name, hit.start, hit.end, phrase, rule, weight))

    def chosen(self, length: int) -> dict[str, float]:
        """Return the countries that the item is about, with their scores.

        Args:
            length: characters of its text.
        """
        strongest = max(self.scores.values(), default=0.0)
        if not self.leading and strongest * PASSING < length:
            return {}  # named in passing
        least = max(LEAST, SHARE * strongest)
        return {
            country: score
            for country, score in self.scores.items()
            if country in self.leading
            or (score >= least and (not self.leading or self.counts[country] >= MENTIONS_BESIDE_LEADING))
        }


def _weigh(mention: Mention, kind: str, certainty: float) -> tuple[float, bool]:
    """Return what a mention counts, and whether it alone makes the item about its country."""
    if mention.is_dateline:
        share = SEAT if mention.is_seat else max(certainty, LEAST_DATELINE)
        return DATELINE * share, not mention.is_seat
    weight = WEIGHTS[kind] * certainty
    if mention.field.name == "title":
        return weight * TITLE, certainty > SURE
    return weight * LEAD if mention.hits[0].first < LEAD_WORDS else weight, False


def decide(title: Field, text: Field) -> tuple[dict[str, float], list[Evidence], list[Evidence]]:
    """Return country codes with their scores, the evidence for them, and the evidence that was not enough."""
    found = mentions(title) + mentions(text)
    if not found:
        return {}, [], []
    meant, tally = _resolve(found), _Tally()
    for mention in found:
        tally.add(mention, *meant[mention.phrase])
    chosen = tally.chosen(len(text.text))
    return (
        chosen,
        [evidence for evidence in tally.evidence if evidence.term in chosen and evidence.weight],
        [evidence for evidence in tally.evidence if evidence.term not in chosen or not evidence.weight],
    )
