"""What a source files an item under is a tag where it is the name of one, with the source as its evidence."""

from __future__ import annotations

import json

import pytest
from conftest import CONFIG, NOW, Site

from feeds.pipeline.explain import explain
from feeds.tagging import PROFILES, tagger


@pytest.mark.parametrize(
    ("category", "path"),
    [
        ("Honduras", "countries/hn"),
        (" HONDURAS ", "countries/hn"),
        ("HN", "countries/hn"),
        ("République dominicaine", "countries/do"),
        ("Republique dominicaine", "countries/do"),
        ("EE.UU.", "countries/us"),
        ("Viet Nam", "countries/vn"),
        ("South America", "regions/005"),
        ("Sudamérica", "regions/005"),
        ("005", "regions/005"),
        ("counter-trafficking", "topics/counter-trafficking"),
        ("Human trafficking and exploitation", "topics/counter-trafficking"),
        ("Trata de personas y explotación", "topics/counter-trafficking"),
        ("human trafficking", "topics/counter-trafficking"),
        ("hn", ""),  # a word in lower case is no code
        ("IT", ""),  # a department
        ("PR", ""),  # press release
        ("News from Honduras", ""),
        ("Honduran", ""),
        ("Tegucigalpa", ""),
        ("News", ""),
        ("", ""),
        ("!", ""),
    ],
)
@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_category_is_the_tag_that_it_names(category, path, language):
    found = tagger(language, None, None, "en").category_named(category)
    assert (f"{found.scheme}/{found.term}" if found else "") == path


def test_a_phrase_of_two_topics_names_none(tmp_path):
    taxonomy = tmp_path / "topics.toml"
    taxonomy.write_text(
        '[[topics]]\nterm = "a"\nlabel = { en = "Roads" }\nphrases.en = ["bridge", "~lane", "!toll", "car AND road"]\n'
        '[[topics]]\nterm = "b"\nlabel = { en = "Rivers" }\nphrases.en = ["bridge", "bank", "roads"]\n'
    )
    named = {text: tagger("en", None, taxonomy).category_named(text) for text in
             ("bridge", "bank", "lane", "toll", "car", "Roads", "b")}  # fmt: skip
    assert {text: category and category.term for text, category in named.items()} == {
        "bridge": None,
        "bank": "b",
        "lane": None,
        "toll": None,
        "car": None,
        "Roads": "a",
        "b": "b",
    }


def build(site: Site, categories: str, more: str = "", title: str = "A bridge", text: str = "It is open.") -> dict:
    site.write("feeds.toml", CONFIG + f'[[sources]]\nname = "s"\npath = "x.csv"\nkind = "table"\n{more}')
    site.write("x.csv", f"date,title,text,categories\n2020-11-24,{title},{text},{categories}\n")
    assert site.build().status == 0
    [item] = json.loads(site.files()["feed.json"])["items"]
    return item


def test_a_stated_tag_is_published_with_its_evidence(site: Site) -> None:
    assert build(site, "Honduras|News|Trata de personas y explotación")["tags"] == [
        "Honduras",
        "Human trafficking and exploitation",
    ]
    assert {"countries/hn/atom.xml", "topics/counter-trafficking/atom.xml"} <= set(site.files())
    lines = [line for _, section in explain("s:2", site.folder, now=NOW) for line in section]
    assert any("stated by the source: category 'Honduras' of source 's'" in line for line in lines)


def test_stated_tags_stand_before_those_of_the_text_and_below_what_people_rule(site: Site) -> None:
    words = {"title": "Panama trains border staff", "text": "Officers from Panama took part."}
    assert build(site, "Honduras", **words)["tags"][:2] == ["Honduras", "Panama"]
    more = '[[overrides]]\npattern = "^Panama"\ncountries = ["cr"]\n'
    assert "Honduras" not in build(site, "Honduras", more, **words)["tags"]


def test_a_table_of_meanings_stands_above_the_names(site: Site) -> None:
    more = 'categories = { "Honduras" = "countries/pa", "Chile" = "" }\n'
    assert build(site, "Honduras|Chile", more)["tags"] == ["Panama"]


def test_the_site_s_own_names_and_topics_count(site: Site) -> None:
    site.write("places.tsv", "HN\tname\t-\tCatracholandia\n")
    facets = '[facets.countries]\nfile = "places.tsv"\n[facets.topics]\nprofile = "newsroom"\n'
    assert build(site, "catracholandia|Health", facets)["tags"] == ["Honduras", "Health"]
    assert PROFILES["newsroom"].exists()
