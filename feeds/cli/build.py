"""`feeds build` and `diff`, with their progress bar and summary."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeds import noop
from feeds.cli import many
from feeds.cli.changes import changes
from feeds.cli.language import said
from feeds.cli.options import (
    all_option,
    allowed,
    interval,
    now_option,
    output_option,
    outputs_option,
    site_argument,
    sites_argument,
)
from feeds.cli.printing import alert, complain, complaints, errors, visible

if TYPE_CHECKING:
    from feeds.fetch.recheck import Answers
    from feeds.pipeline.report import Report
    from feeds.pipeline.run import Progress


@click.command()
@sites_argument
@all_option
@outputs_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print the report of the run as one JSON object; of each site one."
)
@click.option("-q", "--quiet", is_flag=True, help="Print problems only, as when there is no terminal.")
@click.option(
    "--allow",
    multiple=True,
    callback=allowed,
    metavar="WHAT",
    help="Take what was held back: flood:SOURCE (old items as new), shrink:SOURCE (most of a listing gone), "
    "renamed:SOURCE (what a source had that is gone), cut:SOURCE (an item that ends in the middle), lost-history, "
    "rolled-back.",
)
@click.option("--strict", is_flag=True, help="Tell every problem, also those that earlier runs told.")
@click.option("--dry-run", is_flag=True, help="Write nothing, and print what would change, as `feeds diff` does.")
@click.option(
    "--processes",
    type=click.IntRange(0, noop.MOST_PROCESSES),
    metavar="N",
    help="Processes that take a part of the work where there is much of it, beside this one (default: half as many as "
    "there are cores, less one, at most 4).",
)
@click.option("--scheduler", default="", metavar="ADDRESS", help="Of a Dask cluster that builds several sites.")
@click.option(
    "--time-limit",
    default="10m",
    show_default=True,
    callback=interval,
    metavar="TIME",
    help="What a site may take on a cluster.",
)
@now_option
@click.pass_obj
def build(
    answers: Answers | None,
    sites: tuple[Path, ...],
    folder: Path | None,
    output: str,
    as_json: bool,
    quiet: bool,
    allow: tuple[str, ...],
    strict: bool,
    dry_run: bool,
    processes: int | None,
    scheduler: str,
    time_limit: int,
    now: dt.datetime,
) -> None:
    """Publish the feeds of each SITE, a folder with a feeds.toml and listings (default: this one if it has a
    feeds.toml, else seeds).

    Several sites, or with --all each of a folder, are built by one process, each into an output of its own. One that
    fails ends no other.

    Run it as often as you like: what did not change is not touched, and what was published once is kept, in SITE's
    history file, when the listing forgets it. A problem is told when it is new, once a day while it goes on, and once
    when it has ended; `feeds status` lists those that are known.

    \b
    feeds build
    feeds build /srv/news -o /var/www/feeds --quiet       # the line for cron
    feeds build --all /srv/sites -o '/var/www/{site}' --quiet
    feeds build --json --now 2026-11-21T12:00:00Z
    """
    from feeds.pipeline.parallel import Processes

    if folder or len(sites) > 1 or noop.PLACE in output:
        if allow or dry_run:
            raise click.UsageError("--allow and --dry-run are for one site; give that alone")
        shown: dict[str, Any] = {"strict": strict, "as_json": as_json, "quiet": quiet}
        shown |= {"scheduler": scheduler, "seconds": time_limit}
        with errors(), Processes(processes) as executor:
            sys.exit(many.build(sites, folder, output, now=now, executor=executor, **shown))
    from feeds.deploy.remote import build as build_site

    _collect_seldom()
    if scheduler:
        raise click.UsageError("--scheduler is for --all, or for several sites")
    [site] = sites or [Path(noop.default_site())]
    at_terminal = sys.stdout.isatty() and not quiet and not as_json
    settings: dict[str, Any] = {"now": now, "allow": allow, "dry_run": dry_run, "answers": answers}
    with errors(), _progress(at_terminal) as progress, Processes(processes) as executor:
        report = build_site(site, Path(output), progress=progress, executor=executor, **settings)
    complaints(report, strict)
    if report.alerts and not dry_run:
        alert(site, report.alerts)
    _print(report, as_json, dry_run, at_terminal)
    sys.exit(report.status if strict else report.news_status)


@click.command()
@site_argument
@output_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--allow", multiple=True, callback=allowed, metavar="WHAT", help="As for `feeds build`.")
@now_option
def diff(site: Path, output: Path, as_json: bool, allow: tuple[str, ...], now: dt.datetime) -> None:
    """Say what a build of SITE would change, and write nothing.

    New, retitled, relinked, edited and retagged entries, and the feeds that would be written. Prints nothing where no
    byte would change.

    
    feeds diff
    feeds diff /srv/news -o /var/www/feeds --json
    """
    from feeds.pipeline import build as build_site

    with errors():
        report = build_site(site, output, now=now, allow=allow, dry_run=True)
    complaints(report)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        for line in changes(report):
            click.echo(visible(line))
    sys.exit(report.status)


def _print(report: Report, as_json: bool, is_dry: bool, at_terminal: bool) -> None:
    """Print what a run did, or would do, on standard output."""
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    elif is_dry:
        for line in changes(report) or [said("nothing would change")]:
            click.echo(visible(line))
    elif at_terminal:
        _summary(report)


def _collect_seldom() -> None:
    """Let Python look for cycles of garbage seldom: a build makes many values and few cycles (6 % of a first build)."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@contextlib.contextmanager
def _progress(at_terminal: bool) -> Iterator[Progress | None]:
    """Show a progress bar on stderr."""
    if not at_terminal or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(said(stage), total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


def _summary(report: Report) -> None:
    """Print the notes of a build, and the table at its end."""
    for note in report.notes:
        complain(f"note: {note}")
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title_justify="left")
    first, *others = map(said, _COLUMNS)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    for name, counts in report.sources.items():
        cells = (counts.read, counts.new, counts.changed, counts.unchanged, counts.rejected)
        table.add_row(name, *map(str, cells))
    console = Console(highlight=False)
    console.print(table)
    problems = len(report.problems) + len(report.refused)
    known = said(" ({} known: feeds status)").format(report.ongoing) if report.ongoing else ""
    text = said(_SUMMARY).format(
        written=report.feeds_written,
        unchanged=report.feeds_unchanged,
        problems=problems,
        known=known,
        output=report.output,
    )
    text = re.sub(r" 1 (probl\w+)s\b", r" 1 \1", text)  # in each of the three languages
    console.print(text, soft_wrap=True, markup=False)


_COLUMNS = ("source", "read", "new", "changed", "unchanged", "rejected")
_SUMMARY = (
    "{written} feeds written, {unchanged} unchanged, {problems} problems{known}; {output}/index.html lists them all"
)
