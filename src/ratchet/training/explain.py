"""What a training finds out beside its best model, within a small part of its budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ratchet.engine.engine import Engine
from ratchet.evaluation.explained import Explained
from ratchet.evaluation.settings import setting_shares
from ratchet.spec import Spec
from ratchet.training import importance as importances
from ratchet.training.session import Session
from ratchet.training.task import Task, TrainingRows
from ratchet.training.train import Candidate


def explain(
    spec: Spec,
    rows: TrainingRows,
    best: Candidate,
    trials: Sequence[Mapping[str, Any]],
    *,
    engine: Engine,
    session: Session,
) -> Explained:
    """Which settings mattered among the ``trials`` (as documents), and what the best candidate rests on.

    Nothing is raised for what cannot be found out: it is left out, and a note says why.
    """
    metric, found = spec.gate.measure(rows.classes, rows.labels), None
    notes: tuple[str, ...] = ()
    try:
        task = Task.of(spec, rows, engine=engine, session=session)
        found = importances.importance(task, best.recipe, metric)
    except Exception as error:  # a family's own error, or its time was up: the model is as good without
        notes = (importances.why_not(error),)
    return Explained(
        settings=setting_shares(trials),
        importance=found,
        weights=importances.weights(best.pipeline, rows.classes),
        notes=notes,
    )
