"""Train: search, fit and finish the best candidate, and fit the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ratchet.data.dataset import Dataset
from ratchet.evaluation import holdout
from ratchet.progress import Progress, Report
from ratchet.registry.manifest import Manifest
from ratchet.registry.out_of_fold import OutOfFoldAnswers
from ratchet.retrain.stage import Stage, StagedTraining
from ratchet.retrain.workshop import Workshop
from ratchet.spec import Spec
from ratchet.statistics.measured import Measured
from ratchet.training import beginnings
from ratchet.training import session as sessions
from ratchet.training import train as training
from ratchet.training.candidate import Again
from ratchet.training.explain import explain
from ratchet.training.finish import Finished, finish
from ratchet.training.rows import training_rows
from ratchet.training.task import TrainingRows
from ratchet.training.train import Training
from ratchet.training.trial import OutOfFold


def train(shop: Workshop, run_id: str, dataset_id: str, progress: Report, *, recipe_of: str | None = None) -> str:
    """The key of the staged training (`StagedTraining`); the bundles it names are in the store, and name the dataset.

    With ``recipe_of``, the number of a version, its recipe is fitted again, and nothing is searched.

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
    again = None if recipe_of is None else Again(recipe=records.versions.bundle(recipe_of).recipe, version=recipe_of)
    begun_with = beginnings.of_spec(records.spec) if again is None else beginnings.of_recipe(again.recipe)
    with sessions.opened(shop.cache) as session:
        made = training.train(records.spec, rows, engine=shop.engine, session=session, again=again, progress=progress)
        trials = tuple(trial.document() for trial in made.trials)
        found = explain(records.spec, rows, made.best, trials, engine=shop.engine, session=session)
        staged = replace(_staged(stage, dataset, rows, made, begun_with), trials=trials, explained=found)
    for finding in made.findings:
        progress(Progress(stage="train", note=finding))
    return stage.write(staged)


def carried(spec: Spec) -> dict[str, Any]:
    """What of a spec the bundles of a training depend on: what is learned, and ``[serve]``, whose sets they hold."""
    return {"learning": spec.learning_hash, "serve": spec.serve.model_dump(mode="json")}


def _is_of(manifest: Manifest, dataset_id: str, spec: Spec) -> bool:
    made_for = {"learning": manifest.learning_hash, "serve": manifest.spec["serve"]}
    return manifest.dataset_id == dataset_id and made_for == carried(spec)


def _staged(
    stage: Stage, dataset: Dataset, rows: TrainingRows, made: Training, begun_with: Sequence[str]
) -> StagedTraining:
    """The training, its best finished, with its pipelines in the store, whose own files go with the session."""
    best = finish(stage.spec, made.best, rows)
    put = partial(stage.put_bundle, schema=dataset.schema, dataset_id=dataset.id, split_id=dataset.split_id)
    return StagedTraining(
        search_score=made.best.search_score,
        search=_search(stage.spec, rows, best),
        out_of_fold=stage.put_out_of_fold(_answers(rows, best.out_of_fold)),
        candidate=put(
            recipe=made.best.recipe,
            pipeline=best.pipeline,
            sets=best.sets,
            profile=best.profile,
            factors=best.chosen and best.chosen.factors,
            begun_with=begun_with,
        ),
        baselines={each.recipe.family: put(recipe=each.recipe, pipeline=each.pipeline) for each in made.baselines},
        candidates=made.candidates,
        seconds=made.seconds,
        findings=made.findings,
    )


def _search(spec: Spec, rows: TrainingRows, best: Finished) -> Measured:
    """The metric out of fold, calibrated and labelled as what is served, by units of evidence."""
    metric, indices = spec.gate.measure(rows.classes, rows.labels), best.out_of_fold.indices
    return metric.measured(rows.labels[indices], best.judged(metric), units=rows.units_of(indices))


def _answers(rows: TrainingRows, found: OutOfFold) -> OutOfFoldAnswers:
    ids = rows.ids[found.indices]
    return OutOfFoldAnswers(ids=ids, probabilities=found.probabilities, classes=rows.classes)
