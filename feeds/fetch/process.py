"""What a command prints, as the document of a source: for all that no address and no file gives."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from feeds.model import SourceError

_SHOWN = 300  # characters of what it says that went wrong
_running: set[int] = set()  # process groups


def run(command: Sequence[str], folder: Path, most: int, seconds: float, given: bytes = b"") -> bytes:
    """Return the standard output of a command; no shell is used.

    Args:
        command: a program, and its arguments.
        folder: in which it works.
        most: bytes of output.
        seconds: after which it is ended, with all that it started.
        given: what it may read from its standard input.

    Raises:
        SourceError: it cannot be started, fails, takes too long or prints too much; its code is command, timeout or
            too-large.
    """
    late = threading.Event()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as to_read:
        to_read.write(given)
        to_read.seek(0)
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=to_read,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SourceError("command", f"runs '{command[0]}', which cannot be started: {reason}") from None
        _running.add(process.pid)
        timer = threading.Timer(seconds, _end, (process.pid, late))
        timer.daemon = True
        timer.start()
        assert process.stdout
        try:
            body = process.stdout.read(most + 1)
            if len(body) > most:
                raise SourceError("too-large", f"runs '{command[0]}', which prints more than {most} bytes")
            status = process.wait()
        finally:
            timer.cancel()
            _kill(process.pid)
            process.wait()
            process.stdout.close()
            _running.discard(process.pid)
        said.seek(0)
        words = " ".join(said.read(_SHOWN * 4).decode("utf-8", "replace").split())[:_SHOWN]
    if late.is_set():
        raise SourceError("timeout", f"runs '{command[0]}', which took longer than {seconds:g} seconds")
    if status:
        ended = f"ended with {status}" if status > 0 else f"was ended by signal {-status}"
        raise SourceError("command", f"runs '{command[0]}', which {ended}{': ' + words if words else ''}")
    return body


def _end(group: int, late: threading.Event) -> None:
    late.set()
    _kill(group)


@atexit.register
def end_all() -> None:
    """End what run() has started and what that has started, in whatever thread."""
    for group in tuple(_running):
        _kill(group)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
