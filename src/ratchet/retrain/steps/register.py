"""Register: the candidate becomes a version, together with the use of the holdout that judged it."""

from __future__ import annotations

from ratchet.documents import plain
from ratchet.errors import RatchetError
from ratchet.progress import Progress, Report
from ratchet.registry.versions import Judged, Version
from ratchet.retrain.stage import DECISION, SCORE, TRAINING, Stage, StagedScore, StagedTraining
from ratchet.retrain.workshop import Workshop
from ratchet.tracking.tracker import RunRecord


def register(shop: Workshop, run_id: str, dataset_id: str, progress: Report) -> str | None:
    """The number of the version that the run makes, the one it has if it made it before.

    None where the decision is out of date: the holdout was used, or the champion changed, since it was made.
    The tracker is told; one that is away is noted and stops nothing.
    """
    progress(Progress(stage="register"))
    stage, versions = Stage(shop, run_id), shop.records.versions
    version = versions.of_run(run_id) or _registered(shop, stage, run_id, dataset_id)
    if version is None:
        return None
    if version.tracking_id is None and stage.has(TRAINING):
        _track(shop, stage, version, progress)
    return version.number


def _registered(shop: Workshop, stage: Stage, run_id: str, dataset_id: str) -> Version | None:
    scored = stage.read(SCORE, StagedScore)
    return shop.records.versions.register(
        stage.folder(scored.bundle),
        run_id=run_id,
        family=stage.read(TRAINING, StagedTraining).family,
        dataset_id=dataset_id,
        learning_hash=shop.records.spec.learning_hash,
        scorecard=scored.scorecard,
        judged=stage.read(DECISION, Judged),
    )


def _track(shop: Workshop, stage: Stage, version: Version, progress: Report) -> None:
    try:
        tracking_id = shop.tracker.record(_record(shop, stage, version))
    except RatchetError as error:
        progress(Progress(stage="register", note=f"This run is not in the tracker: {error.problem}"))
        return
    if tracking_id is not None:
        shop.records.versions.tracked(version.number, tracking_id)


def _record(shop: Workshop, stage: Stage, version: Version) -> RunRecord:
    spec, training = shop.records.spec, stage.read(TRAINING, StagedTraining)
    metrics: dict[str, float] = {}
    for name, measured in version.scorecard.metrics.items():
        metrics |= {name: measured.value, f"{name}_low": measured.low, f"{name}_high": measured.high}
    return RunRecord(
        classifier=spec.name,
        name=version.run_id,
        params={"family": version.family, **training.params},
        metrics=metrics,
        tags={
            "spec": version.learning_hash,
            "dataset": version.dataset_id,
            "split": shop.records.datasets.get(version.dataset_id).split_id,
            "family": version.family,
            "outcome": version.decision.outcome,
        },
        documents={
            "spec.json": spec.model_dump(mode="json"),
            "scorecard.json": plain(version.scorecard),
            "decision.json": plain(version.decision),
        },
        bundle=shop.records.blobs.local_folder(version.bundle_key),
        trials=training.trials,
    )
