"""Every code of a finding with what it means, why it matters and how it is put right: data/codes.toml, read once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple


class Explanation(NamedTuple):
    """What is to be known of a code.

    Attributes:
        meaning: one sentence, without a full stop.
        why: what readers do with such a document.
        wrong: an example; right is the same without the fault.
        section: where the rule is written.
        place: where the examples stand: "rss item", "atom feed", "document"; "" where it takes more than a document.
    """

    meaning: str
    why: str
    wrong: str
    right: str
    section: str
    place: str = ""


def _read() -> dict[str, Explanation]:
    stated = tomllib.loads((Path(__file__).parent / "data" / "codes.toml").read_text(encoding="utf-8"))
    return {code: Explanation(**fields) for code, fields in stated.items()}


EXPLANATIONS = _read()
CODES = {code: explanation.meaning for code, explanation in EXPLANATIONS.items()}


def explain(code: str) -> str:
    """Return what is to be known of a code, as plain text of several lines.

    Raises:
        KeyError: there is no such code.
    """
    known = EXPLANATIONS[code]
    lines = [f"{code}: {known.meaning}", "", known.why, ""]
    for title, example in (("Wrong", known.wrong), ("Right", known.right)):
        lines += [f"{title}:", *(f"    {line}" for line in example.splitlines() or ["(nothing)"]), ""]
    return "\n".join([*lines, f"Rule: {known.section}"])
