"""The Predictor: one version, in memory, that answers rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import msgspec
import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64, Probabilities
from ratchet.features.encoder import Columns, pick
from ratchet.registry.bundle import Bundle
from ratchet.serving.answerer import Answerer
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Row
from ratchet.serving.rows import notes_on
from ratchet.serving.votes import ensemble_in, with_votes

NO_TOPS: Mapping[int, int] = MappingProxyType({})


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
        self._known = _known(bundle)

    def predict(self, rows: Sequence[Row]) -> list[Prediction]:
        """An answer per row, in order; raises `RowError` that locates every mistake."""
        return self.answer(rows).predictions

    def answer(self, rows: Sequence[Row], *, voted: Sequence[int] = (), tops: Mapping[int, int] = NO_TOPS) -> Answers:
        """`predict`, with the counts of missing values and unknown categories; rows ``voted`` come with votes.

        ``tops`` says of some rows how many classes are ranked.
        """
        started = clock.monotonic()
        if not rows:
            return Answers(predictions=[])
        parsed = self._rows.parse(rows)
        probabilities = self.probabilities(parsed.columns)
        predictions = self.predictions(probabilities, started=started)
        for row, top in tops.items():
            predictions[row] = self._ranked_anew(predictions[row], probabilities[row : row + 1], top)
        for row in [row for row, each in enumerate(rows) if not self._known.issuperset(each)]:
            notes = notes_on(rows[row], self._known, self.reads)
            predictions[row] = msgspec.structs.replace(predictions[row], notes=notes)
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

    def predictions(
        self, probabilities: Probabilities, *, started: float | None = None, top: int | None = None
    ) -> list[Prediction]:
        """Each row's ``top`` classes, with ids of their own; ``ms`` counts from ``started`` (`clock.monotonic`)."""
        sets = self.sets(probabilities)
        ms = 0.0 if started is None else round((clock.monotonic() - started) * 1e3, 3)
        return [
            self._prediction(order, values, ms, None if sets is None else sets[at])
            for at, (order, values) in enumerate(self.ranked(probabilities, top))
        ]

    def _ranked_anew(self, prediction: Prediction, probabilities: Probabilities, top: int) -> Prediction:
        ((best, values),) = self.ranked(probabilities, top)
        return msgspec.structs.replace(prediction, scores=self._scores(best, values))

    def _scores(self, best: list[int], values: list[float]) -> tuple[Score, ...]:
        classes, names = self._classes, self.names
        return tuple([Score(classes[at], names[at], value) for at, value in zip(best, values, strict=True)])

    def _prediction(self, best: list[int], values: list[float], ms: float, indices: Sequence[int] | None) -> Prediction:
        classes, names = self._classes, self.names
        return Prediction(
            id=clock.new_id(),
            label=classes[best[0]],
            name=names[best[0]],
            confidence=values[0],
            scores=self._scores(best, values),
            version=self.version,
            ms=ms,
            set=() if indices is None else tuple([classes[at] for at in indices]),
            abstained=indices is not None and len(indices) != 1,
        )


def _known(bundle: Bundle) -> frozenset[str]:
    """The columns that a spec speaks of: a row may have them, though a model reads some of them only."""
    spec = bundle.spec
    subject = () if spec.privacy.subject is None else (spec.privacy.subject,)
    return frozenset((*bundle.schema.columns, *spec.columns, spec.label, *spec.gate.slices, *subject))
