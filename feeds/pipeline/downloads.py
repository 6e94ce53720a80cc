"""The sources at an address or of a command -> documents, several at a time; one that fails is reported since when."""

from __future__ import annotations

import codecs
import contextlib
import json
import queue
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from feeds import fetch
from feeds.config import Config, Source
from feeds.config.limits import DOWNLOAD_BYTES
from feeds.fetch import Access, Answer, Body, Resource, Robots, Validators
from feeds.history.source_documents import SourceDocument
from feeds.model import Origin, Problem, SourceError
from feeds.pipeline.failures import describe_failure, is_caused_by_input
from feeds.pipeline.run import Run

_SIDE_BY_SIDE = 8  # servers that are asked at a time: sites have a dozen of sources, and most answer within a second
_TRIES = 3
_COMMAND_SECONDS = 120
_ROBOTS_AGE = 24 * 60 * 60  # seconds that a robots.txt is kept (RFC 9309 2.4)
_ROBOTS_KEPT = 200  # of hosts
_Made = TypeVar("_Made")


def request(run: Run, sources: Sequence[Source], read_all: bool) -> None:
    """Fetch what is at the addresses of sources, once in a run; what did not change since then is not sent again.

    Args:
        read_all: also what did not change.
    """
    wanted = [source for source in sources if source.name not in run.answers]
    known = [Validators() if read_all else _validators(run, source) for source in wanted]
    robots = robots_of(run)
    hosts = [_host(source.url) or source.name for source in wanted]
    work = partial(_get, run.config, robots)
    answers = run_in_threads(work, wanted, known, lanes=_lanes(hosts, run.config.fetch.per_host))
    run.answers.update(zip((source.name for source in wanted), answers, strict=True))
    remember_robots(run)
    for source in sources:
        _note(run, source, run.answers[source.name])


def access(config: Config, source: Source, address: str) -> Access:
    """Return how a server is asked for something of a source: in a private network without the proxy.

    What the source says of its own host is for no other: neither passwords nor the way into a private network.
    """
    own, host = _host(source.url or source.base_url), _host(address)
    if own and host != own:
        return Access(private=False, proxy=config.fetch.proxy, user_agent=config.fetch.user_agent)
    return Access(
        private=source.private,
        proxy="" if source.private else config.fetch.proxy,
        user_agent=config.fetch.user_agent,
        headers=source.headers,
        netrc=source.netrc,
    )


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def robots_of(run: Run) -> Robots:
    """Return what is known of the robots.txt of hosts: what was fetched in this run, or less than a day ago."""
    if run.robots is None:
        stored = json.loads(run.history.state("robots") or "{}")
        now = run.now.timestamp()
        run.robots = Robots({place: text for place, (at, text) in stored.items() if 0 <= now - at < _ROBOTS_AGE})
    return run.robots


def remember_robots(run: Run) -> None:
    """Store what was fetched of robots.txt."""
    robots = robots_of(run)
    if robots.fetched:
        stored = json.loads(run.history.state("robots") or "{}")
        now = run.now.timestamp()
        fetched = {place: (now, text) for place, text in robots.fetched.items()}
        newest = sorted({**stored, **fetched}.items(), key=lambda one: one[1][0])[-_ROBOTS_KEPT:]
        run.history.remember("robots", json.dumps(dict(newest)))


def _validators(run: Run, source: Source) -> Validators:
    """What the server said of the document, if it is the one that was read and used. One of a source that was held
    back, or with an item that waits for today, is to be sent again.
    """
    stated = run.history.state(f"fetched:{source.name}")
    used = run.history.source_documents.get(source.name, source.document)
    is_left_over = source.pages > 1 and run.history.state(f"left-over:{source.name}")
    if not stated or used is None or used.is_due(run.now.timestamp()) or is_left_over:
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
    run.report.problems.append(Problem(Origin(source.name, source.document, 0), answer.code, message))


def downloaded_documents(run: Run, source: Source) -> list[Resource]:
    """Return the document of a source; none where it failed or did not change."""
    answer = run.answers[source.name]
    if isinstance(answer, SourceError) or answer.is_unchanged:
        return []
    return [make_body(source.document, answer)]


def make_body(name: str, answer: Answer) -> Body:
    """Return a response as a document of that name."""
    return Body(
        name=name,
        shown=name,
        body=answer.body,
        charset=stated_charset(answer.content_type),
        language=answer.language,
    )


def unchanged_document(run: Run, source: Source) -> SourceDocument | None:
    """Return the document of a source as it was read, where it did not change."""
    answer = run.answers[source.name]
    is_unchanged = isinstance(answer, Answer) and answer.is_unchanged
    return run.history.source_documents.get(source.name, source.document) if is_unchanged else None


def stated_charset(content_type: str) -> str:
    """The encoding that a Content-Type states, "" where it states none that is known."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    try:
        return codecs.lookup(match[1]).name if match else ""
    except LookupError:
        return ""


def _lanes(hosts: Sequence[str], per_host: int) -> list[list[int]]:
    """Share out tasks to lanes, in each of which one follows the other: no host has more than `per_host` lanes."""
    of_host: dict[str, list[int]] = defaultdict(list)
    for number, host in enumerate(hosts):
        of_host[host].append(number)
    shared = (numbers[at::per_host] for numbers in of_host.values() for at in range(per_host))
    return sorted(filter(None, shared), key=len, reverse=True)


def run_in_threads(work: Callable[..., _Made], *arguments: Sequence[Any], lanes: list[list[int]]) -> list[_Made]:
    """What work made of each of the arguments, several at a time, in their order.

    The threads are daemons: a signal that ends the run need not wait for a server that does not answer.

    Args:
        lanes: numbers of tasks that follow each other.
    """
    from concurrent.futures import Future

    waiting: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Callable[[], _Made]]] = queue.SimpleQueue()
    tasks = list(zip(*arguments, strict=True))
    for lane in lanes:
        waiting.put(lane)

    def take() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                for number in waiting.get_nowait():
                    future: Future[_Made] = Future()
                    try:
                        future.set_result(work(*tasks[number]))
                    except BaseException as error:
                        future.set_exception(error)
                    done.put((number, future.result))

    for _ in range(min(_SIDE_BY_SIDE, len(lanes))):
        threading.Thread(target=take, daemon=True).start()
    made = dict(done.get() for _ in tasks)
    return [made[number]() for number in range(len(tasks))]


def _get(config: Config, robots: Robots, source: Source, known: Validators) -> Answer | SourceError:
    try:
        if source.command:
            body = fetch.run(source.command, config.folder, DOWNLOAD_BYTES, _COMMAND_SECONDS)
            answer = Answer(source.document, "", body)
        else:
            answer = get_document(config, source, source.url, robots, known)
    except SourceError as error:
        return error
    except Exception as error:
        if not is_caused_by_input(error):
            raise
        failure = describe_failure(error)
        message = f"made this program fail ({failure.kind} in {failure.place}); please report it"
        return SourceError("internal", message)
    if not answer.body.strip() and not answer.is_unchanged:
        return SourceError("no-items", "answered with nothing")
    return answer


def get_document(
    config: Config,
    source: Source,
    address: str,
    robots: Robots,
    known: Validators | None = None,
    most: int = DOWNLOAD_BYTES,
    seconds: float = 30,
    tries: int = _TRIES,
) -> Answer:
    """Fetch a document of a source.

    Args:
        known: the validators of the document as it was last read.
        most: bytes.
        seconds: that it may take, all tries together.
        tries: how often at the most.

    Raises:
        SourceError: as for fetch.get, and where it is larger.
    """
    found = fetch.get(
        address,
        most,
        seconds,
        access=access(config, source, address),
        robots=robots if source.robots else None,
        validators=known,
        tries=tries,
    )
    if len(found.body) > most:
        raise SourceError("too-large", f"has more than {most} bytes")
    return found
