"""What people rule about tags in feeds.toml stands above what the words say, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CONFIG, NOW, Site, item

from feeds.config import load_config
from feeds.history import History
from feeds.model import ConfigError
from feeds.pipeline.explain import explain
from feeds.pipeline.tags import subject_of_entry, tag_subject

LISTING = item("07/28/17", "Panama trains border staff", "Officials met.") + item(
    "07/27/17", "Honduras opens a shelter", "Officials met."
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write("news.txt", LISTING)
    return made


def members(site: Site, facet: str) -> set[str]:
    return {path.parent.name for path in (site.output / facet).glob("*/atom.xml")}


def rule(text: str) -> str:
    return f"{CONFIG}\n[[overrides]]\n{text}\n"


@pytest.mark.parametrize(
    "selector", ['pattern = "^Panama trains"', 'id = "tag:example.org,2020:news/2017-07-28/panama-trains-border-staff"']
)
@pytest.mark.parametrize("when", ["before the first run", "later"])
def test_a_ruling_decides_which_feeds_an_item_is_in(site: Site, selector: str, when: str) -> None:
    if when == "later":
        site.build()
        assert members(site, "countries") == {"pa", "hn"}
    site.write("feeds.toml", rule(f'{selector}\ncountries = ["CR"]'))
    site.build()
    assert "Panama trains" in (site.output / "countries/cr/atom.xml").read_text()
    if when != "later":
        assert members(site, "countries") == {"cr", "hn"}
    else:
        assert "Panama trains" not in (site.output / "countries/pa/atom.xml").read_text()
    [section] = [lines for heading, lines in explain("news.txt:1", site.folder, now=NOW) if heading == "Tags"]
    assert section[0] == "Costa Rica (countries/cr)"
    assert section[1].startswith(f"  override of {selector.split()[0]} '")
    assert "in feeds.toml:" in section[1]
    [lost] = [lines for heading, lines in explain("news.txt:1", site.folder, now=NOW) if heading == "Not tagged"]
    assert any("'Panama' at title 0-6: name; overruled by" in line for line in lost)


def test_a_ruling_may_say_none_and_leaves_other_facets(site: Site) -> None:
    site.build()
    topics = members(site, "topics")
    site.write("feeds.toml", rule('pattern = "Panama"\ncountries = []'))
    site.build()
    assert members(site, "topics") == topics
    assert "Panama trains" not in (site.output / "countries/pa/atom.xml").read_text()
    assert "Panama trains" in (site.output / "atom.xml").read_text()


def test_feeds_of_regions_are_one_line(site: Site) -> None:
    site.write("news.txt", item("07/28/17", "Ministers of Central America meet", "Officials met."))
    site.build()
    assert members(site, "regions") == set()
    assert 'scheme="https://news.example.org/feeds/regions/"' in (site.output / "atom.xml").read_text()
    site.write("feeds.toml", CONFIG + "\n[facets.regions]\npublish = true\n")
    site.build()
    assert members(site, "regions") == {"013"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('pattern = "Panama"', "[[overrides]] needs one of id, link or pattern"),
        ('countries = ["pa"]', "[[overrides]] needs one of id, link or pattern"),
        ('id = "a"\nlink = "b"\ncountries = ["pa"]', "[[overrides]] needs one of id, link or pattern"),
        ('pattern = "("\ncountries = ["pa"]', "pattern = '(' in [[overrides]]: expected a regular expression"),
        ('pattern = "a"\ncountries = "pa"', "expected a list of codes like ['pa', 'cr'], empty for none"),
        ('pattern = "a"\ntopics = ["tranport"]', "no such code in topics: 'tranport'"),
        ('pattern = "a"\ncountries = ["xx"]', "no such code in countries: 'xx'"),
    ],
)
def test_a_wrong_ruling_is_named_with_its_line(site: Site, text: str, message: str) -> None:
    site.write("feeds.toml", rule(text))
    with pytest.raises(ConfigError) as raised:
        site.build()
    assert message in str(raised.value)
    assert "feeds.toml:" in str(raised.value)


def test_every_tag_of_an_output_has_evidence_in_the_text_or_a_ruling(seeds: Site) -> None:
    config = (seeds.folder / "feeds.toml").read_text()
    seeds.write("feeds.toml", config + '\n[[overrides]]\npattern = "Mesoamerica"\ncountries = ["cr"]\n')
    seeds.build()
    settings = load_config(seeds.folder)
    with History(settings.history) as history:
        entries = list(history.entries.each(settings.base_url))
    assert len(entries) == 20
    ruled = 0
    for entry in entries:
        found = tag_subject(settings, subject_of_entry(entry))
        assert entry.categories == found.categories
        strings = {"title": entry.content.title, "text": entry.content.text}
        for category in entry.categories:
            speaking = [one for one in found.evidence if (one.scheme, one.term) == (category.scheme, category.term)]
            assert speaking, (entry.content.title, category)
            for one in speaking:
                ruled += one.field == "ruling"
                assert one.field == "ruling" or strings[one.field][one.start : one.end] == one.phrase != ""
                assert one.field != "ruling" or one.rule.startswith("override of pattern 'Mesoamerica' in feeds.toml:")
    assert ruled > 2
