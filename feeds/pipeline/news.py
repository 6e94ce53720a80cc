"""What is new among the problems of a run, what goes on and what ended: so that cron's mail is news.

An error is told when it is new, once a day while it goes on, and once when it has ended; a warning once. The decision
is a function of what was known before; the history keeps what is known after.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from feeds.history import History
from feeds.model import Origin, Problem, Severity
from feeds.pipeline.report import Report

KEY = "problems"  # of the state in the history
DAY = 24 * 3600  # seconds after which what goes on is told again, and what ended and came back is new
_MOST = 2_000  # problems that are remembered; a listing with more of them is one cause
_WARNED = 30 * DAY  # for which a warning is not told again
_WAITING = "future-date"  # with a warning: an item whose day has not come, which is no problem


class Known(NamedTuple):
    """A problem as it is remembered; times in seconds since 1970.

    Attributes:
        first: when it was met first; told likewise, when it was last told.
        times: how many there are that differ by their lines or numbers only.
        runs: in how many, one after the other, it was met.
        gone: when it was met no more, 0 while it goes on.
        ended: when its end was told last, 0 if never.
        text: as it is told.
    """

    first: int
    told: int
    times: int
    runs: int
    gone: int
    ended: int
    source: str
    code: str
    severity: Severity
    text: str

    @property
    def is_waiting(self) -> bool:
        """Return True for an item that waits for its day."""
        return self.code == _WAITING and self.severity == "warning"


class News(NamedTuple):
    """What is told of the problems of a run, and what is remembered of them."""

    told: list[Problem]
    ended: list[Known]
    after: dict[str, Known]


def compare(before: Mapping[str, Known], problems: Iterable[Problem], now: int) -> News:
    """Decide what is told of the problems of a run.

    Args:
        before: what was remembered, by key.
        now: seconds since 1970.
    """
    met: dict[str, list[Problem]] = {}
    for problem in problems:
        met.setdefault(_key(problem), []).append(problem)
    told: list[Problem] = []
    after: dict[str, Known] = {}
    for key, found in list(met.items())[:_MOST]:
        known, first = before.get(key), found[0]
        is_due = known is None or len(found) > known.times
        is_due = is_due or (known is not None and first.severity == "error" and now - known.told >= DAY)
        told += found if is_due else []
        after[key] = Known(
            first=known.first if known else now,
            told=now if is_due or known is None else known.told,
            times=len(found),
            runs=known.runs + 1 if known and not known.gone else 1,
            gone=0,
            ended=known.ended if known else 0,
            source=first.origin.source,
            code=first.code,
            severity=first.severity,
            text=str(first),
        )
    ended: list[Known] = []
    for key, known in before.items():
        if key in after:
            continue
        if known.severity == "warning":  # said when a document is read; that it is not read again is no end
            if now - (known.gone or now) < _WARNED:
                after[key] = known._replace(gone=known.gone or now)
            continue
        is_news = not known.gone and (not known.ended or now - known.ended >= DAY)
        ended += [known] if is_news else []
        if now - (known.gone or now) < DAY:
            after[key] = known._replace(gone=known.gone or now, ended=now if is_news else known.ended)
    return News(told, ended, after)


def alerts(after: Mapping[str, Known], ended: Iterable[Known], least: int, now: int) -> list[str]:
    """Return what somebody is to be told who does not read what runs print: errors that went on, and their end.

    Args:
        after: what is remembered after a run; ended: what ended with it.
        least: runs in which an error was met before it is told; after that once a day.
    """
    of_errors = [known for known in after.values() if known.severity == "error"]
    lasting = [known for known in of_errors if known.runs == least or (known.runs > least and known.told == now)]
    gone = [known for known in ended if known.severity == "error" and known.runs >= least]
    return [known.text for known in lasting if not known.gone] + [f"ended: {known.text}" for known in gone]


def _key(problem: Problem) -> str:
    """Return what a problem is known by: all but the line and the numbers, which change from run to run."""
    origin = problem.origin
    return "\n".join((origin.source, origin.document, problem.code, re.sub(r"\d+", "#", problem.message)))


def known_problems(history: History) -> dict[str, Known]:
    """Return what is remembered of problems, by key; those that have ended among them."""
    stated = json.loads(history.state(KEY) or "{}")
    return {key: Known(**fields) for key, fields in stated.items()}


def tell(report: Report, history: History, now: dt.datetime, least: int) -> None:
    """Put into a report what is told of its problems, and remember them.

    Args:
        least: runs in which an error is met before somebody is alerted.
    """
    moment = int(now.timestamp())
    news = compare(known_problems(history), problems_of(report), moment)
    report.told = news.told
    report.ended = [known.text for known in news.ended]
    report.alerts = alerts(news.after, news.ended, least, moment)
    report.ongoing = len(set(map(_key, problems_of(report))) - set(map(_key, news.told)))
    # More runs than that say nothing more, and what goes on leaves the history as it is.
    stated = {key: known._replace(runs=min(known.runs, least + 1))._asdict() for key, known in news.after.items()}
    with history.transaction():
        history.remember(KEY, json.dumps(stated, ensure_ascii=False, separators=(",", ":")) if stated else "")


def problems_of(report: Report) -> list[Problem]:
    """Return the problems of a run, documents that were not published among them."""
    refused = [
        Problem(
            Origin("", f"{report.output}/{refusal.document}", finding.line),
            finding.code,
            f"not published: {finding.message}",
            finding.severity,
        )
        for refusal in report.refused
        for finding in refusal.findings[:10]
    ]
    return report.problems + refused
