"""Train: search, fit and finish the best candidate, and fit the baselines."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ratchet.data.dataset import Dataset
from ratchet.evaluation import holdout
from ratchet.progress import Progress, Report
from ratchet.registry.manifest import Manifest
from ratchet.retrain.stage import Stage, StagedTraining
from ratchet.retrain.workshop import Workshop
from ratchet.spec import Spec
from ratchet.training import session as sessions
from ratchet.training import train as training
from ratchet.training.finish import Finished, finish
from ratchet.training.rows import training_rows
from ratchet.training.search import Trial
from ratchet.training.train import Training


def train(shop: Workshop, run_id: str, dataset_id: str, progress: Report) -> str:
    """The key of the staged training (`StagedTraining`); the bundles it names are in the store, and name the dataset.

    Raises `DataError` where the rows cannot be learned from, or a model not be judged on them, which is cheaper told
    before a search than after it; and `JobError` where no trial succeeded.
    """
    stage, records = Stage(shop, run_id), shop.records
    made_before = stage.find(
        StagedTraining, lambda each: _is_of(stage.manifest(each.candidate), dataset_id, records.spec)
    )
    if made_before is not None:
        return made_before
    dataset = records.datasets.get(dataset_id)
    frame = records.datasets.frame(dataset)
    holdout.check(frame, dataset.schema, records.spec)
    progress(Progress(stage="train"))
    rows = training_rows(frame, dataset.schema, records.spec)
    with sessions.opened(shop.workspace / "cache") as session:
        made = training.train(records.spec, rows, engine=shop.engine, session=session, progress=progress)
        made = replace(made, findings=(*rows.findings, *made.findings))
        staged = _staged(stage, dataset, made, finish(records.spec, made.best, rows))
    for finding in made.findings:
        progress(Progress(stage="train", note=finding))
    return stage.write(staged)


def carried(spec: Spec) -> dict[str, Any]:
    """What of a spec the bundles of a training depend on: what is learned, and ``[serve]``, whose sets they hold."""
    return {"learning": spec.learning_hash, "serve": spec.serve.model_dump(mode="json")}


def _is_of(manifest: Manifest, dataset_id: str, spec: Spec) -> bool:
    made_for = {"learning": manifest.learning_hash, "serve": manifest.spec["serve"]}
    return manifest.dataset_id == dataset_id and made_for == carried(spec)


def _staged(stage: Stage, dataset: Dataset, made: Training, best: Finished) -> StagedTraining:
    """The training with its pipelines in the store, whose own files go with the session."""
    put = partial(stage.put_bundle, schema=dataset.schema, dataset_id=dataset.id, split_id=dataset.split_id)
    return StagedTraining(
        search_score=made.best.search_score,
        candidate=put(recipe=made.best.recipe, pipeline=best.pipeline, sets=best.sets, profile=best.profile),
        baselines={each.recipe.family: put(recipe=each.recipe, pipeline=each.pipeline) for each in made.baselines},
        trials=tuple(_document(trial) for trial in made.trials),
        findings=made.findings,
    )


def _document(trial: Trial) -> dict[str, Any]:
    names = ("number", "family", "params", "state", "score", "seconds", "reason")
    return {name: getattr(trial, name) for name in names}
