"""What is stored -> brought up to date with the configuration and the data files, where they changed."""

from __future__ import annotations

from typing import NamedTuple

from feeds import __version__
from feeds.config import FILE, Config
from feeds.feed import membership, messages
from feeds.model import FACETS, TAGS, ConfigError, Entry
from feeds.pipeline.corrections import correct, report_published
from feeds.pipeline.run import Run, digest
from feeds.pipeline.store import set_memberships
from feeds.pipeline.tags import check_codes, site_tagger, subject_of_entry, tag_subject


class _Settings(NamedTuple):
    """Digests of what stored entries and documents rest on, each kept in the history under its name."""

    publishing: str  # heads, pages, and which feeds are published
    rendering: str  # fragments
    tagging: str  # categories
    translations: str
    corrections: str  # what people correct
    derived: str  # the facets that follow from categories and language


def apply_settings(run: Run) -> None:
    """Bring stored entries up to date with data files and configuration that changed since the last run."""
    history, config = run.history, run.config
    settings = _settings(run)
    stored = _Settings(*(history.state(name) for name in _Settings._fields))
    if stored.publishing not in ("", settings.publishing):
        history.mark_all_dirty()
    if stored.rendering not in ("", settings.rendering):
        _summarise_all(run)
    history.feeds.set_ended([ended.feed for ended in config.ended], run.now)
    is_derived_anew = stored.derived != settings.derived
    if stored.tagging != settings.tagging or is_derived_anew:
        check_codes(config)
        _check_published_feeds(run)
    if stored.tagging not in ("", settings.tagging):
        _tag_all(run)
    if stored.corrections != settings.corrections:
        for entry in history.entries.each(config.base_url):
            _correct(run, entry)
    if stored.translations != settings.translations:
        for entry in history.entries.each(config.base_url):
            history.translations.update(entry, config.translations)
    if is_derived_anew and (config.custom or any(config.facets[name].publish for name in ("languages", "pairs"))):
        for entry in history.entries.each(config.base_url):
            _set_memberships(run, entry)
    for name, value in settings._asdict().items():
        history.remember(name, value)


def _settings(run: Run) -> _Settings:
    from feeds import tagging

    config = run.config
    facets, topics = config.facets, config.facets["topics"]
    custom = [custom._replace(line=0) for custom in config.custom]
    published = [facets[facet.name].publish for facet in FACETS if facet.name in facets]
    texts = (config.title, config.description, config.base_url, config.language, config.author)
    documents = (config.limits.live, config.limits.live_bytes, config.ended, config.publish, config.rights)
    moved = [one._replace(line=0) for one in config.moved]
    rulings = [override._replace(line=0) for override in config.overrides]
    meanings = [
        (source.name, source.categories, source.home) for source in config.sources if source.categories or source.home
    ]
    return _Settings(
        publishing=digest(
            __version__,
            _templates(),
            messages.fingerprint(config),
            texts,
            documents,
            *moved,
            (config.look.home, config.look.email, config.look.color, [path.name for _, path in config.look.files]),
            [path.read_bytes() for path in (config.look.css, config.look.icon) if path],
            (published, facets["pairs"].only, facets["pairs"].least, custom),
            str(run.output.resolve()),
        ),
        rendering=digest(
            _render_version(),
            config.base_url,
            config.language,
            config.limits.summary,
            config.authors,
            config.publish._replace(upload=""),
            config.rights,
        ),
        tagging=digest(
            config.language,
            tagging.fingerprint(facets["countries"].file, topics.file),
            topics.profile,
            facets["countries"].without,
            rulings,
            *meanings,
        ),
        translations=digest("links", config.translations),
        corrections=_digest_of_corrections(config),
        derived=digest(facets["languages"].publish, facets["pairs"], custom),
    )


def _digest_of_corrections(config: Config) -> str:
    """A digest of what is corrected and skipped; "" for nothing."""
    rulings = [override._replace(line=0) for override in config.overrides if any(override.correction) or override.skip]
    return digest(config.limits.summary, rulings) if rulings else ""


def _correct(run: Run, entry: Entry) -> None:
    report_published(run, entry)
    after = correct(run, entry)
    if after is not entry:
        run.report.note(entry, after, after.link)
        _set_memberships(run, after)


def _templates() -> list[bytes]:
    """The pages' templates."""
    from feeds.feed.pages import TEMPLATES

    return [path.read_bytes() for path in sorted(TEMPLATES.iterdir()) if path.is_file()]


def _render_version() -> str:
    from feeds.feed import render

    return render.VERSION


def _summarise_all(run: Run) -> None:
    """Cut every summary as the configuration says now, and mark everything dirty."""
    from feeds.content.normalise import summarise

    for entry in run.history.entries.each(run.config.base_url):
        text = " ".join(entry.content.paragraphs)
        summary = entry.content.stated_summary or summarise(text, run.config.limits.summary)
        run.history.entries.set_summary(entry, summary or entry.content.title)
    run.history.mark_all_dirty()


def _check_published_feeds(run: Run) -> None:
    """Raise ConfigError where a published feed is of something that the tables no longer have."""
    feeds = [feed for feed in run.history.feeds.all() if feed.category and feed.ended is None]
    labels = site_tagger(run.config, run.config.language).labels if feeds else {}
    custom = {custom.name for custom in run.config.custom}
    gone = [feed.path for feed in feeds if feed.category and _is_gone(*feed.category[:2], labels, custom)]
    if gone:
        raise ConfigError(
            run.config.folder / FILE,
            f"feeds are published of what no table has any more: {', '.join(gone)}; bring it back, or declare "
            f"each: [[ended]] feed = '{gone[0]}', with to = '…' where it goes on",
        )


def _is_gone(scheme: str, term: str, labels: dict[tuple[str, str], str], custom: set[str]) -> bool:
    """Return True if neither the tables nor feeds.toml have a category."""
    if scheme == membership.CUSTOM:
        return term not in custom
    return scheme in TAGS and (scheme, term) not in labels


def _tag_all(run: Run) -> None:
    for number, entry in enumerate(run.history.entries.each(run.config.base_url), 1):
        _retag(run, entry)
        run.progress("tagging again", number, None)


def _retag(run: Run, entry: Entry) -> None:
    entries, base_url = run.history.entries, run.config.base_url
    tags = tag_subject(run.config, subject_of_entry(entry))
    if entries.retag(entry.id, tags):
        run.report.note(entry, entry._replace(categories=tags.categories), entry.link)
        _set_memberships(run, entries.get(entry.id, base_url))
        run.history.feeds.mark_dirty_of(entries.serial(entry.id))
        for translation in entry.translations:  # which may take the place that it left
            _set_memberships(run, entries.get(translation.id, base_url))


def _set_memberships(run: Run, entry: Entry) -> None:
    set_memberships(run, run.history.entries.serial(entry.id), entry, is_new=False)
