"""What is said of a source once and not at each run: names of fields and of categories that nothing is made of."""

from __future__ import annotations

from feeds.content.normalise import clean_text, shorten
from feeds.model import Origin, Problem

_NAMED = 20  # names in a message
_SENTENCES = {
    "article": "pages of items could not be read, which stay as the list has them, and are tried again: {names}",
    "no-extractor": "texts are taken from pages that mark them; for all others install {names}, or say where they are, "
    "as article = {{ text = '.body' }}",
    "has-feed": "the page names what lists the same for programs, and may state more: {names}; look at it with feeds "
    "sources try",
    "no-table": "has texts in {names}, of which no table of countries is shipped: only English names are found in them",
    "no-topics": "has texts in {names}, in which the taxonomy has no phrases: they get no topics",
    "unused": "states what is not published: {names}",
    "unknown-categories": "has categories that are no tags here: {names}; say what they are, as categories = "
    "{{ 'Floods' = 'topics/disasters' }}, or publish them as they are, by categories = 'keep'",
}


def of_names(code: str, names: tuple[str, ...], origin: Origin) -> Problem:
    """Return the warning of a code that names all of these, or the first of many."""
    some = ", ".join(f"'{shorten(clean_text(name)[0], 60)}'" for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return Problem(
        origin=origin,
        code=code,
        message=_SENTENCES[code].format(names=some + more),
        severity="warning",
        names=names,
    )
