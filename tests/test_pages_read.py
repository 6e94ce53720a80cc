"""Lists on pages: where a block is an item, what its date and title are, and what a person is told to write.

The pages here are small and ours; those of ../shared/cases/reading and ../shared/pages are other people's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import NOW, Run, Site
from hypothesis import given
from hypothesis import strategies as st

from feeds.cli import main
from feeds.config import Config, Source
from feeds.dates import prove_order
from feeds.fetch import Body, File
from feeds.pipeline.items import read_items

DAYS = ((21, "Clinic opens in the north"), (20, "Bridge repaired after flood"), (19, "School year begins early"))


def read(tmp_path: Path, html: str, **stated: object) -> list[tuple[str, str, str]]:
    """Day, title and link of each item of a page."""
    path = tmp_path / "page.html"
    path.write_text(html)
    source = Source("x", kind="html", base_url="https://e.org/", **stated)  # type: ignore[arg-type]
    items = read_items(Config(Path(), title="t"), source, File(path, "page.html", "page.html"), NOW)
    made = [item.candidate for item in items if item.candidate]
    return [(str(one.date), one.content.title, one.link) for one in made]


def page(row: str, around: str = "<main>{}</main>") -> str:
    rows = "".join(
        row.format(d=day, t=title, n=number, o="odd even".split()[number % 2])
        for number, (day, title) in enumerate(DAYS)
    )
    return f"<!DOCTYPE html><html><body>{around.format(rows)}</body></html>"


ALL = [(f"2024-05-{day}", title, f"https://e.org/n/{number}") for number, (day, title) in enumerate(DAYS)]
LINK = '<a href="/n/{n}">{t}</a>'
ROWS = {
    "classes that differ from row to row": '<div class="row-{n} {o}"><i>{d} May 2024</i><h3>' + LINK + "</h3></div>",
    "a card that is a link": '<a href="/n/{n}"><div>{d} May 2024</div><div class="card-title">{t}</div></a>',
    "a date in a text before a dash": "<p>{d} May 2024 – " + LINK + "</p>",
    "a date in a text behind": "<li>" + LINK + " ({d} May 2024)</li>",
    "a date in an attribute": '<div><h3>' + LINK + '</h3><span title="2024-05-{d}T10:00:00">days ago</span></div>',
    "time without words": '<div><time datetime="2024-05-{d}"></time>' + LINK + "</div>",
    "a date split over elements": "<div><div><b>{d}</b><b>May</b><b>2024</b></div><h3>" + LINK + "</h3></div>",
    "a title that is no link": '<div><p>{d} May 2024</p><b>{t}</b><p>Text {n}.</p><a href="/n/{n}">Read more</a></div>',
    "a button before the title": '<div>{d} May 2024 <a href="/tag">News</a><h2>{t}</h2><a href="/n/{n}">More</a></div>',
    "a file beside the page": '<div>' + LINK + ' <em>{d} May 2024</em> <a href="/f/{n}">2024-05-{d}_minutes_final.pdf</a></div>',
    "a label of two words in the title": '<div><h3><span class="title">' + LINK + "</span> <i>Free</i></h3><p>{d} May 2024</p></div>",
    "published and updated": "<div><h3>" + LINK + "</h3><p>Updated: <b>1 June 2024</b> Published: <b>{d} May 2024</b></p></div>",
    "a date heading": "<h3>{d} May 2024</h3><p>" + LINK + "</p>",
    "a place beside the date": "<div><h3>" + LINK + "</h3><p>Geneva / {d} May 2024 / Health</p></div>",
    "time for programs that is that of the build": "<div><h3>" + LINK + '</h3><time datetime="2026-10-10T10:00:00Z">{d} May 2024</time></div>',
    "RDFa": '<div vocab="https://schema.org/" typeof="NewsArticle"><a property="url" href="/n/{n}"><span property="headline">{t}</span></a><b property="datePublished" content="2024-05-{d}">x</b></div>',
    "RDFa with prefixes": '<div typeof="sioc:Item schema:BlogPosting"><h2 property="dc:title schema:headline">' + LINK + '</h2><i property="schema:datePublished" content="2024-05-{d}"></i></div>',
    "a feed of WAI-ARIA": '<div role="article" aria-labelledby="t{n}"><span id="t{n}">' + LINK + "</span><div>{d} May 2024</div></div>",
    "another language": '<div><h3>' + LINK + "</h3><p>{d} de mayo de 2024</p></div>",
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("around", ["<main>{}</main>", "<ul class='x'>{}</ul>", "<table><tr><td>{}</td></tr></table>"])
def test_a_list_is_found_by_its_shape(tmp_path: Path, row: str, around: str) -> None:
    assert read(tmp_path, page(row, around)) == ALL


def test_the_main_list_is_taken_and_not_a_longer_one_beside_it(tmp_path: Path) -> None:
    beside = "".join(f'<div><a href="/e/{n}">Event {n}</a> <i>{n} June 2023</i></div>' for n in range(1, 6))
    for name in ("aside", "nav", "footer"):
        html = page("<p>{d} May 2024 " + LINK + "</p>", f"<{name}>{beside}</{name}><main>{{}}</main>")
        assert read(tmp_path, html) == ALL


def test_several_items_of_one_day_stand_under_its_heading(tmp_path: Path) -> None:
    one, two, three = (f'<dd><a href="/{name}">{name} of it</a></dd>' for name in ("One", "Two", "Three"))
    html = f"<dl><dt>21 May 2024</dt>{one}{two}<dt>20 May 2024</dt>{three}</dl>"
    assert [one[:2] for one in read(tmp_path, html)] == [
        ("2024-05-21", "One of it"), ("2024-05-21", "Two of it"), ("2024-05-20", "Three of it")
    ]  # fmt: skip
    html = (
        '<h3>21 May 2024</h3><ul><li><a href="/1">One of it</a><li><a href="/2">Two of it</a></ul>'
        '<h3>20 May 2024</h3><ul><li><a href="/3">Three</a><li><a href="/4">Four of them</a></ul>'
    )
    assert [one[0] for one in read(tmp_path, html)] == ["2024-05-21"] * 2 + ["2024-05-20"] * 2


def test_a_day_below_the_heading_of_a_year_is_of_that_year(tmp_path: Path) -> None:
    html = "".join(
        f'<h2>{year}</h2><ul><li>21 May <a href="/{year}/1">One of {year}</a></li><li><b>3 March</b> <a href="/{year}/2">'
        f"Two of {year}</a></li></ul>" for year in (2024, 2023)
    )  # fmt: skip
    html = html.replace("<li>21 May", "<li><b>21 May</b>")
    assert [one[0] for one in read(tmp_path, html)] == ["2024-05-21", "2024-03-03", "2023-05-21", "2023-03-03"]


def test_the_months_of_an_archive_and_dates_in_sentences_are_no_items(tmp_path: Path) -> None:
    months = "".join(f'<li><a href="/{n}">May 20{n}</a></li>' for n in range(10, 24))
    text = (
        "<p>On 5 May 2021 the two sides met in the capital, and on 6 May 2021 they signed it, as <a href='/x'>told</a>."
    )
    assert read(tmp_path, f"<ul>{months}</ul>{text * 3}") == []


def article(title: str, day: str, link: str) -> dict[str, str]:
    return {"@type": "NewsArticle", "headline": title, "datePublished": day, "url": link}


def test_what_a_page_states_for_programs_wins_where_it_holds_as_much_and_not_by_being_there(tmp_path: Path) -> None:
    stated = [
        {"@type": "NewsArticle", "headline": f"Old {n}", "datePublished": f"2020-01-0{n}", "url": f"/o/{n}"}
        for n in (1, 2)
    ]
    script = f'<script type="application/ld+json">{json.dumps(stated)}</script>'
    html = page("<p>{d} May 2024 " + LINK + "</p>")
    assert read(tmp_path, script + html) == ALL
    stated = [
        {"@type": "NewsArticle", "headline": t, "datePublished": f"2024-05-{d}", "url": f"/n/{n}"}
        for n, (d, t) in enumerate(DAYS)
    ]
    script = f'<script type="application/ld+json">{json.dumps(stated)}</script>'
    assert read(tmp_path, script + page("<p>{d} May 2024 <b>Other {n}</b></p>")) == ALL


def test_selectors_need_no_date_of_their_own(tmp_path: Path) -> None:
    html = page("<li>" + LINK + " of {d} May 2024</li>")
    assert read(tmp_path, html, select=(("item", "li"), ("title", "a"))) == ALL


def test_where_people_and_programs_are_told_different_days_a_selector_may_name_the_attribute(tmp_path: Path) -> None:
    rows = page("<div><h3>" + LINK + '</h3><time datetime="2024-06-{d}">{d} May 2024</time></div>')
    assert read(tmp_path, rows, select=(("item", "main > div"), ("date", "time"))) == ALL
    named = read(tmp_path, rows, select=(("item", "main > div"), ("date", "time[datetime]")))
    assert [day for day, _, _ in named] == ["2024-06-21", "2024-06-20", "2024-06-19"]


@pytest.mark.parametrize(
    ("head", "content_language"),
    [
        ('<html lang="sw-KE">', ""),
        ("<html>", "sw"),
        ('<html xml:lang="sw"><meta charset=utf-8>', "en"),
        ("<html lang=sw>", ""),
    ],
)
def test_dates_are_read_in_the_language_of_the_document(head: str, content_language: str) -> None:
    rows = page("<div><h3>" + LINK + "</h3><p>{d} Mei 2024</p></div>").replace("<html>", head)
    body = Body("https://e.org/", "https://e.org/", rows.encode(), language=content_language)
    items = list(read_items(Config(Path(), title="t"), Source("x", url="https://e.org/"), body, NOW))
    assert [str(item.candidate.date) for item in items if item.candidate] == [day for day, _, _ in ALL]
    assert not [problem for item in items for problem in item.problems]


def test_words_are_joined_only_within_a_word(tmp_path: Path) -> None:
    html = page(
        '<div><h3><a href="/n/{n}">Hearing<br>of <b>C</b>ase<span>{n}</span><span>now</span></a></h3><i>{d} May 2024</i></div>'
    )
    assert [one[1] for one in read(tmp_path, html)] == [f"Hearing of Case{n} now" for n in range(3)]


@given(
    st.lists(
        st.sampled_from("<div>|</div>|<p>|<a href='/x'>|</a>|<h2>|5 May 2024|Title|<li>|<ul>|2024|<time>".split("|")),
        max_size=40,
    )
)
def test_any_page_is_read_or_not_and_nothing_else(parts: list[str]) -> None:
    from feeds.content import markup
    from feeds.dates import DateRules
    from feeds.model import Origin
    from feeds.sources.blocks import repeated_items
    from feeds.sources.context import Context
    from feeds.sources.page import Page

    context = Context(origin=Origin("x", "x", 0), source=Source("x"), dates=DateRules(), longest=1000, unused={})
    root = markup.parse_html("<html><body>" + " ".join(parts))
    assert root is None or isinstance(repeated_items(Page(root, context, "https://e.org/")), list)


# --- what a person is told ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["03/10/22", "28/09/22"], "DMY"),
        (["10-2-2018", "Minutes 7-24-2018"], "MDY"),
        (["28/09/22", "9/28/22"], None),
        (["03/10/22"], None),
        (["2024-05-21", ""], None),
        (["99/99/2022", "31.12.2021"], "DMY"),
    ],
)
def test_an_order_is_proven_by_a_date_that_has_one_and_contradicted_by_another(
    dates: list[str], order: str | None
) -> None:
    proof = prove_order(dates)
    assert (proof.order if proof else None) == order


@pytest.mark.slow
def test_try_proposes_the_order_and_the_language_that_the_dates_show(feeds: Run, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page("<p>0{n}/{d}/2024 " + LINK + "</p>").replace("00/", "05/"))
    done = feeds("sources", "try", str(tmp_path / "a.html"))
    (tmp_path / "b.csv").write_text("date,title\n03/10/2022,A\n28/09/2022,B\n")
    done = feeds("sources", "try", str(tmp_path / "b.csv"))
    assert "note: '28/09/2022' of the same source has the day first: date_order = \"DMY\"" in done.stderr
    assert 'date_order = "DMY"' in done.stdout and "2022-10-03" in done.stdout
    (tmp_path / "c.csv").write_text("date,title\n3 de octubre de 2022,A\n")
    done = feeds("sources", "try", str(tmp_path / "c.csv"))
    assert 'language = "es"' in done.stdout and "dates are in 'es'" in done.stderr


def test_a_build_names_the_proof_and_does_not_use_it(site: Site) -> None:
    site.write("n.csv", "date,title\n03/10/2022,A\n28/09/2022,B\n4 de octubre de 2022,C\n5 de octubre de 2022,D\n")
    site.write("feeds.toml", 'site = { title = "N", base_url = "https://e.org/", authority = "e.org", year = 2026 }\n'
               'sources = [{ name = "n", path = "*.csv" }]\n')  # fmt: skip
    report = site.build()
    assert report.counts.new == 3
    said = {problem.code: problem.message for problem in report.problems}
    assert said["bad-date"].endswith("'28/09/2022' of the same source has the day first: date_order = \"DMY\"")
    assert said["other-language"].endswith('language = "es"')
    assert [problem.code for problem in site.build().problems] == ["bad-date"]


# --- other people's pages ---------------------------------------------------------------------------------------------

SHARED = Path(__file__).parents[2] / "shared"


@pytest.mark.slow
# The pages are other people's and may not come along; .ci/run is run with them. The shapes above are ours and always run.
@pytest.mark.skipif(not (SHARED / "pages/score_pages.py").exists(), reason="needs ../shared/pages")
def test_real_pages_are_read(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(SHARED / "pages/score_pages.py"),
        "--ways",
        "itself,bare,select",
        str(SHARED / "pages"),
    ]
    made = tmp_path / "feeds"
    made.write_text(f'#!/bin/sh\nexec {sys.executable} -m feeds "$@"\n')
    made.chmod(0o755)
    done = subprocess.run([*command, str(made)], capture_output=True, text=True, timeout=600, check=True)
    scores = {line.partition(":")[0]: line for line in done.stdout.splitlines() if ": 29 pages" in line}

    def percent(way: str, before: str) -> float:
        return float(scores[way].partition(before)[2].split()[0].strip("%();,"))

    for way, recall, mean in (("itself", 85, 85), ("bare", 85, 85), ("select", 95, 94)):
        assert percent(way, "recall ") >= recall and percent(way, "mean over pages ") >= mean, scores[way]
        assert percent(way, "precision ") >= 95 and percent(way, "date wrong ") == 0, scores[way]


EXPECTED = {
    "html/date_dash_title.html": 3, "html/date_in_link.html": 3, "html/drupal7_views.html": 5, "html/featured_first.html": 4,
    "html/pdf_list.html": 2, "html/read_more.html": 3, "html/sidebar_bigger.html": 3, "html/split_date.html": 2,
    "html/title_br.html": 2, "html/two_dates.html": 3, "html/zebra_table.html": 5, "reports/c01_german_months.html": 2,
    "reports/c02_dmy_page.html": 4, "reports/c20_year_heading.html": 4, "reports/c43_time_year_missing_text.html": 2,
    "reports/c44_dl.html": 4, "spanish-without-language/noticias.html": 3, "spanish-without-language/n.txt": 2,
    "dates/french_page.html": 2, "dates/russian_page.html": 2,
}  # fmt: skip


@pytest.mark.parametrize(("name", "count"), EXPECTED.items())
def test_small_cases_of_others_are_read(shared: Path, name: str, count: int) -> None:
    # In this process: twenty new ones would be most of what the tests of pages cost.
    path = str(shared / "cases/reading" / name)
    done = CliRunner().invoke(main, ["sources", "try", path, "--json", "--now", "2026-11-26T00:00:00Z"])
    assert sum(line.startswith("{") for line in done.output.splitlines()) == count, done.output


# What the output says of the other rows of EXPECT.tsv: texts that are there, and texts that are not.
SAID = {
    "c04_pubdate_long.rss": (["2024-05-21T10:30:00+02:00", "2024-05-21T10:30:00+03:00"], []),
    "c08_has_feed.html": (["'https://e.org/feed.xml'", "[has-feed]"], []),
    "c09_wp.json": (["2024-05-22T04:30:00+00:00", '"Health"'], ['"4"', '"7"']),
    "c11_lazy.html": (["/real1.jpg", "/r2-800.jpg"], ["/ph.gif"]),
    "c14_drupal_jsonapi.json": (["Clinic opens", "https://e.org/news/bridge"], ["error"]),
    "c15_reliefweb.json": (["Flash update no. 2", "Situation report"], ["error"]),
    "c16_sep.csv": (["Clinic opens"], ["error"]),
    "c16_banner.csv": (["Clinic opens"], ["error"]),
    "c16_headers.csv": (["Clinic opens"], ["error"]),
    "c17_news_sitemap.xml": (["Clinic opens", "Bridge repaired"], ["error"]),
    "c23.eml": (["Clinic opens"], ["Message-ID"]),
    "c33.mbox": (["Clínica", "Bridge"], ["=?utf-8"]),
    "c30.xlsx": (["Clinic opens"], ["error"]),
    "c31.docx": (["is a Word document"], []),
    "c32.pdf": (["is a PDF document"], []),
    "c34_title_above.txt": (["Clinic opens in the north", "School year begins early"], ["error"]),
    "c35_repeated_date.txt": (["Portal launched", "Fair opens"], ["error"]),
    "c40_wxr.xml": (["left out: 1 press_release"], []),
    "c51_one_line_feed.xml": (["Third, on top"], ["error"]),
}


@pytest.mark.parametrize("name", SAID)
def test_other_small_cases_of_others_are_read_or_named(shared: Path, name: str) -> None:
    path = str(shared / "cases/reading/reports" / name)
    options = ["--json", "--base-url", "https://e.org/news/", "--now", "2026-11-26T00:00:00Z"]
    output = CliRunner().invoke(main, ["sources", "try", path, *options]).output
    wanted, unwanted = SAID[name]
    assert [text for text in wanted if text not in output] == []
    assert [text for text in unwanted if text in output] == []
