"""Every code of a finding with what it means, why it matters and how it is put right: data/codes.toml, read once.

python -m feeds.validation.codes > docs/findings.md
"""

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


def explain_in_markdown(code: str) -> str:
    """Return what is to be known of a code, as Markdown without a heading.

    Raises:
        KeyError: there is no such code.
    """
    known = EXPLANATIONS[code]
    language = "json" if known.place.startswith("json") else "xml"
    lines = [f"{known.meaning[0].upper()}{known.meaning[1:]}. {known.why}", ""]
    for title, example in (("Wrong", known.wrong), ("Right", known.right)):
        lines += [f"{title}:", "", f"```{language if known.place else 'text'}", example.strip("\n"), "```", ""]
    return "\n".join([*lines, f"Rule: {known.section}"])


# Where the documents are that sections name; the first that fits.
_DOCUMENTS = {
    "RFC 4287": "https://www.rfc-editor.org/rfc/rfc4287",
    "RFC 5005": "https://www.rfc-editor.org/rfc/rfc5005",
    "RFC 7303": "https://www.rfc-editor.org/rfc/rfc7303",
    "RFC 8259": "https://www.rfc-editor.org/rfc/rfc8259",
    "RFC 3987": "https://www.rfc-editor.org/rfc/rfc3987",
    "RSS profile": "https://www.rssboard.org/rss-profile",
    "RSS 0.91": "https://www.rssboard.org/rss-0-9-1",
    "RSS 2.0": "https://www.rssboard.org/rss-specification",
    "JSON Feed": "https://www.jsonfeed.org/version/1.1/",
    "BCP 47": "https://www.rfc-editor.org/info/bcp47",
    "XML 1.0": "https://www.w3.org/TR/xml/",
    "Namespaces in XML": "https://www.w3.org/TR/xml-names/",
    "HTML": "https://html.spec.whatwg.org/multipage/syntax.html",
    "Media RSS": "https://www.rssboard.org/media-rss",
    "GeoRSS": "https://www.ogc.org/standard/georss/",
    "Apple": "https://podcasters.apple.com/support/823-podcast-requirements",
    "OPML": "https://opml.org/spec2.opml",
}


def address_of_rule(section: str) -> str:
    """Return the address of the document that a section names first; that of RSS 2.0 where it names none."""
    found = [(section.index(name), address) for name, address in _DOCUMENTS.items() if name in section]
    return min(found)[1] if found else _DOCUMENTS["RSS 2.0"]


def page() -> str:
    """Return the page of the documentation that explains all codes, as Markdown."""
    lines = ["# What `feeds validate` finds", "", *_FOREWORD, ""]
    for code in sorted(EXPLANATIONS):
        lines += [f"## {code}", "", explain_in_markdown(code), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


_FOREWORD = (
    "Each finding has a code, which `--select` and `--ignore` take and `feeds validate --explain CODE` explains.",
    "Errors break a specification; warnings are what readers trip over. [rules.md](rules.md) has the rules of each",
    "specification with the codes that they have here. This page is made by `python -m feeds.validation.codes`.",
)

if __name__ == "__main__":
    print(page(), end="")
