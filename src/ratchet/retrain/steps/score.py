"""Score: the candidate as it would be served, measured on the holdout beside its baselines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ratchet.arrays import Probabilities
from ratchet.data.examples import examples
from ratchet.evaluation import cost, holdout
from ratchet.evaluation.holdout import Holdout, learned_labels
from ratchet.evaluation.score import score as score_rows
from ratchet.evaluation.scorecard import Scorecard, Sets
from ratchet.evaluation.sets import measure_sets
from ratchet.models.conformal import Conformal
from ratchet.models.encoded import Encoded
from ratchet.models.one_feature import OneFeatureModel
from ratchet.models.pipeline import Pipeline
from ratchet.progress import Progress, Report
from ratchet.retrain import baselines
from ratchet.retrain.stage import Stage, StagedScore, StagedTraining
from ratchet.retrain.workshop import Workshop
from ratchet.serving.predictor import Predictor
from ratchet.training.reads import blind_baselines

_ASKED = 200
"""Rows that are answered one by one to measure what an answer costs."""


def score(shop: Workshop, training: str, progress: Report) -> str:
    """The key of the staged score (`StagedScore`) of a staged training, on the holdout of what it learned from.

    Raises `NotFoundError` where ``training`` is the key of none, `RefusedError` where the spec asks for something else
    to be learned since, and `DataError` where the holdout cannot judge: fewer than two classes, or no value of a slice.
    """
    stage, slices = Stage.of(shop, training), shop.records.spec.gate.slices
    staged = stage.read(training, StagedTraining)
    made_before = stage.find(StagedScore, lambda each: (each.training, each.slices) == (training, slices))
    if made_before is not None:
        return made_before
    progress(Progress(stage="score"))
    bundle = stage.put_scored(staged.candidate, _scorecard(shop, stage, staged))
    return stage.write(StagedScore(training=training, slices=slices, bundle=bundle))


def _scorecard(shop: Workshop, stage: Stage, training: StagedTraining) -> Scorecard:
    opened = stage.open(training.candidate)
    spec, dataset = shop.records.spec, shop.records.datasets.get(opened.manifest.dataset_id)
    frame = shop.records.datasets.frame(dataset)
    held = holdout.take(frame, dataset.schema, spec, dataset.split_id)
    fitted = baselines.opened(stage, training)
    predictor, rows = Predictor(opened, version="0"), examples(frame, dataset.schema, _ASKED)
    probabilities = held.probabilities(opened.pipeline, held.classes)
    scorecard = score_rows(
        classes=held.classes,
        labels=held.labels,
        probabilities=probabilities,
        factors=opened.factors,
        baselines=baselines.answers(fitted, held, frame, dataset.schema, spec),
        slices=held.slices,
        columns=held.segments(dataset.schema),
        cost=cost.measure(predictor.predict, rows, stage.folder(training.candidate)),
        search_score=training.search_score,
        search=training.search,
        units=held.units,
        metric=spec.gate.metric,
        positive=spec.gate.positive_of(held.classes, learned_labels(frame, dataset.schema)),
        rule=dataset.split.rule,
    )
    return replace(
        scorecard,
        sets=None if opened.sets is None else _sets(opened.sets, probabilities, held),
        candidates=training.candidates,
        train_seconds=training.seconds,
        training_notes=training.findings,
        notes=(*scorecard.notes, *_rule(fitted.values(), held.classes), *blind_baselines(held.kinds).values()),
    )


def _sets(sets: Conformal, probabilities: Probabilities, held: Holdout) -> Sets:
    return measure_sets(sets, probabilities, held.labels, classes=held.classes, units=held.units)


def _rule(baselines: Iterable[Pipeline], classes: Sequence[str]) -> Iterator[str]:
    """What the best rule of one feature says, so that its reader can hold it against what is known of the matter."""
    for each in baselines:
        if isinstance(each, Encoded) and isinstance(each.model, OneFeatureModel):
            yield f"The best one-feature rule: {each.model.describe(classes)}."
