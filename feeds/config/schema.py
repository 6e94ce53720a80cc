"""The JSON Schema of feeds.toml, for editors, and its page of the documentation: made of keys.py and keys.toml.

python -m feeds.config.schema > docs/feeds-toml.md
"""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from pathlib import Path
from typing import Any

from feeds.config import keys
from feeds.config.keys import Checks

SCHEMA_FILE = ".feeds.schema.json"  # beside a feeds.toml, which names it on its first line
_ARRAYS = ("sources", "custom", "overrides", "translations", "moved", "ended")
_REQUIRED = {
    "site": ["title", "base_url", "authority", "year"],
    "sources": ["name"],
    "custom": ["name", "title"],
    "moved": ["from", "to"],
}
TABLES: dict[str, Checks] = {
    "site": keys.SITE,
    "rights": keys.RIGHTS,
    "sources": keys.SOURCE,
    "fetch": keys.FETCH,
    "status": keys.STATUS,
    "history": keys.HISTORY,
    "alert": keys.ALERT,
    "publish": keys.PUBLISH,
    "limits": keys.LIMITS,
    **{f"facets.{name}": checks for name, checks in keys.FACET_CHECKS.items()},
    "custom": keys.CUSTOM,
    "overrides": keys.OVERRIDE,
    "translations": keys.TRANSLATIONS,
    "ended": keys.ENDED,
    "moved": keys.MOVED,
}


def descriptions() -> dict[str, dict[str, Any]]:
    """Return what each table and key is for: table -> "about", and key -> {about, example, default}."""
    return tomllib.loads((Path(__file__).parent / "keys.toml").read_text(encoding="utf-8"))


def make_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 7, which editors of TOML know) of feeds.toml."""
    described = descriptions()
    properties: dict[str, Any] = {}
    for name, checks in TABLES.items():
        table = _table(described[name], checks, _REQUIRED.get(name, []))
        if name.startswith("facets."):
            facets = properties.setdefault(
                "facets", {"type": "object", "properties": {}, "additionalProperties": False}
            )
            facets["properties"][name.removeprefix("facets.")] = table
        elif name in _ARRAYS:
            properties[name] = {"type": "array", "description": table["description"], "items": table}
        else:
            properties[name] = table
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "feeds.toml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def schema_text() -> str:
    """Return the JSON Schema as text."""
    return json.dumps(make_schema(), ensure_ascii=False, indent=1) + "\n"


def _table(described: dict[str, Any], checks: Checks, required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": described["about"],
        "properties": {key: _key(described[key], check) for key, check in checks.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _key(described: dict[str, Any], check: Any) -> dict[str, Any]:
    default = f"; default: {described['default']}" if "default" in described else ""
    stated = keys.SCHEMAS.get(check, {"type": "string", "minLength": 1})
    example = described["example"]
    shown = example.isoformat() if isinstance(example, dt.date) else example
    return {"description": f"{described['about']}{default}", **stated, "examples": [shown]}


def page() -> str:
    """Return the reference of feeds.toml, as Markdown."""
    described = descriptions()
    lines = ["# feeds.toml", "", *_FOREWORD]
    for name, checks in TABLES.items():
        heading = f"[[{name}]]" if name in _ARRAYS else f"[{name}]"
        lines += [
            "",
            f"## {heading}",
            "",
            f"{described[name]['about']}.",
            "",
            "| key | is | default | example |",
            "|---|---|---|---|",
        ]
        for key in checks:
            known = described[name][key]
            default = "required" if key in _REQUIRED.get(name, []) else known.get("default", "none")
            lines.append(f"| `{key}` | {known['about']} | {default} | `{_toml(known['example'])}` |")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = ", ".join(f"{_bare(key)} = {_toml(inner)}" for key, inner in value.items())
        return f"{{ {pairs} }}"
    return value.isoformat() if isinstance(value, dt.date) else json.dumps(value, ensure_ascii=False)


def _bare(key: str) -> str:
    return (
        key if key.replace("-", "").replace("_", "").isascii() and key.replace("-", "").isalnum() else json.dumps(key)
    )


_FOREWORD = (
    "Every table and key. `feeds init` writes a feeds.toml with what must be there; this page and the JSON Schema that",
    "it puts beside it, for editors that complete and check, are made by `python -m feeds.config.schema`.",
)

if __name__ == "__main__":
    print(page(), end="")
