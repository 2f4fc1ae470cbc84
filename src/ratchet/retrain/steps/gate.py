"""Gate: champion and challenger on the same held-out rows."""

from __future__ import annotations

from ratchet.evaluation import holdout
from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from ratchet.gate.uses import HoldoutUse
from ratchet.progress import Progress, Report
from ratchet.registry.bundle import Bundle
from ratchet.registry.manifest import scorecard_of
from ratchet.registry.versions import Judged
from ratchet.retrain import champions
from ratchet.retrain.stage import Stage, StagedDecision, StagedScore, StagedTraining
from ratchet.retrain.workshop import Workshop


def gate(shop: Workshop, score: str, progress: Report) -> str:
    """The key of the staged decision (`StagedDecision`) about a staged score.

    It is made in view of the uses of the holdout that are on record now, the champion and the settings of the gate,
    and made anew where one of them has changed since.  Nothing is spent before `register` records the use; and nobody
    is shown the decision before that.  Raises `NotFoundError` where ``score`` is the key of none, and `RefusedError`
    where the spec asks for something else to be learned since.
    """
    stage = Stage.of(shop, score)
    bundle = stage.read(score, StagedScore).bundle
    uses, champion = _on_record(shop, stage.run_id, stage.manifest(bundle).split_id)
    settings = shop.records.spec.gate.model_dump(mode="json")

    def stands(each: StagedDecision) -> bool:
        view = (each.score, each.gate, each.judged.uses, each.judged.champion)
        return view == (score, settings, len(uses), champion)

    made_before = stage.find(StagedDecision, stands)
    if made_before is not None:
        return made_before
    progress(Progress(stage="gate"))
    challenger = stage.open(bundle)
    decision = decide(_evidence(shop, stage, score, challenger, uses, champion))
    judged = Judged(decision=decision, bundle_id=challenger.id, champion=champion, uses=len(uses))
    return stage.write(StagedDecision(score=score, gate=settings, judged=judged))


def _on_record(shop: Workshop, run_id: str, holdout_id: str) -> tuple[list[HoldoutUse], str | None]:
    """The uses of the holdout and the champion there are; for a run that has its use, those there were before it."""
    uses = shop.records.holdouts.uses(holdout_id)
    for number, use in enumerate(uses):
        if use.run_id == run_id:
            return uses[:number], use.champion
    return uses, shop.records.ledger.champion()


def _evidence(
    shop: Workshop, stage: Stage, score: str, challenger: Bundle, uses: list[HoldoutUse], champion: str | None
) -> Evidence:
    records = shop.records
    dataset = records.datasets.get(challenger.manifest.dataset_id)
    frame = records.datasets.frame(dataset)
    held = holdout.take(frame, dataset.schema, records.spec, dataset.split_id)
    training = stage.read(stage.read(score, StagedScore).training, StagedTraining)
    baselines = {family: stage.open(key) for family, key in training.baselines.items()}
    return Evidence(
        gate=records.spec.gate,
        classes=held.classes,
        labels=held.labels,
        challenger=held.probabilities(challenger.pipeline, held.classes),
        champion=None if champion is None else champions.probabilities(shop, champion, held, dataset, frame),
        baselines={family: held.probabilities(each.pipeline, held.classes) for family, each in baselines.items()},
        units=held.ids,
        slices=held.slices,
        uses=uses,
        cost=scorecard_of(challenger.manifest).cost,
        champion_cost=None if champion is None else records.versions.get(champion).scorecard.cost,
    )
