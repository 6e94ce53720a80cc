"""How a site is, from what its history remembers: of each source what is newest, and what is wrong since when."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, NamedTuple

from feeds.config import Config, Source, load_config
from feeds.history import History
from feeds.model import UnknownItemError
from feeds.pipeline import news

_HELD = "held-"  # how the codes of what holds a whole source back begin


class SourceStatus(NamedTuple):
    """How a source is; times are aware, None where there is none.

    Attributes:
        state: "ok", "failing" (errors), "held", "warned", or "empty": nothing was ever read from it.
        newest: when something of it was seen for the first time.
        since: since when it is not ok.
        expected: when something new is due by expect_days.
        problems: what is wrong, as it was told.
    """

    name: str
    state: str
    newest: dt.datetime | None
    since: dt.datetime | None
    expected: dt.datetime | None
    problems: list[str]

    @property
    def is_wrong(self) -> bool:
        """Return True if somebody should look at it; warnings do not count."""
        return self.state in ("failing", "held")


class SiteStatus(NamedTuple):
    """How a site is.

    Attributes:
        problems: what is wrong with the site as a whole, as it was told.
    """

    site: str
    sources: list[SourceStatus]
    problems: list[str]

    @property
    def is_wrong(self) -> bool:
        """Return True if somebody should look."""
        return bool(self.problems) or any(source.is_wrong for source in self.sources)

    def as_json(self) -> dict[str, Any]:
        """Return the status as plain values; times in RFC 3339."""

        def plain(value: Any) -> Any:
            return value.isoformat().replace("+00:00", "Z") if isinstance(value, dt.datetime) else value

        sources = [{key: plain(value) for key, value in source._asdict().items()} for source in self.sources]
        return {
            "site": self.site,
            "ok": not self.is_wrong,
            "sources": sources,
            "problems": self.problems,
        }


def published_status(config: Config, history: History) -> bytes:
    """Return what monitors may see: JSON without the texts of problems, which name paths and addresses."""
    stated = status_of(config, history).as_json()
    sources = [{key: value for key, value in source.items() if key != "problems"} for source in stated["sources"]]
    shown = {"title": config.title, "ok": stated["ok"], "sources": sources}
    return json.dumps(shown, ensure_ascii=False, indent=1).encode() + b"\n"


def site_status(site: Path) -> SiteStatus:
    """Return how a site is, as its last run left it; nothing is read or fetched.

    Raises:
        ConfigError: the configuration is wrong.
        UnknownItemError: nothing was ever built from this folder.
    """
    config = load_config(site)
    if not config.history.exists():
        raise UnknownItemError(site, "nothing was published from here yet; feeds build does")
    with History(config.history) as history:
        return status_of(config, history)


def status_of(config: Config, history: History) -> SiteStatus:
    """Return how a site is, by its open history."""
    known = [one for one in news.known_problems(history).values() if not one.gone and not one.is_waiting]
    sources = [_source_status(config, history, source, known) for source in config.sources]
    named = {source.name for source in config.sources}
    whole = [one.text for one in known if one.source not in named and one.severity == "error"]
    return SiteStatus(str(config.folder), sources, whole)


def _source_status(config: Config, history: History, source: Source, known: list[news.Known]) -> SourceStatus:
    own = [one for one in known if one.source == source.name]
    errors = [one for one in own if one.severity == "error"]
    newest = history.entries.newest_arrival(source.name)
    if any(one.code.startswith(_HELD) for one in own):
        state = "held"
    elif errors:
        state = "failing"
    else:
        state = "warned" if own else "ok" if newest else "empty"
    told = errors or own
    due = newest + dt.timedelta(days=source.expect_days) if newest and source.expect_days else None
    return SourceStatus(
        name=source.name,
        state=state,
        newest=newest,
        since=_moment(min(one.first for one in told)) if told else None,
        expected=due,
        problems=[one.text for one in told],
    )


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
