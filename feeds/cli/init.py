"""`feeds init`: a feeds.toml for a new site, from four answers and a look at its places."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import click

from feeds.cli.language import said
from feeds.cli.options import now_option
from feeds.cli.printing import OK, PROBLEMS, complain, errors, visible

if TYPE_CHECKING:
    from feeds.cli.sources import Tried

_EXAMPLE = "https://feeds.example.org/"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@click.option("--title", help="The name of the feeds, as 'News of the Agency'.")
@click.option("--base-url", help="The address at which the output will be served.")
@click.option("--authority", help="A domain or e-mail address that you own; it roots every id for ever.")
@click.option("--language", help="Of the texts, BCP 47, as es.")
@now_option
def init(folder: Path, places: tuple[str, ...], now: dt.datetime, **stated: str | None) -> None:
    """Make a feeds.toml in FOLDER (default: this one), for news at PLACE: addresses of pages or feeds, or files.

    Asks for the name of the feeds, the address at which they will be served, a domain that you own, and the language,
    where these are not given; without a terminal it takes what it can tell and says what to change. Each PLACE is
    looked at as `feeds sources try` does. A JSON Schema beside it, which its first line names, lets editors complete
    and check it.

    \b
    feeds init news https://www.example.org/news/
    feeds init . news.csv --title "News of the Agency" --base-url https://feeds.example.org/
    """
    from feeds.config import FILE, schema
    from feeds.publish import files

    path = folder / FILE
    if path.exists():
        complain(f"{path}: error: is there already; feeds build {folder} publishes it [config]")
        sys.exit(PROBLEMS)
    with errors():
        looked = [_look(place, now) for place in places]
        answers = _answers(stated, folder, [one for one in looked if one.tried])
        files.write_new_file(path, _text(answers, looked, folder, now).encode())
        if not (folder / schema.SCHEMA_FILE).exists():
            files.write_new_file(folder / schema.SCHEMA_FILE, schema.schema_text().encode())
    click.echo(said("wrote {}").format(path))
    for one in looked:
        if one.is_outside(folder):
            complain(f"{one.place}: note: is outside of {folder}; put it there, or a link to it [config]")
    click.echo(
        said("next: feeds preview {0}, then feeds build {0}").format(folder)
        if looked
        else said("next: add a [[sources]] to it")
    )
    sys.exit(OK if all(one.tried for one in looked) else PROBLEMS)


class _Looked(NamedTuple):
    """A place, and what was found there; None where it could not be read, or lists nothing."""

    place: str
    tried: Tried | None

    def is_outside(self, folder: Path) -> bool:
        """Return True for a file that a source of the folder cannot name."""
        return "://" not in self.place and not Path(self.place).resolve().is_relative_to(folder.resolve())


class _Answers(NamedTuple):
    """What a feeds.toml must say."""

    title: str
    base_url: str
    authority: str
    language: str


def _look(place: str, now: dt.datetime) -> _Looked:
    from feeds.cli.sources import look_at
    from feeds.model import SourceError

    try:
        tried = look_at(place, now, {})
    except SourceError as error:
        complain(f"{place}: error: {error.message} [{error.code}]")
        return _Looked(place, None)
    items = [item for item in tried.items if item.candidate]
    if not items:
        complain(f"{place}: error: nothing with a date was found; see feeds sources try {place} [no-items]")
        return _Looked(place, None)
    first = items[0].candidate
    assert first
    found = said("{}: {} items of kind '{}', the first '{}'")
    click.echo(visible(found.format(place, len(items), tried.kind, first.content.title)))
    return _Looked(place, tried)


def _answers(stated: dict[str, str | None], folder: Path, looked: list[_Looked]) -> _Answers:
    """Return what was given, else what is answered at a terminal, else what can be told."""
    from feeds.config.keys import SITE
    from feeds.sources import stated_language

    host = next((urlsplit(one.place).hostname or "" for one in looked if "://" in one.place), "")
    domain = host.removeprefix("www.")
    name = folder.resolve().name or "News"
    title = _answer("title", stated, said("The name of the feeds"), domain or name, SITE["title"])
    guess = f"https://feeds.{domain}/" if domain else _EXAMPLE
    base_url = _answer("base_url", stated, said("The address at which they will be served"), guess, SITE["base_url"])
    owned = (urlsplit(base_url).hostname or "example.org").removeprefix("www.")
    question = said("A domain or e-mail address that you own (it roots every id, for ever)")
    authority = _answer("authority", stated, question, domain or owned, SITE["authority"])
    languages = [one.tried.source.language for one in looked if one.tried and one.tried.source.language]
    languages += [stated_language(one.tried.resource) for one in looked if one.tried]
    guess = next(filter(None, languages), "en")
    language = _answer("language", stated, said("The language of the texts (BCP 47)"), guess, SITE["language"])
    return _Answers(title, base_url, authority, language)


def _answer(key: str, stated: dict[str, str | None], question: str, guess: str, check: Callable[[Any], Any]) -> str:
    def checked(value: str) -> str:
        try:
            return str(check(value))
        except ValueError as error:
            raise click.BadParameter(f"'{value}': expected {error}", param_hint=f"--{key.replace('_', '-')}") from None

    if (given := stated[key]) is not None:
        return checked(given)
    if sys.stdin.isatty():
        return str(click.prompt(question, default=guess, value_proc=checked))
    complain(f"--{key.replace('_', '-')}: note: not given; took '{guess}', change it before the first build [config]")
    return guess


def _text(answers: _Answers, looked: list[_Looked], folder: Path, now: dt.datetime) -> str:
    from feeds.cli.sources import toml_lines
    from feeds.config.schema import SCHEMA_FILE

    def quoted(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = [
        f"#:schema ./{SCHEMA_FILE}",
        "# What is published from this folder. `feeds build` reads it; docs/feeds-toml.md has every key.",
        "",
        "[site]",
        f"title = {quoted(answers.title)}",
        f"base_url = {quoted(answers.base_url)}  # where the output will be served",
        f"authority = {quoted(answers.authority)}  # a domain you own; it roots every id: never change it",
        f"year = {now.year}  # a year in which you owned it; never change it",
        f"language = {quoted(answers.language)}",
    ]
    names: set[str] = set()
    for one in looked:
        lines.append("")
        if one.tried is None:
            lines += ["# nothing was found here; see what `feeds sources try` says of it", f"# {one.place}"]
            continue
        name, number = one.tried.source.name, 2
        while name in names:
            name, number = f"{one.tried.source.name}-{number}", number + 1
        names.add(name)
        for line in toml_lines(one.place, one.tried):
            if line.startswith("name = "):
                line = f'name = "{name}"  # stays the same: ids are made of it'
            elif line.startswith("path = ") and not one.is_outside(folder):
                line = f"path = {quoted(Path(one.place).resolve().relative_to(folder.resolve()).as_posix())}"
            lines.append(line)
    return "\n".join(lines) + "\n"
