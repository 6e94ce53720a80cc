"""What leaves the normaliser can be written anywhere, and says what was taken out."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.config import Limits, Source
from feeds.content import normalise
from feeds.dates import DateRules
from feeds.model import Candidate, Content, ItemError, Origin, Problem, RawItem

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def candidate(
    date: str = "28 July, 2017", title: str = "Title", *paragraphs: str, limits: Limits | None = None
) -> tuple[Candidate, tuple[Problem, ...]]:
    raw = RawItem(Origin("news", "news.txt", 7), date, Content(title=title, text="\n\n".join(paragraphs)))
    return normalise.make_candidate(raw, "en", DateRules(), limits or Limits(), NOW, Source("news"))


@pytest.mark.parametrize(
    ("stated", "cleaned", "removed"),
    [
        ("two  spaces\tand\xa0\xa0no-break ones ", "two spaces and no-break ones", ()),
        ("zero\u200bwidth\ufeff soft\xadhyphen", "zerowidth softhyphen", ()),
        ("control\x01 and\x1b[31m", "control and[31m", ("U+0001", "U+001B")),
        ("form\x0cfeed", "form feed", ("U+000C",)),
        ("a\u2800b\u3164c", "a b c", ()),
        ("line\x85end\u2028here", "line end here", ()),
        ("\x93smart\x94 quotes \x96 as Latin-1", "“smart” quotes – as Latin-1", ()),
        ("lone \ud83d surrogate", "lone surrogate", ("U+D83D",)),
        ("non\ufdd0character\uffff", "noncharacter", ("U+FDD0", "U+FFFF")),
        ("turned \u202edrawkcab", "turned drawkcab", ("U+202E",)),
        ("emoji 👩\u200d🚀, Ukra\u200dine", "emoji 👩\u200d🚀, Ukraine", ()),
        ("Cafe\u0301", "Café", ()),
        ("“Panama’s” – it’s", "“Panama’s” – it’s", ()),
    ],
)
def test_characters_are_cleaned(stated: str, cleaned: str, removed: tuple[str, ...]) -> None:
    assert normalise.clean_text(stated) == (cleaned, removed)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_becomes_one_line_that_xml_can_hold(text: str) -> None:
    cleaned, _ = normalise.clean_text(text)
    element = etree.Element("x")
    element.text = cleaned  # lxml refuses what XML 1.0 cannot hold
    assert etree.fromstring(etree.tostring(element)).text in (cleaned, None)
    assert "\n" not in cleaned and "  " not in cleaned and cleaned == cleaned.strip()
    assert normalise.clean_text(cleaned) == (cleaned, ())


def test_what_was_taken_out_is_said_with_its_place() -> None:
    entry, [warning] = candidate("28 July, 2017", "Sto\x01ry", "Te\x02xt")
    assert (entry.content.title, entry.content.text) == ("Story", "Text")
    assert str(warning) == "news.txt:7: warning: 'Story' holds U+0001, U+0002, taken out [removed-characters]"


def test_paragraphs_become_safe_html() -> None:
    entry, _ = candidate("28 July, 2017", "T", "5 < 7 & <script>alert(1)</script>", "“Second”")
    assert entry.content.html == ("<p>5 &lt; 7 &amp; &lt;script&gt;alert(1)&lt;/script&gt;</p>\n<p>“Second”</p>")
    assert entry.content.text == "5 < 7 & <script>alert(1)</script>\n\n“Second”"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Short text.", "Short text."),
        ("One sentence here. Another sentence that is far too long to fit.", "One sentence here."),
        ("The U.S. Department paid. Nobody else did, as far as we know.", "The U.S. Department paid."),
        ("Dr. Ana Ruiz spoke. She said that it was about time to go on.", "Dr. Ana Ruiz spoke."),
        ("“It is done!” she said. Then everybody went home and slept.", "“It is done!” she said."),
        ("A first sentence that is longer than the limit, and goes on and on", "A first sentence that is longer than…"),
    ],
)
def test_a_summary_is_whole_sentences_up_to_the_limit(text: str, summary: str) -> None:
    assert normalise.summarise(text, 40) == summary
    assert len(summary) <= 40


@given(st.text(), st.integers(40, 200))
def test_a_summary_is_never_longer_than_the_limit(text: str, limit: int) -> None:
    assert len(normalise.summarise(text, limit)) <= limit


def test_an_item_without_text_is_summarised_by_its_title() -> None:
    entry, _ = candidate("28 July, 2017", "Only a title")
    assert (entry.content.summary, entry.content.html) == ("Only a title", "<p>Only a title</p>")


@pytest.mark.parametrize(
    ("date", "code", "reason"),
    [
        ("31 February, 2017", "bad-date", "date '31 February, 2017' does not exist; correct the line"),
        ("March 2024", "bad-date", "date 'March 2024' states no day"),
        ("1 January, 0001", "old-date", "date '1 January, 0001' is before 1990"),
        ("22 November, 2026", "future-date", "date '22 November, 2026' is after today, 2026-11-21"),
        ("31 December, 9999", "future-date", "date '31 December, 9999' is after today"),
        ("yesterday", "bad-date", "date 'yesterday' is not a date"),
    ],
)
def test_a_date_that_cannot_be_is_refused(date: str, code: str, reason: str) -> None:
    with pytest.raises(ItemError) as error:
        candidate(date)
    assert error.value.code == code
    assert error.value.message.startswith(reason)


def test_today_is_a_day_of_the_listings_time_zone() -> None:
    raw = RawItem(Origin("news", "news.txt", 7), "22 November, 2026", Content(title="Title"))
    auckland = dt.timezone(dt.timedelta(hours=13))
    entry, _ = normalise.make_candidate(raw, "en", DateRules(zone=auckland), Limits(), NOW, Source("news"))
    assert entry.date == dt.date(2026, 11, 22)


@pytest.mark.parametrize("title", ["", "…", " - ", "\x01"])
def test_a_title_that_says_nothing_is_refused(title: str) -> None:
    with pytest.raises(ItemError, match="has no letter and no digit"):
        candidate("28 July, 2017", title)


def test_what_is_too_long_is_cut_and_said() -> None:
    limits = Limits(title=20, text=1000)
    entry, warnings = candidate("28 July, 2017", "word " * 10, "text " * 150, "text " * 150, limits=limits)
    assert len(entry.content.title) <= 20 and entry.content.title.endswith("…")
    assert len(entry.content.text) <= 1002 and entry.content.text.endswith("…")
    assert [warning.code for warning in warnings] == ["title-cut", "text-cut"]
