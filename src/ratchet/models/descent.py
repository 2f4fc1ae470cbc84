"""Learning a small network by gradient descent, in batches, until rows kept out say that it has learned enough.

Adam (Kingma & Ba 2015, with the decay of Loshchilov & Hutter 2019) for dense weights; vectors of sparse outputs, of
which a batch touches few, get one step size each (AdaGrad, Duchi et al. 2011, a sum a row).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Floats32, Ints, Labels
from ratchet.features.encoder import Matrix
from ratchet.features.matrix import take
from ratchet.models.history import Curve, History
from ratchet.models.layers import Layers

HELD, MOST_HELD, FEWEST_HELD = 0.1, 5_000, 20
"""The share of rows that are kept out, at most how many, and with fewer than how many none are."""
PATIENCE = 3
"""Epochs without a better loss on those rows, after which it ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """How it is learned."""

    epochs: int
    rate: float
    """The first step of dense weights; steps shrink evenly towards zero."""
    embedding_rate: float
    dropout: float
    """The share of units that are left out at random while it learns (Srivastava et al. 2014)."""
    word_dropout: float
    """The share of sparse cells that are."""
    decay: float
    batch: int
    balanced: bool
    """Whether every class counts the same, however few rows it has."""


_CALM = 1.0
"""What every sum of squared slopes begins with: a word seen twice takes steps no larger than others."""


class Steps(Protocol):
    """What takes a step for a batch, with NumPy or another library."""

    def step(self, rows: Ints, weights: Floats32, progress: float) -> float:
        """Learn from some rows, each with its weight; the loss before.  ``progress`` runs from 0 to 1."""
        ...

    def layers(self) -> Layers:
        """The weights now."""
        ...


def course_of_learning(
    steps: Steps,
    rows: Matrix,
    labels: Labels,
    classes: int,
    course: Course,
    *,
    seed: int,
    groups: Ints | None = None,
) -> tuple[Layers, History]:
    """The weights at the epoch that answers the rows kept out best, and how they came about.

    Rows of one of the ``groups`` (rows,) are kept out together.
    """
    random = clock.rng("descent", seed)
    learned, held = _parted(len(labels), groups, random)
    weights = _weights(labels, learned, classes, course.balanced)
    outside, truth = take(rows, held), labels[held]
    best, at, losses, outer = steps.layers(), 0, list[float](), list[float]()
    for epoch in range(course.epochs):
        losses.append(_epoch(steps, random.permutation(learned), weights, course, epoch))
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(f"the loss is {losses[-1]} after {epoch + 1} epochs: its steps are too large")
        if not len(held):
            best, at = steps.layers(), epoch + 1
            continue
        now = steps.layers()
        outer.append(_loss(now, outside, truth, weights[held]))
        if outer[-1] <= min(outer):
            best, at = now, epoch + 1
        elif epoch + 1 - at >= PATIENCE:
            break
    curve = Curve(measure="log-loss", steps=tuple(range(1, len(losses) + 1)), learned=tuple(losses), held=tuple(outer))
    return best, History(facts={"epochs": at, "epochs_run": len(losses)}, curves=(curve,))


def _parted(rows: int, groups: Ints | None, random: np.random.Generator) -> tuple[Ints, Ints]:
    """The rows to learn from, and those kept out."""
    own = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    # Rows of the groups [0, 0, 1, 2] whose groups fall into the order [2, 0, 1] are taken as [3, 0, 1, 2].
    order = np.argsort(random.permutation(int(own.max(initial=-1)) + 1)[own], kind="stable")
    count = min(MOST_HELD, int(HELD * rows))
    while 0 < count < rows and own[order[count - 1]] == own[order[count]]:
        count -= 1
    count = count if count >= FEWEST_HELD else 0
    return order[count:], order[:count]


def _epoch(steps: Steps, order: Ints, weights: Floats32, course: Course, epoch: int) -> float:
    total, starts = 0.0, range(0, len(order), course.batch)
    for number, start in enumerate(starts):
        batch = order[start : start + course.batch]
        progress = (epoch + number / len(starts)) / course.epochs
        total += steps.step(batch, weights[batch], progress) * len(batch)
    return total / max(len(order), 1)


def _weights(labels: Labels, learned: Ints, classes: int, balanced: bool) -> Floats32:
    """(rows,) what each row counts for; on average one, over those learned from."""
    if not balanced:
        return np.ones(len(labels), dtype=np.float32)
    counts = np.bincount(labels[learned], minlength=classes)
    each = len(learned) / (max(np.count_nonzero(counts), 1) * np.maximum(counts, 1))
    return np.asarray(each[labels], dtype=np.float32)


def _loss(layers: Layers, rows: Matrix, truth: Labels, weights: Floats32) -> float:
    chances = np.maximum(layers.predict(rows)[np.arange(len(truth)), truth], 1e-9)
    return float(-(weights * np.log(chances)).sum() / weights.sum())


class NumpySteps:
    """Steps in NumPy and SciPy; the first layer's cost is that of the cells there are."""

    def __init__(self, first: Layers, rows: Matrix, labels: Labels, course: Course, *, seed: int) -> None:
        from scipy import sparse

        self._dense = np.nan_to_num(rows.dense)
        each = rows.sparse
        self._cells: Any = None
        if each is not None:
            shape = (len(rows), each.width)
            self._cells = sparse.csr_matrix((each.values, each.indices, each.indptr), shape=shape)
        self._labels, self._course, self._bent = labels, course, first.bent
        self._random = clock.rng("dropout", seed)
        self._embedding = first.embedding.copy()
        self._touched = np.zeros(len(first.embedding), dtype=np.float32)
        self._seen, self._place = (np.zeros(len(first.embedding), dtype=kind) for kind in (np.bool_, np.int32))
        parts = [first.dense, first.bias, *(part for pair in first.after for part in pair)]
        self._adam = Adam([part.copy() for part in parts], course.decay)

    def layers(self) -> Layers:
        dense, bias, *rest = [part.copy() for part in self._adam.parts]
        after = tuple(zip(rest[::2], rest[1::2], strict=True))
        return Layers(self._embedding.copy(), dense, bias, after, self._bent)

    def step(self, rows: Ints, weights: Floats32, progress: float) -> float:
        cells, used = self._looked_up(rows)
        dense, vectors = self._dense[rows], None if cells is None else self._embedding[used]
        units, masks, scores = self._forward(dense, cells, vectors)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances = powers / powers.sum(axis=1, keepdims=True)
        at = np.arange(len(rows)), self._labels[rows]
        loss = float(-(weights * np.log(np.maximum(chances[at], 1e-9))).mean())
        chances[at] -= 1
        slope, slopes = chances * (weights / len(rows))[:, None], list[Floats32]()
        weights_after = self._adam.parts[2::2]
        for at_layer in range(len(weights_after) - 1, -1, -1):
            slopes[:0] = [units[at_layer].T @ slope, slope.sum(axis=0)]
            slope = (slope @ weights_after[at_layer].T) * masks[at_layer]
        rate = 1 - progress
        if vectors is not None:
            self._move(used, vectors, cells.T @ (slope * np.float32(len(rows))), rate * self._course.embedding_rate)
        self._adam.move([dense.T @ slope, slope.sum(axis=0), *slopes], rate * self._course.rate)
        return loss

    def _looked_up(self, rows: Ints) -> tuple[Any, Ints]:
        """The cells of a batch, some left out, over the outputs that occur in it, and which those are."""
        if self._cells is None:
            return None, rows[:0]
        batch = self._cells[rows]
        places, values, bounds = batch.indices, batch.data, batch.indptr
        if self._course.word_dropout:
            share = np.float32(self._course.word_dropout)
            kept = np.flatnonzero(self._random.random(len(values), dtype=np.float32) >= share)
            places, values, bounds = places[kept], values[kept] / (1 - share), np.searchsorted(kept, bounds)
        # Outputs [7, 2, 7] are seen at 2 and 7, which are places 0 and 1 of those used: [1, 0, 1].
        self._seen[places] = True
        used = np.flatnonzero(self._seen)
        self._seen[used] = False
        self._place[used] = np.arange(len(used), dtype=np.int32)
        return type(batch)((values, self._place[places], bounds), shape=(len(rows), len(used))), used

    def _forward(
        self, dense: Floats32, cells: Any, vectors: Any
    ) -> tuple[list[Floats32], list[Floats32], npt.NDArray[Any]]:
        """What each layer passes on, by what its slope is multiplied, and the class scores."""
        first, bias, *rest = self._adam.parts
        values = dense @ first + bias
        if vectors is not None:
            values = values + cells @ vectors
        units, masks = list[Floats32](), list[Floats32]()
        for at in range(0, len(rest), 2):
            mask = self._mask(values, self._bent or at > 0)
            units.append(values * mask)
            masks.append(mask)
            values = units[-1] @ rest[at] + rest[at + 1]
        return units, masks, values

    def _mask(self, values: Floats32, bent: bool) -> Floats32:
        passed = values > 0 if bent else np.ones(values.shape, dtype=bool)
        share = self._course.dropout
        if share:
            passed &= self._random.random(values.shape, dtype=np.float32) >= share
        return passed.astype(np.float32) / np.float32(1 - share)

    def _move(self, used: Ints, vectors: Floats32, slopes: Floats32, rate: float) -> None:
        """Take a step from ``vectors``, those of the outputs that were used; they and their ``slopes`` are spent."""
        touched = self._touched[used] + np.einsum("ij,ij->i", slopes, slopes) / np.float32(slopes.shape[1])
        self._touched[used] = touched
        slopes *= (np.float32(rate) / np.sqrt(touched + np.float32(_CALM)))[:, None]
        vectors *= np.float32(1 - rate * self._course.decay)
        vectors -= slopes
        self._embedding[used] = vectors


class Adam:
    """Arrays that move against their slopes, each number with a step of its own."""

    def __init__(self, parts: Sequence[Floats32], decay: float) -> None:
        self.parts = list(parts)
        self._decay, self._count = decay, 0
        self._means = [np.zeros_like(part) for part in parts]
        self._squares = [np.zeros_like(part) for part in parts]

    def move(self, slopes: Sequence[npt.NDArray[Any]], rate: float) -> None:
        """One step of ``rate``; weights (not biases) decay."""
        self._count += 1
        size = rate * math.sqrt(1 - 0.999**self._count) / (1 - 0.9**self._count)
        for part, mean, square, slope in zip(self.parts, self._means, self._squares, slopes, strict=True):
            np.add(mean, 0.1 * (slope - mean), out=mean)
            np.add(square, 0.001 * (slope * slope - square), out=square)
            kept = 1 - rate * self._decay if part.ndim > 1 else 1.0
            move = np.float32(size) * mean / (np.sqrt(square) + np.float32(1e-8))
            np.subtract(np.float32(kept) * part, move, out=part)
