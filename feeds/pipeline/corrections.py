"""What feeds.toml corrects in items: their title, date, link, text, summary, author, picture, or that they are skipped.

What the source states stays stored beside it, so that the item is matched as before, and a correction that is taken out
of feeds.toml is undone.
"""

from __future__ import annotations

import datetime as dt

from feeds.config import Config, Override
from feeds.content.corrections import cleaned
from feeds.content.normalise import shorten, summarise
from feeds.feed import membership, notices
from feeds.history import History, identity
from feeds.history.observed import Pending
from feeds.model import (
    Candidate,
    Category,
    Content,
    Correction,
    Entry,
    Evidence,
    Origin,
    Problem,
    RawItem,
    Tags,
)
from feeds.pipeline.run import Run
from feeds.pipeline.tags import Subject, rulings, subject_of_entry, subject_of_item, tag_subject

_SHOWN = 60  # characters of a correction that are shown


def correction_of(config: Config, subject: Subject) -> Correction:
    """Return what feeds.toml corrects in an item; of several corrections of one thing the last counts."""
    found = Correction()
    for override in rulings(config, subject):
        stated = {name: value for name, value in override.correction._asdict().items() if value}
        found = found._replace(**stated)
    found = cleaned(found)
    if found.text and not found.summary and not subject.stated.stated_summary:
        summary = summarise(" ".join(found.text.split()), config.limits.summary)
        found = found._replace(summary=summary)
    return found


def explain_corrections(config: Config, subject: Subject) -> list[str]:
    """Return a line for each thing that is corrected in an item: what, and which override says so."""
    by: dict[str, str] = {}
    for override in rulings(config, subject):
        by |= {
            name: f"{name} '{shorten(value, _SHOWN)}': {override.place}"
            for name, value in override.correction._asdict().items()
            if value
        }
    return list(by.values())


def skipped_by(config: Config, item: Candidate) -> Override | None:
    """Return the override by which an item is to be left out, if there is one."""
    if not any(override.skip for override in config.overrides):
        return None
    return next((override for override in rulings(config, subject_of_item(item)) if override.skip), None)


def with_ruled_date(config: Config, source: str, raw: RawItem) -> RawItem | None:
    """Return an item whose date cannot be used with the date that feeds.toml rules; None where it rules none."""
    subject = Subject(source=source, content=raw.content, link=raw.link, identifier="", stated=raw.content)
    for override in rulings(config, subject) if config.overrides else ():
        if override.correction.date:
            return raw._replace(date=override.correction.date, date_for_programs="")
    return None


def correct(run: Run, entry: Entry, is_new: bool = False) -> Entry:
    """Bring what is corrected in a stored entry in line with feeds.toml; return the entry as it is then.

    Its tags are decided anew where its words changed; whoever calls it sets its memberships.
    """
    entries, config = run.history.entries, run.config
    correction = correction_of(config, subject_of_entry(entry))
    if not run.history.corrections.set(entry.id, correction, None if is_new else run.now):
        return entry
    after = entries.get(entry.id, config.base_url)
    if (after.content.title, after.content.text) != (entry.content.title, entry.content.text):
        entries.retag(entry.id, tag_subject(config, subject_of_entry(after)))
        after = entries.get(entry.id, config.base_url)
    run.history.translations.mark_dirty(after)
    return after


def report_published(run: Run, entry: Entry) -> None:
    """Warn of an entry that is to be skipped and is published already."""
    skips = [override for override in rulings(run.config, subject_of_entry(entry)) if override.skip]
    if skips and entry.withdrawn is None:
        origin = Origin(entry.origin.source, str(run.config.folder / skips[0].file), skips[0].line)
        message = (
            f"'{entry.content.title}' was published before it was to be skipped, and stays; to take it back: "
            f"feeds withdraw '{entry.id}' --reason …"
        )
        run.report.problems.append(Problem(origin, "skip-published", message, "warning"))


def announce_withdrawal(config: Config, history: History, entry: Entry, now: dt.datetime) -> None:
    """Store a new entry that says that one was withdrawn, with its categories: for readers that show no changed one."""
    notice = notices.as_published(entry).content
    content = Content(
        title=notice.title,
        text=notice.summary,
        html=notice.html,
        summary=notice.summary,
        language=entry.content.language,
    )
    candidate = Candidate(
        origin=entry.origin,
        date=now.astimezone(config.zone).date(),
        time=now,
        precision="second",
        content=content,
    )
    pending = Pending(
        number=0,
        serial=0,
        rule="it announces a withdrawal",
        title_key=identity.title_key(content.title),
        link_key="",
        digest=identity.content_digest(content.title, content.text, ""),
        candidate=candidate,
    )
    by = f"withdrawal of {entry.id}"
    tags = Tags(entry.categories, tuple(_ruled(category, by) for category in entry.categories))
    serial, announced = history.entries.add(pending, tags, config, now)
    specs = membership.feeds_for(entry.categories, content.language, config)
    history.feeds.set_memberships(serial, int(announced.published.timestamp()), specs, config, True)


def _ruled(category: Category, by: str) -> Evidence:
    return Evidence(category.scheme, category.term, "ruling", 0, 0, "", by, 0.0)
