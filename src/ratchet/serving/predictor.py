"""The Predictor: one version, in memory, that answers rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Floats64, Probabilities
from ratchet.features.encoder import Columns, pick
from ratchet.kinds.kind import Kind
from ratchet.registry.bundle import Bundle
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Row
from ratchet.serving.rows import RowParser
from ratchet.serving.votes import ensemble_in, with_votes

AT_ONCE = 2_000_000
"""Characters of texts that are answered at once: what their encoding takes for a while is a hundred times that."""
_FEW = 16
"""Up to so many classes are ranked in plain Python."""

_Best = tuple[list[int], list[float]]
"""Class indices, best first, and their probabilities."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Predictions, one per row in order, and what was odd about the rows."""

    predictions: list[Prediction]
    missing: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)


class Predictor:
    """Answers rows with one version.  Holds no state between calls, so threads may share it.

    ``names`` are those that people read for the classes; without them, those of the spec that the bundle holds.
    """

    def __init__(self, bundle: Bundle, version: str, *, names: Mapping[str, str] | None = None) -> None:
        schema = bundle.schema
        names = bundle.spec.labels if names is None else names
        self.version = version
        self.spec = bundle.spec
        self.cv_score: float | None = (bundle.manifest.scorecard or {}).get("search_score")
        self.schema = schema
        self.names = tuple(names.get(each, each) for each in schema.classes)
        self._pipeline = bundle.pipeline
        self.ensemble = ensemble_in(bundle.pipeline)
        self._sets = bundle.sets
        self._rows = RowParser(schema.features, bundle.pipeline.known, most_text=bundle.spec.ingest.max_cell)
        self._texts = tuple(name for name, kind in schema.features.items() if kind is Kind.TEXT)
        self._classes = schema.classes
        self._top = min(bundle.spec.serve.top, len(schema.classes))

    @property
    def reads(self) -> Collection[str]:
        """The columns that its answers depend on; the schema may have others, which training left out."""
        return self._pipeline.columns.keys()

    def predict(self, rows: Sequence[Row]) -> list[Prediction]:
        """An answer per row, in order; raises `RowError` that locates every mistake."""
        return self.answer(rows).predictions

    def answer(self, rows: Sequence[Row], *, voted: Sequence[int] = ()) -> Answers:
        """`predict`, with the counts of missing values and unknown categories; rows ``voted`` come with votes."""
        started = clock.monotonic()
        if not rows:
            return Answers(predictions=[])
        parsed = self._rows.parse(rows)
        probabilities = self.probabilities(parsed.columns)
        predictions = self.predictions(probabilities, started=started)
        if voted and self.ensemble is not None:
            places = np.array(voted)
            own = self.with_votes([predictions[row] for row in voted], pick(parsed.columns, places))
            for row, each in zip(voted, own, strict=True):
                predictions[row] = each
        return Answers(
            predictions=predictions,
            missing=parsed.missing,
            unknown=parsed.unknown,
        )

    def probabilities(self, columns: Columns) -> Probabilities:
        """(rows, classes) probabilities of rows that are columns already, of few at once where their texts are long."""
        return self._by_runs(self._pipeline.predict, columns)

    def votes(self, columns: Columns) -> Floats64 | None:
        """(members, rows, classes) what each member of an ensemble says of rows; None where a model answers alone."""
        return None if self.ensemble is None else self._by_runs(self.ensemble.votes, columns)

    def with_votes(self, predictions: Sequence[Prediction], columns: Columns) -> list[Prediction]:
        """The predictions of rows that are columns already, each with the votes on it, where there are any."""
        votes = self.votes(columns)
        if votes is None or self.ensemble is None:
            return list(predictions)
        return with_votes(predictions, votes, self.ensemble, self._classes)

    def _by_runs(self, answer: Callable[[Columns], Floats64], columns: Columns) -> Floats64:
        ends = self._ends(columns)
        if len(ends) < 2:
            return answer(columns)
        parts = [
            answer({name: column[start:end] for name, column in columns.items()}) for start, end in pairwise([0, *ends])
        ]
        return np.concatenate(parts, axis=-2)

    def _ends(self, columns: Columns) -> list[int]:
        """Where runs of rows end that are answered at once: with `AT_ONCE` characters at most, or one row."""
        texts = [columns[name] for name in self._texts if name in columns]
        if not texts or len(texts[0]) == 1:
            return []
        # AT_ONCE 10, texts of 4, 4, 4, 30, 1 characters: the runs 4 + 4, 4, 30 and 1 end at 2, 3, 4, 5.
        ends, held = [], 0
        for at, lengths in enumerate(zip(*[[len(each or "") for each in text] for text in texts], strict=True)):
            size = sum(lengths)
            if held and held + size > AT_ONCE:
                ends.append(at)
                held = 0
            held += size
        return [*ends, len(texts[0])]

    def unknown(self, columns: Columns) -> dict[str, int]:
        """Column -> categories never seen in training, where there are any."""
        return self._rows.unknown(columns)

    def sets(self, probabilities: Probabilities) -> Sequence[Sequence[int]] | None:
        """The prediction sets as class indices, or None where the version promises no coverage."""
        return None if self._sets is None else self._sets.sets(probabilities)

    def best(self, probabilities: Probabilities) -> tuple[npt.NDArray[np.intp], Probabilities]:
        """The indices of each row's best classes, best first, and their probabilities; equals in class order."""
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, : self._top]
        return order, np.take_along_axis(probabilities, order, axis=1)

    def predictions(self, probabilities: Probabilities, *, started: float | None = None) -> list[Prediction]:
        """Each row's best classes, with ids of their own; ``ms`` counts from ``started`` (`clock.monotonic`)."""
        best = self._few(probabilities) if len(self._classes) <= _FEW else self._many(probabilities)
        sets = self.sets(probabilities)
        ms = 0.0 if started is None else round((clock.monotonic() - started) * 1e3, 3)
        return [
            self._prediction(order, values, ms, None if sets is None else sets[at])
            for at, (order, values) in enumerate(best)
        ]

    def _few(self, probabilities: Probabilities) -> list[_Best]:
        """`best` as lists; for a few rows of a few classes, NumPy's calls cost more than what they do."""
        found = []
        for row in probabilities.tolist():
            order = sorted(range(len(row)), key=row.__getitem__, reverse=True)[: self._top]
            found.append((order, [row[at] for at in order]))
        return found

    def _many(self, probabilities: Probabilities) -> list[_Best]:
        order, scores = self.best(probabilities)
        return list(zip(order.tolist(), scores.tolist(), strict=True))

    def _prediction(self, best: list[int], values: list[float], ms: float, indices: Sequence[int] | None) -> Prediction:
        classes, names = self._classes, self.names
        return Prediction(
            id=clock.new_id(),
            label=classes[best[0]],
            name=names[best[0]],
            confidence=values[0],
            scores=tuple([Score(classes[at], names[at], value) for at, value in zip(best, values, strict=True)]),
            version=self.version,
            ms=ms,
            set=() if indices is None else tuple([classes[at] for at in indices]),
            abstained=indices is not None and len(indices) != 1,
        )
