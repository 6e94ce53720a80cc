"""Commands by which people say what no source says, or not rightly: `feeds edit`, `feeds add`; and `feeds log`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeds.cli.language import said
from feeds.cli.options import now_option, site_argument
from feeds.cli.printing import PROBLEMS, USAGE, complain, errors, visible

if TYPE_CHECKING:
    from feeds.config import Config
    from feeds.model import Entry

_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = 60  # characters of a text that are shown as what it is now
_LOGGED = 30  # days that the log goes back


def _stated_options(command: Any) -> Any:
    """Add the options that say what an item is."""
    for option in reversed(
        (
            click.option("--title", help="Its title."),
            click.option("--date", type=_DAY, metavar="YYYY-MM-DD", help="Its day of publication."),
            click.option("--link", help="The address of its page."),
            click.option("--text", help="Its text: plain, a blank line between paragraphs; - for standard input."),
            click.option("--summary", help="Its summary."),
            click.option("--author", help="Who wrote it."),
            click.option("--image", help="The address of its picture."),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.argument("item")
@site_argument
@_stated_options
@click.option("--countries", help="Its countries and no others, as 'pa cr'; '' for none.")
@click.option("--regions", help="Its regions likewise, as '013'.")
@click.option("--topics", help="Its topics likewise.")
def edit(item: str, site: Path, **stated: Any) -> None:
    """Correct ITEM (an id, a link, or the address of its page): write an override into the feeds.toml of SITE.

    Without options it asks at a terminal. The next build publishes the entry so, under the same id; what its source
    states is kept, and comes back when the override is taken out of feeds.toml.

    \b
    feeds edit https://example.org/news/12 --title "Health budget agreed" --date 2026-11-21
    feeds edit tag:example.org,2026:news/2026-11-20/budget --countries "pa cr"
    """
    from feeds.config import FILE, editing
    from feeds.history import History

    with errors():
        config, text = _config(site)
        entry = None
        if config.history.exists():
            with History(config.history) as history:
                entry = history.entries.find(item, config.base_url)
        if entry is None:
            complain(f"{item}: error: no such entry; give its id, its link, or the address of its page [unknown-item]")
            sys.exit(USAGE)
        values = _values(stated)
        if not values and _is_terminal():
            values = _ask(entry)
        if not values:
            complain("feeds edit: error: nothing to correct; say what, as --title 'The right title' [usage]")
            sys.exit(USAGE)
        added = editing.table("overrides", {"id": entry.id, **values})
        _write(site, editing.appended(text, added))
    click.echo(visible(f"wrote into {site / FILE}:\n{added}\nnext: feeds build publishes it"))


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _config(site: Path) -> tuple[Config, str]:
    """Return the configuration of a site, and the text of its feeds.toml."""
    from feeds.config import FILE, load_config

    config = load_config(site)
    if config.is_default:
        complain(f"{site / FILE}: error: is missing; feeds init {site} writes one [config]")
        sys.exit(USAGE)
    return config, (site / FILE).read_text(encoding="utf-8-sig")


def _write(site: Path, text: str) -> None:
    """Write a feeds.toml, if it is right.

    Raises:
        ConfigError: it is not: what was stated cannot be meant.
    """
    from feeds.config import FILE, load_config
    from feeds.pipeline.tags import check_codes
    from feeds.publish import files

    data = text.encode()
    check_codes(load_config(site, data))
    files.rewrite_file(site / FILE, data)


def _values(stated: dict[str, Any]) -> dict[str, object]:
    """Return what was stated, as the keys of an override."""
    values: dict[str, object] = {}
    for key, value in stated.items():
        if value is None:
            continue
        if key in ("countries", "regions", "topics"):
            values[key] = value.replace(",", " ").split()
        elif isinstance(value, dt.datetime):
            values[key] = value.date()
        elif key == "text" and value == "-":
            values[key] = sys.stdin.read().strip()
        else:
            values[key] = value
    return values


def _ask(entry: Entry) -> dict[str, object]:
    """Return what is answered otherwise than it is now."""
    content = entry.content
    now = {
        "title": content.title,
        "date": entry.published.date().isoformat(),
        "link": entry.link if not entry.page else "",
        "summary": content.summary,
        "author": content.authors[0].name if content.authors else "",
        "text": content.text,
    }
    values: dict[str, object] = {}
    click.echo("Enter keeps what is in brackets.")
    for key, value in now.items():
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        check = _day if key == "date" else str
        answer = click.prompt(key.capitalize(), default=shown, show_default=bool(value), value_proc=check).strip()
        if answer not in (value, shown):
            values[key] = dt.date.fromisoformat(answer) if key == "date" else answer
    return values


def _day(value: str) -> str:
    """A day as it was answered; asked again if it is none."""
    try:
        return dt.date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise click.BadParameter(f"'{value}' is not a date like 2026-11-21") from None


@click.command()
@site_argument
@_stated_options
@click.option("--tag", "tags", multiple=True, help="A country, region or topic: its code or name; may be repeated.")
@now_option
def add(site: Path, tags: tuple[str, ...], now: dt.datetime, **stated: Any) -> None:
    """Add an item by hand to SITE: a file in its folder added/, which a source of that name reads.

    Without --title at a terminal it opens $EDITOR. The file is Markdown with its date and title in front: change it as
    you like, and the entry follows.

    \b
    feeds add --title "Office closed on Friday" --text "We are back on Monday."
    feeds add /srv/news --title "Report" --date 2026-11-21 --text - < report.txt
    """
    from feeds.config import FILE, editing
    from feeds.history import identity
    from feeds.publish import files

    with errors():
        config, text = _config(site)
        values = {"title": "", "date": now.astimezone(config.zone).date(), **_values(stated)}
        body = str(values.pop("text", ""))
        written = ""
        if not values["title"]:
            written = _written_in_editor(values, body)
            values["title"] = "item"
        path = site / editing.ADDED / f"{values['date']}-{identity.slug(str(values['title']))}.md"
        values["tags"] = list(tags)
        files.write_new_file(path, (written or editing.front_matter(values, body)).encode())
        if sources := editing.source_of_added(config, text):
            _write(site, editing.appended(text, *sources))
    click.echo(said("wrote {}").format(path))
    if sources:
        click.echo(said("wrote into {}: the source '{}'").format(site / FILE, editing.ADDED))
    click.echo(said("next: feeds build publishes it"))


def _written_in_editor(values: dict[str, Any], body: str) -> str:
    """Return an item as it was written in an editor."""
    from feeds.config import editing

    if not _is_terminal():
        complain("feeds add: error: an item needs a title; say --title 'The title' [usage]")
        sys.exit(USAGE)
    template = editing.front_matter({**values, "title": "The title"}, body or "The text.")
    written = click.edit(template, extension=".md")
    if written is None or written == template:
        complain("feeds add: nothing was written")
        sys.exit(PROBLEMS)
    return written


@click.command()
@site_argument
@click.option("--since", metavar="ISO-8601", help=f"From this day or moment on (default: {_LOGGED} days ago).")
@click.option("--json", "as_json", is_flag=True, help="Print an object a line.")
@now_option
def log(site: Path, since: str | None, as_json: bool, now: dt.datetime) -> None:
    """Say what SITE published, changed and withdrew, in the order of time.

    \b
    feeds log --since 2026-11-01
    feeds log /srv/news --json | jq -r 'select(.what == "withdrawn") | .title'
    """
    from feeds.history import History

    with errors():
        config, _ = _config(site)
        try:
            start = dt.datetime.fromisoformat(since) if since else now - dt.timedelta(days=_LOGGED)
        except ValueError:
            raise click.BadParameter(
                f"'{since}' is not an ISO 8601 date like 2026-11-21", param_hint="--since"
            ) from None
        start = start if start.tzinfo else start.replace(tzinfo=config.zone)
        if not config.history.exists():
            return
        with History(config.history) as history:
            for event in history.events(start):
                link = event.link or config.base_url + event.page
                when = event.when.strftime("%Y-%m-%dT%H:%M:%SZ")
                if as_json:
                    row = {"when": when, "what": event.what, "id": event.id, "title": event.title, "link": link}
                    click.echo(json.dumps({**row, "source": event.source}, ensure_ascii=False))
                else:
                    click.echo(visible(f"{when}  {event.what:<9}  {event.title}  {link}"))
