"""The training flow, read top to bottom.  The first training and the hundredth are this same code.

collect -> check -> version -> split -> train -> score -> gate -> register -> promote
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ratchet import clock
from ratchet.arrays import Labels, Probabilities
from ratchet.data.dataset import Dataset
from ratchet.data.findings import Finding
from ratchet.evaluation import cost, holdout
from ratchet.evaluation.holdout import Holdout
from ratchet.evaluation.score import score as score_rows
from ratchet.evaluation.scorecard import Scorecard
from ratchet.evaluation.sets import measure_sets
from ratchet.gate.decide import decide, numbers
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence
from ratchet.models import conformal
from ratchet.models.calibrated import Calibrated, calibrate
from ratchet.models.conformal import Conformal
from ratchet.models.one_feature import OneFeatureModel
from ratchet.progress import Progress, Report, silent
from ratchet.registry import bundle as bundles
from ratchet.registry.versions import Version
from ratchet.retrain import champions
from ratchet.retrain.rows import collect, examples, inspect, training_rows
from ratchet.retrain.track import mirror, track
from ratchet.retrain.workshop import Workshop
from ratchet.serving.predictor import Predictor
from ratchet.training.train import Candidate, Training, TrainingRows, train


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one run of the flow."""

    dataset: Dataset
    findings: tuple[Finding, ...]
    version: Version
    scorecard: Scorecard
    decision: Decision


def run(shop: Workshop, sources: Sequence[str] = (), *, actor: str, progress: Report = silent) -> Outcome:
    """Train on the newest rows, and promote what the gate lets through.

    Raises `DataError` where the rows cannot be learned from and `JobError` where no trial succeeded; the champion
    and every version before stay as they were.
    """
    with shop.records.runs.start("collect") as this, tempfile.TemporaryDirectory(prefix="ratchet-") as scratch:

        def at(stage: str) -> None:
            this.stage(stage)
            progress(Progress(stage=stage))

        dataset = collect(shop, sources, progress)
        frame = shop.records.datasets.frame(dataset)
        at("check")
        findings = inspect(shop, dataset, frame, progress)
        at("split")
        held = holdout.take(frame, dataset.schema, shop.records.spec, dataset.split_id)
        at("train")
        rows = training_rows(shop, dataset, frame)
        training = train(shop.records.spec, rows, engine=shop.engine, cache=shop.workspace / "cache", progress=progress)
        at("score")
        folder = Path(scratch) / "bundle"
        scored = score(shop, dataset, training, rows.labels, held, folder, examples(frame, dataset, 200))
        at("gate")
        decision = judge(shop, held, scored, rows)
        at("register")
        version, notes = register(shop, dataset, training, scored, decision, folder, run_id=this.id)
        decision = replace(decision, version=version.number)
        at("promote")
        if decision.outcome == "promote":
            notes += promote(shop, version, decision, actor)
        for note in (*training.findings, *notes):
            progress(Progress(stage="promote", note=note))
        this.finish({"version": version.number, "outcome": decision.outcome})
        return Outcome(
            dataset=dataset,
            findings=findings,
            version=version,
            scorecard=scored.scorecard,
            decision=decision,
        )


def finish(shop: Workshop, candidate: Candidate, labels: Labels) -> tuple[Candidate, Conformal | None]:
    """Calibrate the candidate, and fit its prediction sets, on what it answered out of fold.

    ``labels`` are those of the training rows; the holdout is not touched.
    """
    fold, spec = candidate.out_of_fold, shop.records.spec
    if fold is None:
        return candidate, None
    truth = labels[fold.indices]
    model = calibrate(candidate.model, fold.probabilities, truth, seed=clock.seed(spec.learning_hash, "calibrate"))
    sets = None
    if spec.serve.coverage:
        raw = fold.probabilities
        probabilities = model.calibration.apply(raw) if isinstance(model, Calibrated) else raw
        sets = conformal.fit(
            probabilities, truth, spec.serve.coverage, seed=clock.seed(spec.learning_hash, "conformal")
        )
    return replace(candidate, model=model), sets


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """The candidate with its evidence: probabilities on the holdout, its own and the baselines'."""

    candidate: Candidate
    scorecard: Scorecard
    probabilities: Probabilities
    baselines: Mapping[str, Probabilities]


def score(
    shop: Workshop,
    dataset: Dataset,
    training: Training,
    labels: Labels,
    held: Holdout,
    folder: Path,
    rows: list[dict[str, Any]],
) -> Scored:
    """Finish the chosen candidate, write it as it would be served, and measure that on the holdout."""
    best, sets = finish(shop, training.best, labels)
    write = partial(
        bundles.write,
        folder,
        spec=shop.records.spec,
        schema=dataset.schema,
        encoder=best.encoder,
        model=best.model,
        dataset_id=dataset.id,
        split_id=dataset.split_id,
        conformal=sets,
        extra={"params": best.params},
    )
    write()
    price = cost.measure(Predictor(bundles.read(folder), version="0").predict, rows, folder)
    probabilities = held.probabilities(best.encoder, best.model, held.classes)
    baselines = {each.family: held.probabilities(each.encoder, each.model, held.classes) for each in training.baselines}
    scorecard = score_rows(
        classes=held.classes,
        labels=held.labels,
        probabilities=probabilities,
        baselines=baselines,
        slices=held.slices,
        columns=held.segments(dataset.schema),
        cost=price,
        search_score=best.search_score,
        ids=held.ids,
        metric=shop.records.spec.gate.metric,
    )
    scorecard = replace(
        scorecard,
        sets=None if sets is None else measure_sets(sets, probabilities, held.labels),
        notes=(*scorecard.notes, *_rule(training.baselines, held.classes)),
    )
    write(scorecard=scorecard)
    return Scored(candidate=best, scorecard=scorecard, probabilities=probabilities, baselines=baselines)


def _rule(baselines: Sequence[Candidate], classes: Sequence[str]) -> Iterator[str]:
    """What the best rule of one feature says, so that its reader can hold it against what is known of the matter."""
    for each in baselines:
        if isinstance(each.model, OneFeatureModel):
            yield f"The best one-feature rule: {each.model.describe(classes)}."


def judge(shop: Workshop, held: Holdout, scored: Scored, rows: TrainingRows) -> Decision:
    """The gate's answer, champion and challenger on the same rows; it spends one use of the holdout, whatever it is."""
    champion = shop.records.ledger.champion()
    evidence = Evidence(
        gate=shop.records.spec.gate,
        classes=held.classes,
        labels=held.labels,
        challenger=scored.probabilities,
        champion=None
        if champion is None
        else champions.answers(shop.records.versions.bundle(champion), held, rows, shop),
        baselines=scored.baselines,
        ids=held.ids,
        slices=held.slices,
        uses=shop.records.holdouts.uses(held.id),
        cost=scored.scorecard.cost,
        champion_cost=None if champion is None else champions.cost(shop, champion),
    )
    decision = decide(evidence)
    challenger = len(shop.records.versions.list()) + 1  # the number it is about to get: this process alone may register
    shop.records.holdouts.use(held.id, challenger, None if champion is None else int(champion), numbers(decision))
    return decision


def register(
    shop: Workshop, dataset: Dataset, training: Training, scored: Scored, decision: Decision, folder: Path, run_id: str
) -> tuple[Version, tuple[str, ...]]:
    """Keep the candidate as a version, promoted or not, and tell the tracker."""
    tracking_id, notes = track(shop, dataset, training, scored.candidate, scored.scorecard, decision, folder, run_id)
    version = shop.records.versions.register(
        folder,
        family=scored.candidate.family,
        dataset_id=dataset.id,
        learning_hash=shop.records.spec.learning_hash,
        scorecard=msgspec.to_builtins(scored.scorecard),
        decision=msgspec.to_builtins(decision),
        run_id=run_id,
        tracking_id=tracking_id,
    )
    return version, notes


def promote(shop: Workshop, version: Version, decision: Decision, actor: str) -> tuple[str, ...]:
    """Make the version champion, in the ledger first; the tracker's alias follows."""
    shop.records.ledger.promote(
        version.number, actor=actor, reason=decision.sentence, evidence=msgspec.to_builtins(decision)
    )
    return mirror(shop, version)
