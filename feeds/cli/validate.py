"""feeds validate: where documents come from, which findings are kept, what is printed, the exit code."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import click

from feeds.cli.options import now_option
from feeds.cli.printing import OK, PROBLEMS, USAGE, complain, visible

if TYPE_CHECKING:
    from feeds.fetch import Answer
    from feeds.validation import Verdict


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "junit", "github"]),
    default="text",
    show_default=True,
    help="How findings are printed; json is one object a document, one a line.",
)
@click.option("--all", "everything", is_flag=True, help="Show each finding, also where many are alike.")
@click.option("--strict", is_flag=True, help="Let warnings count like errors.")
@click.option("--select", multiple=True, metavar="CODE", help="Report these codes only (again and again, or a,b).")
@click.option("--ignore", multiple=True, metavar="CODE", help="Do not report these codes.")
@click.option("--discover", is_flag=True, help="Of a web page, check the feeds that it names in its head.")
@click.option("--explain", metavar="CODE", help="Print what a code means, why it matters, and an example.")
@click.option("--list-codes", is_flag=True, help="Print every code with its meaning.")
@now_option
def validate(
    paths: tuple[str, ...],
    form: str,
    everything: bool,
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    discover: bool,
    explain: str | None,
    list_codes: bool,
    now: dt.datetime,
) -> None:
    """Check Atom, RSS and JSON feeds and OPML lists; prints what is wrong, with line, column, path and section.

    PATH is a file, a folder (of *.xml, *.atom, *.rss, *.rdf, *.json and *.opml, at any depth), - for standard input,
    or an http or https address; nothing else is ever fetched. A folder is also checked as a whole (whether its links
    lead to its files, whether an entry is the same wherever it is), an address also for how it is served.

    Exit code 0: no errors (warnings do not count); 1: an error somewhere; 2: something cannot be read.

    \b
    feeds validate output/
    feeds validate --strict --format json public/atom.xml | jq .valid
    feeds validate https://example.org/feed
    feeds validate --discover https://example.org/
    feeds validate --explain bad-date
    """
    from feeds.validation import formatters

    if list_codes or explain is not None:
        _print_codes(explain)
        return
    if not paths:
        raise click.UsageError("give a file, a folder or - for standard input")
    wanted, unwanted = _codes(select), _codes(ignore)
    status = _Status(strict)
    judged = _judged(_verdicts(paths, discover, now, status), wanted, unwanted, status)
    lines = formatters.text(judged, is_folded=not everything) if form == "text" else formatters.FORMATS[form](judged)
    for line in lines:
        click.echo(visible(line).replace("\n", " ") if form in ("text", "github") else line)
    sys.exit(status.code)


class _Status:
    """The exit code of a validation, as it grows."""

    def __init__(self, is_strict: bool) -> None:
        self.is_strict, self.code = is_strict, OK

    def judge(self, verdict: Verdict) -> None:
        """Take a verdict into account."""
        if not verdict.is_valid or (self.is_strict and verdict.findings):
            self.code = max(self.code, PROBLEMS)

    def fail(self, message: str) -> None:
        """Say that something cannot be read."""
        complain(message)
        self.code = USAGE


def _print_codes(explained: str | None) -> None:
    """Print every code with its meaning, or all that is known of some."""
    from feeds.validation.codes import CODES, explain

    if explained is None:
        for code, meaning in CODES.items():
            click.echo(f"{code:<24}{meaning}")
    else:
        click.echo("\n\n".join(map(explain, sorted(_codes((explained,))))))


def _codes(stated: tuple[str, ...]) -> frozenset[str]:
    """The codes of an option, which may be given several times, or once with commas."""
    if not stated:
        return frozenset()
    from feeds.validation.codes import CODES

    codes = frozenset(code.strip() for part in stated for code in part.split(",") if code.strip())
    for code in sorted(codes - CODES.keys()):
        near = difflib.get_close_matches(code, CODES, 1)
        raise click.BadParameter(f"'{code}' is not a code" + (f"; did you mean '{near[0]}'?" if near else ""))
    return codes


def _judged(
    verdicts: Iterable[tuple[str, Verdict]], wanted: frozenset[str], unwanted: frozenset[str], status: _Status
) -> Iterator[tuple[str, Verdict]]:
    """Each document with its verdict, of which only the wanted findings are kept, all where none is named."""
    for shown, verdict in verdicts:
        findings = tuple(
            finding
            for finding in verdict.findings
            if (not wanted or finding.code in wanted) and finding.code not in unwanted
        )
        kept = verdict._replace(findings=findings)
        status.judge(kept)
        yield shown, kept


def _verdicts(
    paths: tuple[str, ...], discover: bool, now: dt.datetime, status: _Status
) -> Iterator[tuple[str, Verdict]]:
    """The documents that the arguments name; after those of a folder the ones that do not fit to the others."""
    for stated in paths:
        if re.match("https?://", stated, re.IGNORECASE):
            yield from _verdicts_of_address(stated, discover, now, status)
        elif Path(stated).is_dir():
            yield from _verdicts_of_folder(Path(stated), now, status)
        else:
            yield from _verdict_of_file(Path(stated), now, status)


def _verdict_of_file(path: Path, now: dt.datetime, status: _Status) -> Iterator[tuple[str, Verdict]]:
    from feeds.validation import examine

    data = _read(path, str(path), status)
    if data is not None:
        yield str(path), examine(data, now=now)


def _verdicts_of_folder(folder: Path, now: dt.datetime, status: _Status) -> Iterator[tuple[str, Verdict]]:
    from feeds.validation import Verdict, examine
    from feeds.validation import folder as whole

    outlines: dict[str, whole.Outline] = {}
    for file in _documents(folder, status):
        data = _read(file, str(file), status)
        if data is None or whole.is_other(data):
            continue
        yield str(file), examine(data, now=now)
        if outline := whole.outline(data):
            outlines[file.relative_to(folder).as_posix()] = outline
    for name, finding in whole.check(outlines, partial(_is_served, folder)):
        yield str(folder / name), Verdict("", (finding,))


def _verdicts_of_address(
    address: str, discover: bool, now: dt.datetime, status: _Status
) -> Iterator[tuple[str, Verdict]]:
    """The verdict of a document at an address, and of how it is served; of the feeds that a page names if wanted."""
    from feeds.validation import examine, mistakes, served

    answer = _fetch(address, status)
    if answer is None:
        return
    if discover and mistakes.is_html_page(answer.body):
        links = mistakes.feed_links(answer.body)
        if not links:
            status.fail(f"{address}: error: names no feed in its head [no-feed]")
        for link in links:
            yield from _verdicts_of_address(urljoin(answer.address, link), False, now, status)
        return
    verdict = examine(answer.body, now=now)
    of_serving = served.check(answer.address, answer.content_type, answer.body)
    yield address, verdict._replace(findings=(*of_serving, *verdict.findings))


def _fetch(address: str, status: _Status) -> Answer | None:
    from feeds import fetch
    from feeds.model import SourceError
    from feeds.validation import LARGEST

    try:
        return fetch.get(address, LARGEST)
    except SourceError as error:
        status.fail(f"{address}: error: {error.message} [{error.code}]")
        return None


def _is_served(root: Path, target: str) -> bool:
    """Return True if a web server that serves the folder would answer for the path."""
    from feeds.feed.paths import INDEX

    place = root / target
    return place.is_file() or (place / INDEX).is_file()


def _read(path: Path, shown: str, status: _Status) -> bytes | None:
    """The bytes of a document, no more than a check takes; None where it cannot be read."""
    from feeds.validation import LARGEST

    try:
        if shown == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        status.fail(f"{shown}: error: cannot be read: {error.strerror} [unreadable]")
        return None


def _documents(folder: Path, status: _Status) -> list[Path]:
    """The documents in a folder at any depth, by name."""
    endings = {".xml", ".atom", ".rss", ".rdf", ".json", ".opml"}
    found = sorted(file for file in folder.rglob("*") if file.suffix.lower() in endings and file.is_file())
    if not found:
        status.fail(f"{folder}: error: holds no {', '.join(sorted(endings))} [unreadable]")
    return found
