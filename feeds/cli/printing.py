"""Printing that all commands share: problems on stderr, exit codes, no control characters."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feeds.cli import language
from feeds.model import ConfigError, FeedsError, LockedError, UnknownItemError

if TYPE_CHECKING:
    from feeds.pipeline.report import Report

OK, PROBLEMS, USAGE, REFUSED, BUSY = 0, 1, 2, 3, 75
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return the text with control characters escaped, so that no input can move the terminal's cursor."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def complain(text: str, site: str = "") -> None:
    """Print a problem to stderr, as one line; in a unit of systemd with its priority, as sd-daemon(3) has it.

    Args:
        site: the name of the site that it is of, where a command has several.
    """
    line = visible(text).replace("\n", " ")
    priority = _priority(line) if "JOURNAL_STREAM" in os.environ and _is_journal() else ""
    click.echo(priority + (f"{visible(site)}: " if site else "") + language.translate(line), err=True)


def _priority(line: str) -> str:
    """The syslog level of a problem: 3 error, 4 warning, 5 anything else."""
    return "<3>" if ": error: " in line else "<4>" if ": warning: " in line else "<5>"


def _is_journal() -> bool:
    """Return True if stderr is the stream to the journal that systemd names, and not a file or a pipe of somebody."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ["JOURNAL_STREAM"] == f"{status.st_dev}:{status.st_ino}"


def complaints(report: Report, is_strict: bool = False, site: str = "") -> None:
    """Print what a run rejected and did not publish; of what earlier runs told already only that it has ended.

    Args:
        is_strict: print what is known too.
        site: as for complain.
    """
    if report.told is not None and not is_strict:
        for problem in report.told:
            complain(str(problem), site)
        for ended in report.ended:
            complain(f"ended: {ended}", site)
        return
    for problem in report.problems:
        complain(str(problem), site)
    for refusal in report.refused:
        for finding in refusal.findings[:10]:
            place = f"{report.output}/{refusal.document}:{finding.line}"
            complain(f"{place}: {finding.severity}: not published: {finding.message} [{finding.code}]", site)


@contextlib.contextmanager
def history_here(site: Path, wait: float = 0) -> Iterator[None]:
    """Have the history of a site on this machine while inside, from where its feeds.toml says that it is kept.

    Args:
        wait: seconds that are waited for another machine to end.
    """
    from feeds.config import load_config
    from feeds.deploy.remote import kept_history

    with kept_history(load_config(site), wait):
        yield


def alert(site: Path, alerts: list[str], shown: str = "") -> None:
    """Tell whom the site names of what somebody should know who does not read reports.

    Args:
        shown: the name of the site, as for complain.
    """
    from feeds.config import load_config
    from feeds.deploy.alerts import send

    for problem in send(load_config(site), alerts):
        complain(str(problem), shown)


def exit_code(error: FeedsError) -> int:
    """Return the exit code of a command that an error ends."""
    if isinstance(error, (ConfigError, UnknownItemError)):
        return USAGE
    return BUSY if isinstance(error, LockedError) else REFUSED


class _StoppedError(BaseException):
    """A signal to stop; a BaseException, so that no `except Exception` catches it."""


def _stop(number: int, frame: object) -> None:
    raise _StoppedError(number)


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """Turn refusals and signals into a message and an exit code."""
    signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.signal(number, _stop) for number in signals} if _is_main_thread() else {}
    try:
        yield
    except _StoppedError as error:
        number = signal.Signals(error.args[0])
        complain(f"stopped by {number.name}; every published file is whole, the next run does what is left [stopped]")
        sys.exit(128 + number)
    except FeedsError as error:
        for one in (error, *(error.others if isinstance(error, ConfigError) else ())):
            complain(str(one))
        sys.exit(exit_code(error))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
