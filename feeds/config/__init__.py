"""feeds.toml -> Config. Owns every default and every message about a missing or mistyped key.

Reads the one file; asks nothing of the network, the clock or the history.
"""

from feeds.config.reading import load_config
from feeds.config.values import (
    AUTO,
    FILE,
    HISTORY,
    KEEP,
    Alert,
    Config,
    Custom,
    Ended,
    FacetSettings,
    Limits,
    Look,
    Override,
    Publish,
    Rights,
    Source,
)

__all__ = [
    "AUTO",
    "FILE",
    "HISTORY",
    "KEEP",
    "Alert",
    "Config",
    "Custom",
    "Ended",
    "FacetSettings",
    "Limits",
    "Look",
    "Override",
    "Publish",
    "Rights",
    "Source",
    "load_config",
]
