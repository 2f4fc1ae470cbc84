"""Runs told while they go on, from threads of their own: no tracker, however slow, holds up a training."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

from ratchet import clock
from ratchet.progress import Progress
from ratchet.tracking.tracker import Tracker

_log = logging.getLogger("ratchet.tracking")
_MOST = 1_000
"""Progress that waits for one tracker; more is not kept for it: trials are told again with the whole run."""
PATIENCE = 5.0
"""Seconds that the end of a run waits for what its trackers have still to hear."""


class Live:
    """Tells each tracker of one run's progress.

    Promises: `hear` neither waits nor raises, and one tracker waits for no other; one that raises is told no more of
    this run while it goes on.  `close` returns within `PATIENCE`.
    """

    def __init__(self, trackers: Sequence[Tracker], classifier: str, run: str) -> None:
        self._ears = [_Ear(each, classifier, run) for each in trackers]
        self._last: tuple[int, float | None] | None = None

    def hear(self, progress: Progress) -> None:
        """Hand on a trial that ended, or another best score; what else is reported concerns no tracker."""
        point = (progress.done, progress.best)
        if progress.trial is None and (progress.best is None or point == self._last):
            return
        self._last = point
        for ear in self._ears:
            ear.put(progress)

    def close(self, *, forget: bool = False) -> list[str]:
        """Stop telling; with ``forget`` what was told is taken back: the names of the trackers that did so in time."""
        for ear in self._ears:
            ear.end(forget)
        until = clock.monotonic() + PATIENCE
        return [ear.name for ear in self._ears if ear.over(max(until - clock.monotonic(), 0.0))]


class _Ear:
    """One tracker's thread, begun with the first progress there is."""

    def __init__(self, tracker: Tracker, classifier: str, run: str) -> None:
        self.name = tracker.name
        self._tracker = tracker
        self._about = classifier, run
        self._waiting: queue.Queue[Progress | None] = queue.Queue(_MOST)
        self._forget = self._closing = self._forgot = False
        self._thread = threading.Thread(target=self._listen, name=f"telling {tracker.name} of {run}", daemon=True)

    def put(self, progress: Progress) -> None:
        if not self._closing:
            with suppress(queue.Full):
                self._waiting.put_nowait(progress)
            if not self._thread.ident:
                self._thread.start()

    def end(self, forget: bool) -> None:
        self._forget, self._closing = forget, True
        with suppress(queue.Full):  # it looks at `_closing` too
            self._waiting.put_nowait(None)

    def over(self, seconds: float) -> bool:
        """Whether it has come to its end; where it was to forget, whether it did."""
        if not self._thread.ident:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive() and (self._forgot or not self._forget)

    def _listen(self) -> None:
        deaf = False
        while (progress := self._waiting.get()) is not None and not self._forget:
            if not deaf:
                deaf = not self._tell(progress)
            if self._closing and self._waiting.empty():
                break
        if self._forget and not deaf:
            self._take_back()

    def _tell(self, progress: Progress) -> bool:
        try:
            self._tracker.hear(*self._about, progress)
        except Exception as error:  # the library of another
            _log.warning("%s is not told of run %s while it goes on: %s", self.name, self._about[1], _first(error))
            return False
        return True

    def _take_back(self) -> None:
        with suppress(Exception):  # it stays owed
            self._tracker.forget(*self._about)
            self._forgot = True


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]
