"""What the command is asked, told without click: its defaults, what time it is, and whether it is a plain build.

Shared by the command and by the look that spares it (settled), so that the two cannot differ. Imports nothing of ours.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself is not loaded for it
    from collections.abc import Mapping, Sequence

SITE, OUTPUT = "seeds", "output"  # defaults of SITE and --output
MOST_PROCESSES = 64  # that anybody may ask for


def seconds(environment: Mapping[str, str]) -> float:
    """The time that a run takes for now where --now does not say it, in seconds since 1970: SOURCE_DATE_EPOCH, or the
    clock. The one look at it.
    """
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    return int(epoch) if epoch.isascii() and epoch.isdigit() and len(epoch) < 12 else time.time()


def plain_build(arguments: Sequence[str]) -> tuple[str, str, bool] | None:
    """Site, output, and whether quiet, of a plain `feeds build`; None for anything else, --now among it."""
    if not arguments or arguments[0] != "build":
        return None
    site, output, quiet, places = SITE, OUTPUT, False, 0
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in ("-q", "--quiet"):
            quiet = True
        elif argument in ("-o", "--output"):
            output = next(rest, "")
        elif argument.startswith("--output="):
            output = argument.partition("=")[2]
        elif argument == "--processes" or argument.startswith("--processes="):  # one can tell that nothing is to do
            stated = argument.partition("=")[2] or next(rest, "")
            if not stated.isdecimal() or int(stated) > MOST_PROCESSES:
                return None
        elif argument.startswith("-") or places:
            return None
        else:
            site, places = argument, 1
    return (site, output, quiet) if site and output else None
