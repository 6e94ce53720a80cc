"""Ask the servers of sources whether a document is still as it was used, before anything else of the program is loaded.

What is to be asked stands in the plan of the last run (noop), one line of JSON for each source.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from feeds.fetch import Body
from feeds.fetch.lanes import SIDE_BY_SIDE, host_of, make_lanes, run_in_threads
from feeds.fetch.web import Access, Answer, Validators, get
from feeds.model import SourceError

if TYPE_CHECKING:
    from feeds.noop import Addresses

Answers = dict[str, Answer | SourceError]


def question(address: str, access: Access, per_host: int, most: int, seconds: float, tries: int) -> str:
    """Return how an address is to be asked, as one line; "" where that would write a secret into the history.

    A header or proxy that names the environment ($NAME) is none, for it stays there.

    Args:
        per_host: requests to its host at a time.
        most, seconds, tries: as for get.
    """
    is_secret = any("$" not in value for _, value in access.headers) or (
        "@" in access.proxy and "$" not in access.proxy
    )
    limits = {"per_host": per_host, "most": most, "seconds": seconds, "tries": tries}
    return "" if is_secret else json.dumps({"address": address, "access": access._asdict(), **limits})


def ask(addresses: Addresses, threads: int = SIDE_BY_SIDE) -> Answers:
    """Return what the servers answer, by the names of the sources; without those for which this program failed.

    A body with the bytes that are known counts as unchanged: many servers state no validators (RFC 9110 8.8).

    Args:
        threads: how many hosts are asked at a time.
    """
    questions = [json.loads(how) for _, how, _ in addresses]
    stated = [json.loads(text or '["", "", ""]') for _, _, text in addresses]
    hosts = [host_of(one["address"]) for one in questions]
    lanes = make_lanes(hosts, _per_host(hosts, questions))
    answers = run_in_threads(_ask, questions, stated, lanes=lanes, threads=threads)
    return {name: answer for (name, _, _), answer in zip(addresses, answers, strict=True) if answer}


def are_unchanged(addresses: Addresses, answers: Answers) -> bool:
    """Return True if the document at each address is as it was used."""
    found = (answers.get(name) for name, _, _ in addresses)
    return all(isinstance(answer, Answer) and answer.is_unchanged for answer in found)


def _per_host(hosts: Sequence[str], questions: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The requests that each host gets at a time: as few as any of those who ask wants."""
    fewest: dict[str, int] = {}
    for host, question in zip(hosts, questions, strict=True):
        fewest[host] = min(question["per_host"], fewest.get(host, question["per_host"]))
    return fewest


def _ask(question: Mapping[str, Any], stated: Sequence[str]) -> Answer | SourceError | None:
    digest, etag, last_modified = stated
    access = Access(**question["access"])
    access = access._replace(headers=tuple((name, value) for name, value in access.headers))
    limits = {key: question[key] for key in ("seconds", "tries")}
    known = Validators(etag, last_modified)
    try:
        answer = get(question["address"], question["most"], access=access, validators=known, **limits)
    except SourceError as error:
        return error
    except Exception:  # the build asks again, and reports it
        return None
    if answer.is_unchanged or Body("", "", answer.body).digest().hex() != digest:
        return answer
    return answer._replace(body=b"", is_unchanged=True)
