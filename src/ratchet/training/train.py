"""Spec and rows to a Candidate: encode, search, and fit the best once more on all rows."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Bools, Hashes, Ints, Labels, Probabilities
from ratchet.engine.engine import Engine
from ratchet.errors import DataError, JobError, Problem, SpecError
from ratchet.evaluation.metrics import higher_is_better
from ratchet.features.cache import Encoded, encode, load
from ratchet.features.encoder import Columns
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import BASELINES, family
from ratchet.models.family import Model, Shape
from ratchet.progress import Progress, Report, silent
from ratchet.spec import CandidateSpec, Spec
from ratchet.training import trial as trials
from ratchet.training.choose import order
from ratchet.training.folds import Plan, plan
from ratchet.training.proposals import Proposals
from ratchet.training.search import Lane, Limits, Trial, best_first, search
from ratchet.training.trial import Job

_LOOKED_AT_TWICE = 12
_LEAST_TO_FIT = 60.0
"""Seconds that fitting the best candidate once more may take at least, however small the budget."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRows:
    """The rows to learn from: those that are not held out."""

    columns: Columns
    kinds: Mapping[str, Kind]
    labels: Labels
    classes: tuple[str, ...]
    ids: Hashes
    """(rows,) content hashes."""
    tune: Bools
    """(rows,) rows that large tables are tuned on."""
    groups: npt.NDArray[Any] | None = None
    """(rows,) rows of one group are never parted."""


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What a candidate answered for rows it had not learned from: row indices, and (rows, classes) probabilities."""

    indices: Ints
    probabilities: Probabilities


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An encoder and a model, fitted to all rows there are to learn from."""

    family: str
    params: Mapping[str, Any]
    encoder: TableEncoder
    model: Model
    search_score: float
    """The metric on rows that were left out of learning; a little flattering, as the best of many was chosen by it."""
    out_of_fold: OutOfFold | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """What came of a training."""

    best: Candidate
    baselines: tuple[Candidate, ...]
    trials: tuple[Trial, ...]
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    """What all candidates of one training share."""

    spec: Spec
    rows: TrainingRows
    plan: Plan
    cache: Path
    scratch: Path
    engine: Engine
    seed: int

    @property
    def task_file(self) -> Path:
        return self.scratch / "task.npz"


def train(spec: Spec, rows: TrainingRows, *, engine: Engine, cache: Path, progress: Report = silent) -> Training:
    """Find the best settings of the spec's candidates and fit them to all rows.

    Trials are scored on rows they have not learned from (`ratchet.training.folds.plan`), by the gate's metric.  The
    budget of ``spec.search`` is hard: it begins when this is called, and what runs at its end is killed; fitting the
    best once more comes after it.  The baselines are always fitted.  ``cache`` is a folder for encoded rows.

    Raises `DataError` where there is nothing to tell apart, `SpecError` where a candidate cannot be tried at all, and
    `JobError`, with every reason, where no trial succeeded.
    """
    deadline = clock.monotonic() + spec.search.budget
    _check(rows)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="training-") as scratch:
        seed = clock.seed("training", spec.learning_hash)
        folds = plan(rows.labels, rows.tune, rows.groups, folds=spec.search.folds, seed=seed)
        task = _Task(spec=spec, rows=rows, plan=folds, cache=cache, scratch=Path(scratch), engine=engine, seed=seed)
        trials.write_task(task.task_file, rows.labels, folds)
        baselines = _baselines(task, progress)
        lanes, encoded = _lanes(task, progress)
        limits = Limits(deadline=deadline, memory_mb=spec.search.memory_mb)
        higher = higher_is_better(spec.gate.metric)
        found = search(lanes, engine=engine, limits=limits, higher=higher, scratch=task.scratch, progress=progress)
        progress(Progress(stage="fit the best", done=len(found), total=len(found)))
        best, troubles = _fit_best(task, _ranked(task, best_first(found, higher)), found, lanes, encoded)
        findings = (*troubles, *_findings(spec, lanes, found))
        kept = tuple(replace(each, answers=Path()) for each in found)
        return Training(best=best, baselines=baselines, trials=kept, findings=findings)


def _check(rows: TrainingRows) -> None:
    present = np.unique(rows.labels)
    if len(present) < 2:
        only = f"only the class '{rows.classes[present[0]]}'" if len(present) else "no rows"
        raise DataError(
            f"the rows to learn from have {only}", todo="add rows of at least two classes, then train again"
        )


def _baselines(task: _Task, progress: Report) -> tuple[Candidate, ...]:
    """What every model has to beat, scored as the candidates are."""
    made = []
    for number, name in enumerate(BASELINES):
        progress(Progress(stage="baselines", done=number, total=len(BASELINES), note=name))
        encoded = _encode(task, name)
        job = replace(_job(task, name, encoded), answers=task.scratch / f"{name}.npy")
        score = trials.run(job).score
        way = family(name)
        model = way.fit(
            load(encoded.folder),
            task.rows.labels,
            job.classes,
            {},
            seed=task.seed,
            names=encoded.encoder.names(),
        )
        made.append(Candidate(family=name, params={}, encoder=encoded.encoder, model=model, search_score=score))
    return tuple(made)


def _lanes(task: _Task, progress: Report) -> tuple[list[Lane], dict[int, Encoded]]:
    """One lane per candidate that reads the columns; trials are shared out evenly, the first get the remainder."""
    candidates = task.spec.candidates
    lanes, encoded = [], {}
    for number, candidate in enumerate(candidates):
        progress(Progress(stage="encode", done=number, total=len(candidates), note=candidate.family))
        encoded[number] = _encode(task, candidate.family)
        share, more = divmod(task.spec.search.trials, len(candidates))
        quota = max(1, share + (number < more))
        lanes.append(_lane(task, number, candidate, encoded[number], quota))
    return lanes, encoded


def _lane(task: _Task, number: int, candidate: CandidateSpec, encoded: Encoded, quota: int) -> Lane:
    way = family(candidate.family)
    shape = _shape(encoded, task)
    space, defaults = way.space(shape), dict(way.defaults(shape))
    unknown = sorted(candidate.params.keys() - defaults.keys())
    if unknown:
        raise SpecError(
            f"{candidate.family} has no parameter {', '.join(unknown)}",
            problems=(
                Problem(
                    where=f"candidates.{number}.params",
                    found=", ".join(unknown),
                    expected=f"some of {', '.join(defaults)}" if defaults else "none: it has no parameters",
                ),
            ),
            todo="correct the name, or leave it out",
        )
    free = {name: part for name, part in space.items() if name not in candidate.params}
    seed = clock.seed(task.seed, number, candidate.family)
    proposals = Proposals(free, {**defaults, **candidate.params}, method=task.spec.search.method, seed=seed)
    job = _job(task, candidate.family, encoded)
    return Lane(candidate=number, job=job, proposals=proposals, quota=quota)


def _encode(task: _Task, name: str) -> Encoded:
    return encode(task.cache, task.rows.columns, task.rows.kinds, family(name).encoders)


def _shape(encoded: Encoded, task: _Task) -> Shape:
    matrix = load(encoded.folder)
    sparse = matrix.sparse.width if matrix.sparse else 0
    return Shape(rows=len(matrix), classes=len(task.rows.classes), dense=matrix.dense.shape[1], sparse=sparse)


def _job(task: _Task, name: str, encoded: Encoded) -> Job:
    return Job(
        family=name,
        params={},
        encoded=encoded.folder,
        task=task.task_file,
        answers=task.scratch / "answers.npy",
        classes=len(task.rows.classes),
        metric=task.spec.gate.metric,
        seed=task.seed,
    )


def _ranked(task: _Task, finished: Sequence[Trial]) -> list[Trial]:
    """Finished trials, the one to fit first; of the best few, those as good as the best are compared once more."""
    top = finished[:_LOOKED_AT_TWICE]
    out_of_fold = [_out_of_fold(trial) for trial in top]
    if not top:
        return []
    labels = task.rows.labels[out_of_fold[0].indices]
    chosen = order(task.spec.gate.metric, labels, [each.probabilities for each in out_of_fold])
    return [*(top[each] for each in chosen), *finished[_LOOKED_AT_TWICE:]]


def _fit_best(
    task: _Task,
    ranked: Sequence[Trial],
    found: Sequence[Trial],
    lanes: Sequence[Lane],
    encoded: Mapping[int, Encoded],
) -> tuple[Candidate, tuple[str, ...]]:
    """The best trial's model from all rows; where that cannot be fitted within the limits, the next best."""
    troubles: list[str] = []
    for trial in ranked:
        job = replace(lanes[trial.candidate].job, params=trial.params)
        seconds = max(_LEAST_TO_FIT, task.spec.search.budget)
        future = task.engine.submit(trials.fit_all, job, seconds=seconds, memory_mb=task.spec.search.memory_mb)
        try:
            model = future.result()
        except Exception as error:  # a family's own error, or a limit passed: there may be a next best
            troubles.append(
                f"the best trial, {trial.number} ({trial.family}), could not be fitted to all rows: {error}"
            )
            continue
        candidate = Candidate(
            family=trial.family,
            params=trial.params,
            encoder=encoded[trial.candidate].encoder,
            model=model,
            search_score=float(trial.score or 0.0),
            out_of_fold=_out_of_fold(trial),
        )
        return candidate, tuple(troubles)
    reasons = troubles + [f"trial {trial.number} ({trial.family}): {trial.reason}" for trial in found if trial.reason]
    raise JobError(
        f"none of {len(found)} trials gave a model" + "".join(f"\n  - {reason}" for reason in reasons[:10]),
        todo="raise search.budget or search.memory_mb in the spec, or give it fewer rows",
    )


def _out_of_fold(trial: Trial) -> OutOfFold:
    answers = np.load(trial.answers)
    indices = np.flatnonzero(~np.isnan(answers[:, 0]))
    return OutOfFold(indices, answers[indices])


def _findings(spec: Spec, lanes: Sequence[Lane], found: Sequence[Trial]) -> tuple[str, ...]:
    """What a reader should know of the search, in sentences."""
    failed = [trial for trial in found if trial.state == "failed"]
    planned = sum(lane.quota for lane in lanes if not lane.exhausted)
    said = []
    if failed:
        said.append(f"{len(failed)} of {len(found)} trials gave no score; the first: {failed[0].reason}")
    if planned > len(found):
        said.append(f"the budget of {spec.search.budget:g} s ended the search after {len(found)} of {planned} trials")
    return tuple(said)
