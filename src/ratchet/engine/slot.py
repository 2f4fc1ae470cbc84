"""One place for a worker process: starts it, hands it a call, and kills it at a limit."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ratchet import clock
from ratchet.engine import process_tree
from ratchet.engine.lifeline import Lifeline
from ratchet.engine.worker import STARTED
from ratchet.errors import JobError, LimitError

_TICK = 0.05
"""Seconds between two looks at the limits."""
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
_PATIENCE = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads that wait for each other sleep.  Where the machine has other work too, those that spin take the cores from
those they wait for: boosting in two threads then takes four times as long as in one.
"""


class Slot:
    """Runs one call at a time, always from one thread; only `stop` and `interrupt` may be called from others."""

    def __init__(self, *, lifeline: Lifeline, threads: int) -> None:
        self._lifeline = lifeline
        self._threads = threads
        self._worker: subprocess.Popen[bytes] | None = None
        self._watch: process_tree.MemoryWatch | None = None
        self._connection: Connection[bytes, bytes] | None = None
        self._stopping = threading.Event()
        self._interrupted = threading.Event()

    def run(self, name: str, payload: bytes, seconds: float | None, memory_mb: int | None, future: Future[Any]) -> None:
        """Run a call to its end and settle its future; the worker of a call that did not end well is dead by then."""
        self._interrupted.clear()
        try:
            self._make_ready(memory_mb)
            answer = self._answer(payload, seconds, memory_mb)
        except JobError as error:
            self.kill()
            future.set_exception(error)
            return
        except BaseException as error:
            self.kill()
            future.set_exception(
                JobError(f"{name} could not be run: {error}", todo="see that processes can be started")
            )
            return
        try:
            good, result = pickle.loads(answer)  # nosec B301 # from our own child
        except Exception as error:  # whatever a class's own unpickling may raise
            good, result = False, JobError(f"the result of {name} cannot be read: {error}", todo="return plain values")
        if good:
            future.set_result(result)
        else:
            future.set_exception(result)

    def stop(self) -> None:
        """Make the call that runs, and any later one, end at once."""
        self._stopping.set()

    def interrupt(self) -> None:
        """Make the call that runs, if one does, end at once."""
        self._interrupted.set()

    def kill(self) -> int | None:
        """End the worker and all it started, and wait until they are gone; the code it ended with, if there was one."""
        worker, connection = self._worker, self._connection
        self._worker = self._connection = self._watch = None
        code: int | None = None
        if worker is not None:
            process_tree.kill(worker.pid)
            self._lifeline.remove(worker.pid)
            code = worker.wait()
        if connection is not None:
            connection.close()
        return code

    def _make_ready(self, memory_mb: int | None) -> None:
        """Have a live worker, and one that does not begin with half of the call's memory already taken."""
        worker = self._worker
        if worker is not None:
            grown = memory_mb is not None and self._memory_mb() > memory_mb / 2
            if grown or not process_tree.is_running(worker.pid):
                self.kill()
        if self._worker is None:
            self._start()

    def _start(self) -> None:
        ours, theirs = Pipe()
        with theirs:
            self._connection = ours
            self._worker = subprocess.Popen(
                # -u: what a call printed is out before its answer, and so before this process may be killed.
                [sys.executable, "-u", "-P", "-m", "ratchet.engine.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=_beside_errors(),
                start_new_session=True,
                env=_environment(self._threads),
            )
        self._watch = process_tree.MemoryWatch(self._worker.pid)
        self._lifeline.add(self._worker.pid)

    def _memory_mb(self) -> float:
        return 0.0 if self._watch is None else self._watch.megabytes()

    def _answer(self, payload: bytes, seconds: float | None, memory_mb: int | None) -> bytes:
        assert self._worker is not None
        assert self._connection is not None
        pid, connection = self._worker.pid, self._connection
        deadline: float | None = None
        try:
            connection.send_bytes(payload)
            while True:
                if connection.poll(_TICK):
                    message = connection.recv_bytes()
                    if message != STARTED:
                        return message
                    deadline = None if seconds is None else clock.monotonic() + seconds
                self._check(deadline, seconds, memory_mb)
                if not process_tree.is_running(pid) and not connection.poll():
                    raise EOFError
        except (EOFError, OSError):
            raise _died(self._reap(pid)) from None

    def _reap(self, pid: int) -> int | None:
        """The code a worker ended with whose end of the pipe has closed; it may take a moment more to end.

        Its number stays taken until then, so that it can still be used to kill what the worker left behind.
        """
        patience = clock.monotonic() + 1
        while (runs := process_tree.is_running(pid)) and clock.monotonic() < patience:
            time.sleep(_TICK)
        code = self.kill()
        return None if runs else code

    def _check(self, deadline: float | None, seconds: float | None, memory_mb: int | None) -> None:
        if self._stopping.is_set():
            raise JobError("the work was stopped: the engine was closed")
        if self._interrupted.is_set():
            raise JobError("the work was stopped: it was no longer wanted")
        if deadline is not None and clock.monotonic() > deadline:
            raise LimitError(
                f"the work was stopped after {seconds:.3g} s, all the time it had",
                todo="give it more time, or less to do",
            )
        if memory_mb is not None and self._memory_mb() > memory_mb:
            raise LimitError(
                f"the work was stopped when it took more than {memory_mb:,} MB of memory",
                todo="give it more memory, or less to do",
            )


def _died(code: int | None) -> JobError:
    """What to say of a worker by the code it ended with: less than 0 for a signal, None where it had to be killed."""
    if code is None or code >= 0:
        return JobError("the work did not finish: its process exited", todo="see what it wrote to standard error")
    cause = signal.Signals(-code).name
    hint = "see whether the machine ran out of memory" if cause == "SIGKILL" else "a library it uses has crashed"
    return JobError(f"the work did not finish: its process was ended by {cause}", todo=hint)


def _environment(threads: int) -> dict[str, str]:
    shares = dict.fromkeys(_THREADS, str(threads))
    path = os.pathsep.join(str(Path(each or ".").absolute()) for each in sys.path)
    return {**shares, **_PATIENCE, **os.environ, "PYTHONPATH": path}


def _beside_errors() -> int:
    """Where workers print: our standard error, since standard output may be a document; nowhere if that is closed."""
    try:
        os.fstat(2)
    except OSError:
        return subprocess.DEVNULL
    return 2
