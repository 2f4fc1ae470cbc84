"""What the champion answers on a holdout that may be newer than itself."""

from __future__ import annotations

import polars as pl

from ratchet.arrays import Probabilities
from ratchet.data.dataset import Dataset
from ratchet.evaluation.holdout import Holdout
from ratchet.models.calibrated import Calibrated
from ratchet.models.family import Model
from ratchet.retrain.workshop import Workshop
from ratchet.training.refit import refit
from ratchet.training.rows import training_rows


def answers(shop: Workshop, number: str, held: Holdout, dataset: Dataset, frame: pl.DataFrame) -> Probabilities:
    """(rows, classes) the champion's probabilities on the holdout, from nothing that had seen its rows.

    A champion of the same split and columns answers as it is.  One of an earlier split has learned from rows that are
    held out now, and would be flattered by them; one that reads a column the spec has dropped cannot answer.  Then its
    recipe (family, parameters, calibration) is fitted again to today's training rows, and that answers in its place.
    """
    spec, champion = shop.records.spec, shop.records.versions.bundle(number)
    if held.judges(champion.manifest.split_id, champion.schema.features):
        return held.probabilities(champion.encoder, champion.model, champion.schema.classes)
    inner = champion.model.inner if isinstance(champion.model, Calibrated) else champion.model
    params = champion.manifest.extra["params"]
    rows = training_rows(frame, dataset.schema, spec)
    again = refit(inner.family, params, rows, spec=spec, engine=shop.engine, cache=shop.workspace / "cache")
    model: Model = again.model
    if isinstance(champion.model, Calibrated):
        model = Calibrated(model, champion.model.calibration)
    return held.probabilities(again.encoder, model, held.classes)
