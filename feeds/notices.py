"""What is shown in the place of an entry that was withdrawn: that it was, when and why. Its id, date and feeds stay."""

from __future__ import annotations

import html
from dataclasses import replace

from feeds.model import Entry

# In the language of the entry: the mark before its title, and the sentence, which takes a date.
_WORDS = {
    "en": ("Withdrawn", "This item was withdrawn on {}."),
    "es": ("Retirado", "Esta noticia fue retirada el {}."),
    "fr": ("Retiré", "Cette nouvelle a été retirée le {}."),
    "pt": ("Retirado", "Esta notícia foi retirada em {}."),
}


def shown(entry: Entry) -> Entry:
    """The entry as it is published: itself, or the notice of its withdrawal."""
    if entry.withdrawn is None:
        return entry
    mark, sentence = _WORDS.get(entry.language.split("-")[0].lower(), _WORDS["en"])
    text = f"{sentence.format(entry.withdrawn.date().isoformat())} {entry.reason}".strip()
    return replace(
        entry, title=f"{mark}: {entry.title}", summary=text, content_html=f"<p>{html.escape(text, quote=False)}</p>"
    )
