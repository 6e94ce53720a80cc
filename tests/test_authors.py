"""Who wrote an item: read from every kind of source, published in every format, withheld where that is wanted."""

from __future__ import annotations

import json

import feedparser
import pytest
from conftest import CONFIG, Site

from feeds.validation import validate

NS = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
RSS = f"""<rss version="2.0" {NS}><channel><title>F</title><link>https://e.org/</link><description>d</description>
<item><title>A bridge</title><link>https://e.org/1</link><pubDate>Tue, 24 Nov 2020 23:30:00 GMT</pubDate>
<description>It is open.</description>{{}}</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><id>tag:e.org,2020:f</id>{}<updated>2020-11-24T10:00:00Z</updated>
<entry><title>A bridge</title><id>tag:e.org,2020:1</id><link href="https://e.org/1"/><updated>2020-11-24T10:00:00Z</updated>
<summary>It is open.</summary>{}</entry></feed>"""
WXR = f"""<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" {NS}
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<wp:author><wp:author_login>ann</wp:author_login><wp:author_display_name>Ann Bell</wp:author_display_name></wp:author>
<item><title>A bridge</title><link>https://e.org/1</link><dc:creator>ann</dc:creator><dc:creator>guest</dc:creator>
<content:encoded>It is open.</content:encoded><wp:post_date_gmt>2020-11-24 10:00:00</wp:post_date_gmt>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>"""
PAGE = "<main>{}</main>".format(
    "".join(
        f"<article {{kind}}><h2 {{title}}><a href='/{n}'>{name}</a></h2><time {{date}} datetime='2020-11-2{n}'>2{n} Nov 2020"
        f"</time><p>It is open {n}.</p>{{author}}</article>"
        for n, name in ((4, "A bridge"), (3, "A road"))
    )
)
MICRODATA = PAGE.format(
    kind="itemscope itemtype='https://schema.org/NewsArticle'",
    title="itemprop=headline",
    date="itemprop=datePublished",
    author="<span itemprop=author itemscope><a itemprop=name href='/ann'>Ann Bell</a></span>",
)
HENTRY = PAGE.format(
    kind="class=h-entry", title="class=p-name", date="class=dt-published", author="<b class=p-author>Ann Bell</b>"
)
BLOCKS = PAGE.format(kind="", title="", date="", author="<p class=byline>By <a href='mailto:a@e.org'>Ann Bell</a></p>")
JSON_LD = '<script type="application/ld+json">{}</script><p>x</p>'.format(
    json.dumps(
        [
            {
                "@type": "NewsArticle",
                "headline": name,
                "datePublished": "2020-11-24",
                "url": f"/{name}",
                "author": author,
            }
            for name, author in (
                ("A bridge", [{"@type": "Person", "name": "Ann Bell", "url": "/ann"}, "Bo Li"]),
                ("B", "C"),
            )
        ]
    )
)


def json_feed(**item: object) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "F",
            "authors": [{"name": "The agency"}],
            "items": [
                {"id": "1", "title": "A bridge", "content_text": "x", "date_published": "2020-11-24T10:00:00Z", **item}
            ],
        }
    )


SOURCES = [
    ("feed", RSS.format("<dc:creator>Ann Bell</dc:creator><dc:creator>Bo Li</dc:creator>"), ["Ann Bell", "Bo Li"]),
    ("feed", RSS.format("<author>ann@e.org (Ann Bell)</author>"), ["Ann Bell"]),
    ("feed", RSS.format("<author>ann@e.org</author>"), []),
    ("feed", RSS.format(""), []),
    ("feed", ATOM.format("", "<author><name>Ann Bell</name><uri>https://e.org/ann</uri></author>"), ["Ann Bell"]),
    ("feed", ATOM.format("<author><name>The agency</name></author>", ""), ["The agency"]),
    ("feed", json_feed(authors=[{"name": "Ann Bell", "url": "https://e.org/ann"}, {"url": "x"}]), ["Ann Bell"]),
    ("feed", json_feed(author={"name": "Ann Bell"}), ["Ann Bell"]),
    ("feed", json_feed(), ["The agency"]),
    ("table", "date,title,Author\n2020-11-24,A bridge,Ann Bell; Bo Li\n", ["Ann Bell", "Bo Li"]),
    ("table", "date,title,Autor\n2020-11-24,A bridge,\"Bell, Ann\"\n", ["Bell, Ann"]),
    ("table", '[{"date": "2020-11-24", "title": "A bridge", "author": [{"name": "Ann Bell"}, {"name": "Bo Li"}]}]', ["Ann Bell", "Bo Li"]),
    ("table", '[{"date": "2020-11-24", "title": "A bridge", "author": 7}]', []),
    ("markdown", "---\ntitle: A bridge\ndate: 2020-11-24\nauthor: Ann Bell\n---\nx", ["Ann Bell"]),
    ("markdown", "---\ntitle: A bridge\ndate: 2020-11-24\nauthors: [Ann Bell, {name: Bo Li, url: /bo}]\n---\nx", ["Ann Bell", "Bo Li"]),
    ("wordpress", WXR, ["Ann Bell", "guest"]),
    ("html", MICRODATA, ["Ann Bell"]),
    ("html", HENTRY, ["Ann Bell"]),
    ("html", JSON_LD, ["Ann Bell", "Bo Li"]),
]  # fmt: skip
ENDINGS = {"feed": "xml", "table": "csv", "markdown": "md", "wordpress": "xml", "html": "html"}


def published(site: Site, kind: str, text: str, more: str = "", settings: str = "") -> dict[str, list[str]]:
    name = "x.json" if text[:1] in "[{" else f"x.{ENDINGS[kind]}"
    site.write(
        "feeds.toml",
        CONFIG.replace("year = 2020", f"year = 2020\n{settings}")
        + f'[[sources]]\nname = "s"\npath = "{name}"\nkind = "{kind}"\nbase_url = "https://e.org/"\n{more}',
    )
    site.write(name, text)
    assert site.build().status in (0, 1)
    files = site.files()
    assert not [finding for name in ("atom.xml", "rss.xml", "feed.json") for finding in validate(files[name])]
    atom = next(entry for entry in feedparser.parse(files["atom.xml"]).entries if entry.title == "A bridge")
    rss = next(entry for entry in feedparser.parse(files["rss.xml"]).entries if entry.title == "A bridge")
    item = next(item for item in json.loads(files["feed.json"])["items"] if item["title"] == "A bridge")
    return {
        "atom": [author.name for author in dict.get(atom, "authors", ()) if author.get("name")],
        "rss": [author.name for author in dict.get(rss, "authors", ()) if author.get("name")],
        "json": [author["name"] for author in item.get("authors", ())],
    }


@pytest.mark.parametrize(("kind", "text", "names"), SOURCES)
def test_authors_are_published_as_the_source_states_them(site, kind, text, names):
    assert published(site, kind, text) == {"atom": names, "rss": names, "json": names}


def test_a_selector_finds_the_author_and_no_address_of_mail_is_published(site):
    select = 'select = { item = "article", date = "time", title = "h2", author = ".byline" }\n'
    assert published(site, "html", BLOCKS, select)["json"] == ["Ann Bell"]
    assert not any(b"a@e.org" in body for name, body in site.files().items() if name.endswith((".xml", ".json")))


def test_authors_are_withheld_where_that_is_wanted_and_come_back(site):
    text = SOURCES[0][1]
    nobody = {"atom": [], "rss": [], "json": []}
    assert published(site, "feed", text, settings="authors = false") == nobody
    assert published(site, "feed", text)["rss"] == ["Ann Bell", "Bo Li"]
    assert published(site, "feed", text, settings="authors = false") == nobody


def test_a_page_shows_the_byline_and_another_author_is_no_news(site):
    text = "date,title,author\n2020-11-24,A bridge,Ann Bell\n"
    published(site, "table", text)
    before = site.files()
    [page] = [body.decode() for name, body in before.items() if name.startswith("items/")]
    assert '<p class="when" lang="en" dir="ltr">By Ann Bell</p>' in page
    assert published(site, "table", text.replace("Ann Bell", "Bo Li"))["atom"] == ["Bo Li"]
    old, new = (feedparser.parse(files["atom.xml"]).entries[0] for files in (before, site.files()))
    assert (old.id, old.updated, old.published) == (new.id, new.updated, new.published)


def test_an_address_of_an_author_is_kept(site):
    published(site, "feed", SOURCES[4][1])
    files = site.files()
    assert b"<uri>https://e.org/ann</uri>" in files["atom.xml"]
    assert json.loads(files["feed.json"])["items"][0]["authors"] == [{"name": "Ann Bell", "url": "https://e.org/ann"}]
