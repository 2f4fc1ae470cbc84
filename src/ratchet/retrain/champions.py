"""The probabilities of the champion on a holdout that may be newer than itself."""

from __future__ import annotations

import polars as pl

from ratchet.arrays import Probabilities
from ratchet.data.dataset import Dataset
from ratchet.evaluation.holdout import Holdout
from ratchet.models.calibrated import Calibrated
from ratchet.retrain.workshop import Workshop
from ratchet.training import session as sessions
from ratchet.training.refit import refit
from ratchet.training.rows import training_rows


def probabilities(shop: Workshop, number: str, held: Holdout, dataset: Dataset, frame: pl.DataFrame) -> Probabilities:
    """(rows, classes) the champion's probabilities on the holdout, from nothing that had seen its rows.

    A champion of the same split and columns answers as it is.  One of an earlier split has learned from rows that are
    held out now, and would be flattered by them; one that reads a column the spec has dropped cannot answer.  Then its
    recipe (family, parameters, calibration) is fitted again to today's training rows, and that answers in its place.
    """
    spec, champion = shop.records.spec, shop.records.versions.bundle(number)
    if held.judges(champion.manifest.split_id, champion.schema.features):
        return held.probabilities(champion.pipeline, champion.schema.classes)
    rows = training_rows(frame, dataset.schema, spec)
    with sessions.opened(shop.workspace / "cache") as session:
        again = refit(champion.recipe, rows, spec=spec, engine=shop.engine, session=session)
        if isinstance(champion.pipeline, Calibrated):
            again = Calibrated(again, champion.pipeline.calibration)
        return held.probabilities(again, held.classes)
