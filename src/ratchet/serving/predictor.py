"""The Predictor: one version, in memory, that answers rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64, Probabilities
from ratchet.features.encoder import Columns, pick
from ratchet.registry.bundle import Bundle
from ratchet.serving.answerer import Answerer
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Row
from ratchet.serving.votes import ensemble_in, with_votes


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Predictions, one per row in order, and what was odd about the rows."""

    predictions: list[Prediction]
    missing: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)


class Predictor(Answerer):
    """Answers rows with one version.  Holds no state between calls, so threads may share it.

    ``names`` are those that people read for the classes; without them, those of the spec that the bundle holds.
    """

    def __init__(self, bundle: Bundle, version: str, *, names: Mapping[str, str] | None = None) -> None:
        schema = bundle.schema
        names = bundle.spec.labels if names is None else names
        super().__init__(
            bundle.pipeline,
            bundle.sets,
            features=schema.features,
            classes=schema.classes,
            top=bundle.spec.serve.top,
            factors=None if bundle.factors is None else bundle.factors.values,
            most_text=bundle.spec.ingest.max_cell,
        )
        self.version = version
        self.pipeline = bundle.pipeline
        self.weighed = bundle.factors is not None
        self.spec = bundle.spec
        self.cv_score: float | None = (bundle.manifest.scorecard or {}).get("search_score")
        self.schema = schema
        self.names = tuple(names.get(each, each) for each in schema.classes)
        self.ensemble = ensemble_in(bundle.pipeline)

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

    def votes(self, columns: Columns) -> Floats64 | None:
        """(members, rows, classes) what each member of an ensemble says of rows; None where a model answers alone."""
        return None if self.ensemble is None else self.by_runs(self.ensemble.votes, columns)

    def with_votes(self, predictions: Sequence[Prediction], columns: Columns) -> list[Prediction]:
        """The predictions of rows that are columns already, each with the votes on it, where there are any."""
        votes = self.votes(columns)
        if votes is None or self.ensemble is None:
            return list(predictions)
        return with_votes(predictions, votes, self.ensemble, self._classes)

    def predictions(self, probabilities: Probabilities, *, started: float | None = None) -> list[Prediction]:
        """Each row's best classes, with ids of their own; ``ms`` counts from ``started`` (`clock.monotonic`)."""
        sets = self.sets(probabilities)
        ms = 0.0 if started is None else round((clock.monotonic() - started) * 1e3, 3)
        return [
            self._prediction(order, values, ms, None if sets is None else sets[at])
            for at, (order, values) in enumerate(self.ranked(probabilities))
        ]

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
