"""Commands for feeds that are, or will be, served somewhere: `feeds serve`, `upload`, `check`, `ping`."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from pathlib import Path

import click

from feeds.cli.options import clock, now_option, output_option, site_argument
from feeds.cli.printing import OK, PROBLEMS, USAGE, complain, errors, history_here, visible


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("output"))
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any that is free.")
@click.option("--validator", is_flag=True, help="Serve a page that checks feeds, instead of a folder.")
def serve(folder: Path, port: int, validator: bool) -> None:
    """Show FOLDER (default: output) on this machine, served as it should be served.

    Right types, ETag, 304, gzip; for a look and for tests, not for the public: docs/serving.md has recipes for that.
    With --validator: a page with a box for an address or a pasted feed, which shows what `feeds validate` finds, with
    the lines of the source marked.

    \b
    feeds serve                     http://127.0.0.1:8000/
    feeds serve public --port 9000
    feeds serve --validator
    """
    from feeds.deploy.devserver import make_server
    from feeds.deploy.validator import make_validator_server

    if not validator and not folder.is_dir():
        raise click.BadParameter(f"Directory '{folder}' does not exist.", param_hint="'[FOLDER]'")
    with errors():
        try:
            listening = make_validator_server(port, clock) if validator else make_server(folder, port)
        except OSError as error:
            complain(f"127.0.0.1:{port}: error: cannot be used: {error.strerror}; choose another --port [port]")
            sys.exit(USAGE)
        served = "a page that checks feeds" if validator else folder
        with listening, contextlib.suppress(KeyboardInterrupt):
            click.echo(f"http://127.0.0.1:{listening.server_address[1]}/ serves {served}; Ctrl-C ends it")
            sys.stdout.flush()
            listening.serve_forever()


@click.command()
@click.argument("address")
@now_option
def check(address: str, now: dt.datetime) -> None:
    """See whether feeds are served well at ADDRESS: that of the page that lists them, or of one feed.

    Looks at the type and the charset, whether ETag and Last-Modified are answered with 304, at compression, CORS and
    Cache-Control, whether a feed's address is the one that it states, whether readers find the feeds by themselves,
    whether the links of opml.xml are alive, and whether anything new came in time. A line for each thing that is
    wrong, with what to do; exit code 1 if there is one.

    \b
    feeds check https://health.example.org/feeds/
    """
    from feeds.deploy.check import check as look

    with errors():
        found = 0
        for remark in look(address, now):
            click.echo(visible(str(remark)))
            found += 1
    sys.exit(PROBLEMS if found else OK)


@click.command()
@click.argument("target")
@site_argument
@output_option
@click.option(
    "--identity",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The private key for SFTP; default: those of the agent and of ~/.ssh.",
)
def upload(target: str, site: Path, output: Path, identity: Path | None) -> None:
    """Bring what SITE published to TARGET: s3://bucket/prefix, sftp://user@host/folder, rsync:user@host:/folder, or any
    other address that fsspec knows, as ftps://user@host/folder, gs://bucket/prefix or webdavs://user@host/folder.

    Only what changed since the last upload there, archives before what leads to them. Needs the extra packages of
    `pip install 'feeds[upload]'`. Who may write to S3 is said by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, another
    storage that speaks S3 by AWS_ENDPOINT_URL; a server of SFTP must be in ~/.ssh/known_hosts.
    A password comes from FEEDS_UPLOAD_PASSWORD; rsync needs no packages.

    \b
    feeds build site -o public -q; feeds upload s3://news-feeds/feeds site -o public && feeds ping site
    """
    from feeds.deploy.upload import upload as bring
    from feeds.model import Problem

    failed = False
    with errors(), history_here(site):
        for brought in bring(target, site, output, identity):
            if isinstance(brought, Problem):
                complain(str(brought))
                failed = True
            elif sys.stdout.isatty():
                click.echo(visible(brought))
    sys.exit(PROBLEMS if failed else OK)


@click.command()
@site_argument
def ping(site: Path) -> None:
    """Tell the WebSub hub of SITE which feeds have changed since it was last told.

    Run it after `feeds build`, when the feeds can be fetched where they are served. `hub` in [publish] says which hub.

    \b
    feeds build /srv/news -o /var/www/feeds --quiet && feeds ping /srv/news
    """
    from feeds.deploy.websub import ping as tell
    from feeds.model import Problem

    failed = False
    with errors(), history_here(site):
        for told in tell(site):
            if isinstance(told, Problem):
                complain(str(told))
                failed = True
            elif sys.stdout.isatty():
                click.echo(told)
    sys.exit(PROBLEMS if failed else OK)
