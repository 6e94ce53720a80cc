"""Which feeds there are and which entries belong to which. Decides membership, renders nothing.

Main holds everything; a country or a topic the entries with that category. What a feed's documents hold (the last
arrivals, sorted by date) is a query to the history, asked in one place: History.live.
"""

from __future__ import annotations

from collections.abc import Iterable

from feeds.config import Config
from feeds.content.language import language_name, primary_subtag
from feeds.model import Category, FeedSpec

# The schemes of feeds, in the order in which an index shows them.
FACETS = ("countries", "regions", "topics", "languages", "pairs", "custom")
# Those that no entry carries as a category.
LANGUAGES, PAIRS, CUSTOM = FACETS[3:]


def main_feed(config: Config) -> FeedSpec:
    """The feed of everything."""
    return FeedSpec("", config.title, config.description)


def feed_spec(category: Category, config: Config) -> FeedSpec:
    """The feed of one category: countries/hn, topics/children-youth, countries/hn/topics/children-youth, custom/us."""
    own = [one for one in config.custom if (CUSTOM, one.name) == (category.scheme, category.term)]
    return FeedSpec(
        path=category.term if category.scheme == PAIRS else f"{category.scheme}/{category.term}",
        title=f"{config.title} – {category.label}",
        description=own[0].description if own else f"{config.description} ({category.label})",
        category=category,
        language=category.term if category.scheme == LANGUAGES else "",
    )


def feeds_for(categories: Iterable[Category], language: str, config: Config) -> list[FeedSpec]:
    """Every feed that an entry with these categories and in this language belongs to, the main one first."""
    carried = tuple(categories)
    others = (
        [Category(LANGUAGES, primary_subtag(language), language_name(language))] if config.languages.publish else []
    )
    if config.pairs.publish:
        others += [
            Category(PAIRS, f"countries/{country.term}/topics/{topic.term}", f"{country.label}: {topic.label}")
            for country in carried
            for topic in carried
            if (country.scheme, topic.scheme) == ("countries", "topics")
        ]
    paths = {f"{category.scheme}/{category.term}" for category in carried}
    others += [Category(CUSTOM, one.name, one.title) for one in config.custom if one.holds(paths)]
    wanted = [category for category in others if is_published(category, config)]
    return [main_feed(config)] + [feed_spec(category, config) for category in (*carried, *wanted)]


def is_published(category: Category | None, config: Config) -> bool:
    """Whether the configuration wants that feed; membership of what entries carry is kept whether it does or not."""
    if category is None:
        return True
    if category.scheme == CUSTOM:
        known = {one.name for one in config.custom} | {one.feed.removeprefix(f"{CUSTOM}/") for one in config.ended}
        return category.term in known
    facet = config.facet(category.scheme)
    only = {"countries/{}/topics/{}".format(*one.split("/")) for one in facet.only}
    return facet.publish and (not only or category.term in only)


def membership_rule(spec: FeedSpec) -> str:
    """The rule of membership, in words."""
    if spec.category is None:
        return "everything is in it"
    if spec.category.scheme == LANGUAGES:
        return f"its language is '{spec.category.term}'"
    if spec.category.scheme in (PAIRS, CUSTOM):
        return f"its categories are those of '{spec.category.label}'"
    return f"it has the category '{spec.category.label}'"
