"""What is listed -> entries with their tag_subject, in their feeds, rendered and validated.

Tagging and rendering are pure and come in batches, which an executor may take; what is stored is stored here, in order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import partial

from feeds import config
from feeds.feed import membership, notices
from feeds.history.entries import Rendered
from feeds.history.observed import Pending
from feeds.model import Entry, Fragments, Origin, Tags
from feeds.pipeline.failures import Failure, ItemFailedError, describe_failure, is_caused_by_input
from feeds.pipeline.items import Subject, tag_subject
from feeds.pipeline.parallel import TOGETHER, make_batches, map_batches
from feeds.pipeline.run import Step


class Admission(Step):
    """Makes entries of what is new or changed."""

    def admit(self) -> None:
        """Store what is new or changed, with its tag_subject, and let its feeds wait; render what is new."""
        entries = self.history.entries
        for rendered in self._rendered(self._admitted()):
            # One that turned out to have a translation since is to be rendered again, with a link to it.
            entries.keep_fragments([row for row in rendered if row[0] not in entries.changed])
        for also in self.history.observed.store():
            self.report.note_also(also)

    def _admitted(self) -> Iterator[tuple[int, Entry]]:
        """Each new entry and the number as which it arrived."""
        number = 0
        batches = (
            (batch, list(map(self._subject, batch)))
            for batch in make_batches(
                self.history.observed.pending(), TOGETHER, lambda pending: len(pending.candidate.content_html)
            )
        )
        for batch, found in map_batches(self.run.executor, partial(_tagged, self.config), batches):
            for pending, tags_of in zip(batch, found, strict=True):
                arrival, entry = self._admitted_safely(pending, tags_of)
                if not pending.arrival:
                    yield arrival, entry
                number += 1
                if number % 200 == 0:
                    self.progress("tagging", number, None)

    def _admitted_safely(self, pending: Pending, found: Tags | Failure) -> tuple[int, Entry]:
        """Store one, or say which one it is that made the program fail."""
        if isinstance(found, Failure):
            raise ItemFailedError(pending.candidate.origin, found)
        try:
            return self._admit(pending, found)
        except Exception as error:
            if not is_caused_by_input(error):
                raise
            raise ItemFailedError(pending.candidate.origin, describe_failure(error)) from error

    def _subject(self, pending: Pending) -> Subject:
        """What is to be known of what is pending to find its tag_subject."""
        identifier = self.history.entries.identifier(pending.arrival) if pending.arrival else ""
        return Subject.of(pending.candidate, identifier)

    def _admit(self, pending: Pending, found: Tags) -> tuple[int, Entry]:
        """Store one, and put it into its feeds; its arrival, and the entry as it is now."""
        candidate, history, arrival = pending.candidate, self.history, pending.arrival
        if arrival:
            before = history.entries.get(history.entries.identifier(arrival), self.config.base_url)
            entry, shows = history.entries.revise(pending, found, self.config, self.now)
            name = "changed" if shows else "known"
            if shows:
                history.works.tell(entry)
            self.report.note(before, entry, str(candidate.origin))
            history.works.place(entry, self.config.translations)
        else:
            arrival, entry = history.entries.admit(pending, found, self.config, self.now)
            history.observed.admitted(pending.number, arrival)
            name = "new"
            if any(override.key == "id" for override in self.config.overrides):  # only now it has one
                found = tag_subject(self.config, Subject.of(candidate, entry.id))
                history.entries.retag(entry.id, found)
                entry = entry._replace(categories=found.categories)
            self.report.note(None, entry, str(candidate.origin))
            history.works.place_new(arrival, entry, candidate.translations, self.config.translations)
        specs = membership.feeds_for(found.categories, entry.language, self.config)
        published = int(entry.published.timestamp())
        history.feeds.join(arrival, published, specs, self.config, is_new=not pending.arrival)
        for count in (self.report.sources[candidate.origin.source], self.report.counts):
            setattr(count, name, getattr(count, name) + 1)
        return arrival, entry

    def render(self) -> None:
        """Render what has no fragments yet."""
        entries, number = self.history.entries, 0
        unrendered = (
            (entries.arrival(entry.id), entry) for entry, _ in entries.each(self.config.base_url, "unrendered")
        )
        for rendered in self._rendered(unrendered):
            entries.keep_fragments(rendered)
            number += len(rendered)
            self.progress("rendering", number, None)

    def _rendered(self, entries: Iterable[tuple[int, Entry]]) -> Iterator[list[Rendered]]:
        """Entries with the numbers as which they arrived, as they are rendered, some at a time."""
        batches = (_columns(batch) for batch in make_batches(entries, TOGETHER, lambda pair: len(pair[1].content_html)))
        for arrivals, made in map_batches(self.run.executor, partial(_rendered, self.config), batches):
            if isinstance(made, tuple):
                raise ItemFailedError(*made)
            yield [(arrival, *of_one) for arrival, of_one in zip(arrivals, made, strict=True)]


def _columns(batch: Iterable[tuple[int, Entry]]) -> tuple[tuple[int, ...], tuple[Entry, ...]]:
    arrivals, entries = zip(*batch, strict=True)
    return arrivals, entries


def _tagged(settings: config.Config, subjects: Iterable[Subject]) -> list[Tags | Failure]:
    """The tags of each, without what was found but not enough for one; or what happened instead."""
    found: list[Tags | Failure] = []
    for subject in subjects:
        try:
            found.append(tag_subject(settings, subject)._replace(rejected=()))
        except Exception as error:
            if not is_caused_by_input(error):
                raise
            found.append(describe_failure(error))
    return found


def _rendered(
    settings: config.Config, entries: Iterable[Entry]
) -> list[tuple[Fragments, bool]] | tuple[Origin, Failure]:
    """Each as it is rendered, and whether that is valid: where they are not all so together, each by itself.

    Of one that cannot be rendered its origin, and what happened.
    """
    from feeds.feed import render

    made = []
    for entry in entries:
        try:
            made.append(render.fragments(notices.as_published(entry), settings))
        except Exception as error:
            if not is_caused_by_input(error):
                raise
            return entry.origin, describe_failure(error)
    are_valid = _are_valid(settings, made)
    return [(fragments, are_valid or _are_valid(settings, [fragments])) for fragments in made]


def _are_valid(settings: config.Config, fragments: list[Fragments]) -> bool:
    from feeds.feed import assemble
    from feeds.validation import validate

    updated = dt.datetime(settings.year, 1, 1, tzinfo=dt.UTC)
    head = (membership.main_feed(settings), settings.base_url, settings, updated)  # any that is valid itself
    documents = assemble.documents(*head, fragments)
    return not any(validate(document.body) for document in documents)
