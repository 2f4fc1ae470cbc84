"""The training flow, read top to bottom.  The first training and the hundredth are this same code.

collect -> check -> version -> split -> train -> score -> gate -> register -> promote
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from ratchet.arrays import Probabilities
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
from ratchet.models.encoded import Encoded
from ratchet.models.one_feature import OneFeatureModel
from ratchet.progress import Progress, Report, silent
from ratchet.registry import bundle as bundles
from ratchet.registry.versions import Version
from ratchet.retrain import champions
from ratchet.retrain.rows import collect, examples, inspect, training_rows
from ratchet.retrain.track import mirror, track
from ratchet.retrain.workshop import Workshop
from ratchet.serving.predictor import Predictor
from ratchet.training import session as sessions
from ratchet.training.finish import finish
from ratchet.training.session import Session
from ratchet.training.task import TrainingRows
from ratchet.training.train import Candidate, Training, train


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
    with (
        shop.records.runs.start("collect") as this,
        tempfile.TemporaryDirectory(prefix="ratchet-") as scratch,
        sessions.opened(shop.workspace / "cache") as session,
    ):

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
        training = train(shop.records.spec, rows, engine=shop.engine, session=session, progress=progress)
        at("score")
        folder = Path(scratch) / "bundle"
        scored = score(shop, dataset, training, rows, held, folder, examples(frame, dataset, 200))
        at("gate")
        decision = judge(shop, held, scored, rows, session)
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
    trained: TrainingRows,
    held: Holdout,
    folder: Path,
    rows: list[dict[str, Any]],
) -> Scored:
    """Finish the chosen candidate, write it as it would be served, and measure that on the holdout."""
    best, made = training.best, finish(shop.records.spec, training.best, trained)
    bundles.write(
        folder,
        spec=shop.records.spec,
        schema=dataset.schema,
        recipe=best.recipe,
        pipeline=made.pipeline,
        sets=made.sets,
        profile=made.profile,
        dataset_id=dataset.id,
        split_id=dataset.split_id,
    )
    price = cost.measure(Predictor(bundles.read(folder), version="0").predict, rows, folder)
    probabilities = held.probabilities(made.pipeline, held.classes)
    baselines = {each.recipe.family: held.probabilities(each.pipeline, held.classes) for each in training.baselines}
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
        sets=None if made.sets is None else measure_sets(made.sets, probabilities, held.labels),
        notes=(*scorecard.notes, *_rule(training.baselines, held.classes)),
    )
    bundles.rescore(folder, scorecard)
    return Scored(candidate=best, scorecard=scorecard, probabilities=probabilities, baselines=baselines)


def _rule(baselines: Sequence[Candidate], classes: Sequence[str]) -> Iterator[str]:
    """What the best rule of one feature says, so that its reader can hold it against what is known of the matter."""
    for each in baselines:
        if isinstance(each.pipeline, Encoded) and isinstance(each.pipeline.model, OneFeatureModel):
            yield f"The best one-feature rule: {each.pipeline.model.describe(classes)}."


def judge(shop: Workshop, held: Holdout, scored: Scored, rows: TrainingRows, session: Session) -> Decision:
    """The gate's answer, champion and challenger on the same rows; it spends one use of the holdout, whatever it is."""
    champion = shop.records.ledger.champion()
    evidence = Evidence(
        gate=shop.records.spec.gate,
        classes=held.classes,
        labels=held.labels,
        challenger=scored.probabilities,
        champion=None
        if champion is None
        else champions.answers(shop.records.versions.bundle(champion), held, rows, shop, session),
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
        family=scored.candidate.recipe.family,
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
