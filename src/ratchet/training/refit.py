"""Fitting a known recipe once more: the same family and parameters, on other rows."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ratchet import clock
from ratchet.engine.engine import Engine
from ratchet.features.cache import encode
from ratchet.features.table import TableEncoder
from ratchet.models.catalogue import family as find_family
from ratchet.models.family import Model
from ratchet.spec import Spec
from ratchet.training import trial
from ratchet.training.train import TrainingRows


@dataclass(frozen=True, kw_only=True, slots=True)
class Refitted:
    """A recipe's encoder and model, fitted to other rows."""

    encoder: TableEncoder
    model: Model


def refit(
    family: str, params: Mapping[str, Any], rows: TrainingRows, *, spec: Spec, engine: Engine, cache: Path
) -> Refitted:
    """The model that a family with these parameters learns from ``rows``; nothing is searched.

    Runs on the engine within the limits of ``spec.search``; raises `JobError` where they are passed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    encoded = encode(cache, rows.columns, rows.kinds, find_family(family).encoders)
    with tempfile.TemporaryDirectory(dir=cache, prefix="refit-") as scratch:
        task = Path(scratch) / "task.npz"
        trial.write_task(task, rows.labels, ())
        job = trial.Job(
            family=family,
            params=params,
            encoded=encoded.folder,
            task=task,
            answers=Path(scratch) / "answers.npy",
            classes=len(rows.classes),
            metric=spec.gate.metric,
            seed=clock.seed("training", spec.learning_hash),
        )
        seconds = max(60.0, spec.search.budget)
        model = engine.submit(trial.fit_all, job, seconds=seconds, memory_mb=spec.search.memory_mb).result()
        return Refitted(encoder=encoded.encoder, model=model)
