"""Several processes that answer at one address, and the one that begins them and begins them anew when they die.

Each worker has a socket of its own at the same address (``SO_REUSEPORT``), which its keeper holds too: connections that
come while a worker is begun anew wait there for it.  Workers are forked from a process that has loaded all they need
and does nothing else, so they share that memory, and no thread is lost in a fork.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from ratchet import clock
from ratchet.errors import UnavailableError
from ratchet.web.peers import bury

_log = logging.getLogger("ratchet.web")

READY_SECONDS = 60.0
"""How long a worker may take until it answers."""
STOP_SECONDS = 30.0
"""How long workers have to stop, as managers of containers give it; those that have not are killed."""
_LOOK_SECONDS = 0.5
_WAIT_SECONDS = 0.5
_MOST_FAILURES = 3
"""How often in a row a worker may end before it answers until the server gives up."""

Work = Callable[..., None]
"""What a worker does until SIGTERM: it gets its socket, the folder that all share, and what to call with what it has to
say of itself, once it answers."""


@dataclass
class _Slot:
    """The place of one worker."""

    socket: socket.socket
    process: ForkServerProcess | None = None
    ready: Any = None
    said: Any = None
    """What the worker said of itself once it answered; None until then."""
    failures: int = 0
    """How often in a row it ended before it answered."""
    not_before: float = 0.0
    """When the next may begin, by `clock.monotonic`."""


class Keeper:
    """Keeps as many workers at work as there are sockets, until Ctrl-C or SIGTERM.

    Promises: one that dies, however it dies, is replaced; none outlives its keeper, even by ``kill -9``.
    """

    def __init__(self, work: Work, sockets: Sequence[socket.socket], told: Mapping[str, Any]) -> None:
        """``told`` are named arguments of ``work`` that all workers get; they are pickled."""
        self._work = work
        self._told = dict(told)
        self._slots = [_Slot(each) for each in sockets]
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["ratchet.web.preload"])
        self._stopping = threading.Event()
        self._announced = False

    def run(self, announce: Callable[[Any], None]) -> None:
        """Keep them; ``announce`` is called with what the first said of itself, once all of them answer.

        Raises `UnavailableError` where workers end before they answer, again and again.
        """
        with tempfile.TemporaryDirectory(prefix="ratchet-workers-", ignore_cleanup_errors=True) as folder:
            before = {each: signal.signal(each, self._stop) for each in (signal.SIGINT, signal.SIGTERM)}
            try:
                while not self._stopping.is_set():
                    for slot in self._slots:
                        self._see(slot, Path(folder))
                    if not self._announced and all(slot.said for slot in self._slots):
                        self._announced = True
                        announce(self._slots[0].said)
                    self._wait()
            finally:
                self._end()
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _stop(self, *_: object) -> None:
        self._stopping.set()

    def _wait(self) -> None:
        """Until something happens, or for a moment."""
        waited = list[Any]()
        for slot in self._slots:
            if slot.process is not None:
                waited += [slot.process.sentinel, *([] if slot.said else [slot.ready])]
        connection.wait(waited, _LOOK_SECONDS if waited else 0.05)

    def _see(self, slot: _Slot, folder: Path) -> None:
        """Begin the worker of a slot, note that it answers, or that it is dead."""
        if slot.process is None:
            if clock.monotonic() >= slot.not_before:
                self._begin(slot, folder)
        elif not slot.said and slot.ready.poll():
            slot.said = _received(slot.ready)
            if slot.said:
                slot.failures = 0
        if slot.process is not None and not slot.process.is_alive():
            self._bury(slot, folder)

    def _begin(self, slot: _Slot, folder: Path) -> None:
        slot.ready, tell = self._context.Pipe(duplex=False)
        slot.said = None
        slot.process = self._context.Process(
            target=_worker, args=(self._work, slot.socket, folder, tell, self._told), name="ratchet-worker"
        )
        slot.process.start()
        tell.close()

    def _bury(self, slot: _Slot, folder: Path) -> None:
        process = slot.process
        assert process is not None  # nosec B101
        process.join()
        slot.process = None
        bury(folder)
        if slot.said:
            print(f"ratchet: {_how_ended(process)}; another takes its place", file=sys.stderr, flush=True)
            return
        slot.failures += 1
        slot.not_before = clock.monotonic() + slot.failures * _WAIT_SECONDS
        if slot.failures >= _MOST_FAILURES and not self._stopping.is_set():
            raise UnavailableError(
                f"{_how_ended(process)} before it answered, {slot.failures} times in a row",
                todo="see what it said above; --workers 1 serves from this process, which says more",
            )

    def _end(self) -> None:
        """Have all workers stop, as they do on SIGTERM; kill those that do not."""
        running = [slot.process for slot in self._slots if slot.process is not None]
        for each in running:
            each.terminate()
        until = clock.monotonic() + STOP_SECONDS
        for each in running:
            each.join(max(0.0, until - clock.monotonic()))
            if each.is_alive():
                _log.error("a worker (process %s) did not stop in %g s and is killed", each.pid, STOP_SECONDS)
                each.kill()
                each.join()


def _received(ready: Any) -> Any:
    try:
        return ready.recv()
    except EOFError:  # it died before
        return None


def _how_ended(process: ForkServerProcess) -> str:
    code = process.exitcode or 0
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"a worker (process {process.pid}) {how}"


def _worker(work: Work, listening: socket.socket, folder: Path, tell: Any, told: Mapping[str, Any]) -> None:
    """What runs in a worker: the work, until SIGTERM or until its keeper is gone."""
    keeper = multiprocessing.parent_process()
    assert keeper is not None  # nosec B101

    def follow() -> None:
        keeper.join()
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=follow, name="ratchet-keeper", daemon=True).start()
    try:
        work(listening, folder, tell.send, **told)
    except KeyboardInterrupt:  # told to stop before it answered
        return
