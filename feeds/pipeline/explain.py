"""One item through the steps, in words. Calls the steps and shows what they say; repeats no rule of theirs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from feeds import fetch
from feeds.config import Config, Source, load_config
from feeds.feed import membership
from feeds.history import History
from feeds.history.entries import Account
from feeds.history.reasons import Match
from feeds.model import Candidate, Entry, Evidence, RawItem, SourceError
from feeds.pipeline.corrections import explain_corrections, skipped_by
from feeds.pipeline.ingest import match_only
from feeds.pipeline.items import Item, read_items
from feeds.pipeline.source_documents import known_articles
from feeds.pipeline.tags import Subject, check_codes, site_tagger, subject_of_entry, subject_of_item, tag_subject

Section = tuple[str, list[str]]  # a heading and its lines


def explain(item: str, site: Path, *, now: dt.datetime) -> list[Section]:
    """Return why an item is what it is: where it was found, what was stated, which identity, date, tags and feeds.

    Args:
        item: an id, a link, the address of a page, or source:line or file:line.
        now: aware; decides what is in the future.

    Returns:
        Sections in the order of the steps; empty when there is no such item.

    Raises:
        ConfigError, HistoryError: as for build.
    """
    config = load_config(site)
    check_codes(config)
    if not config.history.exists():
        found = _item_at(item, config, None, now)
        return _explain_item(found, None, config) if found else []
    with History(config.history) as history, history.trial():
        if found := _item_at(item, config, history, now):
            _match_source(found, history, config, now)
            return _explain_item(found, history, config)
        entry = history.entries.find(item, config.base_url)
        if entry is None:
            return []
        if found := _item_of_entry(entry, history, config, now):
            return _explain_item(found, history, config)
        return [_gone(entry, config), *_explain_entry(entry, None, history, config)]


def _gone(entry: Entry, config: Config) -> Section:
    """What is said of an entry that no source is seen to list."""
    source = entry.origin.source
    is_fetched = source in {other.name for other in config.sources if other.document}
    why = "nothing is fetched to explain" if is_fetched else "it is no longer listed there, and stays published"
    return "Found", [f"{entry.origin} when it was first seen, source '{source}'; {why}"]


def _read_all(
    config: Config, history: History | None, now: dt.datetime
) -> Iterator[tuple[Source, fetch.Resource, Item]]:
    for source in config.sources:
        for resource in () if source.document else fetch.find(config.folder, source.path):
            try:
                for item in read_items(config, source, resource, now, complete=known_articles(history, source)):
                    yield source, resource, item
            except SourceError:
                continue  # a build says what is wrong with it


def _item_at(place: str, config: Config, history: History | None, now: dt.datetime) -> Item | None:
    """The item that begins at that line, or the last one above it."""
    match = re.fullmatch(r"(.+):(\d+)", place)
    if not match:
        return None
    name, line = match[1], int(match[2])
    found, document = None, None
    for source, resource, item in _read_all(config, history, now):
        if name not in (source.name, resource.name, resource.shown, resource.name.rpartition("/")[2]):
            continue
        if document not in (None, item.origin.document) and found:
            break
        if 0 < item.origin.line <= line:
            found, document = item, item.origin.document
    return found


def _match_source(item: Item, history: History, config: Config, now: dt.datetime) -> None:
    """Match the items of an item's source, as a build would."""
    for source in config.sources:
        if source.name == item.origin.source:
            match_only(config, history, source, now)


def _item_of_entry(entry: Entry, history: History, config: Config, now: dt.datetime) -> Item | None:
    """The listed item that is matched to an entry; of its own source, or of another that lists it too."""
    for source in config.sources:
        if source.document:
            continue
        match_only(config, history, source, now)
        number = history.reasons.number_of_entry(entry.id)
        if number is None:
            continue
        place = history.reasons.place(number)
        for _, _, item in _read_all(config, history, now):
            if item.candidate and (item.origin.document, item.origin.line) == place:
                return item
    return None


# --- sections ---------------------------------------------------------------------------------------------------------


def _explain_item(item: Item, history: History | None, config: Config) -> list[Section]:
    sections: list[Section] = [("Found", [f"{item.origin}, source '{item.origin.source}'"])]
    if item.raw:
        sections.append(("Stated", _stated(item.raw)))
    problems = [f"{problem.severity}: {problem.message} [{problem.code}]" for problem in item.problems]
    if item.candidate is None:
        return [*sections, ("Rejected", problems)]
    if problems:
        sections.append(("Warnings", problems))
    return [*sections, *_explain_candidate(item.candidate, history, config)]


def _stated(raw: RawItem) -> list[str]:
    content = raw.content
    text = f"HTML of {len(content.html)} characters"
    if not content.html:
        characters = sum(map(len, content.paragraphs))
        text = f"text of {len(content.paragraphs)} paragraphs, {characters} characters"
    categories = [f"categories {', '.join(content.categories)}"] if content.categories else []
    return [f"date '{raw.date}'", f"title '{content.title}'", text, *categories]


def _explain_candidate(candidate: Candidate, history: History | None, config: Config) -> list[Section]:
    if history is None:
        identity = ["nothing is known yet that it could be; the next build decides"]
        return [("Identity", identity), *_explain_new(candidate, config)]
    number = history.reasons.number(candidate.origin.document, candidate.origin.line)
    if number is None:
        return [("Identity", ["listed twice"]), *_explain_new(candidate, config)]
    match = history.reasons.match(number)
    if not match.id:
        identity = ["new: no entry is known that it could be; the next build decides", *match.lost]
        return [("Identity", identity), *_explain_new(candidate, config)]
    return _explain_entry(history.entries.get(match.id, config.base_url), match, history, config)


def _explain_new(candidate: Candidate, config: Config) -> list[Section]:
    if skip := skipped_by(config, candidate):
        return [("Skipped", [f"{skip.place}: it is left out"])]
    subject = subject_of_item(candidate)
    tags = tag_subject(config, subject)
    feeds = [
        f"{spec.path or 'main'}: {membership.membership_rule(spec)}"
        for spec in membership.feeds_for(tags.categories, candidate.content.language, config)
    ]
    date = f"{candidate.date}, stated to the {candidate.precision}"
    corrected = explain_corrections(config, subject)
    sections: list[Section] = [("Corrected", corrected)] if corrected else []
    return [*sections, ("Date", [date]), *_tag_sections(config, subject), ("Feeds", feeds)]


def _explain_entry(entry: Entry, match: Match | None, history: History, config: Config) -> list[Section]:
    account = history.entries.account(entry.id)
    sections: list[Section] = [("Identity", _identity(entry, account, match))]
    if entry.withdrawn:
        sections.append(("Withdrawn", [f"{_moment(entry.withdrawn)}: {entry.reason}"]))
    if corrected := explain_corrections(config, subject_of_entry(entry)):
        sections.append(("Corrected", corrected))
    sections.append(("Date", _dates(entry, account)))
    sections.append(("Link", [entry.link + (", our own page: the source gives none" if entry.page else "")]))
    if entry.translations:
        sections.append(("Translations", [f"{other.language}: {other.link}" for other in entry.translations]))
    return [*sections, *_tag_sections(config, subject_of_entry(entry)), ("Feeds", _feeds(entry, account, config))]


def _identity(entry: Entry, account: Account, match: Match | None) -> list[str]:
    lines = [entry.id, f"first seen {_moment(account.first_seen)}; then: {account.rule}"]
    if match:
        lines += [f"now: {match.rule}", *match.lost]
    if account.also_listed:
        lines.append(f"also listed by {', '.join(account.also_listed)}")
    return lines


def _dates(entry: Entry, account: Account) -> list[str]:
    how = "as it was corrected" if entry.stated and str(entry.published.date()) != account.date else "once and for all"
    lines = [f"listed under {account.date}, published {_moment(entry.published)}, {how}"]
    if entry.precision == "day":
        lines.append(
            "a date without a time is 10:00:00Z, the same day nearly everywhere, and a second for each before it"
        )
    if entry.precision == "inferred":
        lines.append("no date is stated: it is the day on which it was first seen")
    lines.append(f"updated {_moment(entry.updated)}: when title, text or link last changed, or it was corrected")
    return lines


def _feeds(entry: Entry, account: Account, config: Config) -> list[str]:
    numbers = dict(account.feeds)
    lines = []
    for spec in membership.feeds_for(entry.categories, entry.content.language, config):
        name = spec.path or "main"
        if spec.path in numbers:
            lines.append(f"{name}: {membership.membership_rule(spec)}, sequence number {numbers[spec.path]}")
        else:
            lines.append(f"not {name}: a translation of it is there" if entry.translations else f"not yet {name}")
    return lines


def _tag_sections(config: Config, subject: Subject) -> list[Section]:
    labels = site_tagger(config, subject.content.language).labels
    tags = tag_subject(config, subject)
    sections: list[Section] = [("Tags", _tag_lines(tags.evidence, labels) or ["none"])]
    if tags.rejected:
        sections.append(("Not tagged", _tag_lines(tags.rejected, labels)))
    return sections


def _tag_lines(evidence: tuple[Evidence, ...], labels: dict[tuple[str, str], str]) -> list[str]:
    """A line a category, with every phrase and its place below it."""
    lines = []
    for category in dict.fromkeys((found.scheme, found.term) for found in evidence):
        lines.append(f"{labels.get(category, category[1])} ({category[0]}/{category[1]})")
        lines += [f"  {_phrase(found)}" for found in evidence if (found.scheme, found.term) == category]
    return lines


def _phrase(found: Evidence) -> str:
    if found.field == "ruling":
        return found.rule
    return f"'{found.phrase}' at {found.field} {found.start}-{found.end}: {found.rule}, {round(found.weight, 2):g}"


def _moment(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
