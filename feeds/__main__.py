"""The door: ends at once where a run would do nothing, else hands over to the command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command with the arguments of the process."""
    from feeds.noop import current_time, what_to_ask

    addresses = what_to_ask(sys.argv[1:], current_time(os.environ), sys.stdout.isatty())
    if addresses == []:
        return
    try:
        answers = None
        if addresses:
            from feeds.fetch import recheck

            try:
                answers = recheck.ask(addresses)
                if recheck.are_unchanged(addresses, answers):
                    return
            except (OSError, RuntimeError, ValueError, LookupError):
                pass  # the build asks by itself
        from feeds.cli import main as command
    except (ImportError, MemoryError) as error:
        message = (
            f"feeds: error: cannot be loaded: {error or 'out of memory'}; is there enough memory, and is it installed?"
        )
        print(f"{message} [system]", file=sys.stderr)
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)  # as a command that SIGINT ends
    command(prog_name="feeds", obj=answers)


if __name__ == "__main__":
    main()
