"""Options and arguments that several commands have."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path

import click

from feeds import noop


def clock() -> dt.datetime:
    """Return SOURCE_DATE_EPOCH, else the time."""
    return dt.datetime.fromtimestamp(noop.current_time(os.environ), dt.UTC)


def _now(context: click.Context, parameter: click.Parameter, value: str | None) -> dt.datetime:
    """The one look at the clock: --now, else SOURCE_DATE_EPOCH, else the time."""
    if value is None:
        return clock()
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"'{value}' is not an ISO 8601 date like 2026-11-21T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


now_option = click.option(
    "--now",
    callback=_now,
    metavar="ISO-8601",
    help="Take this for the time, instead of SOURCE_DATE_EPOCH or the clock.",
)
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(noop.OUTPUT),
    show_default=True,
    help="The folder that a web server serves.",
)


def interval(context: click.Context, parameter: click.Parameter, value: str) -> int:
    """Return what an option like --every takes, in seconds."""
    from feeds.config.intervals import check_interval

    try:
        return check_interval(value)
    except ValueError as error:
        raise click.BadParameter(f"'{value}' is not {error}") from None


LONGEST_WAIT = 3600.0  # seconds: a first build of a million items may take as long
wait_option = click.option("--wait", is_flag=True, help="Wait for a build that is at work, instead of saying so.")


def allowed(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """What --allow takes."""
    for value in values:
        if not re.fullmatch(r"(flood|shrink|renamed|cut):.+|lost-history|rolled-back", value):
            raise click.BadParameter(
                f"'{value}' is not one of flood:SOURCE, shrink:SOURCE, renamed:SOURCE, cut:SOURCE, lost-history, "
                "rolled-back"
            )
    return values


sites_argument = click.argument("sites", nargs=-1, type=click.Path(path_type=Path), metavar="[SITE]...")
all_option = click.option(
    "--all",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Each folder in FOLDER that has a feeds.toml; then {site} in --output is the name of the folder.",
)
outputs_option = click.option(
    "-o",
    "--output",
    default=noop.OUTPUT,
    show_default=True,
    help=f"The folder that a web server serves; of several sites a path with {noop.PLACE} in it.",
)
site_argument = click.argument("site", type=click.Path(path_type=Path), default=noop.default_site)
