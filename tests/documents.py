"""Documents without a fault, and how an example is put into one of them."""

from __future__ import annotations

import json
import re

ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>tag:example.org,2020:feed</id>
<title>Example</title>
<updated>2017-07-28T10:00:00Z</updated>
<author><name>Agency</name></author>
<link rel="self" type="application/atom+xml" href="https://example.org/atom.xml"/>
<link rel="alternate" href="https://example.org/"/>
<entry>
<id>tag:example.org,2020:one</id>
<title>One</title>
<updated>2017-07-28T10:00:00Z</updated>
<link rel="alternate" type="text/html" href="https://example.org/one"/>
<summary>Text</summary>
</entry>
</feed>
"""
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
<title>Example</title>
<link>https://example.org/</link>
<description>News</description>
<atom:link rel="self" type="application/rss+xml" href="https://example.org/rss.xml"/>
<item>
<title>One</title>
<link>https://example.org/one</link>
<description>Text</description>
<guid isPermaLink="false">tag:example.org,2020:one</guid>
</item>
</channel>
</rss>
"""
RDF = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://example.org/rss">
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
OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
<head>
<title>Feeds</title>
</head>
<body>
<outline text="News" type="rss" xmlUrl="https://example.org/rss.xml"/>
</body>
</opml>
"""
JSON_ITEM = {"id": "tag:example.org,2020:one", "url": "https://example.org/one", "content_text": "Text"}
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Example",
    "home_page_url": "https://example.org/",
    "feed_url": "https://example.org/feed.json",
    "items": [JSON_ITEM],
}
# Where an example stands -> the document, and the element that holds it.
_HOLDERS = {
    "atom feed": (ATOM, "feed"),
    "atom entry": (ATOM, "entry"),
    "rss": (RSS, "channel"),
    "rss channel": (RSS, "channel"),
    "rss item": (RSS, "item"),
    "rdf channel": (RDF, "channel"),
    "rdf item": (RDF, "item"),
    "opml head": (OPML, "head"),
    "opml body": (OPML, "body"),
}


def place(where: str, example: str) -> bytes:
    """Put an example into a document that is without fault.

    Args:
        where: "rss item" and the like: elements of the same names are replaced, the others are added; "document" for
            an example that is a whole document. Behind a comma, names that are taken out: "rss item, -guid".
        example: elements, or members of JSON.
    """
    where, _, without = where.partition(", -")
    if where == "document":
        return example.encode()
    if where.startswith("json"):
        return _place_json(where, example, without.split())
    document, holder = _HOLDERS[where]
    start = re.search(rf"<{holder}\b[^>]*>\n", document)
    assert start is not None
    end = document.index(f"</{holder}>", start.end())
    inside = document[start.end() : end]
    entries = re.search(r"(?s)<(entry|item)\b.*</\1>\n", inside) if holder in ("feed", "channel") else None
    own, listed = (inside[: entries.start()], entries[0]) if entries else (inside, "")
    names = {*_top_names(example), *without.split()}
    for name in names:
        own = re.sub(rf"(?s)<{name}\b[^>]*?(?:/>|>.*?</{name}>)\n", "", own)
    if {"entry", "item"} & names:
        own, listed = own + example + "\n", ""
    else:
        own = example + "\n" + own
    return f"{document[: start.end()]}{own}{listed}{document[end:]}".encode()


def _top_names(example: str) -> set[str]:
    """Return the names of the elements that are not inside of another."""
    names, depth = set(), 0
    for tag in re.finditer(r"<(/?)([A-Za-z][\w:.-]*)((?:\"[^\"]*\"|[^>\"])*?)(/?)>", example):
        if tag[1]:
            depth -= 1
            continue
        if depth == 0:
            names.add(tag[2])
        depth += not tag[4]
    return names


def _place_json(where: str, example: str, without: list[str]) -> bytes:
    base = JSON_FEED if where == "json feed" else JSON_ITEM
    try:
        stated = json.loads(f"{{{example}}}")
    except ValueError:
        stated = {}
    rest = {key: value for key, value in base.items() if key not in {*stated, *without}}
    body = json.dumps(rest)[:-1] + (", " if rest and example else "") + example + "}"
    if where == "json feed":
        return body.encode()
    feed = json.dumps({**JSON_FEED, "items": "@"})
    return feed.replace('"@"', f"[{body}]").encode()
