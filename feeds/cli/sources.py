"""`feeds sources`: what would be found somewhere, before it is anybody's source."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import click

from feeds.cli.options import now_option
from feeds.cli.printing import OK, PROBLEMS, USAGE, complain, errors, visible

if TYPE_CHECKING:
    from feeds.config import Config, Source
    from feeds.fetch import Resource
    from feeds.model import Problem
    from feeds.pipeline.items import Item
    from feeds.sources.picking import Picked

SHOWN = 12  # items of the table


@click.group()
def sources() -> None:
    """Look at places that may become sources."""


@sources.command("try")
@click.argument("place")
@click.option("--kind", help="Of source, as table or html; without it, found out.")
@click.option("--language", help="Of the texts, BCP 47 (default: en).")
@click.option("--date-order", help="Of all-number dates: DMY, MDY or YMD.")
@click.option("--ranges", help="Which day of a range is meant: first or last.")
@click.option("--encoding", help="Of the bytes, as cp1252.")
@click.option("--base-url", help="What relative links are relative to.")
@click.option("--items", help="Of JSON: the path of keys to the list of items.")
@click.option("--sheet", help="Of a spreadsheet: its name.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="Of a table, as date=Fecha.")
@click.option("--select", "select", multiple=True, metavar="PART=CSS", help="Of a page, as item=.views-row.")
@click.option("--json", "as_json", is_flag=True, help="Print the items as JSON Lines.")
@click.option("--open", "is_open", is_flag=True, help="Of a page: show it in a browser, to choose the items by clicks.")
@now_option
def try_(
    place: str,
    now: dt.datetime,
    as_json: bool,
    is_open: bool,
    columns: tuple[str, ...],
    select: tuple[str, ...],
    **stated: str | None,
) -> None:
    """Show what would be found at PLACE, a file or an address, and the lines of feeds.toml for it.

    \b
    feeds sources try https://www.example.org/news/ --date-order DMY
    feeds sources try news.csv --column date=Fecha --column title=Título
    feeds sources try page.html --select item=.views-row --select date=.date
    feeds sources try https://www.example.org/news/ --open
    """
    from feeds.sources.foreign import find_known_feed

    pairs = {"columns": columns, "select": select}
    with errors():
        tried = _tried(place, now, {**stated, **{key: _pairs(key, values) for key, values in pairs.items()}})
    if is_open:
        _show_in_browser(place, tried, now)
        return
    items = [item for item in tried.items if item.candidate]
    if known := find_known_feed(place):
        complain(f"{place}: note: the program of this address lists the same at {known}")
    if not items:
        where = "; of a page, say where: --select item=…" if tried.kind == "html" else ""
        complain(f"{place}: error: nothing with a date was found, read as kind '{tried.kind}'{where} [no-items]")
    elif as_json:
        for item in items:
            click.echo(json.dumps(_shown(item), ensure_ascii=False))
    else:
        _table(items)
    problems = [problem for item in tried.items for problem in item.problems]
    for problem in (*[problem for problem in problems if not problem.names][:SHOWN], *tried.notes):
        complain(str(problem))
    if items and not as_json:
        picked = _picked(tried, now)
        rejected = sum(item.is_rejected for item in tried.items)
        of_page = f"; {picked.dates} dates on the page" if picked else ""
        click.echo(
            f"{len(items)} items, {rejected} rejected, of kind '{tried.kind}'{of_page}; the lines for feeds.toml:\n"
        )
        click.echo("\n".join(toml_lines(place, tried)))
        if picked and picked.select:
            click.echo('# found by itself; to mend a word, take "# " away (then only what is selected is read):')
            click.echo(f"# {_line('select', picked.select)}")
    sys.exit(OK if items else PROBLEMS)


class Tried(NamedTuple):
    """What was found at a place.

    Attributes:
        resource, source, keys: what was read, as which source, and what feeds.toml says of that.
        notes: what is stated and not used, and what else there is.
    """

    items: list[Item]
    resource: Resource
    source: Source
    keys: dict[str, Any]
    notes: list[Problem]

    @property
    def kind(self) -> str:
        """The kind of the source."""
        return self.source.kind


def look_at(place: str, now: dt.datetime, stated: dict[str, Any]) -> Tried:
    """Read a place as a source.

    Raises:
        SourceError: it cannot be read.
    """
    from feeds.config import Source
    from feeds.config.keys import SOURCE
    from feeds.pipeline.items import read_items

    resource, found_there = _resource(place)
    keys = {key: value for key, value in stated.items() if value}
    keys.setdefault("kind", _kind(resource))
    if "://" in place:
        keys.setdefault("base_url", place)
    checked = {key: _checked(key, value, SOURCE[key]) for key, value in keys.items()}
    source = Source(_name(place), **checked)
    site = _site(source)
    items = list(read_items(site, source, resource, now))
    if found := _found_out(items, source):
        keys |= found
        source = source._replace(**found)
        items = list(read_items(site, source, resource, now))
    notes = _notes(items, site, source, resource)
    return Tried(items=items, resource=resource, source=source, keys=keys | found_there, notes=notes)


def _tried(place: str, now: dt.datetime, stated: dict[str, Any]) -> Tried:
    """Read a place as a source; sys.exit where it cannot be read."""
    from feeds.model import SourceError

    try:
        return look_at(place, now, stated)
    except SourceError as error:
        where = f"{place}:{error.line}" if error.line else place
        complain(f"{where}: error: {error.message} [{error.code}]")
        sys.exit(PROBLEMS)


def _found_out(items: list[Item], source: Source) -> dict[str, Any]:
    """Return keys that the dates of a source show: their language, and the order of day and month; said to the user."""
    from feeds.dates import prove_order

    found = {}
    languages = Counter(
        name for item in items for one in item.problems if one.code == "other-language" for name in one.names
    )
    if languages and not source.language:
        found["language"] = languages.most_common(1)[0][0]
        complain(f"note: dates are in '{found['language']}': language = \"{found['language']}\"")
    is_ambiguous = any(" is ambiguous: " in problem.message for item in items for problem in item.problems)
    if is_ambiguous and not source.date_order and (proof := prove_order(item.raw.date for item in items if item.raw)):
        found["date_order"] = proof.order
        complain(f"note: {proof}")
    return found


def _site(source: Source) -> Config:
    from feeds.config import Config

    return Config(Path(), title=source.name, is_default=True)


def _picked(tried: Tried, now: dt.datetime) -> Picked | None:
    """The selectors of a list that was found by itself, if they find the same; None where that is not asked."""
    if tried.kind != "html" or tried.source.select:
        return None
    from feeds.pipeline.items import date_rules, read_items
    from feeds.sources.picking import open_page, pick_by_itself

    site = _site(tried.source)
    picked = pick_by_itself(open_page(tried.resource, tried.source, date_rules(site, tried.source, now)))
    selected = tried.source._replace(select=tuple(picked.select.items()))
    again = read_items(site, selected, tried.resource, now) if picked.select else ()
    same = _essence(tried.items) == _essence(again)
    return picked if same else picked._replace(select={})


def _essence(items: Iterable[Item]) -> list[tuple[object, str, str]]:
    made = (item.candidate for item in items if item.candidate)
    return [(one.date, one.content.title, one.link) for one in made]


def _show_in_browser(place: str, tried: Tried, now: dt.datetime) -> None:
    """Serve a page on loopback, with what is found in it, until it is stopped."""
    import webbrowser

    from feeds.deploy.picker import Picker, make_picker_server
    from feeds.pipeline.items import date_rules, read_items
    from feeds.sources.picking import open_page

    if tried.kind != "html":
        _refuse("open", place, f"a page; this is of kind '{tried.kind}'")
    site = _site(tried.source)

    def read(select: Mapping[str, str]) -> tuple[list[str], list[tuple[str, str]]]:
        chosen = tried.source._replace(select=tuple(select.items()))
        items = read_items(site, chosen, tried.resource, now)
        stated = {key: value for key, value in tried.keys.items() if key != "select"}
        lines = _toml(place, tried.source.name, {**stated, "select": dict(select)} if select else stated)
        return lines, [(str(date), title) for date, title, _ in _essence(items)]

    page = open_page(tried.resource, tried.source, date_rules(site, tried.source, now))
    listening, address = make_picker_server(Picker(page, read))
    with listening, contextlib.suppress(KeyboardInterrupt):
        click.echo(f"{address} shows the page, on this machine only; Ctrl-C ends it")
        sys.stdout.flush()
        webbrowser.open(address)
        listening.serve_forever()


def toml_lines(place: str, tried: Tried) -> list[str]:
    """Return the lines of feeds.toml for a place that was looked at."""
    return _toml(place, tried.source.name, tried.keys)


def _notes(items: list[Item], site: Config, source: Source, resource: Resource) -> list[Problem]:
    """Return what the items state and nothing is made of: fields, and categories; and where the next page is."""
    from feeds.model import Origin, Problem
    from feeds.pipeline.tags import unknown_categories
    from feeds.sources import notes
    from feeds.sources.next_page import find_next

    contents = [item.candidate.content for item in items if item.candidate]
    stated = dict.fromkeys((name, content.language) for content in contents for name in content.categories)
    found = [problem for item in items for problem in item.problems if problem.names]
    if unknown := unknown_categories(site, source, stated):
        found.append(notes.of_names("unknown-categories", unknown, items[0].origin._replace(line=0)))
    if contents and (following := find_next(resource, source.base_url, source)):
        message = f"goes on at {following}; pages = 5 reads the pages that follow, up to a known item"
        found.append(Problem(Origin(source.name, resource.shown, 0), "next-page", message, "warning"))
    return found


def _resource(place: str) -> tuple[Resource, dict[str, Any]]:
    """What is at a place, and the keys of feeds.toml that its server asks for."""
    from feeds import fetch
    from feeds.config.limits import DOWNLOAD_BYTES
    from feeds.pipeline.downloads import make_body

    if "://" in place:
        answer = fetch.get(place, DOWNLOAD_BYTES, tries=2)
        keys = {"private": True} if fetch.is_private(urlsplit(answer.address).hostname or "") else {}
        return make_body(place, answer), keys
    path = Path(place)
    return fetch.File(path, path.name, place), {}


def _kind(resource: Resource) -> str:
    from feeds.sources import detect_kind

    resource.stamp()
    with resource.open() as stream:
        return detect_kind(resource.name, stream.read(4096))


def _pairs(key: str, pairs: Sequence[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            _refuse(key, pair, "two parts with = between them")
    return dict((part.strip() for part in pair.split("=", 1)) for pair in pairs)  # type: ignore[misc]


def _checked(key: str, value: Any, check: Any) -> Any:
    try:
        return check(value)
    except ValueError as error:
        return _refuse(key, value, str(error))


def _refuse(key: str, value: object, expected: str) -> None:
    option = {"columns": "column"}.get(key, key.replace("_", "-"))
    complain(f"--{option}: error: {value!r}: expected {expected} [usage]")
    sys.exit(USAGE)


def _name(place: str) -> str:
    """A name for the source: of the host or the file."""
    stem = re.sub(r"^\w+://(?:www\.)?", "", place).split("/")[0] if "://" in place else Path(place).stem
    return "-".join(re.findall(r"[a-z0-9]+", stem.lower())) or "news"


def _table(items: Sequence[Item]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for column in ("line", "date", "decided by", "title", "link"):
        table.add_column(column, justify="right" if column == "line" else "left", overflow="ellipsis", max_width=60)
    for item in items[:SHOWN]:
        assert item.candidate and item.raw
        made = item.candidate
        day = (made.time or made.date).isoformat()[:16]
        cells = (str(made.origin.line), day, item.raw.date, made.content.title, made.link)
        table.add_row(*(Text(visible(cell)) for cell in cells))
    if len(items) > SHOWN:
        table.add_row("", "", "", f"… and {len(items) - SHOWN} more", "")
    Console(highlight=False).print(table)


def _shown(item: Item) -> dict[str, Any]:
    assert item.candidate and item.raw
    made = item.candidate
    content = made.content
    return {
        "line": made.origin.line,
        "date": (made.time or made.date).isoformat(),
        "stated": item.raw.date,
        "modified": content.modified,
        "title": content.title,
        "link": made.link,
        "guid": made.guid,
        "language": content.language,
        "authors": [author._asdict() for author in content.authors],
        "summary": content.stated_summary,
        "text": content.text,
        "categories": content.categories,
        "enclosures": [enclosure._asdict() for enclosure in content.enclosures],
        "point": content.point,
    }


def _toml(place: str, name: str, keys: dict[str, Any]) -> list[str]:
    def quoted(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    where = f"url = {quoted(place)}" if "://" in place else f"path = {quoted(Path(place).name)}"
    lines = ["[[sources]]", f'name = "{name}"', where]
    return lines + [_line(key, value) for key, value in keys.items() if (key, value) != ("base_url", place)]


def _line(key: str, value: Any) -> str:
    """A line of feeds.toml; JSON writes texts and flags as TOML does."""
    if isinstance(value, dict):
        parts = ", ".join(f"{part} = {json.dumps(stated, ensure_ascii=False)}" for part, stated in value.items())
        return f"{key} = {{ {parts} }}"
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"
