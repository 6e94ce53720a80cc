"""Every field of an item that is made clean, and every word that is said of it; languages told by their words."""

import datetime as dt

import pytest

from feeds.config import Limits, Source
from feeds.content import language, markup, normalise
from feeds.dates import DateRules
from feeds.model import Author, Content, Enclosure, ItemError, Origin, RawItem

NOW = dt.datetime(2024, 5, 21, 23, 30, tzinfo=dt.UTC)
ORIGIN = Origin("news", "news.xml", 7)
BASE = "https://example.org/news/"


def read(content=None, date="20 May 2024", link="", guid="", limits=None, zone=dt.UTC, **options):
    raw = RawItem(ORIGIN, date, content or Content(title="A bridge", text="It is open."), link=link, guid=guid)
    source = Source("news", **options)
    return normalise.make_candidate(raw, "es", DateRules(zone=zone), limits or Limits(), NOW, source)


def refusal(**options):
    with pytest.raises(ItemError) as error:
        read(**options)
    return error.value.code, str(error.value)


def test_every_field_of_an_item_arrives():
    stated = Content(
        title=" A\u00a0bridge ",
        text="It is\nopen.\n\nAt last & \"truly\" <so>.",
        categories=(" Roads ", "", "Roads", "Wa\x01ter"),
        enclosures=(Enclosure("a.mp3", "", 12), Enclosure("a.mp3", "", 12), Enclosure("javascript:x", "audio/mpeg", 1)),
        alternates=("/fr/a", "", "/es/a", "x:y", "/en/a"),
        authors=(Author(" Ann\x01 Bell ", "../ann"), Author("ann bell"), Author("a@b.org"), Author("Bo Li", "x:y")),
        stated_summary="<p>Open &amp;</p> <p>free\u00a0now.</p>",
    )  # fmt: skip
    found, problems = read(stated, "20 May 2024 10:30", "/es/a", " g\x01 1 ", base_url=BASE)
    moment = dt.datetime(2024, 5, 20, 10, 30, tzinfo=dt.UTC)
    assert (found.origin, found.date, found.time, found.precision) == (ORIGIN, moment.date(), moment, "minute")
    assert (found.link, found.guid) == ("https://example.org/es/a", "g 1")
    content = found.content
    assert (content.title, content.text) == ("A bridge", 'It is open.\n\nAt last & "truly" <so>.')
    assert content.html == '<p>It is open.</p>\n<p>At last &amp; "truly" &lt;so&gt;.</p>'
    assert content.summary == content.stated_summary == "Open & free now."
    assert content.authors == (Author("Ann Bell", "https://example.org/ann"), Author("Bo Li", ""))
    assert content.language == "es"
    assert content.categories == ("Roads", "Water")
    assert content.enclosures == (Enclosure("https://example.org/es/a.mp3", "audio/mpeg", 12),)
    assert content.alternates == ("https://example.org/en/a", "https://example.org/fr/a")
    assert problems == ()


def test_a_day_has_no_time_and_what_is_relative_is_so_to_the_base_where_there_is_no_link():
    found, _ = read(Content(title="A", enclosures=(Enclosure("b.pdf?x=1", "no type", 0),)), base_url=BASE)
    assert (found.date, found.time, found.precision, found.link) == (dt.date(2024, 5, 20), None, "day", "")
    assert found.content.enclosures == (Enclosure("https://example.org/news/b.pdf?x=1", "application/pdf", 0),)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("Ann Bell", "Ann Bell"),
        ("By Ann Bell", "Ann Bell"),
        ("bY  Ann", "Ann"),
        ("Byron", "Byron"),
        ("Ann Bell <ann.b+c@e.org>", "Ann Bell"),
        ("mailto:ann@e.org (Ann Bell)", "Ann Bell"),
        ("Ann; ", "Ann"),
        ("ann@e.org", None),
        ("7", None),
        ("", None),
        ("x" * 201, "x" * 199 + "…"),
    ],
)
def test_the_name_of_an_author(stated, expected):
    found, _ = read(Content(title="A", authors=(Author(stated),)), base_url=BASE)
    assert found.content.authors == ((Author(expected),) if expected else ())


def test_no_byline_has_more_than_twenty_names():
    authors = tuple(Author(f"Author {number}") for number in range(30))
    assert read(Content(title="A", authors=authors))[0].content.authors == authors[:20]


@pytest.mark.parametrize(
    ("stated", "summary", "kept"),
    [
        ("Open.", "Open.", "Open."),
        ("", "It is open.", ""),
        (" <p> </p>", "It is open.", ""),
        ("A bridge", "It is open.", ""),
        ("Open to all", "Open…", "Open…"),
    ],
)
def test_the_summary_is_the_stated_one_if_it_says_something(stated, summary, kept):
    limits = Limits(text=7) if kept.endswith("…") else None
    found, _ = read(Content(title="A bridge", text="It is open.", stated_summary=stated), limits=limits)
    assert (found.content.summary, found.content.stated_summary) == (summary, kept)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("audio/x-m4a", "audio/x-m4a"), ("audio", ""), ("", "")],
)
def test_the_media_type_of_an_enclosure_is_the_stated_one_if_it_is_one(stated, expected):
    found, _ = read(Content(title="A", enclosures=(Enclosure("https://example.org/get", stated, 0),)))
    assert found.content.enclosures[0].media_type == expected


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"date": " "}, "no-date", "'A bridge' has no date; give it one, or set for the source: undated = 'first-seen'"),
        ({"date": "to\x01day"}, "bad-date", "date 'today' is not a date; write it like '28 July, 2017'"),
        ({"date": "May 2024"}, "bad-date", "date 'May 2024' states no day; correct the line"),
        (
            {"date": "31 December 1989"},
            "old-date",
            "date '31 December 1989' is before 1990; correct it, or set earliest_year in [limits]",
        ),
        (
            {"date": "22 May 2024"},
            "future-date",
            "date '22 May 2024' is after today, 2024-05-21; the item waits for its day, or correct the line",
        ),
        ({"content": Content(title="¿?", text="x")}, "no-title", "title '¿?' has no letter and no digit; write one below"),
    ],
)  # fmt: skip
def test_why_an_item_is_rejected(options, code, message):
    found = refusal(**options)
    assert found[0] == code
    assert found[1] == message or (code == "no-title" and found[1] == message + " the date")


def test_a_summary_goes_over_paragraphs():
    assert read(Content(title="A", text="One.\n\nTwo."))[0].content.summary == "One. Two."


def test_the_earliest_year_counts():
    assert read(date="1 January 1950", limits=Limits(earliest_year=1950))[0].date.year == 1950


def test_an_embargo_ends_with_the_day_or_an_hour_before_the_time_for_clocks_that_are_ahead():
    zone = dt.timezone(dt.timedelta(hours=2))
    assert read(date="22 May 2024", zone=zone)[0].date == dt.date(2024, 5, 22)  # where it is, the day has come
    with pytest.raises(ItemError) as day:
        read(date="23 May 2024", zone=zone)
    assert day.value.until == dt.datetime(2024, 5, 23, tzinfo=zone)
    assert read(date="21 May 2024 23:59")[0].time is not None
    assert read(date="22 May 2024 02:30 +02:00", zone=zone)[0].time is not None  # an hour ahead, and no more
    with pytest.raises(ItemError) as moment:
        read(date="22 May 2024 02:31 +02:00", zone=zone)
    assert moment.value.until == dt.datetime(2024, 5, 22, 1, 31, tzinfo=zone)


def test_an_item_without_a_date_may_have_the_day_on_which_it_is_first_seen():
    found, _ = read(date="", undated="first-seen", zone=dt.timezone(dt.timedelta(hours=2)))
    assert (found.date, found.precision) == (dt.date(2024, 5, 22), "inferred")
    assert read(undated="first-seen")[0].precision == "day"
    assert refusal(date="", content=Content(title="long " * 20))[1].startswith(f"'{'long ' * 10}long…' has no date")


@pytest.mark.parametrize(
    ("link", "base_url", "warning"),
    [
        ("a", BASE, None),
        (" ", "", None),
        ("a", "", "link 'a' is not an address of the web; the item gets a page here; name what it is relative to: "
         "base_url = '…'"),
        ("mailto:a@b.org", "", "link 'mailto:a@b.org' is not an address of the web; the item gets a page here; correct it"),
        ("mailto:a", BASE, "link 'mailto:a' is not an address of the web; the item gets a page here; correct it"),
        ("http://" + "x y" * 40, "", f"link 'http://{('x y' * 30)[:71].rstrip()}…' is not an address of the web; the item gets a "
         "page here; correct it"),
    ],
)  # fmt: skip
def test_a_link_that_is_not_one_is_named(link, base_url, warning):
    found, problems = read(link=link, base_url=base_url)
    assert [(problem.code, problem.message, problem.origin, problem.severity) for problem in problems] == (
        [("bad-link", warning, ORIGIN, "warning")] if warning else []
    )
    assert found.link == ("https://example.org/news/a" if not warning and link.strip() else "")


def test_what_was_removed_lost_or_cut_is_said_in_that_order():
    stated = Content(title="Bri\x01dge\ufffd " * 9, text="A\x02 bit\x01.\n\nof text\n\nmore of it")
    found, problems = read(stated, limits=Limits(title=20, text=10))
    shown = " ".join(["Bridge\ufffd"] * 7) + "…"
    assert [(problem.code, problem.message) for problem in problems] == [
        ("removed-characters", f"'{shown}' holds U+0001, U+0002, taken out"),
        ("lost-characters", f"'{shown}' holds U+FFFD: characters were lost before it was read; mend them"),
        ("title-cut", f"title cut at 20 characters: '{shown}'"),
        ("text-cut", f"text of '{shown}' cut at 10 characters"),
    ]
    assert found.content.title == "Bridge\ufffd Bridge\ufffd…"
    assert found.content.text == "A bit.\n\nof…"
    assert found.content.html == "<p>A bit.</p>\n<p>of…</p>"


@pytest.mark.parametrize(("limit", "code"), [(10, []), (9, ["text-cut"])])
def test_a_text_may_be_as_long_as_the_limit(limit, code):
    found, problems = read(Content(title="A", text="12345\n\n67890"), limits=Limits(text=limit))
    assert [problem.code for problem in problems] == code
    assert found.content.text == ("12345\n\n67890" if not code else "12345\n\n678…")


@pytest.mark.parametrize(("limit", "code"), [(3, []), (2, ["title-cut"])])
def test_a_title_may_be_as_long_as_the_limit(limit, code):
    assert [problem.code for problem in read(Content(title="abc"), limits=Limits(title=limit))[1]] == code


@pytest.mark.parametrize(
    ("stated", "images", "expected"),
    [
        ("<p>A <b>b</b>\u200b\x01 <script>x</script></p>", True, "<p>A <b>b</b> </p>"),
        ("<p>&#x202e;Cafe&#x301;</p>", True, "<p>Café</p>"),
        ('<p><a href="b">c</a></p>', True, '<p><a href="https://example.org/news/b">c</a></p>'),
        ('<p>A<img src="b.png"></p>', True, '<p>A<img src="https://example.org/news/b.png"></p>'),
        ('<p>A<img src="b.png"></p>', False, "<p>A</p>"),
        ("<script>x</script>", True, "<p>T</p>"),
        ("<div>" * 300 + "A & b", True, "<p>A &amp; b</p>"),
    ],
)
def test_the_html_of_an_item(stated, images, expected):
    found, problems = read(Content(title="T", html=stated), base_url=BASE, images=images)
    assert found.content.html == expected
    too_deep = "HTML of 'T' has hundreds of elements in each other; only its text was kept"
    assert [(problem.code, problem.message) for problem in problems if problem.code != "removed-characters"] == (
        [("too-deep", too_deep)] if stated.startswith("<div>") else []
    )


def test_html_that_was_cut_is_published_as_its_text():
    found, _ = read(Content(title="T", html="<p>A <b>long</b> text</p>"), limits=Limits(text=8))
    assert found.content.html == "<p>A long…</p>"


@pytest.mark.parametrize(
    ("text", "limit", "summary"),
    [
        ("One two.", 8, "One two."),
        ("One two. Three", 8, "One two."),
        ("One two. Three", 7, "One tw…"),
        ("Ounce two. Three", 9, "Ounce…"),
        ("One. Two. Three four", 9, "One. Two."),
        ("Ask Dr. Bell. She knows all of it", 20, "Ask Dr. Bell."),
        ("Ask Dr. Bell, who knows all of it", 20, "Ask Dr. Bell, who…"),
        ("a 3.5 b. C d e f g h i", 12, "a 3.5 b."),
        ("はい。いいえ。そう", 7, "はい。いいえ。"),
        ("“Yes!” He said so to all", 12, "“Yes!”"),
        ("No.", 3, "No."),
    ],
)
def test_a_summary_ends_with_a_sentence(text, limit, summary):
    assert normalise.summarise(text, limit) == summary


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("abc def", 7, "abc def"),
        ("abc def", 6, "abc d…"),
        ("abcd ef", 6, "abcd…"),
        ("abc, defg", 6, "abc…"),
        ("a bcdefgh", 8, "a bcdef…"),
        ("abcd efgh", 8, "abcd ef…"),
        ("abcde fgh", 8, "abcde…"),
        ("abcde - fgh", 9, "abcde…"),
        ("abc defgh", 7, "abc de…"),
        ("abcdefgh", 5, "abcd…"),
    ],
)
def test_a_text_is_shortened_at_a_word_if_half_of_it_stays(text, limit, short):
    assert normalise.shorten(text, limit) == short


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The ministry of water and the town", "en"),
        ("El ministerio de la ciudad y los ríos", "es"),
        ("Le ministère dans la ville", "fr"),
        ("O ministério da cidade não", "pt"),
        ("water", "xx"),
        ("", "xx"),
        ("the of", "en"),
        ("the", "xx"),
        ("que com", "xx"),
        ("the of el los", "xx"),
        ("THE OF", "en"),
        (" " * 1993 + "the the the", "en"),
        (" " * 1994 + "the the", "xx"),
    ],
)
def test_the_language_of_a_text_is_told_by_its_small_words(text, expected):
    assert language.guess_language(text, "xx") == expected


@pytest.mark.parametrize(
    ("tag", "subtag", "name", "is_right_to_left"),
    [
        ("es-PA", "es", "Español", False),
        ("AR", "ar", "العربية", True),
        ("he-IL", "he", "he", True),
        ("pa-Arab-PK", "pa", "pa", True),
        ("lad-Hebr", "lad", "lad", True),
        ("pa-Guru", "pa", "pa", False),
    ],
)
def test_what_a_tag_says_of_its_language(tag, subtag, name, is_right_to_left):
    assert language.primary_subtag(tag) == subtag
    assert language.language_name(tag) == name
    assert language.is_right_to_left(tag) is is_right_to_left


@pytest.mark.parametrize(
    ("stated", "paragraphs"),
    [
        ("One\n\n two \n\n", ("One", "two")),
        ("One &amp; two", ("One & two",)),
        ("<p>One</p><p>two<br>three</p>", ("One", "two", "three")),
        ("One<p>two</p>three<br>four", ("One", "two", "three", "four")),
        ("<div>One<b>two</b>three</div>", ("Onetwothree",)),
        ("One two &lt; three\n\nfour", ("One two < three four",)),
        ("<p>One<script>x</script> two</p>tail", ("One two", "tail")),
        ("<p>One</p><svg><text>x</text></svg>", ("One",)),
        ("<form><p>One</p></form><style>p {}</style>", ("One",)),
        ("<!-- c --><p>One</p>", ("One",)),
        ("<div>" * 300 + "One<br>two<p>three  &lt; four</p><SCRIPT>a</SCRIPT>five<style>b</p></style> six",
         ("One", "two", "three < four", "five", "six")),
        ("<div>" * 300 + "One<script>x<b>", ("One",)),
        ("<div>" * 300 + "One<style>x</script>y</style>z", ("Onez",)),
    ],
)  # fmt: skip
def test_the_paragraphs_of_html(stated, paragraphs):
    assert markup.html_paragraphs(stated) == paragraphs


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("<div>" * 200, False),
        ("<div>" * 201, True),
        ("<p>" * 400, False),
        ("<p>" + "<div>" * 201, True),
        ("<div>" * 150 + "</div>" * 100 + "<div>" * 151, True),
        ("<div>" * 150 + "</div>" * 100 + "<div>" * 150, False),
        ("<div></div>" * 300, False),
        ("<b>" + "</i>" * 300 + "<div>" * 199, False),
        ("<b>" + "</i>" * 300 + "<div>" * 200, True),
        ("<DIV><div></Div></div>" * 300, False),
        ("< " * 300, False),
    ],
)
def test_how_deep_html_may_be(stated, expected):
    assert markup.is_too_deep(stated) is expected


@pytest.mark.parametrize(
    ("stated", "safe"),
    [
        ('<a href="MAILTO:a@b.org?subject=x">c</a>', '<a href="mailto:a@b.org">c</a>'),
        ('<a href=" mailto:a b">c</a>', "<a>c</a>"),
        ('<a href="https://e.org/a?mailto:b@c.org">c</a>', '<a href="https://e.org/a?mailto:b@c.org">c</a>'),
        ('<a title="a<b>c">d</a>', '<a title="abc">d</a>'),
        ('<p lang="es" dir="ltr" class="x" style="y">d</p>', '<p lang="es" dir="ltr">d</p>'),
        ('<ol start="3"><li value="4">d</li></ol>', '<ol start="3"><li value="4">d</li></ol>'),
        ("<p>a<select>b</select></p>", "<p>a</p>"),
        ("<p>a<font>b</font></p>", "<p>ab</p>"),
        ('<a href="x:y">c</a>', "<a>c</a>"),
        (" <p>a</p> ", "<p>a</p>"),
        ('a<img src="https://e.org/b.png">', "a"),
        ('<a href="b">c</a>', "<a>c</a>"),
        ('<a href="mailto:a@B-1.org">c</a>', '<a href="mailto:a@B-1.org">c</a>'),
        ("<div>" * 300 + "<p>a & 'b'</p><p>c</p>", "<p>a &amp; 'b'</p>\n<p>c</p>"),
    ],
)
def test_what_of_html_may_be_published(stated, safe):
    assert markup.safe_html(stated) == safe


@pytest.mark.parametrize(
    ("tag", "stays"),
    [
        ('<img src="a.png">', True),
        ('<img src="a.png" width="1" height="1">', False),
        ('<IMG src="a.png" height=0>', False),
        ('<img src="a.png" width="01px">', False),
        ('<img src="a.png" width="10">', True),
        ('<img src="a.png" style="width: 1px; color: red">', False),
        ('<img src="a.png" style="width: 12px">', True),
        ('<img src="a.png" data-width="1">', True),
    ],
)
def test_an_image_of_a_pixel_counts_readers(tag, stays):
    assert ("a.png" in markup.safe_html(f"<p>b{tag}</p>", BASE, images=True)) is stays


@pytest.mark.parametrize(
    ("link", "base_url", "expected"),
    [
        ("../b", BASE, "https://example.org/b"),
        ("https://e.org", "", "https://e.org/"),
        ("https://E.org:8080/a", "", "https://e.org:8080/a"),
        ("https://e.org:x/a", "", None),
        ("https://ann@e.org/a", "", None),
        ("https://bücher.example/a", "", "https://xn--bcher-kva.example/a"),
        ("https://[2001:db8::1]:81/a", "", "https://[2001:db8::1]:81/a"),
        ("https://-e.org/a", "", None),
        ("https://e_e.org./a", "", "https://e_e.org./a"),
        ("https:a", BASE, None),
        ("//e.org/a", BASE, "https://e.org/a"),
        ("\\a b\t", BASE, "https://example.org/a%20b"),
        ("a?b=c d#é", BASE, "https://example.org/news/a?b=c%20d#%C3%A9"),
        ("a%2f%zz?b?c", BASE, "https://example.org/news/a%2f%25zz?b?c"),
        ("ftp://e.org/a", BASE, None),
        ("a", "", None),
        ("", BASE, "https://example.org/news/"),
    ],
)
def test_an_absolute_link(link, base_url, expected):
    assert markup.absolute_link(link, base_url) == expected


@pytest.mark.parametrize(("stated", "text"), [("<p>é</p>", "é"), ("", None), ("<!-- a -->", None)])
def test_a_page_is_parsed(stated, text):
    root = markup.parse_html(stated)
    assert (None if root is None else root.text_content()) == text
