"""What each kind of source becomes: an input beside the three feeds that are made of it, in tests/kinds.

These are documentation too: they show what is read of a document, and where it goes. Where they were meant to change,
read the difference and write them anew with

    FEEDS_WRITE_GOLDEN=1 python -m pytest tests/test_kinds.py
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from conftest import NOW, Site

from feeds.validation import validate

KINDS = Path(__file__).parent / "kinds"
EXTENSIONS = re.compile(rb"<(georss:point|media:credit|media:description)[^>]*>([^<]*)<")
OUTPUTS = ("atom.xml", "rss.xml", "feed.json")
CONFIG = """[site]
title = "News"
base_url = "https://feeds.example.org/"
authority = "example.org"
year = 2026
author = "Agency"

[publish]
source = true

[[sources]]
name = "news"
path = "input.*"
base_url = "https://example.org/"
timezone = "Africa/Nairobi"
categories = "keep"
"""
SELECT = """
[sources.select]
item = ".card"
date = ".day"
title = ".name"
text = ".body"
image = "img"
author = ".by"
category = ".tag"
"""


@pytest.mark.parametrize("kind", sorted(folder.name for folder in KINDS.iterdir()))
def test_what_a_source_states_is_what_is_published(kind: str, site: Site) -> None:
    [source] = (KINDS / kind).glob("input.*")
    site.write(source.name, source.read_bytes())
    site.write("feeds.toml", CONFIG + (SELECT if kind == "html-selectors" else ""))
    report = site.build(now=NOW)
    said = "".join(f"{problem.severity}: {problem.message} [{problem.code}]\n" for problem in report.problems)
    made = {name: (site.output / name).read_bytes() for name in OUTPUTS} | {"said.txt": said.encode()}
    for name, body in made.items():
        golden = KINDS / kind / name
        if os.environ.get("FEEDS_WRITE_GOLDEN") and (body or golden.exists()):
            golden.write_bytes(body)
        assert body == (golden.read_bytes() if golden.exists() else b""), name
    assert [finding for name in OUTPUTS for finding in validate(made[name])] == []
    assert site.build(now=NOW).written == []


def test_every_kind_has_an_example() -> None:
    from feeds.config import kinds
    from feeds.sources import detect_kind

    inputs = [next(folder.glob("input.*")) for folder in KINDS.iterdir()]
    assert {detect_kind(path.name, path.read_bytes()) for path in inputs} == {kind.name for kind in kinds.KINDS}


def fields(item: dict[str, object]) -> dict[str, object]:
    """What of a JSON Feed's item says something of the news."""
    return {key: value for key, value in item.items() if key not in ("id", "date_modified")}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rss", "atom", "json-feed", "csv", "markdown", "reliefweb", "wordpress-export"])
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_feed_of_ours_that_is_read_again_gives_back_what_was_published(kind: str, output: str, site: Site) -> None:
    golden = KINDS / kind
    site.write(f"input.{output}", (golden / output).read_bytes())
    site.write("feeds.toml", CONFIG.replace("[publish]\nsource = true\n", ""))
    assert site.build(now=NOW).problems == []
    again, before = (
        list(map(fields, json.loads(path.read_bytes())["items"]))
        for path in (site.output / "feed.json", golden / "feed.json")
    )
    for item in (*again, *before):
        item.setdefault("authors", [{"name": "Agency"}])  # of the feed: of its entries that state none
        if output == "rss.xml":  # which has no address of an author, no language of an item, and one enclosure
            item.pop("attachments", None), item.pop("language", None)
            item["authors"] = [author["name"] for author in item["authors"]]
    assert again == before
    if output != "feed.json":  # which has no place for these
        one, other = ((folder / "atom.xml").read_bytes() for folder in (site.output, golden))
        assert EXTENSIONS.findall(one) == EXTENSIONS.findall(other)
