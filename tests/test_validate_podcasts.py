"""Podcasts: values, places and categories of Apple's tags and of podcast:."""

from __future__ import annotations

import tomllib

import pytest
from documents import place

from feeds.validation import validate
from feeds.validation.podcasts import CATEGORIES

ITUNES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
WHOLE = f"""<language>en</language><itunes:image {ITUNES} href="https://e.org/a.jpg"/>
<itunes:category {ITUNES} text="News"><itunes:category text="Politics"/></itunes:category>
<itunes:explicit {ITUNES}>false</itunes:explicit>
<itunes:owner {ITUNES}><itunes:name>Agency</itunes:name><itunes:email>news@e.org</itunes:email></itunes:owner>"""


def test_a_podcast_as_apple_wants_it_is_without_advice() -> None:
    assert validate(place("rss channel", WHOLE)) == []


@pytest.mark.parametrize(
    ("tag", "right", "wrong"),
    [
        ("duration", ["0", "1801", "30:01", "7:40", "01:30:01"], ["", "1h", "30:61", "00:07:74", "-1", "1.5"]),
        ("explicit", ["true", "false"], ["clean", "yes", "TRUE", ""]),
        ("episode", ["1", "24"], ["0", "-1", "one", "1.5"]),
        ("season", ["1"], ["0", "S1"]),
        ("episodeType", ["full", "trailer", "bonus", "Full"], ["fullish", ""]),
        ("block", ["Yes", "yes", "No"], ["Absolutely"]),
        ("summary", ["a" * 4000], ["a" * 4001]),
        ("subtitle", ["a" * 255], ["a" * 256]),
    ],
)
def test_values_of_an_episode(tag: str, right: list[str], wrong: list[str]) -> None:
    def codes(value: str) -> list[str]:
        found = validate(place("rss item", f"<itunes:{tag} {ITUNES}>{value}</itunes:{tag}>"))
        return [finding.code for finding in found if finding.severity == "error"]

    assert [value for value in right if codes(value)] == []
    assert [value for value in wrong if codes(value) != ["bad-value"]] == []


def test_every_category_of_today_is_taken_and_former_ones_are_advised_against() -> None:
    lists = tomllib.loads(CATEGORIES.read_text(encoding="utf-8"))

    def codes(outer: str, inner: str = "") -> list[str]:
        outer, inner = outer.replace("&", "&amp;"), inner.replace("&", "&amp;")
        inside = f'<itunes:category text="{inner}"/>' if inner else ""
        category = f'<itunes:category {ITUNES} text="{outer}">{inside}</itunes:category>'
        found = validate(place("rss channel", WHOLE.replace("<itunes:category", f"{category}<itunes:category", 1)))
        return [finding.code for finding in found]

    for outer, inside in lists["current"].items():
        assert codes(outer) == []
        assert [inner for inner in inside if codes(outer, inner)] == []
    former = {outer: inside for outer, inside in lists["former"].items() if outer not in lists["current"]}
    assert [outer for outer in former if codes(outer) != ["former-category"]] == []
    assert codes("Technology", "Gadgets") == ["former-category"]
    assert codes("Arts", "Golf") == ["bad-value"]
    assert len(lists["current"]) == 19
