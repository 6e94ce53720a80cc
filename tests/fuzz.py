"""A longer hunt than the tests have time for: arbitrary bytes as a listing, guided by what code they reach.

    pip install -e '.[fuzz]' && python tests/fuzz.py -max_total_time=600

Any exception, and any document that does not validate, is a find; the input is left in a file that the fuzzer names.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["feeds"]):
    from feeds.config import Config
    from feeds.feed import assemble, heads, membership, render
    from feeds.fetch import File
    from feeds.model import Candidate, Entry, SourceError
    from feeds.pipeline.items import read_items
    from feeds.validation import validate

SITE = Config(Path(), "F", description="F", author="F", base_url="https://example.org/")
LISTING = Path(tempfile.mkdtemp()) / "news.txt"
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def once(data: bytes) -> None:
    """Read, normalise, render and validate whatever these bytes list."""
    LISTING.write_bytes(data)
    fragments = []
    try:
        for item in read_items(SITE, SITE.sources[0], File(LISTING, "news.txt", "news.txt"), NOW):
            if item.candidate:
                fragments.append(render.render_entry(_entry(item.candidate, len(fragments)), SITE))
    except SourceError:
        return
    head = heads.HeadSpec(membership.main_feed(SITE), "tag:example.org,2020:f", NOW)
    for document in assemble.make_documents(head, SITE, fragments):
        findings = validate(document.body)
        assert findings == [], (document.path, findings[:3])


def _entry(candidate: Candidate, number: int) -> Entry:
    return Entry(
        id=f"tag:example.org,2020:{number}",
        content=candidate.content,
        link=f"https://example.org/{number}",
        page="",
        published=NOW,
        precision="day",
        updated=NOW,
        origin=candidate.origin,
        categories=(),
    )


if __name__ == "__main__":
    atheris.Setup(sys.argv, once)
    atheris.Fuzz()
