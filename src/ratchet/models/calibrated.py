"""calibrated.v1: a pipeline whose probabilities come true as often as they say: another one, and a calibration on top.

Which calibration, if any, is chosen by log-loss on rows it was not fitted to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Self

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.models.calibration.beta import Beta
from ratchet.models.calibration.calibration import SMALLEST, Calibration
from ratchet.models.calibration.isotonic import Isotonic
from ratchet.models.calibration.temperature import Temperature
from ratchet.models.pipeline import Part, Pipeline

CALIBRATIONS: Mapping[str, type[Calibration]] = {
    "temperature.v1": Temperature,
    "beta.v1": Beta,
    "isotonic.v1": Isotonic,
}
"""From the plainest to the freest: of equally good ones, the plainest is taken."""

FOLDS = 5
FEWEST_ROWS = 100
"""With fewer rows no calibration is fitted: it would learn their noise."""
MOST_ROWS = 50_000
"""More rows than this add time, not precision; that many are drawn."""
TOLERATED = 0.002
"""How much accuracy, or mean recall of the classes, may seem to fall before a calibration is left alone."""


class Calibrated:
    """A pipeline with a calibration on top; keeps the promises of `Pipeline` that the inner pipeline keeps."""

    name: ClassVar[str] = "calibrated.v1"

    def __init__(self, inner: Pipeline, calibration: Calibration) -> None:
        self.inner = inner
        self.calibration = calibration

    @property
    def columns(self) -> Mapping[str, Kind]:
        return self.inner.columns

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        return self.inner.known

    def predict(self, columns: Columns) -> Probabilities:
        return self.calibration.apply(self.inner.predict(columns))

    def save(self) -> Part:
        calibration = Part(self.calibration.name, self.calibration.state())
        return Part(self.name, parts={"calibration": calibration, "inner": self.inner.save()})

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        """The pipeline of these parts; raises `SpecError` where its calibration is unknown."""
        calibration = part.parts["calibration"]
        if calibration.type not in CALIBRATIONS:
            raise SpecError(
                f"there is no calibration '{calibration.type}'", todo=f"use one of {', '.join(CALIBRATIONS)}"
            )
        made = CALIBRATIONS[calibration.type].from_state(calibration.state)
        return cls(open_inner(part.parts["inner"]), made)


def calibrate(
    pipeline: Pipeline, probabilities: Probabilities, labels: Labels, *, seed: int
) -> tuple[Pipeline, Probabilities]:
    """The pipeline with the calibration that its answers need, or itself where none helps; and the answers with it.

    ``probabilities`` (rows, classes) are the pipeline's own on rows it has not learned from (out of fold), ``labels``
    (rows,) their classes.
    """
    drawn = np.arange(len(labels))
    if len(labels) > MOST_ROWS:
        drawn = np.sort(clock.rng("calibrate rows", seed).choice(len(labels), MOST_ROWS, replace=False))
    chosen = choose(probabilities[drawn], labels[drawn], seed=seed)
    if chosen is None:
        return pipeline, probabilities
    calibration = CALIBRATIONS[chosen].fit(probabilities[drawn], labels[drawn])
    return Calibrated(pipeline, calibration), calibration.apply(probabilities)


def choose(probabilities: Probabilities, labels: Labels, *, seed: int) -> str | None:
    """The name of the calibration to use, or None: judged by log-loss on folds that each was not fitted to.

    One is used only if it lowers the loss by more than two standard errors (of the paired differences, row by row) and
    costs no right answers; of those within one standard error of the best, the plainest (Breiman et al. 1984, the
    one-standard-error rule).
    """
    if len(labels) < FEWEST_ROWS:
        return None
    before = _losses(probabilities, labels)
    losses = {}
    for name, each in CALIBRATIONS.items():
        after = _out_of_fold(each, probabilities, labels, seed)
        losses[name] = _losses(after, labels)
        if not (_clearly_less(losses[name], before, errors=2) and _no_worse(after, probabilities, labels)):
            del losses[name]
    if not losses:
        return None
    best = min(losses.values(), key=lambda each: float(each.mean()))
    return next(name for name, each in losses.items() if not _clearly_less(best, each, errors=1))


def _out_of_fold(
    calibration: type[Calibration], probabilities: Probabilities, labels: Labels, seed: int
) -> Probabilities:
    fold = clock.rng("calibrate folds", seed).permutation(len(labels)) % FOLDS
    after = np.empty_like(probabilities)
    for each in range(FOLDS):
        inside = fold == each
        after[inside] = calibration.fit(probabilities[~inside], labels[~inside]).apply(probabilities[inside])
    return after


def _no_worse(after: Probabilities, before: Probabilities, labels: Labels) -> bool:
    """Whether the most probable classes are right as often as before, over rows and over classes.

    A model trained with weighted classes answers rare ones on purpose; calibrated freely it would answer them no more.
    """
    right = np.array([each.argmax(axis=1) == labels for each in (before, after)], dtype=np.float64)
    recalls = [np.bincount(labels, weights=each) / np.maximum(np.bincount(labels), 1) for each in right]
    present = np.bincount(labels) > 0
    over_rows, over_classes = right.mean(axis=1), [float(each[present].mean()) for each in recalls]
    return bool(over_rows[1] >= over_rows[0] - TOLERATED and over_classes[1] >= over_classes[0] - TOLERATED)


def _losses(probabilities: Probabilities, labels: Labels) -> Floats64:
    return np.asarray(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], SMALLEST)))


def _clearly_less(left: Floats64, right: Floats64, *, errors: float) -> bool:
    gain = right - left
    return bool(gain.mean() > errors * gain.std(ddof=1) / np.sqrt(len(gain)))
