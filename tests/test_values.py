"""What a value of a feed may be: each check of validation.values, right and wrong, and the words it expects by."""

import datetime as dt
from functools import partial

import pytest

from feeds.validation import values

URI, HOST, TAG = "an absolute URI", "an address with a host", "a tag URI like tag:example.org,2020:name"
UUID, URN = "a UUID like urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6", "a URN like urn:example:name"
REFERENCE, OPENED = "a URI without spaces", "an address like https://example.org/"
RFC3339, RFC822 = "a date like 2017-07-28T10:00:00Z", "a date like Fri, 28 Jul 2017 10:00:00 +0000"
W3CDTF, EXISTS = "a date like 2017-07-28 or 2017-07-28T10:00Z", "a date that exists"
MIME, LANGUAGE = "a media type like text/html", "a language tag like en or es-PA"
BRACKETS, LOWER = "[ and ] to be written as %5B and %5D", "scheme and host in lower case"
ADDRESS, CONTACT = "an e-mail address like news@example.org", "an e-mail address like news@example.org (Ana Ruiz)"

# The check (or what makes it), a text, what it expects instead: "" where the text is right.
VALUES = [
    (values.uri, "https://example.org/a?b=1#c", ""),
    (values.uri, "HTTPS://example.org", ""),
    (values.uri, "https://example.org/año", ""),
    (values.uri, "https://example.org/%41", ""),
    (values.uri, "https://example.org/%4", URI),
    (values.uri, "https://example.org/a b", URI),
    (values.uri, "/a", URI),
    (values.uri, "http:///a", URI),
    (values.uri, "http://", URI),
    (values.uri, "http:example.org", HOST),
    (values.uri, "https:example.org/a", HOST),
    (values.uri, "ftp:example.org/a", HOST),
    (values.uri, "http:/example.org/a", HOST),
    (values.uri, "http:////a", URI),
    (values.uri, "mailto:a@example.org", ""),
    (values.uri, "x:anything", ""),
    (values.uri, "tag:example.org,2020:a", ""),
    (values.uri, "TAG:example.org,2020-05:a", ""),
    (values.uri, "tag:ann@example.org,2020-05-01:a#b", ""),
    (values.uri, "tag:example.org:a", TAG),
    (values.uri, "TAG:example.org,20:a", TAG),
    (values.uri, "urn:example:a", ""),
    (values.uri, "urn:example", URN),
    (values.uri, "URN:x", URN),
    (values.uri, "urn:uuid:60A76C80-d399-11d9-b93c-0003939e0af6", ""),
    (values.uri, "urn:UUID:60a76c80-d399-11d9-b93c-0003939e0af6", ""),
    (values.uri, "urn:uuid:60a76c80", UUID),
    (values.uri, "urn:UUID:60a76c80", UUID),
    (values.reference, "", ""),
    (values.reference, "../a", ""),
    (values.reference, "a b", REFERENCE),
    (values.reference, "a%zz", REFERENCE),
    (values.reference, "http:a", HOST),
    (values.reference, "x:a", ""),
    (values.permalink, "https://example.org/", ""),
    (values.permalink, "HTTP://example.org/", ""),
    (values.permalink, "tag:example.org,2020:a", OPENED),
    (values.permalink, "example.org", URI),
    (values.rfc3339, "2017-07-28T10:00:00Z", ""),
    (values.rfc3339, "2017-07-28T10:00:00.5+02:00", ""),
    (values.rfc3339, "2017-07-28T10:00:00+23:59", ""),
    (values.rfc3339, "2017-07-28T10:00:00+24:00", RFC3339),
    (values.rfc3339, "2017-07-28T10:00:00+02:60", RFC3339),
    (values.rfc3339, "2016-12-31T23:59:60Z", ""),
    (values.rfc3339, "2017-07-28T10:00:61Z", RFC3339),
    (values.rfc3339, "2017-07-28T24:00:00Z", RFC3339),
    (values.rfc3339, "2017-02-29T10:00:00Z", RFC3339),
    (values.rfc3339, "2016-02-29T10:00:00Z", ""),
    (values.rfc3339, "2017-07-28t10:00:00z", RFC3339),
    (values.rfc3339, "2017-07-28", RFC3339),
    (values.w3cdtf, "2017", ""),
    (values.w3cdtf, "2017-07", ""),
    (values.w3cdtf, "2017-13", EXISTS),
    (values.w3cdtf, "2017-07-28", ""),
    (values.w3cdtf, "2017-02-30", EXISTS),
    (values.w3cdtf, "2017-07-28T10:00Z", ""),
    (values.w3cdtf, "2017-07-28T10:00:60.25+01:00", ""),
    (values.w3cdtf, "2017-07-28T10:00:61Z", W3CDTF),
    (values.w3cdtf, "2017-07-28T23:59Z", ""),
    (values.w3cdtf, "2017-07-28T24:00Z", W3CDTF),
    (values.w3cdtf, "2017-07-28T10:60Z", W3CDTF),
    (values.w3cdtf, "2017-07-28T10:00", W3CDTF),
    (values.w3cdtf, "2017-07-28T10:00-24:99", ""),
    (values.rfc822, "Fri, 28 Jul 2017 10:00:00 +0000", ""),
    (values.rfc822, "28 Jul 2017 10:00 GMT", ""),
    (values.rfc822, "1 Jul 2017 23:59:60 Z", ""),
    (values.rfc822, "28 Jul 2017 10:00:61 GMT", RFC822),
    (values.rfc822, "28 Jul 2017 24:00 GMT", RFC822),
    (values.rfc822, "28 Jul 2017 10:60 GMT", RFC822),
    (values.rfc822, "28 July 2017 10:00 GMT", RFC822),
    (values.rfc822, "31 Jun 2017 10:00 GMT", EXISTS),
    (values.rfc822, "31 Jan 2017 10:00 GMT", ""),
    (values.rfc822, "31 Dec 2017 10:00 GMT", ""),
    (values.rfc822, "Thu, 28 Jul 2017 10:00 GMT", "the day of the week to be Fri"),
    (values.rfc822, "Sun, 28 Jul 49 10:00 GMT", "the day of the week to be Wed"),
    (values.rfc822, "Wed, 28 Jul 49 10:00 GMT", ""),
    (values.rfc822, "Fri, 28 Jul 50 10:00 GMT", ""),
    (values.rfc822, "Fri, 28 Jul 00 10:00 GMT", ""),
    (values.mime, "text/html", ""),
    (values.mime, 'text/plain; charset="utf-8"', ""),
    (values.mime, "text", MIME),
    (values.language, "", "a language tag like en or es-PA"),
    (values.language, "es-PA", ""),
    (values.language, "x-klingon", ""),
    (values.language, "english", LANGUAGE),
    (values.address, "news@example.org", ""),
    (values.address, "news@", ADDRESS),
    (values.contact, "news@example.org (Ana Ruiz)", ""),
    (values.contact, "Ana Ruiz <news@example.org>", ""),
    (values.contact, "mailto:news@example.org", ""),
    (values.contact, "Ana Ruiz", CONTACT),
    (values.base64_text, "aGVs\nbG8=", ""),
    (values.base64_text, "aGVs b", "text in Base64"),
    (values.base64_text, "aG*Vs", "text in Base64"),
    (values.base64_text, "aGVsb G8=", ""),
    (values.base64_text, "aGV*", "text in Base64"),
    (values.anything, "", ""),
    (values.not_empty, " a ", ""),
    (values.not_empty, " \t", "some text"),
    (partial(values.integer, 0), "0", ""),
    (partial(values.integer, 0), "9" * 19, ""),
    (partial(values.integer, 0), "9" * 20, "a whole number from 0"),
    (partial(values.integer, 0), "-1", "a whole number from 0"),
    (partial(values.integer, 0), "²", "a whole number from 0"),
    (partial(values.integer, 0), "٣", "a whole number from 0"),
    (partial(values.integer, 1), "1", ""),
    (partial(values.integer, 1), "0", "a whole number from 1"),
    (partial(values.integer, 1, 31), "1", ""),
    (partial(values.integer, 1, 31), "31", ""),
    (partial(values.integer, 1, 31), "32", "a whole number from 1 to 31"),
    (partial(values.integer, 1, 31), "0", "a whole number from 1 to 31"),
    (partial(values.number), "-2.5", ""),
    (partial(values.number), "1e5", "a number"),
    (partial(values.number), "9" * 19, "a number"),
    (partial(values.number, 0), "0", ""),
    (partial(values.number, 0), "-0.1", "a number from 0"),
    (partial(values.number, -90, 90), "90", ""),
    (partial(values.number, -90, 90), "-90.0", ""),
    (partial(values.number, -90, 90), "90.1", "a number from -90 to 90"),
    (partial(values.number, -90, 90), "-91", "a number from -90 to 90"),
    (partial(values.number, 0.5, 2.25), "3", "a number from 0.5 to 2.25"),
    (partial(values.one_of, "yes no"), "no", ""),
    (partial(values.one_of, "yes no"), "yes no", "one of yes, no"),
    (partial(values.matching, r"\d+", "digits"), "12", ""),
    (partial(values.matching, r"\d+", "digits"), "12a", "digits"),
    (partial(values.matching, r"\d+", "digits"), "٣", "digits"),
    (values.uri, "https://[2001:db8::1]/a", ""),
    (values.uri, "https://example.org/a[1]", BRACKETS),
    (values.uri, "https://example.org/a[1", BRACKETS),
    (values.uri, "https://example.org/a]", BRACKETS),
    (values.reference, "https://[2001:db8::1]/a", ""),
    (values.reference, "/a[1]", BRACKETS),
    (values.reference, "/a[1", BRACKETS),
    (values.reference, "/a]", BRACKETS),
    (values.rfc822, "Fri, 28 Jul 2017 10:00:00 +0000 (a comment)", ""),
    (values.canonical, "https://example.org/a/b?c=D#e", ""),
    (values.canonical, "tag:example.org,2020:A/./b", ""),
    (values.canonical, "urn:Example:A", ""),
    (values.canonical, "x:ANY", ""),
    (values.canonical, "HTTPS://example.org/a", LOWER),
    (values.canonical, "https://Example.org/a", LOWER),
    (values.canonical, "https://example.org:443/a", "no port, it is the usual one"),
    (values.canonical, "https://example.org:/a", "no port, it is the usual one"),
    (values.canonical, "http://example.org:80/a", "no port, it is the usual one"),
    (values.canonical, "http://example.org:443/a", ""),
    (values.canonical, "https://example.org:8443/a", ""),
    (values.canonical, "https://example.org", "a / behind the host"),
    (values.canonical, "https://example.org?a", "a / behind the host"),
    (values.canonical, "https://example.org/a/./b", "a path without . and .."),
    (values.canonical, "https://example.org/a/../b", "a path without . and .."),
    (values.canonical, "https://example.org/a/.well", ""),
    (values.canonical, "https://example.org/%41", "A where it is written as %41"),
    (values.canonical, "https://example.org/%c3%B1", "capital letters in %XX"),
    (values.canonical, "https://example.org/%C3%B1", ""),
]  # fmt: skip


@pytest.mark.parametrize(("check", "text", "expected"), VALUES)
def test_a_value_is_checked_as_the_table_says(check, text, expected):
    made = check() if isinstance(check, partial) else check
    assert made(text) == expected
    if made in values.PLAIN:  # what is right at a glance is right
        assert not (values.PLAIN[made](text) and expected)


@pytest.mark.parametrize("make", [lambda: values.one_of("yes no"), lambda: values.matching("yes|no", "an answer")])
def test_a_check_that_is_made_is_known_at_a_glance(make):
    check = make()
    assert values.PLAIN[check]("yes") and not values.PLAIN[check]("maybe")


@pytest.mark.parametrize(
    ("text", "is_uri", "is_usual", "is_web"),
    [
        ("https://example.org/a", True, True, True),
        ("https://example.org/%41", True, True, False),
        ("https://example.org/%4", False, True, False),
        ("tag:example.org,2020:a", True, False, False),
        ("MAILTO:a@example.org", True, True, False),
        ("https://example.org/año", False, True, False),
        ("example.org", False, False, False),
    ],
)
def test_kinds_of_addresses(text, is_uri, is_usual, is_web):
    assert (values.is_uri(text), values.is_usual(text), values.is_simple_web(text)) == (is_uri, is_usual, is_web)


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        ("https://example.org/año?q=ñ#é", "https://example.org/a%C3%B1o?q=%C3%B1#%C3%A9"),
        ("https://müller.example:8080/ü", "https://xn--mller-kva.example:8080/%C3%BC"),
        ("https://ann@müller.example", "https://ann@xn--mller-kva.example"),
        ("https://example.org/%41 b?c=[d]~", "https://example.org/%41%20b?c=[d]~"),
        ("https://" + "ü" * 70 + ".example/", "https://" + "%C3%BC" * 70 + ".example/"),  # too long for IDNA
        ("mailto:ñ@example.org", "mailto:%C3%B1@example.org"),
        ("a\nñ", "a%0A%C3%B1"),
    ],
)
def test_an_address_in_ascii(iri, expected):
    assert values.in_ascii(iri) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-07-28T10:00:00Z", "2017-07-28T10:00:00+00:00"),
        ("2017-07-28T10:00:60Z", "2017-07-28T10:00:59+00:00"),
        ("2017-07-28T10:00:00-05:00", "2017-07-28T10:00:00-05:00"),
        ("Fri, 28 Jul 2017 10:15:30 +0000", "2017-07-28T10:15:00+00:00"),
        ("Fri, 28 Jul 2017 10:15:30 +0000 (a comment)", "2017-07-28T10:15:00+00:00"),
        ("28 DEC 17 10:15 GMT", "2017-12-28T10:15:00+00:00"),
        ("2017", "2017-01-01T00:00:00+00:00"),
        ("2017-07", "2017-07-01T00:00:00+00:00"),
        ("2017-07-28", "2017-07-28T00:00:00+00:00"),
        ("2017-07-28T10:15Z", "2017-07-28T00:00:00+00:00"),
        ("2017-02-30", None),
        ("31 Feb 2017 10:15 GMT", None),
        ("2017-02-30T10:00:00Z", None),
        ("yesterday", None),
    ],
)
def test_when_a_date_is(text, expected):
    assert values.moment(text) == (dt.datetime.fromisoformat(expected) if expected else None)
