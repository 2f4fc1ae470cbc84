"""The default engine: worker processes of this machine that can be killed."""

from __future__ import annotations

import pickle
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from ratchet.engine.lifeline import Lifeline
from ratchet.engine.slot import Slot
from ratchet.errors import JobError
from ratchet.platforms import cores

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A function to run, as it travels, with its limits."""

    name: str
    payload: bytes
    seconds: float | None
    memory_mb: int | None
    future: Future[Any]


class ProcessEngine:
    """Runs functions in at most ``workers`` processes that start when needed and stay for the next call.

    Functions are found by name, so they stand at the top of a module that can be imported (the caller's main module
    is never run again).  ``seconds`` counts from the moment the function begins; ``memory_mb`` is what its process and
    all it started may hold, measured twenty times a second.  A worker has its share of the machine's cores as its
    number of threads, unless ``OMP_NUM_THREADS`` is set.  Work ends with this process, however that ends.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._lifeline = Lifeline()
        self._slots: list[Slot] = []
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False
        self._changing = threading.Lock()

    def submit(
        self,
        function: Callable[..., T],
        /,
        *args: Any,
        seconds: float | None = None,
        memory_mb: int | None = None,
    ) -> Future[T]:
        """Run ``function(*args)`` when a worker is free.

        Raises `JobError` at once where function or arguments cannot travel, or where the engine is closed.
        """
        name = f"{function.__module__}.{function.__qualname__}"
        future: Future[T] = Future()
        call = Call(name=name, payload=_packed(function, args), seconds=seconds, memory_mb=memory_mb, future=future)
        with self._changing:
            if self._closed:
                raise JobError(f"{name} cannot run: the engine is closed", todo="open another")
            self._calls.put(call)
            self._idle -= 1
            if self._idle < 0 and len(self._slots) < self.workers:
                self._add_slot()
        return future

    def interrupt(self) -> None:
        """End all work there is: what waits is cancelled, what runs is killed and ends with `JobError`."""
        with self._changing:
            self._drain()
            for slot in self._slots:
                slot.interrupt()

    def close(self) -> None:
        """Stop everything at once: work that waits is cancelled, work that runs is killed and ends with `JobError`."""
        with self._changing:
            if self._closed:
                return
            self._closed = True
            for slot in self._slots:
                slot.stop()
            self._drain()
            for _ in self._threads:
                self._calls.put(None)
        for thread in self._threads:
            thread.join()
        self._lifeline.close()

    def _add_slot(self) -> None:
        slot = Slot(lifeline=self._lifeline, threads=max(1, cores() // self.workers))
        thread = threading.Thread(target=self._serve, args=(slot,), name=f"worker-{len(self._slots)}", daemon=True)
        self._slots.append(slot)
        self._threads.append(thread)
        self._idle += 1
        thread.start()

    def _serve(self, slot: Slot) -> None:
        while (call := self._calls.get()) is not None:
            if call.future.set_running_or_notify_cancel():
                slot.run(call.name, call.payload, call.seconds, call.memory_mb, call.future)
            del call
            with self._changing:
                self._idle += 1
        slot.kill()

    def _drain(self) -> None:
        while True:
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return
            if call is not None:
                call.future.cancel()
                self._idle += 1


def _packed(function: Callable[..., Any], args: tuple[Any, ...]) -> bytes:
    name = f"{function.__module__}.{function.__qualname__}"
    todo = "pass a function from the top of a module that can be imported, and arguments that can be pickled"
    if function.__module__ == "__main__":
        raise JobError(f"{name} cannot be sent to another process: the main module is not run again there", todo=todo)
    try:
        return pickle.dumps((function, args), protocol=5)
    except Exception as error:  # whatever a class's own pickling may raise
        raise JobError(f"{name} cannot be sent to another process: {error}", todo=todo) from None
