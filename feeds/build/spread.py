"""Work that comes in batches -> their results in the same order, here or by the processes of an executor.

What is spread is pure: functions of values that can be pickled. Nothing here knows what they do.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

_Kept = TypeVar("_Kept")
_Batch = TypeVar("_Batch")
_Made = TypeVar("_Made")
TOGETHER = 50  # items that go through a step at a time: validated one by one, they take nearly twice as long
_AHEAD = 8  # batches that are handed out before the first of them is done: more are memory, fewer are idle processes
_FEW = 60  # batches that are done before a process could be of use: it takes half a second to load what they need
_MOST = 4  # processes besides this one, which stores what they made and is then the one that they wait for


class Processes(Executor):
    """An executor that does a little work itself, and starts processes when there is much.

    Of one core it makes none. What this process holds open and locked the others do not inherit; they end when it does,
    however that comes about.
    """

    def __init__(self, most: int | None = None) -> None:
        """Args: most: processes besides this one; None for as many as there are other cores, but no more than four."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._most = min(_MOST, cores - 1) if most is None else most
        self._done = 0
        self._pool: Executor | None = None

    def submit(self, work: Callable[..., Any], /, *values: Any, **named: Any) -> Future[Any]:
        """Do the work, now or by a process."""
        if self._done < _FEW or not self._most:
            self._done += 1
            future: Future[Any] = Future()
            try:
                future.set_result(work(*values, **named))
            except Exception as error:
                future.set_exception(error)
            return future
        if self._pool is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            fresh = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._most, fresh, initializer=_end_with_parent)
        return self._pool.submit(work, *values, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes."""
        if self._pool:
            self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _end_with_parent() -> None:
    """Let this process end when the one that started it is killed: it would wait for ever."""
    import multiprocessing
    import threading

    if parent := multiprocessing.parent_process():
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)


def spread(
    executor: Executor | None, work: Callable[[_Batch], _Made], batches: Iterable[tuple[_Kept, _Batch]]
) -> Iterator[tuple[_Kept, _Made]]:
    """What was made of each batch, in order; without an executor one after the other, here.

    An error of the work is raised where its batch would have come.

    Args:
        batches: each with what is to come back beside what is made of it, and is not sent.
    """
    if executor is None:
        for kept, batch in batches:
            yield kept, work(batch)
        return
    waiting: deque[tuple[_Kept, Future[_Made]]] = deque()
    try:
        for kept, batch in batches:
            waiting.append((kept, executor.submit(work, batch)))
            if len(waiting) >= _AHEAD:
                first, made = waiting.popleft()
                yield first, made.result()
        while waiting:
            first, made = waiting.popleft()
            yield first, made.result()
    finally:
        for _, made in waiting:
            made.cancel()


def batched(values: Iterable[_Batch], size: int) -> Iterator[list[_Batch]]:
    """The values in lists of that many."""
    rest = iter(values)
    while batch := list(itertools.islice(rest, size)):
        yield batch
