"""Train: search, fit and finish the best candidate, and fit the baselines."""

from __future__ import annotations

from typing import Any

from ratchet import clock
from ratchet.arrays import Labels
from ratchet.data.dataset import Dataset
from ratchet.models import conformal
from ratchet.models.calibrated import Calibrated, calibrate
from ratchet.progress import Progress, Report
from ratchet.retrain.stage import TRAINING, Stage, StagedTraining
from ratchet.retrain.workshop import Workshop
from ratchet.spec import Spec
from ratchet.training import train as training
from ratchet.training.rows import training_rows
from ratchet.training.search import Trial
from ratchet.training.train import Candidate


def train(shop: Workshop, run_id: str, dataset_id: str, progress: Report) -> str:
    """The key of the staged training (`StagedTraining`); the bundles it names are in the store.

    Raises `DataError` where the rows cannot be learned from and `JobError` where no trial succeeded.
    """
    stage = Stage(shop, run_id)
    if stage.has(TRAINING):
        return stage.key(TRAINING)
    progress(Progress(stage="train"))
    records = shop.records
    dataset = records.datasets.get(dataset_id)
    rows = training_rows(records.datasets.frame(dataset), dataset.schema, records.spec)
    made = training.train(records.spec, rows, engine=shop.engine, cache=shop.workspace / "cache", progress=progress)
    staged = StagedTraining(
        family=made.best.family,
        params=made.best.params,
        search_score=made.best.search_score,
        candidate=stage.put_bundle(**_parts(dataset, made.best), **_finished(made.best, rows.labels, records.spec)),
        baselines={each.family: stage.put_bundle(**_parts(dataset, each), model=each.model) for each in made.baselines},
        trials=tuple(_told(trial) for trial in made.trials),
        findings=made.findings,
    )
    for finding in made.findings:
        progress(Progress(stage="train", note=finding))
    return stage.write(TRAINING, staged)


def _parts(dataset: Dataset, candidate: Candidate) -> dict[str, Any]:
    return {
        "schema": dataset.schema,
        "encoder": candidate.encoder,
        "dataset_id": dataset.id,
        "split_id": dataset.split_id,
        "extra": {"params": candidate.params},
    }


def _finished(candidate: Candidate, labels: Labels, spec: Spec) -> dict[str, Any]:
    """The model, calibrated, and its prediction sets, both from what it answered out of fold.

    ``labels`` are those of the training rows; the holdout is not touched.
    """
    fold = candidate.out_of_fold
    if fold is None:
        return {"model": candidate.model}
    truth = labels[fold.indices]
    model = calibrate(candidate.model, fold.probabilities, truth, seed=clock.seed(spec.learning_hash, "calibrate"))
    sets = None
    if spec.serve.coverage:
        raw = fold.probabilities
        probabilities = model.calibration.apply(raw) if isinstance(model, Calibrated) else raw
        sets = conformal.fit(
            probabilities, truth, spec.serve.coverage, seed=clock.seed(spec.learning_hash, "conformal")
        )
    return {"model": model, "conformal": sets}


def _told(trial: Trial) -> dict[str, Any]:
    names = ("number", "family", "params", "state", "score", "seconds", "reason")
    return {name: getattr(trial, name) for name in names}
