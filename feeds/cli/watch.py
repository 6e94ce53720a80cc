"""`feeds watch`: one process that looks at its sites again and again."""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from feeds.cli.many import find_jobs, tell
from feeds.cli.options import all_option, clock, interval, outputs_option, sites_argument
from feeds.cli.printing import complain, errors
from feeds.model import ConfigError

if TYPE_CHECKING:
    from feeds.pipeline.sites import Job, Outcome

_RESCAN = 60.0  # seconds after which it is seen that a site came, went, or has another feeds.toml
_LEAST_PAUSE = 1.0  # seconds: sites that are due within one are looked at together
_REMINDED = 24 * 60 * 60  # seconds after which a site that cannot be built is told again


@click.command()
@sites_argument
@all_option
@outputs_option
@click.option(
    "--every",
    default="15m",
    show_default=True,
    callback=interval,
    metavar="TIME",
    help="How often a site is looked at, but for sources with an `every` of their own.",
)
def watch(sites: tuple[Path, ...], folder: Path | None, output: str, every: int) -> None:
    """Build each SITE again and again, until it is stopped: in place of cron, where there are many.

    Each site has its own moment within the time, so that not all ask at once. SIGHUP looks at all of them now; SIGTERM
    ends it when the site at hand is done. A service of systemd may have Type=notify.

    \b
    feeds watch /srv/news -o /var/www/feeds
    feeds watch --all /srv/sites -o '/var/www/{site}' --every 10m
    """
    with errors():
        find_jobs(sites, folder, output)  # what is wrong with the command line ends it
        with _handling_signals() as signals:
            watcher = Watcher(lambda: find_jobs(sites, folder, output), every, signals)
            watcher.run(lambda: clock().timestamp(), signals.wait)


class Watcher:
    """Looks at sites when they are due, until it is stopped.

    Args:
        find: returns the sites that there are; raises ConfigError.
        every: seconds between two looks at a site.
        signals: says what to do besides.
    """

    def __init__(self, find: Callable[[], Sequence[Job]], every: int, signals: Signals) -> None:
        from feeds.pipeline.schedule import Schedule

        self._find, self._signals, self._schedule = find, signals, Schedule(every)
        self._rescan = 0.0
        self._told: dict[str, tuple[float, tuple[str, ...]]] = {}  # site -> when, and why it could not be built

    def run(self, now: Callable[[], float], wait: Callable[[float], object]) -> None:
        """Go on until signals.is_stopped.

        Args:
            now: returns seconds since 1970.
            wait: waits so many seconds, or until there is a signal.
        """
        from feeds.fetch import systemd

        self._update(now())
        systemd.notify("READY=1")
        while not self._signals.is_stopped:
            if self._signals.take_reload():
                systemd.notify_reloading()
                self._rescan = 0.0
                self._schedule.make_all_due()
            if now() >= self._rescan:
                self._update(now())
                systemd.notify("READY=1")
            self._build(now)
            pause = min(self._schedule.next(), self._rescan) - now()
            wait(max(_LEAST_PAUSE, pause))
        systemd.notify("STOPPING=1")

    def _update(self, now: float) -> None:
        self._rescan = now + _RESCAN
        try:
            self._schedule.update(self._find(), now)
        except ConfigError as error:
            self._tell_once("", now, (str(error),))

    def _build(self, now: Callable[[], float]) -> None:
        from feeds.deploy.remote import build
        from feeds.pipeline import sites

        jobs = self._schedule.due(now() + _LEAST_PAUSE)
        for outcome in sites.build_sites(jobs, build, now=lambda: dt.datetime.fromtimestamp(now(), dt.UTC)):
            self._tell(outcome, now())
            if self._signals.is_stopped:
                return

    def _tell(self, outcome: Outcome, now: float) -> None:
        """Tell what is news of a site: why it cannot be built once, and once a day."""
        name = outcome.job.name
        if outcome.report is None and outcome.errors:
            self._tell_once(name, now, tuple(map(str, outcome.errors)))
            return
        if outcome.report and self._told.pop(name, None):
            complain("ended: it can be built again", name)
        tell(outcome)

    def _tell_once(self, name: str, now: float, errors: tuple[str, ...]) -> None:
        at, before = self._told.get(name, (0.0, ()))
        if before != errors or now - at >= _REMINDED:
            self._told[name] = (now, errors)
            for error in errors:
                complain(error, name)


class Signals:
    """What signals asked for."""

    def __init__(self) -> None:
        self.is_stopped = False
        self._is_reload = False
        self._event = threading.Event()

    def stop(self, *_: object) -> None:
        """Ask for an end."""
        self.is_stopped = True
        self._event.set()

    def reload(self, *_: object) -> None:
        """Ask for a look at all sites now."""
        self._is_reload = True
        self._event.set()

    def take_reload(self) -> bool:
        """Return True if a look was asked for since this was called."""
        asked, self._is_reload = self._is_reload, False
        return asked

    def wait(self, seconds: float) -> None:
        """Wait so long, or until there is a signal."""
        self._event.wait(seconds)
        self._event.clear()


@contextlib.contextmanager
def _handling_signals() -> Iterator[Signals]:
    """Signals of the process, while inside: the second that stops it ends it at once."""
    found = Signals()
    before: dict[signal.Signals, Any] = {}

    def stop(number: int, frame: object) -> None:
        if found.is_stopped:
            before[signal.Signals(number)](number, frame)
        found.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.signal(number, stop)
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, found.reload)
    try:
        yield found
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
