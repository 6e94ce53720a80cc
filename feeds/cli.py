"""Arguments, the clock, exit codes, progress, printing. What the commands do is a function elsewhere.

Results go to stdout, problems to stderr, one a line: path:line: severity: message [code]. Off a terminal a build
prints problems only. Imports that cost are inside the commands.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import errno
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeds import __version__
from feeds.model import FeedsError, LockedError

if TYPE_CHECKING:
    from feeds.build import Progress
    from feeds.build.report import Report
    from feeds.validate import Verdict

OK, PROBLEMS, USAGE, REFUSED, BUSY = 0, 1, 2, 3, 75
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def _visible(text: str) -> str:
    """The text with its control characters escaped: what an input says must not move a terminal's cursor."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def _complain(text: str) -> None:
    click.echo(_visible(text).replace("\n", " "), err=True)


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """Turn what the program refuses into a message and an exit code."""
    from feeds.model import ConfigError

    try:
        yield
    except FeedsError as error:
        _complain(str(error))
        code = USAGE if isinstance(error, ConfigError) else BUSY if isinstance(error, LockedError) else REFUSED
        sys.exit(code)


def _now(context: click.Context, parameter: click.Parameter, value: str | None) -> dt.datetime:
    """The one look at the clock: --now, else SOURCE_DATE_EPOCH, else the time."""
    if value is None:
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        if epoch.isascii() and epoch.isdigit() and len(epoch) < 12:
            return dt.datetime.fromtimestamp(int(epoch), dt.UTC)
        return dt.datetime.now(dt.UTC)
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"'{value}' is no date of ISO 8601 like 2026-11-21T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


_now_option = click.option(
    "--now",
    callback=_now,
    metavar="ISO-8601",
    help="Take this for the time, instead of SOURCE_DATE_EPOCH or the clock.",
)
_site_argument = click.argument("site", type=click.Path(path_type=Path), default=Path("seeds"))


class _Group(click.Group):
    """A group that says when what it prints cannot be written, instead of showing where in the code that was."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; sys.exit and a closed pipe are click's to handle."""
        try:
            try:
                return super().invoke(context)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            _complain(f"standard output: error: cannot be written: {error.strerror} [unwritable]")
            os._exit(PROBLEMS)  # what is still in the buffer cannot be written at exit either


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="feeds")
def main() -> None:
    """Turn dated news listings into Atom and RSS feeds: everything, one country, one topic.

    \b
    feeds build                     seeds/ (feeds.toml and listings) -> output/
    feeds build site -o public      another folder, another output
    feeds validate public/          any Atom, RSS and JSON feeds, and OPML lists
    feeds explain news:31           why an item is dated, tagged and placed as it is
    feeds tag < items.jsonl         countries and topics of any texts

    Exit codes: 0 all well; 1 something was put aside, the rest is done; 2 usage or configuration; 3 refused,
    nothing was published; 75 another run is at work.
    """


@main.command()
@_site_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("output"),
    show_default=True,
    help="The folder that a web server serves.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report of the run as one JSON object.")
@click.option("-q", "--quiet", is_flag=True, help="Print problems only, as when there is no terminal.")
@_now_option
def build(site: Path, output: Path, as_json: bool, quiet: bool, now: dt.datetime) -> None:
    """Publish the feeds of SITE, a folder with a feeds.toml and listings (default: seeds).

    Run it as often as you like: what did not change is not touched, and what was published once is kept, in SITE's
    history file, when the listing forgets it.

    \b
    feeds build
    feeds build /srv/news -o /var/www/feeds --quiet       # the line for cron
    feeds build --json --now 2026-11-21T12:00:00Z
    """
    from feeds.build import build as build_site

    at_terminal = sys.stdout.isatty() and not quiet and not as_json
    with _errors(), _progress(at_terminal) as progress:
        report = build_site(site, output, now=now, progress=progress)
    for problem in report.problems:
        _complain(str(problem))
    for refusal in report.refused:
        for finding in refusal.findings[:10]:
            place = f"{output / refusal.document}:{finding.line}"
            _complain(f"{place}: {finding.severity}: not published: {finding.message} [{finding.code}]")
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    elif at_terminal:
        for note in report.notes:
            _complain(f"note: {note}")
        _summary(report)
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
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True), metavar="PATH...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="How findings are printed; json is one object a document, one a line.",
)
@click.option("--strict", is_flag=True, help="Let warnings count like errors.")
@click.option("--select", multiple=True, metavar="CODE", help="Report these codes only (again and again, or a,b).")
@click.option("--ignore", multiple=True, metavar="CODE", help="Do not report these codes.")
@click.option("--list-codes", is_flag=True, help="Print every code with its meaning.")
def validate(
    paths: tuple[Path, ...], form: str, strict: bool, select: tuple[str, ...], ignore: tuple[str, ...], list_codes: bool
) -> None:
    """Check Atom, RSS and JSON feeds and OPML lists, offline; prints what is wrong, with line and section.

    PATH is a file, a folder (of *.xml, *.atom, *.rss, *.rdf, *.json and *.opml, at any depth) or - for standard
    input. A folder is also checked as a whole: whether its links lead to its files, whether an entry is the same
    wherever it is. Exit code 0: no errors (warnings do not count); 1: an error somewhere; 2: something cannot be read.

    \b
    feeds validate output/
    feeds validate --strict --format json public/atom.xml | jq .valid
    curl -s https://example.org/feed | feeds validate -
    """
    from feeds.validate import output
    from feeds.validate.codes import CODES

    if list_codes:
        for code, meaning in CODES.items():
            click.echo(f"{code:<24}{meaning}")
        return
    if not paths:
        raise click.UsageError("give a file, a folder or - for standard input")
    wanted, unwanted = _codes(select, CODES), _codes(ignore, CODES)
    status = _Status(strict)
    judged = _judged(paths, wanted or frozenset(CODES), unwanted, status)
    for line in output.FORMATS[form](judged):
        click.echo(line if form in ("json", "sarif") else _visible(line).replace("\n", " "))
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
        _complain(message)
        self.code = USAGE


def _codes(stated: tuple[str, ...], known: Mapping[str, str]) -> frozenset[str]:
    """The codes of an option, which may be given several times, or once with commas."""
    codes = frozenset(code.strip() for part in stated for code in part.split(",") if code.strip())
    for code in sorted(codes - known.keys()):
        near = difflib.get_close_matches(code, known, 1)
        raise click.BadParameter(f"'{code}' is no code" + (f"; did you mean '{near[0]}'?" if near else ""))
    return codes


def _judged(
    paths: tuple[Path, ...], wanted: frozenset[str], unwanted: frozenset[str], status: _Status
) -> Iterator[tuple[str, Verdict]]:
    """Each document with its verdict, of which only the wanted findings are kept; after the documents of a folder,
    those of which something is wrong beside the others.
    """
    from feeds.validate import Verdict, examine, folder

    def kept(shown: str, verdict: Verdict) -> tuple[str, Verdict]:
        findings = tuple(one for one in verdict.findings if one.code in wanted and one.code not in unwanted)
        status.judge(replace(verdict, findings=findings))
        return shown, replace(verdict, findings=findings)

    for path in paths:
        outlines: dict[str, folder.Outline] = {}
        for file, shown in _documents(path, status):
            data = _read(file, shown, status)
            if data is None:
                continue
            yield kept(shown, examine(data))
            if path.is_dir() and (outline := folder.outline(data)):
                outlines[file.relative_to(path).as_posix()] = outline
        for name, finding in folder.check(outlines, partial(_is_served, path)):
            yield kept(str(path / name), Verdict("", (finding,)))


def _is_served(root: Path, target: str) -> bool:
    """Whether a web server that serves the folder would answer for the path."""
    place = root / target
    return place.is_file() or (place / "index.html").is_file()


def _read(path: Path, shown: str, status: _Status) -> bytes | None:
    """The bytes of a document, no more than a check takes; None where it cannot be read."""
    from feeds.validate import LARGEST

    try:
        if shown == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        status.fail(f"{shown}: error: cannot be read: {error.strerror} [unreadable]")
        return None


def _documents(path: Path, status: _Status) -> Iterator[tuple[Path, str]]:
    """The files that a path names, a folder opened up, in the order of their names."""
    endings = {".xml", ".atom", ".rss", ".rdf", ".json", ".opml"}
    if not path.is_dir():
        yield path, str(path)
        return
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in endings and file.is_file())
    if not found:
        status.fail(f"{path}: error: holds no {', '.join(sorted(endings))} [unreadable]")
    yield from ((file, str(file)) for file in found)


@main.command()
@click.argument("item")
@_site_argument
@_now_option
def explain(item: str, site: Path, now: dt.datetime) -> None:
    """Say why ITEM of SITE is dated, tagged and placed as it is.

    ITEM is an id, a link, or a place: the name of a source or a file, a colon and a line.

    \b
    feeds explain tag:feeds.example.org,2026:news/2017-07-28/panama-bolsters-preparedness
    feeds explain 004_f4914579ce13bfe4.txt:38
    """
    from feeds.explain import explain as explain_item

    with _errors():
        sections = explain_item(item, site, now=now)
    if not sections:
        _complain(f"{item}: error: no such item; give an id, a link, or a place like news:31 [unknown-item]")
        sys.exit(PROBLEMS)
    for heading, lines in sections:
        for number, line in enumerate(lines):
            click.echo(f"{'' if number else heading:<11}{_visible(line)}")


@main.command()
def tag() -> None:
    """Tag texts: JSON Lines in, JSON Lines out, in the same order.

    In, one object a line: {"id", "title", "text", "lang"} (lang is optional). Out: {"id", "countries", "topics",
    "evidence"}; countries are ISO 3166-1 codes. A line that cannot be read is named on stderr and left out.

    \b
    echo '{"id": 1, "title": "Panama trains border staff", "text": ""}' | feeds tag
    """
    from feeds import tagging

    status = OK
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            title, text, language = item.get("title") or "", item.get("text") or "", item.get("lang") or "en"
            tags = tagging.tag(title, text, language)
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            _complain(f"-:{number}: error: no object with title and text: {error} [bad-item]")
            status = PROBLEMS
            continue
        found = {
            "id": item.get("id"),
            "countries": [c.term.upper() for c in tags.categories if c.scheme == "countries"],
            "topics": [c.term for c in tags.categories if c.scheme == "topics"],
            "evidence": [
                {
                    "facet": evidence.scheme,
                    "term": evidence.term.upper() if evidence.scheme == "countries" else evidence.term,
                    "field": evidence.field,
                    "start": evidence.start,
                    "end": evidence.end,
                    "phrase": evidence.phrase,
                    "rule": evidence.rule,
                    "weight": evidence.weight,
                }
                for evidence in tags.evidence
            ],
        }
        sys.stdout.buffer.write(json.dumps(found, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()
    sys.exit(status)
