"""`feeds status`: how the sources of a site are, for a person or a health check."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds import noop
from feeds.cli.language import said, translate
from feeds.cli.many import find_jobs
from feeds.cli.options import all_option, sites_argument
from feeds.cli.printing import OK, PROBLEMS, complain, errors, visible
from feeds.model import FeedsError

if TYPE_CHECKING:
    import datetime as dt

    from feeds.pipeline.status import SiteStatus


@click.command()
@sites_argument
@all_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print the status as one JSON object; of several sites a line each."
)
def status(sites: tuple[Path, ...], folder: Path | None, as_json: bool) -> None:
    """Say how each source of SITE is: what is newest, and what is wrong since when; of several sites what is wrong.

    As the last run left it; nothing is read or fetched. Exit code 1 if a source fails or is held back, so that it
    serves as a health check.

    \b
    feeds status
    feeds status /srv/news --json | jq .ok
    feeds status --all /srv/sites
    """
    from feeds.pipeline.status import site_status

    if folder or len(sites) > 1:
        with errors():
            sys.exit(_of_many(sites, folder, as_json))
    with errors():
        found = site_status(sites[0] if sites else Path(noop.default_site()))
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        sys.exit(PROBLEMS if found.is_wrong else OK)
    _print(found)
    sys.exit(PROBLEMS if found.is_wrong else OK)


def _of_many(sites: tuple[Path, ...], folder: Path | None, as_json: bool) -> int:
    """Print what is wrong with sites; return the exit code."""
    from feeds.pipeline.status import site_status

    worst, wrong = OK, 0
    jobs = find_jobs(sites, folder, noop.PLACE)
    for job in jobs:
        try:
            found = site_status(job.site)
        except FeedsError as error:
            complain(str(error), job.name)
            worst, wrong = PROBLEMS, wrong + 1
            continue
        if as_json:
            click.echo(json.dumps(found.as_json(), ensure_ascii=False))
        elif found.is_wrong:
            click.echo(visible(f"{job.name}:"))
            _print(found)
        worst, wrong = max(worst, PROBLEMS * found.is_wrong), wrong + found.is_wrong
    if not as_json:
        click.echo(said("{} sites: {} with something wrong").format(len(jobs), wrong))
    return worst


def _print(found: SiteStatus) -> None:
    width = max((len(source.name) for source in found.sources), default=0)
    for source in found.sources:
        newest = said("newest {}").format(_day(source.newest)) if source.newest else said("nothing was ever read")
        parts = [newest]
        parts += [said("next expected by {}").format(_day(source.expected))] if source.expected else []
        parts += [said("since {}").format(_minute(source.since))] if source.since else []
        click.echo(f"{source.name:<{width}}  {said(source.state):<7}  {', '.join(parts)}")
        for problem in source.problems:
            click.echo(f"{'':<{width}}    {translate(visible(problem))}")
    for problem in found.problems:
        click.echo(translate(visible(problem)))


def _day(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def _minute(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%MZ")
