"""Whose the output folder is, and how far it is: told by the ids in the feed that is served there.

What a history has published it knows. An output with entries that it does not know is that of another site, or of a
time after the backup from which the history was restored: publishing over it would take news from subscribers.
"""

from __future__ import annotations

from feeds import publish
from feeds.build.run import Run
from feeds.model import ATOM, HistoryError, OtherSiteError

LOST = "lost-history"
_ATOM = "{http://www.w3.org/2005/Atom}"
_LARGEST = 64 * 1024 * 1024  # bytes of a feed that is looked at


def check(run: Run) -> None:
    """Refuse to publish over what the history knows nothing of.

    Raises:
        OtherSiteError: no entry of the output is known.
        HistoryError: some are not, or the history knows of no run at all.
    """
    history = run.history
    if LOST in run.allow:
        return
    was_published = any(publish.current(folder, ATOM.file) for folder in (run.output, run.served))
    if not history.state("publishing"):
        if was_published:
            raise HistoryError(
                history.path,
                f"knows of no run, but {run.output} holds feeds: what they remember would be lost, and their entries "
                f"announced again; put a backup of the file in its place, or begin anew with --allow {LOST}",
            )
        return
    state = history.documents.get(ATOM.file)
    if state and publish.looks_published(run.served, ATOM.file, state):
        return
    published = _ids(run)
    unknown = history.entries.unknown_ids(published)
    if unknown and len(unknown) == len(published):
        raise OtherSiteError(
            run.served,
            f"belongs to another site: '{run.config.title}' knows nothing of its entries ({unknown[0]}); give another "
            f"--output, or empty the folder; if it is the site's own, its history was lost: --allow {LOST}",
        )
    if unknown:
        raise HistoryError(
            history.path,
            f"is older than {run.served}: {len(unknown)} of its last entries are unknown ({unknown[0]}), and would "
            f"vanish; put a newer backup of the file in its place, or give them up with --allow {LOST}",
        )


def _ids(run: Run) -> list[str]:
    """The ids of the entries of the main feed as it is served; none where it is no feed."""
    body = publish.read(run.served, ATOM.file, _LARGEST)
    if body is None:
        return []
    from lxml import etree

    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError:
        return []  # nobody's feed: a file that was damaged is put right
    return [str(found.text).strip() for found in root.iterfind(f"{_ATOM}entry/{_ATOM}id") if found.text]
