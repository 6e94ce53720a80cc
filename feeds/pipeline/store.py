"""Observed items -> stored entries with their tags, in their feeds, rendered and validated.

Tagging and rendering are pure and come in batches, which an executor may take; what is stored is stored here, in order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import partial

from feeds.config import Config
from feeds.feed import heads, membership, notices
from feeds.history.entries import Rendered
from feeds.history.observed import Pending
from feeds.model import Entry, Fragments, Origin, Tags
from feeds.pipeline.corrections import correct, skipped_by
from feeds.pipeline.failures import Failure, ItemFailedError, describe_failure, is_caused_by_input
from feeds.pipeline.parallel import TOGETHER, make_batches, map_batches
from feeds.pipeline.run import Run
from feeds.pipeline.tags import Subject, subject_of_item, tag_subject

_MOST_KEPT = 10_000  # combinations of tags whose feeds are kept
_REPORTED = 200  # items after which the progress is told


def store_items(run: Run) -> None:
    """Store what is new or changed, with its tags, and mark its feeds dirty; render what is new."""
    entries = run.history.entries
    for rendered in _render(run, _store_pending(run)):
        # One that turned out to have a translation since is to be rendered again, with a link to it.
        entries.store_fragments([row for row in rendered if row[0] not in entries.changed])
    for also_listed in run.history.observed.store():
        run.report.note_also(also_listed)


def _store_pending(run: Run) -> Iterator[tuple[int, Entry]]:
    """Store each item that is new or changed; yield the new entries with their serials."""
    number = 0
    pending = make_batches(
        run.history.observed.pending(), TOGETHER, lambda pending: len(pending.candidate.content.html)
    )
    batches = ((batch, [_subject(run, pending) for pending in batch]) for batch in pending)
    for batch, tagged in map_batches(run.executor, partial(_tag_all, run.config), batches):
        for pending_item, tags in zip(batch, tagged, strict=True):
            if not pending_item.serial and skipped_by(run.config, pending_item.candidate):
                continue
            serial, entry = _store_safely(run, pending_item, tags)
            if not pending_item.serial:
                yield serial, entry
            number += 1
            if number % _REPORTED == 0:
                run.progress("tagging", number, None)


def _subject(run: Run, pending: Pending) -> Subject:
    identifier = run.history.entries.identifier(pending.serial) if pending.serial else ""
    return subject_of_item(pending.candidate, identifier)


def _store_safely(run: Run, pending: Pending, tags: Tags | Failure) -> tuple[int, Entry]:
    """Store one, or say which one it is that made the program fail."""
    if isinstance(tags, Failure):
        raise ItemFailedError(pending.candidate.origin, tags)
    try:
        return _update_entry(run, pending, tags) if pending.serial else _add_entry(run, pending, tags)
    except Exception as error:
        if not is_caused_by_input(error):
            raise
        raise ItemFailedError(pending.candidate.origin, describe_failure(error)) from error


def _add_entry(run: Run, pending: Pending, tags: Tags) -> tuple[int, Entry]:
    """Store a new item; return its serial, and the entry."""
    config, history, candidate = run.config, run.history, pending.candidate
    serial, entry = history.entries.add(pending, tags, config, run.now)
    history.observed.set_entry(pending.number, serial)
    if any(override.key == "id" for override in config.overrides):  # only now it has one
        tags = tag_subject(config, subject_of_item(candidate, entry.id))
        history.entries.retag(entry.id, tags)
        entry = entry._replace(categories=tags.categories)
    if run.config.overrides:
        entry = correct(run, entry, is_new=True)
    run.report.note(None, entry, str(candidate.origin))
    history.translations.add(serial, entry, config.translations)
    set_memberships(run, serial, entry, is_new=True)
    _count(run, pending, "new")
    return serial, entry


def _update_entry(run: Run, pending: Pending, tags: Tags) -> tuple[int, Entry]:
    """Store a changed item; return its serial, and the entry as it is now."""
    config, history = run.config, run.history
    before = history.entries.get(history.entries.identifier(pending.serial), config.base_url)
    entry, is_told = history.entries.update(pending, tags, config, run.now)
    if config.overrides or entry.stated:
        entry = correct(run, entry)
    if is_told:
        history.translations.mark_dirty(entry)
    run.report.note(before, entry, str(pending.candidate.origin))
    history.translations.update(entry, config.translations)
    set_memberships(run, pending.serial, entry, is_new=False)
    _count(run, pending, "changed" if is_told else "unchanged")
    return pending.serial, entry


def set_memberships(run: Run, serial: int, entry: Entry, is_new: bool) -> None:
    """Make an entry a member of the feeds that its categories and its language say."""
    what = (entry.categories, entry.content.language)
    if (specs := run.feeds_by_tags.get(what)) is None:
        if len(run.feeds_by_tags) > _MOST_KEPT:
            run.feeds_by_tags.clear()
        specs = run.feeds_by_tags[what] = membership.feeds_for(*what, run.config)
    published = int(entry.published.timestamp())
    run.history.feeds.set_memberships(serial, published, specs, run.config, is_new)


def _count(run: Run, pending: Pending, name: str) -> None:
    for counts in (run.report.sources[pending.candidate.origin.source], run.report.counts):
        setattr(counts, name, getattr(counts, name) + 1)


def render_entries(run: Run) -> None:
    """Render the entries that have no fragments."""
    entries, number = run.history.entries, 0
    unrendered = ((entries.serial(entry.id), entry) for entry in entries.each(run.config.base_url, "unrendered"))
    for rendered in _render(run, unrendered):
        entries.store_fragments(rendered)
        number += len(rendered)
        run.progress("rendering", number, None)


def _render(run: Run, entries: Iterable[tuple[int, Entry]]) -> Iterator[list[Rendered]]:
    """Entries with their serials, as they are rendered, some at a time."""
    batches = map(_columns, make_batches(entries, TOGETHER, lambda pair: len(pair[1].content.html)))
    main_id = run.history.feeds.main_id(run.config)
    for serials, rendered in map_batches(run.executor, partial(_render_all, run.config, main_id), batches):
        if isinstance(rendered, tuple):
            raise ItemFailedError(*rendered)
        yield [(serial, *of_entry) for serial, of_entry in zip(serials, rendered, strict=True)]


def _columns(batch: Iterable[tuple[int, Entry]]) -> tuple[tuple[int, ...], tuple[Entry, ...]]:
    serials, entries = zip(*batch, strict=True)
    return serials, entries


# --- pure work, for an executor ---------------------------------------------------------------------------------------


def _tag_all(config: Config, subjects: Iterable[Subject]) -> list[Tags | Failure]:
    """The tags of each, without what was found but not enough for one; or what happened instead."""
    tagged: list[Tags | Failure] = []
    for subject in subjects:
        try:
            tagged.append(tag_subject(config, subject)._replace(rejected=()))
        except Exception as error:
            if not is_caused_by_input(error):
                raise
            tagged.append(describe_failure(error))
    return tagged


def _render_all(
    config: Config, main_id: str, entries: Iterable[Entry]
) -> list[tuple[Fragments, bool]] | tuple[Origin, Failure]:
    """Each as it is rendered, and whether that is valid: where they are not all so together, each by itself.

    Of one that cannot be rendered its origin, and what happened.
    """
    from feeds.feed import render

    rendered = []
    for entry in entries:
        try:
            rendered.append(render.render_entry(notices.as_published(entry), config, main_id))
        except Exception as error:
            if not is_caused_by_input(error):
                raise
            return entry.origin, describe_failure(error)
    are_valid = _are_valid(config, rendered)
    return [(fragments, are_valid or _are_valid(config, [fragments])) for fragments in rendered]


def _are_valid(config: Config, fragments: list[Fragments]) -> bool:
    from feeds.feed import assemble
    from feeds.validation import validate

    epoch = dt.datetime(config.year, 1, 1, tzinfo=dt.UTC)
    head = heads.HeadSpec(membership.main_feed(config), config.base_url, epoch)  # any that is valid itself
    return not any(
        validate(document.body, advise=False) for document in assemble.make_documents(head, config, fragments)
    )
