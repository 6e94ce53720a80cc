"""Decide which countries an item is about from the phrases found in it. Aboutness, not mention.

Rules; what they are worth is measured in tests/test_tagging.py and stated in docs/figures.md:

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

from collections import defaultdict
from dataclasses import dataclass, field

from feeds.model import Evidence
from feeds.tagging.matcher import Field, Hit
from feeds.tagging.mentions import OF_A_NAME, RIVALS, Mention, is_weak, mentions

# What a mention counts, and how much its phrase speaks for a country when another is ambiguous.
WEIGHTS = {"name": 1.0, "demonym": 0.6, "place": 0.7, "city": 0.5, "division": 0.6, "word": 0.4}
STRENGTH = {"name": 3.0, "demonym": 3.0, "place": 3.0, "city": 1.0, "division": 1.0, "word": 0.5}
TITLE = 3.0
LEAD, LEAD_WORDS = 1.3, 40
DATELINE = 1.5
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
SURE, SURE_TOWN = 0.3, 0.5  # certainty from which a place in the title leads, and a town
EXAMPLES, LONG = 5, 500  # countries that a text of so many characters names once each, without a subject among them
SHORT = 200  # characters of a text in which a place is no venue where there is no other
HEADINGS = 2  # countries, each in a line of its own, that make a text a round-up of these


def _size(hit: Hit) -> float:
    """What a place is worth beside others of its name, in thousands of people."""
    if is_weak(hit):
        return hit.meaning.weight
    rival = RIVALS.get(hit.meaning.term) if hit.meaning.kind == "name" else None
    return rival or KNOWN * hit.meaning.weight


def _resolve(found: list[Mention]) -> dict[str, tuple[Hit, float]]:
    """Return the place that each phrase means in this item, and how certain that is.

    It is that of the country for which the other phrases speak, and the biggest where none does.
    """
    phrases: dict[str, list[Mention]] = {}
    for mention in found:
        phrases.setdefault(mention.phrase, []).append(mention)
    if all(len(mention.hits) == 1 and not is_weak(mention.hits[0]) for mention in found):
        return {phrase: (same[0].hits[0], 1.0) for phrase, same in phrases.items()}
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
        result[phrase] = hit, _certainty(hit, same, others[hit.meaning.term]) if is_weak(hit) else 1.0
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
    known = {one.meaning.term for one in same[0].hits}
    if hit.meaning.weight < METROPOLIS and any(mention.beside and mention.beside not in known for mention in same):
        return 0.0  # a town of that name elsewhere
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
        doubtful: those of towns in the title, which do not lead beside a country of which much more is said.
        headings: countries that are a line by themselves.
        givers: countries that the title names as donors.
        solid: countries of which something else is named than where somebody spoke.
    """

    scores: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    leading: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    headings: set[str] = field(default_factory=set)
    givers: set[str] = field(default_factory=set)
    solid: set[str] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)

    def add(self, mention: Mention, place: Hit, certainty: float) -> None:
        """Count a mention for the place that its phrase means."""
        country, kind = place.meaning.term, place.meaning.kind
        weight, rule = 0.0, mention.masked or kind
        if mention.is_donor and mention.field.name == "title":
            self.givers.add(country)
        if not mention.masked:
            weight, leads = _weigh(mention, kind, certainty)
            if country in self.givers and mention.field.name == "text":
                weight, rule = 0.0, "gives, says the title"
            if mention.is_heading:
                self.headings.add(country)
            rule = f"{kind}, dateline" if mention.is_dateline else kind
            if leads:
                is_town = is_weak(place) and not mention.is_dateline
                (self.doubtful if is_town else self.leading).add(country)
            if weight:
                self.scores[country] += weight
                self.counts[country] += 1
                if not (mention.is_venue or mention.is_seat):
                    self.solid.add(country)
        (_, _, start, end, _), of_field = mention.hits[0], mention.field
        phrase = of_field.text[start:end]
        self.evidence.append(Evidence("countries", country, of_field.name, start, end, phrase, rule, weight))

    def chosen(self, length: int) -> dict[str, float]:
        """Return the countries that the item is about, with their scores.

        Args:
            length: characters of its text.
        """
        if len(self.headings) >= HEADINGS:
            self.leading |= self.headings
        strongest = max(self.scores.values(), default=0.0)
        self.leading |= {country for country in self.doubtful if self.scores[country] >= SHARE * strongest}
        if not self.leading and strongest * PASSING < length:
            return {}  # named in passing
        least = max(LEAST, SHARE * strongest)
        named = [country for country, score in self.scores.items() if score >= least and country in self.solid]
        if not self.leading and len(named) >= EXAMPLES and length >= LONG and max(self.counts.values()) == 1:
            return {}  # examples
        return {
            country: score
            for country, score in self.scores.items()
            if country in self.solid
            if country in self.leading
            or (score >= least and (not self.leading or self.counts[country] >= MENTIONS_BESIDE_LEADING))
        }


def _weigh(mention: Mention, kind: str, certainty: float) -> tuple[float, bool]:
    """Return what a mention counts, and whether it alone makes the item about its country."""
    if mention.is_dateline:
        share = SEAT if mention.is_seat else certainty and max(certainty, LEAST_DATELINE)
        return DATELINE * share, bool(share) and not mention.is_seat
    weight = WEIGHTS[kind] * certainty
    if mention.is_venue:
        return weight * SEAT, False
    if mention.field.name == "title":
        return weight * TITLE, certainty > (SURE_TOWN if kind == "city" else SURE)
    return weight * LEAD if mention.hits[0].first < LEAD_WORDS else weight, False


def decide(title: Field, text: Field) -> tuple[dict[str, float], list[Evidence], list[Evidence]]:
    """Return country codes with their scores, the evidence for them, and the evidence that was not enough."""
    found = mentions(title) + mentions(text)
    if not found:
        return {}, [], []
    if len(text.text) < SHORT and all(mention.is_venue or mention.masked for mention in found):
        for mention in found:  # what else would it be about
            mention.is_venue = False
    meant, tally = _resolve(found), _Tally()
    if any(mention.is_venue for mention in found):
        solid = {
            meant[mention.phrase][0].meaning.term
            for mention in found
            if not (mention.masked or mention.is_venue or mention.is_dateline)
        }
        for mention in found:  # of a country that is named otherwise, its seat is a town like others
            mention.is_venue = mention.is_venue and meant[mention.phrase][0].meaning.term not in solid
    for mention in found:
        tally.add(mention, *meant[mention.phrase])
    chosen = tally.chosen(len(text.text))
    return (
        chosen,
        [evidence for evidence in tally.evidence if evidence.term in chosen and evidence.weight],
        [evidence for evidence in tally.evidence if evidence.term not in chosen or not evidence.weight],
    )
