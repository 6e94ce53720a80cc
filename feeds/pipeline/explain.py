"""One item through the stages, in words. Calls the stages and shows what they say; repeats no rule of theirs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from feeds import config, fetch
from feeds.feed import membership
from feeds.history import History
from feeds.history.reasons import Match
from feeds.model import Candidate, Entry, Evidence, SourceError
from feeds.pipeline.ingest import match_only
from feeds.pipeline.items import Item, Subject, check_codes, read_items, site_tagger, tag_subject

Section = tuple[str, list[str]]  # a heading and its lines


def explain(item: str, site: Path, *, now: dt.datetime) -> list[Section]:
    """Why the item is what it is: where it was found, what was stated, which identity, date, tags and feeds.

    Args:
        item: an id, a link, the address of a page, or source:line or file:line.
        now: aware; decides what is in the future.

    Returns:
        Sections in the order of the stages; empty when there is no such item.

    Raises:
        ConfigError, HistoryError: as for build.
    """
    settings = config.load_config(site)
    check_codes(settings)
    if not settings.history.exists():
        found = _listed_at(item, settings, now)
        return _of_listed(found, None, settings) if found else []
    with History(settings.history) as history, history.look():
        found = _listed_at(item, settings, now)
        if found:
            _match(found, history, settings, now)
        else:
            entry = history.entries.find(item, settings.base_url)
            if entry is None:
                return []
            found = _listed_as(entry, history, settings, now)
            if found is None:
                fetched = entry.origin.source in {source.name for source in settings.sources if source.url}
                gone = f"{entry.origin} when it was first seen, source '{entry.origin.source}'"
                gone += (
                    "; nothing is fetched to explain"
                    if fetched
                    else "; it is no longer listed there, and stays published"
                )
                return [("Found", [gone]), *_of_entry(entry, None, history, settings)]
        return _of_listed(found, history, settings)


def _listed(settings: config.Config, now: dt.datetime) -> Iterator[tuple[config.Source, fetch.Resource, Item]]:
    for source in settings.sources:
        for resource in () if source.url else fetch.find(settings.folder, source.path):
            try:
                for item in read_items(settings, source, resource, now):
                    yield source, resource, item
            except SourceError:
                continue  # a build says what is wrong with it


def _listed_at(place: str, settings: config.Config, now: dt.datetime) -> Item | None:
    """The item that begins at that line, or the last one above it."""
    match = re.fullmatch(r"(.+):(\d+)", place)
    if not match:
        return None
    name, line = match[1], int(match[2])
    found, document = None, None
    for source, resource, item in _listed(settings, now):
        if name not in (source.name, resource.name, resource.shown, resource.name.rpartition("/")[2]):
            continue
        origin = item.candidate.origin if item.candidate else item.problems[0].origin
        if document not in (None, origin.document) and found:
            break
        if 0 < origin.line <= line:
            found, document = item, origin.document
    return found


def _match(item: Item, history: History, settings: config.Config, now: dt.datetime) -> None:
    """Match the items of the source that an item is of, as a build would."""
    origin = item.candidate.origin if item.candidate else item.problems[0].origin
    for source in settings.sources:
        if source.name == origin.source:
            match_only(settings, history, source, now)


def _listed_as(entry: Entry, history: History, settings: config.Config, now: dt.datetime) -> Item | None:
    """The listed item that is matched to an entry; of its own source, or of another that lists it too."""
    for source in settings.sources:
        if source.url:
            continue
        match_only(settings, history, source, now)
        number = history.reasons.number_of_entry(entry.id)
        if number is None:
            continue
        place = history.reasons.place(number)
        for _, _, item in _listed(settings, now):
            if item.candidate and (item.candidate.origin.document, item.candidate.origin.line) == place:
                return item
    return None


def _of_listed(item: Item, history: History | None, settings: config.Config) -> list[Section]:
    origin = item.candidate.origin if item.candidate else item.problems[0].origin
    sections: list[Section] = [("Found", [f"{origin}, source '{origin.source}'"])]
    if item.raw:
        characters = sum(map(len, item.raw.paragraphs)) or len(item.raw.html)
        sections.append(
            (
                "Stated",
                [
                    f"date '{item.raw.date}'",
                    f"title '{item.raw.title}'",
                    f"text of {len(item.raw.paragraphs)} paragraphs, {characters} characters"
                    if not item.raw.html
                    else f"HTML of {characters} characters",
                    *([f"categories {', '.join(item.raw.stated)}"] if item.raw.stated else []),
                ],
            )
        )
    said = [f"{problem.severity}: {problem.message} [{problem.code}]" for problem in item.problems]
    if item.candidate is None:
        return [*sections, ("Put aside", said)]
    if said:
        sections.append(("Warnings", said))
    number = history.reasons.number(item.candidate.origin.document, item.candidate.origin.line) if history else None
    if history is None or number is None:
        why = "nothing is known yet that it could be; the next build decides" if history is None else "listed twice"
        return [*sections, ("Identity", [why]), *_of_text(item.candidate, settings)]
    match = history.reasons.match(number)
    if not match.id:
        identity = ["new: no entry is known that it could be; the next build decides", *match.lost]
        return [*sections, ("Identity", identity), *_of_text(item.candidate, settings)]
    entry = history.entries.get(match.id, settings.base_url)
    return [*sections, *_of_entry(entry, match, history, settings)]


def _of_entry(entry: Entry, match: Match | None, history: History, settings: config.Config) -> list[Section]:
    account = history.entries.account(entry.id)
    identity = [entry.id, f"first seen {_moment(account['first_seen'])}; then: {account['rule']}"]
    if match:
        identity += [f"now: {match.rule}", *match.lost]
    if account["also"]:
        identity.append(f"also listed by {', '.join(account['also'])}")
    listed = [f"listed under {account['date']}, published {_moment(entry.published)}, once and for all"]
    if entry.precision == "day":
        listed.append(
            "a date without a time is 10:00:00Z, the same day nearly everywhere, and a second for each before it"
        )
    if entry.precision == "inferred":
        listed.append("no date is stated: it is the day on which it was first seen")
    listed.append(f"updated {_moment(entry.updated)}: when title, text or link last changed")
    tagged_by = site_tagger(settings, entry.language)
    found = tag_subject(settings, Subject.of_entry(entry, account["text"]))
    feeds = []
    for spec in membership.feeds_for(entry.categories, entry.language, settings):
        positions = [position for path, position in account["feeds"] if path == spec.path]
        name = spec.path or "main"
        if positions:
            feeds.append(f"{name}: {membership.membership_rule(spec)}, arrival {positions[0]}")
        else:
            feeds.append(f"not {name}: a translation of it is there" if entry.translations else f"not yet {name}")
    return [
        ("Identity", identity),
        *([("Withdrawn", [f"{_moment(entry.withdrawn)}: {entry.reason}"])] if entry.withdrawn else []),
        ("Date", listed),
        ("Link", [entry.link + (", our own page: the source gives none" if entry.page else "")]),
        *(
            [("Translations", [f"{one.language}: {one.link}" for one in entry.translations])]
            if entry.translations
            else []
        ),
        ("Tags", _tags(found.evidence, tagged_by.labels) or ["none"]),
        *([("Not tagged", _tags(found.rejected, tagged_by.labels))] if found.rejected else []),
        ("Feeds", feeds),
    ]


def _of_text(candidate: Candidate, settings: config.Config) -> list[Section]:
    tagged_by = site_tagger(settings, candidate.language)
    found = tag_subject(settings, Subject.of(candidate))
    feeds = [
        f"{spec.path or 'main'}: {membership.membership_rule(spec)}"
        for spec in membership.feeds_for(found.categories, candidate.language, settings)
    ]
    return [
        ("Date", [f"{candidate.date}, stated to the {candidate.precision}"]),
        ("Tags", _tags(found.evidence, tagged_by.labels) or ["none"]),
        *([("Not tagged", _tags(found.rejected, tagged_by.labels))] if found.rejected else []),
        ("Feeds", feeds),
    ]


def _tags(evidence: tuple[Evidence, ...], labels: dict[tuple[str, str], str]) -> list[str]:
    """A line a category, with every phrase and its place below it."""
    lines = []
    for category in dict.fromkeys((item.scheme, item.term) for item in evidence):
        lines.append(f"{labels.get(category, category[1])} ({category[0]}/{category[1]})")
        lines += [
            f"  '{item.phrase}' at {item.field} {item.start}-{item.end}: {item.rule}, {round(item.weight, 2):g}"
            if item.field != "ruling"
            else f"  {item.rule}"
            for item in evidence
            if (item.scheme, item.term) == category
        ]
    return lines


def _moment(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
