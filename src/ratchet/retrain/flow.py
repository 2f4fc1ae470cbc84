"""The training flow, read top to bottom.  The first training and the hundredth are this same code.

collect -> check -> version -> split -> train -> score -> gate -> register -> promote
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from ratchet import clock
from ratchet.data import checks
from ratchet.data.dataset import Dataset
from ratchet.data.findings import Finding
from ratchet.data.readers.batch import Batch
from ratchet.data.versions import Ingested
from ratchet.errors import DataError, RatchetError
from ratchet.evaluation.score import score as score_rows
from ratchet.evaluation.scorecard import Scorecard
from ratchet.evaluation.sets import measure_sets
from ratchet.features.columns import from_frame
from ratchet.gate.decide import decide, numbers
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence
from ratchet.models import conformal
from ratchet.models.calibrated import Calibrated, calibrate
from ratchet.models.conformal import Conformal
from ratchet.models.family import Labels, Probabilities
from ratchet.registry import bundle as bundles
from ratchet.registry.versions import Version
from ratchet.retrain import champions, cost, holdout
from ratchet.retrain.holdout import Holdout
from ratchet.retrain.rooms import Rooms
from ratchet.spec import Kind
from ratchet.store.workspace import Layout
from ratchet.tracking.tracker import RunRecord
from ratchet.training.progress import Progress, Tell, silent
from ratchet.training.search import Trial
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


def collect(rooms: Rooms, sources: Sequence[str], tell: Tell) -> Dataset:
    """The newest dataset version: with the rows of ``sources``, and made to fit the spec if that has changed."""
    dataset = rooms.datasets.latest()
    if sources or (dataset is not None and not dataset.fits(rooms.spec)):
        return ingest(rooms, sources, tell).dataset
    if dataset is None:
        raise DataError(f"nothing has been ingested for '{rooms.spec.name}'", todo="ratchet ingest DATA")
    return dataset


def ingest(rooms: Rooms, sources: Sequence[str], tell: Tell) -> Ingested:
    """Take the rows of ``sources`` in: read, typed, set aside where bad, versioned, split."""
    taken = rooms.datasets.ingest(sources, rooms.spec, quarantine=_quarantine(rooms), progress=_rows_told(tell))
    return _noted(taken, tell)


def ingest_feedback(rooms: Rooms, batches: Iterable[Batch], tell: Tell) -> Ingested:
    """Take rows in whose label came back for an answer; those that equal a row of the holdout are set aside."""
    aside, told = _quarantine(rooms), _rows_told(tell)
    return _noted(rooms.datasets.ingest_feedback(batches, rooms.spec, quarantine=aside, progress=told), tell)


def _noted(taken: Ingested, tell: Tell) -> Ingested:
    for note in taken.notes:
        tell(Progress(stage="collect", done=taken.dataset.rows, note=note))
    return taken


def rotate(rooms: Rooms, tell: Tell) -> Dataset:
    """The newest rows with a new holdout."""
    return rooms.datasets.rotate(rooms.spec, folder=_quarantine(rooms), progress=_rows_told(tell))


def _quarantine(rooms: Rooms) -> Path:
    return Layout(folder=rooms.workspace).quarantine


def _rows_told(tell: Tell) -> Callable[[str, int], None]:
    return lambda stage, rows: tell(Progress(stage="collect", done=rows, note=stage))


def check(rooms: Rooms, tell: Tell) -> tuple[Finding, ...]:
    """What is wrong with the newest rows, most harmful first."""
    dataset = collect(rooms, (), tell)
    tell(Progress(stage="check"))
    return inspect(rooms, dataset, rooms.datasets.frame(dataset), tell)


def inspect(rooms: Rooms, dataset: Dataset, frame: pl.DataFrame, tell: Tell) -> tuple[Finding, ...]:
    """What is wrong with the rows of a dataset; kept beside it, so that each version is inspected once."""
    key = findings_key(dataset.id, rooms.spec.hash)
    if rooms.blobs.exists(key):
        return msgspec.json.decode(rooms.blobs.get(key), type=tuple[Finding, ...])
    findings = checks.run(
        frame,
        dataset.schema,
        spec=rooms.spec,
        known=min(dataset.rows, rooms.datasets.get(dataset.parents[-1]).rows) if dataset.parents else 0,
        progress=lambda name, done, total: tell(Progress(stage="check", done=done, total=total, note=name)),
    )
    rooms.blobs.put(key, msgspec.json.encode(findings))
    return findings


def findings_key(dataset_id: str, spec_hash: str) -> str:
    """Where the findings about a dataset under a spec are kept."""
    return f"findings/{dataset_id}-{spec_hash}.json"


def training_rows(rooms: Rooms, dataset: Dataset, frame: pl.DataFrame) -> TrainingRows:
    """The rows that may be learned from: those on the train and tune sides."""
    schema = dataset.schema
    rows = frame.filter(pl.col("_side").is_in(["train", "tune"]))
    group = rooms.spec.of_kind(Kind.GROUP)
    return TrainingRows(
        columns=from_frame(rows, schema.features),
        kinds=schema.features,
        labels=holdout.label_indices(rows, schema),
        classes=schema.classes,
        ids=rows["_id"].to_numpy(),
        tune=(rows["_side"] == "tune").to_numpy(),
        groups=rows[group].fill_null("").to_numpy() if group else None,
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
    if sets is not None:
        scorecard = replace(scorecard, sets=measure_sets(sets, probabilities, held.labels))
    write(scorecard=scorecard)
    return Scored(candidate=best, scorecard=scorecard, probabilities=probabilities, baselines=baselines)


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
    tracking_id, notes = track(rooms, dataset, training, scored, decision, folder, run_id)
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


def track(
    rooms: Rooms, dataset: Dataset, training: Training, scored: Scored, decision: Decision, folder: Path, run_id: str
) -> tuple[str | None, tuple[str, ...]]:
    """Tell the tracker of the run; one that is away is noted and stops nothing."""
    metrics: dict[str, float] = {}
    for name, measured in scored.scorecard.metrics.items():
        metrics |= {name: measured.value, f"{name}_low": measured.low, f"{name}_high": measured.high}
    record = RunRecord(
        classifier=rooms.spec.name,
        name=run_id,
        params={"family": scored.candidate.family, **scored.candidate.params},
        metrics=metrics,
        tags={
            "spec": rooms.spec.hash,
            "dataset": dataset.id,
            "split": dataset.split_id,
            "family": scored.candidate.family,
            "outcome": decision.outcome,
        },
        documents={
            "spec.json": rooms.spec.model_dump(mode="json"),
            "scorecard.json": msgspec.to_builtins(scored.scorecard),
            "decision.json": msgspec.to_builtins(decision),
        },
        bundle=folder,
        trials=tuple(_trial(trial) for trial in training.trials),
    )
    try:
        return rooms.tracker.record(record), ()
    except RatchetError as error:
        return None, (f"This run is not in the tracker: {error.problem}",)


def _trial(trial: Trial) -> dict[str, Any]:
    told = ("number", "family", "params", "state", "score", "seconds", "reason")
    return {name: getattr(trial, name) for name in told}


def promote(rooms: Rooms, version: Version, decision: Decision, actor: str) -> tuple[str, ...]:
    """Make the version champion, in the ledger first; the tracker's alias follows."""
    rooms.ledger.promote(version.number, actor=actor, reason=decision.sentence, evidence=msgspec.to_builtins(decision))
    return mirror(rooms, version)


def mirror(rooms: Rooms, version: Version) -> tuple[str, ...]:
    """Show the champion in the tracker's own registry; one that is away is noted and stops nothing."""
    if version.tracking_id is None:
        return ()
    try:
        rooms.tracker.champion(rooms.spec.name, version.tracking_id, version.number)
    except RatchetError as error:
        return (f"The tracker's champion is not moved: {error.problem}",)
    return ()


def examples(frame: pl.DataFrame, dataset: Dataset, count: int) -> list[dict[str, Any]]:
    """The first few rows as they would be sent for an answer."""
    return frame.select(list(dataset.schema.features)).head(count).to_dicts()
