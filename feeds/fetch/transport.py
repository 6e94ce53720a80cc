"""Connections of httpcore: to checked addresses only, or through a proxy, and until a deadline.

Imported when an address is asked for the first time: httpcore costs 50 ms, which most runs never need.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore

from feeds.model import SourceError


def make_pool(address: str, deadline: float, private: bool, proxy: str = "") -> httpcore.ConnectionPool:
    """Return a pool of connections that end at the deadline.

    Args:
        address: what is to be asked; only for https a TLS context is made.
        deadline: as time.monotonic counts.
        private: whether a host may be in a private network.
        proxy: the address of an HTTP proxy, through which all goes. It may be in a private network; that the host is
            not, only its own rules can say, for it is the proxy that resolves the host.
    """
    context = _ssl_context() if address[:6].lower() == "https:" else None
    if not proxy:
        return httpcore.ConnectionPool(ssl_context=context, network_backend=_Backend(deadline, private))
    parts = urlsplit(proxy)
    credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return httpcore.HTTPProxy(
        address,
        proxy_auth=credentials,
        ssl_context=context,
        proxy_ssl_context=_ssl_context() if parts.scheme == "https" else None,
        network_backend=_Backend(deadline, private=True),
    )


def is_private(host: str) -> bool:
    """Return True for a host of which an address is in a private network; False where it is not known."""
    try:
        _checked_address(host, 0, private=False)
    except SourceError as error:
        return error.code == "private-address"
    return False


def refuse_private(host: str) -> None:
    """Refuse a host that is written as an address of a private network, or is this machine.

    Raises:
        SourceError: it is one.
    """
    bare = host.strip("[]").rstrip(".").lower()
    try:
        is_private = not _is_public(ipaddress.ip_address(bare))
    except ValueError:
        is_private = bare == "localhost" or bare.endswith(".localhost")
    if is_private:
        raise _private_error(host)


@lru_cache
def _ssl_context() -> ssl.SSLContext:
    """Return the TLS context; it takes 19 ms to make, so all connections share it."""
    return ssl.create_default_context()


def _time_left(deadline: float, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the deadline is over")
    return min(left, timeout or left)


class _Stream(httpcore.NetworkStream):
    """A connection that is read and written until the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def _left(self, timeout: float | None) -> float:
        return _time_left(self._deadline, timeout, httpcore.ReadTimeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Resolves a host once, and connects to the address that was checked."""

    def __init__(self, deadline: float, private: bool) -> None:
        self._inner, self._deadline, self._private = httpcore.SyncBackend(), deadline, private

    def connect_tcp(self, host: str, port: int, timeout: Any = None, *rest: Any, **options: Any) -> Any:
        left = _time_left(self._deadline, timeout, httpcore.ConnectTimeout)
        address = _checked_address(host, port, self._private)
        return _Stream(self._inner.connect_tcp(address, port, left, *rest, **options), self._deadline)


def _checked_address(host: str, port: int, private: bool) -> str:
    """Return an address of a host after checking all of them.

    Raises:
        SourceError: there is none, or one is in a private network.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError("unreachable", f"has a host that is not known: '{host[:100]}': {error}") from None
    addresses = [str(info[4][0]) for info in found]
    for address in addresses:
        if not private and not _is_public(ipaddress.ip_address(address.partition("%")[0])):
            raise _private_error(address)
    return addresses[0]


def _private_error(address: str) -> SourceError:
    return SourceError(
        "private-address", f"is at {address}, in a private network; private = true for the source allows that"
    )


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return True if an address is public; for an IPv6 address that embeds an IPv4 one, if that is.

    is_global alone lets multicast and some addresses of 192.0.0.0/24 (RFC 6890) through.
    """
    if isinstance(address, ipaddress.IPv6Address):
        embedded = _embedded(address)
        if embedded is not None:
            return _is_public(embedded)
        return address.is_global and not address.is_multicast
    return address.is_global and not address.is_multicast and address not in ipaddress.ip_network("192.0.0.0/24")


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address embeds, None for other addresses.

    Mapped (RFC 4291 2.5.5.2), compatible (2.5.5.1), translated (RFC 2765 2.1), NAT64 (RFC 6052 2.1, RFC 8215), 6to4
    (RFC 3056 2), Teredo (RFC 4380 4), ISATAP (RFC 5214 6.1).
    """
    value = int(address)
    low = ipaddress.IPv4Address(value & 0xFFFFFFFF)
    prefixes = ("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
    if any(address in ipaddress.ip_network(prefix) for prefix in prefixes):
        return low
    if address in ipaddress.ip_network("2002::/16"):
        return ipaddress.IPv4Address(value >> 80 & 0xFFFFFFFF)
    if address in ipaddress.ip_network("2001::/32"):
        return ipaddress.IPv4Address(~value & 0xFFFFFFFF)
    if value >> 32 & 0xFCFFFFFF == 0x00005EFE:
        return low
    return None
