"""Learning by a recipe: in folds, where nothing of the rows left out may be learned from, and on all rows.

Encoders that look at no label are fitted to all rows, once; supervised ones to the rows that are learned from, each
time anew.  Outputs of the former stand before those of the latter.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol, overload

import numpy as np

from ratchet import clock
from ratchet.arrays import Ints, Probabilities
from ratchet.features.catalogue import encoder
from ratchet.features.encoder import Column, Matrix, Target, pick
from ratchet.features.matrix import side_by_side, stacked, take
from ratchet.features.prepared import Preparations, prepared, prepared_kinds
from ratchet.features.table import TableEncoder
from ratchet.models import augment
from ratchet.models.catalogue import family as find_family
from ratchet.models.encoded import Encoded
from ratchet.models.family import ColumnFamily, Composite, Family, Hints, LabelledRows, Model, Shape
from ratchet.models.history import NOTHING, History, history_of
from ratchet.models.pipeline import Pipeline
from ratchet.models.prepared import Prepared
from ratchet.models.recipe import Recipe


class Learner(Protocol):
    """Rows, and a way to learn from them.  The same seed gives the same probabilities."""

    @property
    def shape(self) -> Shape: ...

    def answered(
        self, asked: Ints, learned: Ints, params: Mapping[str, Any], *, seed: int, threads: int = 1
    ) -> tuple[Probabilities, History]:
        """(asked, classes) the probabilities of some rows after learning from others, and from no label but theirs;
        and how that was learned.
        """
        ...

    def fit(self, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1) -> Pipeline:
        """A pipeline from all rows; its files lie in ``folder``."""
        ...


def label_free(recipe: Recipe) -> dict[str, str]:
    """Column -> encoder, of those that look at no label."""
    return {column: name for column, name in recipe.encoders.items() if not encoder(name).supervised}


def supervised(recipe: Recipe) -> dict[str, str]:
    """Column -> encoder, of those that need the labels."""
    return {column: name for column, name in recipe.encoders.items() if encoder(name).supervised}


def learner(
    recipe: Recipe, rows: LabelledRows, encoded: Encodes | None = None, *, scratch: Path | None = None
) -> Learner:
    """What learns by ``recipe`` from ``rows``; files of a moment lie in ``scratch``, else where the system has them.

    ``encoded`` gives the encoder that `encode` fits to these rows, and is the rows encoded by it, where that is done
    already; ``rows`` then needs only the columns of supervised encoders.
    """
    if recipe.texts:
        inner = replace(recipe, texts={})
        return FromPrepared(learner(inner, ready(recipe, rows), encoded, scratch=scratch), recipe.texts)
    way = find_family(recipe.family)
    if isinstance(way, Composite):
        return Together(way, recipe.members, rows, scratch)
    if isinstance(way, ColumnFamily):
        seen = {name: kind for name, kind in rows.kinds.items() if kind in way.reads}
        columns = {name: rows.columns[name] for name in seen}
        return FromColumns(way, replace(rows, columns=columns, kinds=seen), scratch)
    return FromVectors(way, rows, encoded or encode(recipe, rows), supervised(recipe))


def encode(recipe: Recipe, rows: LabelledRows) -> Encodes:
    """The encoders that look at no label, fitted to the rows, and the rows encoded by them."""
    rows = ready(recipe, rows)
    free = TableEncoder.fit(rows.columns, rows.kinds, label_free(recipe))
    matrix = free.transform(rows.columns) if free.columns else Matrix(np.zeros((len(rows), 0), dtype=np.float32))
    return Encodes(lambda: free, matrix)


def ready(recipe: Recipe, rows: LabelledRows) -> LabelledRows:
    """The rows with the columns that the recipe makes of texts, where the columns for that are there."""
    made = {name: way for name, way in recipe.texts.items() if rows.columns.keys() >= set(way["of"])}
    columns, kinds = prepared(rows.columns, made), prepared_kinds(rows.kinds, made)
    return replace(rows, columns=columns, kinds=kinds)


def fit(recipe: Recipe, rows: LabelledRows, *, seed: int, folder: Path, threads: int = 1) -> Pipeline:
    """The pipeline that ``recipe``, with the family's defaults for what it leaves open, makes of ``rows``.

    Its files lie in ``folder``.
    """
    made = learner(recipe, rows)
    return made.fit(_whole(recipe, made), seed=seed, folder=folder, threads=threads)


def _whole(recipe: Recipe, made: Learner) -> dict[str, Any]:
    """The recipe's parameters, with the family's defaults for what it leaves open."""
    return {**find_family(recipe.family).defaults(made.shape), **recipe.params}


@dataclass(frozen=True, slots=True)
class Together:
    """Learns by every member, one after the other, and pools what they answer."""

    way: Composite
    members: Sequence[Recipe]
    rows: LabelledRows
    scratch: Path | None

    @property
    def shape(self) -> Shape:
        return Shape(rows=len(self.rows), classes=self.rows.target.classes)

    def answered(
        self, asked: Ints, learned: Ints, params: Mapping[str, Any], *, seed: int, threads: int = 1
    ) -> tuple[Probabilities, History]:
        made = ((each, learner(each, self.rows, scratch=self.scratch)) for each in self.members)
        found = (own.answered(asked, learned, _whole(each, own), seed=seed, threads=threads) for each, own in made)
        return self.way.pool([answers for answers, _ in found], params), NOTHING

    def fit(self, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1) -> Pipeline:
        made = list[Pipeline]()
        for number, each in enumerate(self.members):
            own, inside = learner(each, self.rows, scratch=self.scratch), folder / str(number)
            inside.mkdir(parents=True)
            made.append(own.fit(_whole(each, own), seed=seed, folder=inside, threads=threads))
        return self.way.combine(made, params)


@dataclass(frozen=True, slots=True)
class Encodes:
    """Rows encoded once, and the encoder that did it, which few need: it is opened when it is asked for."""

    encoder: Callable[[], TableEncoder]
    matrix: Matrix
    """May be mapped from a file."""


@dataclass(frozen=True, slots=True)
class FromPrepared:
    """Learns from columns that were made ready, what answers to columns as they come."""

    inner: Learner
    texts: Preparations

    @property
    def shape(self) -> Shape:
        return self.inner.shape

    def answered(
        self, asked: Ints, learned: Ints, params: Mapping[str, Any], *, seed: int, threads: int = 1
    ) -> tuple[Probabilities, History]:
        return self.inner.answered(asked, learned, params, seed=seed, threads=threads)

    def fit(self, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1) -> Pipeline:
        return Prepared(self.inner.fit(params, seed=seed, folder=folder, threads=threads), self.texts)


@dataclass(frozen=True, slots=True)
class FromColumns:
    """Learns by a family that reads the columns itself."""

    way: ColumnFamily
    rows: LabelledRows
    scratch: Path | None

    @property
    def shape(self) -> Shape:
        return Shape(rows=len(self.rows), classes=self.rows.target.classes)

    def answered(
        self, asked: Ints, learned: Ints, params: Mapping[str, Any], *, seed: int, threads: int = 1
    ) -> tuple[Probabilities, History]:
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="ratchet-fold-") as folder:
            rows = _with_copies(self.rows.pick(learned), params, seed)
            made = self.way.fit(rows, params, seed=seed, folder=Path(folder), threads=threads)
            return made.predict(pick(self.rows.columns, asked)), history_of(made)

    def fit(self, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1) -> Pipeline:
        rows = _with_copies(self.rows, params, seed)
        return self.way.fit(rows, params, seed=seed, folder=folder, threads=threads)


def _with_copies(rows: LabelledRows, params: Mapping[str, Any], seed: int) -> LabelledRows:
    """The rows, and behind them the changed copies that the parameters ask for."""
    ways = params.get(augment.PARAM)
    if not ways:
        return rows
    own = np.arange(len(rows)) if rows.groups is None else rows.groups  # a copy stays with its row
    more = augment.copies(replace(rows, groups=own), ways, seed)
    columns: dict[str, Column] = {}
    for name, column in rows.columns.items():
        both = (column, more.columns[name])
        columns[name] = np.concatenate(both) if isinstance(column, np.ndarray) else [*both[0], *both[1]]
    target = Target(np.concatenate([rows.target.labels, more.target.labels]), rows.target.classes)
    return replace(rows, columns=columns, target=target, groups=np.tile(own, 1 + len(ways)))


@dataclass(frozen=True, slots=True)
class FromVectors:
    """Learns by a family of vectors, from rows that are encoded but for the supervised encoders."""

    way: Family
    rows: LabelledRows
    encoded: Encodes
    supervised: Mapping[str, str]

    @property
    def shape(self) -> Shape:
        matrix = self.encoded.matrix
        sparse, dense = matrix.sparse.width if matrix.sparse else 0, matrix.dense.shape[1]
        return Shape(rows=len(self.rows), classes=self.rows.target.classes, dense=dense, sparse=sparse)

    def answered(
        self, asked: Ints, learned: Ints, params: Mapping[str, Any], *, seed: int, threads: int = 1
    ) -> tuple[Probabilities, History]:
        late, model = self._learned(learned, params, seed, threads)
        return model.predict(self._taken(asked, late)), history_of(model)

    def fit(self, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1) -> Pipeline:
        late, model = self._learned(np.arange(len(self.rows)), params, seed, threads)
        return Encoded(self._whole(late), model)

    def _learned(
        self, rows: Ints, params: Mapping[str, Any], seed: int, threads: int
    ) -> tuple[TableEncoder | None, Model]:
        target = Target(self.rows.target.labels[rows], self.rows.target.classes)
        late, columns = None, dict[str, Column]()
        if self.supervised:
            columns = pick({name: self.rows.columns[name] for name in self.supervised}, rows)
            late = TableEncoder.fit(columns, self.rows.kinds, self.supervised, target)
        cells, labels, times = take(self.encoded.matrix, rows), target.labels, 1
        names = _Names(lambda: self._whole(late).names())
        if ways := params.get(augment.PARAM):
            more, free = augment.copies(self.rows.pick(rows), ways, seed), self.encoded.encoder()
            cells = stacked([cells, free.transform(more.columns)] if free.columns else [cells] * (1 + len(ways)))
            labels, times = np.concatenate([labels, more.target.labels]), 1 + len(ways)
        if late is not None:  # a copy says there what its row says: neither is encoded by the row's own label
            own = late.cross_fitted(columns, target, clock.seed("cross-fitted", seed))
            cells = side_by_side([cells, stacked([own] * times)])
        hints = self._hints(rows, late, times)
        model = self.way.fit(cells, labels, target.classes, params, seed=seed, threads=threads, names=names, **hints)
        return late, model

    def _hints(self, rows: Ints, late: TableEncoder | None, times: int) -> dict[str, Hints]:
        """What a family that asks for it is told of the rows, which are there so many ``times``."""
        if not getattr(self.way, "takes_hints", False):
            return {}
        groups = None if self.rows.groups is None else self.rows.groups[rows]
        if times > 1:  # copies of a row are never parted from it
            groups = np.tile(np.arange(len(rows)) if groups is None else groups, times)
        return {"hints": Hints(codes=self._whole(late).codes, groups=groups)}

    def _taken(self, rows: Ints, late: TableEncoder | None) -> Matrix:
        """Some rows, in memory: learners may not take what is mapped."""
        cells = take(self.encoded.matrix, rows)
        if late is None:
            return cells
        columns = pick({name: self.rows.columns[name] for name in late.columns}, rows)
        return side_by_side([cells, late.transform(columns)])

    def _whole(self, late: TableEncoder | None) -> TableEncoder:
        return self.encoded.encoder() if late is None else self.encoded.encoder().beside(late)


class _Names(Sequence[str]):
    """Names of outputs, spelled out when the first is asked for: there may be a million."""

    def __init__(self, spell: Callable[[], list[str]]) -> None:
        self._all = cache(spell)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        return self._all()[at]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())
