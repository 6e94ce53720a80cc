"""What people correct in an item -> its content. What the source states stays stored, and is matched as it was."""

from __future__ import annotations

import html
import re

from feeds.content.markup import absolute_link
from feeds.content.normalise import clean_text
from feeds.model import Author, Content, Correction, Enclosure

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def cleaned(correction: Correction) -> Correction:
    """Return a correction that every output can hold: clean text, addresses as URIs; "" for what is nothing then."""
    paragraphs = [clean_text(paragraph)[0] for paragraph in _BLANK_LINES.split(correction.text)]
    return correction._replace(
        title=clean_text(correction.title)[0],
        link=absolute_link(correction.link) or "",
        text="\n\n".join(filter(None, paragraphs)),
        summary=clean_text(correction.summary)[0],
        author=clean_text(correction.author)[0],
        image=absolute_link(correction.image) or "",
    )


def corrected(content: Content, correction: Correction) -> Content:
    """Return a content with what was corrected, by a correction that is clean."""
    if correction.title:
        content = content._replace(title=correction.title)
    if correction.text:
        paragraphs = correction.text.split("\n\n")
        content = content._replace(
            text=correction.text,
            html="".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in paragraphs),
        )
    if correction.summary:
        content = content._replace(summary=correction.summary, stated_summary=correction.summary)
    if correction.author:
        content = content._replace(authors=(Author(correction.author),))
    if correction.image:
        others = tuple(file for file in content.enclosures if file != content.picture)
        picture = Enclosure(address=correction.image, media_type="", length=0, is_picture=True)
        content = content._replace(enclosures=(picture, *others))
    return content
