"""The two documents that the project started from come out as a careful reader would have them."""

from __future__ import annotations

import datetime as dt

import feedparser
import pytest
from conftest import ROOT, Site
from seeds_truth import ITEMS, Truth

from feeds import config, fetch
from feeds.pipeline.items import read_items
from feeds.tagging import tag

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def lines(truth: Truth) -> list[str]:
    return (ROOT / "seeds" / truth.file).read_text("utf-8").split("\n")


def plain(text: str) -> str:
    """White space as a reader sees it: no-break spaces are spaces, runs are one."""
    return " ".join(text.replace("\xa0", " ").split())


def title_and_text(truth: Truth) -> tuple[str, str]:
    stated = lines(truth)
    first, last = truth.text
    paragraphs = [plain(line) for line in stated[first - 1 : last] if plain(line)]
    return plain(stated[truth.title - 1]), "\n\n".join(paragraphs)


def test_every_item_is_read_with_its_date_title_and_text_and_nothing_else() -> None:
    settings = config.load_config(ROOT / "seeds")
    found = [
        (
            resource.path.name,
            item.candidate.origin.line,
            str(item.candidate.date),
            item.candidate.content.title,
            item.candidate.content.text,
        )
        for source in settings.sources
        for resource in fetch.find(settings.folder, source.path)
        for item in read_items(settings, source, resource, NOW)
        if item.candidate
    ]
    assert found == [(truth.file, truth.line, truth.date, *title_and_text(truth)) for truth in ITEMS]


@pytest.mark.parametrize("truth", ITEMS, ids=lambda truth: f"{truth.file[:3]}:{truth.line}")
def test_an_item_is_about_its_countries_and_no_others(truth: Truth) -> None:
    found = {
        category.term.upper() for category in tag(*title_and_text(truth)).categories if category.scheme == "countries"
    }
    undecided = set(truth.open_countries.split())
    assert found - undecided == set(truth.countries.split()) - undecided


def test_topics_agree_with_people_at_an_f1_of_090() -> None:
    hits = wrong = missed = 0
    for truth in ITEMS:
        found = {category.term for category in tag(*title_and_text(truth)).categories if category.scheme == "topics"}
        wanted = set(truth.topics.split())
        hits += len(found & wanted)
        wrong += len(found - wanted - set(truth.open_topics.split()))
        missed += len(wanted - found)
    assert 2 * hits / (2 * hits + wrong + missed) >= 0.90


def test_no_phrase_of_the_taxonomy_is_copied_from_a_seed() -> None:
    """A phrase of five words and more that stands in a seed would be a rule for that seed alone."""
    import tomllib

    from feeds.tagging import DATA

    seeds = " ".join(" ".join(title_and_text(truth)) for truth in ITEMS).casefold()
    taxonomy = tomllib.loads((DATA / "topics.toml").read_text())
    phrases = [phrase for topic in taxonomy["topics"] for phrase in topic["phrases"]["en"]]
    assert len(phrases) > 250
    assert [phrase for phrase in phrases if len(phrase.split()) >= 5 and phrase.casefold() in seeds] == []


def test_the_truth_used_here_is_the_labelled_one(shared) -> None:
    import json

    labelled = {
        (row["file"], row["date"], row["title"]): (" ".join(row["countries"]), " ".join(row["borderline"]))
        for row in json.loads((shared / "countries/seeds.json").read_text())
    }
    ours = {
        (truth.file, truth.date, title_and_text(truth)[0]): (truth.countries, truth.open_countries) for truth in ITEMS
    }
    assert ours == labelled


def test_feedparser_reads_every_feed_back(seeds: Site) -> None:
    """Ids, titles, dates, links and categories, in Atom and in RSS, are those of the entries."""
    seeds.build()
    by_title = {title_and_text(truth)[0]: truth for truth in ITEMS}
    main = feedparser.parse((seeds.output / "atom.xml").read_bytes())
    ids = {entry.title: entry.id for entry in main.entries}
    assert set(ids) == set(by_title)
    feeds = sorted(seeds.output.rglob("*.xml"))
    assert len(feeds) > 40
    for path in feeds:
        parsed = feedparser.parse(path.read_bytes())
        assert not parsed.bozo, (path, parsed.get("bozo_exception"))
        dates = [entry.published_parsed for entry in parsed.entries]
        assert dates == sorted(dates, reverse=True)
        for entry in parsed.entries:
            truth = by_title[entry.title]
            assert entry.id == ids[entry.title]
            assert entry.id.startswith(f"tag:feeds.example.org,2026:news/{truth.date}/")
            assert (
                f"{entry.published_parsed.tm_year:04}-{entry.published_parsed.tm_mon:02}-{entry.published_parsed.tm_mday:02}"
                == truth.date
            )
            assert (entry.published_parsed.tm_hour, entry.published_parsed.tm_min) == (10, 0)
            assert entry.link.startswith(f"https://feeds.example.org/items/{truth.date.replace('-', '/')}/")
            assert (seeds.output / entry.link.removeprefix("https://feeds.example.org/")).is_file()
            labels = [category.label for category in tag(*title_and_text(truth)).categories]
            assert [category.term for category in entry.get("tags", [])] == labels
            [content] = [content.value for content in entry.content]
            assert content.count("<p>") == title_and_text(truth)[1].count("\n\n") + 1


def test_ids_stay_what_they_were_in_every_version(seeds: Site) -> None:
    """A digest of the 20 ids as first published: a version that mints others would announce everything again."""
    import hashlib

    seeds.build()
    ids = [entry.id for entry in feedparser.parse((seeds.output / "atom.xml").read_bytes()).entries]
    assert ids[0] == "tag:feeds.example.org,2026:news/2021-08-02/mexico-concludes-specialized-course-on-labour-mobility"
    assert hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16] == "e34dedffd98c8757"


def test_a_country_feed_holds_what_is_about_the_country(seeds: Site) -> None:
    seeds.build()
    for code in ("cr", "gy", "hn", "mx", "ni", "pa", "sv"):
        parsed = feedparser.parse((seeds.output / f"countries/{code}/rss.xml").read_bytes())
        wanted = {title_and_text(truth)[0] for truth in ITEMS if code.upper() in truth.countries.split()}
        assert {entry.title for entry in parsed.entries} == wanted
    assert not (seeds.output / "countries/us").exists()
    assert not (seeds.output / "countries/ve").exists()


def test_items_of_one_date_are_published_in_the_order_of_the_listing(seeds: Site) -> None:
    """The listing has the newest on top, so each item is later than those below it, by a second."""
    seeds.build()
    parsed = feedparser.parse((seeds.output / "atom.xml").read_bytes())
    listed = [title_and_text(truth)[0] for truth in sorted(ITEMS, key=lambda truth: truth.date, reverse=True)]
    assert [entry.title for entry in parsed.entries] == listed
    assert len({entry.published for entry in parsed.entries}) == len(ITEMS)
