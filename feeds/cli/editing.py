"""Commands that people run by hand, because something was published elsewhere before, or should not have been."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from feeds.cli.language import said
from feeds.cli.options import LONGEST_WAIT, now_option, output_option, site_argument, wait_option
from feeds.cli.printing import OK, PROBLEMS, USAGE, complain, complaints, errors, history_here

_HELD = "; builds publish nothing until one is allowed to: --allow rolled-back"


@click.command()
@click.argument("feed")
@site_argument
def adopt(feed: str, site: Path) -> None:
    """Take the ids of FEED over, the Atom, RSS or JSON feed (a file or an address) that SITE's feeds are to replace.

    Do it before the first build: an item that FEED had is then published under the id that its subscribers know, and
    nobody sees it as new. Nothing is published yet.

    \b
    feeds adopt https://www.example.org/news/rss.xml /srv/news
    feeds adopt old-feed.xml /srv/news
    """
    from feeds import fetch, publish
    from feeds.config import load_config
    from feeds.config.limits import ADOPTED_FEED_BYTES
    from feeds.history import History
    from feeds.model import SourceError
    from feeds.sources import adopt as adoption

    with errors(), history_here(site):
        config = load_config(site)
        try:
            limit = ADOPTED_FEED_BYTES
            data = fetch.get(feed, limit).body if "://" in feed else fetch.read(Path(feed), limit)
            entries = adoption.read(data)
        except SourceError as error:
            complain(f"{feed}: error: {error} [{error.code}]")
            sys.exit(USAGE)
        with publish.lock(site), History(config.history) as history, history.transaction():
            done = history.reserved_ids.add(entries)
    for identifier, why in done.refused:
        complain(f"{feed}: warning: '{identifier}' {why}: it cannot be told by an id [bad-id]")
    click.echo(f"{done.kept} ids wait for their items, {done.known} are known, {len(done.refused)} left out")
    sys.exit(PROBLEMS if done.refused else OK)


@click.command()
@click.argument("item")
@site_argument
@output_option
@wait_option
@click.option("--reason", required=True, help="A sentence for readers: why the item is withdrawn.")
@click.option("--announce", is_flag=True, help="Publish a new entry too, which says that it was withdrawn.")
@now_option
def withdraw(item: str, site: Path, output: Path, wait: bool, reason: str, announce: bool, now: dt.datetime) -> None:
    """Withdraw ITEM (an id, a link, or the address of its page) from the feeds of SITE.

    A notice with the reason takes its place in every feed and on its page, under the same id; Atom says it to programs
    too (RFC 6721). What the item said is kept: `feeds restore` brings it back. Some readers never show a changed entry
    again, as Thunderbird and Liferea: with --announce they get a new one.

    \b
    feeds withdraw tag:example.org,2026:news/2026-11-20/a-mistake --reason "It named a minor."
    """
    from feeds.pipeline import withdraw as withdraw_item

    with errors(), history_here(site, LONGEST_WAIT if wait else 0):
        report = withdraw_item(site, output, item, reason, now=now, wait=LONGEST_WAIT if wait else 0, announce=announce)
    complaints(report)
    click.echo(said("withdrawn; {} feeds written").format(report.feeds_written))
    sys.exit(report.status)


@click.command()
@click.argument("item")
@site_argument
@output_option
@wait_option
@now_option
def restore(item: str, site: Path, output: Path, wait: bool, now: dt.datetime) -> None:
    """Bring ITEM back that was withdrawn from the feeds of SITE.

    \b
    feeds restore tag:example.org,2026:news/2026-11-20/no-mistake-after-all
    """
    from feeds.pipeline import restore as restore_item

    with errors(), history_here(site, LONGEST_WAIT if wait else 0):
        report = restore_item(site, output, item, now=now, wait=LONGEST_WAIT if wait else 0)
    complaints(report)
    click.echo(said("restored; {} feeds written").format(report.feeds_written))
    sys.exit(report.status)


@click.command()
@site_argument
@output_option
def undo(site: Path, output: Path) -> None:
    """Take back what the last build of SITE published: what was there before is served again.

    The history forgets nothing. Builds publish nothing until one is run with --allow rolled-back, so there is time to
    put right what was wrong. With [publish] generations the same as `feeds rollback`. To take back a single entry:
    feeds withdraw; a correction: take it out of feeds.toml.

    \b
    feeds undo
    feeds undo /srv/news -o /var/www/feeds
    """
    from feeds import publish
    from feeds.config import load_config

    with errors():
        config = load_config(site)
        if config.publish.generations:
            _roll_back(output, 0)
            return
        with publish.lock(site, output):
            count = publish.Previous(config.history, output).take_back()
    click.echo(said("{} files as before the last build").format(count) + said(_HELD))


@click.command()
@output_option
@click.option("--to", type=click.IntRange(1), metavar="N", help="The generation to serve.")
def rollback(output: Path, to: int | None) -> None:
    """Serve what was published before: the generation before the current one, or generation N.

    For sites with [publish] generations in their feeds.toml. What was published last is taken back as a whole, at once;
    the history forgets nothing. Builds publish nothing until one is run with --allow rolled-back, so there is time to
    put right what was wrong.

    \b
    feeds rollback -o /var/www/feeds
    feeds rollback --to 41
    """
    _roll_back(output, to or 0)


def _roll_back(output: Path, to: int) -> None:
    from feeds import publish

    with errors(), publish.lock(output):
        generations = publish.Generations(output)
        before, now = generations.roll_back(to)
        is_held = generations.is_rolled_back
    click.echo(f"{publish.name(before)} -> {publish.name(now)}{said(_HELD) if is_held else ''}")
