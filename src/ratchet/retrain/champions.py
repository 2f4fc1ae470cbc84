"""What the champion answers on a holdout that may be newer than itself."""

from __future__ import annotations

import msgspec

from ratchet.arrays import Probabilities
from ratchet.evaluation.holdout import Holdout
from ratchet.evaluation.scorecard import Cost
from ratchet.models.calibrated import Calibrated
from ratchet.registry.bundle import Bundle
from ratchet.retrain.workshop import Workshop
from ratchet.training.refit import refit
from ratchet.training.session import Session
from ratchet.training.task import TrainingRows


def answers(champion: Bundle, held: Holdout, rows: TrainingRows, shop: Workshop, session: Session) -> Probabilities:
    """(rows, classes) the champion's probabilities on the holdout, from nothing that had seen its rows.

    A champion of the same split and columns answers as it is.  One of an earlier split has learned from rows that are
    held out now, and would be flattered by them; one that reads a column the spec has dropped cannot answer.  Then its
    recipe (family, parameters, calibration) is fitted again to today's training rows, and that answers in its place.
    """
    if held.judges(champion.manifest.split_id, champion.schema.features):
        return held.probabilities(champion.pipeline, champion.schema.classes)
    again = refit(champion.recipe, rows, spec=shop.records.spec, engine=shop.engine, session=session)
    if isinstance(champion.pipeline, Calibrated):
        again = Calibrated(again, champion.pipeline.calibration)
    return held.probabilities(again, held.classes)


def cost(shop: Workshop, number: str) -> Cost | None:
    """What an answer of a version costs, as measured when it was trained."""
    return msgspec.convert(shop.records.versions.get(number).scorecard["cost"], Cost | None)
