"""What is listed -> entries with their tags, rendered; what is stored -> brought up to date with the settings."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from feeds import __version__, config, notices, select, words
from feeds.build.items import Subject, check_codes, tagger, tags
from feeds.build.report import Change
from feeds.build.run import Step, digest
from feeds.model import Candidate, ConfigError, Entry, Fragments, Tags

_TOGETHER = 50  # entries that are validated at a time: one by one takes nearly twice as long


class Meaning(Step):
    """Decides what entries say and where they belong."""

    def apply_settings(self) -> None:
        """Bring stored entries up to date with data files and configuration that changed since the last run."""
        from feeds import tagging

        site = self.config
        looks = (site.title, site.description, site.base_url, site.language, site.author, site.limits.live, site.ended)
        shown = (site.rights, words.fingerprint(site))
        custom = [(one.name, one.title, one.description, one.any_of, one.all_of) for one in site.custom]
        facets = ([site.facet(scheme).publish for scheme in select.FACETS[:4]], site.pairs, custom, site.publish)
        publishing = digest(__version__, _templates(), looks, shown, facets, str(self.output.resolve()))
        shown_of_each = (site.base_url, site.language, site.limits.summary, site.publish, site.rights)
        rendering = digest(_render_version(), *shown_of_each)
        tables = tagging.fingerprint(site.countries.file, site.topics.file)
        rulings = [(one.key, one.value, one.facets) for one in site.overrides]
        meant = [(source.name, source.categories) for source in site.sources if source.categories]
        tags_by = digest(site.language, tables, site.topics.profile, rulings, *meant)
        if self.history.state("publishing") not in ("", publishing):
            self.history.publish_again()
        if self.history.state("rendering") not in ("", rendering):
            from feeds.normalise import summarise

            for entry, text in self.history.entries.each(site.base_url):
                flat = text.replace("\n\n", " ")
                self.history.entries.keep_summary(entry.id, summarise(flat, site.limits.summary) or entry.title)
            self.history.publish_again()
        self.history.feeds.end([one.feed for one in site.ended], self.now)
        kinds_by = digest(site.languages.publish, site.pairs, custom)
        are_others = self.history.state("kinds") != kinds_by
        if self.history.state("tagging") != tags_by or are_others:
            check_codes(site)
            self._check_feeds()
        if self.history.state("tagging") not in ("", tags_by):
            for number, (entry, text) in enumerate(self.history.entries.each(site.base_url), 1):
                self._retag(entry, text)
                self.progress("tagging again", number, None)
        works = digest("links", site.translations)
        if self.history.state("works") != works:
            for entry, _ in self.history.entries.each(site.base_url):
                self.history.works.place(entry, site.translations)
        self.history.remember("works", works)
        if are_others and any((site.languages.publish, site.pairs.publish, site.custom)):
            for entry, _ in self.history.entries.each(site.base_url):
                self._join(entry)
        self.history.remember("kinds", kinds_by)
        self.history.remember("publishing", publishing)
        self.history.remember("rendering", rendering)
        self.history.remember("tagging", tags_by)

    def _check_feeds(self) -> None:
        """Raise ConfigError where a published feed is of something that the tables no longer have."""
        feeds = [feed for feed in self.history.feeds.all() if feed.category and feed.ended is None]
        labels = tagger(self.config, self.config.language).labels if feeds else {}
        of_tables = [feed for feed in feeds if feed.category and feed.category.scheme in config.FACETS]
        gone = [
            feed.path
            for feed in of_tables
            if feed.category and (feed.category.scheme, feed.category.term) not in labels
        ]
        own = {f"{select.CUSTOM}/{one.name}" for one in self.config.custom}
        gone += [feed.path for feed in feeds if feed.path.startswith(f"{select.CUSTOM}/") and feed.path not in own]
        if gone:
            raise ConfigError(
                self.config.folder / config.FILE,
                f"feeds are published of what no table has any more: {', '.join(gone)}; bring it back, or declare "
                f"each: [[ended]] feed = '{gone[0]}', with to = '…' where it goes on",
            )

    def _retag(self, entry: Entry, text: str) -> None:
        found = tags(self.config, Subject.of_entry(entry, text))
        if self.history.entries.retag(entry.id, found):
            self._note(entry, replace(entry, categories=found.categories), entry.link)
            self._join(self.history.entries.get(entry.id, self.config.base_url))
            self.history.feeds.touch_of(entry.id)
            for translation in entry.translations:  # which may take the place that it left
                self._join(self.history.entries.get(translation.id, self.config.base_url))

    def _join(self, entry: Entry) -> None:
        specs = select.feeds_of(entry.categories, entry.language, self.config)
        self.history.feeds.join(entry.id, specs, self.config)

    def admit(self) -> None:
        """Store what is new or changed, with its tags, and let its feeds wait."""
        for number, pending in enumerate(self.history.listed.pending(), 1):
            candidate = pending.candidate
            identifier = self.history.entries.identifier(pending.arrival) if pending.arrival else ""
            found = self._tags(candidate, identifier)
            counts = self.report.sources[candidate.origin.source]
            if pending.arrival:
                before = self.history.entries.get(identifier, self.config.base_url)
                entry, shows = self.history.entries.revise(pending, found, self.config, self.now)
                name = "changed" if shows else "known"
                if shows:
                    self.history.works.tell(entry)
                self._note(before, entry, str(candidate.origin))
            else:
                entry, name = self.history.entries.admit(pending, found, self.config, self.now), "new"
                if any(override.key == "id" for override in self.config.overrides):  # only now it has one
                    found = self._tags(candidate, entry.id)
                    self.history.entries.retag(entry.id, found)
                self.report.changes.append(Change("new", entry.id, entry.title, str(candidate.origin)))
            self.history.works.place(entry, self.config.translations)
            self._join(replace(entry, categories=found.categories))
            for count in (counts, self.report.counts):
                setattr(count, name, getattr(count, name) + 1)
            if number % 200 == 0:
                self.progress("tagging", number, None)

    def _note(self, before: Entry, after: Entry, place: str) -> None:
        """Note what changed in an entry, for the report."""
        for kind, old, new in (
            ("retitled", before.title, after.title),
            ("relinked", before.link, after.link),
            ("edited", before.content_html, after.content_html),
            ("retagged", _labels(before), _labels(after)),
        ):
            if old != new:
                shown = (old, new) if kind != "edited" else ("", "")
                self.report.changes.append(Change(kind, after.id, after.title, place, *shown))

    def _tags(self, candidate: Candidate, identifier: str) -> Tags:
        return tags(self.config, Subject.of(candidate, identifier))

    def render(self) -> None:
        """Render what has no fragments, and validate what was rendered, some at a time."""
        waiting: list[tuple[Entry, Fragments]] = []
        for number, (entry, _) in enumerate(self.history.entries.each(self.config.base_url, "unrendered"), 1):
            from feeds import render

            waiting.append((entry, render.fragments(notices.shown(entry), self.config)))
            if len(waiting) == _TOGETHER:
                self._keep(waiting)
                waiting.clear()
            if number % 200 == 0:
                self.progress("rendering", number, None)
        if waiting:
            self._keep(waiting)

    def _keep(self, rendered: list[tuple[Entry, Fragments]]) -> None:
        """Keep fragments; where they are not all valid together, each with a word whether it is by itself."""
        are_valid = self._are_valid([fragments for _, fragments in rendered])
        for entry, fragments in rendered:
            self.history.entries.keep_fragments(entry.id, fragments, are_valid or self._are_valid([fragments]))

    def _are_valid(self, fragments: list[Fragments]) -> bool:
        from feeds import assemble
        from feeds.validate import validate

        updated = dt.datetime(self.config.year, 1, 1, tzinfo=dt.UTC)
        head = (select.main(self.config), self.config.base_url, self.config, updated)  # any that is valid itself
        documents = assemble.documents(*head, fragments)
        return not any(validate(document.body) for document in documents)


def _labels(entry: Entry) -> str:
    return ", ".join(sorted(category.label for category in entry.categories))


def _templates() -> list[bytes]:
    """The pages' templates."""
    folder = Path(__file__).parent.parent / "templates"
    return [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]


def _render_version() -> str:
    from feeds import render

    return render.VERSION
