"""The sources at an address -> documents, fetched side by side; of one that fails it is reported since when."""

from __future__ import annotations

import codecs
import contextlib
import json
import queue
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from feeds import fetch
from feeds.config import Source
from feeds.config.limits import DOWNLOAD_BYTES
from feeds.fetch import Answer, Body, Resource, Validators
from feeds.history.source_documents import SourceDocument
from feeds.model import Origin, Problem, SourceError
from feeds.pipeline.failures import describe_failure, is_caused_by_input
from feeds.pipeline.run import Run

_SIDE_BY_SIDE = 8  # servers that are asked at a time: sites have a dozen of sources, and most answer within a second
_TRIES = 3
_Made = TypeVar("_Made")


def request(run: Run, sources: Sequence[Source], read_all: bool) -> None:
    """Fetch what is at the addresses of sources, once in a run; what did not change since then is not sent again.

    Args:
        read_all: also what did not change.
    """
    wanted = [source for source in sources if source.name not in run.answers]
    known = [Validators() if read_all else _validators(run, source) for source in wanted]
    answers = run_in_threads(_get, wanted, known)
    run.answers.update(zip((source.name for source in wanted), answers, strict=True))
    for source in sources:
        _note(run, source, run.answers[source.name])


def _validators(run: Run, source: Source) -> Validators:
    """What the server said of the document, if it is the one that was read and used. One of a source that was held
    back, or with an item that waits for today, is to be sent again.
    """
    stated = run.history.state(f"fetched:{source.name}")
    used = run.history.source_documents.get(source.name, source.url)
    if not stated or used is None or used.is_due(run.now.timestamp()):
        return Validators()
    digest, etag, last_modified = json.loads(stated)
    return Validators(etag, last_modified) if digest == used.digest.hex() else Validators()


def _note(run: Run, source: Source, answer: Answer | SourceError) -> None:
    """Store the validators, and since when a source fails; report that it does."""
    key = f"failing:{source.name}"
    if isinstance(answer, Answer):
        if not answer.is_unchanged:
            [document] = downloaded_documents(run, source)
            stated = (document.digest().hex(), answer.validators.etag, answer.validators.last_modified)
            run.history.remember(f"fetched:{source.name}", json.dumps(stated))
        run.history.remember(key, "")
        return
    since = run.history.state(key) or run.now.isoformat()
    run.history.remember(key, since)
    message = f"source '{source.name}' {answer.message}; it fails since {since[:16]}, its entries stay"
    run.report.problems.append(Problem(Origin(source.name, source.url, 0), answer.code, message))


def downloaded_documents(run: Run, source: Source) -> list[Resource]:
    """Return the document of a source; none where it failed or did not change."""
    answer = run.answers[source.name]
    if isinstance(answer, SourceError) or answer.is_unchanged:
        return []
    return [Body(source.url, source.url, answer.body, stated_charset(answer.content_type))]


def unchanged_document(run: Run, source: Source) -> SourceDocument | None:
    """Return the document of a source as it was read, where it did not change."""
    answer = run.answers[source.name]
    is_unchanged = isinstance(answer, Answer) and answer.is_unchanged
    return run.history.source_documents.get(source.name, source.url) if is_unchanged else None


def stated_charset(content_type: str) -> str:
    """The encoding that a Content-Type states, "" where it states none that is known."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    try:
        return codecs.lookup(match[1]).name if match else ""
    except LookupError:
        return ""


def run_in_threads(work: Callable[..., _Made], *arguments: Sequence[Any]) -> list[_Made]:
    """What work made of each of the arguments, several at a time, in their order.

    The threads are daemons: a signal that ends the run need not wait for a server that does not answer.
    """
    from concurrent.futures import Future

    waiting: queue.SimpleQueue[tuple[int, tuple[Any, ...]]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Callable[[], _Made]]] = queue.SimpleQueue()
    tasks = list(enumerate(zip(*arguments, strict=True)))
    for task in tasks:
        waiting.put(task)

    def take() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                number, values = waiting.get_nowait()
                future: Future[_Made] = Future()
                try:
                    future.set_result(work(*values))
                except BaseException as error:
                    future.set_exception(error)
                done.put((number, future.result))

    for _ in range(min(_SIDE_BY_SIDE, len(tasks))):
        threading.Thread(target=take, daemon=True).start()
    made = dict(done.get() for _ in tasks)
    return [made[number]() for number in range(len(tasks))]


def _get(source: Source, known: Validators) -> Answer | SourceError:
    try:
        answer = fetch.get(
            source.url, DOWNLOAD_BYTES, private=source.private, robots=source.robots, validators=known, tries=_TRIES
        )
    except SourceError as error:
        return error
    except Exception as error:
        if not is_caused_by_input(error):
            raise
        failure = describe_failure(error)
        message = f"made this program fail ({failure.kind} in {failure.place}); please report it"
        return SourceError("internal", message)
    if len(answer.body) > DOWNLOAD_BYTES:
        return SourceError("too-large", f"has more than {DOWNLOAD_BYTES} bytes")
    if not answer.body.strip() and not answer.is_unchanged:
        return SourceError("no-items", "answered with nothing")
    return answer
