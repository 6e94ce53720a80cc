"""Hugo on the same items: its own Markdown, tags given, RSS and Atom of every feed, paged by 50, no pages of entries.

    python tests/bench/peer_hugo.py SITE FOLDER [top]      SITE is one that `feeds build` has built

The tags are those that were found, so both write the same entries into the same feeds.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

CONFIG = """
baseURL = "https://news.example.org/feeds/"
title = "Measured news"
locale = "en"
disableKinds = ["taxonomy", "section", "sitemap", "robotsTXT", "404"]
[pagination]
pagerSize = 50
disableAliases = true
[taxonomies]
country = "countries"
topic = "topics"
[outputs]
home = ["rss", "atom"]
term = ["rss", "atom"]
page = []
[outputFormats.rss]
mediaType = "application/rss+xml"
baseName = "rss"
[outputFormats.atom]
mediaType = "application/atom+xml"
baseName = "atom"
[mediaTypes."application/atom+xml"]
suffixes = ["xml"]
[mediaTypes."application/rss+xml"]
suffixes = ["xml"]
[[cascade]]
[cascade.target]
kind = "page"
[cascade.build]
render = "link"
"""
_DECLARATION = """{{ printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}
"""
_PAGES = {"paged": "(.Paginate .RegularPages 50).Pages", "top": "first 50 .RegularPages"}
RSS = (
    _DECLARATION
    + """<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" \
xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
<title>{{ .Title }}</title>
<link>{{ .Permalink }}</link>
<description>{{ .Title }}</description>
{{- range %s }}
<item>
<title>{{ .Title }}</title>
<link>{{ .Params.address }}</link>
<guid isPermaLink="false">{{ .Params.guid }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
{{- range .Params.labels }}
<category>{{ . }}</category>
{{- end }}
<description>{{ .Summary | plainify }}</description>
<content:encoded>{{ printf "<![CDATA[%%s]]>" .Content | safeHTML }}</content:encoded>
</item>
{{- end }}
</channel>
</rss>
"""
)
ATOM = (
    _DECLARATION
    + """<feed xmlns="http://www.w3.org/2005/Atom">
<title>{{ .Title }}</title>
<id>{{ .Permalink }}</id>
<link href="{{ .Permalink }}"/>
<updated>{{ .Lastmod.Format "2006-01-02T15:04:05Z07:00" }}</updated>
{{- range %s }}
<entry>
<title>{{ .Title }}</title>
<link href="{{ .Params.address }}"/>
<id>{{ .Params.guid }}</id>
<published>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</published>
<updated>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</updated>
{{- range .Params.labels }}
<category term="{{ . }}"/>
{{- end }}
<summary>{{ .Summary | plainify }}</summary>
<content type="html">{{ .Content | html }}</content>
</entry>
{{- end }}
</feed>
"""
)


def write(site: Path, folder: Path, pages: str = "paged") -> None:
    """A Hugo site of what the history of a site holds; pages: a key of _PAGES."""
    (folder / "layouts" / "_default").mkdir(parents=True)
    (folder / "content").mkdir()
    (folder / "hugo.toml").write_text(CONFIG)
    for name, template in (("list.rss.xml", RSS), ("list.atom.xml", ATOM)):
        (folder / "layouts" / "_default" / name).write_text(template % _PAGES[pages])
    db = sqlite3.connect(f"file:{site / '.history.sqlite3'}?mode=ro", uri=True)
    rows = db.execute("SELECT serial, id, title, link, text, published, categories FROM entries")
    for serial, guid, title, link, text, published, categories in rows:
        terms: dict[str, list[str]] = {"countries": [], "topics": []}
        found = json.loads(categories)
        for category in found:
            if category["scheme"] in terms:
                terms[category["scheme"]].append(category["term"])
        head = {"title": title, "guid": guid, "address": link, "labels": [one["label"] for one in found], **terms}
        lines = [f"{key} = {json.dumps(value)}" for key, value in head.items()]
        when = f"date = {_date(published)}"
        (folder / "content" / f"{serial}.md").write_text("\n".join(("+++", when, *lines, "+++", text, "")))


def _date(seconds: int) -> str:
    import datetime as dt

    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
