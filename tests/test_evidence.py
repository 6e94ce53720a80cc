"""The evidence of identity, rule by rule: likeness, keys of titles and links, pairs, names, translations."""

import datetime as dt

import pytest

from feeds.history import identity
from feeds.history.identity import Facts, Known

DAY = dt.date(2024, 5, 21)
LONG = "The bridge over the river is open again after two years of work on it by the ministry and the town."


def known(title: str, text: str = "", day: dt.date = DAY) -> Known:
    return Known(day, title, text)


@pytest.mark.parametrize(
    ("stored", "observed", "is_sure"),
    [
        (known("The bridge is open", LONG), known("The bridge is open", LONG), True),
        (known("The brid", "The bridge"), known("The bridge is open", LONG), True),
        (known("The brid", ""), known("The bridge is open", LONG), True),
        (known("Report 12", "The"), known("Report 12 of 13", "The end"), False),
    ],
)
def test_a_title_or_text_that_goes_on_is_surely_the_same(stored, observed, is_sure):
    assert (identity.likeness(stored, observed) == 1.0) is is_sure


@pytest.mark.parametrize(
    ("stored", "observed", "low", "high"),
    [
        # one letter corrected, the text alike
        (known("The brigde is open again", LONG), known("The bridge is open again", LONG + " More."), 0.85, 0.99),
        # another text under a title that is alike
        (known("The brigde is open again", LONG), known("The bridge is open again", "Rice is dear."), 0, 0),
        # no text to go by
        (known("The brigde is open again"), known("The bridge is open again", LONG), 0.85, 0.99),
        (known("The brigde is open again", LONG), known("The bridge is open again"), 0.85, 0.99),
        # a title re-written over the same text, and one that is quite another
        (known("Bridge opens in Mora", LONG), known("In Mora, bridge opens", LONG), 0.5, 0.84),
        (known("Bridge opens in Mora", LONG), known("Zzz", LONG), 0, 0),
        # the same over no text at all
        (known("Bridge opens in Mora"), known("In Mora, bridge opens"), 0, 0),
        # numbers make another item, unless the text is the same
        (known("Report 12 on the bridge", LONG), known("Report 13 on the bridge", LONG + " More."), 0, 0),
        (known("Report 12 on the bridge", LONG), known("Report 13 on the bridge", LONG), 0.9, 0.99),
    ],
)
def test_likeness(stored, observed, low, high):
    assert low <= identity.likeness(stored, observed) <= high


@pytest.mark.parametrize(
    ("title", "key"),
    [("  A\u00a0 B ", "a b"), ("“A” – ‘b’", "\"a\" - 'b'"), ("STRASSE", "strasse"), ("Cafe\u0301", "café")],
)
def test_the_key_of_a_title(title, key):
    assert identity.title_key(title) == key


def test_digests_tell_every_part_apart():
    parts = [("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("a", "b", ""), ("", "a", "b")]
    assert len({identity.content_digest(*part) for part in parts}) == len(parts)
    assert len(identity.content_digest("a", "b", "c")) == len(identity.text_digest("a")) == 16
    assert identity.text_digest("a") != identity.text_digest("b")


@pytest.mark.parametrize(
    ("stored", "observed", "by_title", "by_link"),
    [
        (known("A bridge"), known("a  bridge", day=DAY + dt.timedelta(days=1)), True, True),
        (known("A bridge"), known("a  bridge", day=DAY - dt.timedelta(days=1)), True, True),
        (known("A bridge"), known("A bridge", day=DAY + dt.timedelta(days=2)), False, True),
        (known("A bridge", LONG), known("Rice", LONG, DAY + dt.timedelta(days=9)), False, True),
        (known("A bridge", LONG), known("Rice", "Dear", DAY + dt.timedelta(days=9)), False, False),
        (known("A bridge", LONG), known("Rice", "Dear", DAY - dt.timedelta(days=1)), False, True),
        (known("A bridge", LONG), known("Rice", "Dear", DAY - dt.timedelta(days=2)), False, False),
    ],
)
def test_items_of_two_sources(stored, observed, by_title, by_link):
    assert identity.is_same_title_and_date(stored, observed) is by_title
    assert identity.is_same_elsewhere(stored, observed) is by_link


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("The bridge …", "The bridge is open.", True),
        ("The bridge is open.", "The bridge […]", True),
        ("The bridge [...]", "The bridge is open.", True),
        ("", "The bridge is open.", True),
        ("The road...", "The bridge is open.", False),
        ("The … road", "The bridge is open.", False),
    ],
)
def test_a_teaser_is_part_of_its_text(text, other, expected):
    assert identity.is_part(text, other) is expected


def test_long_titles_and_texts_of_few_words_are_alike():
    assert identity.texts_alike("a b " * 150, "a b " * 150 + "c") > 0.9
    assert identity.titles_alike("ab" * 120, "ab" * 120 + "c")
    assert identity.likeness(known("ab" * 120, LONG), known("c" + "ab" * 120, LONG)) > 0.9


@pytest.mark.parametrize(
    ("stored", "observed", "expected"),
    [("", "", 0.0), ("a", "", 0.0), ("", "a", 0.0), ("a b c d", "a b c d", 1.0), ("a b c d", "a b x y", 0.5),
     ("a b c d", "a x y z", 0.0), ("a " * 400 + "b", "a " * 400 + "c", 1.0), ("a " * 400 + "b " * 9, "a " * 400, 1.0)],
)  # fmt: skip
def test_likeness_of_texts(stored, observed, expected):
    assert identity.texts_alike(stored, observed) == expected


@pytest.mark.parametrize(
    ("link", "key"),
    [
        ("http://www.Example.org/a/", "example.org/a"),
        ("https://example.org:443/a", "example.org/a"),
        ("http://example.org:80/a", "example.org/a"),
        ("https://example.org:8443/a", "example.org:8443/a"),
        ("https://example.org/a?utm_source=x&id=7&&fbclid=y", "example.org/a?id=7"),
        ("https://example.org/a?utm_source=x", "example.org/a"),
        ("https://example.org/a?Fbclid=y#top", "example.org/a#top"),
        ("https://example.org/a?_gazette=1", "example.org/a?_gazette=1"),
        ("https://example.org/a?b=2&a=1", "example.org/a?b=2&a=1"),
        ("https://example.org:port/a", "https://example.org:port/a"),
        ("urn:isbn:1", "urn:isbn:1"),
    ],
)
def test_the_key_of_a_link(link, key):
    assert identity.link_key(link) == key


@pytest.mark.parametrize(
    ("key", "facts", "expected"),
    [
        ("guid", Facts(True, False, False, False), "title"),
        ("link", Facts(True, False, False, False), ""),
        ("link", Facts(True, True, False, False), "title"),
        ("link", Facts(True, False, True, True), "title"),
        ("link", Facts(True, False, False, True), "title"),
        ("link", Facts(False, True, True, True), "text"),
        ("link", Facts(False, True, False, True), "date"),
        ("guid", Facts(False, False, False, True), ""),
    ],
)
def test_what_else_must_agree_where_a_key_does(key, facts, expected):
    assert identity.agrees(key, facts) == expected


@pytest.mark.parametrize(
    ("stored", "observed", "expected"),
    [
        (known("The bridge is open", LONG), known("The brid"), True),
        (known("The bridge is open", LONG), known("The road"), False),
        (known("The bridge is open", LONG), known("The brid", LONG), False),
        (known("A", LONG), known("A", LONG[:20] + " "), True),
        (known("A", LONG), known("A", LONG), False),
        (known("A", LONG), known("A", "Another text"), False),
        (known("A", "One. Two."), known("A", "One."), False),
        (known("A", "一。二。"), known("A", "一。"), False),
    ],
)
def test_a_title_or_text_that_stops_in_the_middle(stored, observed, expected):
    assert identity.is_cut(stored, observed) is expected


def test_equal_pairs_go_from_the_lowest_item_and_the_first_entry():
    def key(text):
        return text[0]

    assert list(identity.equal_pairs(["a3", "b1", "a2"], ["a8", "a9", "c1"], key)) == [("a2", "a8"), ("a3", "a9")]
    assert list(identity.equal_pairs(["a3", "b1"], ["a8", "a9", "b7"], key, unique=True)) == [("b1", "b7")]
    assert list(identity.equal_pairs(["a3", "a2", "b1"], ["a8", "b7"], key, unique=True)) == [("b1", "b7")]


def test_alike_pairs_take_the_most_similar_first():
    scores = {("x", "p"): 0.9, ("x", "q"): 0.8, ("y", "p"): 0.85, ("y", "q"): 0.6}

    def pairs(margin):
        return list(identity.alike_pairs(["x", "y"], ["p", "q"], lambda *pair: scores[pair], margin))

    assert pairs(0.0) == pairs(0.03) == [("x", "p"), ("y", "q")]
    assert pairs(0.06) == []  # y might as well be p, so neither is told


def test_where_two_fit_equally_neither_is_taken():
    assert list(identity.alike_pairs(["x"], ["p", "q"], lambda item, entry: 0.9, 0.03)) == []
    assert list(identity.alike_pairs(["x", "y"], ["p"], lambda item, entry: 0.9, 0.03)) == []
    # without a margin the lowest item has the first entry
    assert list(identity.alike_pairs(["x", "y"], ["p", "q"], lambda item, entry: 0.9, 0.0)) == [("y", "p"), ("x", "q")]


@pytest.mark.parametrize(("items", "entries"), [(50, 50), (51, 51), (51, 20), (20, 102), (200, 100)])
def test_many_are_compared_near_their_places(items, entries):
    compared = []

    def score(item, entry):
        compared.append((item, entry))
        return 1.0 if item == items - 1 - entry else 0.0

    found = list(identity.alike_pairs(range(items), range(entries), score, 0.03))
    if items == entries:
        assert sorted(found) == [(item, entries - 1 - item) for item in range(items)]
    if max(items, entries) <= 50:
        assert len(compared) == items * entries
    for item, entry in compared if max(items, entries) > 50 else ():
        assert -25 <= entry - (items - 1 - item) * entries // items < 25
    assert len(compared) >= min(items * entries, items * 20)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Costa Rica: IOM’s “plan”", "costa-rica-ioms-plan"),
        ("Él Niño, año 2", "el-nino-ano-2"),
        ("Don't", "dont"),
        ("CON", "item-"),
        ("com1", "item-"),
        ("Com10", "com10"),
        ("Миграция", "item-"),
        ("IOM и миграция", "item-"),
        ("!!", "item-"),
        ("a" * 61, "a" * 60),
        ("a" * 60, "a" * 60),
        ("a" * 59 + " bcd", "a" * 59),
        ("aa bb " * 10 + "c", "-".join(["aa-bb"] * 10)),
        ("ab 中文", "ab"),
        ("a 中文", "item-"),
    ],
)
def test_a_title_becomes_a_name(title, expected):
    assert identity.slug("Миграция") != identity.slug("Вода")
    name = identity.slug(title)
    assert name == expected or (expected == "item-" and name.startswith("item-") and len(name) == len("item-") + 8)


@pytest.mark.parametrize(
    ("link", "language", "expected"),
    [
        ("https://www.example.org/es/news/panama", "es", "example.org/news/panama"),
        ("https://es.example.org/news?lang=es&id=7", "es-PA", "example.org/news?id=7"),
        ("https://example.org/news/ES-pa/x", "es-PA", "example.org/news/x"),
        ("https://example.org/news/es_PA/x", "es-PA", "example.org/news/x"),
        ("https://es.org/news/x", "es", "es.org/news/x"),
        ("https://fr.example.org/news/x", "es", "fr.example.org/news/x"),
        ("https://example.org/es", "es", ""),
        ("https://example.org/", "es", ""),
        ("https://example.org/report.es.html", "es", "example.org/report.html"),
        ("https://example.org/report-es", "es", "example.org/report"),
        ("https://example.org/report_ES", "es", "example.org/report"),
        ("https://example.org/report.fr.html", "es", "example.org/report.fr.html"),
        ("https://example.org/yes", "es", "example.org/yes"),
        ("https://example.org/a?hl=ES&b=1&&c=2", "es", "example.org/a?b=1&c=2"),
        ("https://example.org/a?lang=fr", "es", "example.org/a?lang=fr"),
        ("https://example.org/a?id=es", "es", "example.org/a?id=es"),
        ("https://example.org/a?lang=es=es", "es", "example.org/a?lang=es=es"),
    ],
)
def test_what_is_left_of_a_link_without_its_language(link, language, expected):
    assert identity.stem(link, language) == expected


@pytest.mark.parametrize(
    ("identifier", "link", "declared", "expected"),
    [
        ("i", "https://e.org/es/a", (), {"https://e.org/es/a", "https://e.org/b", "~e.org/a"}),
        ("i", "https://e.org/es", (), {"https://e.org/es", "https://e.org/b"}),
        ("i", "", (), {"https://e.org/b"}),
        ("i", "", (("i", "j"),), {"https://e.org/b", "=i"}),
        ("j", "", (("i", "j"), ("k", "l")), {"https://e.org/b", "=i"}),
        ("j", "", (("", "k"),), {"https://e.org/b"}),
        ("j", "https://e.org/es", (("k", "https://e.org/es"),), {"https://e.org/es", "https://e.org/b", "=k"}),
    ],
)
def test_what_an_entry_shares_with_its_translations(identifier, link, declared, expected):
    assert identity.translation_keys(identifier, link, "es", ["https://e.org/b", ""], declared) == expected
