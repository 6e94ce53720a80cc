"""The summary of an entry is the one that its editor wrote, and cut from the text only where there is none."""

from __future__ import annotations

import json

import feedparser
import pytest
from conftest import CONFIG, Site

TEXT = "The bridge is open. " * 30
RSS = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>F</title>
<link>https://e.org/</link><description>d</description><item><title>A bridge</title><link>https://e.org/1</link>
<pubDate>Tue, 24 Nov 2020 23:30:00 GMT</pubDate>{}</item></channel></rss>"""
BOTH = f"<description>&lt;p&gt;Open &amp;amp; free.&lt;/p&gt;</description><content:encoded>{TEXT}</content:encoded>"
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><id>tag:e.org,2020:f</id>
<updated>2020-11-24T10:00:00Z</updated><entry><title>A bridge</title><id>tag:e.org,2020:1</id><link href="https://e.org/1"/>
<updated>2020-11-24T10:00:00Z</updated><summary>Open &amp; free.</summary><content>{TEXT}</content></entry></feed>"""
WXR = f"""<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:e="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item><title>A bridge</title><link>https://e.org/1</link>
<content:encoded>{TEXT}</content:encoded><e:encoded>Open &amp; free.</e:encoded>
<wp:post_date_gmt>2020-11-24 10:00:00</wp:post_date_gmt><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
</item></channel></rss>"""
ITEM = {"id": "1", "title": "A bridge", "summary": "Open & free.", "date_published": "2020-11-24T10:00:00Z"}
ARTICLES = [
    {"@type": "NewsArticle", "headline": name, "datePublished": "2020-11-24", "url": f"/{name}", "articleBody": TEXT,
     "description": "Open &amp; free."}
    for name in ("A bridge", "A road")
]  # fmt: skip
STATED, CUT, ALONE = "Open & free.", ("The bridge is open. " * 15).strip(), "Open & free."


@pytest.mark.parametrize(
    ("kind", "name", "text", "expected"),
    [
        ("feed", "x.xml", RSS.format(BOTH), STATED),
        ("feed", "x.xml", RSS.format(f"<description>{TEXT}</description>"), CUT),
        ("feed", "x.xml", RSS.format(f"<content:encoded>{TEXT}</content:encoded>"), CUT),
        ("feed", "x.xml", RSS.format("<description>Open &amp;amp; free.</description>"), ALONE),
        ("feed", "x.xml", ATOM, STATED),
        ("feed", "x.json", json.dumps({"version": "", "items": [{**ITEM, "content_html": f"<p>{TEXT}</p>"}]}), STATED),
        ("feed", "x.json", json.dumps({"version": "", "items": [ITEM]}), ALONE),
        ("table", "x.csv", f"date,title,summary,content\n2020-11-24,A bridge,Open & free.,{TEXT}\n", STATED),
        ("table", "x.csv", f"date,title,Texte,Résumé\n2020-11-24,A bridge,{TEXT},Open & free.\n", STATED),
        ("table", "x.csv", "date,title,summary\n2020-11-24,A bridge,Open & free.\n", ALONE),
        ("table", "x.csv", f"date,title,summary,text\n2020-11-24,A bridge,A bridge,{TEXT}\n", CUT),
        ("markdown", "x.md", f"---\ntitle: A bridge\ndate: 2020-11-24\ndescription: Open & free.\n---\n{TEXT}", STATED),
        ("markdown", "x.md", f"---\ntitle: A bridge\ndate: 2020-11-24\n---\n{TEXT}", CUT),
        ("wordpress", "x.xml", WXR, STATED),
        ("html", "x.html", f'<script type="application/ld+json">{json.dumps(ARTICLES)}</script><p>x</p>', STATED),
    ],
)
def test_the_summary_is_the_one_that_is_stated(site: Site, kind: str, name: str, text: str, expected: str) -> None:
    source = f'[[sources]]\nname = "s"\npath = "{name}"\nkind = "{kind}"\nbase_url = "https://e.org/"\n'
    site.write("feeds.toml", CONFIG + source)
    site.write(name, text)
    assert site.build().status == 0
    entries = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    entry = next(entry for entry in entries if entry.title == "A bridge")
    assert entry.summary == expected
    assert ("The bridge is open." in entry.content[0].value) is (expected != ALONE or "The bridge" in text)
    item = json.loads((site.output / "feed.json").read_bytes())["items"][0]
    assert item["summary"] == expected


def test_another_limit_cuts_what_was_cut_and_nothing_that_was_stated(site: Site) -> None:
    source = '[[sources]]\nname = "s"\npath = "x.csv"\nkind = "table"\n'
    site.write("feeds.toml", CONFIG + source)
    site.write(
        "x.csv",
        f"date,title,summary,text\n2020-11-24,A,{'Open and free for all of us. ' * 9},{TEXT}\n2020-11-23,B,,{TEXT}\n",
    )
    site.build()
    site.write("feeds.toml", CONFIG + "[limits]\nsummary = 60\n" + source)
    site.build()
    stated, cut = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    assert stated.summary == ("Open and free for all of us. " * 9).strip()
    assert cut.summary == "The bridge is open. The bridge is open. The bridge is open."


def test_another_summary_is_published_and_is_no_news(site: Site) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "s"\npath = "x.csv"\nkind = "table"\n')
    rows = "date,title,summary,text\n2020-11-24,A bridge,{},It is open.\n"
    site.write("x.csv", rows.format("First."))
    site.build()
    [old] = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    site.write("x.csv", rows.format("Second."))
    site.build()
    [new] = feedparser.parse((site.output / "atom.xml").read_bytes()).entries
    assert (old.summary, new.summary) == ("First.", "Second.")
    assert (old.id, old.updated) == (new.id, new.updated)
