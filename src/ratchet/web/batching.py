"""Requests that arrive together are answered together.

Nobody waits for company: those that lie ready in one turn of the event loop make the batch, so a lone request pays
nothing, and under load batches grow by themselves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ratchet import clock
from ratchet.classifier import Prediction, Request
from ratchet.errors import RowError
from ratchet.web.threads import Threads

MOST_ROWS = 256
QUICK_SECONDS = 0.005
"""A batch expected to take longer than this runs in a thread, so that the event loop stays free."""

Answer = Callable[[Sequence[Request]], list[Prediction]]


class Batcher:
    """Gathers one classifier's requests and hands each its answer.  Belongs to one event loop, has one thread."""

    def __init__(self, answer: Answer, *, most_rows: int = MOST_ROWS, quick_seconds: float = QUICK_SECONDS) -> None:
        self._answer = answer
        self._most_rows = most_rows
        self._quick_seconds = quick_seconds
        self._waiting: deque[tuple[Request, asyncio.Future[Prediction]]] = deque()
        self._busy = False
        self._thread = Threads(1)
        self.batches = [0] * (most_rows.bit_length() + 1)
        """Batches so far, by the bits that their number of rows takes: the third has those of 2 and 3 rows."""
        self.rows = 0
        """Rows of all of them."""
        self._row_seconds = quick_seconds  # until it is known, a row counts as slow

    @property
    def waiting(self) -> int:
        """Requests that are in no batch yet."""
        return len(self._waiting)

    def ask(self, request: Request) -> asyncio.Future[Prediction]:
        """The answer to one request, or its own error, soon."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Prediction] = loop.create_future()
        self._waiting.append((request, future))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._next, loop)
        return future

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer what is waiting: here and now if that is quick, else in a thread."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most_rows))]
        if not batch:
            self._busy = False
            return
        self.batches[len(batch).bit_length()] += 1
        self.rows += len(batch)
        requests = [request for request, _ in batch]
        if self._row_seconds * len(requests) < self._quick_seconds:
            self._deliver(loop, batch, self._timed(requests))
        else:
            running = asyncio.wrap_future(self._thread.submit(partial(self._timed, requests)))
            running.add_done_callback(lambda done: self._deliver(loop, batch, done.result()))

    def _deliver(
        self,
        loop: asyncio.AbstractEventLoop,
        batch: list[tuple[Request, asyncio.Future[Prediction]]],
        answers: list[Any],
    ) -> None:
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue  # the client went away
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        if self._waiting:
            loop.call_soon(self._next, loop)
        else:
            self._busy = False

    def _timed(self, requests: Sequence[Request]) -> list[Prediction | Exception]:
        started = clock.monotonic()
        answers = answer_each(self._answer, requests)
        seconds = (clock.monotonic() - started) / len(requests)
        if all(isinstance(each, Exception) for each in answers):  # a database may have been asked, and may be again
            self._row_seconds = max(self._row_seconds, seconds)
        else:
            self._row_seconds += (seconds - self._row_seconds) * 0.2
        return answers


def answer_each(answer: Answer, requests: Sequence[Request]) -> list[Prediction | Exception]:
    """An answer or an error per request: one request's mistake is not another's."""
    try:
        return list(answer(requests))
    except RowError as error:
        if len(requests) == 1:
            return [error]
        return [answer_each(answer, [request])[0] for request in requests]
    except Exception as error:
        return [error] * len(requests)
