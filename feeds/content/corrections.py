"""What people correct in an item -> its content. What the source states stays stored, and is matched as it was."""

from __future__ import annotations

import html
import re

from feeds.model import Author, Content, Correction, Enclosure

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def corrected(content: Content, correction: Correction) -> Content:
    """Return a content with what was corrected; the text of a correction is plain, a blank line between paragraphs."""
    if correction.title:
        content = content._replace(title=correction.title)
    if correction.text:
        paragraphs = [paragraph.strip() for paragraph in _BLANK_LINES.split(correction.text.strip())]
        content = content._replace(
            text="\n\n".join(paragraphs),
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
