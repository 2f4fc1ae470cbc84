"""Gate: champion and challenger on the same held-out rows."""

from __future__ import annotations

from ratchet.data.dataset import Dataset
from ratchet.evaluation import holdout
from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from ratchet.gate.uses import HoldoutUse
from ratchet.progress import Progress, Report
from ratchet.registry.versions import Judged
from ratchet.retrain import champions
from ratchet.retrain.stage import DECISION, SCORE, TRAINING, Stage, StagedScore, StagedTraining
from ratchet.retrain.workshop import Workshop


def gate(shop: Workshop, run_id: str, dataset_id: str, progress: Report) -> str:
    """The key of the staged decision (`Judged`), made in view of the uses of the holdout that are on record now.

    It is made anew where another use, or another champion, has come since it was made.  Nothing is spent before
    `register` records the use; and nobody is shown the decision before that.
    """
    stage, records = Stage(shop, run_id), shop.records
    dataset = records.datasets.get(dataset_id)
    uses, champion = records.holdouts.uses(dataset.split_id), records.ledger.champion()
    settled = records.versions.of_run(run_id) is not None
    if not settled and not _stands(stage, uses, champion):
        progress(Progress(stage="gate"))
        decision = decide(_evidence(shop, stage, dataset, uses, champion))
        judged = Judged(decision=decision, holdout_id=dataset.split_id, champion=champion, uses=len(uses))
        stage.write(DECISION, judged)
    return stage.key(DECISION)


def _stands(stage: Stage, uses: list[HoldoutUse], champion: str | None) -> bool:
    if not stage.has(DECISION):
        return False
    judged = stage.read(DECISION, Judged)
    return (judged.uses, judged.champion) == (len(uses), champion)


def _evidence(shop: Workshop, stage: Stage, dataset: Dataset, uses: list[HoldoutUse], champion: str | None) -> Evidence:
    records = shop.records
    frame = records.datasets.frame(dataset)
    held = holdout.take(frame, dataset.schema, records.spec, dataset.split_id)
    scored = stage.read(SCORE, StagedScore)
    challenger = stage.open(scored.bundle)
    baselines = stage.read(TRAINING, StagedTraining).baselines
    opened = {family: stage.open(key) for family, key in baselines.items()}
    return Evidence(
        gate=records.spec.gate,
        classes=held.classes,
        labels=held.labels,
        challenger=held.probabilities(challenger.pipeline, held.classes),
        champion=None if champion is None else champions.probabilities(shop, champion, held, dataset, frame),
        baselines={family: held.probabilities(each.pipeline, held.classes) for family, each in opened.items()},
        ids=held.ids,
        slices=held.slices,
        uses=uses,
        cost=scored.scorecard.cost,
        champion_cost=None if champion is None else records.versions.get(champion).scorecard.cost,
    )
