"""What the baselines answer on the holdout, beside which every candidate is scored and judged."""

from __future__ import annotations

import numpy as np
import polars as pl

from ratchet.arrays import Probabilities
from ratchet.data.datasets import SIDE
from ratchet.data.schema import Schema
from ratchet.evaluation.holdout import Holdout, label_indices
from ratchet.evaluation.last_label import NAME, last_label
from ratchet.kinds.kind import Kind
from ratchet.models.pipeline import Pipeline
from ratchet.retrain.stage import Stage, StagedTraining
from ratchet.spec import Spec


def opened(stage: Stage, training: StagedTraining) -> dict[str, Pipeline]:
    """The baselines that were fitted, by family."""
    return {family: stage.open(key).pipeline for family, key in training.baselines.items()}


def answers(
    fitted: dict[str, Pipeline], held: Holdout, frame: pl.DataFrame, schema: Schema, spec: Spec
) -> dict[str, Probabilities]:
    """Family -> (rows, classes): those that were fitted and, where rows have a moment, the last label."""
    found = {family: held.probabilities(each, held.classes) for family, each in fitted.items()}
    time = spec.of_kind(Kind.TIME)
    if time is None:
        return found
    rows = frame.filter(pl.col(SIDE) != "excluded")
    moments, out = rows[time].cast(pl.Int64), (rows[SIDE] == "holdout").to_numpy()
    if moments.filter(pl.Series(out)).is_null().any():  # rows without a moment have none before them
        return found
    there = moments.is_not_null().to_numpy()
    times, labels = moments.drop_nulls().to_numpy(), label_indices(rows, schema)[there]
    return {NAME: last_label(np.asarray(times), labels, out[there], classes=len(held.classes)), **found}
