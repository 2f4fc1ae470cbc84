"""Versions that listen in: they answer rows that were answered already, in a thread of their own; nobody is sent that.

Promises: no answer waits for them.  What they do not keep up with is left out and counted.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from ratchet.serving.arms import Arms, worded
from ratchet.serving.dealing import answer
from ratchet.serving.prediction import Prediction
from ratchet.serving.predictor import Predictor
from ratchet.serving.request import Request

_log = logging.getLogger("ratchet.serving")
MOST_ROWS = 2_000
"""Rows that wait at most."""
AT_ONCE = 32
"""Rows that are answered at once: the fewer, the shorter the answers that people wait for are held up."""
_LAST = 2.0
"""Seconds that closing waits for the rows at hand."""

Record = Callable[[Sequence[Request], Sequence[Prediction]], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shadowed:
    """What was heard in shadow in this process."""

    answered: int = 0
    """Answers that were logged, over all versions in shadow."""
    dropped: int = 0
    """Rows that nobody in shadow answered, since too many waited, the version failed, or the log took nothing."""


class _Heard(NamedTuple):
    request: Request
    answer: str
    """The id of what was answered."""
    listeners: tuple[Predictor, ...]


def shadow_id(answer: str, version: str) -> str:
    """The id of what a version in shadow says of the row that an answer is of: whose it is can be read from it.

    >>> shadow_id("019c", "4")
    '019cs4'
    """
    return f"{answer}s{version}"


class Shadow:
    """Answers rows once more, and has that recorded by ``record``; failures are told to ``arms``."""

    def __init__(self, record: Record, arms: Arms, *, most_rows: int = MOST_ROWS) -> None:
        self._record = record
        self._arms = arms
        self._most = most_rows
        self._waiting: deque[_Heard] = deque()
        self._rows = threading.Condition()
        self._busy = False
        self._over = False
        self._thread: threading.Thread | None = None
        self._answered = self._dropped = 0

    def hear(self, listeners: tuple[Predictor, ...], asked: Sequence[Request], given: Sequence[Prediction]) -> None:
        """Have versions answer these rows too, later; waits for nothing but for its place in the queue."""
        with self._rows:
            room = 0 if self._over else max(0, self._most - len(self._waiting))
            for request, each in zip(asked[:room], given[:room], strict=True):
                self._waiting.append(_Heard(request, each.id, listeners))
            self._dropped += len(asked) - min(room, len(asked))
            if self._thread is None and self._waiting:
                self._thread = threading.Thread(target=self._listen, name="ratchet-shadow", daemon=True)
                self._thread.start()
            self._rows.notify()

    def state(self) -> Shadowed:
        """What was heard so far."""
        with self._rows:
            return Shadowed(answered=self._answered, dropped=self._dropped)

    def settle(self, seconds: float) -> bool:
        """Wait until nothing waits; whether that is so."""
        with self._rows:
            return self._rows.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def close(self) -> None:
        """Hear no more; what still waits is dropped after a moment."""
        with self._rows:
            self._over = True
            self._rows.notify_all()
        if self._thread is not None:
            self._thread.join(_LAST)

    def _listen(self) -> None:
        while True:
            with self._rows:
                self._busy = False
                self._rows.notify_all()
                self._rows.wait_for(lambda: self._waiting or self._over)
                if self._over:
                    self._dropped += len(self._waiting)
                    self._waiting.clear()
                    return
                self._busy = True
                heard = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            answered, dropped = self._answer(heard)
            with self._rows:
                self._answered += answered
                self._dropped += dropped

    def _answer(self, heard: Sequence[_Heard]) -> tuple[int, int]:
        """Have each listener answer, row by row where one makes it fail; how many were, and were not, recorded."""
        answered = dropped = 0
        for predictor in dict.fromkeys(each for row in heard for each in row.listeners):
            rows = [each for each in heard if predictor in each.listeners]
            try:
                self._keep(predictor, rows)
                answered += len(rows)
            except Exception as error:
                if len(rows) > 1:
                    parts = [self._answer([each._replace(listeners=(predictor,))]) for each in rows]
                    answered, dropped = answered + sum(p[0] for p in parts), dropped + sum(p[1] for p in parts)
                    continue
                dropped += 1
                self._arms.failed(predictor.version, error)
                _log.debug("version %s said nothing in shadow: %s", predictor.version, worded(error))
        return answered, dropped

    def _keep(self, predictor: Predictor, rows: Sequence[_Heard]) -> None:
        asked = [each.request for each in rows]
        given = answer(predictor, asked).predictions
        named = [
            msgspec.structs.replace(each, id=shadow_id(heard.answer, predictor.version))
            for each, heard in zip(given, rows, strict=True)
        ]
        self._record(asked, named)
