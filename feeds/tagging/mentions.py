"""The phrases of a field that stand for a country, and what stands around them: why one does not count.

What they are worth, and which countries follow, is decided in countries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from feeds.tagging.contexts import Context, opened, read_context
from feeds.tagging.matcher import Field, Hit, longest

# Small countries and territories whose names are also those of towns and divisions elsewhere -> thousands of people, by
# which they are weighed against these.
RIVALS = {"sh": 5, "mf": 32, "bl": 10, "pm": 6, "re": 870, "tt": 1400, "lc": 180, "dm": 73, "gd": 113, "vc": 104}
WEAK = frozenset(("city", "division", "word"))  # of the gazetteer: what may mean another place, or none
OTHER_THINGS = frozenset(("whole", "region"))  # kinds of phrases that hide what is in them
DATELINE_WORDS = 8  # it begins within these
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
KINDS = ("name", "demonym", "place", "city", "division", "word")  # the surest first
WORDY, OF_A_NAME = "an everyday word", "part of another name"
# What may follow a place without making another name of it, in the languages of the tables.
_DIVISIONS = frozenset(
    "state states province provinces region regions department departments district districts governorate county city "
    "prefecture division island islands municipality town village zone subcounty oblast emirate canton airport port "
    "sub health centre center and or of to in".split()
)
_ENDS = ".!?\n•"  # what a sentence begins behind
_BESIDE = frozenset("and with y e con et avec com to from in".split())  # what makes a state a second party
# What stands between two names of a list.
_LIST = re.compile(
    r"\s*(?:,|;|،|、|and|y|e|et|und|и|و)\s*(?:(?:and|y|e|et|und|the|la|el|le|les|de)\s+)*", re.IGNORECASE
)
_WORDS_IN_CAPITALS = frozenset(("car", "rok", "vs"))  # acronyms that are words where all is in capitals
_NEAR = 80  # characters between two places that may say something about each other
LONG_LIST = 6  # names that are one
_LEAD_OF_LIST = 60  # characters before a list that tell what it is one of
_EXAMPLES = re.compile(
    r"\b(?:includ\w+|such as|like|among|members?|donors?|contribut\w+|funded|signatories|incluy\w+|incluid\w+|entre|"
    r"como|miembros|donantes|notamment|tels que|telles que|dont|membres|donateurs|incluindo|membros|doadores|darunter|"
    r"tra cui)\b[^.!?]*$",
    re.IGNORECASE,
)
_GIVING = re.compile(
    r"fund|financ|support|donat|grant|gift|generos|thanks|gracias|grâce|apoyo|soutien|appui|donaci|contribu|doaç|fondos|"
    r"fonds|sostegno|unterstützung|поддержк|بدعم|بتمويل",
    re.IGNORECASE,
)
_SAR = re.compile(r"\s*\(?SAR\b")
_MORE = re.compile(r"\s*(?:,\s*(?:(?:and|or|the)\s+)*[A-Z]|(?:and|or|y|et|e)\b)")  # a list goes on


@dataclass(slots=True)
class Mention:
    """A phrase that stands for a country, or for one of several."""

    field: Field
    phrase: str  # folded
    hits: list[Hit]  # one for each country
    is_dateline: bool = False
    is_seat: bool = False
    is_venue: bool = False  # where people meet or speak, which need not be what they talk about
    is_donor: bool = False  # masked as one who gives
    is_heading: bool = False  # a line by itself
    masked: str = ""  # why it does not count
    beside: str = ""  # the country of the region that stands beside it: "London, Ontario"


def is_weak(hit: Hit) -> bool:
    """Return True for a place of the gazetteer."""
    return hit.meaning.kind in WEAK


def mentions(field: Field) -> list[Mention]:
    """Return every phrase of a field that stands for a country; those that do not count have a reason."""
    names: list[Hit] = []  # that may stand for a place or hide one
    contexts: list[Hit] = []
    for hit in field.places:
        scheme, kind = hit.meaning[:2]
        (contexts if scheme == "context" and kind != "whole" else names).append(hit)
    if not names:
        return []
    context = read_context(field, contexts)
    result: list[Mention] = []
    for hits in _at_each_place(longest(names)):
        if hits[0].meaning.kind in OTHER_THINGS or (
            len(hits) > 1 and any(hit.meaning.kind in OTHER_THINGS for hit in hits)
        ):
            continue
        mention = _mention(field, _best(hits) if len(hits) > 1 else hits, context)
        if result:
            _relate(result[-1], mention)
        result.append(mention)
    if context.opening:
        _find_seats([one for one in result if one.is_dateline or _is_behind_dateline(one, context)], context)
    if field.name == "text" and len(result) >= LONG_LIST:
        _mask_long_lists(result)
    return result


def _is_behind_dateline(mention: Mention, context: Context) -> bool:
    """Return True for a town directly behind the dash of a dateline, and a comma behind it."""
    hit = mention.hits[0]
    is_there = 0 <= hit.start - context.opening <= 1 and mention.field.text[hit.end : hit.end + 1] == ","
    return is_there and hit.meaning.kind not in ("name", "demonym")


def _find_seats(datelines: list[Mention], context: Context) -> None:
    """Find the place of an office in a dateline of several: "Paris - Kinshasa, 20 December"."""
    places = {mention.hits[0].meaning.term for mention in datelines}
    seats = [mention for mention in datelines if mention.hits[0].first in context.seats]
    if len(places) > 1 and len(seats) < len(datelines):
        for mention in seats:
            mention.is_seat = True


def _at_each_place(hits: list[Hit]) -> list[list[Hit]]:
    """Return the hits on the same words together."""
    result: list[list[Hit]] = []
    before = -1
    for hit in hits:
        if hit.first == before:
            result[-1].append(hit)
        else:
            result.append([hit])
            before = hit.first
    return result


def _mask_long_lists(found: list[Mention]) -> None:
    """Mask the names of a list of many that is one of members, donors or examples: the item is about none of them."""
    run: list[Mention] = []
    for mention in [*found, None]:
        if mention and run and _is_joined(run[-1], mention):
            run.append(mention)
            continue
        if len(run) >= LONG_LIST and _EXAMPLES.search(run[0].field.text[: run[0].hits[0].start][-_LEAD_OF_LIST:]):
            for one in run:
                one.masked = one.masked or "one of a long list"
        run = [mention] if mention else []


def _is_joined(before: Mention, mention: Mention) -> bool:
    """Return True if only a comma or a word for "and" stands between two mentions, and articles."""
    between = before.field.text[before.hits[0].end : mention.hits[0].start]
    return len(between) <= 16 and _LIST.fullmatch(between) is not None


def _mention(field: Field, hits: list[Hit], context: Context) -> Mention:
    """Return a mention of the places that a phrase stands for, with the reason if it does not count."""
    hit = hits[0]
    first, last, start, end, meaning = hit
    kind = meaning.kind
    phrase = field.text[start:end].casefold()
    if len(hits) > 1 and kind == "demonym":  # "Dominican" does not speak for what "Dominicans" are
        phrase = " ".join(sorted(one.meaning.term for one in hits))
    mention = Mention(field, phrase, hits)
    mention.is_heading = context.has_lines and _is_line(hit, field.text)
    if end - start <= 3 and _is_code_of_language(hit, field.text):
        mention.masked = "the code of a language"
        return mention
    reason = None
    if context.has_phrases:
        reason = context.named.get(first) or (context.open and opened(context.open, first, field))
        if reason := reason or context.after.get(last) or context.gives.get(last):
            mention.is_donor = last in context.gives or _GIVING.search(reason) is not None
            context.open[last] = reason
        else:
            reason = _taken(hit, context)
    if reason:
        mention.masked = f"masked by '{reason}'"
    elif end <= context.opening and first < DATELINE_WORDS and kind != "word":
        mention.is_dateline = True
        mention.is_seat = context.is_of_agency and first in context.seats
    elif _is_in_a_name(hit, field, context):
        mention.masked = OF_A_NAME
    elif (context.is_shouted and phrase in _WORDS_IN_CAPITALS) or (
        kind == "word" and (context.is_shouted or _says_nothing(first, field))
    ):
        mention.masked = WORDY
    if context.has_phrases and not mention.is_dateline and kind not in ("name", "demonym"):
        is_seat = first in context.world_seats and field.name == "text"
        mention.is_venue = is_seat or bool(context.venue and opened(context.venue, first, field))
    return mention


def _is_code_of_language(hit: Hit, text: str) -> bool:
    """Return True for "UK" in "[EN/UK]"."""
    beside = text[max(0, hit.start - 1) : hit.start] + text[hit.end : hit.end + 1]
    return beside in ("/]", "[/", "//", "/)", "(/") and text[hit.start : hit.end].isupper()


def _taken(hit: Hit, context: Context) -> str | None:
    """Return what takes an adjective, a name or a town for itself: money, a language, a street."""
    first, last, kind = hit.first, hit.last, hit.meaning.kind
    if kind == "demonym":
        return context.beside.get(last) or context.behind.get(first)
    if kind in ("name", "place"):
        return context.unit.get(last)
    return context.street.get(last) or context.unit.get(last)


def _is_in_a_name(hit: Hit, field: Field, context: Context) -> bool:
    """Return True if a place is a part of the name of something else: of a person, of a firm, behind a prefix."""
    if hit.first in context.person and _is_directly_behind(hit.first, field):
        return True
    if hit.meaning.kind == "place":
        return _has_prefix(hit, field.text)
    return is_weak(hit) and not context.is_shouted and _is_of_a_name(hit, field)


def _is_directly_behind(word: int, field: Field) -> bool:
    """Return True if a word follows another with a space, or a dot and a space, between them."""
    gap = field.text[field.words.ends[word - 1] : field.words.starts[word]] if word else ""
    return gap in (" ", ". ") and field.text[field.words.starts[word - 1]].isupper()


def _is_line(hit: Hit, text: str) -> bool:
    """Return True if a phrase is a line by itself, as the heading of what follows."""
    start = text.rfind("\n", 0, hit.start) + 1
    end = text.find("\n", hit.end)
    before, behind = text[start : hit.start], text[hit.end : end if end >= 0 else len(text)]
    return len(before) <= 6 and len(behind) <= 4 and not (before + behind).strip(" *#_:.–—-•1234567890)")


def _relate(before: Mention, mention: Mention) -> None:
    """Record what two consecutive mentions say about each other."""
    if mention.hits[0].start - before.hits[0].end > _NEAR:
        return
    if is_weak(before.hits[0]) and (country := _shared(before, mention)):
        for place in (before, mention):
            place.beside = country
            place.masked = "" if place.masked == WORDY else place.masked
    elif _is_of_country(before, mention):
        before.beside = mention.hits[0].meaning.term
    if (before.is_venue or before.is_seat) and _is_state_of_seat(before, mention):
        mention.is_venue = True
    if _is_town_of(before, mention):
        before.masked = OF_A_NAME
    if _is_state_of(mention, before):
        mention.masked = "named as the state of the territory before it"
    elif _is_state_of(before, mention) and not _is_listed(before, mention):
        before.masked = "named as the state of the territory after it"


def _is_state_of_seat(before: Mention, mention: Mention) -> bool:
    """Return True for the country of a seat that is named with it: "GENEVA, Switzerland"."""
    gap = before.field.text[before.hits[0].end : mention.hits[0].start]
    return gap in (", ", " (") and mention.hits[0].meaning.term in {hit.meaning.term for hit in before.hits}


def _is_listed(before: Mention, mention: Mention) -> bool:
    """Return True for a state and its territory with a comma between, as in a list: "China, Taiwan and Hong Kong". The
    UN writes "China, Hong Kong SAR" for the territory alone.
    """
    text = before.field.text
    return "," in text[before.hits[0].end : mention.hits[0].start] and not _SAR.match(text, mention.hits[0].end)


def _is_town_of(before: Mention, mention: Mention) -> bool:
    """Return True for the name of a country that is one of a town, since that of a state of the USA or of a province of
    Canada follows: "Lebanon, Ohio".
    """
    name, division = before.hits[0], mention.hits[0]
    text = before.field.text
    if is_weak(name) or text[name.end : division.start] != ", " or before.is_dateline:
        return False
    is_division = division.meaning.kind in ("division", "place") and division.meaning.term in ("us", "ca")
    return is_division and division.meaning.term != name.meaning.term and not _MORE.match(text, division.end)


def _is_of_country(before: Mention, mention: Mention) -> bool:
    """Return True for a town that nobody lists in the country that is named with it: "San Javier, BOLIVIA"."""
    place, name = before.hits[0], mention.hits[0]
    text = before.field.text
    if not is_weak(place) or name.meaning.kind != "name" or mention.masked or len(mention.hits) > 1:
        return False
    is_joined = text[place.end : name.start] == ", " and not _MORE.match(text, name.end)
    return is_joined and name.meaning.term not in {hit.meaning.term for hit in before.hits}


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


def _shared(city: Mention, region: Mention) -> str:
    """Return the country that a mention shares with the next one, which locates it: "Montería, Córdoba", "London,
    Ontario".
    """
    if city.field.text[city.hits[0].end : region.hits[0].start] not in (", ", " (", ",", " - ", " – "):
        return ""
    regions = [hit.meaning.term for hit in region.hits if hit.meaning.kind not in ("city", "word")]
    cities = {hit.meaning.term for hit in city.hits if is_weak(hit)}
    return next((term for term in regions if term in cities), "")


def _best(hits: list[Hit]) -> list[Hit]:
    """Keep one hit per country; names and hand-listed places win over cities of the same name, but for RIVALS."""
    sure = [hit for hit in hits if not is_weak(hit)]
    if sure and not all(hit.meaning.term in RIVALS for hit in sure):
        hits = sure
    if len(hits) == 1:
        return hits
    by_country: dict[str, Hit] = {}
    for hit in sorted(hits, key=lambda hit: (KINDS.index(hit.meaning.kind), -hit.meaning.weight)):
        by_country.setdefault(hit.meaning.term, hit)
    return list(by_country.values())


def _is_of_a_name(hit: Hit, field: Field) -> bool:
    """Return True if a place stands next to another capitalised word: "Lincoln Savings", "Abraham Lincoln"."""
    found, text = field.words, field.text
    if _has_prefix(hit, text):
        return True
    if hit.first:
        before, gap = hit.first - 1, text[found.ends[hit.first - 1] : hit.start]
        if gap in (" ", "-", ". ") and text[found.starts[before]].isupper() and not _starts_sentence(before, field):
            return gap != ". " or found.ends[before] - found.starts[before] <= 2  # an initial
    if hit.last < len(found.starts):
        gap = text[hit.end : found.starts[hit.last]]
        is_followed = gap in (" ", "-") and text[found.starts[hit.last]].isupper()
        return is_followed and found.folded(hit.last, hit.last + 1)[0] not in _DIVISIONS
    return False


def _has_prefix(hit: Hit, text: str) -> bool:
    """Return True for "anti-Balaka": a small prefix makes another name."""
    return hit.start > 1 and text[hit.start - 1] == "-" and text[hit.start - 2].islower()


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
