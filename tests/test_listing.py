"""The text listing: where an item begins and ends, in any encoding, without holding the file."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from conftest import item

from feeds.config import Source
from feeds.dates import DateRules
from feeds.fetch import File, find
from feeds.model import Problem, RawItem, SourceError
from feeds.sources import read

PLAIN = "28 July, 2017\n\nPanama’s plan\n\nFirst paragraph.\n\nSecond “paragraph”.\n\n6 July, 2017\n\nA café\n\nText."


def parse(tmp_path: Path, data: str | bytes, **source: str) -> list[RawItem | Problem]:
    path = tmp_path / "news.txt"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read(File(path, "news.txt", "news.txt"), Source("news", **source), DateRules(("en",)), 100_001))


def shape(items: list[RawItem | Problem]) -> list[tuple[object, ...]]:
    return [
        (item.origin.line, item.date, item.content.title, *item.content.paragraphs)
        if isinstance(item, RawItem)
        else (item.origin.line, item.code)
        for item in items
    ]


EXPECTED = [
    (1, "28 July, 2017", "Panama’s plan", "First paragraph.", "Second “paragraph”."),
    (9, "6 July, 2017", "A café", "Text."),
]


def test_a_date_line_a_title_and_paragraphs_make_an_item(tmp_path: Path) -> None:
    assert shape(parse(tmp_path, PLAIN)) == EXPECTED


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("cp1252"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        (PLAIN + "\n").encode(),
        PLAIN.replace("\n\n", "\n \t \xa0\n").encode(),
    ],
    ids=[
        "CRLF",
        "CR",
        "BOM",
        "cp1252",
        "UTF-16",
        "UTF-16LE",
        "UTF-16BE",
        "newline at the end",
        "blank lines with blanks",
    ],
)
def test_line_ends_and_encodings_do_not_matter(tmp_path: Path, data: bytes) -> None:
    assert shape(parse(tmp_path, data)) == EXPECTED


def test_a_declared_encoding_is_used(tmp_path: Path) -> None:
    items = parse(tmp_path, item("28 July, 2017", "Україна").encode("cp1251"), encoding="cp1251")
    assert shape(items) == [(1, "28 July, 2017", "Україна", "Some text.")]


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "gb18030", "euc-kr", "mac-roman", "cp1250"])
def test_an_encoding_that_cannot_be_told_is_refused_not_garbled(tmp_path: Path, encoding: str) -> None:
    title = {"gb18030": "中国新闻", "euc-kr": "한국 뉴스", "mac-roman": "Café déjà vu", "cp1250": "Łódź: święto"}
    data = item("28 July, 2017", title.get(encoding, "Україна й Польща")).encode(encoding, "replace")
    with pytest.raises(SourceError, match=r"is not UTF-8: byte .* of line 3 is 0x.*encoding = ") as error:
        parse(tmp_path, data)
    assert error.value.line == 3


def test_lines_of_another_encoding_are_read_as_such_and_named(tmp_path: Path) -> None:
    data = item("28 July, 2017", "Café").encode() + item("6 July, 2017", "Déjà vu").encode("cp1252")
    problem, *items = parse(tmp_path, data)
    assert isinstance(problem, Problem) and (problem.severity, problem.origin.line) == ("warning", 9)
    assert [entry[2] for entry in shape(items)] == ["Café", "Déjà vu"]


def test_one_damaged_byte_is_replaced_and_named(tmp_path: Path) -> None:
    problem, damaged = parse(tmp_path, item("28 July, 2017", "Caf\udcc3 opens").encode("utf-8", "surrogateescape"))
    assert isinstance(problem, Problem) and "U+FFFD" in problem.message
    assert isinstance(damaged, RawItem) and damaged.content.title == "Caf\ufffd opens"


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"\xff\xfb\x90\x00\x00\x10LAME\x00", "is not text"), (b"a" * 70_000 + b"\0", "is not text")],
)
def test_what_is_not_text_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        parse(tmp_path, data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "28 July, 2017\n\n\n\nTitle of 2016\n\nOn July 21 and 22 2021, we met.\n\nOn the 5th of May, again.",
            [(1, "28 July, 2017", "Title of 2016", "On July 21 and 22 2021, we met.", "On the 5th of May, again.")],
        ),
        (
            "28 July, 2017\nTitle\nThe hearing was fixed:\nOn 9 June, 2017\nat ten.\n\n6 July, 2017\nOther\nText.",
            [
                (1, "28 July, 2017", "Title", "The hearing was fixed: On 9 June, 2017 at ten."),
                (7, "6 July, 2017", "Other", "Text."),
            ],
        ),
        (
            "28 July, 2017\nTitle\nText.\n6 July, 2017\nOther\nText.",
            [(1, "28 July, 2017", "Title", "Text."), (4, "6 July, 2017", "Other", "Text.")],
        ),
        ("28 July, 2017\nTitle", [(1, "28 July, 2017", "Title")]),
        (
            "28 July, 2017\nTitle\n-----\n6 July, 2017\nOther\n=====\n",
            [(1, "28 July, 2017", "Title"), (4, "6 July, 2017", "Other")],
        ),
        (
            "28 July, 2017\n\n6 July, 2017\nTitle\nText.",
            [(1, "no-title"), (3, "6 July, 2017", "Title", "Text.")],
        ),
        ("28 July, 2017\n", [(1, "no-title")]),
        ("Undated title\n\nUndated text.\n\n28 July, 2017\nTitle", [(1, "no-date"), (5, "28 July, 2017", "Title")]),
        ("Only text.\n", [(1, "no-date")]),
        ("", []),
        (
            "31 February, 2017\nImpossible\nText.\n\n6 July, 2017\nTitle",
            [(1, "31 February, 2017", "Impossible", "Text."), (5, "6 July, 2017", "Title")],
        ),
        ("28\u200b July, 2017\nTi\x85tle\u2028one\x0cline", [(1, "28\u200b July, 2017", "Ti\x85tle\u2028one\x0cline")]),
    ],
    ids=[
        "dates in the text and in the title",
        "a date line inside a wrapped paragraph",
        "no blank lines at all",
        "no text",
        "separators",
        "a date without a title",
        "a date alone",
        "text without a date",
        "no date anywhere",
        "an empty file",
        "an impossible date keeps its text to itself",
        "only LF, CR and CRLF end a line",
    ],
)
def test_where_items_begin_and_end(tmp_path: Path, text: str, expected: list[tuple[object, ...]]) -> None:
    assert shape(parse(tmp_path, text)) == expected


def test_a_long_line_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"28 July, 2017\nTitle\n" + b"x" * 50_000_000 + b"\n\n6 July, 2017\nOther\n")
    tracemalloc.start()
    items = [raw for raw in read(File(path, "n", "n"), Source("news"), DateRules(), 1001) if isinstance(raw, RawItem)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(raw.content.title, [len(paragraph) for paragraph in raw.content.paragraphs]) for raw in items] == [
        ("Title", [1001]),
        ("Other", []),
    ]
    assert peak < 5_000_000


@pytest.mark.slow
def test_the_items_of_a_long_listing_are_never_in_memory_together(tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    with path.open("w") as stream:
        stream.writelines(item("28 July, 2017", f"Title {number}", "Text. " * 20) for number in range(30_000))
    tracemalloc.start()
    count = sum(1 for _ in read(File(path, "n", "n"), Source("news"), DateRules(), 1001))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 30_000
    assert path.stat().st_size > 4_000_000
    assert peak < 1_000_000


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "news.txt"
    path.write_text(PLAIN)
    items = read(File(path, "n", "n"), Source("news"), DateRules(), 1001)
    next(items)
    path.write_text(PLAIN + "\n\nmore")
    with pytest.raises(SourceError, match="changed while it was being read"):
        list(items)


def test_what_editors_leave_behind_is_passed_over(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".a.txt.swp", "a.txt~", "#a.txt#", ".hidden.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.txt").mkdir()
    assert [resource.name for resource in find(tmp_path, "*")] == ["a.txt", "b.txt"]


ABOVE = (
    "Clinic opens\n\n21 May 2024\n\nThe clinic opened.\n\nIt is new.\n\nBridge repaired\n\n20 May 2024\n\nIt is open.\n"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ABOVE, ["Clinic opens", "Bridge repaired"]),
        (ABOVE + "\nIt rains.\n\n19 May 2024\n\nPupils came.\n", [
            "Clinic opens", "Bridge repaired", "no-title"
        ]),
        ("News of the agency\n\n21 May 2024\n\nClinic opens\n\nIt opened.\n\n20 May 2024\n\nBridge repaired\n", [
            "no-date", "Clinic opens", "Bridge repaired"
        ]),
        ("News of the agency\n\n21 May 2024\n\nClinic opens\n", ["no-date", "Clinic opens"]),
        ("It is said.\n\n21 May 2024\n\nThe clinic opened.\n\nBridge repaired\n\n20 May 2024\n\nX\n", [
            "no-date", "The clinic opened.", "X"
        ]),
    ],
)  # fmt: skip
def test_titles_stand_above_their_dates_where_the_first_one_does(tmp_path: Path, text: str, found: list[str]) -> None:
    items = parse(tmp_path, text.encode())
    shown = [item.code if isinstance(item, Problem) else item.content.title for item in items]
    assert shown == found


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ("Tuesday 14 May 2024", 2),
        ("Geneva, 14 May 2024", 2),
        ("Tuesday 21 May 2024", 3),
        ("14 May 2024", 3),  # two items of one day, of which the first has no text
    ],
)
def test_a_dateline_that_repeats_the_day_of_the_item_is_text(tmp_path: Path, second: str, found: int) -> None:
    text = f"14 May 2024\n\nReport presented\n\n{second}\n\nThe report is out\n\n13 May 2024\n\nFair opens\n"
    assert len([item for item in parse(tmp_path, text.encode()) if not isinstance(item, Problem)]) == found
