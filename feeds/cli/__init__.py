"""Arguments, the clock, exit codes, progress, printing. What the commands do is a function elsewhere.

Results go to stdout, problems to stderr, one a line: path:line: severity: message [code]. Off a terminal a build
prints problems only. Imports that cost are inside the commands.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeds import __version__, noop
from feeds.cli.changes import changes
from feeds.cli.deploy import check, ping, serve, upload
from feeds.cli.editing import adopt, restore, rollback, withdraw
from feeds.cli.history import history
from feeds.cli.options import allowed, now_option, output_option, site_argument
from feeds.cli.printing import OK, PROBLEMS, REFUSED, USAGE, complain, complaints, errors, visible
from feeds.cli.sources import sources
from feeds.cli.topics import topics
from feeds.cli.validate import validate

if TYPE_CHECKING:
    from feeds.model import Evidence
    from feeds.pipeline.report import Report
    from feeds.pipeline.run import Progress


class _Group(click.Group):
    """A group that says what the machine refuses, instead of showing where in the code that was."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; sys.exit and a closed pipe are click's to handle."""
        try:
            try:
                return super().invoke(context)
            finally:
                sys.stdout.flush()
        except MemoryError:
            complain("feeds: error: there is not enough memory; every published file is whole [system]")
            os._exit(REFUSED)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            if error.errno == errno.ENOMEM:
                complain("feeds: error: there is not enough memory; every published file is whole [system]")
                os._exit(REFUSED)
            if error.errno in (None, errno.EMFILE, errno.ENFILE) or error.filename:
                complain(f"feeds: error: {error}; every published file is whole [system]")
            else:
                complain(f"standard output: error: cannot be written: {error.strerror or error} [unwritable]")
        except ImportError as error:
            complain(f"feeds: error: cannot be loaded: {error}; is there enough memory, and is it installed? [system]")
            raise click.exceptions.Exit(REFUSED) from None
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except Exception as error:
            from feeds.pipeline.failures import describe_failure

            found = describe_failure(error)
            complain(
                f"feeds: error: this program failed ({found.kind} in {found.place}); every published file is whole; "
                "please report it with this line [internal]"
            )
            raise click.exceptions.Exit(REFUSED) from None
        os._exit(PROBLEMS)  # what is still in the buffer cannot be written at exit either


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="feeds")
def main() -> None:
    """Turn dated news listings into Atom, RSS and JSON feeds: everything, one country, one topic.

    \b
    feeds build                     seeds/ (feeds.toml and listings) -> output/
    feeds build site -o public      another folder, another output
    feeds sources try URL           what would be found at an address or in a file
    feeds diff                      what a build would change
    feeds preview                   a build into a folder of its own, which is not remembered
    feeds validate public/          any Atom, RSS and JSON feeds, and OPML lists
    feeds adopt old-feed.xml        take its ids over, so that its subscribers notice nothing
    feeds withdraw ID --reason …    a notice in the place of an entry, everywhere
    feeds rollback                  what was published before is served again
    feeds serve                     a look at what was published, in a browser
    feeds upload s3://bucket/feeds  to storage that speaks S3, or to a server over SFTP
    feeds check URL                 is it served well?
    feeds ping                      tell the hub what has changed
    feeds explain news:31           why an item is dated, tagged and placed as it is
    feeds tag < items.jsonl         countries, regions and topics of any texts
    feeds history export            everything that a site remembers, as JSON Lines
    feeds topics check topics.toml  what is wrong with a taxonomy, and what its phrases bring

    Exit codes: 0 all well; 1 something was put aside, the rest is done; 2 usage or configuration; 3 refused:
    nothing was published, or nothing of some source; 75 another run is at work.
    """


@main.command()
@site_argument
@output_option
@click.option("--json", "as_json", is_flag=True, help="Print the report of the run as one JSON object.")
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
@click.option("--dry-run", is_flag=True, help="Write nothing, and print what would change, as `feeds diff` does.")
@click.option(
    "--processes",
    type=click.IntRange(0, noop.MOST_PROCESSES),
    metavar="N",
    help="Processes that take a part of the work where there is much of it, beside this one (default: half as many as "
    "there are cores, less one, at most 4).",
)
@now_option
def build(
    site: Path,
    output: Path,
    as_json: bool,
    quiet: bool,
    allow: tuple[str, ...],
    dry_run: bool,
    processes: int | None,
    now: dt.datetime,
) -> None:
    """Publish the feeds of SITE, a folder with a feeds.toml and listings (default: seeds).

    Run it as often as you like: what did not change is not touched, and what was published once is kept, in SITE's
    history file, when the listing forgets it.

    \b
    feeds build
    feeds build /srv/news -o /var/www/feeds --quiet       # the line for cron
    feeds build --json --now 2026-11-21T12:00:00Z
    """
    from feeds.pipeline import build as build_site
    from feeds.pipeline.parallel import Processes

    at_terminal = sys.stdout.isatty() and not quiet and not as_json
    with errors(), _progress(at_terminal) as progress, Processes(processes) as executor:
        report = build_site(site, output, now=now, progress=progress, allow=allow, dry_run=dry_run, executor=executor)
    complaints(report)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    elif dry_run:
        for line in changes(report) or ["nothing would change"]:
            click.echo(visible(line))
    elif at_terminal:
        for note in report.notes:
            complain(f"note: {note}")
        _summary(report)
    sys.exit(report.status)


@main.command()
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


@main.command()
@site_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A folder that is empty or not there yet (default: a new temporary one).",
)
@now_option
def preview(site: Path, output: Path | None, now: dt.datetime) -> None:
    """Build SITE into a folder of its own, to have a look: nothing of it is remembered or published.

    Prints the folder, and after it what a build would change.

    \b
    feeds preview /srv/news -o look
    feeds serve look
    """
    from feeds import publish
    from feeds.pipeline import build as build_site

    with errors():
        folder = output or publish.temporary_folder()
        if folder.exists() and any(folder.iterdir()):
            complain(f"{folder}: error: is not empty; give a preview a folder of its own [not-empty]")
            sys.exit(USAGE)
        report = build_site(site, folder, now=now, remember=False)
    complaints(report)
    click.echo(str(folder))
    for line in changes(report):
        click.echo(visible(line))
    sys.exit(report.status)


@contextlib.contextmanager
def _progress(at_terminal: bool) -> Iterator[Progress | None]:
    """A bar on stderr for work that takes a while."""
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
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


def _summary(report: Report) -> None:
    """The table at the end of a build."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("source")
    for name in ("read", "new", "changed", "known", "put aside"):
        table.add_column(name, justify="right")
    for name, counts in report.sources.items():
        cells = (counts.read, counts.new, counts.changed, counts.known, counts.put_aside)
        table.add_row(name, *map(str, cells))
    console = Console(highlight=False)
    console.print(table)
    problems = len(report.problems) + len(report.refused)
    console.print(
        f"{report.feeds_written} feeds written, {report.feeds_unchanged} unchanged, "
        f"{problems} problem{'' if problems == 1 else 's'}; {report.output}/index.html lists them all",
        soft_wrap=True,
        markup=False,
    )


@main.command()
@click.argument("item")
@site_argument
@now_option
def explain(item: str, site: Path, now: dt.datetime) -> None:
    """Say why ITEM of SITE is dated, tagged and placed as it is.

    ITEM is an id, a link, or a place: the name of a source or a file, a colon and a line.

    \b
    feeds explain tag:feeds.example.org,2026:news/2017-07-28/panama-bolsters-preparedness
    feeds explain 004_f4914579ce13bfe4.txt:38
    """
    from feeds.pipeline.explain import explain as explain_item

    with errors():
        sections = explain_item(item, site, now=now)
    if not sections:
        complain(f"{item}: error: no such item; give an id, a link, or a place like news:31 [unknown-item]")
        sys.exit(PROBLEMS)
    for heading, lines in sections:
        for number, line in enumerate(lines):
            click.echo(f"{'' if number else heading:<11}{visible(line)}")


def _shown(evidence: Evidence) -> dict[str, str | int | float]:
    stated = evidence._asdict()
    facet = stated.pop("scheme")
    stated["weight"] = round(evidence.weight, 2)
    return {"facet": facet, **stated, "term": evidence.term.upper() if facet == "countries" else evidence.term}


@main.command()
def tag() -> None:
    """Tag texts: JSON Lines in, JSON Lines out, in the same order.

    In, one object a line: {"id", "title", "text", "lang"} (without lang it is guessed). Out: {"id", "countries",
    "regions", "topics", "evidence", "rejected"}; countries are ISO 3166-1 codes, regions those of the UN M49. A line
    that cannot be read is named on stderr and left out.

    \b
    echo '{"id": 1, "title": "Panama trains border staff", "text": ""}' | feeds tag
    """
    from feeds import tagging
    from feeds.content.language import guess_language

    status = OK
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            title, text = item.get("title") or "", item.get("text") or ""
            tags = tagging.tag(title, text, item.get("lang") or guess_language(f"{title} {text}", "en"))
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            complain(f"-:{number}: error: no object with title and text: {error} [bad-item]")
            status = PROBLEMS
            continue
        found = {
            "id": item.get("id"),
            "countries": [c.term.upper() for c in tags.categories if c.scheme == "countries"],
            "regions": [c.term for c in tags.categories if c.scheme == "regions"],
            "topics": [c.term for c in tags.categories if c.scheme == "topics"],
            "evidence": [_shown(evidence) for evidence in tags.evidence],
            "rejected": [_shown(evidence) for evidence in tags.rejected],
        }
        sys.stdout.buffer.write(json.dumps(found, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()
    sys.exit(status)


for _command in (adopt, withdraw, restore, rollback, validate, sources, topics, history, serve, upload, check, ping):
    main.add_command(_command)
