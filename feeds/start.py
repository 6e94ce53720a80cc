"""Where the command begins: a build that would do nothing ends here, before anything of it is loaded."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command with the arguments of the process."""
    from feeds.invocation import seconds
    from feeds.settled import is_settled

    if is_settled(sys.argv[1:], seconds(os.environ), sys.stdout.isatty()):
        return
    from feeds.cli import main as command

    command(prog_name="feeds")
