"""Tables of all kinds: which columns are which fields, where the first row and the list are, and what is not used."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from conftest import Site
from conftest import read_document as read

from feeds.model import SourceError
from feeds.sources import shapes
from feeds.sources.fields import find_layout

HEADERS = [
    ("Fecha de publicación;Titular;Cuerpo;Enlace;País", "date title text link categories"),
    ("Fecha;Título;Resumen;Contenido;Autor", "date title summary text author"),
    ("Date de parution;Intitulé;Chapô;Corps;Lien;Mots-clés", "date title summary text link categories"),
    ("Titre;Publié le;Date;Auteur;Pièce jointe", "title - date author enclosure"),
    ("Veröffentlichungsdatum;Überschrift;Inhalt;Anhang;Rubrik", "date title text enclosure categories"),
    ("Datum;Titel;Untertitel;Text;Verfasser", "date title - text author"),
    ("Data;Titolo;Testo;Collegamento;Immagine", "date title text link image"),
    ("Data de publicação;Manchete;Conteúdo;Imagem", "date title text image"),
    ("Дата публикации;Заголовок;Текст;Ссылка;Страна", "date title text link categories"),
    ("发布日期;标题;正文;链接;国家", "date title text link categories"),
    ("تاريخ النشر;العنوان;النص;الرابط;الدولة", "date title text link categories"),
    ("Publication Date;Headline;Full text;Web link;Topic", "date title text link categories"),
    ("pubDate;headlineText;bodyText;imageUrl;guid", "date title text image id"),
    ("published_at;name;body_html;url_alias;lang", "date title html link language"),
    ("Date modified;Date;Title;Sub title;Job title", "updated date title - -"),
    ("End date;Publication date;Title of the document;Photo credit", "- date title image_credit"),
    ("Titel der Meldung;Datum der Veröffentlichung;Land;Thema", "title date categories categories"),
]


@pytest.mark.parametrize(("header", "fields"), HEADERS)
def test_columns_are_known_by_their_usual_names(header: str, fields: str) -> None:
    names = header.split(";")
    layout = find_layout(names, {})
    found = {column: field for field, columns in layout.columns.items() for column in columns}
    assert [found.get(name, "-") for name in names] == fields.split()
    assert layout.unused == tuple(name for name in names if name not in found)


@pytest.mark.parametrize(
    "header", ["Start date;Title", "Deadline date;T", "Date of birth;Title", "Update;Title", "When;T"]
)
def test_a_date_of_something_else_is_not_taken_for_that_of_the_item(header: str) -> None:
    assert find_layout(header.split(";"), {}).missing == "date"


def test_stated_columns_add_to_the_usual_names() -> None:
    layout = find_layout(["When", "Title", "Link", "Name"], {"date": "When"})
    assert layout.columns == {"date": ("When",), "title": ("Title",), "link": ("Link",)}
    assert layout.unused == ("Name",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("date,title\n2026-05-05,A", 2),
        ("sep=;\ndate;title\n2026-05-05;A", 3),
        ('"sep=|"\ndate|title\n2026-05-05|A', 3),
        ("List of the ministry\n\nMade by: us;;\nDate;Title\n2026-05-05;A", 5),
        ("List, of 2026\nDate\tTitle\n2026-05-05\tA", 3),
        ('"A note\tand more"\nDate\tTitle\n2026-05-05\tA\n', 3),
    ],
)
def test_a_header_is_found_below_what_stands_above_it(tmp_path: Path, text: str, line: int) -> None:
    [item], problems = read(tmp_path, "a.csv", text)
    assert (str(item.date), item.content.title, item.origin.line) == ("2026-05-05", "A", line)
    assert problems == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no column that is surely the date"),
        ("a\n" * 30 + "date,title\n2026-05-05,A", "has no column that is surely the date"),
        ("date,headings\n2026-05-05,A", "has no column that is surely the title"),
    ],
)
def test_a_table_without_a_header_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(tmp_path, "a.csv", text)


def test_a_stated_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no column 'Tag' for date; its columns are 'Date', 'Title'") as caught:
        read(tmp_path, "a.csv", "News\nDate,Title\n2026-05-05,A", columns=(("date", "Tag"),))
    assert caught.value.line == 2


ROW = {"title": "A", "date": "2026-05-05"}


@pytest.mark.parametrize(
    "document",
    [
        [ROW],
        ROW,
        {"items": [ROW]},
        {"links": [{"href": "/x"}], "posts": [ROW]},
        {"a": {"b": {"c": {"d": [ROW]}}}},
        {"meta": {"errors": []}, "response": {"docs": [ROW], "facets": [{"name": "x"}]}},
        {"17": ROW, "18": ROW},
        {"result": {"17": ROW, "18": ROW}},
        [{"node": ROW}],
        {"data": [{"id": 1, "attributes": ROW, "links": {"self": "/x"}}]},
        {"records": [{"record": {"fields": ROW}}]},
    ],
)
def test_a_list_in_json_is_found_wherever_it_is(tmp_path: Path, document: object) -> None:
    items, _ = read(tmp_path, "a.json", json.dumps(document))
    assert {(item.content.title, str(item.date)) for item in items} == {("A", "2026-05-05")}


def test_what_an_object_in_a_row_is_called_is_not_the_title_of_the_row(tmp_path: Path) -> None:
    row = {"author": {"name": "Ann", "title": "Dr"}, "venue": {"title": "Hall"}, **ROW, "views": 3}
    [item], [problem] = read(tmp_path, "a.json", json.dumps([row]))
    assert (item.content.title, item.content.authors[0].name) == ("A", "Ann")
    assert (problem.code, problem.names) == ("unused", ("venue", "views"))


@pytest.mark.parametrize(
    "value", [[], {}, [[]], "x", 3, None, [None], {"a": []}, [1, [2]], {"data": {"attributes": 1}}]
)
def test_json_that_lists_nothing_fails_with_a_message_or_gives_nothing(tmp_path: Path, value: object) -> None:
    try:
        items, problems = read(tmp_path, "a.json", json.dumps(value))
    except SourceError as error:
        assert error.code in ("no-column", "no-items", "not-json")
    else:
        assert items == [] and {problem.code for problem in problems} <= {"bad-item"}


def mutations(value: object) -> list[object]:
    """A document with each of its values in turn replaced by what it should not be."""
    if isinstance(value, dict):
        return [
            {**value, key: other} for key in value for other in (*mutations(value[key]), None, [], {}, 7, "x", [{}])
        ]
    if isinstance(value, list):
        return [[*value[:at], other, *value[at + 1 :]] for at in range(len(value)) for other in mutations(value[at])]
    return []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wordpress-rest", "drupal", "reliefweb", "ckan", "geojson", "json", "json-feed"])
def test_no_shape_of_a_known_answer_makes_the_reader_fail(tmp_path: Path, kind: str) -> None:
    document = json.loads((Path(__file__).parent / "kinds" / kind / "input.json").read_bytes())
    for changed in mutations(document):
        try:
            read(tmp_path, "a.json", json.dumps(changed))
        except SourceError as error:
            assert error.message


def test_numbers_of_categories_are_no_categories(tmp_path: Path) -> None:
    post = {"title": {"rendered": "A"}, "link": "/a", "date": "2026-05-05T10:00:00", "categories": [4]}
    [item], [problem] = read(tmp_path, "a.json", json.dumps([post]))
    assert (item.content.categories, problem.names) == ((), ("categories",))
    assert shapes.recognise([post])[0].name == "WordPress REST"


# --- spreadsheets -----------------------------------------------------------------------------------------------------

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
ODS = f"""<office:document-content xmlns:office="{OFFICE}" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>{{}}</office:spreadsheet>
</office:body></office:document-content>"""


def ods(path: Path, **sheets: list[list[str]]) -> bytes:
    """A spreadsheet of LibreOffice."""
    tables = ""
    for name, rows in sheets.items():
        cells = "".join(
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="{kind}" office:{attribute}="{value}"><text:p>{value}</text:p>'
                "</table:table-cell>"
                for value in row
                for kind, attribute in [
                    ("date", "date-value")
                    if value[:2] == "20"
                    else ("float", "value")
                    if value.isdigit()
                    else ("string", "x")
                ]
            )
            + "</table:table-row>"
            for row in rows
        )
        tables += f'<table:table table:name="{name}">{cells}</table:table>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(tables))
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path.read_bytes()


@pytest.mark.parametrize("name", ["a.ods", "a.bin"])
def test_the_first_sheet_with_a_header_is_read(tmp_path: Path, name: str) -> None:
    rows = [["Date", "Title"], ["2026-05-05", "A"], ["46146", "B"]]
    items, _ = read(tmp_path, name, ods(tmp_path / "made", notes=[["x"]], news=rows, old=rows))
    assert [(str(item.date), item.content.title) for item in items] == [("2026-05-05", "A"), ("2026-05-04", "B")]


def test_a_sheet_may_be_named(tmp_path: Path) -> None:
    one, other = ([["Date", "Title"], ["2026-05-05", title]] for title in "AB")
    data = ods(tmp_path / "made", one=one, other=other)
    [item], _ = read(tmp_path, "a.ods", data, sheet="other")
    assert item.content.title == "B"
    with pytest.raises(SourceError, match="has no sheet 'third'; its sheets are 'one', 'other'"):
        read(tmp_path, "a.ods", data, sheet="third")


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 100, b"x", b""])
def test_what_is_no_spreadsheet_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="cannot be read as a spreadsheet"):
        read(tmp_path, "a.xlsx", data, kind="spreadsheet")


def test_a_spreadsheet_without_a_header_names_its_columns(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no column that is surely the date.*its columns are 'Day', 'Title'"):
        read(tmp_path, "a.ods", ods(tmp_path / "made", one=[["Day", "Title"], ["2026-05-05", "A"]]))


def test_a_sheet_that_is_huge_when_unpacked_is_refused(tmp_path: Path) -> None:
    cell = (
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="9000" '
    )
    cell += 'office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>'
    path = tmp_path / "made"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(f'<table:table table:name="a">{cell}</table:table>'))
    with pytest.raises(SourceError):
        read(tmp_path, "a.ods", path.read_bytes())


# --- what is not used -------------------------------------------------------------------------------------------------


def test_what_is_not_used_is_said_once_and_what_is_new_again(site: Site) -> None:
    site.write("news.csv", "date,title,mood\n2026-05-05,A,good\n")
    site.write("feeds.toml", 'site = { title = "N", base_url = "https://e.org/", authority = "e.org", year = 2026 }\n'
               'sources = [{ name = "n", path = "*.csv" }]\n')  # fmt: skip
    assert [problem.message for problem in site.build().problems] == ["states what is not published: 'mood'"]
    assert site.build().problems == []
    site.write("news.csv", "date,title,mood\n2026-05-05,A,good\n2026-05-06,B,bad\n")
    assert site.build().problems == []
    site.write("news.csv", "date,title,mood,budget\n2026-05-05,A,good,1\n2026-05-06,B,bad,2\n")
    assert [problem.message for problem in site.build().problems] == ["states what is not published: 'budget'"]


def test_categories_that_are_no_tags_are_said_with_what_to_do(site: Site) -> None:
    lines = "date,title,tags\n2026-05-05,A,Gossip|Kenya\n"
    site.write("news.csv", lines)
    settings = 'site = { title = "N", base_url = "https://e.org/", authority = "e.org", year = 2026 }\n'
    site.write("feeds.toml", settings + 'sources = [{ name = "n", path = "*.csv" }]\n')
    [problem] = site.build().problems
    assert problem.names == ("Gossip",) and "categories = 'keep'" in problem.message
    assert problem.severity == "warning"
    site.write("news.csv", lines + "2026-05-06,B,Rumour\n")
    assert site.build().problems == []  # in some sources each item has a category of its own
    site.write("feeds.toml", settings + 'sources = [{ name = "n", path = "*.csv", categories = "keep" }]\n')
    assert site.build().problems == []
    assert b"<category>Gossip</category>" in site.files()["rss.xml"]
    assert not any("Gossip" in path or "gossip" in path for path in site.files())


@pytest.mark.parametrize(
    ("meanings", "published"),
    [
        ('"keep"', {"Kenya", "Gossip", "Rumour"}),
        ('{ Gossip = "keep" }', {"Kenya", "Gossip"}),
        ('{ Gossip = "", "*" = "keep" }', {"Kenya", "Rumour"}),
        ('{ gossip = "countries/pa", "*" = "" }', {"Kenya", "Panama"}),
        ('{ Kenya = "keep" }', {"Kenya"}),
    ],
)
def test_categories_are_what_the_source_says_they_are(site: Site, meanings: str, published: set[str]) -> None:
    site.write("news.csv", "date,title,tags\n2026-05-05,A,Gossip|Kenya|Rumour\n")
    site.write("feeds.toml", 'site = { title = "N", base_url = "https://e.org/", authority = "e.org", year = 2026 }\n'
               f'sources = [{{ name = "n", path = "*.csv", categories = {meanings} }}]\n')  # fmt: skip
    site.build()
    [item] = json.loads(site.files()["feed.json"])["items"]
    assert set(item["tags"]) == published
    assert ("countries/ke/atom.xml" in site.files()) == (meanings != '{ Kenya = "keep" }')


def test_several_categories_with_commas_between_them_are_each_a_tag(site: Site) -> None:
    site.write("news.csv", 'date,title,country\n2026-05-05,A,"Kenya, Uganda"\n2026-05-04,B,"Korea, Republic of"\n')
    site.write("feeds.toml", 'site = { title = "N", base_url = "https://e.org/", authority = "e.org", year = 2026 }\n'
               'sources = [{ name = "n", path = "*.csv" }]\n')  # fmt: skip
    site.build()
    tags = [item.get("tags") for item in json.loads(site.files()["feed.json"])["items"]]
    assert tags[0] == ["Kenya", "Uganda"]
