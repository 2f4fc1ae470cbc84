"""Register: the candidate becomes a version, together with the use of the holdout that judged it."""

from __future__ import annotations

from ratchet.progress import Progress, Report
from ratchet.registry import how_learned
from ratchet.registry.how_learned import HowLearned
from ratchet.registry.versions import Version
from ratchet.retrain.stage import Stage, StagedDecision, StagedScore, StagedTraining
from ratchet.retrain.telling import owe_run
from ratchet.retrain.workshop import Workshop


def register(shop: Workshop, decision: str, progress: Report) -> str | None:
    """The number of the version that a staged decision makes of the bundle it is about, the one its run has if any.

    None where the decision is out of date: the holdout was used, or the champion changed, since it was made.
    The trackers are owed it.  Raises `NotFoundError` where ``decision`` is the key of none.
    """
    progress(Progress(stage="register"))
    stage, versions = Stage.of(shop, decision), shop.records.versions
    version = versions.of_run(stage.run_id) or _registered(shop, stage, decision)
    if version is None:
        return None
    owe_run(shop, stage.run_id)
    return version.number


def _registered(shop: Workshop, stage: Stage, decision: str) -> Version | None:
    staged = stage.read(decision, StagedDecision)
    score = stage.read(staged.score, StagedScore)
    training = stage.read(score.training, StagedTraining)
    how = how_learned.encode(HowLearned(trials=training.trials, explained=training.explained))
    return shop.records.versions.register(
        stage.folder(score.bundle),
        run_id=stage.run_id,
        judged=staged.judged,
        out_of_fold=stage.out_of_fold(training.out_of_fold),
        how=how,
    )
