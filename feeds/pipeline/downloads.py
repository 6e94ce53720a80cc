"""The sources that are addresses -> documents, fetched side by side; what failed is said, with since when."""

from __future__ import annotations

import codecs
import contextlib
import json
import queue
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from feeds import config, fetch
from feeds.history.source_documents import SourceDocument
from feeds.model import Origin, Problem, SourceError
from feeds.pipeline.failures import describe_failure, is_caused_by_input
from feeds.pipeline.run import Run, Step

LARGEST = 10 * 1024 * 1024  # bytes of a document from an address
_SIDE_BY_SIDE = 8
_TRIES = 3
_Made = TypeVar("_Made")


class Web(Step):
    """The documents of addresses in a run."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._answers: dict[str, fetch.Answer | SourceError] = {}

    def request(self, sources: Sequence[config.Source], again: bool) -> None:
        """Fetch what is at their addresses; what did not change since it was last read is not sent again.

        Args:
            again: whether all is to be read even if it did not change.
        """
        wanted = [source for source in sources if source.name not in self._answers]
        known = [fetch.Validators() if again else self._validators(source) for source in wanted]
        self._answers.update(zip((source.name for source in wanted), run_in_threads(_get, wanted, known), strict=True))
        for source in sources:
            self._note(source, self._answers[source.name])

    def _validators(self, source: config.Source) -> fetch.Validators:
        """What the server said of the document, if it is the one that was read and taken: one that was held, or has an
        item that waited for today, is to be sent again.
        """
        stated = self.history.state(f"fetched:{source.name}")
        taken = self.history.inputs.get(source.name, source.url)
        if not stated or taken is None or taken.is_due(self.now.timestamp()):
            return fetch.Validators()
        digest, etag, last_modified = json.loads(stated)
        return fetch.Validators(etag, last_modified) if digest == taken.digest.hex() else fetch.Validators()

    def _note(self, source: config.Source, answer: fetch.Answer | SourceError) -> None:
        """Remember the validators, and since when a source fails; say that it does."""
        key = f"failing:{source.name}"
        if isinstance(answer, fetch.Answer):
            if not answer.is_unchanged:
                [document] = self.documents(source)
                stated = (document.digest().hex(), answer.validators.etag, answer.validators.last_modified)
                self.history.remember(f"fetched:{source.name}", json.dumps(stated))
            self.history.remember(key, "")
            return
        since = self.history.state(key) or self.now.isoformat()
        self.history.remember(key, since)
        message = f"source '{source.name}' {answer.message}; it fails since {since[:16]}, its entries stay"
        self.report.problems.append(Problem(Origin(source.name, source.url, 0), answer.code, message))

    def documents(self, source: config.Source) -> list[fetch.Resource]:
        """The document of a source; none where it failed or did not change."""
        answer = self._answers[source.name]
        if isinstance(answer, SourceError) or answer.is_unchanged:
            return []
        return [fetch.Body(source.url, source.url, answer.body, stated_charset(answer.content_type))]

    def unchanged(self, source: config.Source) -> SourceDocument | None:
        """The document of a source as it was read, where it did not change."""
        answer = self._answers[source.name]
        is_unchanged = isinstance(answer, fetch.Answer) and answer.is_unchanged
        return self.history.inputs.get(source.name, source.url) if is_unchanged else None


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


def _get(source: config.Source, known: fetch.Validators) -> fetch.Answer | SourceError:
    try:
        answer = fetch.get(
            source.url, LARGEST, private=source.private, robots=source.robots, validators=known, tries=_TRIES
        )
    except SourceError as error:
        return error
    except Exception as error:
        if not is_caused_by_input(error):
            raise
        found = describe_failure(error)
        return SourceError("internal", f"made this program fail ({found.kind} in {found.place}); please report it")
    if len(answer.body) > LARGEST:
        return SourceError("too-large", f"has more than {LARGEST} bytes")
    if not answer.body.strip() and not answer.is_unchanged:
        return SourceError("no-items", "answered with nothing")
    return answer
