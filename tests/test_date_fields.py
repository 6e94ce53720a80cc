"""A field that is a date: which date it states, whatever else stands in it."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feeds.dates
from feeds import read_date, read_date_line
from feeds.dates import OTHERS, DateLineError, DateRules, holds_date, names_of, prove_order, read_stated_date

DATA = Path(feeds.dates.__file__).parent / "data/names.tsv"
AS_OF = dt.date(2024, 6, 1)
FIELDS = [
    ("21 May 2024", "en", "2024-05-21"),
    ("Health / 21 May 2024 / 3 min read", "en", "2024-05-21"),
    ("Meeting notice of May 21, 2024 (PDF)", "en", "2024-05-21"),
    ("the 21st May, 2024", "en", "2024-05-21"),
    ("Posted 21 May 2024, 10:30 in News", "en", "2024-05-21T10:30:00+00:00"),
    ("21 May 2024 10:30 by Ann Bell", "en", "2024-05-21T10:30:00+00:00"),
    ("21 May 2024 at 3pm | Room 7", "en", "2024-05-21T15:00:00+00:00"),
    ("2024-05-21T10:30:00Z", "en", "2024-05-21T10:30:00+00:00"),
    ("2024-05-21T10:30:00+0200", "en", "2024-05-21T10:30:00+02:00"),
    ("2024-05-21 10:30:00 +0000 UTC", "en", "2024-05-21T10:30:00+00:00"),
    ("Tue, 21 May 2024 10:30:00 GMT", "en", "2024-05-21T10:30:00+00:00"),
    ("Tue May 21 10:30:00 2024", "fr", "2024-05-21T10:30:00+00:00"),
    ("Tue May 21 10:30:00 CEST 2024", "en", "2024-05-21T10:30:00+02:00"),
    ("20240521", "en", "2024-05-21"),
    ("20240521T1030", "en", "2024-05-21T10:30:00+00:00"),
    ("20240521T103000Z", "en", "2024-05-21T10:30:00+00:00"),
    ("1716287400", "en", "2024-05-21T10:30:00+00:00"),
    ("1716287400000", "en", "2024-05-21T10:30:00+00:00"),
    ("/Date(1716287400000)/", "en", "2024-05-21T10:30:00+00:00"),
    ("5/21/24, 10:30 AM", "en", "2024-05-21T10:30:00+00:00"),
    ("Publié le 21 mai 2024 à 10h30 par Anne", "fr", "2024-05-21T10:30:00+00:00"),
    ("Actas de la reunión del 21 de mayo de 2024", "es", "2024-05-21"),
    ("Posted 3 days ago by Ann", "en", "2024-05-29"),
    ("Yesterday, 10:30", "en", "2024-05-31"),
    ("٢٠٢٤-٠٥-٢١", "en", "2024-05-21"),
    ("२१/०५/२०२४", "en", "2024-05-21"),
    ("no. 12 of 2024", "en", "None"),
    ("", "en", "None"),
    ("2024", "en", "None"),
    ("12345678", "en", "None"),
    ("20241341", "en", "None"),
    ("Chapter 11.12", "en", "None"),
]


@pytest.mark.parametrize(("text", "language", "value"), FIELDS)
def test_a_field_states_one_date(text: str, language: str, value: str) -> None:
    reading = read_date(text, (language, "en"), as_of=AS_OF)
    assert (reading.value.isoformat() if reading else "None") == value
    assert not reading or reading.doubt == ""


@pytest.mark.parametrize(
    ("text", "value", "doubt"),
    [
        ("Updated 3 June 2024 | Published 21 May 2024", "2024-05-21", "2024-05-21 was taken, not 2024-06-03"),
        ("Published: 21 May 2024 Updated: 3 June 2024", "2024-05-21", "2024-05-21 was taken, not 2024-06-03"),
        ("21 May 2024, 3 June 2024, 4 June 2024", "2024-05-21", "2024-05-21 was taken, not 2024-06-03, 2024-06-04"),
        ("Event of 3 June 2024; date published 2024-05-21", "2024-05-21", "2024-05-21 was taken, not 2024-06-03"),
        ("21-23 May 2024", "2024-05-21", "2024-05-21 was taken, not 2024-05-23"),
        ("21 May - 3 June 2024 in Nairobi", "2024-05-21", "2024-05-21 was taken, not 2024-06-03"),
        ("21 May 2024, 21 May 2024", "2024-05-21", ""),
        ("12 March 2024 14:00 Rome", "2024-03-12", "states a time in 'Rome', which is not one time zone"),
        ("December 1, 2023 11:00 AM WebEx", "2023-12-01", "states a time in 'WebEx', which is not one time zone"),
        ("21 May 2024 10:30 BST", "2024-05-21", "states a time in 'BST', which is not one time zone"),
    ],
)
def test_what_may_be_meant_otherwise_is_said(text: str, value: str, doubt: str) -> None:
    reading = read_date(text)
    assert reading and reading.value.isoformat() == value
    assert doubt in reading.doubt and bool(doubt) == bool(reading.doubt)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Posted on 4/5/2024 in News", "is ambiguous: 2024-05-04"),
        ("31 February 2024, in News", "does not exist"),
        ("May 2024", "states no day"),
        ("Tuesday, 22 May 2024", "was a Wednesday, not a Tuesday"),
    ],
)
def test_what_cannot_be_told_is_refused(text: str, said: str) -> None:
    with pytest.raises(DateLineError) as caught:
        read_date(text)
    assert str(caught.value).startswith(said)


def test_a_line_of_a_listing_stays_as_strict_as_it_was() -> None:
    assert read_date_line("Health / 21 May 2024 / 3 min read") is None
    assert read_date_line("1716287400") is None
    assert read_date_line("20240521") is None


@given(st.text(max_size=60) | st.from_regex(r"[\w :/.,-]{0,40}"))
def test_a_field_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        reading = read_date(text, ("en", "fr"), as_of=AS_OF)
    except DateLineError:
        return
    assert reading is None or isinstance(reading.value, dt.date)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)), st.sampled_from(["%d %B %Y", "%B %d, %Y", "%Y-%m-%d"]))
def test_a_date_among_other_words_is_never_another_day(day: dt.date, shape: str) -> None:
    reading = read_date(f"No. 12 | {day.strftime(shape)} (3 pages)")
    assert reading and reading.value == day


# --- every language of the CLDR ---------------------------------------------------------------------------------------

NAMED = [line.split("\t")[0] for line in DATA.read_text("utf-8").splitlines() if not line.startswith("#")]


def written(pattern: str, day: dt.date, month: str) -> str:
    """A date by a pattern of the CLDR (UTS 35)."""
    fields = {
        "y": str(day.year),
        "d": str(day.day),
        "M": month if "MMM" in pattern or "LLL" in pattern else str(day.month),
    }
    fields["L"] = fields["M"]
    return re.sub(r"'([^']*)'|([yMLd])\2*", lambda found: fields[found[2]] if found[2] else found[1], pattern)


@pytest.mark.parametrize("language", NAMED)
def test_a_date_in_any_language_and_pattern_is_read_back_or_refused_and_never_another_day(language: str) -> None:
    names = names_of(language)
    assert names
    read = 0
    for day in (dt.date(2024, 5, 21), dt.date(2019, 11, 3), dt.date(2021, 1, 31)):
        months = [name for name, number in names.months.items() if number == day.month] or [""]
        for pattern in ("d MMMM y", "MMMM d, y", *names.patterns):
            for month in months if "MMM" in pattern or "LLL" in pattern else [""]:
                text = written(pattern, day, month)
                try:
                    reading = read_date_line(text, (language,))
                except DateLineError:
                    continue
                assert reading is None or reading.value == day, text
                read += reading is not None
    assert read or not names.months


def test_nearly_every_language_is_read() -> None:
    day, found = dt.date(2024, 5, 21), set()
    for language in NAMED:
        names = names_of(language)
        for name, number in names.months.items() if names else ():
            if number == day.month and (reading := read_date_line(f"21 {name} 2024", (language,))):
                found |= {language} if reading.value == day else set()
    assert len(found) >= 0.95 * len([one for one in NAMED if (named := names_of(one)) and named.months])


@pytest.mark.parametrize(
    "line", ["6 de agosto de 2026", "5 أبريل 2026", "21 мая 2024 г.", "2024年5月21日", "3. März 2020"]
)
def test_a_listing_without_a_language_is_read_in_another_only_where_the_line_is_the_date(line: str) -> None:
    rules = DateRules(others=OTHERS)
    reading = rules.read(line)
    assert reading and reading.language
    assert rules.read(f"It was on {line} that they met") is None
    assert DateRules().read(line) is None


@pytest.mark.parametrize(
    ("text", "for_programs", "value", "doubt"),
    [
        ("21 May 2024", "2024-05-21T09:30:00+02:00", "2024-05-21 09:30:00+02:00", ""),
        ("21 May 2024", "2024-05-20", "2024-05-21", "is 2024-05-20 for programs; what people read was taken"),
        ("21 May 2024", "2026-11-01T10:00:00Z", "2024-05-21", "is 2026-11-01 for programs; what people read was taken"),
        ("21 May 2024", "2024-05-20T23:30:00Z", "2024-05-21", ""),
        ("21 May 2024", "2024-05-20T00:00:00Z", "2024-05-21", "is 2024-05-20 for programs; what people read was taken"),
        ("3 days ago", "2024-05-21", "2024-05-21", ""),
        ("04/05/2024", "2024-05-04", "2024-05-04", ""),
        ("21 May", "2024-05-21", "2024-05-21", ""),
        ("21 May 2024", "yesterday-ish", "2024-05-21", ""),
        ("21 May 2024", "", "2024-05-21", ""),
    ],
)
def test_what_people_read_counts_where_programs_are_told_another_day(
    text: str, for_programs: str, value: str, doubt: str
) -> None:
    reading = read_stated_date(text, for_programs, DateRules())
    assert reading
    assert (str(reading.value), reading.doubt) == (value, doubt)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["03/10/22", "28/09/22"], "'28/09/22' of the same source has the day first: date_order = \"DMY\""),
        (["03/10/22", "09/28/22"], "'09/28/22' of the same source has the month first: date_order = \"MDY\""),
        (["Posted 28/09/2022 in News"], "'28/09/2022' of the same source has the day first: date_order = \"DMY\""),
        (["13/12/22"], "'13/12/22' of the same source has the day first: date_order = \"DMY\""),
        (["12/13/22"], "'12/13/22' of the same source has the month first: date_order = \"MDY\""),
        (["31/01/22"], "'31/01/22' of the same source has the day first: date_order = \"DMY\""),
        (["01/31/22"], "'01/31/22' of the same source has the month first: date_order = \"MDY\""),
        (["28/09/22", "13/01/22"], "'28/09/22' of the same source has the day first: date_order = \"DMY\""),
        (["٢٨/٠٩/٢٠٢٢"], "'28/09/2022' of the same source has the day first: date_order = \"DMY\""),
        (["28/09/22", "09/28/22"], None),  # they contradict each other
        (["12/12/22", "03/10/22"], None),
        (["32/01/22", "01/32/22", "00/13/22", "13/00/22", "13/13/22"], None),  # no dates
        (["28 September 2022", "", "no date"], None),
        ([], None),
    ],
)
def test_the_order_that_dates_of_a_source_prove(dates, expected):
    proof = prove_order(dates)
    assert (None if proof is None else str(proof)) == expected


@pytest.mark.parametrize(
    ("text", "languages", "expected"),
    [
        ("Posted on 21 May 2024 by Ann", ("en",), True),
        ("Posted on 05/06/2024 by Ann", ("en",), True),
        ("21 May 24 in brief", ("en",), True),
        ("publicado el 21 de mayo de 2024 por Ana", ("en", "es"), True),
        ("٢١/٠٥/٢٠٢٤", ("en",), True),
        ("version 05.06.24 of the manual", ("en",), False),  # no name of a month, no year of four digits
        ("about 21 people came in 2024", ("en",), False),
        ("nothing of the kind", ("en",), False),
    ],
)
def test_whether_a_text_holds_a_date(text, languages, expected):
    rules = DateRules(languages=languages[:1], others=languages[1:])
    assert holds_date(text, rules) == expected
