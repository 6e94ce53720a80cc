"""Command line: arguments, the clock, exit codes, progress, printing. What a command does is a function elsewhere.

Results go to stdout, problems to stderr, one a line: path:line: severity: message [code]. Off a terminal a build
prints problems only. Imports that cost are inside the commands.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, NoReturn

import click

from feeds import __version__
from feeds.cli import language
from feeds.cli.build import build, diff
from feeds.cli.correct import add, edit, log
from feeds.cli.deploy import check, ping, serve, upload
from feeds.cli.editing import adopt, restore, rollback, undo, withdraw
from feeds.cli.explain import explain, tag
from feeds.cli.history import history
from feeds.cli.init import init
from feeds.cli.preview import preview
from feeds.cli.printing import PROBLEMS, REFUSED, complain
from feeds.cli.sources import sources
from feeds.cli.status import status
from feeds.cli.topics import topics
from feeds.cli.validate import validate
from feeds.cli.watch import watch


class _Group(click.Group):
    """A command group that reports errors of the system as messages, without a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; sys.exit and a closed pipe are click's to handle."""
        try:
            try:
                return super().invoke(context)
            finally:
                sys.stdout.flush()
        except MemoryError:
            _end_without_memory()
        except OSError as error:
            _end_for_system(error)
        except ImportError as error:
            complain(f"feeds: error: cannot be loaded: {error}; is there enough memory, and is it installed? [system]")
            raise click.exceptions.Exit(REFUSED) from None
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except Exception as error:
            try:
                from feeds.pipeline.failures import describe_failure
            except Exception:  # without memory Python itself raises anything, as SystemError
                _end_without_memory()
            failure = describe_failure(error)
            complain(
                f"feeds: error: this program failed ({failure.kind} in {failure.place}); every published file is "
                "whole; please report it with this line [internal]"
            )
            raise click.exceptions.Exit(REFUSED) from None


def _end_without_memory() -> NoReturn:
    """End with a message, by nothing but what needs no memory: even a regular expression may fail to compile."""
    sys.stderr.write("feeds: error: there is not enough memory; every published file is whole [system]\n")
    sys.stderr.flush()
    os._exit(REFUSED)


def _end_for_system(error: OSError) -> NoReturn:
    """Report an error of the system, and exit."""
    if error.errno == errno.EPIPE:
        raise error
    if error.errno == errno.ENOMEM:
        _end_without_memory()
    if error.errno in (None, errno.EMFILE, errno.ENFILE) or error.filename:
        complain(f"feeds: error: {error}; every published file is whole [system]")
    else:
        complain(f"standard output: error: cannot be written: {error.strerror or error} [unwritable]")
    os._exit(PROBLEMS)  # what is still in the buffer cannot be written at exit either


_LIST_CODES = "Print every code of problems and of findings with its meaning."


def _list_codes(context: click.Context, parameter: click.Parameter, is_wanted: bool) -> None:
    if is_wanted and not context.resilient_parsing:
        from feeds.cli import codes
        from feeds.validation import codes as findings

        for heading, table in (("problems", codes.CODES), ("findings of feeds validate", findings.CODES)):
            click.echo(f"{heading}:")
            for code, meaning in table.items():
                click.echo(f"  {code:<28}{meaning}")
        context.exit()


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="feeds")
@click.option("--list-codes", is_flag=True, is_eager=True, expose_value=False, callback=_list_codes, help=_LIST_CODES)
@click.option(
    "--lang",
    type=click.Choice(language.LANGUAGES),
    help="Language in which problems are told (default: that of the locale).",
)
def main(lang: str | None) -> None:
    """Turn dated news listings into Atom, RSS and JSON feeds: everything, one country, one topic.

    \b
    feeds init news https://…       a feeds.toml for the news at an address or in a file
    feeds build                     the site of this folder, else of seeds/ -> output/
    feeds build site -o public      another folder, another output
    feeds watch --all sites -o 'www/{site}'
                                    many sites, again and again
    feeds sources try URL           what would be found at an address or in a file
    feeds diff                      what a build would change
    feeds status                    how each source is, and what is wrong since when
    feeds preview                   a build that is served and not remembered, made anew when a file changes
    feeds validate public/          any Atom, RSS and JSON feeds, and OPML lists
    feeds adopt old-feed.xml        take its ids over, so that its subscribers notice nothing
    feeds edit ITEM --title …       an entry corrected, under the same id
    feeds add --title … --text …    an item by hand
    feeds log                       what was published, changed, withdrawn
    feeds withdraw ID --reason …    a notice in the place of an entry, everywhere
    feeds undo                      what was published before is served again
    feeds serve                     a look at what was published, in a browser
    feeds upload s3://bucket/feeds  to storage that speaks S3, or to a server over SFTP
    feeds check URL                 is it served well?
    feeds ping                      tell the hub what has changed
    feeds explain news:31           why an item is dated, tagged and placed as it is
    feeds tag < items.jsonl         countries, regions and topics of any texts
    feeds history export            everything that a site remembers, as JSON Lines
    feeds topics check topics.toml  what is wrong with a taxonomy, and what its phrases bring

    Exit codes: 0 all well; 1 something was rejected, the rest is done; 2 usage or configuration; 3 refused:
    nothing was published, or nothing of some source; 75 another run is at work.
    """
    language.choose(lang)


COMMANDS = (
    init,
    build,
    watch,
    diff,
    preview,
    status,
    explain,
    tag,
    adopt,
    edit,
    add,
    log,
    withdraw,
    restore,
    undo,
    rollback,
    validate,
    sources,
    topics,
    history,
    serve,
    upload,
    check,
    ping,
)
for _command in COMMANDS:
    main.add_command(_command)
