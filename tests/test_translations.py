"""Entries that say the same in different languages: linked with each other, and announced once in each feed."""

from __future__ import annotations

import csv
import io

import feedparser
import pytest
from conftest import CONFIG, NOW, Site

from feeds.history.identity import stem, translation_keys
from feeds.model import ConfigError
from feeds.pipeline.explain import explain

LANGUAGES = CONFIG + "[facets.languages]\npublish = true\n"
SOURCES = """[[sources]]
name = "en"
path = "en.csv"
kind = "table"

[[sources]]
name = "es"
path = "es.csv"
kind = "table"
language = "es"
"""
EN = "https://example.org/en/news/"
ES = "https://example.org/es/news/"


def table(*rows: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([("date", "title", "link", "translations"), *rows])
    return out.getvalue()


def two(site: Site, english: list[tuple[str, ...]], spanish: list[tuple[str, ...]], more: str = "") -> None:
    site.write("feeds.toml", LANGUAGES + SOURCES + more)
    site.write("en.csv", table(*english))
    site.write("es.csv", table(*spanish))


def titles(site: Site, feed: str = "") -> list[str]:
    return [entry.title for entry in feedparser.parse((site.output / feed / "atom.xml").read_bytes()).entries]


@pytest.mark.parametrize(
    ("one", "its", "other", "others"),
    [
        ("https://example.org/en/news/a", "en", "https://example.org/es/news/a", "es"),
        ("https://example.org/news/a", "en", "https://example.org/es/news/a", "es"),
        ("https://www.example.org/news/a", "en", "https://es.example.org/news/a", "es"),
        ("https://example.org/a.en.html", "en", "https://example.org/a.fr.html", "fr"),
        ("https://example.org/report-en", "en", "https://example.org/report-pt", "pt"),
        ("https://example.org/v?id=7&lang=en", "en", "https://example.org/v?id=7&lang=es", "es-PA"),
        ("https://example.org/pt_br/a/", "pt-BR", "https://example.org/a", "en"),
    ],
)
def test_what_differs_by_the_language_alone_has_one_stem(one: str, its: str, other: str, others: str) -> None:
    assert stem(one, its) == stem(other, others) != ""


@pytest.mark.parametrize(
    ("one", "its", "other", "others"),
    [
        ("https://example.org/en/news/a", "en", "https://example.org/es/news/b", "es"),
        ("https://example.org/en/news/a", "en", "https://example.net/es/news/a", "es"),
        ("https://example.org/fr/news/a", "en", "https://example.org/news/a", "fr"),  # not in the language of its path
        ("https://example.org/v?id=7", "en", "https://example.org/v?id=8&lang=es", "es"),
        ("https://example.org/open", "en", "https://example.org/op", "es"),
    ],
)
def test_what_differs_by_more_has_not(one: str, its: str, other: str, others: str) -> None:
    assert stem(one, its) != stem(other, others)


def test_a_home_page_is_no_stem() -> None:
    assert stem("https://example.org/es/", "es") == ""
    assert translation_keys("tag:x", "", "es", (), ()) == set()


def test_a_translation_is_announced_once_in_each_feed_and_linked(site: Site) -> None:
    two(
        site,
        [("2017-05-05", "Honduras holds a workshop", EN + "workshop", "")],
        [("2017-05-05", "Honduras organiza un taller en Panamá", ES + "workshop", "")],
    )
    site.build()
    assert titles(site) == titles(site, "countries/hn") == titles(site, "languages/en") == ["Honduras holds a workshop"]
    # The English text does not say Panama: the Spanish one is the only one of that feed.
    assert titles(site, "languages/es") == titles(site, "countries/pa") == ["Honduras organiza un taller en Panamá"]
    entry = feedparser.parse((site.output / "atom.xml").read_bytes()).entries[0]
    assert entry.link == EN + "workshop"
    [related] = [link for link in entry.links if link.rel == "related"]
    assert (related.href, related.hreflang) == (ES + "workshop", "es")
    [back] = [
        link
        for link in feedparser.parse((site.output / "languages/es/atom.xml").read_bytes()).entries[0].links
        if link.rel == "related"
    ]
    assert back.href == EN + "workshop"


def test_a_translation_that_comes_later_links_both_and_announces_nothing_in_main(site: Site) -> None:
    two(site, [("2017-05-05", "Honduras holds a workshop", EN + "workshop", "")], [])
    site.write("es.csv", table(("2017-05-01", "Otra cosa", ES + "otra", "")))
    site.build()
    before = feedparser.parse((site.output / "atom.xml").read_bytes())
    more = [("2017-05-20", "Taller", ES + "workshop", ""), ("2017-05-01", "Otra cosa", ES + "otra", "")]
    site.write("es.csv", table(*more))
    site.build()
    after = feedparser.parse((site.output / "atom.xml").read_bytes())
    assert [entry.id for entry in after.entries] == [entry.id for entry in before.entries]
    assert [entry.updated for entry in after.entries] == [entry.updated for entry in before.entries]
    assert [link.href for link in after.entries[0].links] == [EN + "workshop", ES + "workshop"]
    said = dict(explain(ES + "workshop", site.folder, now=NOW))
    assert said["Translations"] == [f"en: {EN}workshop"]
    assert "not main: a translation of it is there" in said["Feeds"]


@pytest.mark.parametrize("declared", [False, True])
def test_another_slug_needs_a_statement(site: Site, declared: bool) -> None:
    more = f'\n[[translations]]\nitems = ["{EN}workshop", "{ES}taller"]\n' if declared else ""
    two(
        site,
        [("2017-05-05", "Honduras holds a workshop", EN + "workshop", "")],
        [("2017-05-05", "Honduras organiza un taller", ES + "taller", "")],
        more,
    )
    site.build()
    assert len(titles(site)) == (1 if declared else 2)


def test_an_address_stated_on_one_side_is_enough(site: Site) -> None:
    two(
        site,
        [("2017-05-05", "Honduras holds a workshop", EN + "workshop", "")],
        [("2016-01-05", "Honduras organiza un taller", ES + "taller", "/en/news/workshop")],
    )
    site.write("feeds.toml", (site.folder / "feeds.toml").read_text() + f'base_url = "{ES}"\n')
    site.build()
    assert titles(site) == ["Honduras organiza un taller"]  # the one that came first


def test_a_declaration_later_takes_nothing_back_and_links(site: Site) -> None:
    english = [("2017-05-05", "Honduras holds a workshop", EN + "workshop", "")]
    spanish = [("2017-05-05", "Honduras organiza un taller", ES + "taller", "")]
    two(site, english, spanish)
    site.build()
    before = titles(site)
    two(site, english, spanish, f'\n[[translations]]\nitems = ["{EN}workshop", "{ES}taller"]\n')
    site.build()
    assert titles(site) == before and len(before) == 2
    assert b'hreflang="es"' in (site.output / "atom.xml").read_bytes()
    two(site, english, spanish)  # and taken back again
    site.build()
    assert b"hreflang" not in (site.output / "atom.xml").read_bytes()


def test_where_two_would_do_none_is_taken(site: Site) -> None:
    two(
        site,
        [("2017-05-05", "Panama trains staff", EN + "1", f"{ES}uno"), ("2017-05-04", "Peru too", EN + "2", f"{ES}uno")],
        [("2017-05-05", "Panamá capacita", ES + "uno", "")],
    )
    site.build()
    assert len(titles(site)) == 3


def test_a_number_that_comes_again_a_year_later_is_no_translation(site: Site) -> None:
    two(
        site,
        [("2017-05-05", "Panama trains staff", EN + "17", "")],
        [("2016-05-05", "Panamá capacita", ES + "17", "")],
    )
    site.build()
    assert len(titles(site)) == 2


def test_two_items_of_one_language_are_never_one(site: Site) -> None:
    two(site, [("2017-05-05", "One", EN + "a", ""), ("2017-05-05", "Two", "https://example.org/news/a", "")], [])
    site.write("es.csv", table(("2017-05-01", "Otra cosa", ES + "otra", "")))
    site.build()
    assert len(titles(site)) == 3


def test_three_languages_are_one_work(site: Site) -> None:
    two(
        site,
        [("2017-05-05", "Workshop", EN + "a", "")],
        [("2017-05-05", "Taller", ES + "a", "")],
        '[[sources]]\nname = "fr"\npath = "fr.csv"\nkind = "table"\nlanguage = "fr"\n',
    )
    site.write("fr.csv", table(("2017-05-05", "Atelier", "https://example.org/fr/news/a", "")))
    site.build()
    assert titles(site) == ["Workshop"]
    links = feedparser.parse((site.output / "atom.xml").read_bytes()).entries[0].links
    assert [link.get("hreflang") for link in links] == [None, "es", "fr"]


def test_a_corrected_title_is_shown_in_the_link_of_its_translation(site: Site) -> None:
    english = [("2017-05-05", "Workshop", EN + "a", "")]
    two(site, english, [("2017-05-05", "Taller", ES + "a", "")])
    site.build()
    two(site, english, [("2017-05-05", "Talleres", ES + "a", "")])
    site.build()
    assert b'title="Talleres"' in (site.output / "atom.xml").read_bytes()


def test_what_lost_its_place_by_a_ruling_leaves_it_to_its_translation(site: Site) -> None:
    english = [("2017-05-05", "Honduras holds a workshop", EN + "workshop", "")]
    spanish = [("2017-05-05", "Honduras organiza un taller", ES + "workshop", "")]
    two(site, english, spanish)
    site.build()
    assert titles(site, "countries/hn") == ["Honduras holds a workshop"]
    two(site, english, spanish, f'\n[[overrides]]\nlink = "{EN}workshop"\ncountries = []\n')
    site.build()
    assert titles(site, "countries/hn") == ["Honduras organiza un taller"]


def test_translations_of_one_address_only_are_refused(site: Site) -> None:
    site.write("feeds.toml", CONFIG + "\n[[translations]]\nitems = ['https://example.org/a']\n")
    with pytest.raises(ConfigError, match=r"items = .* expected a list of two or more ids or links of entries"):
        site.build()
