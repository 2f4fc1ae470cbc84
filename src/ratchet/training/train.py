"""Spec and rows to a Candidate: encode, measure the baselines, search, and fit the best once more on all rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ratchet import clock
from ratchet.engine.engine import Engine
from ratchet.errors import DataError
from ratchet.evaluation.scorecard import CandidateScore
from ratchet.models.catalogue import BASELINES, family
from ratchet.models.family import Shape
from ratchet.models.recipe import Recipe
from ratchet.progress import Progress, Report, silent
from ratchet.spec import Spec
from ratchet.training.budget import budget
from ratchet.training.by_candidate import by_candidate
from ratchet.training.candidate import Again
from ratchet.training.candidate import Candidate as Candidate
from ratchet.training.composites import join
from ratchet.training.findings import findings
from ratchet.training.last_fit import fit_best, order
from ratchet.training.opening import open_with
from ratchet.training.planned import planned
from ratchet.training.reads import blind_baselines
from ratchet.training.search import Search
from ratchet.training.session import Session
from ratchet.training.task import Task, TrainingRows
from ratchet.training.tried import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """What came of a training."""

    best: Candidate
    baselines: tuple[Candidate, ...]
    trials: tuple[Trial, ...]
    candidates: tuple[CandidateScore, ...]
    """What was found for each candidate of the spec."""
    seconds: float
    """What it took, from the first row encoded to the best fitted."""
    findings: tuple[str, ...] = ()


def train(
    spec: Spec,
    rows: TrainingRows,
    *,
    engine: Engine,
    session: Session,
    again: Again | None = None,
    progress: Report = silent,
) -> Training:
    """Find the best settings of the spec's candidates and fit them to all rows.

    Trials are scored on rows they have not learned from (`ratchet.training.folds.plan`), by the gate's metric.  The
    budget of ``spec.search`` is for all of it, the last fit included, for which time is kept back: it begins when this
    is called, and what runs at its end is killed.  Only encoding the rows and learning the first model may pass it, up
    to a minute, where nothing at all could be learned within it.  The baselines that can read a column are always
    fitted.  All that learns or encodes runs on the engine, with limits.  Files of the pipelines last as long as the
    ``session``.

    A training that was killed goes on when it is asked for again: folds that ended are not learned anew, and the time
    it had spent counts.  Ctrl-C (`KeyboardInterrupt`, not that of SIGTERM) ends the search, and the best so far is
    fitted; another one stops at once.

    With ``again`` nothing is searched: that recipe alone is tried, on all folds, and fitted to these rows, which may
    have other columns than it was made for.

    A candidate whose model or whose libraries are not on this machine is left out, and that is said.

    Raises `DataError` where there is nothing to tell apart, `SpecError` where a candidate cannot be tried as it is,
    that or `MissingExtraError` where all would be left out, and `JobError`, with every reason, where a baseline cannot
    be fitted or no trial succeeded.
    """
    _check(rows)
    shape = Shape(rows=len(rows.labels), classes=len(rows.classes))
    recipes = planned(spec, rows.kinds, shape) if again is None else _once_more(again.recipe.on(rows.kinds))
    task = Task.of(spec, rows, engine=engine, session=session)
    named = (
        spec.learning_hash,
        again.version if again else "",
        *task.digests.values(),
        hashlib.blake2b(rows.labels.tobytes(), digest_size=16).hexdigest(),
    )
    with budget(spec.search.budget, session.inputs.folder, *named) as time:
        return _train(Search(task.planned(), time, again=again, progress=progress), recipes, progress)


def _train(search: Search, recipes: Sequence[Recipe], progress: Report) -> Training:
    task, rows = search.task, search.task.rows
    blind = blind_baselines(rows.kinds)
    plain = [_baseline(name, task.spec, rows) for name in BASELINES if name not in blind]
    baselines = open_with(search, recipes, plain, progress)
    search.run()
    joined = join(search, recipes)
    progress(Progress(stage="fit the best", done=len(search.found), total=len(search.found), note=_said(search)))
    best, chosen, passed = fit_best(search, order(search))
    said = findings(search, chosen.trials)
    return Training(
        best=best,
        baselines=baselines,
        trials=tuple(replace(each, result="") for each in chosen.trials),
        candidates=by_candidate(task, recipes, chosen.trials, chosen.preferred),
        seconds=clock.monotonic() - search.budget.started,
        findings=(*rows.findings, *blind.values(), *search.unread, *joined, *passed, *said),
    )


def _said(search: Search) -> str:
    return "stopped by Ctrl-C: the best so far is fitted; Ctrl-C again stops at once" if search.interrupted else ""


def _check(rows: TrainingRows) -> None:
    present = np.unique(rows.labels)
    if len(present) < 2:
        only = f"only the class '{rows.classes[present[0]]}'" if len(present) else "no rows"
        raise DataError(
            f"the rows to learn from have {only}", todo="add rows of at least two classes, then train again"
        )


def _once_more(recipe: Recipe) -> list[Recipe]:
    """What is learned by a recipe: its members, where it has some, and itself."""
    return [*recipe.members, recipe]


def _baseline(name: str, spec: Spec, rows: TrainingRows) -> Recipe:
    """A baseline's recipe; one that may choose by a metric chooses by the gate's."""
    chosen = family(name).defaults(Shape(rows=len(rows.labels), classes=len(rows.classes)))
    return Recipe.plan(name, rows.kinds, params={key: spec.gate.metric for key in chosen if key == "metric"})
