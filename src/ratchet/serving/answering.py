"""Answering: predict with what is live, have it recorded, count it.

Serving does not know the log: it is handed a ``record`` function that returns once the answers are safe.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ratchet.serving.live import Live
from ratchet.serving.prediction import Prediction
from ratchet.serving.rows import Row

Record = Callable[[Sequence[Row], Sequence[Prediction]], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What this process has answered since it started."""

    answered: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    """column -> values that were absent or null."""
    unknown: Mapping[str, int] = field(default_factory=dict)
    """column -> categories never seen in training."""


class Answering:
    """Answers rows with the live version; an answer is recorded before it is returned."""

    def __init__(self, live: Live, record: Record) -> None:
        self._live = live
        self._record = record
        self._lock = threading.Lock()
        self._answered = 0
        self._missing: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def predict(self, rows: Sequence[Row]) -> list[Prediction]:
        """An answer per row, recorded.

        Raises `RowError` that locates every mistake, `UnavailableError` while nothing is live or nothing more can be
        recorded; then nothing was answered and nothing recorded.
        """
        answers = self._live.predictor.answer(rows)
        self._record(rows, answers.predictions)
        with self._lock:
            self._answered += len(answers.predictions)
            self._missing.update(answers.missing)
            self._unknown.update(answers.unknown)
        return answers.predictions

    def counts(self) -> Counts:
        """The counts so far."""
        with self._lock:
            return Counts(answered=self._answered, missing=dict(self._missing), unknown=dict(self._unknown))
