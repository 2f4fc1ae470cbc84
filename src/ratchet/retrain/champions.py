"""What the champion answers on a holdout that may be newer than itself."""

from __future__ import annotations

import msgspec

from ratchet.arrays import Probabilities
from ratchet.evaluation.holdout import Holdout
from ratchet.evaluation.scorecard import Cost
from ratchet.models.calibrated import Calibrated
from ratchet.models.family import Model
from ratchet.registry.bundle import Bundle
from ratchet.retrain.workshop import Workshop
from ratchet.training.refit import refit
from ratchet.training.train import TrainingRows


def answers(champion: Bundle, held: Holdout, rows: TrainingRows, shop: Workshop) -> Probabilities:
    """(rows, classes) the champion's probabilities on the holdout, from nothing that had seen its rows.

    A champion of the same split and columns answers as it is.  One of an earlier split has learned from rows that are
    held out now, and would be flattered by them; one that reads a column the spec has dropped cannot answer.  Then its
    recipe (family, parameters, calibration) is fitted again to today's training rows, and that answers in its place.
    """
    if held.judges(champion.manifest.split_id, champion.schema.features):
        return held.probabilities(champion.encoder, champion.model, champion.schema.classes)
    inner = champion.model.inner if isinstance(champion.model, Calibrated) else champion.model
    params = champion.manifest.extra["params"]
    cache = shop.workspace / "cache"
    again = refit(inner.family, params, rows, spec=shop.records.spec, engine=shop.engine, cache=cache)
    model: Model = again.model
    if isinstance(champion.model, Calibrated):
        model = Calibrated(model, champion.model.calibration)
    return held.probabilities(again.encoder, model, held.classes)


def cost(shop: Workshop, number: str) -> Cost | None:
    """What an answer of a version costs, as measured when it was trained."""
    return msgspec.convert(shop.records.versions.get(number).scorecard["cost"], Cost | None)
