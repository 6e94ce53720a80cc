"""The sources at an address or of a command -> documents, several at a time; one that fails is reported since when."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from functools import partial

from feeds import fetch
from feeds.config import Config, Source
from feeds.config.limits import DOWNLOAD_BYTES
from feeds.fetch import Access, Answer, Body, Resource, Robots, Validators, recheck
from feeds.fetch.lanes import host_of, make_lanes, run_in_threads
from feeds.fetch.web import robots_place
from feeds.history.source_documents import SourceDocument
from feeds.model import Origin, Problem, SourceError
from feeds.noop import FETCHED
from feeds.pipeline.failures import describe_failure, is_caused_by_input
from feeds.pipeline.run import Run

_TRIES = 3
_SECONDS = 30.0  # that all tries may take
_COMMAND_SECONDS = 120
_ROBOTS_AGE = 24 * 60 * 60  # seconds that a robots.txt is kept (RFC 9309 2.4)
_ROBOTS_KEPT = 200  # of hosts
# Keys of the state in the history: when a source was asked last, and since when it fails.
_ASKED, _FAILING = "asked:{}", "failing:{}"
_STILL = Answer("", "", b"", is_unchanged=True)  # of a source that is not to be asked yet


def request(run: Run, sources: Sequence[Source], read_all: bool) -> None:
    """Fetch what is at the addresses of sources, once in a run; what did not change since then is not sent again.

    Args:
        read_all: also what did not change.
    """
    run.answers = {
        name: _unless_blank(answer)
        for name, answer in run.answers.items()
        if not (read_all and isinstance(answer, Answer) and answer.is_unchanged)
    }
    if not read_all:
        run.answers.update((source.name, _STILL) for source in sources if _is_left_alone(run, source))
    wanted = [source for source in sources if source.name not in run.answers]
    known = [Validators() if read_all else _validators(run, source) for source in wanted]
    robots = robots_of(run)
    hosts = [host_of(source.url) or source.name for source in wanted]
    work = partial(_get, run.config, robots)
    answers = run_in_threads(work, wanted, known, lanes=make_lanes(hosts, run.config.fetch.per_host))
    run.answers.update(zip((source.name for source in wanted), answers, strict=True))
    for source in wanted:
        if source.every:
            run.history.remember(_ASKED.format(source.name), str(int(run.now.timestamp())))
    remember_robots(run)
    for source in sources:
        _note(run, source, run.answers[source.name])


def access(config: Config, source: Source, address: str) -> Access:
    """Return how a server is asked for something of a source: in a private network without the proxy.

    What the source says of its own host is for no other: neither passwords nor the way into a private network.
    """
    own, host = host_of(source.url or source.base_url), host_of(address)
    if own and host != own:
        return Access(private=False, proxy=config.fetch.proxy, user_agent=config.fetch.user_agent)
    return Access(
        private=source.private,
        proxy="" if source.private else config.fetch.proxy,
        user_agent=config.fetch.user_agent,
        headers=source.headers,
        netrc=source.netrc,
    )


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


def _is_left_alone(run: Run, source: Source) -> bool:
    """Return True if a source answered well less than its `every` ago, and what it said then is used."""
    due = _due(run, source)
    return due > run.now.timestamp() and not run.history.state(_FAILING.format(source.name))


def _due(run: Run, source: Source) -> float:
    """When a source is to be asked again, in seconds since 1970; 0 for now. A tenth before: cron is not exact."""
    asked = run.history.state(_ASKED.format(source.name)) if source.every else ""
    if not asked or int(asked) > run.now.timestamp() or _used_document(run, source) is None:
        return 0
    return int(asked) + source.every * 0.9


def _validators(run: Run, source: Source) -> Validators:
    """What the server said of the document, if it is the one that was read and used."""
    used = _used_document(run, source)
    if used is None:
        return Validators()
    _, etag, last_modified = json.loads(run.history.state(FETCHED.format(source.name)))
    return Validators(etag, last_modified)


def _used_document(run: Run, source: Source) -> SourceDocument | None:
    """The document of a source that was fetched last, if it is the one that was read and used. One of a source that was
    held back, or with an item that waits for today, is to be sent again.
    """
    stated = run.history.state(FETCHED.format(source.name))
    used = run.history.source_documents.get(source.name, source.document)
    is_left_over = source.pages > 1 and run.history.state(f"left-over:{source.name}")
    if not stated or used is None or used.is_due(run.now.timestamp()) or is_left_over:
        return None
    return used if json.loads(stated)[0] == used.digest.hex() else None


def question_of(run: Run, source: Source) -> tuple[str, int] | None:
    """Return how the next run is to ask whether the document of a source changed ("" for not at all), and until when
    that is all it has to do (seconds since 1970, 0 for ever); None where it has more to do.
    """
    used = _used_document(run, source)
    if due := _due(run, source):
        return "", int(due)
    if not source.url or used is None:
        return None
    until = [used.until] if used.until else []
    if source.robots:
        at, _ = json.loads(run.history.state("robots") or "{}").get(robots_place(source.url), (None, ""))
        if at is None:
            return None
        until.append(int(at) + _ROBOTS_AGE)
    question = recheck.question(
        source.url,
        access(run.config, source, source.url),
        per_host=run.config.fetch.per_host,
        most=DOWNLOAD_BYTES,
        seconds=_SECONDS,
        tries=_TRIES,
    )
    return (question, min(until, default=0)) if question else None


def _note(run: Run, source: Source, answer: Answer | SourceError) -> None:
    """Store the validators, and since when a source fails; report that it does."""
    key = _FAILING.format(source.name)
    if isinstance(answer, Answer):
        if not answer.is_unchanged:
            [document] = downloaded_documents(run, source)
            stated = (document.digest().hex(), answer.validators.etag, answer.validators.last_modified)
            run.history.remember(FETCHED.format(source.name), json.dumps(stated))
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
    return _unless_blank(answer)


def _unless_blank(answer: Answer | SourceError) -> Answer | SourceError:
    if isinstance(answer, Answer) and not answer.is_unchanged and not answer.body.strip():
        return SourceError("no-items", "answered with nothing")
    return answer


def get_document(
    config: Config,
    source: Source,
    address: str,
    robots: Robots,
    known: Validators | None = None,
    most: int = DOWNLOAD_BYTES,
    seconds: float = _SECONDS,
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
