"""The pages that follow the first one of a source, as further documents of it."""

from __future__ import annotations

from urllib.parse import urlsplit

from feeds.config import Source
from feeds.fetch import Answer, Body, Resource
from feeds.model import Candidate, Origin, Problem, SourceError
from feeds.pipeline.downloads import get_document, make_body, remember_robots, robots_of
from feeds.pipeline.items import read_items
from feeds.pipeline.run import Run


def follow(run: Run, source: Source, first: Resource, read_all: bool) -> list[Resource]:
    """Return the pages that follow the first one, up to one that ends with an item which is known, once in a run.

    A page counts as known by its last item: what is pinned on top of it says nothing of the others. Where a page fails,
    those before it are used, and the next run goes on whatever is known.

    Args:
        read_all: also beyond known items: the source is read for the first time as it is configured now.
    """
    if source.name not in run.next_pages:
        key = f"left-over:{source.name}"  # downloads asks for it too
        found, failed = _follow(run, source, first, read_all or bool(run.history.state(key)))
        run.next_pages[source.name] = (found, failed)
        run.history.remember(key, "yes" if failed else "")
        remember_robots(run)
    found, failed = run.next_pages[source.name]
    run.report.problems += failed
    return list(found)


def _follow(run: Run, source: Source, first: Resource, beyond_known: bool) -> tuple[list[Body], list[Problem]]:
    from feeds.sources.next_page import find_next

    answer = run.answers[source.name]
    assert isinstance(answer, Answer)
    found: list[Body] = []
    page, host, asked, digests = first, urlsplit(answer.address).netloc, {source.url, answer.address}, {first.digest()}
    last = _last_item(run, source, page)
    for number in range(2, source.pages + 1):
        if last is None or (not beyond_known and run.history.entries.is_known(last, (source.name, *source.was))):
            break
        address = find_next(page, answer.address, source, answer.link)
        if not address or address in asked:
            break
        asked.add(address)
        try:
            if urlsplit(address).netloc != host:
                raise SourceError("next-page", "is at another host, and is not followed there")
            answer = get_document(run.config, source, address, robots_of(run))
        except SourceError as error:
            message = f"page {number} of source '{source.name}' {error.message}; the pages before it are used"
            return found, [Problem(Origin(source.name, address, 0), error.code, message, "warning")]
        page = body = make_body(address, answer)
        last = _last_item(run, source, body)
        if last and body.digest() not in digests:
            found.append(body)
        digests.add(body.digest())
    return found, []


def _last_item(run: Run, source: Source, page: Resource) -> Candidate | None:
    """The last item of a page, None where it has none."""
    try:
        candidates = [item.candidate for item in read_items(run.config, source, page, run.now) if item.candidate]
    except SourceError:
        return None
    return candidates[-1] if candidates else None
