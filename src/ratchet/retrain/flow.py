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
from ratchet.data.dataset import Dataset
from ratchet.data.findings import Finding
from ratchet.evaluation.score import score as score_rows
from ratchet.evaluation.scorecard import Scorecard
from ratchet.evaluation.sets import measure_sets
from ratchet.gate.decide import decide, numbers
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence
from ratchet.models import conformal
from ratchet.models.calibrated import Calibrated, calibrate
from ratchet.models.conformal import Conformal
from ratchet.models.family import Labels, Probabilities
from ratchet.models.one_feature import OneFeatureModel
from ratchet.registry import bundle as bundles
from ratchet.registry.versions import Version
from ratchet.retrain import champions, cost, holdout
from ratchet.retrain.holdout import Holdout
from ratchet.retrain.rooms import Rooms
from ratchet.retrain.rows import collect, examples, inspect, training_rows
from ratchet.retrain.track import mirror, track
from ratchet.training.progress import Progress, Tell, silent
from ratchet.training.train import Candidate, Training, TrainingRows, train


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one run of the flow."""

    dataset: Dataset
    findings: tuple[Finding, ...]
    version: Version
    scorecard: Scorecard
    decision: Decision


def run(rooms: Rooms, sources: Sequence[str] = (), *, actor: str, tell: Tell = silent) -> Outcome:
    """Train on the newest rows, and promote what the gate lets through.

    Raises `DataError` where the rows cannot be learned from and `JobError` where no trial succeeded; the champion
    and every version before stay as they were.
    """
    with rooms.runs.start("collect") as this, tempfile.TemporaryDirectory(prefix="ratchet-") as scratch:

        def at(stage: str) -> None:
            this.stage(stage)
            tell(Progress(stage=stage))

        dataset = collect(rooms, sources, tell)
        frame = rooms.datasets.frame(dataset)
        at("check")
        findings = inspect(rooms, dataset, frame, tell)
        at("split")
        held = holdout.take(frame, dataset.schema, rooms.spec, dataset.split_id)
        at("train")
        rows = training_rows(rooms, dataset, frame)
        training = train(rooms.spec, rows, engine=rooms.engine, cache=rooms.workspace / "cache", progress=tell)
        at("score")
        folder = Path(scratch) / "bundle"
        scored = score(rooms, dataset, training, rows.labels, held, folder, examples(frame, dataset, 200))
        at("gate")
        decision = judge(rooms, held, scored, rows)
        at("register")
        version, notes = register(rooms, dataset, training, scored, decision, folder, run_id=this.id)
        decision = replace(decision, version=version.number)
        at("promote")
        if decision.outcome == "promote":
            notes += promote(rooms, version, decision, actor)
        for note in (*training.findings, *notes):
            tell(Progress(stage="promote", note=note))
        this.finish({"version": version.number, "outcome": decision.outcome})
        return Outcome(
            dataset=dataset,
            findings=findings,
            version=version,
            scorecard=scored.scorecard,
            decision=decision,
        )


def finish(rooms: Rooms, candidate: Candidate, labels: Labels) -> tuple[Candidate, Conformal | None]:
    """Calibrate the candidate, and fit its prediction sets, on what it answered out of fold.

    ``labels`` are those of the training rows; the holdout is not touched.
    """
    fold, spec = candidate.out_of_fold, rooms.spec
    if fold is None:
        return candidate, None
    truth = labels[fold.indices]
    model = calibrate(candidate.model, fold.probabilities, truth, seed=clock.seed(spec.hash, "calibrate"))
    sets = None
    if spec.serve.coverage:
        raw = fold.probabilities
        probabilities = model.calibration.apply(raw) if isinstance(model, Calibrated) else raw
        sets = conformal.fit(probabilities, truth, spec.serve.coverage, seed=clock.seed(spec.hash, "conformal"))
    return replace(candidate, model=model), sets


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """The candidate with its evidence: probabilities on the holdout, its own and the baselines'."""

    candidate: Candidate
    scorecard: Scorecard
    probabilities: Probabilities
    baselines: Mapping[str, Probabilities]


def score(
    rooms: Rooms,
    dataset: Dataset,
    training: Training,
    labels: Labels,
    held: Holdout,
    folder: Path,
    rows: list[dict[str, Any]],
) -> Scored:
    """Finish the chosen candidate, write it as it would be served, and measure that on the holdout."""
    best, sets = finish(rooms, training.best, labels)
    write = partial(
        bundles.write,
        folder,
        spec=rooms.spec,
        schema=dataset.schema,
        encoder=best.encoder,
        model=best.model,
        dataset_id=dataset.id,
        split_id=dataset.split_id,
        conformal=sets,
        extra={"params": best.params},
    )
    write()
    price = cost.measure(bundles.read(folder), folder, rows)
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
        metric=rooms.spec.gate.metric,
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


def judge(rooms: Rooms, held: Holdout, scored: Scored, rows: TrainingRows) -> Decision:
    """The gate's answer, champion and challenger on the same rows; it spends one use of the holdout, whatever it is."""
    champion = rooms.ledger.champion()
    evidence = Evidence(
        gate=rooms.spec.gate,
        classes=held.classes,
        labels=held.labels,
        challenger=scored.probabilities,
        champion=None if champion is None else champions.answers(rooms.versions.bundle(champion), held, rows, rooms),
        baselines=scored.baselines,
        ids=held.ids,
        slices=held.slices,
        uses=rooms.holdouts.uses(held.id),
        cost=scored.scorecard.cost,
        champion_cost=None if champion is None else champions.cost(rooms, champion),
    )
    decision = decide(evidence)
    challenger = len(rooms.versions.list()) + 1  # the number it is about to get: this process alone may register
    rooms.holdouts.use(held.id, challenger, None if champion is None else int(champion), numbers(decision))
    return decision


def register(
    rooms: Rooms, dataset: Dataset, training: Training, scored: Scored, decision: Decision, folder: Path, run_id: str
) -> tuple[Version, tuple[str, ...]]:
    """Keep the candidate as a version, promoted or not, and tell the tracker."""
    tracking_id, notes = track(rooms, dataset, training, scored.candidate, scored.scorecard, decision, folder, run_id)
    version = rooms.versions.register(
        folder,
        family=scored.candidate.family,
        dataset_id=dataset.id,
        spec_hash=rooms.spec.hash,
        scorecard=msgspec.to_builtins(scored.scorecard),
        decision=msgspec.to_builtins(decision),
        run_id=run_id,
        tracking_id=tracking_id,
    )
    return version, notes


def promote(rooms: Rooms, version: Version, decision: Decision, actor: str) -> tuple[str, ...]:
    """Make the version champion, in the ledger first; the tracker's alias follows."""
    rooms.ledger.promote(version.number, actor=actor, reason=decision.sentence, evidence=msgspec.to_builtins(decision))
    return mirror(rooms, version)
