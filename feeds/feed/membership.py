"""Decide which feeds there are and which of them an entry belongs to.

The main feed holds everything; the feed of a country or topic holds the entries with that category.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feeds.config import Config
from feeds.content.language import language_name, primary_subtag
from feeds.feed.paths import feed_path
from feeds.model import Category, FeedSpec

# The facets whose categories no entry carries.
LANGUAGES, PAIRS, CUSTOM = "languages", "pairs", "custom"


def main_feed(config: Config) -> FeedSpec:
    """Return the feed of everything."""
    return FeedSpec("", config.title, config.description)


def feed_spec(category: Category, config: Config) -> FeedSpec:
    """Return the feed of a category: countries/hn, countries/hn/topics/children-youth, custom/americas."""
    own = [custom for custom in config.custom if (CUSTOM, custom.name) == (category.scheme, category.term)]
    return FeedSpec(
        path=feed_path(category),
        title=f"{config.title} – {category.label}",
        description=own[0].description if own else f"{config.description} ({category.label})",
        category=category,
        language=category.term if category.scheme == LANGUAGES else "",
    )


def feeds_for(categories: Iterable[Category], language: str, config: Config) -> list[FeedSpec]:
    """Return every feed that an entry with these categories and in this language belongs to, the main one first."""
    carried = tuple(category for category in categories if category.scheme)
    derived = [category for category in _derived(carried, language, config) if is_published(category, config)]
    return [main_feed(config)] + [feed_spec(category, config) for category in (*carried, *derived)]


def _derived(carried: tuple[Category, ...], language: str, config: Config) -> Iterator[Category]:
    """Yield the categories that follow from the others and from the language."""
    if config.facets[LANGUAGES].publish:
        yield Category(LANGUAGES, primary_subtag(language), language_name(language))
    if config.facets[PAIRS].publish:
        for country in carried:
            for topic in carried:
                if (country.scheme, topic.scheme) == ("countries", "topics"):
                    yield pair(country, topic)
    paths = {feed_path(category) for category in carried}
    for custom in config.custom:
        if custom.holds(paths):
            yield Category(CUSTOM, custom.name, custom.title)


def pair(country: Category, topic: Category) -> Category:
    """Return the category for a country within a topic."""
    return Category(PAIRS, f"{feed_path(country)}/{feed_path(topic)}", f"{country.label}: {topic.label}")


def is_published(category: Category | None, config: Config) -> bool:
    """Return True if the configuration wants this feed; membership does not depend on it."""
    if category is None:
        return True
    if not category.scheme:
        return False
    if category.scheme == CUSTOM:
        ended = {ended.feed.removeprefix(f"{CUSTOM}/") for ended in config.ended}
        return category.term in ended | {custom.name for custom in config.custom}
    settings = config.facets[category.scheme]
    only = {"countries/{}/topics/{}".format(*stated.split("/")) for stated in settings.only}
    return settings.publish and (not only or category.term in only)


def membership_rule(spec: FeedSpec) -> str:
    """Explain why an entry is in a feed, as the end of a sentence."""
    if spec.category is None:
        return "everything is in it"
    if spec.category.scheme == LANGUAGES:
        return f"its language is '{spec.category.term}'"
    if spec.category.scheme in (PAIRS, CUSTOM):
        return f"its categories are those of '{spec.category.label}'"
    return f"it has the category '{spec.category.label}'"
