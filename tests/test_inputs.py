"""Real pages and feeds, many of them ugly: each is read, and how many items it has, its first and its last are pinned.

Titles are pinned by a digest: the texts are others'. The pins are what was found when they were written; the first and
the last of each page and feed were looked at then. Of the plain texts, which were made from pages mechanically, much is
furniture: they are here to see that nothing breaks.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from conftest import NOW

from feeds.config import Config, Limits, Source
from feeds.fetch import File
from feeds.model import Candidate, SourceError
from feeds.pipeline.items import read_items

# document, kind, language, order of all-number dates, items found, rejected, first, last
PINS = [
    ("feeds/deep_emm_newsbrief_2022.rss", "feed", "en", None, 3, 0, "2022-06-21 7df742", "2022-06-21 f77142"),
    ("feeds/deep_reddit_python_2022.atom", "feed", "en", None, 5, 0, "2022-05-15 618f5d", "2022-05-19 bcc63f"),
    ("feeds/fr_AtomSpecialCharacters.xml", "feed", "en", None, 1, 0, "2018-04-13 d8f65c", "2018-04-13 d8f65c"),
    ("feeds/fr_AtomTheVerge.xml", "feed", "en", None, 10, 0, "2017-01-07 66b694", "2017-01-06 10823f"),
    ("feeds/fr_Rss091Stadtfeuerwehr.xml", "feed", "en", None, 15, 0, "2018-08-19 01ca4f", "2018-08-02 174072"),
    ("feeds/fr_Rss092FullSample.xml", "feed", "en", None, 0, 22, "", ""),
    ("feeds/fr_Rss10OrfAt.xml", "feed", "en", None, 50, 0, "2017-01-23 8b97d6", "2017-01-23 56db01"),
    ("feeds/fr_Rss20BreakingNews.xml", "feed", "en", None, 10, 0, "2017-01-06 da9e44", "2017-01-06 12a4c9"),
    ("feeds/fr_Rss20CTVNews.xml", "feed", "en", None, 10, 0, "2017-01-06 425064", "2017-01-07 989f9c"),
    ("feeds/fr_Rss20ISO88591Intranet30.xml", "feed", "en", None, 30, 0, "2018-08-19 8915f8", "2018-08-17 9a4e58"),
    ("feeds/fr_Rss20JapanTimes.xml", "feed", "en", None, 0, 118, "", ""),
    ("feeds/fr_Rss20JapanToday.xml", "feed", "en", None, 20, 0, "2017-01-07 154c63", "2017-01-07 8c3ff9"),
    ("feeds/fr_Rss20LeFigaro.xml", "feed", "en", None, 50, 0, "2017-01-07 410976", "2017-01-06 dd0aff"),
    ("feeds/fr_Rss20LeMonde.xml", "feed", "en", None, 18, 0, "2017-01-07 7ded94", "2017-01-07 b73ee9"),
    ("feeds/fr_Rss20MassaNews.xml", "feed", "en", None, 50, 0, "2017-01-07 2d42e3", "2017-01-05 47264a"),
    ("feeds/fr_Rss20Reuters.xml", "feed", "en", None, 10, 0, "2017-01-07 cd36e7", "2017-01-06 9448fb"),
    ("feeds/frs_wirecutter.xml", "feed", "en", None, 1, 0, "2022-09-20 f9750c", "2022-09-20 f9750c"),
    ("feeds/mf_encoding_ISO-8859-1.xml", "feed", "en", None, 40, 0, "2018-10-28 d961cb", "2018-10-25 022116"),
    ("feeds/mf_encoding_WINDOWS-1251.xml", "feed", "en", None, 50, 0, "2018-03-21 7bfb0c", "2018-03-15 858c98"),
    ("feeds/mf_large_atom.xml", "feed", "en", None, 25, 0, "2024-03-10 2bc97f", "2023-08-02 c41f7e"),
    ("feeds/mf_rdf_UTF8.xml", "feed", "en", None, 0, 60, "", ""),
    ("feeds/pj_japantimes.xml", "feed", "en", None, 30, 0, "2023-11-24 d88aa1", "2023-11-24 ae6312"),
    ("feeds/pj_npr.xml", "feed", "en", None, 15, 0, "2023-11-24 eb6bb1", "2023-11-23 5ae9d3"),
    ("feeds/pj_quanta.xml", "feed", "en", None, 5, 0, "2023-11-22 377e92", "2023-11-15 bf1b36"),
    ("feeds/rp_craigslist.rss", "feed", "en", None, 25, 0, "2017-06-21 1bdf3b", "2017-06-21 2b3df6"),
    ("feeds/rp_heise.atom", "feed", "en", None, 15, 0, "2016-02-01 3f630a", "2016-01-28 c48349"),
    ("feeds/rp_reddit-atom.rss", "feed", "en", None, 24, 0, "2016-01-23 e24814", "2016-01-23 2c2091"),
    ("feeds/rsp_4fsodonline.atom", "feed", "en", None, 25, 0, "2007-12-14 c73f4e", "2007-09-28 e90fce"),
    ("feeds/rsp_EMarley.rss", "feed", "en", None, 10, 0, "2016-05-07 6bd746", "2015-09-20 cb4e18"),
    ("feeds/rsp_OneFootTsunami.atom", "feed", "en", None, 25, 0, "2015-09-08 6fce37", "2015-08-05 4fa0ae"),
    ("feeds/rsp_aktuality.rss", "feed", "en", None, 30, 0, "2021-01-17 27012c", "2021-01-17 fc54b3"),
    ("feeds/rsp_bio.rdf", "feed", "en", None, 30, 0, "2019-08-27 261bbb", "2019-08-14 c04f2d"),
    ("feeds/rsp_expertopinionent.atom", "feed", "en", None, 43, 0, "2017-04-07 a90279", "2012-12-05 cc1038"),
    ("feeds/rsp_kc0011.rss", "feed", "en", None, 20, 0, "2020-01-10 a19562", "2020-01-10 58c861"),
    ("feeds/rsp_macworld.rss", "feed", "en", None, 30, 0, "2017-11-28 3d103c", "2017-11-24 f9dc65"),
    ("feeds/rsp_natasha.xml", "feed", "en", None, 10, 0, "2017-07-07 b01b5a", "2016-07-28 725035"),
    ("feeds/rsp_scriptingNews.rss", "feed", "en", None, 50, 0, "2017-06-26 687280", "2017-06-21 75cad7"),
    ("feeds/sp_rss2_file_mock.xml", "feed", "en", None, 100, 0, "2023-01-24 042a8b", "2021-04-27 9f83f3"),
    ("feeds/wh_briefings_rss.xml", "feed", "en", None, 30, 0, "2026-08-21 dfc038", "2026-08-07 c51562"),
    (
        "listings/city_chi_housing_authority_minutes.html",
        "html",
        "en",
        None,
        234,
        0,
        "2018-07-17 fada60",
        "2001-01-16 b60c08",
    ),
    (
        "listings/city_chi_housing_authority_minutes.txt",
        "listing",
        "en",
        None,
        240,
        2,
        "2018-07-17 efcdfd",
        "2001-01-16 efcdfd",
    ),
    (
        "listings/city_chi_north_river_mental_health_minutes.html",
        "html",
        "en",
        None,
        6,
        0,
        "2020-01-15 469649",
        "2019-12-18 2b59f6",
    ),
    (
        "listings/city_chi_north_river_mental_health_minutes.txt",
        "listing",
        "en",
        None,
        8,
        40,
        "2018-12-19 84c67c",
        "2013-12-18 7839a7",
    ),
    ("listings/city_il_gaming_board.html", "html", "en", None, 4, 0, "2020-03-12 3b44de", "2020-11-17 2d7c1f"),
    ("listings/city_il_gaming_board.txt", "listing", "en", None, 6, 1, "2020-01-30 59b009", "2020-12-17 4586c6"),
    ("listings/farc_comunicados.csv", "table", "es", "DMY", 422, 0, "2017-06-12 cb9556", "1964-07-19 02d617"),
    ("listings/gfdrr_pdna_table.html", "html", "en", None, 0, 0, "", ""),
    ("listings/gfdrr_pdna_table.txt", "listing", "en", None, 0, 1, "", ""),
    ("listings/hd_amnesty.de-waffensysteme.html", "html", "de", "DMY", 9, 0, "2022-02-16 5b4f5f", "2022-02-03 d85559"),
    (
        "listings/hd_amnesty.de-waffensysteme.txt",
        "listing",
        "de",
        "DMY",
        10,
        1,
        "2021-11-02 bdfe72",
        "2022-02-03 d85559",
    ),
    (
        "listings/hd_bundesfeuerwehrverband.at-eröffnet.html",
        "html",
        "de",
        "DMY",
        14,
        0,
        "2021-10-20 1d0736",
        "2021-08-09 b1945f",
    ),
    (
        "listings/hd_bundesfeuerwehrverband.at-eröffnet.txt",
        "listing",
        "de",
        "DMY",
        1,
        113,
        "2021-10-20 cfc019",
        "2021-10-20 cfc019",
    ),
    ("listings/hd_bundespolizei.de-Belarus.html", "html", "de", "DMY", 9, 0, "2021-11-08 79e936", "2021-10-20 47529c"),
    (
        "listings/hd_bundespolizei.de-Belarus.txt",
        "listing",
        "de",
        "DMY",
        1,
        1,
        "2021-11-10 46ff40",
        "2021-11-10 46ff40",
    ),
    (
        "listings/hd_echte-demokratie-jetzt.de.blog.html",
        "html",
        "de",
        "DMY",
        10,
        0,
        "2014-01-13 dffc7c",
        "2012-05-21 fd1d98",
    ),
    (
        "listings/hd_echte-demokratie-jetzt.de.blog.txt",
        "listing",
        "de",
        "DMY",
        10,
        1,
        "2014-01-13 3e0e4a",
        "2012-05-21 3e0e4a",
    ),
    ("listings/hd_la-bas.org.html", "html", "fr", "DMY", 15, 0, "2019-09-24 ab984a", "2019-07-22 862f5e"),
    ("listings/hd_la-bas.org.txt", "listing", "fr", "DMY", 17, 20, "2019-06-27 9af7f2", "2019-07-22 acff36"),
    ("listings/hd_lapresse.tn.parite.html", "html", "fr", "DMY", 10, 0, "2019-09-28 bdf229", "2020-02-19 998e6d"),
    ("listings/hd_lapresse.tn.parite.txt", "listing", "fr", "DMY", 20, 1, "2020-02-19 7f83cf", "2020-02-19 ab05ba"),
    ("listings/hd_regards.fr.enquetes.html", "html", "fr", "DMY", 25, 0, "2020-02-18 48d9fa", "2019-06-10 a9404e"),
    ("listings/hd_regards.fr.enquetes.txt", "listing", "fr", "DMY", 25, 10, "2018-09-30 31ee40", "2020-02-18 1f3afa"),
]


def pin(candidate: Candidate) -> str:
    return f"{candidate.date} {hashlib.blake2b(candidate.content.title.encode(), digest_size=3).hexdigest()}"


@pytest.mark.parametrize(
    ("document", "kind", "language", "order", "found", "aside", "first", "last"), PINS, ids=[one[0] for one in PINS]
)
def test_real_inputs_are_read(
    shared: Path, document: str, kind: str, language: str, order: str, found: int, aside: int, first: str, last: str
) -> None:
    path = shared / "inputs" / document
    source = Source("x", kind=kind, language=language, base_url="https://example.org/a/", date_order=order)
    site = Config(Path(), title="t", limits=Limits(earliest_year=1960))
    items = list(read_items(site, source, File(path, path.name, path.name), NOW))
    made = [item.candidate for item in items if item.candidate]
    assert (len(made), sum(item.is_rejected for item in items)) == (found, aside)
    assert [pin(one) for one in (made[:1] + made[-1:])] == [one for one in (first, last) if one]
    for problem in (problem for item in items for problem in item.problems):
        assert problem.origin.line > 0 or problem.severity == "warning", problem
    for one in made:
        assert one.link == "" or one.link.isascii()


def test_every_input_is_pinned(shared: Path) -> None:
    there = {f"{path.parent.name}/{path.name}" for path in (shared / "inputs").glob("*/*")}
    others = {"listings/imumi_header3.js", "listings/reliefweb_api_v1_p1_2020.json"}  # code; its columns need a map
    assert there == {document for document, *_ in PINS} | others


def test_json_by_a_map_of_columns(shared: Path) -> None:
    path = shared / "inputs/listings/reliefweb_api_v1_p1_2020.json"
    columns = {"date": "fields.date.original", "title": "fields.title", "link": "fields.url_alias", "id": "id"}
    source = Source("x", kind="table", columns=tuple(columns.items()))
    site = Config(Path(), title="t")
    items = [item.candidate for item in read_items(site, source, File(path, "x", "x"), NOW)]
    assert [str(item.date) for item in items if item] == ["2020-09-17", "2020-09-16", "2020-09-16", "2020-09-15"]
    assert all(item.link.startswith("https://reliefweb.int/report/") and item.guid for item in items if item)


def test_code_is_no_listing(shared: Path) -> None:
    path = shared / "inputs/listings/imumi_header3.js"
    site = Config(Path(), title="t")
    for kind in ("listing", "html", "feed", "table", "wordpress"):
        try:
            items = list(read_items(site, Source("x", kind=kind), File(path, "x", "x"), NOW))
        except SourceError as error:
            assert error.message
        else:
            assert [item for item in items if item.candidate] == []
