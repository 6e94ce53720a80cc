"""Ask several servers at a time, and each of them no more than so many things at a time."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

SIDE_BY_SIDE = 8  # servers that are asked at a time: sites have a dozen of sources, and most answer within a second
_Made = TypeVar("_Made")
_Done = tuple[bool, Any]  # whether it was made, and what; or the error


def host_of(address: str) -> str:
    """Return the host of an address in lower case, "" where it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def make_lanes(hosts: Sequence[str], per_host: int | Mapping[str, int]) -> list[list[int]]:
    """Share out tasks to lanes, in each of which one follows the other.

    Args:
        hosts: of each task.
        per_host: how many lanes a host has at the most, or that of each host.

    Returns:
        The numbers of the tasks of each lane, the longest lane first.
    """
    of_host: dict[str, list[int]] = {}
    for number, host in enumerate(hosts):
        of_host.setdefault(host, []).append(number)
    lanes = []
    for host, numbers in of_host.items():
        width = per_host if isinstance(per_host, int) else per_host[host]
        lanes += [numbers[at::width] for at in range(width)]
    return sorted(filter(None, lanes), key=len, reverse=True)


def run_in_threads(
    work: Callable[..., _Made], *arguments: Sequence[Any], lanes: list[list[int]], threads: int = SIDE_BY_SIDE
) -> list[_Made]:
    """Return what work made of each of the arguments, several at a time, in their order.

    The threads are daemons: a signal that ends the run need not wait for a server that does not answer.

    Args:
        lanes: numbers of tasks that follow each other.
        threads: how many lanes are worked on at a time.
    """
    waiting: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, _Done]] = queue.SimpleQueue()
    tasks = list(zip(*arguments, strict=True))
    for lane in lanes:
        waiting.put(lane)

    def take() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                for number in waiting.get_nowait():
                    try:
                        done.put((number, (True, work(*tasks[number]))))
                    except BaseException as error:
                        done.put((number, (False, error)))

    for _ in range(min(threads, len(lanes))):
        threading.Thread(target=take, daemon=True).start()
    made = dict(done.get() for _ in tasks)
    for is_made, result in (made[number] for number in range(len(tasks))):
        if not is_made:
            raise result
    return [made[number][1] for number in range(len(tasks))]
