"""Tell systemd how a service is, by the protocol of sd_notify(3): a datagram to the socket that it names."""

from __future__ import annotations

import contextlib
import os
import socket
import time


def notify(state: str) -> None:
    """Send a state like "READY=1"; nothing happens where no service manager asked for it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect("\0" + address[1:] if address[0] == "@" else address)
        sender.send(state.encode())


def notify_reloading() -> None:
    """Say that a reload began; of Type=notify-reload systemd wants to know when."""
    notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
