"""What readers are told in the place of news: that an entry was withdrawn, that a feed has ended."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import replace

from feeds.config import Config
from feeds.model import Entry, FeedSpec, Origin

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


# The title of the last entry of a feed; the sentence; where it goes on, which takes the name and address of a feed.
_ENDED = {
    "en": ("This feed has ended", "Nothing will be added to “{}” any more.", "It goes on in “{}”: {}"),
    "es": ("Este canal ha terminado", "No se añadirá nada más a «{}».", "Continúa en «{}»: {}"),
    "fr": ("Ce flux est terminé", "Rien ne sera plus ajouté à « {} ».", "Il continue dans « {} » : {}"),
    "pt": ("Este canal terminou", "Nada mais será acrescentado a “{}”.", "Continua em “{}”: {}"),
}


def ended(spec: FeedSpec, feed_id: str, when: dt.datetime, to: FeedSpec | None, note: str, config: Config) -> Entry:
    """The last entry of a feed: that it has ended, and where it goes on."""
    title, sentence, onward = _ENDED.get(config.language.split("-")[0].lower(), _ENDED["en"])
    parts = [sentence.format(spec.title), note]
    link = config.base_url
    if to:
        link = f"{config.base_url}{to.path}/atom.xml"
        parts.append(onward.format(to.title, link))
    text = " ".join(filter(None, parts))
    return Entry(
        id=f"{feed_id}/ended",
        title=title,
        link=link,
        page="",
        published=when,
        precision="second",
        updated=when,
        summary=text,
        content_html=f"<p>{html.escape(text, quote=False)}</p>",
        language=config.language,
        origin=Origin("", "", 0),
        categories=(),
    )
