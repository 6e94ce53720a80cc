"""The sources that are addresses -> documents, fetched side by side; what failed is said, with since when."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence

from feeds import config, fetch
from feeds.build.run import Run, Step
from feeds.model import Origin, Problem, SourceError

LARGEST = 10 * 1024 * 1024  # bytes of a document from an address
_SIDE_BY_SIDE = 8
_TRIES = 3


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
        if not sources:
            return
        from concurrent.futures import ThreadPoolExecutor

        known = [fetch.Validators() if again else self._validators(source) for source in sources]
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            for source, answer in zip(sources, pool.map(_get, sources, known), strict=True):
                self._answers[source.name] = answer
                self._note(source, answer)

    def _validators(self, source: config.Source) -> fetch.Validators:
        """What the server said of the document, if it is the one of which all items were taken: one that was held, or
        had a problem, is to be sent again.
        """
        stated = self.history.state(f"fetched:{source.name}")
        taken = self.history.inputs.get(source.name, source.url)
        if not stated or taken is None:
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
        return [fetch.Body(source.url, source.url, answer.body, charset_of(answer.content_type))]

    def unchanged(self, source: config.Source) -> int:
        """How many items a document has that did not change."""
        answer = self._answers[source.name]
        known = self.history.inputs.get(source.name, source.url)
        return known.items if known and isinstance(answer, fetch.Answer) and answer.is_unchanged else 0


def charset_of(content_type: str) -> str:
    """The encoding that a Content-Type states, "" where it states none that is known."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    try:
        return codecs.lookup(match[1]).name if match else ""
    except LookupError:
        return ""


def _get(source: config.Source, known: fetch.Validators) -> fetch.Answer | SourceError:
    try:
        answer = fetch.get(
            source.url, LARGEST, private=source.private, robots=source.robots, validators=known, tries=_TRIES
        )
    except SourceError as error:
        return error
    if len(answer.body) > LARGEST:
        return SourceError("too-large", f"has more than {LARGEST} bytes")
    if not answer.body.strip() and not answer.is_unchanged:
        return SourceError("no-items", "answered with nothing")
    return answer
