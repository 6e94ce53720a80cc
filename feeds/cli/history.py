"""`feeds history`: the file in which a site remembers, to keep and to move."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from feeds.cli.options import site_argument
from feeds.cli.printing import PROBLEMS, USAGE, complain, errors


@click.group()
def history() -> None:
    """Keep or move what a site remembers: ids, dates, everything that was ever published."""


@history.command("export")
@site_argument
@click.option("--portable", is_flag=True, help="Without what only this machine knows, and what a build makes anew.")
def export_(site: Path, portable: bool) -> None:
    """Print the history of SITE as JSON Lines, a row a line.

    With --portable it is the same as the one before where nothing is new: for a repository, from which each run on a
    fresh machine imports it. The first build then writes every document again.

    \b
    feeds history export /srv/news | gzip > news-history.jsonl.gz
    """
    from feeds import config
    from feeds.history import History

    with errors():
        settings = config.load_config(site)
        if not settings.history.exists():
            complain(f"{settings.history}: error: no such file: nothing was published from here yet [history]")
            sys.exit(USAGE)
        with History(settings.history) as stored:
            for line in stored.export(portable):
                click.echo(line)


@history.command("import")
@click.argument("file", type=click.File("rb"))
@site_argument
def import_(file: BinaryIO, site: Path) -> None:
    """Store an exported history (FILE, or - for standard input) as that of SITE, which must have none.

    \b
    zcat news-history.jsonl.gz | feeds history import - /srv/news
    """
    from feeds import config, publish
    from feeds.history import History

    with errors():
        settings = config.load_config(site)
        with publish.lock(site):
            if settings.history.exists():
                complain(f"{settings.history}: error: exists already; move it away first [history]")
                sys.exit(USAGE)
            try:
                count = History.restore(settings.history, file)
            except ValueError as error:
                complain(f"{file.name}: error: {error} [bad-history]")
                sys.exit(PROBLEMS)
    click.echo(f"{count} rows; the next build goes on from there")
