"""What every command prints alike: problems on stderr, exit codes, nothing that moves a cursor."""

from __future__ import annotations

import re

import click

OK, PROBLEMS, USAGE, REFUSED, BUSY = 0, 1, 2, 3, 75
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with its control characters escaped: what an input says must not move a terminal's cursor."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def complain(text: str) -> None:
    """Print a problem to stderr, as one line."""
    click.echo(visible(text).replace("\n", " "), err=True)
