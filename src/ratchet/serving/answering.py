"""Answering: predict with what is live, have it recorded, count it.

Serving does not know the log: it is handed a ``record`` function that returns once the answers are safe.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from ratchet.arrays import Probabilities
from ratchet.data.readers.batch import BadRow
from ratchet.data.readers.source import Readable
from ratchet.features.columns import from_frame
from ratchet.serving import dealing, tabular
from ratchet.serving.live import Live
from ratchet.serving.prediction import Prediction
from ratchet.serving.predictor import Answers, Predictor
from ratchet.serving.request import VOTES, Context, Request, requests
from ratchet.serving.scoring import ScoredPart, parts
from ratchet.serving.shadow import Shadow, Shadowed
from ratchet.serving.tally import Tally, VersionCounts

FILE_ROWS = 1_024
"""Rows of a file that are answered at once."""

Record = Callable[[Sequence[Request], Sequence[Prediction]], None]
Admit = Callable[[int], None]
"""Told how many rows are about to be answered; raises what keeps them from that."""


def everybody(rows: int) -> None:
    """Nobody is kept from an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What this process has answered since it started."""

    answered: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    """column -> values that were absent or null."""
    unknown: Mapping[str, int] = field(default_factory=dict)
    """column -> categories never seen in training."""
    versions: Mapping[str, VersionCounts] = field(default_factory=dict)
    """version -> its answers by class, by confidence and by the size of their sets."""
    shadowed: Shadowed = field(default_factory=Shadowed)
    """What versions in shadow answered, which is no part of the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """The answers to consecutive rows of a file, each with its row's number (from 1), and the rows set aside."""

    predictions: list[Prediction]
    rows: list[int]
    bad: tuple[BadRow, ...]
    classes: tuple[str, ...] = ()
    """The classes, in the order of the columns of ``probabilities``."""
    probabilities: Probabilities | None = None
    """(rows, classes) of the answers, in the order of ``rows`` and ``classes``; None where they were not asked as a
    table: each answer's ``scores`` say of how many they are.
    """


class Answering:
    """Answers one classifier's rows with the live version; an answer is recorded before it is returned."""

    def __init__(
        self, classifier: str, live: Live, record: Record, *, subject: str | None = None, shadow: Record | None = None
    ) -> None:
        """``subject`` is the column that says whose row it is: it comes to ``record`` with the rows of tables too.

        ``shadow`` records what versions in shadow say; without it nobody listens in.
        """
        self._subject = subject
        self._classifier = classifier
        self._live = live
        self._arms = live.arms
        self._shadow = None if shadow is None else Shadow(shadow, live.arms)
        self._record = record
        self._lock = threading.Lock()
        self._answered = 0
        self._missing: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._tally = Tally()

    def predict(self, asked: Sequence[Request]) -> list[Prediction]:
        """An answer per request, recorded.

        Raises `RowError` that locates every mistake, `UnavailableError` while nothing is live or nothing more can be
        recorded; then nothing was answered and nothing recorded.
        """
        split = self._arms.split
        if split is None:
            answers = dealing.answer(self._live.predictor, asked)
        else:
            asked, answers = dealing.deal(split, self._arms, self._live.predictor, asked)
        self._keep(asked, answers)
        if split is not None and split.shadow and self._shadow is not None:
            self._shadow.hear(split.shadow, asked, answers.predictions)
        return answers.predictions

    def predict_file(self, source: Readable, context: Context, *, admit: Admit = everybody) -> Iterator[Answered]:
        """An answer per good row of a table, batch by batch, each batch admitted and recorded before it is given.

        All of a table is answered by the champion, also while traffic is split.  Raises `DataError` for a source that
        cannot be read.
        """
        predictor = self._live.predictor
        for part, answers in self._parts(source, predictor, context, admit):
            yield Answered(
                predictions=answers,
                rows=part.rows.tolist(),
                bad=part.bad,
                classes=predictor.schema.classes,
                probabilities=part.probabilities,
            )

    def predict_table(self, source: Readable, context: Context) -> pl.DataFrame:
        """An answer per row of a table, in order, all recorded: see `ratchet.serving.tabular`.

        Raises `RowError` that locates each row that does not fit, before anything is answered or recorded, and
        `DataError` like `predict_file`; `UnavailableError` where no more can be recorded, and what was recorded till
        then stays in the log.  In memory are the answers and one batch of rows.
        """
        predictor = self._live.predictor
        tabular.check_rows(source, predictor, FILE_ROWS)
        answered = self._parts(source, predictor, context) if tabular.has_rows(source) else ()
        return tabular.joined([tabular.answers(part, given, predictor) for part, given in answered], predictor)

    def _parts(
        self, source: Readable, predictor: Predictor, context: Context, admit: Admit = everybody
    ) -> Iterator[tuple[ScoredPart, list[Prediction]]]:
        features = list(predictor.schema.features)
        for part in parts(source, predictor, FILE_ROWS, also=self._subject):
            admit(len(part.rows))
            rows = part.frame.select(features)
            columns, predictions = (
                from_frame(rows, predictor.schema.features),
                predictor.predictions(part.probabilities, top=context.top),
            )
            if predictions and VOTES in context.wishes:
                predictions = predictor.with_votes(predictions, columns)
            answers = Answers(
                predictions=predictions,
                missing={name: count for name, count in rows.null_count().row(0, named=True).items() if count},
                unknown=predictor.unknown(columns),
            )
            logged = part.frame.select(features + [name for name in part.frame.columns if name == self._subject])
            self._keep(requests(self._classifier, logged.to_dicts(), context), answers)
            yield part, answers.predictions

    def _keep(self, asked: Sequence[Request], answers: Answers) -> None:
        self._record(asked, answers.predictions)
        with self._lock:
            self._answered += len(answers.predictions)
            self._missing.update(answers.missing)
            self._unknown.update(answers.unknown)
            self._tally.add(answers.predictions)

    def counts(self) -> Counts:
        """The counts so far."""
        shadowed = Shadowed() if self._shadow is None else self._shadow.state()
        with self._lock:
            return Counts(
                answered=self._answered,
                missing=dict(self._missing),
                unknown=dict(self._unknown),
                versions=self._tally.read(),
                shadowed=shadowed,
            )

    def settle(self, seconds: float) -> bool:
        """Wait until versions in shadow have answered all that they were to; whether they have."""
        return self._shadow is None or self._shadow.settle(seconds)

    def close(self) -> None:
        """Have versions in shadow listen no more."""
        if self._shadow is not None:
            self._shadow.close()
