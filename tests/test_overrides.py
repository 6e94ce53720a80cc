"""What people rule about tags in feeds.toml stands above what the words say, and says so."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from conftest import CONFIG, NOW, Run, Site, item

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
        ('pattern = "Panama"', "[[overrides]] needs one of id, link, pattern"),
        ('countries = ["pa"]', "[[overrides]] needs one of id, link, pattern"),
        ('id = "a"\nphrase = "b"\ncountries = ["pa"]', "[[overrides]] needs one of id, link, pattern"),
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


def test_a_phrase_or_a_source_may_be_ruled(site: Site) -> None:
    site.write(
        "a.txt",
        item("6 May, 2017", "Storm at the River Plate", "Chile sent help.") + item("5 May, 2017", "Platen rises"),
    )
    site.write("b.txt", item("6 May, 2017", "Rome opens a clinic"))
    site.write(
        "feeds.toml",
        CONFIG
        + '[[sources]]\nname = "a"\npath = "a.txt"\n[[sources]]\nname = "b"\npath = "b.txt"\n'
        + '[[overrides]]\nphrase = "river plate"\ncountries = ["ar", "uy"]\n'
        + '[[overrides]]\nsource = "b"\ncountries = ["us"]\n',
    )
    site.build()
    named = {entry["title"]: set(entry.get("tags", ())) for entry in json.loads(site.files()["feed.json"])["items"]}
    assert {"Argentina", "Uruguay"} <= named["Storm at the River Plate"]
    assert "Chile" not in named["Storm at the River Plate"]
    assert "United States" in named["Rome opens a clinic"] and "Italy" not in named["Rome opens a clinic"]
    assert "Argentina" not in named["Platen rises"]


def test_doubtful_tags_are_written_to_a_table_and_read_back(site: Site, feeds: Run) -> None:
    titles = (
        "Kenya and Uganda sign a border agreement",
        "Springfield opens a shelter",
        "Workshop in Honduras on visas",
    )
    site.write("news.txt", "".join(item(f"{6 - number} May, 2017", title) for number, title in enumerate(titles)))
    site.write("feeds.toml", CONFIG)
    site.build()
    done = feeds("tag", "--review", str(site.folder))
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [*rows[0]] == ["id", "title", "countries", "regions", "topics", "doubt"]
    [doubtful] = [row for row in rows if row["title"].startswith("Springfield")]
    assert "rests on 'Springfield'" in doubtful["doubt"] or "only 'Springfield'" in doubtful["doubt"]
    corrected = f"id;title;countries;topics;note\n{doubtful['id']};Springfield;fj;protection, integration;seen by me\n"
    site.write("tags.csv", b"\xef\xbb\xbf" + corrected.encode())
    site.write("feeds.toml", CONFIG.replace("[site]", '[site]\nreviewed = "tags.csv"'))
    report = site.build()
    assert [change.kind for change in report.changes] == ["retagged"]
    entry = next(one for one in json.loads(site.files()["feed.json"])["items"] if one["title"].startswith("Spring"))
    assert set(entry["tags"]) == {"Fiji", "Migrant protection and human rights", "Integration and social cohesion"}
    again = list(csv.DictReader(feeds("tag", "--review", str(site.folder)).stdout.splitlines()))
    assert doubtful["id"] not in {row["id"] for row in again}
    site.write("tags.csv", corrected.replace(";fj;", ";fj cl;"))
    assert site.build().changes


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("title;countries\nx;fj\n", "tags.csv:1: error: has no columns id and one of"),
        ("id;countries\nx;Fiji!\n", "tags.csv:2: error: 'fiji!' in column countries is no code"),
        ("id;countries\nx;zz\n", "tags.csv:2: error: no such code in countries: 'zz'"),
        (b"id;countries\n\xff\n", "save it as CSV in UTF-8"),
    ],
)
def test_a_wrong_table_of_tags_is_named(site: Site, table: str | bytes, message: str) -> None:
    site.write("tags.csv", table)
    site.write("feeds.toml", CONFIG.replace("[site]", '[site]\nreviewed = "tags.csv"'))
    site.write("news.txt", item("6 May, 2017", "A title"))
    with pytest.raises(ConfigError) as refused:
        site.build()
    assert message in str(refused.value)
