"""What people correct in feeds.toml is published so, told to readers, and undone when it is taken out again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from feeds.config import load_config
from feeds.history import History
from feeds.model import ConfigError, Entry
from feeds.pipeline import build
from feeds.pipeline.explain import explain
from feeds.pipeline.report import Report
from feeds.validation import validate

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
SITE = '[site]\ntitle = "T"\nbase_url = "https://feeds.example.org/"\nauthority = "example.org"\nyear = 2026\n'
NEWS = "20 November 2026\nFist item\nIt is about Honduras.\n\n21 November 2026\nSecond item\nIt is about Kenya.\n"


class _Site:
    def __init__(self, folder: Path) -> None:
        self.folder, self.output, self.runs = folder / "site", folder / "output", 0
        self.folder.mkdir()
        self.list(NEWS)

    def list(self, news: str) -> None:
        (self.folder / "news.txt").write_text(news)

    def build(self, overrides: str = "") -> Report:
        (self.folder / "feeds.toml").write_text(SITE + overrides)
        self.runs += 1
        return build(self.folder, self.output, now=NOW + dt.timedelta(hours=self.runs))

    def entries(self) -> dict[str, Entry]:
        with History(load_config(self.folder).history) as history:
            found = list(history.entries.each("https://feeds.example.org/"))
        return {(entry.stated or entry.content).title: entry for entry in found}


@pytest.fixture
def site(tmp_path: Path) -> _Site:
    return _Site(tmp_path)


CORRECTION = """
[[overrides]]
pattern = "^Fist"
title = "First item"
date = 2026-11-18
link = "https://example.org/first"
text = "It is about Panama & its canal.\\n\\nSecond paragraph."
author = "Ana Pérez"
image = "https://example.org/first.jpg"
"""


def test_what_is_corrected_is_published_and_told(site: _Site) -> None:
    site.build()
    before = site.entries()["Fist item"]
    report = site.build(CORRECTION)
    after = site.entries()["Fist item"]
    assert not report.problems
    assert (after.id, after.published.date()) == (before.id, dt.date(2026, 11, 18))
    assert (after.content.title, after.link) == ("First item", "https://example.org/first")
    assert after.content.html == "<p>It is about Panama &amp; its canal.</p><p>Second paragraph.</p>"
    assert after.content.summary == "It is about Panama & its canal. Second paragraph."
    assert [author.name for author in after.content.authors] == ["Ana Pérez"]
    assert after.content.picture
    assert after.content.picture.address == "https://example.org/first.jpg"
    assert [category.term for category in after.categories] == ["pa"]  # of the words that are published
    assert after.updated == NOW + dt.timedelta(hours=2)
    assert "First item" in (site.output / "atom.xml").read_text()
    assert "Fist item" not in (site.output / "atom.xml").read_text()


def test_what_is_corrected_stays_while_the_source_goes_on_with_the_mistake(site: _Site) -> None:
    site.build()
    site.build(CORRECTION)
    site.list(NEWS.replace("about Honduras", "about Honduras and more"))
    site.build(CORRECTION)
    assert len(site.entries()) == 2
    assert site.entries()["Fist item"].content.title == "First item"
    site.list("22 November 2026\nThird item\nText.\n")  # it rolled off the page
    site.build(CORRECTION.replace("First item", "Another title"))
    assert site.entries()["Fist item"].content.title == "Another title"


def test_a_correction_that_is_taken_out_is_undone(site: _Site) -> None:
    site.build()
    before = site.entries()["Fist item"]
    site.build(CORRECTION)
    site.build()
    after = site.entries()["Fist item"]
    assert after == before._replace(updated=NOW + dt.timedelta(hours=3))


def test_a_new_item_is_corrected_before_anybody_sees_it(site: _Site) -> None:
    site.build(CORRECTION)
    entry = site.entries()["Fist item"]
    assert (entry.content.title, entry.published.date(), entry.updated) == (
        "First item",
        dt.date(2026, 11, 18),
        entry.published,
    )


@pytest.mark.parametrize("date", ["31 February 2026", "20 November 2062", "soon"])
def test_a_ruled_date_stands_in_for_one_that_cannot_be_used(site: _Site, date: str) -> None:
    site.list(f"21 November 2026\nAnother\nText.\n\n{date}\nFist item\nText.\n")
    if date == "soon":  # which is a line of text in a listing
        site.list('{"date": "soon", "title": "Fist item", "text": "Text."}\n')
        (site.folder / "news.txt").rename(site.folder / "news.jsonl")
        source = '\n[[sources]]\nname = "news"\npath = "news.jsonl"\n'
    else:
        source = ""
    assert [problem.severity for problem in site.build(source).problems] == ["error"]
    report = site.build(f'{source}\n[[overrides]]\npattern = "^Fist"\ndate = "2026-11-18"\n')
    assert not report.problems
    entry = site.entries()["Fist item"]
    assert entry.published == dt.datetime(2026, 11, 18, 10, tzinfo=dt.UTC) == entry.updated


def test_what_is_skipped_is_not_published_until_it_is_skipped_no_more(site: _Site) -> None:
    skip = '\n[[overrides]]\nphrase = "kenya"\nskip = true\n'
    report = site.build(skip)
    assert (list(site.entries()), report.problems) == (["Fist item"], [])
    site.build(skip)
    assert list(site.entries()) == ["Fist item"]
    site.build()
    assert list(site.entries()) == ["Fist item", "Second item"]
    [problem] = site.build(skip).problems
    assert problem.code == "skip-published"
    assert "feeds withdraw 'tag:example.org,2026:news/2026-11-21/second-item'" in problem.message
    assert list(site.entries()) == ["Fist item", "Second item"]


def test_the_correction_of_several_that_comes_last_counts(site: _Site) -> None:
    site.build('\n[[overrides]]\nsource = "news"\nauthor = "A"\n\n[[overrides]]\npattern = "Second"\nauthor = "B"\n')
    authors = {title: entry.content.authors[0].name for title, entry in site.entries().items()}
    assert authors == {"Fist item": "A", "Second item": "B"}


def test_a_correction_is_exported_and_imported(site: _Site) -> None:
    site.build(CORRECTION)
    history = load_config(site.folder).history
    with History(history) as stored:
        lines = [line.encode() for line in stored.export()]
    before = site.entries()
    history.unlink()
    History.restore(history, lines)
    assert site.entries() == before


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ('id = "x"\nlink = "news/12"', "link = 'news/12': expected an absolute address"),
        ('id = "x"\ndate = "tomorrow"', "a date like 2026-11-21"),
        ('title = "x"', "needs one of id, link, pattern"),
        ('id = "x"\nphrase = "y"\nskip = true', "needs one of id, link, pattern"),
        ('link = "https://example.org/x"', "one or more of countries"),
        ('id = "x"\nskip = false', "one or more of countries"),
    ],
)
def test_a_correction_that_cannot_be_meant_is_an_error(site: _Site, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"feeds\.toml:[789]") as error:
        site.build(f"\n[[overrides]]\n{override}\n")
    assert message in str(error.value)


def test_explain_says_what_was_corrected_and_skipped_and_where_that_stands(site: _Site) -> None:
    site.build()
    site.list(f"22 November 2026\nAdvertisement\nBuy it.\n\n{NEWS}")
    site.build(f'{CORRECTION}\n[[overrides]]\npattern = "^Advert"\nskip = true\n')
    corrected = dict(explain("news.txt:5", site.folder, now=NOW))
    assert corrected["Stated"][1] == "title 'Fist item'"
    assert corrected["Corrected"][0] == "title 'First item': override of pattern '^Fist' in feeds.toml:7"
    assert [line.split(" ")[0] for line in corrected["Corrected"]] == [
        "title",
        "date",
        "link",
        "text",
        "author",
        "image",
    ]
    assert corrected["Date"][0] == "listed under 2026-11-20, published 2026-11-18T10:00:00Z, as it was corrected"
    skipped = dict(explain("news.txt:1", site.folder, now=NOW))
    assert skipped["Skipped"] == ["override of pattern '^Advert' in feeds.toml:16: it is left out"]
    assert "Feeds" not in skipped


def test_no_correction_makes_a_feed_invalid(site: _Site) -> None:
    site.build()
    title, text = r"A\u0001 title\nof \u0085two lines", r"One\u0000.\n\n \u0002 \n\nTwo & <three>\u000b."
    site.build(
        f'[[overrides]]\npattern = "^Fist"\ntitle = "{title}"\ntext = "{text}"\nauthor = "A\\u0007na"\n'
        'link = "https://example.org/a b/é"\nimage = "https://example.org/ü.jpg"\nsummary = "S\\u001b[31m"\n'
    )
    entry = site.entries()["Fist item"]
    assert entry.content.html == "<p>One.</p><p>Two &amp; &lt;three&gt; .</p>"
    assert entry.link == "https://example.org/a%20b/%C3%A9"
    assert entry.content.authors[0].name == "Ana"
    for name in ("atom.xml", "rss.xml", "feed.json"):
        assert validate((site.output / name).read_bytes()) == []
        assert "title of" in (site.output / name).read_text()
