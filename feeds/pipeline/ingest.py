"""Sources -> observed items, matched to stored entries; what subscribers would not believe is held back.

A problem belongs to the smallest thing that has it: an item, a document, a source. What stands beside it is taken.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence

from feeds import __version__, config, fetch
from feeds.history import History
from feeds.history.pool import Sources
from feeds.model import Origin, Problem, SourceError
from feeds.pipeline import safeguards
from feeds.pipeline.downloads import Web
from feeds.pipeline.failures import internal_problem, is_caused_by_input
from feeds.pipeline.items import read_items
from feeds.pipeline.report import Counts
from feeds.pipeline.run import Run, Step, digest
from feeds.pipeline.source_documents import Documents, Known

_Document = tuple[fetch.Resource, Known | None]  # and what is known of it


class _HeldError(Exception):
    """A source is not taken as it is: what it looks like, and why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


class _OverlapError(Exception):
    """What changed of a source cannot be matched without the rest."""


class Reading(Step):
    """Reads what changed."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._documents = Documents(run)
        self._names = tuple(source.name for source in self.config.sources)
        self._gone: tuple[str, ...] = ()

    def read_sources(self) -> bool:
        """Observe the items of every source of which a document changed; return True if there was one."""
        settings = digest(
            __version__, self.config.sources, self.config.limits, self.config.timezone, self.config.language
        )
        again = self.history.state("reading") != settings
        self._gone = self.history.entries.sources_besides(self._names)
        self.history.inputs.forget_sources_besides(self._names)
        was_read = False
        self.run.web = self.run.web or Web(self.run)  # what was fetched is not fetched again where a run begins anew
        self.run.web.request([source for source in self.config.sources if source.url], again)
        for order, source in enumerate(self.config.sources):
            counts = self.report.sources[source.name] = Counts()
            was_read |= self._read_source(source, order, again, counts, self.run.web)
            self.report.counts.add(counts)
            self._expect(source)
        self.history.remember("reading", settings)
        return was_read

    def _read_source(self, source: config.Source, order: int, again: bool, counts: Counts, web: Web) -> bool:
        """Observe the items of a source, if a document of it changed; what cannot be taken is undone, and said."""
        place = Origin(source.name, source.place(self.config.folder), 0)
        problems = len(self.report.problems)
        if failed := self.run.barred_sources.get(source.name):
            self.report.problems.append(failed)
            return False
        try:
            resources: Sequence[fetch.Resource]
            if source.url:
                resources = web.documents(source)
                if stored := web.unchanged(source):
                    counts.add(self._documents.unread(source, fetch.Body(source.url, source.url, b""), stored))
                if not resources:  # unchanged, or it failed: neither says that anything is gone
                    return False
            else:
                resources = fetch.find(self.config.folder, source.path)
            if not resources:
                message = f"source '{source.name}': no file matches '{source.path}'"
                self.report.problems.append(Problem(place, "no-document", message))
            known = [None if again else self._documents.known(source, resource) for resource in resources]
            if resources and all(one and one.is_whole for one in known):
                for resource, unchanged in zip(resources, known, strict=True):
                    if unchanged:
                        counts.add(self._documents.unread(source, resource, unchanged.input))
                return False
            with self.history.attempt():
                self._take_changed(source, order, list(zip(resources, known, strict=True)), counts)
        except _HeldError as held:
            counts.put_aside = counts.read  # and nothing else: all of it was undone
            counts.new = counts.changed = counts.known = 0
            self.report.held[source.name] = held.code
            self.report.problems.append(Problem(place, f"held-{held.code}", held.message))
        except Exception as error:
            if not is_caused_by_input(error):
                raise
            del self.report.problems[problems:]
            counts.clear()
            self.report.problems.append(internal_problem(error, place, f"source '{source.name}'"))
        return True

    def _expect(self, source: config.Source) -> None:
        """Say where nothing new came for longer than the source is said to take."""
        newest = self.history.entries.newest_arrival(source.name) if source.expect_days else None
        if newest and self.now - newest > dt.timedelta(days=source.expect_days):
            message = (
                f"source '{source.name}' has had nothing new since {newest.date()}, and is expected to have something "
                f"every {source.expect_days} days; see whether it still works"
            )
            origin = Origin(source.name, source.place(self.config.folder), 0)
            self.report.problems.append(Problem(origin, "overdue", message))

    def _take_changed(self, source: config.Source, order: int, documents: Sequence[_Document], counts: Counts) -> None:
        """Observe what changed of a source, where that can be told apart from what did not; else all of it."""
        problems = len(self.report.problems)
        if any(known for _, known in documents):
            try:
                with self.history.attempt():
                    self._take(source, order, documents, counts)
                return
            except _OverlapError:
                del self.report.problems[problems:]
                counts.clear()
        self._take(source, order, [(resource, None) for resource, _ in documents], counts)

    def _take(self, source: config.Source, order: int, documents: Sequence[_Document], counts: Counts) -> None:
        """Observe what a source lists, match it, and look what subscribers would see of it.

        Raises:
            _OverlapError: what is to be read cannot be matched without what is not.
            _HeldError: it is not to be taken as it is.
        """
        observed = self.history.observed
        sources = matched_sources(self.config, self.history, source, self._gone)
        observed.stand((known.input.number, not known.is_whole) for _, known in documents if known)
        standing = 0  # items of what is not read that were rejected
        for resource, known in documents:
            if known:
                counts.add(self._documents.unread(source, resource, known.input))
                standing += known.input.rejected
        lasts: dict[int, fetch.Resource] = {}  # the last item of each document
        for resource, known in documents:
            if not known or not known.is_whole:
                counts.add(self._documents.read(source, sources.own, order, resource, known))
                lasts[observed.last_number()] = resource
        if any(known for _, known in documents) and not observed.is_apart(source.name):
            raise _OverlapError
        self._match(source, sources, lasts, counts, standing)

    def _match(
        self,
        source: config.Source,
        sources: Sources,
        lasts: Mapping[int, fetch.Resource],
        counts: Counts,
        standing: int,
    ) -> None:
        """Match what was observed, and look what subscribers would see of it.

        Args:
            standing: items that were rejected, of documents that are not read and whose items count already.
        """
        matching, observed, name = self.history.matching, self.history.observed, source.name
        before = matching.unchanged(name)
        is_known = any(observed.has_entries(one) for one in sources.own)
        if is_known and f"cut:{name}" not in self.allow:
            self._set_cut_aside(source, sources, lasts, counts)
        if is_known:
            moved = matching.match_surely(sources, self.history.state(f"moved:{name}").split())
            self.history.remember(f"moved:{name}", "guid" if "guid" in moved else "")
        overlaps = bool(self.history.state(f"overlaps:{name}")) or observed.overlaps(name)
        # What was rejected is listed still, so it says nothing of what is gone.
        count = observed.count(name, overlaps) + counts.put_aside - standing
        listed_before = int(self.history.state(f"listed:{name}") or 0)
        self._hold(safeguards.find_shrink(name, count, listed_before, self.config.limits.shrink))
        elsewhere = self.history.elsewhere.match(sources)
        if is_known:
            matching.match_similar(sources)
        counts.known += matching.unchanged(name) - before + elsewhere
        self._hold(safeguards.find_rename(name, self.history.elsewhere.left_behind(sources)))
        self._hold(safeguards.find_flood(name, count, observed.impact(name).old, self.config.limits.flood))
        self.history.remember(f"listed:{name}", str(count))
        self.history.remember(f"overlaps:{name}", "yes" if overlaps else "")

    def _hold(self, found: safeguards.Held | None) -> None:
        if found and found.allow not in self.allow:
            raise _HeldError(found.code, found.message)

    def _set_cut_aside(
        self, source: config.Source, sources: Sources, lasts: Mapping[int, fetch.Resource], counts: Counts
    ) -> None:
        """Leave the items alone in the middle of which a document ends."""
        has_ended = {number: resource.has_line_end() for number, resource in lasts.items() if number}
        for cut in self.history.matching.set_cut_aside(sources, has_ended):
            message = (
                f"ends in the middle of '{cut.title[:60]}', which was whole before; its entry stays as it is; upload "
                f"the file again, or allow it once: --allow cut:{source.name}"
            )
            self.report.problems.append(Problem(Origin(source.name, cut.document, cut.line), "cut-off", message))
            self.history.inputs.read_again(source.name, lasts[cut.number].name)
            counts.put_aside += 1


def matched_sources(settings: config.Config, history: History, source: config.Source, gone: tuple[str, ...]) -> Sources:
    """The source among the others, as the history matches it.

    Args:
        gone: the names of sources that have entries, and are not in feeds.toml any more.
    """
    was = source.was
    if history.is_provisional:  # it was built without a feeds.toml: whose the entries are nobody has said
        was = (*was, *(name for name in gone if name not in was))
    names = tuple(other.name for other in settings.sources)
    apart = frozenset(other.name for other in settings.sources if other.duplicates == "keep")
    claimed = {name for other in settings.sources for name in other.was}
    unclaimed = tuple(name for name in gone if name not in claimed and name not in was)
    return Sources(source.name, was, names, apart, unclaimed)


def match_only(settings: config.Config, history: History, source: config.Source, now: dt.datetime) -> None:
    """Observe all items of a source of files and match them; inside history.look(), which forgets that again."""
    gone = history.entries.sources_besides([other.name for other in settings.sources])
    sources = matched_sources(settings, history, source, gone)
    history.observed.stand(())
    for resource in fetch.find(settings.folder, source.path):
        history.observed.begin_document()
        with contextlib.suppress(SourceError):  # a build says what is wrong with it
            for item in read_items(settings, source, resource, now):
                if item.candidate:
                    history.observed.add(item.candidate, 0, sources.own)
    history.matching.match_surely(sources, history.state(f"moved:{source.name}").split())
    history.elsewhere.match(sources)
    history.matching.match_similar(sources)
