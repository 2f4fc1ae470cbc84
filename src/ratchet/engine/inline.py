"""The engine without processes: for small tables, for debugging, and where no process may be started."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ratchet import clock
from ratchet.errors import JobError, LimitError

T = TypeVar("T")


class InlineEngine:
    """Runs each function at once, in the caller's thread.

    It cannot stop what runs: a function that took longer than ``seconds`` has a `JobError` for its result, but only
    when it has ended, ``memory_mb`` is not watched, and a crash takes the whole process along.
    """

    workers = 1

    def __init__(self) -> None:
        self._closed = False

    def submit(
        self,
        function: Callable[..., T],
        /,
        *args: Any,
        seconds: float | None = None,
        memory_mb: int | None = None,
    ) -> Future[T]:
        """Run ``function(*args)``; the future is settled when this returns."""
        name = f"{function.__module__}.{function.__qualname__}"
        if self._closed:
            raise JobError(f"{name} cannot run: the engine is closed", todo="open another")
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        began = clock.monotonic()
        try:
            result = function(*args)
        except Exception as error:  # the function's own, and so the future's
            future.set_exception(error)
            return future
        took = clock.monotonic() - began
        if seconds is not None and took > seconds:
            future.set_exception(
                LimitError(f"{name} took {took:.1f} s of {seconds:g} s", todo="give it more time, or less to do")
            )
        else:
            future.set_result(result)
        return future

    def interrupt(self) -> None:
        """Nothing runs while the caller does something else."""

    def close(self) -> None:
        """Take no more work."""
        self._closed = True
