"""Jobs of a training: learn on a fold's rows and answer the others, or learn from all.

Each runs in a process of its own, on this machine or another: what it needs it finds by key, and what it made lies
under a key.  What a fold gives is named by all that it depends on, so that it is never made twice: not by a training
that was killed and goes on, nor by a later one.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Ints, Labels, Probabilities
from ratchet.errors import JobError
from ratchet.features.encoder import Target
from ratchet.kinds.kind import Kind
from ratchet.models import learner as learners
from ratchet.models.catalogue import family
from ratchet.models.device import Device, learning_on
from ratchet.models.family import ColumnFamily, LabelledRows
from ratchet.models.history import NOTHING, Curve, History
from ratchet.models.learner import Learner
from ratchet.models.opening import open_pipeline
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.training import encoded as rows_of
from ratchet.training.folds import Fold, Plan
from ratchet.training.inputs import Inputs
from ratchet.training.rungs import Unit, fold_of

_FORMAT = "1"
"""Goes into the name of every fold: a new way of writing never meets old entries."""
_FEW = 50
_LOADED = set[str]()
"""The families whose libraries this process has loaded."""
_MAPPED = 1 << 20
"""Larger answers are mapped; smaller ones are read, as every map holds a file open."""
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "lightgbm")


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a job needs to know, small enough to travel: rows, labels and folds are found by key."""

    recipe: Recipe
    inputs: Inputs
    task: str
    """Labels and folds (`write_task`)."""
    encoded: str | None
    """The rows as its encoders that look at no label encode them; None where it has none."""
    columns: str | None
    """The rows as columns, where it reads some of them itself or its supervised encoders do; None where not."""
    kinds: Mapping[str, Kind]
    """What it reads of ``columns``."""
    classes: int
    seed: int
    units: tuple[Unit, ...] = ()
    """The folds it is tried on."""
    results: tuple[str, ...] = ()
    """Where what it made is put: one key for each of ``units``, or one for the fitted pipeline."""
    threads: int = 1
    names: tuple[str, ...] = ()
    """What each class is called."""
    device: Device = "auto"
    """Where a network learns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldAnswers:
    """What came of one fold."""

    probabilities: Probabilities
    """(scored rows, classes); may be mapped from a file."""
    seconds: float
    history: History = NOTHING


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What was answered for rows not learned from: row indices, and (rows, classes) probabilities."""

    indices: Ints
    probabilities: Probabilities


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """What is kept of a fold beside its probabilities."""

    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    curves: tuple[Curve, ...] = ()


def write_task(
    inputs: Inputs, key: str, labels: Labels, plan: Plan, units: Sequence[Unit] = (), *, groups: Ints | None = None
) -> None:
    """Put labels, the rows of the units, and (rows,) the number of each row's group, where jobs find them."""
    arrays: dict[str, npt.NDArray[Any]] = {"labels": labels} | ({} if groups is None else {"groups": groups})
    for unit in units:
        fold = fold_of(plan, unit)
        arrays |= {f"fit-{unit.name}": fold.fit, f"score-{unit.name}": fold.score}
    with inputs.make(key) as folder:
        np.savez(folder / "task.npz", **arrays)  # type: ignore[arg-type]  # the stub takes a keyword for an array


def fold_key(job: Job, labels: Labels, unit: Unit, fold: Fold, groups: Ints | None = None) -> str:
    """What names what comes of one fold: its rows, their labels, the recipe, the seed, and the code of all of these."""
    rows = hashlib.blake2b(digest_size=16)
    for array in (fold.fit, fold.score, labels[fold.fit], fold.fit[:0] if groups is None else groups[fold.fit]):
        rows.update(len(array).to_bytes(8, "big") + np.ascontiguousarray(array).tobytes())
    read = [job.encoded, job.columns, sorted(job.kinds) if job.columns else None]
    seed = [job.seed, unit.repeat, unit.fold, job.classes]
    beside = content(job.recipe.family, job.recipe.params)
    named = [_FORMAT, job.recipe.id, read, rows.hexdigest(), seed, _code(job.recipe.family), beside]
    return f"fold-{hashlib.blake2b(msgspec.json.encode(named), digest_size=16).hexdigest()}"


def content(name: str, params: Mapping[str, Any]) -> str:
    """What names what a family reads beside the rows, such as a network's weights: "" where it reads nothing.

    Raises `ratchet.errors.SpecError` where that is nowhere, `MissingExtraError` where a library it needs is not there.
    """
    named: Callable[[Mapping[str, Any]], str] | None = getattr(family(name), "content", None)
    return "" if named is None else named(params)


def run(job: Job) -> None:
    """Learn on the rows of each unit and answer the rows left out; what comes of each is put under its key at once.

    Raises `JobError` where what is answered is no probabilities.
    """
    task = _read_task(job)
    learner = _learner(job, task)
    for unit, key in zip(job.units, job.results, strict=True):
        if job.inputs.has(key):
            continue
        _load_libraries(job, learner, task[f"fit-{unit.name}"])
        began = clock.monotonic()
        learned, asked = task[f"fit-{unit.name}"], task[f"score-{unit.name}"]
        seed = clock.seed(job.seed, unit.repeat, unit.fold)
        with learning_on(job.device):
            found, history = learner.answered(asked, learned, job.recipe.params, seed=seed, threads=job.threads)
        _check(job.recipe.family, found)
        told = _Told(seconds=clock.monotonic() - began, facts=history.facts, curves=history.curves)
        with job.inputs.make(key) as folder:
            np.save(folder / "probabilities.npy", found)
            (folder / "told.json").write_bytes(msgspec.json.encode(told))


def _load_libraries(job: Job, learner: Learner, rows: Ints) -> None:
    """Have a family load what it needs, by learning from a handful of rows, once in a process.

    So what a fold takes tells what more rows will take.  A family that reads columns itself is left alone: its
    beginning may be its work.
    """
    name = job.recipe.family
    if name not in _LOADED and not isinstance(family(name), ColumnFamily):
        _LOADED.add(name)
        few = rows[: min(_FEW, len(rows))]
        with suppress(Exception):  # of so few rows it may not be able to learn; of all it says itself what is wrong
            learner.answered(few[:1], few, job.recipe.params, seed=job.seed, threads=job.threads)


def read_fold(inputs: Inputs, key: str) -> FoldAnswers | None:
    """What `run` put under a key; None of one that cannot be read, which is removed, to be made again."""
    folder = inputs.entry(key)
    try:
        told = msgspec.json.decode((folder / "told.json").read_bytes(), type=_Told)
        path = folder / "probabilities.npy"
        probabilities = np.load(path, mmap_mode="r" if path.stat().st_size > _MAPPED else None)
    except (OSError, ValueError, msgspec.MsgspecError):
        inputs.remove(key)
        return None
    history = History(facts=told.facts, curves=told.curves)
    return FoldAnswers(probabilities=probabilities, seconds=told.seconds, history=history)


def fit(job: Job) -> None:
    """Learn from all rows; the pipeline is put under the job's only key (`read_pipeline`)."""
    (key,) = job.results
    learner = _learner(job, _read_task(job))
    scratch = tempfile.TemporaryDirectory(dir=job.inputs.scratch(key))
    with learning_on(job.device), scratch as files, job.inputs.make(key) as folder:
        made = learner.fit(job.recipe.params, seed=job.seed, folder=Path(files), threads=job.threads)
        rows_of.save(folder, made.save())


def write_out_of_fold(inputs: Inputs, key: str, answers: OutOfFold) -> None:
    """Keep a trial's out-of-fold answers under a key."""
    with inputs.make(key) as folder:
        np.save(folder / "rows.npy", answers.indices)
        np.save(folder / "probabilities.npy", answers.probabilities)


def read_out_of_fold(inputs: Inputs, key: str) -> OutOfFold:
    """What was kept under a key by `write_out_of_fold`."""
    folder = inputs.entry(key)
    return OutOfFold(np.load(folder / "rows.npy"), np.load(folder / "probabilities.npy"))


def read_pipeline(inputs: Inputs, key: str) -> Pipeline:
    """What `fit` made; its files lie where it was put."""
    return open_pipeline(rows_of.load_part(inputs.entry(key)))


def _check(name: str, probabilities: Probabilities) -> None:
    if not np.isfinite(probabilities).all():
        raise JobError(
            f"{name} answers with what is no number (NaN or infinite): its learning has diverged",
            todo=f"fix a smaller step for {name} under [[candidates]] params (its learning rate, if it has one), or "
            "see whether a column of numbers has values far beyond all others",
        )


@cache
def _code(name: str) -> list[str]:
    """The code that learns by a family: its own, that of the folds, and the libraries it stands on."""
    libraries = [importlib.metadata.version(each) for each in _LIBRARIES]
    return [rows_of.code_version(type(family(name))), rows_of.code_version(learners.FromVectors), *libraries]


def _read_task(job: Job) -> dict[str, npt.NDArray[Any]]:
    with np.load(job.inputs.entry(job.task) / "task.npz") as arrays:
        wanted = {"labels", "groups", *(f"{side}-{unit.name}" for unit in job.units for side in ("fit", "score"))}
        return {name: arrays[name] for name in wanted if name in arrays}


def _learner(job: Job, task: Mapping[str, npt.NDArray[Any]]) -> Learner:
    columns = rows_of.read_columns(job.inputs, job.columns, job.kinds) if job.columns else {}
    target, groups = Target(task["labels"], job.classes), task.get("groups")
    rows = LabelledRows(columns=columns, kinds=job.kinds, target=target, groups=groups, names=job.names)
    encoded = rows_of.load(job.inputs, job.encoded) if job.encoded else None
    return learners.learner(job.recipe, rows, encoded, scratch=job.inputs.scratch(job.results[0]))
