"""`feeds preview`: a build that is not remembered, served while files are edited, or written into a folder."""

from __future__ import annotations

import datetime as dt
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli.changes import changes
from feeds.cli.options import now_option, site_argument
from feeds.cli.printing import USAGE, complain, complaints, errors, visible
from feeds.model import FeedsError

if TYPE_CHECKING:
    from feeds.deploy.preview import Preview, PreviewServer

_PAUSE = 0.5  # seconds between two looks at the files


@click.command()
@site_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write into a folder that is empty or not there yet, and serve nothing.",
)
@click.option("--serve/--no-serve", default=None, help="Serve it, or not (default: at a terminal, without -o).")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Where it is served (default: any that is free)."
)
@now_option
def preview(site: Path, output: Path | None, serve: bool | None, port: int, now: dt.datetime) -> None:
    """Build SITE to have a look: nothing of it is remembered or published.

    At a terminal it is served on this machine with local addresses, beside a page that says what a build would change
    and what is wrong, and made anew when feeds.toml or a file of the site changes. Else it is written into a folder (a
    new one, or -o), which is printed with what a build would change.

    \b
    feeds preview
    feeds preview /srv/news -o look
    """
    from feeds import publish
    from feeds.pipeline import build as build_site

    with errors():
        if serve or (serve is None and output is None and sys.stdout.isatty()):
            _serve(site, port, now)
            return
        folder = output or publish.temporary_folder()
        if folder.exists() and any(folder.iterdir()):
            complain(f"{folder}: error: is not empty; give a preview a folder of its own [not-empty]")
            sys.exit(USAGE)
        try:
            report = build_site(site, folder, now=now, remember=False)
        except BaseException:
            if not output:
                publish.remove_temporary_folder(folder)  # nobody was told of it
            raise
    complaints(report)
    click.echo(str(folder))
    for line in changes(report):
        click.echo(visible(line))
    sys.exit(report.status)


def _serve(site: Path, port: int, now: dt.datetime) -> None:
    """Serve previews of a site until it is stopped."""
    from feeds.deploy.preview import PAGE, PreviewServer, snapshot
    from feeds.publish import files

    try:
        server = PreviewServer(port)
    except OSError as error:
        complain(f"127.0.0.1:{port}: error: cannot be used: {error.strerror}; choose another --port [port]")
        sys.exit(USAGE)
    previews = files.temporary_folder()  # holds each of them, so that a signal in the middle of a build leaves none
    try:
        with server:
            seen = snapshot(site)
            server.preview = _build(site, previews, server, now)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            click.echo(f"{server.base_url}{PAGE[1:]} shows what a build would publish; Ctrl-C ends it")
            sys.stdout.flush()
            while True:
                time.sleep(_PAUSE)
                if (current := snapshot(site)) != seen:
                    seen, before = current, server.preview
                    server.preview = _build(site, previews, server, now)
                    if before.folder and before.folder != server.preview.folder:
                        files.remove_temporary_folder(before.folder)
    finally:
        files.remove_temporary_folder(previews)


def _build(site: Path, previews: Path, server: PreviewServer, now: dt.datetime) -> Preview:
    """Return a new preview; the one before with what is wrong where it cannot be built."""
    from feeds.deploy.preview import Preview
    from feeds.model import ConfigError
    from feeds.pipeline import build as build_site
    from feeds.pipeline import rehearse
    from feeds.publish import files

    folder = files.temporary_folder(previews)
    try:
        report = build_site(site, folder, now=now, remember=False, base_url=server.base_url)
        real = rehearse(site, now=now) or report  # into the real output, under its own address
    except FeedsError as error:
        files.remove_temporary_folder(folder)
        others = error.others if isinstance(error, ConfigError) else ()
        return server.preview._replace(error="\n".join(map(str, (error, *others))))
    return Preview(folder, changes(real), [str(problem) for problem in real.problems])
