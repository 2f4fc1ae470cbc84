"""What a version in service answers on a holdout that may be newer than itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Probabilities
from ratchet.data.dataset import Dataset
from ratchet.evaluation.holdout import Holdout
from ratchet.metrics.metric import Metric
from ratchet.models.calibrated import Calibrated
from ratchet.registry.bundle import Bundle
from ratchet.registry.learned import learned
from ratchet.retrain.workshop import Workshop
from ratchet.training import session as sessions
from ratchet.training.refit import refit
from ratchet.training.rows import training_rows

_ENOUGH = 0.5
"""The share of the holdout that a version must not have learned from, to answer the rest itself."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answers:
    """What stands for a version on a holdout."""

    probabilities: Probabilities
    """(rows, classes) as it answers."""
    judged: Probabilities
    """(rows, classes) the same as the metric that judges is to see them (`Bundle.seen_by`)."""
    by: Literal["itself", "recipe"]
    """The model in service, or its recipe fitted again."""
    learned: Bools
    """(rows,) the rows that what answered has learned from, or their like: they judge nothing."""


def answers(
    shop: Workshop, number: str, held: Holdout, dataset: Dataset, frame: pl.DataFrame, metric: Metric
) -> Answers:
    """What a version answers on the holdout of a dataset, whose rows ``frame`` holds, to be judged by ``metric``.

    The version itself answers wherever it has not learned from the rows; at least half of them must be such.  Only
    else (the holdout was drawn anew since, or the version reads a column that the spec has dropped) its recipe
    (family, parameters, calibration, class factors) is fitted again to today's training rows, and that answers in its
    place: it is fair, but no longer the model in service.
    """
    served = shop.records.versions.bundle(number)
    known = learned(shop.records, number, frame, dataset, held.units)
    if held.can_ask(served.pipeline) and known is not None and known.mean() <= 1 - _ENOUGH:
        probabilities = held.probabilities(served.pipeline, served.schema.classes)
        judged = served.seen_by(metric, probabilities, held.classes)
        return Answers(probabilities=probabilities, judged=judged, by="itself", learned=known)
    probabilities, nothing = _by_recipe(shop, served, held, dataset, frame), np.zeros(len(held), dtype=bool)
    judged = served.seen_by(metric, probabilities, held.classes)
    return Answers(probabilities=probabilities, judged=judged, by="recipe", learned=nothing)


def _by_recipe(shop: Workshop, served: Bundle, held: Holdout, dataset: Dataset, frame: pl.DataFrame) -> Probabilities:
    spec = shop.records.spec
    rows = training_rows(frame, dataset.schema, spec)
    with sessions.opened(shop.cache) as session:
        again = refit(served.recipe, rows, spec=spec, engine=shop.engine, session=session)
        if isinstance(served.pipeline, Calibrated):
            again = Calibrated(again, served.pipeline.calibration)
        return held.probabilities(again, held.classes)
