"""Several sites at once: what `feeds build SITE...` and `--all` do, and `feeds watch`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds import noop
from feeds.cli.printing import BUSY, OK, PROBLEMS, REFUSED, alert, complain, complaints, exit_code
from feeds.model import FeedsError

if TYPE_CHECKING:
    from feeds.pipeline.parallel import Executor
    from feeds.pipeline.sites import Job, Outcome

_WORST = (OK, PROBLEMS, BUSY, REFUSED)  # exit codes of sites; that of a command is the worst of them


def find_jobs(sites: Sequence[Path], folder: Path | None, output: str) -> list[Job]:
    """Return the sites that a command names, each with its output.

    Raises:
        ConfigError: there are none, or two would have the same output.
    """
    from feeds.pipeline.sites import find_sites, make_jobs

    named = [*sites, *(find_sites(folder) if folder else ())]
    return make_jobs(named or [Path(noop.default_site())], output)


def build(
    sites: Sequence[Path],
    folder: Path | None,
    output: str,
    *,
    now: dt.datetime,
    strict: bool,
    as_json: bool,
    quiet: bool,
    executor: Executor | None,
    scheduler: str = "",
    seconds: float = 0,
) -> int:
    """Build sites and tell of each; return the exit code.

    Args:
        folder: one whose folders are sites too.
        output: with noop.PLACE in it.
        strict, as_json, quiet: as the options of `feeds build`.
        scheduler: of a cluster that builds them, "" for this process; each in so many seconds.
    """
    jobs = find_jobs(sites, folder, output)
    worst, counts = OK, Counter[str]()
    is_shown = sys.stdout.isatty() and not quiet and not as_json
    outcomes = _on_cluster(jobs, scheduler, now, seconds) if scheduler else _here(jobs, now, executor)
    for outcome in outcomes:
        code = tell(outcome, strict)
        worst = max(worst, code, key=_WORST.index)
        counts[_became(outcome)] += 1
        if as_json:
            click.echo(json.dumps(_as_json(outcome, code), ensure_ascii=False))
        elif is_shown and outcome.report and outcome.report.written:
            made = outcome.report.counts
            click.echo(
                f"{outcome.job.name}: {made.new} new, {made.changed} changed, {outcome.report.feeds_written} feeds"
            )
    if is_shown:
        stated = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        click.echo(f"{len(jobs)} sites: {stated}")
    return worst


def _here(jobs: Sequence[Job], now: dt.datetime, executor: Executor | None) -> Iterator[Outcome]:
    from feeds.deploy.remote import build
    from feeds.pipeline.sites import build_sites

    return build_sites(jobs, build, now=lambda: now, executor=executor)


def _on_cluster(jobs: Sequence[Job], scheduler: str, now: dt.datetime, seconds: float) -> Iterator[Outcome]:
    from feeds.deploy.cluster import build_on_cluster

    there = [job._replace(site=job.site.resolve(), output=job.output.resolve()) for job in jobs]
    return build_on_cluster(there, scheduler, now=now, seconds=seconds)


def tell(outcome: Outcome, strict: bool = False) -> int:
    """Print what is to be said of a site, tell whom it names of what went wrong; return its exit code."""
    name = outcome.job.name
    for error in outcome.errors:
        complain(str(error), name)
    if outcome.report is None:
        codes = {BUSY if exit_code(error) == BUSY else REFUSED for error in outcome.errors}
        return max(codes, key=_WORST.index, default=OK)
    complaints(outcome.report, strict, name)
    if outcome.report.alerts:
        try:
            alert(outcome.job.site, outcome.report.alerts, name)
        except FeedsError as error:  # feeds.toml was changed meanwhile
            complain(str(error), name)
    return outcome.report.status if strict else outcome.report.news_status


def _became(outcome: Outcome) -> str:
    if outcome.is_up_to_date or (outcome.report and not outcome.report.written):
        return "up to date"
    return "published" if outcome.report and outcome.report.is_published else "failed"


def _as_json(outcome: Outcome, code: int) -> dict[str, object]:
    """The report of a site, or the errors that there are in place of one."""
    stated: dict[str, object] = {"site": str(outcome.job.site), "output": str(outcome.job.output)}
    if outcome.report:
        stated = outcome.report.as_json()
    return {**stated, "up_to_date": outcome.is_up_to_date, "errors": list(map(str, outcome.errors)), "status": code}
