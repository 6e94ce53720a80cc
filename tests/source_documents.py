"""Small documents of each kind of source, and what is read of one."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import NOW

from feeds.config import Config, Source
from feeds.fetch import File
from feeds.model import Candidate, Problem
from feeds.pipeline.items import read_items

PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>News</title><nav><a href="/">Home</a> 5 May</nav>
<div class="row"><span class="date">5 May 2017</span><h3><a href="/news/2">Panama trains staff</a></h3>
<p>Ten officers took part.</p><img src="/i/2.jpg"></div>
<div class="row"><span class="date">4 May 2017</span><h3><a href="/news/1">Honduras holds a workshop</a></h3>
<p>It was <b>long</b>.</p></div>
<footer>Updated 6 May 2017</footer>"""
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>N</title><language>es</language>
<item><title>Panamá capacita &amp; aprende</title><link>https://example.org/news/2</link><guid>g2</guid>
<pubDate>Fri, 05 May 2017 10:00:00 -0500</pubDate><category>Migración</category>
<description>&lt;p&gt;Diez &lt;b&gt;oficiales&lt;/b&gt;.&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>
<enclosure url="https://example.org/a.pdf" length="1234" type="application/pdf"/></item>
<item><title>Sin fecha</title><link>https://example.org/news/0</link></item></channel></rss>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "N",
        "items": [
            {
                "id": "2",
                "url": "https://example.org/news/2",
                "date_published": "2017-05-05T10:00:00-05:00",
                "content_text": "Ten officers took part. It was long.",
                "attachments": [{"url": "https://example.org/a.pdf", "mime_type": "application/pdf"}],
            },
            "nonsense",
        ],
    }
)
BOTH = ["2017-05-05 Panama trains staff", "2017-05-04 Honduras holds a workshop"]


def read(tmp_path: Path, kind: str, text: str | bytes, name: str = "x", **source: object) -> list[Candidate | Problem]:
    """What is found, and what is said of it."""
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    stated = Source("news", kind=kind, **{"base_url": "https://example.org/", **source})  # type: ignore[arg-type]
    found: list[Candidate | Problem] = []
    for one in read_items(Config(tmp_path, title="t"), stated, File(path, name, name), NOW):
        found += [one.candidate, *one.problems] if one.candidate else list(one.problems)
    return found


def shown(found: list[Candidate | Problem]) -> list[str]:
    return [f"{one.date} {one.content.title}" if isinstance(one, Candidate) else one.code for one in found]


def first(found: list[Candidate | Problem]) -> Candidate:
    return next(one for one in found if isinstance(one, Candidate))
