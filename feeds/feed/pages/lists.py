"""Lists for programs: OPML 2.0 to import the feeds, and a catalogue in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lxml import etree

from feeds.config import Config
from feeds.feed import messages, paths
from feeds.model import ATOM, FACETS, FORMATS, Document, FeedSummary


def opml_documents(feeds: Sequence[FeedSummary], config: Config) -> list[Document]:
    """Return one list of everything in folders, and one for each facet: several readers show an entry in one feed only,
    so people import a single facet.
    """
    spoken = messages.site_messages(config)
    by_facet = {facet.name: _of_facet(feeds, facet.name) for facet in FACETS}
    main = [feed for feed in feeds if not feed.spec.path]
    folders = [(spoken[facet], of_facet) for facet, of_facet in by_facet.items() if of_facet]
    documents = [_opml(paths.OPML, config.title, [("", main), *folders], config)]
    for facet, of_facet in by_facet.items():
        if of_facet:
            heading = spoken[facet]
            title = f"{config.title} – {heading}"
            documents.append(_opml(paths.facet_list(facet), title, [(heading, of_facet)], config))
    return documents


def _of_facet(feeds: Sequence[FeedSummary], facet: str) -> list[FeedSummary]:
    return [feed for feed in feeds if feed.spec.category and feed.spec.category.scheme == facet]


def _opml(path: str, title: str, folders: Sequence[tuple[str, Sequence[FeedSummary]]], config: Config) -> Document:
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "ownerName").text = config.author
    body = etree.SubElement(root, "body")
    for heading, feeds in folders:
        parent = etree.SubElement(body, "outline", text=heading) if heading else body
        for feed in sorted(feeds, key=lambda feed: feed.spec.name.casefold()):
            etree.SubElement(
                parent,
                "outline",
                type="rss",  # of feeds in any format (opml.org/spec2, "Subscription lists")
                text=feed.spec.title,
                title=feed.spec.title,
                description=feed.spec.description,
                language=feed.spec.language or config.language,
                xmlUrl=config.base_url + paths.document_path(feed.spec, ATOM),
                htmlUrl=config.base_url + paths.in_feed(feed.spec),
            )
    body_bytes: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return Document(path, body_bytes)


def catalogue(feeds: Sequence[FeedSummary], config: Config) -> Document:
    """Return a list of every feed: what it is about, its addresses, its size, when it changed and when a change is
    expected.
    """
    stated = {
        "title": config.title,
        "home_page_url": config.base_url,
        "language": config.language,
        "opml": config.base_url + paths.OPML,
        **({"license": config.rights.license} if config.rights.license else {}),
        **({"rights": config.rights.text} if config.rights.text else {}),
        **({"attribution": config.rights.attribution} if config.rights.attribution else {}),
        "feeds": [_listed(feed, config) for feed in feeds],
    }
    return Document(paths.CATALOGUE, json.dumps(stated, ensure_ascii=False, indent=1).encode() + b"\n")


def _listed(feed: FeedSummary, config: Config) -> dict[str, object]:
    spec, category = feed.spec, feed.spec.category
    expected = feed.newest + feed.gap if feed.newest and feed.gap else None
    return {
        "path": spec.path,
        "title": spec.title,
        "label": spec.name,
        "scheme": category.scheme if category else None,
        "term": category.term if category else None,
        "html_url": config.base_url + paths.in_feed(spec),
        **{f"{kind.name}_url": config.base_url + paths.document_path(spec, kind) for kind in FORMATS},
        "count": feed.entries,
        "updated": feed.newest.isoformat() if feed.newest else None,
        "next_expected": expected.isoformat() if expected else None,
    }
