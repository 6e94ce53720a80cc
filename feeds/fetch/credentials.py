"""What is sent to servers and stands in no feeds.toml: values of the environment, and of the user's .netrc."""

from __future__ import annotations

import base64
import netrc
import os
import re
from pathlib import Path

from feeds.model import SourceError

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def from_environment(key: str, value: str) -> str:
    """Return a value with what it names of the environment, as $NAME or ${NAME}.

    Args:
        key: of feeds.toml, for the message.

    Raises:
        SourceError: a variable is not set, or holds what no header can.
    """

    def find(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if not os.environ.get(name):
            raise SourceError(
                "environment", f"{key} names ${name}, which is not set in the environment of this program"
            )
        return os.environ[name].strip()

    filled = _VARIABLE.sub(find, value)
    if _CONTROL.search(filled) or not filled.isascii():
        raise SourceError("environment", f"{key} has a character that no header may have (RFC 9110 5.5)")
    return filled


def from_netrc(host: str) -> str:
    """Return the Authorization header for a host (RFC 7617) by the file that NETRC names, else ~/.netrc; "" where that
    has nothing for it.

    Raises:
        SourceError: the file is there and cannot be read.
    """
    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        found = netrc.netrc(path).authenticators(host)
    except FileNotFoundError:
        return ""
    except (OSError, netrc.NetrcParseError) as error:
        raise SourceError("environment", f"netrc = true, and {path} cannot be read: {error}") from None
    return "Basic " + base64.b64encode(f"{found[0]}:{found[2]}".encode()).decode() if found else ""
