"""A line is a date line or it is not; what it does not state is never made up."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.dates import MONTHS, WEEKDAYS, Order, read_date_line

DAY = dt.date(2017, 7, 28)
FORMS = (
    "{d} {month}, {y}",
    "{d} {month} {y}",
    "{month} {d}, {y}",
    "{d}. {month} {y}.",
    "On {d} {month}, {y}:",
    "{weekday}, {d} {month} {y}",
    "{weekday} {month} {d} {y}",
    "Published on {d} {MONTH} {y}",
    "({d} {month} {y})",
    "{y}-{m:02}-{d:02}",
    "{y}/{m}/{d}",
    "  {d}\xa0{month},  {y} ",
)


@pytest.mark.parametrize(
    ("line", "value", "precision"),
    [
        ("28 July, 2017", DAY, "day"),
        ("28th of July 2017", DAY, "day"),
        ("JULY 28, 2017", DAY, "day"),
        ("Fri, 28 Jul 2017", DAY, "day"),
        ("28/07/2017", DAY, "day"),
        ("07/07/2017", dt.date(2017, 7, 7), "day"),
        ("28 July, 17", DAY, "day"),
        ("28 July, 69", dt.date(1969, 7, 28), "day"),
        ("２８ July 2017", DAY, "day"),
        ("28 July 2017 10:30", dt.datetime(2017, 7, 28, 10, 30, tzinfo=dt.UTC), "minute"),
        ("28 July 2017, at 10:30 pm", dt.datetime(2017, 7, 28, 22, 30, tzinfo=dt.UTC), "minute"),
        ("2017-07-28T10:30:15+02:00", dt.datetime(2017, 7, 28, 8, 30, 15, tzinfo=dt.UTC), "second"),
        ("Fri, 28 Jul 2017 10:30:15 GMT", dt.datetime(2017, 7, 28, 10, 30, 15, tzinfo=dt.UTC), "second"),
    ],
)
def test_a_date_line_is_read_as_stated(line: str, value: dt.date, precision: str) -> None:
    reading = read_date_line(line)
    assert reading is not None
    assert (reading.value, reading.precision) == (value, precision)


@pytest.mark.parametrize(
    "line",
    [
        "On July 21 and 22 2021, the International Organization for Migration (IOM) conducted a series of workshops",
        "On the 5th of May, representatives from Honduras and Guatemala met",
        "Mondays, Wednesdays and Fridays are return days in Honduras.",
        "In 2016 more that 40 thousand boys, girls and adolescents were identified in Mexico",
        "Needs of Southern Mexico for 2020-2024",
        "28 July 2017 was a Friday",
        "2016",
        "12 countries 2017",
        "11 - 24 Dec 2017",
        "28.07",
        "May",
        "",
    ],
)
def test_what_only_mentions_a_date_is_no_date_line(line: str) -> None:
    assert read_date_line(line) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("March 2024", "states no day"),
        ("5 May", "states no year"),
        ("Friday, May 5", "states no year"),
        ("31 February, 2017", "does not exist"),
        ("29 February 1900", "does not exist"),
        ("1 January, 0000", "does not exist"),
        ("On NaN May, NaN", "does not exist"),
        ("² May, 2017", "does not exist"),
        ("On Tuesday, 28 July 2017", "was a Friday, not a Tuesday"),
        ("28 Jully, 2017", "names no month: 'Jully'; did you mean 'july'?"),
        ("10/05/2012", "is ambiguous: 2012-05-10 (day first) or 2012-10-05 (month first)"),
        ("28 July 2017 25:61", "states a time that cannot be read: '25:61'"),
        ("42860", "is a number, perhaps a spreadsheet's for 2017-05-05"),
    ],
)
def test_a_date_line_that_states_no_date_is_refused_with_the_reason(line: str, reason: str) -> None:
    with pytest.raises(ValueError) as error:
        read_date_line(line)
    assert str(error.value).startswith(reason)


@pytest.mark.parametrize(
    ("time", "zone", "moment"),
    [
        ("10:30 CET", "UTC", "2017-07-28T10:30:00+01:00"),
        ("10:30 EAT", "UTC", "2017-07-28T10:30:00+03:00"),
        ("10:30 IST", "UTC", "2017-07-28"),
        ("10:30 BST", "UTC", "2017-07-28"),
        ("10:30 BST", "Europe/London", "2017-07-28T10:30:00+01:00"),
        ("10:30 IST", "Asia/Kolkata", "2017-07-28T10:30:00+05:30"),
        ("10:30 CST", "Asia/Shanghai", "2017-07-28T10:30:00+08:00"),
        ("10:30 CST", "UTC", "2017-07-28T10:30:00-06:00"),
        ("10:30 UTC+1", "UTC", "2017-07-28T10:30:00+01:00"),
    ],
)
def test_a_word_after_a_time_is_a_zone_where_it_means_one(time: str, zone: str, moment: str) -> None:
    reading = read_date_line(f"28 July 2017 {time}", zone=zoneinfo.ZoneInfo(zone))
    assert reading and reading.value.isoformat() == moment
    assert ("is not one time zone; only its day counts" in reading.doubt) == (len(moment) == 10)


def test_a_stated_order_decides_an_ambiguous_date() -> None:
    day_first, month_first = read_date_line("10/05/2012", order="DMY"), read_date_line("10/05/2012", order="MDY")
    assert day_first and month_first
    assert (day_first.value, month_first.value) == (dt.date(2012, 5, 10), dt.date(2012, 10, 5))


def test_a_time_without_a_zone_is_in_the_zone_of_the_listing() -> None:
    zone = dt.timezone(dt.timedelta(hours=-5))
    reading = read_date_line("28 July 2017 10:30", zone=zone)
    assert reading and reading.value == dt.datetime(2017, 7, 28, 15, 30, tzinfo=dt.UTC)


@given(
    st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)),
    st.sampled_from(FORMS),
    st.sampled_from(sorted(MONTHS)),
    st.data(),
)
def test_any_date_in_any_form_and_language_is_read_back(
    day: dt.date, form: str, language: str, data: st.DataObject
) -> None:
    month = data.draw(st.sampled_from([name for name, number in MONTHS[language].items() if number == day.month]))
    weekday = data.draw(
        st.sampled_from([name for name, number in WEEKDAYS[language].items() if number == day.isoweekday()])
    )
    line = form.format(d=day.day, m=day.month, y=day.year, month=month, MONTH=month.upper(), weekday=weekday.title())
    reading = read_date_line(line, (language,))
    assert reading is not None and reading.value == day and reading.precision == "day"


@given(st.text(max_size=90))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    try:
        reading = read_date_line(text, tuple(MONTHS))
    except ValueError as error:
        assert str(error)
    else:
        assert reading is None or reading.matched


AS_OF = re.compile(r"ref (\d{4}-\d\d-\d\d)")


def test_real_date_lines_are_read_or_refused_and_never_wrong(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those in a language that is known; what cannot be read is refused with a reason, never passed over."""
    wrong, missed, refused, right = [], [], [], 0
    for row in (shared / "dates/datelines.tsv").read_text().splitlines():
        line, language, date, source = row.split("\t")
        if language not in MONTHS:
            continue
        stated = AS_OF.search(source)
        as_of = dt.date.fromisoformat(stated[1]) if stated else None
        try:
            reading = read_date_line(line, (language,), as_of=as_of)
        except ValueError as error:
            refused.append((line, str(error)))
            continue
        if reading is None:
            missed.append(line)
            continue
        value = reading.value.date() if isinstance(reading.value, dt.datetime) else reading.value
        right += value.isoformat() == date
        wrong += [line] if value.isoformat() != date else []
    with capsys.disabled():
        print(
            f" {right} date lines right, {len(refused)} refused, {len(wrong)} wrong, {len(missed)} passed over", end=""
        )
    assert (wrong, missed) == ([], [])
    assert all("is ambiguous" in why for _, why in refused)
    assert right >= 48


def test_real_ranges_are_none_without_an_option_and_their_ends_with_one(shared: Path) -> None:
    for row in (shared / "dates/ranges.tsv").read_text().splitlines():
        line, language, days, _ = row.split("\t")
        assert read_date_line(line, (language,)) is None, line
        ends = [read_date_line(line, (language,), ranges=end) for end in ("first", "last")]
        assert "/".join(end.value.isoformat() for end in ends if end) == days, line


def test_real_lines_that_are_no_date_lines_are_none(shared: Path) -> None:
    rows = [row.split("\t") for row in (shared / "dates/negatives.tsv").read_text().splitlines()]
    assert [line for line, *_ in rows if read_date_line(line, tuple(MONTHS)) is not None] == []


@given(st.dates(dt.date(1970, 1, 1), dt.date(2060, 12, 31)), st.sampled_from("./-"), st.sampled_from(["DMY", "MDY"]))
def test_a_month_never_becomes_a_day(day: dt.date, sign: str, order: Order) -> None:
    """Of three numbers, each order reads back what was written in it; without one, only what has one meaning is."""
    numbers = [f"{day.day:02}", f"{day.month:02}"]
    line = sign.join([*(numbers if order == "DMY" else reversed(numbers)), str(day.year)])
    reading = read_date_line(line, order=order)
    assert reading is not None and reading.value == day
    if day.day <= 12 and day.day != day.month:
        with pytest.raises(ValueError, match="is ambiguous"):
            read_date_line(line)
    else:
        assert read_date_line(line) == reading


@pytest.mark.parametrize(
    ("line", "language", "value"),
    [
        ("yesterday", "en", dt.date(2017, 7, 27)),
        ("3 weeks ago", "en", dt.date(2017, 7, 7)),
        ("a month ago", "en", dt.date(2017, 6, 28)),
        ("hace 2 días", "es", dt.date(2017, 7, 26)),
        ("il y a 2 mois", "fr", dt.date(2017, 5, 28)),
        ("há 5 dias", "pt", dt.date(2017, 7, 23)),
        ("vor 4 Stunden", "de", dt.date(2017, 7, 28)),
        ("2 settimane fa", "it", dt.date(2017, 7, 14)),
        ("GENEVA, March 16 (UNHCR) –", "en", dt.date(2017, 3, 16)),
        ("30 de julio", "es", dt.date(2016, 7, 30)),
        ("29 February", "en", dt.date(2016, 2, 29)),
    ],
)
def test_a_relative_date_is_read_only_for_a_given_day(line: str, language: str, value: dt.date) -> None:
    reading = read_date_line(line, (language,), as_of=DAY)
    assert reading is not None and reading.value == value
    try:
        assert read_date_line(line, (language,)) is None
    except ValueError as error:
        assert str(error) == "states no year"


@pytest.mark.parametrize(
    ("line", "languages", "value", "is_bare"),
    [
        ("Juba, 1 December 2017:", "en", dt.date(2017, 12, 1), False),
        ("MELBOURNE 6 JULY 2012", "en", dt.date(2012, 7, 6), False),
        ("Ciudad de México a 21 de diciembre de 2017.-", "es", dt.date(2017, 12, 21), False),
        ("By UNHCR Staff  |  22 December 2017", "en", dt.date(2017, 12, 22), False),
        ("FOR IMMEDIATE RELEASE : 18 October 1978", "en", dt.date(1978, 10, 18), True),
        ("Stand: 3. März 2020", "de", dt.date(2020, 3, 3), True),
        ("venerdì 28 luglio 2017", "it", dt.date(2017, 7, 28), True),
        ("Updated 5 May 2017 / Published: 4 May 2017", "en", dt.date(2017, 5, 5), False),
        ("2 November 2023 • 9:10am", "en", dt.datetime(2023, 11, 2, 9, 10, tzinfo=dt.UTC), True),
        ("28 juillet 2017 à 9h30", "fr", dt.datetime(2017, 7, 28, 9, 30, tzinfo=dt.UTC), True),
        ("November 9, 2023 6:22 am CST", "en", dt.datetime(2023, 11, 9, 12, 22, tzinfo=dt.UTC), True),
    ],
)
def test_what_stands_beside_a_date_is_known(line: str, languages: str, value: dt.date, is_bare: bool) -> None:
    reading = read_date_line(line, (languages,))
    assert reading is not None
    assert (reading.value, reading.is_bare) == (value, is_bare)


@pytest.mark.parametrize(
    "line",
    [
        "World Press Freedom Day, 3 May 2017",
        "5 May 2017 – World Press Freedom Day",
        "UNHCR Operational Update, 11 – 18 December 2017",
        "28.-30. Januar 2022",
        "3/4 May 2017",
        "10, 12 May 2017",
        "5 May 2017 and 6 May 2017",
        "Resolution 12 March 2000",
        "5 de Mayo, 2018 Restaurant",
        "2016-2017",
    ],
)
def test_titles_ranges_and_lists_are_no_date_lines(line: str) -> None:
    assert read_date_line(line, tuple(MONTHS)) is None
