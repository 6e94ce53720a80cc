"""Tell somebody that a source goes on failing: by a program, by e-mail, by a webhook."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from functools import partial

from feeds import fetch
from feeds.config import Config
from feeds.fetch import credentials, process
from feeds.model import Origin, Problem, SourceError

_SECONDS = 60.0  # that each way may take
_SENDMAIL = "/usr/sbin/sendmail"  # where it is on every system that has one, whatever PATH cron has


def send(config: Config, alerts: Sequence[str]) -> Iterator[Problem]:
    """Tell what is wrong in each way that the site has set; yield what went wrong with that.

    Args:
        alerts: a line for each cause.
    """
    text = f"{config.title} ({config.folder}):\n\n" + "\n".join(alerts) + "\n"
    ways: list[tuple[str, Callable[[], None]]] = []
    if config.alert.command:
        ways.append(("command", partial(_run, config, config.alert.command, text.encode())))
    if config.alert.mailto:
        ways.append(("mailto", partial(_mail, config, text, len(alerts))))
    if config.alert.webhook:
        ways.append(("webhook", partial(_post, config, text)))
    for name, way in ways:
        try:
            way()
        except SourceError as error:
            yield Problem(Origin("", f"[alert] {name}", 0), "alert", error.message)


def _run(config: Config, command: Sequence[str], given: bytes) -> None:
    process.run(command, config.folder, 1 << 20, _SECONDS, given)


def _mail(config: Config, text: str, number: int) -> None:
    message = EmailMessage()
    message["To"] = config.alert.mailto
    message["Subject"] = f"{config.title}: {number} problem{'' if number == 1 else 's'} with its feeds"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nothing answers it by itself
    message.set_content(text)
    sendmail = shutil.which("sendmail") or _SENDMAIL
    _run(config, (sendmail, "-t", "-oi"), message.as_bytes())


def _post(config: Config, text: str) -> None:
    address = credentials.from_environment("webhook", config.alert.webhook)
    answer = fetch.probe(address, json=json.dumps({"text": text}).encode(), most=1 << 16, seconds=_SECONDS)
    if not 200 <= answer.status < 300:
        raise SourceError("alert", f"answered {answer.status}")
