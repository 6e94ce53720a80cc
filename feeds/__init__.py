"""Dated news listings in, validated Atom, RSS and JSON feeds out.

The names of __all__ are the public interface: their arguments and results change only with a new minor version, and
CHANGELOG.md says so. Everything else is the program's own and may change at any time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself is not loaded where nothing is to be done
    from feeds.dates import read_date, read_date_line
    from feeds.pipeline import build
    from feeds.pipeline.explain import explain
    from feeds.tagging import tag
    from feeds.validation import validate

__version__ = "0.1.0"
__all__ = ["build", "explain", "read_date", "read_date_line", "tag", "validate"]
# Public function -> the module that has it, imported when it is first asked for: together they cost a quarter second.
_MODULES = {
    "build": "feeds.pipeline",
    "explain": "feeds.pipeline.explain",
    "read_date": "feeds.dates",
    "read_date_line": "feeds.dates",
    "tag": "feeds.tagging",
    "validate": "feeds.validation",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULES[name]), name)
