"""Which feeds there are and which entries belong to which. Decides membership, renders nothing.

Main holds everything; a country or a topic the entries with that category. What a feed's documents hold (the last
arrivals, sorted by date) is a query to the history, asked in one place: History.live.
"""

from __future__ import annotations

from collections.abc import Iterable

from feeds.config import Config
from feeds.language import name, primary
from feeds.model import Category, FeedSpec

# The schemes of feeds, in the order in which an index shows them.
FACETS = ("countries", "regions", "topics", "languages")

LANGUAGES = "languages"  # the scheme of feeds of a language


def main(config: Config) -> FeedSpec:
    """The feed of everything."""
    return FeedSpec("", config.title, config.description)


def of(category: Category, config: Config) -> FeedSpec:
    """The feed of one country, region or topic: countries/hn, regions/013, topics/children-youth."""
    return FeedSpec(
        path=f"{category.scheme}/{category.term}",
        title=f"{config.title} – {category.label}",
        description=f"{config.description} ({category.label})",
        category=category,
        language=category.term if category.scheme == LANGUAGES else "",
    )


def feeds_of(categories: Iterable[Category], language: str, config: Config) -> list[FeedSpec]:
    """Every feed that an entry with these categories and in this language belongs to, the main one first."""
    spoken = [Category(LANGUAGES, primary(language), name(language))] if config.languages.publish else []
    return [main(config)] + [of(category, config) for category in (*categories, *spoken)]


def is_published(category: Category | None, config: Config) -> bool:
    """Whether the configuration wants feeds of that kind; membership is kept whether it does or not."""
    return category is None or config.facet(category.scheme).publish


def why(spec: FeedSpec) -> str:
    """The rule of membership, in words."""
    if spec.category is None:
        return "everything is in it"
    if spec.category.scheme == LANGUAGES:
        return f"its language is '{spec.category.term}'"
    return f"it has the category '{spec.category.label}'"
