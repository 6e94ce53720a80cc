"""What programs read beside the feeds: OPML 2.0 to import them, and a catalogue in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lxml import etree

from feeds.config import Config
from feeds.feed import membership, messages
from feeds.model import ATOM, JSON, RSS, Document, FeedSummary

OPML, CATALOGUE = "opml.xml", "feeds.json"


def opml_documents(feeds: Sequence[FeedSummary], config: Config) -> list[Document]:
    """One document with everything in folders, and one of each facet: several readers keep an entry in one feed only,
    so people take one of these.
    """
    spoken = messages.site_messages(config)
    by_scheme = {
        scheme: [feed for feed in feeds if feed.spec.category and feed.spec.category.scheme == scheme]
        for scheme in membership.FACETS
    }
    main = [feed for feed in feeds if not feed.spec.path]
    folders = [(spoken[scheme], of_facet) for scheme, of_facet in by_scheme.items() if of_facet]
    documents = [_opml(OPML, config.title, [("", main), *folders], config)]
    for scheme, of_facet in by_scheme.items():
        if of_facet:
            heading = spoken[scheme]
            title = f"{config.title} – {heading}"
            documents.append(_opml(f"opml-{scheme}.xml", title, [(heading, of_facet)], config))
    return documents


def _opml(path: str, title: str, folders: Sequence[tuple[str, Sequence[FeedSummary]]], config: Config) -> Document:
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "ownerName").text = config.author
    etree.SubElement(head, "docs").text = "https://opml.org/spec2.opml"
    body = etree.SubElement(root, "body")
    for heading, feeds in folders:
        parent = etree.SubElement(body, "outline", text=heading) if heading else body
        for feed in sorted(feeds, key=lambda one: one.spec.name.casefold()):
            etree.SubElement(
                parent,
                "outline",
                type="rss",  # of feeds in any format; "version" says which (opml.org/spec2, "Subscription lists")
                version="ATOM1",
                text=feed.spec.title,
                title=feed.spec.title,
                description=feed.spec.description,
                language=feed.spec.language or config.language,
                xmlUrl=config.base_url + feed.spec.file(ATOM.file),
                htmlUrl=config.base_url + feed.spec.page,
            )
    body_bytes: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return Document(path, "text/x-opml", body_bytes)


def catalogue(feeds: Sequence[FeedSummary], config: Config) -> Document:
    """Every feed: what it is of, its addresses, how much is in it, when it changed and is likely to change again."""
    stated = {
        "title": config.title,
        "home_page_url": config.base_url,
        "language": config.language,
        "opml": config.base_url + OPML,
        **({"license": config.rights.license} if config.rights.license else {}),
        **({"rights": config.rights.text} if config.rights.text else {}),
        **({"attribution": config.rights.attribution} if config.rights.attribution else {}),
        "feeds": [_listed(feed, config) for feed in feeds],
    }
    return Document(CATALOGUE, "application/json", json.dumps(stated, ensure_ascii=False, indent=1).encode() + b"\n")


def _listed(feed: FeedSummary, config: Config) -> dict[str, object]:
    spec, category = feed.spec, feed.spec.category
    expected = feed.newest + feed.gap if feed.newest and feed.gap else None
    return {
        "path": spec.path,
        "title": spec.title,
        "label": spec.name,
        "scheme": category.scheme if category else None,
        "term": category.term if category else None,
        "html_url": config.base_url + spec.page,
        "atom_url": config.base_url + spec.file(ATOM.file),
        "rss_url": config.base_url + spec.file(RSS.file),
        "json_url": config.base_url + spec.file(JSON.file),
        "count": feed.entries,
        "updated": feed.newest.isoformat() if feed.newest else None,
        "next_expected": expected.isoformat() if expected else None,
    }
