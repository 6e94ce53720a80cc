"""The page of an entry leads to the entries that were published just before and after it."""

from __future__ import annotations

from conftest import CONFIG, NOW, Site, item
from lxml import html

from feeds.pipeline import withdraw


def beside(site: Site, page: str) -> list[tuple[str, str]]:
    """Where the page of an entry leads to: rel and title."""
    root = html.fromstring((site.output / page).read_bytes())
    heads = [(link.get("rel"), link.get("href")) for link in root.xpath("//link[@rel='prev' or @rel='next']")]
    links = root.xpath("//nav[@class='beside']//a")
    assert [href for _, href in heads] == [link.get("href") for link in links]
    for _, href in heads:
        assert (site.output / page).parent.joinpath(href).resolve().is_file()
    return [(rel, link.text) for (rel, _), link in zip(heads, links, strict=True)]


def test_the_page_of_an_entry_leads_to_those_before_and_after_it(site: Site) -> None:
    listing = [item(f"{day} May, 2017", f"News {day}") for day in (9, 7, 5, 3)]
    site.write("news.txt", "".join(listing))
    site.build()
    assert beside(site, "items/2017/05/03/news-3.html") == [("next", "News 5")]
    assert beside(site, "items/2017/05/05/news-5.html") == [("prev", "News 3"), ("next", "News 7")]
    assert beside(site, "items/2017/05/09/news-9.html") == [("prev", "News 7")]


def test_only_the_pages_beside_a_new_one_are_made_again(site: Site) -> None:
    listing = [item(f"{day} May, 2017", f"News {day}") for day in (9, 7, 5, 3)]
    site.write("news.txt", "".join(listing))
    site.build()
    site.write("news.txt", item("6 May, 2017", "News 6") + "".join(listing))
    pages = [path for path in site.build().written if path.startswith("items/")]
    assert sorted(pages) == [f"items/2017/05/0{day}/news-{day}.html" for day in (5, 6, 7)]
    assert pages[0] == "items/2017/05/06/news-6.html"  # to which the others lead
    assert beside(site, "items/2017/05/05/news-5.html") == [("prev", "News 3"), ("next", "News 6")]
    assert site.build().written == []


def test_a_withdrawn_entry_is_left_out(site: Site) -> None:
    site.write("news.txt", "".join(item(f"{day} May, 2017", f"News {day}") for day in (7, 5, 3)))
    site.build()
    withdraw(site.folder, site.output, "items/2017/05/05/news-5.html", "It was wrong.", now=NOW)
    assert beside(site, "items/2017/05/03/news-3.html") == [("next", "News 7")]
    assert beside(site, "items/2017/05/07/news-7.html") == [("prev", "News 3")]


def test_a_new_title_is_seen_on_the_pages_beside_it(site: Site) -> None:
    first, last = (item(f"{day} May, 2017", f"News {day}", f"What was said on day {day}. " * 20) for day in (3, 7))
    site.write("news.txt", last + first)
    site.build()
    site.write("news.txt", last.replace("News 7", "News of the seventh") + first)
    assert site.build().counts.changed == 1
    assert beside(site, "items/2017/05/03/news-3.html") == [("next", "News of the seventh")]


def test_entries_with_links_of_their_own_have_no_pages_and_are_not_led_to(site: Site) -> None:
    site.write("feeds.toml", CONFIG + '[[sources]]\nname = "a"\npath = "*.csv"\n')
    rows = (
        "date,title,text,link\n2017-05-03,One,Text,\n2017-05-04,Two,Text,https://a.example/2\n2017-05-05,Three,Text,\n"
    )
    site.write("a.csv", rows)
    site.build()
    assert beside(site, "items/2017/05/03/one.html") == [("next", "Three")]
