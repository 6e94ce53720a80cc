"""Render entries and heads as JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json

from feeds.config import Config, Rights
from feeds.feed import paths
from feeds.feed.heads import HeadSpec, published_authors, site_url
from feeds.model import JSON, Enclosure, Entry


def render_item(entry: Entry, config: Config) -> bytes:
    """Render a JSON Feed item on one line (jsonfeed.org/version/1.1, "items")."""
    content = entry.content
    stated: dict[str, object] = {
        "id": entry.foreign_id or entry.id,
        "url": entry.link,
        "title": content.title,
        "summary": content.summary,
        **({"content_html": content.html} if config.publish.content == "full" else {"content_text": content.summary}),
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
    }
    if authors := published_authors(entry, config):
        stated["authors"] = [
            {"name": author.name, **({"url": author.address} if author.address else {})} for author in authors
        ]
    if entry.categories:
        stated["tags"] = [category.label for category in entry.categories]
    if content.language != config.language:
        stated["language"] = content.language
    if content.picture:
        stated["image"] = content.picture.address
    attachments = [_attachment(enclosure) for enclosure in content.enclosures if enclosure.media_type]
    if attachments:
        stated["attachments"] = attachments
    return _encode(stated).encode()


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _attachment(enclosure: Enclosure) -> dict[str, str | int]:
    size: dict[str, str | int] = {"size_in_bytes": enclosure.length} if enclosure.length else {}
    return {"url": enclosure.address, "mime_type": enclosure.media_type, **size}


def render_head(head: HeadSpec, config: Config) -> bytes:
    """Return a complete document without items."""
    spec = head.feed
    stated: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": spec.title,
        "home_page_url": site_url(spec, config),
        "feed_url": config.base_url + paths.document_path(spec, JSON, head.page),
        "description": spec.description,
        "language": spec.language or config.language,
        "authors": [{"name": config.author}],
    }
    if config.look.icon:
        stated["icon"] = config.base_url + paths.picture("icon", config.look.icon)
        stated["favicon"] = stated["icon"]
    if config.publish.hub and not head.page:
        stated["hubs"] = [{"type": "WebSub", "url": config.publish.hub}]
    if config.rights != Rights():
        stated["_rights"] = {key: value for key, value in config.rights._asdict().items() if value}
    if head.previous:
        stated["next_url"] = config.base_url + paths.document_path(spec, JSON, head.previous)
    if head.has_ended:
        stated["expired"] = True
    return json.dumps({**stated, "items": []}, ensure_ascii=False, indent=1).encode() + b"\n"
