"""Tell a WebSub hub which feeds changed, so that subscribers get them at once (W3C WebSub 5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from feeds import config, fetch, publish
from feeds.feed import paths
from feeds.history import History
from feeds.model import ConfigError, Origin, Problem, SourceError


def ping(site: Path) -> Iterator[str | Problem]:
    """Notify the hub of every feed that changed since the last time; yield each address, or what went wrong.

    Call it when the feeds can be fetched where they are served: after an upload. A feed of which the hub did not want
    to hear is told again the next time.

    Raises:
        ConfigError: no hub is configured.
        LockedError, HistoryError: as for build.
    """
    settings = config.load_config(site)
    hub = settings.publish.hub
    if not hub:
        raise ConfigError(site / config.FILE, "[publish] has no hub; add a line like hub = 'https://hub.example.org/'")
    with publish.lock(site), History(settings.history) as history:
        for path, digest in history.documents.unannounced():
            if not paths.is_live_feed(path):
                continue
            topic = settings.base_url + path
            # Both names: the specification leaves to the hub which it wants, and hubs differ (measured).
            form = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
            try:
                answer = fetch.probe(hub, form=form, most=1 << 16)
            except SourceError as error:
                yield Problem(Origin("", hub, 0), error.code, f"{error.message}; nothing was sent; run it again later")
                return
            if 200 <= answer.status < 300:
                with history.transaction():
                    history.documents.set_announced(path, digest)
                yield topic
            else:
                said = answer.body[:200].decode("utf-8", "replace").strip()
                message = f"answered {answer.status} for {topic}: {said or 'nothing'}; see what the hub wants"
                yield Problem(Origin("", hub, 0), "hub", message)
