"""Tables, JSON, exports of WordPress and Markdown as sources, what every kind may say, and all kinds in one site."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import feedparser
import pytest
from conftest import CONFIG, NOW, Run, Site, item
from source_documents import BOTH, JSON_FEED, PAGE, RSS, first, read, shown

from feeds.config.keys import KINDS as CONFIGURED
from feeds.model import Candidate, ConfigError, Enclosure, SourceError
from feeds.pipeline.explain import explain
from feeds.sources import KINDS

CSV = 'Fecha;Título;Enlace;Texto\n05/05/2017;"Panamá; capacita";/news/2;"Diez\noficiales"\n;Sin fecha;;\n'
JSON_LINES = '{"date": "2017-05-05", "title": "Panama trains staff", "url": "/news/2"}\n{oops\n[]\n'
WXR = """<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<item><title>Panama trains staff</title><link>https://example.org/news/2</link><guid>https://example.org/?p=2</guid>
<content:encoded><![CDATA[<!-- wp:paragraph -->Ten officers.

[gallery ids="1"]They learned.]]></content:encoded><wp:post_date_gmt>2017-05-05 15:00:00</wp:post_date_gmt>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><category>News</category></item>
<item><title>A draft</title><wp:status>draft</wp:status><wp:post_type>post</wp:post_type></item>
<item><title>A page</title><wp:status>publish</wp:status><wp:post_type>page</wp:post_type></item>
</channel></rss>"""
MARKDOWN = """---
title: "Panama trains staff"
date: 2017-05-05
tags: [Training, Panama]
link: /news/2
---
Ten **officers** took [part](/x).

<script>x()</script>
"""
EIGHT = {
    "listing": ("a.txt", item("5 May, 2017", "One from a listing")),
    "html": ("b.html", PAGE),
    "feed": ("c.xml", RSS.replace("/news/2", "/news/7")),
    "feed-json": ("d.json", JSON_FEED.replace("/news/2", "/news/6")),
    "table": ("e.csv", "date,title\n2017-05-03,One from a table\n"),
    "table-json": ("f.jsonl", '{"date": "2017-05-02", "title": "One from JSON Lines"}\n'),
    "markdown": ("g.md", MARKDOWN.replace("Panama trains", "Markdown trains").replace("/news/2", "/news/9")),
    "wordpress": ("h.wxr", WXR.replace("Panama trains", "WordPress trains").replace("/news/2", "/news/8")),
}


def test_the_kinds_that_may_be_configured_are_those_that_there_are() -> None:
    assert set(KINDS) == set(CONFIGURED)


def test_a_table_is_read_by_the_usual_names_of_columns(tmp_path: Path) -> None:
    found = read(tmp_path, "table", CSV)
    assert shown(found) == ["2017-05-05 Panamá; capacita", "no-date"]
    entry = first(found)
    assert (entry.link, entry.content.text) == ("https://example.org/news/2", "Diez\n\noficiales")
    assert [one.origin.line for one in found] == [2, 4]


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ("summary,content", "Second."),
        ("content,summary", "First."),
        ("abstract,body", "Second."),
        ("Resumen,Contenido", "Second."),
        ("Résumé,Texte", "Second."),
        ("summary,place", "First."),
    ],
)
def test_the_text_of_a_table_is_the_whole_one(tmp_path, columns, text):
    found = read(tmp_path, "table", f"date,title,{columns}\n2026-11-05,Alpha,First.,Second.\n")
    assert first(found).content.text == text


def test_a_table_without_a_column_of_dates_says_which_it_has(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no column that is surely the date; .* its columns are 'When', 'Title'"):
        read(tmp_path, "table", "When,Title\n1,2\n")
    assert shown(read(tmp_path, "table", "When,Title\n2017-05-05,T\n", columns=(("date", "When"), ("title", "Title"))))
    with pytest.raises(SourceError, match="has no column 'Day' for date"):
        read(tmp_path, "table", "When,Title\n1,2\n", columns=(("date", "Day"),))


def test_lines_of_json_that_are_none_are_named_and_lose_nothing_else(tmp_path: Path) -> None:
    found = read(tmp_path, "table", JSON_LINES)
    assert shown(found) == ["not-json", "2017-05-05 Panama trains staff", "bad-item"]
    assert [one.origin.line for one in found] == [2, 1, 3]


def test_a_list_inside_json_is_found_by_its_path(tmp_path: Path) -> None:
    rows = {"meta": [], "out": {"list": [{"when": {"day": "2017-05-05"}, "title": {"rendered": "A &amp; B"}}]}}
    columns = (("date", "when.day"), ("title", "title"))
    found = read(tmp_path, "table", json.dumps(rows), items="out.list", columns=columns)
    assert shown(found) == ["2017-05-05 A & B"]
    with pytest.raises(SourceError, match=r"has no list at items = 'out\.lists'"):
        read(tmp_path, "table", json.dumps(rows), items="out.lists")


def test_an_export_of_wordpress_gives_its_published_posts(tmp_path: Path) -> None:
    found = read(tmp_path, "wordpress", WXR)
    assert shown(found) == ["2017-05-05 Panama trains staff", "left-out"]
    assert "left out: 1 post (draft), 1 page" in found[1].message
    entry = first(found)
    assert entry.time == dt.datetime(2017, 5, 5, 15, tzinfo=dt.UTC)
    assert entry.content.html == "<p>Ten officers.</p><p>They learned.</p>"
    with pytest.raises(SourceError, match="is not an export of WordPress"):
        read(tmp_path, "wordpress", RSS)


@pytest.mark.parametrize(
    ("body", "expected", "named"),
    [
        ("We [the ministers] will [not] sign [sic]. Write to [office].", None, ""),
        ("A [caption id=\"1\"]B[/caption] [embed]C[/embed] [playlist] [gallery ids='1,2'/]D", "A B C  D", ""),
        ("[vc_row][vc_text]A[/vc_text][/vc_row] [not]", "A [not]", "[vc_row], [vc_text]"),
        ('A [contact-form-7 id="12" title="x"] B [see also] [1] [a@b.org]', "A B [see also] [1] [a@b.org]",
         "[contact-form-7]"),
    ],
)  # fmt: skip
def test_words_in_square_brackets_stay_and_shortcodes_go(tmp_path, body, expected, named):
    text = WXR.replace('Ten officers.\n\n[gallery ids="1"]They learned.', body)
    found = read(tmp_path, "wordpress", text)
    assert first(found).content.text == " ".join((expected or body).split())
    assert [problem.message.rpartition(": ")[2] for problem in found[2:]] == ([named] if named else [])


def test_a_file_of_markdown_is_an_item(tmp_path: Path) -> None:
    entry = first(read(tmp_path, "markdown", MARKDOWN))
    assert (entry.content.title, str(entry.date), entry.link) == (
        "Panama trains staff",
        "2017-05-05",
        "https://example.org/news/2",
    )
    assert entry.content.html == '<p>Ten <strong>officers</strong> took <a href="https://example.org/x">part</a>.</p>'
    assert entry.content.categories == ("Training", "Panama")
    toml = '+++\ntitle = "Panama trains staff"\ndate = 2017-05-05\n+++\nText.\n'
    assert shown(read(tmp_path, "markdown", toml)) == BOTH[:1]
    assert shown(read(tmp_path, "markdown", "# Panama trains staff\n\nText.", "2017-05-05-panama.md")) == BOTH[:1]
    assert read(tmp_path, "markdown", MARKDOWN.replace("tags:", "draft: true\ntags:")) == []
    with pytest.raises(SourceError) as refused:
        read(tmp_path, "markdown", MARKDOWN.replace("[Training", "[[Training"))
    assert (refused.value.code, refused.value.line) == ("front-matter", 5)


@pytest.mark.parametrize(
    ("front", "title", "language"),
    [
        ("title: 12:30", "12:30", "en"),
        ("title: 0755", "0755", "en"),
        ("title: Yes", "Yes", "en"),
        ("title: no\nlang: no", "no", "no"),
        ("title: 1_000", "1_000", "en"),
        ("title: 2026-11-02", "2026-11-02", "en"),
        ('title: "null"', "null", "en"),
    ],
)
def test_front_matter_is_the_words_that_were_written(tmp_path, front, title, language):
    found = first(read(tmp_path, "markdown", f"---\n{front}\ndate: 2026-11-01\n---\nText.", "x.md"))
    assert (found.content.title, found.content.language) == (title, language)


@pytest.mark.parametrize(
    ("flag", "is_read"),
    [("draft: true", False), ("draft: Yes", False), ("published: no", False), ("draft: false", True), ("draft:", True),
     ("published: true", True)],
)  # fmt: skip
def test_a_draft_is_not_read(tmp_path, flag, is_read):
    found = read(tmp_path, "markdown", f"---\ntitle: A\ndate: 2026-11-01\n{flag}\n---\nText.", "x.md")
    assert bool(found) is is_read


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("markdown", "---\ntitle: A\ndate: 2026-11-01\nimage: /x.jpg\n---\nText."),
        ("markdown", "---\ntitle: A\ndate: 2026-11-01\ncover: {path: x.jpg, alt: y}\n---\nText."),
        ("markdown", '+++\ntitle = "A"\ndate = 2026-11-01\nfeatured_image = "x.jpg"\n+++\nText.'),
        ("feed", '{"items": [{"id": "1", "title": "A", "date_published": "2026-11-01", "image": "/x.jpg"}]}'),
        ("feed", '{"items": [{"id": "1", "title": "A", "date_published": "2026-11-01", "banner_image": "x.jpg"}]}'),
    ],
)
def test_the_picture_of_an_item_is_a_file_of_it(tmp_path, kind, text):
    [picture] = first(read(tmp_path, kind, text)).content.enclosures
    assert picture[:4] == Enclosure("https://example.org/x.jpg", "image/jpeg", 0, is_picture=True)[:4]


def test_what_is_struck_out_is_so(tmp_path):
    found = first(read(tmp_path, "markdown", "---\ntitle: A\ndate: 2026-11-01\n---\nOn ~~Monday~~ Tuesday."))
    assert found.content.html == "<p>On <s>Monday</s> Tuesday.</p>"


def test_front_matter_that_is_no_title_leaves_it_to_the_heading(tmp_path):
    found = first(
        read(tmp_path, "markdown", "---\ntitle: ~\ndate: 2026-11-01 23:30:00 -0500\n---\n# A bridge\n\nText.")
    )
    assert (found.content.title, str(found.time)) == ("A bridge", "2026-11-01 23:30:00-05:00")


def test_an_item_without_a_date_may_have_the_day_on_which_it_was_first_seen(site: Site) -> None:
    site.write(
        "feeds.toml", CONFIG + '[[sources]]\nname = "n"\nkind = "table"\npath = "n.csv"\nundated = "first-seen"\n'
    )
    site.write("n.csv", "date,title,text\n,Panama trains staff,Ten\n2017-05-05,Dated,Text\n")
    assert site.build(NOW).counts.new == 2
    before = site.files()
    site.write("n.csv", "date,title,text\n,Panama trains staff,Eleven\n2017-05-05,Dated,Text\n,Chile trains,Text\n")
    report = site.build(NOW + dt.timedelta(days=3))
    assert (report.counts.new, report.counts.changed, report.counts.unchanged) == (1, 1, 1)
    entries = {one.title: one for one in feedparser.parse(site.files()["atom.xml"]).entries}
    old = {one.title: one for one in feedparser.parse(before["atom.xml"]).entries}
    for name in old:
        assert (entries[name].id, entries[name].published) == (old[name].id, old[name].published)
    assert entries["Panama trains staff"].published.startswith("2026-11-21")
    assert entries["Chile trains"].published.startswith("2026-11-24")
    assert site.build(NOW + dt.timedelta(days=9)).written == []
    [lines] = [lines for heading, lines in explain("n:2", site.folder, now=NOW) if heading == "Date"]
    assert "no date is stated: it is the day on which it was first seen" in lines


def test_the_order_of_a_date_and_what_day_it_speaks_of_are_the_source_s_to_say(tmp_path: Path) -> None:
    listing = item("04/05/2017", "Panama trains staff") + item("3 weeks ago", "Chile trains") + item("16 March", "Peru")
    assert shown(read(tmp_path, "listing", listing))[0] == "bad-date"
    as_of = dt.date(2017, 5, 25)
    assert shown(read(tmp_path, "listing", listing, date_order="MDY", as_of=as_of)) == [
        "2017-04-05 Panama trains staff",
        "2017-05-04 Chile trains",
        "2017-03-16 Peru",
    ]


def test_a_dateline_in_a_text_begins_no_item_where_dates_stand_alone(tmp_path: Path) -> None:
    listing = item("5 May 2017", "Panama trains staff", "Panama, 4 May 2017\n\nTen officers took part.")
    [entry] = read(tmp_path, "listing", listing)
    assert isinstance(entry, Candidate) and entry.content.text.startswith("Panama, 4 May 2017")
    placed = item("Panama, 5 May 2017 –", "Panama trains staff") + item("Lima, 4 May 2017 –", "Peru trains staff")
    assert shown(read(tmp_path, "listing", placed)) == [
        "2017-05-05 Panama trains staff",
        "2017-05-04 Peru trains staff",
    ]


def test_the_categories_of_a_source_mean_what_its_table_says(site: Site) -> None:
    source = '[[sources]]\nname = "n"\nkind = "feed"\npath = "n.xml"\n'
    site.write("feeds.toml", CONFIG + source)
    site.write("n.xml", RSS.replace("Migración", "GENTE y Trabajo").replace("Panamá capacita", "Se capacita"))
    site.build()
    assert "topics/labour-migration/atom.xml" not in site.files()
    site.write("feeds.toml", CONFIG + source + 'categories = { "gente y trabajo" = "topics/labour-migration" }\n')
    report = site.build()
    assert "topics/labour-migration/atom.xml" in site.files()
    [change] = [change for change in report.changes if change.kind == "retagged"]
    lines = dict(explain(change.id, site.folder, now=NOW))
    assert "  stated by the source: category 'GENTE y Trabajo' of source 'n'" in lines["Tags"]
    assert "categories GENTE y Trabajo" in lines["Stated"]
    site.write("feeds.toml", CONFIG + source + 'categories = { "gente y trabajo" = "topics/labor-migration" }\n')
    with pytest.raises(ConfigError, match="no such code in topics: 'labor-migration'; did you mean 'labour-migration'"):
        site.build()
    site.write("feeds.toml", CONFIG + source + 'categories = { "x" = "y" }\n')
    with pytest.raises(ConfigError, match="expected 'keep', or a table like"):
        site.build()


def test_a_site_in_several_languages_may_have_a_feed_for_each(site: Site) -> None:
    english, spanish = item("5 May, 2017", "Panama trains staff"), item("5 de mayo de 2017", "Panamá capacita")
    source = '[[sources]]\nname = "{0}"\npath = "{0}.txt"\nlanguage = "{1}"\n'
    site.write("feeds.toml", CONFIG + source.format("en", "en") + source.format("es", "es-PA"))
    site.write("en.txt", english)
    site.write("es.txt", spanish)
    site.build()
    assert not [path for path in site.files() if path.startswith("languages/")]
    before = site.files()["atom.xml"]
    wanted = "[facets.languages]\npublish = true\n"
    site.write("feeds.toml", CONFIG + wanted + source.format("en", "en") + source.format("es", "es-PA"))
    assert site.build().status == 0
    feed = feedparser.parse(site.files()["languages/es/rss.xml"])
    assert (feed.feed.title, feed.feed.language) == ("Example news – Español", "es")
    assert [entry.title for entry in feed.entries] == ["Panamá capacita"]
    assert b">Languages<" in site.files()["index.html"]
    assert site.files()["atom.xml"] == before  # a language is no category, so no entry changes
    site.write("es.txt", item("6 de mayo de 2017", "Chile capacita") + spanish)
    site.build()
    assert len(feedparser.parse(site.files()["languages/es/atom.xml"]).entries) == 2
    assert len(feedparser.parse(site.files()["languages/en/atom.xml"]).entries) == 1
    entry = next(entry for entry in feedparser.parse(site.files()["atom.xml"]).entries if "Chile" in entry.title)
    assert (
        "languages/es: its language is 'es', sequence number 2"
        in dict(explain(entry.id, site.folder, now=NOW))["Feeds"]
    )
    assert site.build().written == []


def test_a_site_with_eight_sources_of_all_kinds_builds_in_one_run(site: Site) -> None:
    lines = ""
    for name, (path, text) in EIGHT.items():
        site.write(path, text)
        kind = name.partition("-")[0]
        lines += f'[[sources]]\nname = "{name}"\npath = "{path}"\nkind = "{kind}"\nbase_url = "https://example.org/{name}/"\n'
    site.write("feeds.toml", CONFIG + lines)
    report = site.build()
    assert {name: counts.new for name, counts in report.sources.items()} == {
        **dict.fromkeys(EIGHT, 1),
        "html": 2,
    }
    assert {problem.code for problem in report.problems} == {"no-date", "bad-item", "left-out", "unknown-categories"}
    entries = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    assert len(entries) == 9
    for entry in entries:
        found = dict(explain(entry.id, site.folder, now=NOW))["Found"][0]
        name = found.rpartition("source ")[2].strip("'")
        assert EIGHT[name][0] in found
        assert entry.id.startswith(f"tag:example.org,2020:{name}/")
    assert site.build().written == []


def test_feeds_sources_try_shows_what_would_be_found_and_the_lines_to_paste(feeds: Run, tmp_path: Path) -> None:
    (tmp_path / "news.html").write_text(PAGE)
    done = feeds("sources", "try", "news.html", "--base-url", "https://example.org/", COLUMNS="150")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Panama trains staff" in done.stdout and "https://example.org/news/1" in done.stdout
    table, _, lines = done.stdout.partition("the lines for feeds.toml:\n\n")
    assert table.rstrip().endswith("2 items, 0 rejected, of kind 'html'; 3 dates on the page;")
    site = tmp_path / "site"
    site.mkdir()
    (site / "feeds.toml").write_text(CONFIG + lines)
    (site / "news.html").write_text(PAGE)
    assert feeds("build", site).returncode == 0
    assert "Panama trains staff" in (tmp_path / "output/atom.xml").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["gone.html"], 1, "gone.html: error: cannot be read: No such file or directory [unreadable]"),
        (["empty.html"], 1, "error: nothing with a date was found, read as kind 'html'; of a page, say where"),
        (["empty.html", "--kind", "pdf"], 2, "--kind: error: 'pdf': expected one of calendar, feed, html"),
        (["empty.html", "--select", "h3"], 2, "--select: error: 'h3': expected two parts with = between them"),
        (["http://127.0.0.1:9/"], 1, "http://127.0.0.1:9/: error: cannot be fetched"),
    ],
)
def test_what_cannot_be_tried_is_said(
    feeds: Run, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    (tmp_path / "empty.html").write_text("<html><p>Nothing</p></html>")
    done = feeds("sources", "try", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
