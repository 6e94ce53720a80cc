"""Map a function over batches of work in order, in this process or in those of an executor.

What is spread is pure: functions of values that can be pickled. Nothing here knows what they do.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

_Kept = TypeVar("_Kept")
_Batch = TypeVar("_Batch")
_Made = TypeVar("_Made")
_Result = TypeVar("_Result", covariant=True)
TOGETHER = 50  # items that go through a step at a time: validated one by one, they take nearly twice as long
HEAVY = 1 << 19  # characters of the texts that go through a step together: they take some 100 times as many bytes
_AHEAD = 8  # batches that are handed out before the first of them is done: more are memory, fewer are idle processes
_FEW = 300  # batches of some 10 ms that are done before processes are started, each of which takes half a second
_MOST = 4  # processes besides this one, which stores what they made and is then the one that they wait for


class Promise(Protocol[_Result]):
    """A result that may not exist yet; concurrent.futures.Future is one."""

    def result(self) -> _Result:
        """Return the result; raises what the work raised."""

    def cancel(self) -> bool:
        """Cancel the work."""


class Executor(Protocol):
    """The part of concurrent.futures.Executor that is used here."""

    def submit(self, work: Callable[[_Batch], _Made], batch: _Batch, /) -> Promise[_Made]:
        """Accept a function and its arguments."""


class Processes:
    """An executor that works in this process while there is little to do and starts others for more; a context manager.

    What this process holds open and locked the others do not inherit; they end when it does, however that comes about.

    Args:
        most: processes besides this one; None for as many as pay: half the cores, this process apart, up to four. Of
            two cores that is none (measured: the time stays the same and the CPU grows by a third).
    """

    def __init__(self, most: int | None = None) -> None:
        self._most, self._done = most, 0
        self._pool: Any = None  # concurrent.futures is not imported for a little work

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def submit(self, work: Callable[[_Batch], _Made], batch: _Batch, /) -> Promise[_Made]:
        """Run the function: in a process, or here when its result is needed."""
        self._done += 1
        if self._done > _FEW and self._most is None:
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
            self._most = min(_MOST, max(0, cores // 2 - 1))
        if self._done > _FEW and self._most and self._pool is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            fresh = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._most, fresh, initializer=_follow_parent)
        return _Work(self._pool, work, batch)


class _Work(Generic[_Batch, _Made]):
    """Work for another process; if that was killed, this process does it, which only costs time."""

    def __init__(self, pool: Any, work: Callable[[_Batch], _Made], batch: _Batch) -> None:
        self._work, self._batch = work, batch
        self._promise: Promise[_Made] | None = None
        if pool:
            with contextlib.suppress(_broken()), _uninterrupted():
                self._promise = pool.submit(work, batch)

    def result(self) -> _Made:
        if self._promise:
            with contextlib.suppress(_broken()):
                return self._promise.result()
        return self._work(self._batch)

    def cancel(self) -> bool:
        return self._promise is not None and self._promise.cancel()


def _broken() -> type[Exception]:
    """Return the exception that is raised when a process was killed."""
    from concurrent.futures import BrokenExecutor

    return BrokenExecutor


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Block SIGINT and SIGTERM while processes are started: only this one handles them, and after that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow_parent() -> None:
    """End this process when its parent is killed, else it would wait for ever."""
    import multiprocessing
    import threading

    if parent := multiprocessing.parent_process():
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)


def map_batches(
    executor: Executor | None, work: Callable[[_Batch], _Made], batches: Iterable[tuple[_Kept, _Batch]]
) -> Iterator[tuple[_Kept, _Made]]:
    """Yield the results of all batches in order; without an executor they are computed here.

    An error of the work is raised where its batch would have come.

    Args:
        batches: each with what is to come back beside what is made of it, and is not sent.
    """
    if executor is None:
        for kept, batch in batches:
            yield kept, work(batch)
        return
    waiting: deque[tuple[_Kept, Promise[_Made]]] = deque()
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


def make_batches(
    values: Iterable[_Batch], size: int, weight: Callable[[_Batch], int], most: int = HEAVY
) -> Iterator[list[_Batch]]:
    """Split values into lists of at most that many, fewer if the values are large.

    Args:
        weight: of a value, in characters.
        most: characters of a list, but for its last value.
    """
    batch: list[_Batch] = []
    heavy = 0
    for value in values:
        batch.append(value)
        heavy += weight(value)
        if len(batch) >= size or heavy >= most:
            yield batch
            batch, heavy = [], 0
    if batch:
        yield batch
