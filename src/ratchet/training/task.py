"""What all candidates of a training share, and how each is made ready: its recipe, its encoded rows, its job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Bools, Hashes, Ints, Labels
from ratchet.engine.engine import Engine
from ratchet.features.encoder import Columns
from ratchet.features.prepared import prepared, prepared_kinds, sources, unprepared
from ratchet.kinds.kind import Kind
from ratchet.models.augment import PARAM
from ratchet.models.catalogue import family
from ratchet.models.family import ColumnFamily, Composite, Shape
from ratchet.models.learner import label_free, supervised
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.spec import Spec
from ratchet.training import encoded as rows_of
from ratchet.training import trial as trials
from ratchet.training.folds import Plan, plan
from ratchet.training.rungs import Unit, fold_of, rungs
from ratchet.training.session import Session
from ratchet.training.trial import Job

T = TypeVar("T")

_LEAST_SECONDS = 60.0
"""What encoding, and learning from all rows, may take at least, however small the budget: no model comes without."""


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
    times: Ints | None = None
    """(rows,) when each row came to be, in microseconds since 1970, where the newest rows are those held out."""
    findings: tuple[str, ...] = ()
    """What a reader of the training should know of its rows, in sentences."""
    units: Hashes | None = None
    """(rows,) the unit of evidence of each; None where every row is its own."""

    def units_of(self, rows: Ints) -> Hashes | None:
        """The units of some rows, by their places."""
        return None if self.units is None else self.units[rows]


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Rows in the store, folds, limits, and where the work runs."""

    spec: Spec
    rows: TrainingRows
    engine: Engine
    session: Session
    digests: Mapping[str, str]
    """Column -> what names its values."""
    seed: int
    id: str
    plan: Plan = ()
    groups: Ints | None = None
    """(rows,) the number of each row's unit of evidence, whose rows are never parted; None where all are alone."""

    @classmethod
    def of(cls, spec: Spec, rows: TrainingRows, *, engine: Engine, session: Session) -> Task:
        """A training's task; nothing is written yet.

        Its seed hangs on what is learned, not on how long is searched, or for which candidates: a later training finds
        the folds of this one.
        """
        digests = rows_of.digests(rows.columns, rows.kinds)
        seed = clock.seed("training", spec.label, *sorted(rows.kinds))
        return cls(
            spec=spec,
            rows=rows,
            engine=engine,
            session=session,
            digests=digests,
            seed=seed,
            id=clock.new_id(),
            groups=_numbered(rows.units),
        )

    def own(self, name: str) -> str:
        """A key that only this task uses; what lies there goes when the session ends."""
        return self.session.own(f"{self.id}/{name}")

    @property
    def key(self) -> str:
        """Where labels and folds lie."""
        return self.own("task")

    @property
    def seconds(self) -> float:
        """What a job may take that every training needs."""
        return max(_LEAST_SECONDS, self.spec.search.budget)

    def planned(self) -> Task:
        """The task with its folds; labels and folds are where the jobs find them."""
        rows, spec = self.rows, self.spec
        made = plan(rows.labels, rows.tune, rows.groups, folds=spec.search.folds, seed=self.seed, times=rows.times)
        units = {unit for rung in rungs(made) for unit in rung}
        trials.write_task(
            self.session.inputs,
            self.key,
            rows.labels,
            made,
            sorted(units, key=lambda each: each.name),
            groups=self.groups,
        )
        return replace(self, plan=made)

    def write(self) -> None:
        """Put the labels where the jobs find them, for one that learns from all rows."""
        trials.write_task(self.session.inputs, self.key, self.rows.labels, (), groups=self.groups)

    def columns(self) -> str:
        """The key of the rows as columns; they are written when the first job needs them."""
        key, inputs = rows_of.columns_key(self.digests), self.session.inputs
        if not self.session.pin(key):
            rows_of.write_columns(inputs, key, self.rows.columns, self.rows.kinds)
        return key

    def job(self, recipe: Recipe) -> Job:
        """The job of a recipe whose rows are encoded; what it finds and learns depends on nothing but this."""
        free, read = label_free(recipe), _read(recipe, self.rows.kinds)
        return Job(
            recipe=recipe,
            inputs=self.session.inputs,
            task=self.key,
            encoded=self._encoded_key(recipe) if free else None,
            columns=self.columns() if read else None,
            kinds=read or self.rows.kinds,
            classes=len(self.rows.classes),
            seed=self.seed,
            names=self.rows.classes,
            device=self.spec.search.device,
        )

    def look_up(self, recipe: Recipe) -> None:
        """Look for what a recipe needs beside the rows, such as a network's weights or the base forms of words; raises
        `SpecError` where it is not there, `MissingExtraError` where a library is not.
        """
        prepared({name: [] for name in sources(recipe.texts)}, recipe.texts)
        self._encoded_key(recipe)
        params = family(recipe.family).defaults(Shape(rows=len(self.rows.labels), classes=len(self.rows.classes)))
        trials.content(recipe.family, {**params, **recipe.params})

    def encode(self, recipes: Sequence[Recipe], *, seconds: float | None = None) -> Mapping[str, Exception]:
        """Encode the rows for these recipes, side by side, each way once; by encoded key, what could not be done.

        One way may take ``seconds``, or what a job may take that every training needs.
        """
        learned = [each for recipe in recipes for each in recipe.learned]
        ways = {self._encoded_key(each): each for each in learned if label_free(each)}
        limit = self.seconds if seconds is None else seconds
        running = {key: self._encoding(key, each, limit) for key, each in ways.items() if not self.session.pin(key)}
        failed = {}
        for key, future in running.items():
            try:
                future.result()
            except Exception as error:  # an encoder's own, or a limit passed: other candidates may do
                failed[key] = error
        self.session.tidy()
        return failed

    def submit(self, function: Callable[[Job], T], job: Job, *, seconds: float | None = None) -> Future[T]:
        """A job, within ``seconds``, or what a job may take that every training needs."""
        limit = self.seconds if seconds is None else max(seconds, 0.1)
        return self.engine.submit(function, job, seconds=limit, memory_mb=self.spec.search.memory_mb)

    def fit(self, job: Job, name: str, *, seconds: float | None = None, threads: int = 1) -> Future[None]:
        """Learn from all rows; the pipeline is put under `fitted(name)`."""
        made = replace(job, units=(), results=(self.own(name),), threads=threads)
        return self.submit(trials.fit, made, seconds=seconds)

    def fold_keys(self, job: Job, units: Sequence[Unit]) -> dict[Unit, str]:
        """Where what comes of each unit lies, or will."""
        labels, groups = self.rows.labels, self.groups
        return {unit: trials.fold_key(job, labels, unit, fold_of(self.plan, unit), groups) for unit in units}

    def fitted(self, name: str) -> Pipeline:
        """What `fit` made; its files last as long as the session."""
        return trials.read_pipeline(self.session.inputs, self.own(name))

    def made(self, recipe: Recipe, name: str) -> Pipeline:
        """The pipeline of a recipe whose rows are encoded, from all rows; members are learned side by side."""
        names = [f"{name}-{number}" for number in range(len(recipe.learned))]
        for running in [self.fit(self.job(each), own) for each, own in zip(recipe.learned, names, strict=True)]:
            running.result()
        way, made = family(recipe.family), [self.fitted(each) for each in names]
        return way.combine(made, recipe.params) if isinstance(way, Composite) else made[0]

    def _encoded_key(self, recipe: Recipe) -> str:
        return rows_of.encoded_key(self.digests, label_free(recipe), recipe.texts)

    def _encoding(self, key: str, recipe: Recipe, seconds: float) -> Future[None]:
        free = label_free(recipe)
        kinds = {name: self.rows.kinds[name] for name in unprepared(free, recipe.texts)}
        arguments = (self.session.inputs, key, self.columns(), kinds, free, recipe.texts)
        return self.engine.submit(
            rows_of.encode, *arguments, seconds=max(seconds, 0.1), memory_mb=self.spec.search.memory_mb
        )


def _numbered(units: Hashes | None) -> Ints | None:
    if units is None:
        return None
    numbers = np.unique(units, return_inverse=True)[1]
    return None if int(numbers.max(initial=-1)) + 1 == len(numbers) else numbers


def _read(recipe: Recipe, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """The columns that a job reads as they are: for its supervised encoders, for copies of rows, or for a family
    that reads them itself.
    """
    way = family(recipe.family)
    read: Iterable[str] = recipe.encoders if recipe.params.get(PARAM) else supervised(recipe)
    if isinstance(way, ColumnFamily):
        read = [name for name, kind in prepared_kinds(kinds, recipe.texts).items() if kind in way.reads]
    return {name: kinds[name] for name in unprepared(read, recipe.texts)}
