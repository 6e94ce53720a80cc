"""What is stored -> brought up to date with the settings and the tables, where they changed."""

from __future__ import annotations

from feeds import __version__, config
from feeds.feed import membership, messages
from feeds.model import ConfigError, Entry
from feeds.pipeline.items import Subject, check_codes, site_tagger, tag_subject
from feeds.pipeline.run import Step, digest


class Meaning(Step):
    """Decides anew what stored entries say and where they belong."""

    def apply_settings(self) -> None:
        """Bring stored entries up to date with data files and configuration that changed since the last run."""
        from feeds import tagging

        site = self.config
        looks = (
            site.title,
            site.description,
            site.base_url,
            site.language,
            site.author,
            site.limits.live,
            site.ended,
            site.limits.live_bytes,
        )
        shown = (site.rights, messages.fingerprint(site))
        custom = [(one.name, one.title, one.description, one.any_of, one.all_of) for one in site.custom]
        facets = ([site.facet(scheme).publish for scheme in membership.FACETS[:4]], site.pairs, custom, site.publish)
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
            from feeds.content.normalise import summarise

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
        labels = site_tagger(self.config, self.config.language).labels if feeds else {}
        of_tables = [feed for feed in feeds if feed.category and feed.category.scheme in config.FACETS]
        gone = [
            feed.path
            for feed in of_tables
            if feed.category and (feed.category.scheme, feed.category.term) not in labels
        ]
        own = {f"{membership.CUSTOM}/{one.name}" for one in self.config.custom}
        gone += [feed.path for feed in feeds if feed.path.startswith(f"{membership.CUSTOM}/") and feed.path not in own]
        if gone:
            raise ConfigError(
                self.config.folder / config.FILE,
                f"feeds are published of what no table has any more: {', '.join(gone)}; bring it back, or declare "
                f"each: [[ended]] feed = '{gone[0]}', with to = '…' where it goes on",
            )

    def _retag(self, entry: Entry, text: str) -> None:
        found = tag_subject(self.config, Subject.of_entry(entry, text))
        if self.history.entries.retag(entry.id, found):
            self.report.note(entry, entry._replace(categories=found.categories), entry.link)
            self._join(self.history.entries.get(entry.id, self.config.base_url))
            self.history.feeds.touch_of(self.history.entries.arrival(entry.id))
            for translation in entry.translations:  # which may take the place that it left
                self._join(self.history.entries.get(translation.id, self.config.base_url))

    def _join(self, entry: Entry) -> None:
        specs = membership.feeds_for(entry.categories, entry.language, self.config)
        arrival = self.history.entries.arrival(entry.id)
        self.history.feeds.join(arrival, int(entry.published.timestamp()), specs, self.config, is_new=False)


def _templates() -> list[bytes]:
    """The pages' templates."""
    from feeds.feed.pages import TEMPLATES

    return [path.read_bytes() for path in sorted(TEMPLATES.iterdir()) if path.is_file()]


def _render_version() -> str:
    from feeds.feed import render

    return render.VERSION
