"""JSON Feed, OPML, RSS 1.0 and the modules: one fault each, by the code that it is told by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_validate import ATOM, ITEM, RSS

from feeds.validation import LARGEST, examine, validate
from feeds.validation.findings import MOST

JSON = """{
  "version": "https://jsonfeed.org/version/1.1",
  "title": "Example",
  "home_page_url": "https://example.org/",
  "feed_url": "https://example.org/feed.json",
  "authors": [{"name": "Agency"}],
  "language": "en",
  "items": [
    {
      "id": "tag:example.org,2020:one",
      "url": "https://example.org/one",
      "title": "One",
      "content_html": "<p>Text</p>",
      "date_published": "2017-07-28T10:00:00Z",
      "tags": ["Honduras"],
      "attachments": [{"url": "https://example.org/one.pdf", "mime_type": "application/pdf"}],
      "_own": 1
    }
  ]
}
"""
OPML = """<opml version="2.0">
  <head>
    <title>Feeds</title>
    <dateModified>Fri, 28 Jul 2017 10:00:00 +0000</dateModified>
  </head>
  <body>
    <outline text="Countries">
      <outline text="Honduras" type="rss" xmlUrl="https://example.org/hn.xml" htmlUrl="https://example.org/hn/"/>
    </outline>
  </body>
</opml>
"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
  <channel rdf:about="https://example.org/">
    <title>Example</title>
    <link>https://example.org/</link>
    <description>News</description>
    <items><rdf:Seq><rdf:li rdf:resource="https://example.org/one"/></rdf:Seq></items>
  </channel>
  <item rdf:about="https://example.org/one">
    <title>One</title>
    <link>https://example.org/one</link>
  </item>
</rdf:RDF>
"""
JSON_FAULTS = [
    ('  "title": "Example",\n', "", "missing-member", 1, "error"),
    ('"version": "https://jsonfeed.org/version/1.1"', '"version": "1.1"', "bad-value", 2, "error"),
    ('"title": "Example"', '"title": 5', "bad-type", 3, "error"),
    ('"items": [', '"items": {}, "_x": [', "bad-type", 8, "error"),
    ('"language": "en"', '"language": "english!"', "bad-value", 7, "error"),
    ('  "feed_url": "https://example.org/feed.json",\n', "", "no-self-link", 1, "warning"),
    ('"authors": [{"name": "Agency"}]', '"author": {"name": "Agency"}', "deprecated-member", 6, "warning"),
    ('"id": "tag:example.org,2020:one"', '"id": 1', "bad-id", 10, "warning"),
    ('      "id": "tag:example.org,2020:one",\n', "", "missing-member", 9, "error"),
    ('"url": "https://example.org/one"', '"url": "/one"', "bad-value", 11, "error"),
    ('      "content_html": "<p>Text</p>",\n', "", "no-content", 9, "error"),
    ("2017-07-28T10:00:00Z", "28 July 2017", "bad-value", 14, "error"),
    ('["Honduras"]', "[1]", "bad-type", 15, "error"),
    (', "mime_type": "application/pdf"', "", "missing-member", 16, "error"),
    ('"_own": 1', '"own": 1', "undefined-member", 17, "warning"),
    ('"_own": 1', '"title": "Two"', "duplicate-member", 1, "error"),
    (
        "    }\n  ]",
        '    },\n    {"id": "tag:example.org,2020:one", "content_text": "x"}\n  ]',
        "duplicate-id",
        19,
        "error",
    ),
    ('"title": "Example",', '"title": "Example"', "not-json", 4, "error"),
]
OPML_FAULTS = [
    ('version="2.0"', 'version="3.0"', "bad-attribute", 1, "error"),
    ("    <title>Feeds</title>\n", "", "no-title", 2, "warning"),
    ("<dateModified>Fri,", "<dateModified>Mon,", "bad-date", 4, "error"),
    ("  <head>", "  <heads/>\n  <head>", "undefined-element", 2, "error"),
    (' xmlUrl="https://example.org/hn.xml"', "", "missing-attribute", 8, "error"),
    ('xmlUrl="https://example.org/hn.xml"', 'xmlUrl="hn.xml"', "bad-attribute", 8, "error"),
    ('htmlUrl="https://example.org/hn/"', 'htmlUrl="hn/"', "not-absolute", 8, "warning"),
    ('text="Countries"', "", "missing-attribute", 7, "error"),
    ('text="Countries"', 'text=""', "empty-title", 7, "warning"),
    ("</dateModified>", "</dateModified><ownerEmail>nobody</ownerEmail>", "bad-email", 4, "error"),
    ("</dateModified>", "</dateModified><docs>nowhere</docs>", "bad-address", 4, "error"),
]
RDF_FAULTS = [
    ("    <link>https://example.org/one</link>\n", "", "missing-element", 8, "error"),
    (' rdf:about="https://example.org/one"', "", "missing-attribute", 8, "error"),
    ("<description>News</description>", "<description><b/></description>", "undefined-element", 5, None),
    ("<title>One</title>", "stray <title>One</title>", "unexpected-text", 8, "error"),
    ("<title>One</title>", "<title><link>One</link></title>", "unexpected-element", 9, "error"),
    ("<link>https://example.org/one", "<link>one", "bad-address", 10, "error"),
]
NAMESPACES = (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:fh="http://purl.org/syndication/history/1.0"'
    ' xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:georss="http://www.georss.org/georss"'
    ' xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    ' xmlns:x="https://example.org/ns"'
)
# What stands in an item, and the code (None: it is right).
MODULES = [
    ("<dc:date>2017-07-28</dc:date><dc:creator>Ana</dc:creator>", None),
    ("<dc:date>28 July 2017</dc:date>", "bad-value"),
    ("<dc:date>2017-02-31</dc:date>", "bad-value"),
    ("<dc:autor>Ana</dc:autor>", "undefined-element"),
    ("<dc:language>español</dc:language>", "bad-value"),
    ("<geo:lat>8.97</geo:lat><geo:long>-79.53</geo:long>", None),
    ("<geo:lat>91</geo:lat>", "bad-value"),
    ("<georss:point>8.97 -79.53</georss:point>", None),
    ("<georss:point>8.97</georss:point>", "bad-value"),
    ("<sy:updatePeriod>often</sy:updatePeriod>", "bad-value"),
    ("<media:thumbnail url='https://example.org/a.png' width='100'/>", None),
    ("<media:thumbnail url='https://example.org/a.png' width='wide'/>", "bad-attribute"),
    ("<media:thumbnail/>", "missing-attribute"),
    ("<media:content url='https://example.org/a.png' medium='picture'/>", "bad-attribute"),
    ("<media:group><media:content url='https://example.org/a.mp4'/></media:group>", "group-of-one"),
    ("<media:rating scheme='urn:mpaa'>tv-ma</media:rating>", "bad-value"),
    ("<media:restriction relationship='allow' type='country'>PA CR</media:restriction>", None),
    ("<media:restriction relationship='allow' type='country'>panama</media:restriction>", "bad-value"),
    ("<thr:in-reply-to ref='tag:example.org,2020:one'/>", None),
    ("<thr:in-reply-to/>", "missing-attribute"),
    ("<thr:total>many</thr:total>", "bad-value"),
    ("<at:deleted-entry ref='tag:example.org,2020:one' when='2017-07-28T10:00:00Z'/>", None),
    ("<at:deleted-entry ref='tag:example.org,2020:one' when='yesterday'/>", "bad-attribute"),
    ("<x:thing/>", "unknown-namespace"),
]
# (document, what is replaced, by what, code): what the tables of the other tests leave out
MORE = [
    (ATOM, "<name>Agency</name>", "<name/>", "empty-name"),
    (ATOM, "<name>Agency</name>", "<name>Agency</name><email>nobody</email>", "bad-email"),
    (ATOM, "<name>Agency</name>", "<name>Agency</name><uri>a b</uri>", "bad-uri"),
    (ATOM, "<author>", '<simple xmlns=""/><author>', "no-namespace"),
    (
        ATOM,
        'rel="alternate" href="https://example.org/"',
        'rel="nearby" href="https://example.org/"',
        "unregistered-rel",
    ),
    (ATOM, ' type="text/html"', ' type="html"', "bad-attribute"),
    (ATOM, ' type="text/html"', ' kind="x"', "undefined-attribute"),
    (ATOM, '<content type="html">', '<content type="image/png">', "not-base64"),
    (
        ATOM,
        '<summary>Text</summary>\n    <content type="html">&lt;p&gt;Text&lt;/p&gt;',
        '<content type="image/png">aaaa',
        "no-summary",
    ),
    (
        ATOM,
        '<content type="html">&lt;p&gt;Text&lt;/p&gt;',
        '<content type="application/xml">text<a xmlns=""/>',
        "unexpected-text",
    ),
    (ATOM, "<author>", '<complete xmlns="http://purl.org/syndication/history/1.0"/><author>', None),
    (ATOM, "<author>", '<archive xmlns="http://purl.org/syndication/history/1.0"/><author>', "no-current-link"),
    (
        ATOM,
        "<author>",
        '<complete xmlns="http://purl.org/syndication/history/1.0"/><link rel="next" href="https://example.org/2"/><author>',
        "link-in-complete-feed",
    ),
    (
        ATOM,
        "<author>",
        '<link rel="last" href="https://example.org/atom.xml"/><link rel="next" href="https://example.org/2"/><author>',
        "link-past-end",
    ),
    (ATOM, "<summary>", '<link rel="next" href="https://example.org/2"/><summary>', "link-in-entry"),
    (RSS, "<language>en", "<language>english!", "bad-language"),
    (RSS, "<ttl>60</ttl>", "<ttl>0</ttl>", "bad-number"),
    (RSS, "<ttl>60</ttl>", "<skipDays><day>Funday</day></skipDays>", "bad-day"),
    (RSS, "<ttl>60</ttl>", "<skipDays><day>Monday</day><day>Monday</day></skipDays>", "duplicate-value"),
    (RSS, "<ttl>60</ttl>", "<skipDays>" + "<day>Monday</day>" * 8 + "</skipDays>", "too-many"),
    (RSS, "<ttl>60</ttl>", "<managingEditor>Ana Ruiz</managingEditor>", "bad-email"),
    (RSS, "<ttl>60</ttl>", "<managingEditor>Me (me@example.org)</managingEditor>", "bad-email"),
    (RSS, "<ttl>60</ttl>", "<managingEditor>Ana Ruiz, ana@example.org</managingEditor>", "email-order"),
    (RSS, "<ttl>60</ttl>", "<webMaster>ana@example.org Ana Ruiz</webMaster>", "email-order"),
    (
        RSS,
        "<ttl>60</ttl>",
        "<textInput><title>T</title><description>D</description><name>a b</name><link>https://e.org/</link></textInput>",
        "bad-name",
    ),
    (RSS, "<link>https://example.org/one", "<link>javascript:alert(1)", "unusual-scheme"),
    (RSS, ">tag:example.org,2020:one</guid>", "></guid>", "empty-guid"),
    (
        RSS,
        "<title>One</title>\n      <link>https://example.org/one</link>\n      <description>Text</description>\n",
        "",
        "empty-item",
    ),
    (
        RSS,
        "<category>",
        "<enclosure url='https://e.org/a' length='1' type='a/b'/>" * 2 + "<category>",
        "several-enclosures",
    ),
    (RSS, "<description>Text</description>", "", "no-description"),
    (
        RSS,
        "<description>Text</description>\n      <content:encoded><![CDATA[<p>Text</p>]]></content:encoded>",
        "<content:encoded>x</content:encoded><description>Text</description>",
        "content-first",
    ),
    (RSS, ' version="2.0"', "", "missing-attribute"),
]


@pytest.mark.parametrize(
    ("document", "kind"),
    [(JSON, "JSON Feed 1.1"), (OPML, "OPML 2.0"), (RDF, "RSS 1.0"), (ATOM, "Atom 1.0"), (RSS, "RSS 2.0")],
)
def test_the_format_is_told_from_the_document_and_a_right_one_has_no_findings(document: str, kind: str) -> None:
    verdict = examine(document.encode())
    assert (verdict.format, verdict.findings, verdict.is_valid) == (kind, (), True)


@pytest.mark.parametrize(
    ("document", "old", "new", "code", "line", "severity"),
    [
        (document, *fault)
        for document, faults in ((JSON, JSON_FAULTS), (OPML, OPML_FAULTS), (RDF, RDF_FAULTS))
        for fault in faults
        if fault[4]
    ],
)
def test_one_fault_is_named_with_its_line(
    document: str, old: str, new: str, code: str, line: int, severity: str
) -> None:
    assert old in document
    findings = validate(document.replace(old, new, 1).encode())
    assert (code, line, severity) in [(finding.code, finding.line, finding.severity) for finding in findings], findings


@pytest.mark.parametrize(("inner", "code"), MODULES)
def test_what_a_module_may_hold(inner: str, code: str | None) -> None:
    document = RSS.replace('version="2.0"', f'version="2.0"{NAMESPACES}').replace("<category>", f"{inner}<category>")
    # All stand in one item here, whether that is their place or not.
    ignored = ("misplaced-element", "stated-twice")
    codes = [finding.code for finding in validate(document.encode()) if finding.code not in ignored]
    assert codes == ([code] if code else [])


@pytest.mark.parametrize(("document", "old", "new", "code"), MORE)
def test_one_fault_is_named_by_its_code(document: str, old: str, new: str, code: str | None) -> None:
    assert old in document
    codes = [finding.code for finding in validate(document.replace(old, new, 1).encode())]
    assert code in codes if code else codes == []


def test_a_byte_that_is_not_utf_8_is_named_with_its_place() -> None:
    [finding] = examine(JSON.replace("Example", "Ex\xe4mple").encode("latin-1")).findings
    assert (finding.code, finding.line, finding.message) == ("bad-encoding", 3, "byte 65 is 0xe4, which is not UTF-8")


@pytest.mark.parametrize(
    "document",
    [
        RSS.replace(ITEM, "<item/>" * 20_000),
        ATOM.replace("</feed>", "<entry/>" * 20_000 + "</feed>"),
        '{"items": [' + ",".join(['{"id": 1}'] * 20_000) + "]}",
        RSS.replace(ITEM, "".join(f"<a xmlns='urn:x:{number}'/>" for number in range(9_000))),
    ],
    ids=["RSS", "Atom", "JSON Feed", "namespaces"],
)
def test_a_document_with_everything_wrong_gives_a_bounded_number_of_findings(document: str) -> None:
    assert MOST <= len(validate(document.encode())) <= 2 * MOST + 60


@pytest.mark.parametrize(
    "document",
    [
        " " * (LARGEST + 1),
        ATOM.replace("</feed>", "<category term='a'/>" * 10_001 + "</feed>"),
        ATOM.replace("<summary>", "<category term='a'/>" * 10_001 + "<summary>"),
        RSS.replace("<guid ", "<x xmlns='urn:x:y'>" + "<y/>" * 10_001 + "</x><guid "),
    ],
    ids=["bytes", "children of the feed", "children of an entry", "children of another vocabulary"],
)
def test_a_document_that_is_too_large_is_refused(document: str) -> None:
    assert "too-large" in [finding.code for finding in examine(document.encode()).findings]


def test_an_entity_of_the_document_is_read_and_one_from_elsewhere_is_not() -> None:
    declared = '<!DOCTYPE rss [<!ENTITY agency "IOM"><!ENTITY file SYSTEM "file:///etc/passwd">]><rss'
    document = RSS.replace("<rss", declared).replace("<title>One", "<title>&agency; One")
    assert validate(document.encode()) == []
    [found] = validate(document.replace("<title>&agency;", "<title>a&file;b").encode())
    assert (found.code, found.severity, found.line) == ("external-entity", "warning", 12)


@pytest.mark.parametrize(
    "document", ['{"a":' * 100_000, "{" + '"a":1,' * 1000, '{"version": NaN}', "{}", '{"items": [[]]}']
)
def test_hostile_json_is_a_finding_never_a_crash(document: str) -> None:
    assert not examine(document.encode()).is_valid


def test_json_findings_point_at_the_value() -> None:
    [finding] = validate(JSON.replace('"url": "https://example.org/one"', '"url":   "/one"').encode())
    line = JSON.splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith('"url"')
    assert json.loads(JSON)["items"][0]["url"] == "https://example.org/one"


@pytest.mark.parametrize(
    ("document", "old", "new"),
    [
        (RSS, "<ttl>60</ttl>", "<pubDate>fri, 28 jul 2017 10:00:00 gmt</pubDate>"),
        (RSS, "<ttl>60</ttl>", "<pubDate>Fri, 28 Jul 2017 10:00:00 +0000 (UTC)</pubDate>"),
        (RSS, "<ttl>60</ttl>", "<pubDate>Fri (a day), 28 Jul 2017 10:00 EST</pubDate>"),
        (RSS, "<ttl>60</ttl>", "<managingEditor>josé@exämple.org (José)</managingEditor>"),
        (ATOM, "<name>Agency</name>", "<name>Agency</name><email>用户@例え.org</email>"),
    ],
)
def test_what_the_specifications_allow_is_not_refused(document: str, old: str, new: str) -> None:
    assert old in document
    changed = document.replace(old, new, 1).encode()
    assert {finding.code for finding in validate(changed)} <= {"unusual-date"}
    assert validate(changed, advise=False) == []


def test_the_small_cases_of_others_that_are_right_are_not_refused(shared: Path) -> None:
    folders = [path for path in (shared / "cases/validator").iterdir() if path.name.startswith("fr")]
    assert len(folders) == 6
    for path in sorted(one for folder in folders for one in folder.glob("*.xml")):
        assert [found for found in validate(path.read_bytes()) if found.severity == "error"] == [], path.name
