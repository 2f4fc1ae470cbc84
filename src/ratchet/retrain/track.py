"""Telling the tracker: of each run, and of who is champion.  One that is away is noted and stops nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ratchet.data.dataset import Dataset
from ratchet.errors import RatchetError
from ratchet.evaluation.scorecard import Scorecard
from ratchet.gate.decision import Decision
from ratchet.registry.versions import Version
from ratchet.retrain.workshop import Workshop
from ratchet.tracking.tracker import RunRecord
from ratchet.training.search import Trial
from ratchet.training.train import Candidate, Training


def track(
    shop: Workshop,
    dataset: Dataset,
    training: Training,
    candidate: Candidate,
    scorecard: Scorecard,
    decision: Decision,
    folder: Path,
    run_id: str,
) -> tuple[str | None, tuple[str, ...]]:
    """Tell the tracker of the run; one that is away is noted and stops nothing."""
    metrics: dict[str, float] = {}
    for name, measured in scorecard.metrics.items():
        metrics |= {name: measured.value, f"{name}_low": measured.low, f"{name}_high": measured.high}
    record = RunRecord(
        classifier=shop.records.spec.name,
        name=run_id,
        params={"family": candidate.recipe.family, **candidate.recipe.params},
        metrics=metrics,
        tags={
            "spec": shop.records.spec.learning_hash,
            "dataset": dataset.id,
            "split": dataset.split_id,
            "family": candidate.recipe.family,
            "outcome": decision.outcome,
        },
        documents={
            "spec.json": shop.records.spec.model_dump(mode="json"),
            "scorecard.json": msgspec.to_builtins(scorecard),
            "decision.json": msgspec.to_builtins(decision),
        },
        bundle=folder,
        trials=tuple(_trial(trial) for trial in training.trials),
    )
    try:
        return shop.tracker.record(record), ()
    except RatchetError as error:
        return None, (f"This run is not in the tracker: {error.problem}",)


def _trial(trial: Trial) -> dict[str, Any]:
    told = ("number", "family", "params", "state", "score", "seconds", "reason")
    return {name: getattr(trial, name) for name in told}


def mirror(shop: Workshop, version: Version) -> tuple[str, ...]:
    """Show the champion in the tracker's own registry; one that is away is noted and stops nothing."""
    if version.tracking_id is None:
        return ()
    try:
        shop.tracker.champion(shop.records.spec.name, version.tracking_id, version.number)
    except RatchetError as error:
        return (f"The tracker's champion is not moved: {error.problem}",)
    return ()
