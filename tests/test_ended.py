"""A feed that ends says so in its last document, and where it goes on; none vanishes without a word."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import feedparser
import pytest
from conftest import CONFIG, NOW, Site, item

from feeds.model import ConfigError
from feeds.validation import validate

LATER = NOW + dt.timedelta(days=1)
TOPICS = """
[[topics]]
term = "rivers"
label.en = "Rivers"
phrases.en = ["river"]

[[topics]]
term = "water"
label.en = "Water"
phrases.en = ["water"]
"""
MERGED = TOPICS.split("[[topics]]")[0] + "[[topics]]" + TOPICS.split("[[topics]]")[2].replace('"]', '", "river"]')
FILE = '[facets.topics]\nfile = "topics.toml"\n'
ENDED = '[[ended]]\nfeed = "topics/rivers"\nto = "topics/water"\nnote = "Rivers are water."\n'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.write("feeds.toml", CONFIG + FILE)
    made.write("topics.toml", TOPICS)
    made.write("news.txt", item("07/28/17", "The river rises") + item("07/27/17", "The water falls"))
    made.build()
    return made


def titles(site: Site, path: str) -> list[str]:
    return [entry.title for entry in feedparser.parse((site.output / path).read_bytes()).entries]


def test_a_feed_does_not_end_without_a_word(site: Site) -> None:
    files = site.files()
    site.write("topics.toml", MERGED)
    with pytest.raises(
        ConfigError, match=r"no table has any more: topics/rivers; .*\[\[ended\]\] feed = 'topics/rivers'"
    ):
        site.build(LATER)
    assert site.files() == files


def test_the_last_document_of_a_feed_says_that_it_has_ended(site: Site) -> None:
    site.write("topics.toml", MERGED)
    site.write("feeds.toml", CONFIG + FILE + ENDED)
    assert site.build(LATER).status == 0
    assert titles(site, "topics/rivers/atom.xml") == ["This feed has ended", "The river rises"]
    assert titles(site, "topics/rivers/rss.xml") == ["This feed has ended", "The river rises"]
    stated = json.loads((site.output / "topics/rivers/feed.json").read_bytes())
    assert [one["title"] for one in stated["items"]] == ["This feed has ended", "The river rises"]
    assert stated["expired"] is True
    assert "expired" not in json.loads((site.output / "topics/water/feed.json").read_bytes())
    assert sorted(titles(site, "topics/water/atom.xml")) == ["The river rises", "The water falls"]
    [last, _] = feedparser.parse((site.output / "topics/rivers/atom.xml").read_bytes()).entries
    assert last.summary == (
        "Nothing will be added to “Example news – Rivers” any more. Rivers are water. It goes on in “Example news – "
        "Water”: https://news.example.org/feeds/topics/water/atom.xml"
    )
    assert last.link == "https://news.example.org/feeds/topics/water/atom.xml"
    assert last.updated.startswith(LATER.date().isoformat())
    for path, body in site.files().items():
        if path.endswith(".xml"):
            assert validate(body) == [], path
    assert "topics/rivers" not in (site.output / "index.html").read_text()
    files = site.files()
    site.write("news.txt", item("07/29/17", "Another river") + item("07/28/17", "The river rises"))
    site.build(LATER + dt.timedelta(days=1))
    assert {path: site.files()[path] for path in files if "rivers" in path} == {
        path: files[path] for path in files if "rivers" in path
    }
    assert "Another river" in titles(site, "topics/water/atom.xml")


def test_an_end_can_be_taken_back(site: Site) -> None:
    before = site.files()
    site.write("feeds.toml", CONFIG + FILE + '[[ended]]\nfeed = "topics/rivers"\n')
    site.build(LATER)
    assert titles(site, "topics/rivers/atom.xml")[0] == "This feed has ended"
    site.write("feeds.toml", CONFIG + FILE)
    site.build(LATER)
    assert site.files() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[ended]]\nto = "topics/water"\n', "[[ended]] has no feed"),
        ('[[ended]]\nfeed = "topics"\n', "feed = 'topics' in [[ended]]: expected the path of a feed"),
        ('[[ended]]\nfeed = "../../etc"\n', "expected the path of a feed"),
        ('[[ended]]\nfeed = "topics/rivers"\nto = "topics/rivers"\n', "names 'topics/rivers' twice"),
        ('[[ended]]\nfeed = "topics/rivers"\nto = "topics/lakes"\n', "to 'topics/lakes', which is not a feed"),
    ],
)
def test_a_wrong_declaration_is_named(site: Site, text: str, message: str) -> None:
    site.write("feeds.toml", CONFIG + FILE + text)
    with pytest.raises(ConfigError) as raised:
        site.build(LATER)
    assert message in str(raised.value)
