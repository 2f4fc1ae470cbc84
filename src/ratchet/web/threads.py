"""Threads of one classifier's own: what waits for its database waits in them, and holds up no other classifier."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from ratchet.errors import UnavailableError

P = ParamSpec("P")
T = TypeVar("T")

MOST = 8
"""How many requests of one classifier may be at work at once in each of its `ThreadPools`."""
PATIENCE_SECONDS = 10.0
"""How long a request waits for one of the threads."""
_END = object()
_Work = tuple[Future[Any], Callable[[], Any]]


class Threads:
    """A few threads, and a queue in front of them; begun when they are needed, ended with the object.

    They do not keep the process: work that waits for a database when the process ends is dropped.  The standard
    library's pool would wait for it, and SQLite's wait for a lock cannot be interrupted.
    """

    def __init__(self, most: int = MOST, *, patience: float | None = None) -> None:
        self._most = most
        self._patience = PATIENCE_SECONDS if patience is None else patience
        self._queue = SimpleQueue[_Work | None]()
        self._idle = threading.Semaphore(0)
        self._begun = 0

    async def run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What ``work`` returns or raises.

        Raises `UnavailableError` where no thread came free in time; the work is not begun then, and never will be.
        Nor is it where the caller is cancelled before.
        """
        submitted = self.submit(partial(work, *args, **named))
        result = asyncio.wrap_future(submitted)
        try:
            await asyncio.wait([result], timeout=self._patience)
            if not result.done() and submitted.cancel():
                raise UnavailableError(
                    f"{self._most} requests for this classifier are at work, and none ended in {self._patience:g} s",
                    todo="ask again; if it lasts, see what keeps its database busy",
                )
            return await result
        finally:
            result.cancel()  # and with it the work, where that is not begun

    async def each(self, items: Iterator[T]) -> AsyncIterator[T]:
        """The items, each made in a thread; waits for one as long as it takes, since the answer is on its way."""
        while (item := await asyncio.wrap_future(self.submit(partial(next, items, _END)))) is not _END:
            yield item

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """What ``work`` will have returned or raised; it runs in the caller's context.

        Called from one thread only, the event loop's.
        """
        future = Future[T]()
        self._queue.put((future, partial(contextvars.copy_context().run, work)))
        if not self._idle.acquire(blocking=False) and self._begun < self._most:
            self._begun += 1
            threading.Thread(target=_serve, args=(self._queue, self._idle), name="ratchet-web", daemon=True).start()
            weakref.finalize(self, self._queue.put, None).atexit = False
        return future


class ThreadPools:
    """The threads of one classifier: those that wait in one pool take no place in another."""

    def __init__(self) -> None:
        self.answering = Threads()
        """For answers, which need no database."""
        self.reading = Threads()
        """For what is read from the database, which waits for no writer."""
        self.writing = Threads()
        """For what is written to the database, which may wait for another writer."""


def _serve(queue: SimpleQueue[_Work | None], idle: threading.Semaphore) -> None:
    """Do what comes, until None comes."""
    while (item := queue.get()) is not None:
        future, work = item
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
        del item, future, work  # while this waits, it must hold on to nobody's request
        idle.release()
