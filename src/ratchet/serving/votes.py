"""What each member of an ensemble says by itself, for those who ask beside its answer."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from ratchet.arrays import Floats64
from ratchet.models.calibrated import Calibrated
from ratchet.models.ensemble import Ensemble
from ratchet.models.pipeline import Pipeline
from ratchet.serving.prediction import Prediction, Vote


def ensemble_in(pipeline: Pipeline) -> Ensemble | None:
    """The ensemble that answers, calibrated or not; None where a model answers alone."""
    inner = pipeline.inner if isinstance(pipeline, Calibrated) else pipeline
    return inner if isinstance(inner, Ensemble) else None


def with_votes(
    predictions: Sequence[Prediction], votes: Floats64, ensemble: Ensemble, classes: Sequence[str]
) -> list[Prediction]:
    """The predictions, each with the votes on its row; ``votes`` (members, rows, classes)."""
    labels, confidences = votes.argmax(axis=2), votes.max(axis=2)
    weights = ensemble.shares.tolist()
    return [
        msgspec.structs.replace(
            each,
            votes=tuple(
                Vote(family, weight, classes[label], confidence)
                for family, weight, label, confidence in zip(
                    ensemble.families, weights, labels[:, row].tolist(), confidences[:, row].tolist(), strict=True
                )
            ),
        )
        for row, each in enumerate(predictions)
    ]


def vote_columns(votes: Floats64, ensemble: Ensemble, classes: Sequence[str]) -> dict[str, object]:
    """Two columns for each member: ``vote_1_linear.v1``, the class it says, and how sure it is of that."""
    named = np.array(classes, dtype=object)
    columns: dict[str, object] = {}
    for number, (family, own) in enumerate(zip(ensemble.families, votes, strict=True), 1):
        columns[f"vote_{number}_{family}"] = named[own.argmax(axis=1)]
        columns[f"vote_{number}_{family}_confidence"] = own.max(axis=1)
    return columns
