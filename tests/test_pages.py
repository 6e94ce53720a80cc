"""Pages for people: what they say and link, in which language; lists for programs; what partners take."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest
from conftest import CONFIG, NOW, ROOT, Site, item
from lxml import etree, html

from feeds.config import load_config
from feeds.feed import messages
from feeds.feed.pages.chart import MONTHS, chart
from feeds.model import ConfigError
from feeds.validation import validate

LISTING = "".join(
    item(f"{day} {month}, 2017", f"{country} holds workshop {day}", "Officials met on border management.")
    for month, day, country in [
        ("June", 5, "Honduras"),
        ("May", 9, "Panama"),
        ("May", 5, "Honduras and Panama"),
        ("April", 5, "Honduras"),
        ("March", 7, "Honduras"),
    ]
)


def build(site: Site, more: str = "", listing: str = LISTING) -> None:
    site.write("feeds.toml", CONFIG + more)
    site.write("news.txt", listing)
    assert site.build().status == 0


def page(site: Site, path: str) -> html.HtmlElement:
    return html.document_fromstring((site.output / path).read_bytes())


def text(site: Site, path: str) -> str:
    return " ".join(page(site, path).text_content().split())


def entries(site: Site, path: str) -> list[feedparser.FeedParserDict]:
    return list(feedparser.parse((site.output / path).read_bytes()).entries)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_page_of_a_feed_says_how_to_subscribe_what_is_new_and_what_is_near(site: Site) -> None:
    build(site)
    twin = page(site, "countries/hn/index.html")
    alternates = [(link.get("href"), link.get("title")) for link in twin.xpath("//link[@rel='alternate']")]
    assert alternates[:3] == [(f"{name}", f"Example news – Honduras ({kind})") for name, kind in FILES]
    assert alternates[3:] == [(f"../../{name}", f"Example news ({kind})") for name, kind in FILES]
    assert twin.xpath("//h1/text()") == ["Honduras"]
    addresses = twin.xpath("//dl[@class='addresses']//a/@href")
    assert addresses == [f"https://news.example.org/feeds/countries/hn/{name}" for name, _ in FILES]
    titles = [link.text for link in twin.xpath("//ol[@class='entries']//h3/a")]
    assert titles == [entry.title for entry in entries(site, "countries/hn/atom.xml")]
    near = {link.text: link.get("href") for link in twin.xpath("//ul[@class='near']//a")}
    assert near["Immigration and border management"] == "../../topics/border-management/"
    assert "Panama" not in near  # a country's topics, not other countries
    back = page(site, "topics/border-management/index.html").xpath("//ul[@class='near']//li")
    assert [" ".join(one.text_content().split()) for one in back] == ["Honduras 4 entries", "Panama 2 entries"]


FILES = [("atom.xml", "Atom"), ("rss.xml", "RSS"), ("feed.json", "JSON")]


def test_a_feed_leads_to_its_page_and_a_browser_to_both(site: Site) -> None:
    build(site)
    feed = feedparser.parse((site.output / "countries/hn/rss.xml").read_bytes()).feed
    assert feed.link == "https://news.example.org/feeds/countries/hn/"
    for path in ("atom.xml", "countries/hn/rss.xml"):
        root = etree.parse(site.output / path)
        style = root.getroot().getprevious()
        assert (style.target, style.get("type")) == ("xml-stylesheet", "text/css")
        assert ((site.output / path).parent / str(style.get("href"))).resolve() == site.output / "feed.css"
        [hint] = root.iter("{http://www.w3.org/1999/xhtml}div")
        assert hint[0].get("href") == "https://news.example.org/feeds/" + path.rpartition("/")[0].lstrip("/") + (
            "/" if "/" in path else ""
        )


def test_a_feed_is_without_that_where_it_is_not_wanted(site: Site) -> None:
    build(site, "[publish]\nhint = false\n")
    assert b"xhtml" not in (site.output / "atom.xml").read_bytes() + (site.output / "rss.xml").read_bytes()


def test_no_page_asks_another_origin_for_anything_or_runs_what_is_inline(site: Site) -> None:
    build(site, "[publish]\nembed = true\n")
    for path in site.output.rglob("*.html"):
        if path.name == "fragment.html":
            continue
        root = html.document_fromstring(path.read_bytes())
        loaded = root.xpath("//@src") + root.xpath("//link[@rel='stylesheet']/@href")
        assert loaded and all(not re.match(r"[a-z]+:|//", address) for address in loaded), path
        assert all((path.parent / address).is_file() for address in loaded), path
        assert not root.xpath("//@style | //style | //script[not(@src)] | //@onclick"), path
        policy = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy and policy[0].startswith("default-src 'none'"), path


def test_an_entry_page_shows_the_words_behind_each_tag(site: Site) -> None:
    build(site)
    said = text(site, "items/2017/05/05/honduras-and-panama-holds-workshop-5.html")
    assert "Honduras Subscribe Why? “Honduras” (title)" in said
    assert "Panama Subscribe Why? “Panama” (title)" in said
    build(site, '[[overrides]]\npattern = "and Panama"\ncountries = ["pa"]\n')
    said = text(site, "items/2017/05/05/honduras-and-panama-holds-workshop-5.html")
    assert "Panama Subscribe Why? the editors" in said and "Honduras Subscribe" not in said


def test_an_index_shows_the_busiest_first_and_what_there_is_of_each_month(site: Site) -> None:
    build(site, listing=LISTING + item("5 February, 2017", "Older") + item("5 January, 2017", "Oldest"))
    index = page(site, "index.html")
    countries = index.xpath("//details[.//h2[@id='countries']]//li")
    assert [one.xpath("string(a)") for one in countries] == ["Honduras", "Panama"]
    assert [one.xpath("string(*[local-name()='svg']/*/@width)") for one in countries] == ["100", "50"]
    [said] = index.xpath("//figure//*[local-name()='svg']/@aria-label")
    assert said == "January 2017 to June 2017; most in May 2017: 2 entries"
    bars = index.xpath("//figure//*[local-name()='rect']/*[local-name()='title']/text()")
    assert bars[:2] == ["January 2017: 1 entry", "February 2017: 1 entry"]
    assert bars[2:] == ["March 2017: 1 entry", "April 2017: 1 entry", "May 2017: 2 entries", "June 2017: 1 entry"]


def test_news_comes_first_and_what_is_folded_can_be_unfolded_without_scripts(site: Site) -> None:
    build(site, 'email = "https://example.org/newsletter"\n')
    index = page(site, "index.html")
    assert index.xpath("//h2/@id") == ["newest", "subscribe", "countries", "topics", "many"]
    assert index.xpath("//figure") == []  # a chart of four months says nothing
    [subscribe] = index.xpath("//section[@aria-labelledby='subscribe']")
    assert subscribe.xpath("dl//dt/text()") == ["Atom"]
    assert subscribe.xpath("details//dt/text()") == ["RSS", "JSON"]
    assert subscribe.xpath("p/a/@href") == ["https://example.org/newsletter"]
    facets = {facet.xpath("string(.//h2)"): facet.get("open") for facet in index.xpath("//details[@class='facet']")}
    assert facets == {"Countries": "", "Topics": ""}
    said = page(site, "items/2017/05/05/honduras-and-panama-holds-workshop-5.html")
    assert "../countries/hn/#subscribe" in " ".join(said.xpath("//a[@class='subscribe-to']/@href"))
    assert said.xpath("string(//p[@class='share']/a/@href)").startswith("mailto:?subject=Honduras%20and%20Panama")


def test_a_chart_shows_the_last_months_only_and_nothing_of_one(site: Site) -> None:
    import datetime as dt

    spoken = messages.language_messages("en")
    assert chart([], spoken) is None and chart([(dt.date(2017, 5, 1), 7)], spoken) is None
    long = [(dt.date(1999 + number // 12, number % 12 + 1, 1), number + 1) for number in range(240)]
    shown = chart(long, spoken)
    assert shown and len(shown.bars) == MONTHS and shown.bars[-1].said == "December 2018: 240 entries"
    assert min(bar.x for bar in shown.bars) >= shown.left and shown.bars[-1].x + shown.bars[-1].width <= shown.width
    assert max(bar.height for bar in shown.bars) == shown.floor - shown.top


@pytest.mark.parametrize(
    ("language", "dir", "date", "heading"),
    [
        ("es", "ltr", "5 de junio de 2017", "Suscribirse"),
        ("fr", "ltr", "5 juin 2017", "S’abonner"),
        ("pt-BR", "ltr", "5 de junho de 2017", "Subscrever"),
        ("ar", "rtl", "5 يونيو 2017", "اشترك"),
        ("ru", "ltr", "5 июн. 2017 г.", "Подписаться"),
        ("zh", "ltr", "2017年6月5日", "订阅"),
        ("de", "ltr", "5 June 2017", "Subscribe"),
        ("he", "rtl", "5 June 2017", "Subscribe"),
    ],
)
def test_pages_speak_the_language_of_the_site(site: Site, language: str, dir: str, date: str, heading: str) -> None:
    site.write("feeds.toml", CONFIG.replace("[site]", f'[site]\nlanguage = "{language}"'))
    site.write("news.txt", LISTING)
    site.write("feeds.toml", (site.folder / "feeds.toml").read_text() + '[[sources]]\nname = "news"\nlanguage = "en"\n')
    site.build()
    index = page(site, "index.html")
    assert (index.get("lang"), index.get("dir")) == (language if heading != "Subscribe" else "en", dir)
    assert date in text(site, "index.html") and heading in text(site, "index.html")


def test_every_catalogue_has_every_word_and_takes_the_same_values() -> None:
    import string

    def fields(value: object) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(str(value))} - {None}

    english = messages.language_messages("en").stated
    for language in messages.LANGUAGES:
        stated = messages.language_messages(language).stated
        assert stated.keys() == english.keys(), language
        assert {key: fields(stated[key]) for key in english} == {key: fields(english[key]) for key in english}


def test_a_site_may_have_words_of_its_own_and_wrong_ones_are_named(site: Site) -> None:
    site.write("words.toml", 'subscribe = "Abonnieren"\ndate = "{day}.{month}"\n')
    build(site, "")
    site.write("feeds.toml", CONFIG.replace("[site]", '[site]\nlanguage = "de"\nwords = "words.toml"'))
    site.write("news.txt", LISTING.replace("June", "Juni").replace("March", "März").replace("May", "Mai"))
    site.build()
    assert page(site, "index.html").get("lang") == "de" and "Abonnieren" in text(site, "index.html")
    for wrong, message in (
        ('subscribed = "x"', "unknown word 'subscribed'; known are months, date"),
        ('date = "{jour}"', r"date = '\{jour\}': expected something like '\{day\}"),
        ('date = "{"', "date = '{': expected"),
        ('months = ["Januar"]', r"months = \['Januar'\]: expected"),
        ("subscribe = ", "cannot be read as TOML"),
    ):
        site.write("words.toml", wrong)
        with pytest.raises(ConfigError, match=message):
            messages.site_messages(load_config(site.folder))


def test_a_twin_stays_when_nothing_of_it_changed(site: Site) -> None:
    build(site)
    stamps = site.stamps()
    site.write("news.txt", item("1 July, 2017", "Guatemala trains staff") + LISTING)
    site.build(NOW)
    kept = {path for path, stamp in site.stamps().items() if stamps.get(path) == stamp}
    assert str(site.output / "countries/hn/index.html") in kept
    assert str(site.output / "index.html") not in kept


def test_an_ended_feed_says_so_on_its_page(site: Site) -> None:
    build(site)
    build(site, '[[ended]]\nfeed = "countries/hn"\n')
    assert "This feed ended on 21 November 2026" in text(site, "countries/hn/index.html")


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_to_import_hold_every_feed_in_folders_and_are_valid(site: Site) -> None:
    build(site)
    whole = etree.parse(site.output / "opml.xml").getroot()
    assert validate((site.output / "opml.xml").read_bytes()) == []
    addresses = whole.xpath("//outline/@xmlUrl")
    live = {f"https://news.example.org/feeds/{path.relative_to(site.output)}" for path in site.output.rglob("atom.xml")}
    assert set(addresses) == {address for address in live if "/archive/" not in address}
    assert whole.xpath("//body/outline[not(@xmlUrl)]/@text") == ["Countries", "Topics"]
    countries = etree.parse(site.output / "opml-countries.xml").getroot()
    assert countries.xpath("//outline/@xmlUrl") == [one for one in addresses if "/countries/" in one]
    assert set(whole.xpath("//outline[@xmlUrl]/@type")) == {"rss"}


def test_the_catalogue_says_how_much_there_is_and_when_more_is_likely(site: Site) -> None:
    build(site)
    catalogue = json.loads((site.output / "feeds.json").read_bytes())
    main, honduras = (next(one for one in catalogue["feeds"] if one["path"] == path) for path in ("", "countries/hn"))
    assert (main["count"], honduras["count"], honduras["label"]) == (5, 4, "Honduras")
    assert main["updated"] == "2017-06-05T10:00:00+00:00"
    # Gaps of 27, 4, 30 and 29 days: the third of them in order.
    assert main["next_expected"] == "2017-07-04T10:00:00+00:00"
    panama = next(one for one in catalogue["feeds"] if one["path"] == "countries/pa")
    assert panama["next_expected"] is None  # two entries say nothing
    assert honduras["atom_url"] == "https://news.example.org/feeds/countries/hn/atom.xml"


# --- what partners take ----------------------------------------------------------------------------------------------

RIGHTS = """[rights]
license = "https://creativecommons.org/licenses/by/4.0/"
text = "© Example & Co."
attribution = "Example news, news.example.org"
"""


def test_a_licence_stands_where_programs_look_for_it(site: Site) -> None:
    build(site, RIGHTS)
    atom = feedparser.parse((site.output / "atom.xml").read_bytes())
    rss = feedparser.parse((site.output / "rss.xml").read_bytes())
    licence = "https://creativecommons.org/licenses/by/4.0/"
    assert [link.href for link in atom.feed.links if link.rel == "license"] == [licence]
    assert [[link.href for link in entry.links if link.rel == "license"] for entry in atom.entries] == [[licence]] * 5
    assert atom.feed.rights == rss.feed.rights == "© Example & Co. Example news, news.example.org"
    element = b">https://creativecommons.org/licenses/by/4.0/</creativeCommons:license>"
    assert element in (site.output / "rss.xml").read_bytes()
    stated = json.loads((site.output / "feed.json").read_bytes())["_rights"]
    assert stated == {
        "license": licence, "text": "© Example & Co.", "attribution": "Example news, news.example.org"
    }  # fmt: skip
    assert page(site, "countries/hn/index.html").xpath("//link[@rel='license']/@href") == [licence]
    for path in site.output.rglob("*.xml"):
        assert validate(path.read_bytes()) == [], path


@pytest.mark.parametrize(("points", "one", "two"), [("one", 1, 0), ("all", 1, 2), ("none", 0, 0)])
def test_an_entry_of_one_country_is_on_the_map(site: Site, points: str, one: int, two: int) -> None:
    build(site, f'[publish]\npoints = "{points}"\n')
    for path, tag in (("atom.xml", "{http://www.w3.org/2005/Atom}entry"), ("rss.xml", "item")):
        found = {
            "".join(entry.xpath("*[local-name()='title']/text()")): entry.xpath("*[local-name()='point']/text()")
            for entry in etree.parse(site.output / path).iter(tag)
        }
        assert len(found["Honduras holds workshop 7"]) == one
        assert len(found["Honduras and Panama holds workshop 5"]) == two
        if one:
            assert found["Honduras holds workshop 7"] == ["14.08 -87.21"]
        assert validate((site.output / path).read_bytes()) == []


def test_an_image_is_a_thumbnail_and_an_image_of_json_feed(site: Site) -> None:
    row = "date,title,link,enclosure\n2017-05-05,Panama,https://example.org/1,https://example.org/i/1.jpg\n"
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "t"\nkind = "table"\npath = "t.csv"\n')
    site.write("t.csv", row)
    site.build()
    for name in ("atom.xml", "rss.xml"):
        [entry] = entries(site, name)
        assert entry.media_thumbnail == [{"url": "https://example.org/i/1.jpg"}]
        assert entry.media_content[0]["type"] == "image/jpeg"
        assert validate((site.output / name).read_bytes()) == []
    assert json.loads((site.output / "feed.json").read_bytes())["items"][0]["image"] == "https://example.org/i/1.jpg"


def test_summaries_are_all_that_is_published_where_that_is_wanted(site: Site) -> None:
    long = item("5 May, 2017", "Panama", "First sentence here. " * 40)
    build(site, '[publish]\ncontent = "summary"\n', long)
    for name in ("atom.xml", "rss.xml"):
        [entry] = entries(site, name)
        assert "content" not in entry and len(entry.summary) <= 300
        assert validate((site.output / name).read_bytes()) == []
    stated = json.loads((site.output / "feed.json").read_bytes())["items"][0]
    assert "content_html" not in stated and stated["content_text"] == stated["summary"]
    assert validate((site.output / "feed.json").read_bytes()) == []


def test_a_country_within_a_topic_has_its_own_feed_where_that_is_wanted(site: Site) -> None:
    build(site)
    before = site.files()["atom.xml"]
    build(site, "[facets.pairs]\npublish = true\nleast = 1\n")
    path = "countries/pa/topics/border-management/"
    assert [entry.title for entry in entries(site, f"{path}rss.xml")] == [
        "Panama holds workshop 9",
        "Honduras and Panama holds workshop 5",
    ]
    assert site.files()["atom.xml"] == before
    near = page(site, "countries/pa/index.html").xpath("//ul[@class='near']//a/@href")
    assert f"../../{path}" in near and not [one for one in near if "/hn/" in one]
    build(
        site, '[facets.pairs]\npublish = true\nonly = ["hn/border-management"]\n', item("1 July, 2017", "x") + LISTING
    )
    listed = [one["path"] for one in json.loads((site.output / "feeds.json").read_bytes())["feeds"]]
    assert [one for one in listed if one.count("/") > 1] == ["countries/hn/topics/border-management"]


CUSTOM = """[[custom]]
name = "isthmus"
title = "Isthmus"
any_of = ["countries/hn", "countries/pa"]
all_of = ["topics/border-management"]
"""


def test_a_feed_of_ones_own_holds_what_it_says_and_ends_only_where_that_is_said(site: Site) -> None:
    listing = item("2 July, 2017", "Chile trains border staff") + item("1 July, 2017", "Honduras sings") + LISTING
    build(site, CUSTOM, listing)
    assert len(entries(site, "custom/isthmus/atom.xml")) == 5
    build(site, CUSTOM.replace(', "countries/pa"', ""), listing)
    assert len(entries(site, "custom/isthmus/atom.xml")) == 4
    site.write("feeds.toml", CONFIG)
    with pytest.raises(ConfigError, match=r"no table has any more: custom/isthmus; .*feed = 'custom/isthmus'"):
        site.build()
    build(site, '[[ended]]\nfeed = "custom/isthmus"\n', listing)
    assert entries(site, "custom/isthmus/atom.xml")[0].title == "This feed has ended"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (CUSTOM.replace("countries/pa", "countries/xx"), "no such code in countries: 'xx'"),
        (CUSTOM + CUSTOM, r"two \[\[custom\]\] are named 'isthmus'"),
        ("[[custom]]\nname = 'x'\n", r"feeds.toml:\d+: error: \[\[custom\]\] has no title"),
        ("[[custom]]\nname = 'x'\ntitle = 'X'\n", "needs any_of or all_of"),
        (CUSTOM.replace("countries/hn", "hn"), "expected a list of categories like"),
        ('[facets.pairs]\npublish = true\nonly = ["hn/nothing"]\n', "no such code in topics: 'nothing'"),
        ('[publish]\nhub = "hub.example.org"\n', "expected an absolute address"),
    ],
)
def test_a_wrong_word_about_feeds_is_named(site: Site, more: str, message: str) -> None:
    site.write("feeds.toml", CONFIG + more)
    site.write("news.txt", LISTING)
    with pytest.raises(ConfigError, match=message):
        site.build()


def test_lists_for_other_sites_are_plain_html_with_absolute_links(site: Site) -> None:
    build(site, RIGHTS + "[publish]\nembed = true\n")
    fragment = (site.output / "countries/pa/fragment.html").read_text()
    root = html.fragment_fromstring(fragment, create_parent="div")
    assert [link.text for link in root.xpath(".//li/a")] == [
        "Panama holds workshop 9", "Honduras and Panama holds workshop 5"
    ]  # fmt: skip
    assert all(address.startswith("https://news.example.org/feeds/") for address in root.xpath(".//@href"))
    assert "Example news, news.example.org" in fragment and "<script" not in fragment
    frame = page(site, "countries/pa/embed.html")
    assert [link.text for link in frame.xpath("//li/a")] == [link.text for link in root.xpath(".//li/a")]
    [shown] = page(site, "countries/pa/index.html").xpath("//textarea[@id='frame']")
    assert 'src="https://news.example.org/feeds/countries/pa/embed.html"' in shown.text


def test_what_is_to_be_pasted_survives_quotes_in_a_title(site: Site) -> None:
    site.write("feeds.toml", CONFIG.replace("Example news", '\\"News\\" & <more>') + "[publish]\nembed = true\n")
    site.write("news.txt", LISTING)
    site.build()
    [shown] = page(site, "index.html").xpath("//textarea[@id='frame']/text()")
    frame = html.fragment_fromstring(shown)
    assert (frame.tag, frame.get("title")) == ("iframe", '"News" & <more>')


def test_entries_name_the_main_feed_where_that_is_wanted(site: Site) -> None:
    build(site, "[publish]\nsource = true\n")
    for name in ("atom.xml", "rss.xml"):
        source = entries(site, f"countries/hn/{name}")[0].source
        assert source.title == "Example news"
        assert source.get("href") or source.links[0].href == f"https://news.example.org/feeds/{name}"
        assert validate((site.output / "countries/hn" / name).read_bytes()) == []
    source = entries(site, "countries/hn/atom.xml")[0].source
    assert source.id == feedparser.parse((site.output / "atom.xml").read_bytes()).feed.id
    assert source.updated == entries(site, "countries/hn/atom.xml")[0].updated


def test_packed_documents_lie_beside_the_others_and_stay_when_those_do(site: Site) -> None:
    import gzip

    build(site, "[publish]\ngzip = true\n")
    plain = [path for path in site.output.rglob("*") if path.is_file() and path.suffix != ".gz"]
    for path in plain:
        assert gzip.decompress(Path(f"{path}.gz").read_bytes()) == path.read_bytes()
    assert site.build().written == []


@pytest.mark.slow
def test_compiled_templates_are_kept_where_that_is_possible_and_missed_nowhere(site: Site, tmp_path: Path) -> None:
    """As root, everything may be written: a folder that is none stands for one that may not."""
    site.write("news.txt", item("5 May, 2017", "Panama trains"))
    package = tmp_path / "lib" / "feeds"
    shutil.copytree(ROOT / "feeds", package, ignore=shutil.ignore_patterns("__pycache__"))
    cache = package / "feed" / "pages" / "__pycache__"

    def built(name: str) -> dict[str, bytes]:
        output = tmp_path / name
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        command = [sys.executable, "-c", "from feeds.__main__ import main; main()", "build", str(site.folder)]
        done = subprocess.run(
            [*command, "-o", str(output), "-q", "--allow", "lost-history"],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(package.parent)},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return {path.name: path.read_bytes() for path in output.rglob("*.html")}

    first = built("first")
    kept = sorted(cache.glob("*.cache"))
    assert kept
    (site.folder / ".history.sqlite3").unlink()
    kept[0].write_bytes(b"damaged")
    assert built("second") == first
    shutil.rmtree(cache)
    cache.write_text("not a folder")
    (site.folder / ".history.sqlite3").unlink()
    assert built("third") == first
