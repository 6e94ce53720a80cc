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
    try:
        from feeds.cli import main as command
    except (ImportError, MemoryError) as error:
        message = (
            f"feeds: error: cannot be loaded: {error or 'out of memory'}; is there enough memory, and is it installed?"
        )
        print(f"{message} [system]", file=sys.stderr)
        sys.exit(3)
    command(prog_name="feeds")
