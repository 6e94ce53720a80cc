"""What subscribers would see of a source before anything is published, and whether that is believable.

Readers tell entries by their ids: an item that is listed again under another id is announced again. So a run in which
many items would be new although they are old, or in which most of a listing is gone, is not taken for news but for an
accident of the listing (an error page, a changed template, dates that moved by a day), and held.
"""

from __future__ import annotations

from typing import NamedTuple

FLOOD_LEAST = 5  # old items that would be new; fewer are an editor's, not an accident's
SHRINK_LEAST = 4  # items that a listing had; of fewer, less than half is nothing


class Impact(NamedTuple):
    """What a run would take from one source.

    Attributes:
        listed: items that are listed now.
        before: items that were listed when the source was last taken, 0 where it never was.
        new: those that no entry is known for.
        old: of these, how many look old: listed under a date before that of the newest entry known from the source,
            or with the title of an entry that is known.
    """

    source: str
    listed: int
    before: int
    new: int
    old: int


def judge(impact: Impact, flood: int, shrink: int) -> tuple[str, str] | None:
    """Why a source is not to be taken as it is: the name of what it looks like, and a sentence; None where it is.

    Args:
        flood: percent of the listed items that may be new although they look old.
        shrink: percent of the items listed before that must be there.
    """
    allow = f"put the listing right, or allow it once: --allow {{}}:{impact.source}"
    if impact.before >= SHRINK_LEAST and impact.listed * 100 < impact.before * shrink:
        message = f"source '{impact.source}' lists {impact.listed} items, and listed {impact.before} before"
        return "shrink", f"{message}; {allow.format('shrink')}"
    if impact.old >= FLOOD_LEAST and impact.old * 100 > impact.listed * flood:
        message = (
            f"source '{impact.source}' lists {impact.listed} items, of which {impact.old} would be announced as new "
            "although they look old"
        )
        return "flood", f"{message}; {allow.format('flood')}"
    return None
