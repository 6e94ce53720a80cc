"""`feeds status`: how the sources of a site are, for a person or a health check."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli.options import site_argument
from feeds.cli.printing import OK, PROBLEMS, errors, visible

if TYPE_CHECKING:
    import datetime as dt


@click.command()
@site_argument
@click.option("--json", "as_json", is_flag=True, help="Print the status as one JSON object.")
def status(site: Path, as_json: bool) -> None:
    """Say how each source of SITE is: what is newest, and what is wrong since when.

    As the last run left it; nothing is read or fetched. Exit code 1 if a source fails or is held back, so that it
    serves as a health check.

    \b
    feeds status
    feeds status /srv/news --json | jq .ok
    """
    from feeds.pipeline.status import site_status

    with errors():
        found = site_status(site)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        sys.exit(PROBLEMS if found.is_wrong else OK)
    width = max((len(source.name) for source in found.sources), default=0)
    for source in found.sources:
        parts = [f"newest {_day(source.newest)}" if source.newest else "nothing was ever read"]
        parts += [f"next expected by {_day(source.expected)}"] if source.expected else []
        parts += [f"since {_minute(source.since)}"] if source.since else []
        click.echo(f"{source.name:<{width}}  {source.state:<7}  {', '.join(parts)}")
        for problem in source.problems:
            click.echo(f"{'':<{width}}    {visible(problem)}")
    for problem in found.problems:
        click.echo(visible(problem))
    sys.exit(PROBLEMS if found.is_wrong else OK)


def _day(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def _minute(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%MZ")
