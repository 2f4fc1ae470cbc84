"""Fitting a known recipe once more, on other rows."""

from __future__ import annotations

from ratchet.engine.engine import Engine
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.spec import Spec
from ratchet.training.session import Session
from ratchet.training.task import Task, TrainingRows


def refit(recipe: Recipe, rows: TrainingRows, *, spec: Spec, engine: Engine, session: Session) -> Pipeline:
    """The pipeline that a recipe makes of ``rows``, which may have other columns; nothing is searched.

    Runs on the engine within the limits of ``spec.search``; raises `JobError` where they are passed.  Its files last as
    long as the ``session``.
    """
    task = Task.of(spec, rows, engine=engine, session=session)
    task.write()
    today = recipe.on(rows.kinds)
    for error in task.encode([today]).values():
        raise error
    return task.made(today, "refitted")
