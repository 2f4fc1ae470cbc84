"""Register: the candidate becomes a version, together with the use of the holdout that judged it."""

from __future__ import annotations

from pathlib import Path

from ratchet.data.schema import Schema
from ratchet.documents import convert, plain
from ratchet.errors import RatchetError
from ratchet.export import mlflow
from ratchet.progress import Progress, Report
from ratchet.registry import bundle as bundles
from ratchet.registry import how_learned
from ratchet.registry.how_learned import HowLearned
from ratchet.registry.versions import Version
from ratchet.retrain.stage import Stage, StagedDecision, StagedScore, StagedTraining
from ratchet.retrain.workshop import Workshop
from ratchet.tracking.tracker import RunRecord


def register(shop: Workshop, decision: str, progress: Report) -> str | None:
    """The number of the version that a staged decision makes of the bundle it is about, the one its run has if any.

    None where the decision is out of date: the holdout was used, or the champion changed, since it was made.
    The tracker is told; one that is away is noted and stops nothing.  Raises `NotFoundError` where ``decision`` is the
    key of none.
    """
    progress(Progress(stage="register"))
    stage, versions = Stage.of(shop, decision), shop.records.versions
    version = versions.of_run(stage.run_id) or _registered(shop, stage, decision)
    if version is None:
        return None
    if version.tracking_id is None:
        _track(shop, stage, version, progress)
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


def _track(shop: Workshop, stage: Stage, version: Version, progress: Report) -> None:
    score = stage.find(StagedScore, lambda each: each.bundle_id == version.bundle_id)
    if score is None:  # the run has ended, and what it staged is gone
        return
    training = stage.read(stage.read(score, StagedScore).training, StagedTraining)
    try:
        with stage.shown_bundle(version) as folder:
            tracking_id = shop.tracker.record(_record(shop, training, version, folder))
    except RatchetError as error:
        progress(Progress(stage="register", note=f"This run is not in the tracker: {error.problem}"))
        return
    if tracking_id is not None:
        shop.records.versions.tracked(version.number, tracking_id)


def _record(shop: Workshop, training: StagedTraining, version: Version, folder: Path) -> RunRecord:
    version = version.shown
    spec = shop.records.spec
    identity, manifest = bundles.look(folder)
    metrics: dict[str, float] = {}
    for name, measured in version.scorecard.metrics.items():
        metrics |= {name: measured.value, f"{name}_low": measured.low, f"{name}_high": measured.high}
    if version.scorecard.search_score is not None:
        metrics["cv_score"] = version.scorecard.search_score
    return RunRecord(
        classifier=spec.name,
        name=version.run_id,
        params={"family": version.family, **manifest.recipe["params"]},
        metrics=metrics,
        tags={
            "spec": version.learning_hash,
            "dataset": version.dataset_id,
            "split": manifest.split_id,
            "family": version.family,
            "outcome": version.decision.outcome,
        },
        documents={
            "spec.json": spec.model_dump(mode="json"),
            "scorecard.json": plain(version.scorecard),
            "decision.json": plain(version.decision),
        },
        bundle=folder,
        beside=mlflow.beside(convert(manifest.schema, Schema), identity, version.number),
        trials=training.trials,
    )
