"""The seam that says where work runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Engine(Protocol):
    """Runs module-level functions with limits.

    Promises: at most ``workers`` functions run at once; the future ends with the function's result, its own exception,
    a `ratchet.errors.LimitError` that says which limit was passed, or a `ratchet.errors.JobError` that says what else
    stopped it; a function over its limit is dead, with every process it started, when its future ends; a dead worker
    harms no other work; `interrupt` ends what runs, with `JobError`, and cancels what waits, and what comes after it
    runs as ever; `close` leaves no process behind.
    """

    workers: int

    def submit(
        self,
        function: Callable[..., T],
        /,
        *args: Any,
        seconds: float | None = None,
        memory_mb: int | None = None,
    ) -> Future[T]: ...

    def interrupt(self) -> None: ...

    def close(self) -> None: ...
