"""Threads of one classifier's own: what waits for its database waits in them, and holds up no other classifier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from ratchet.errors import UnavailableError

P = ParamSpec("P")
T = TypeVar("T")

MOST = 8
"""How many requests of one classifier may be at work at once, ``POST predict`` not counted."""
PATIENCE_SECONDS = 10.0
"""How long a request waits for one of the threads."""
_END = object()


class Threads:
    """A few threads, and a queue in front of them; begun when they are needed, ended with the object."""

    def __init__(self, most: int = MOST, *, patience: float | None = None) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="ratchet-web")
        self._most = most
        self._patience = PATIENCE_SECONDS if patience is None else patience

    async def run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What ``work`` returns or raises.

        Raises `UnavailableError` where no thread came free in time; the work is not begun then, and never will be.
        """
        submitted = self._pool.submit(work, *args, **named)
        result = asyncio.wrap_future(submitted)
        await asyncio.wait([result], timeout=self._patience)
        if not result.done() and submitted.cancel():
            raise UnavailableError(
                f"{self._most} requests for this classifier are at work, and none ended in {self._patience:g} s",
                todo="ask again; if it lasts, see what keeps its database busy",
            )
        return await result

    async def each(self, items: Iterator[T]) -> AsyncIterator[T]:
        """The items, each made in a thread; waits for one as long as it takes, since the answer is on its way."""
        while (item := await asyncio.wrap_future(self._pool.submit(next, items, _END))) is not _END:
            yield item  # type: ignore[misc]
