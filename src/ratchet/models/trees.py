"""Grown trees as arrays, and their answers in NumPy: they load at once and need no library where they are served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats64, Ints32

_SETS = ("first", "count", "words")
"""Arrays that only trees with sets of categories have."""
_WORD = 32


@dataclass(frozen=True, slots=True)
class Nodes:
    """The inner nodes of one tree; ``left``, ``right`` and ``absent`` count the leaves on behind them."""

    feature: Ints32
    threshold: npt.NDArray[Any]
    left: Ints32
    right: Ints32
    absent: Ints32
    first: Ints32
    count: Ints32

    @classmethod
    def of_thresholds(
        cls, feature: Ints32, threshold: npt.NDArray[Any], left: Ints32, right: Ints32, absent: Ints32
    ) -> Self:
        """Nodes none of which has a set."""
        none = np.zeros(len(feature), dtype=np.int32)
        return cls(feature, threshold, left, right, absent, none, none)


@dataclass(frozen=True, slots=True)
class Trees:
    """All trees' nodes end to end, leaves among them; a leaf leads to itself.

    A row goes left where its value is at most the node's threshold, compared in the wider of the two types; at a node
    with a set, where its value is a whole number of the set.
    """

    feature: Ints32
    threshold: npt.NDArray[Any]
    left: Ints32
    right: Ints32
    absent: Ints32
    """Where a missing value leads."""
    value: npt.NDArray[Any]
    """(nodes,) what a leaf adds to the score; or (nodes, classes) what it says of each."""
    roots: Ints32
    """(trees,) the first node of each tree; tree i adds to score i modulo the number of scores."""
    depth: int
    first: Ints32
    """(nodes,) where a node's set begins in ``words``."""
    count: Ints32
    """(nodes,) how many words a node's set has, 0 for a node that has a threshold."""
    words: npt.NDArray[np.uint32]
    """Sets of categories: number 32 w + b is in a set where bit b of its word w is set."""

    @classmethod
    def grown(cls, inner: Nodes, *, value: npt.NDArray[Any], depth: int, words: npt.NDArray[Any] | None = None) -> Self:
        """One tree of these inner nodes and, behind them, leaves of these values."""
        own = np.arange(len(inner.feature), len(inner.feature) + len(value), dtype=np.int32)
        nothing = np.zeros(len(value), dtype=np.int32)
        return cls(
            feature=_behind(inner.feature, nothing),
            threshold=_behind(inner.threshold, nothing),
            left=_behind(inner.left, own),
            right=_behind(inner.right, own),
            absent=_behind(inner.absent, own),
            value=np.concatenate([np.zeros((len(inner.feature), *value.shape[1:]), value.dtype), value]),
            roots=np.zeros(1, dtype=np.int32),
            depth=depth,
            first=_behind(inner.first, nothing),
            count=_behind(inner.count, nothing),
            words=np.zeros(0, dtype=np.uint32) if words is None else words,
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], depth: int) -> Self:
        """What `arrays` gave; those of releases whose trees had no sets are legal."""
        none = np.zeros(len(arrays["feature"]), dtype=np.int32)
        return cls(**{"first": none, "count": none, "words": np.zeros(0, np.uint32), **arrays}, depth=depth)

    def scores(self, rows: npt.NDArray[Any], columns: int) -> Floats64:
        """(rows, columns) the sums of leaves, tree by tree; ``rows`` (rows, features), NaN where missing."""
        leaves = self.value[self.reached(rows)]
        return np.asarray(leaves.reshape(len(rows), -1, columns).cumsum(axis=1)[:, -1])

    def reached(self, rows: npt.NDArray[Any]) -> Ints32:
        """(rows, trees) the leaf each row ends in."""
        # Every row goes down every tree at once, a node a turn.  From root 0 with leaves 1 and 2 two rows at [0, 0]
        # come, say, to [1, 2]; who has arrived stays there, since left and right of a leaf are the leaf, until every
        # other turn sets them aside.  Cells are found by their place in memory: row 2 of 5 columns begins at 10.
        flat = np.ascontiguousarray(rows).reshape(-1)
        begins = np.repeat(np.arange(len(rows)) * rows.shape[1], len(self.roots))
        nodes = np.tile(self.roots, len(rows))
        ends, places = nodes.copy(), np.arange(len(nodes))
        for turn in range(self.depth):
            nodes = self._onward(nodes, flat.take(begins + self.feature.take(nodes)))
            if turn % 2:
                going = self.left.take(nodes) != nodes
                ends[places] = nodes
                nodes, places, begins = nodes[going], places[going], begins[going]
        ends[places] = nodes
        return ends.reshape(len(rows), -1)

    def _onward(self, nodes: npt.NDArray[Any], values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The node that each value leads to from its node."""
        goes_left = values <= self.threshold.take(nodes)
        if len(self.words):
            sets = np.flatnonzero(self.count.take(nodes))
            goes_left[sets] = self._in_set(values[sets], nodes[sets])
        onward = np.where(goes_left, self.left.take(nodes), self.right.take(nodes))
        missing = np.flatnonzero(np.isnan(values))
        onward[missing] = self.absent.take(nodes[missing])
        return onward

    def _in_set(self, values: npt.NDArray[Any], nodes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Whether each value is in its node's set."""
        # A set of two words holds numbers up to 63: 40 is bit 40 % 32 = 8 of word 40 // 32 = 1.
        numbers = np.nan_to_num(values, nan=-1.0).astype(np.int64)
        legal = (numbers >= 0) & (numbers < _WORD * self.count.take(nodes))
        numbers = np.where(legal, numbers, 0)
        words = self.words.take(self.first.take(nodes) + numbers // _WORD)
        return np.asarray(legal & ((words >> (numbers % _WORD).astype(np.uint32)) & 1 > 0))

    def beginning_with(self, base: Floats64) -> Trees:
        """The same trees, the first of each score adding ``base`` (scores,) besides."""
        own = np.repeat(np.arange(len(self.roots)), np.diff([*self.roots, len(self.value)]))
        leaf = self.left == np.arange(len(self.left))
        first = leaf & (own < len(base))
        return replace(self, value=self.value + np.where(first, base[np.minimum(own, len(base) - 1)], 0.0))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything but the depth, by name."""
        named = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "depth"}
        return {name: array for name, array in named.items() if name not in _SETS or len(self.words)}


def joined(parts: Sequence[Trees], share: float = 1.0) -> Trees:
    """The trees of all parts, those of the first one first; a leaf adds ``share`` of what it did."""
    nodes = np.cumsum([0, *(len(part.feature) for part in parts)])
    words = np.cumsum([0, *(len(part.words) for part in parts)])
    moved = {
        name: _moved([getattr(part, name) for part in parts], nodes) for name in ("left", "right", "absent", "roots")
    }
    kept = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("feature", "threshold", "count")}
    return Trees(
        **kept,
        **moved,
        value=np.concatenate([part.value for part in parts]) * share,
        depth=max(part.depth for part in parts),
        first=_moved([part.first for part in parts], words),
        words=np.concatenate([part.words for part in parts]),
    )


def constant(values: npt.NDArray[Any]) -> Trees:
    """A leaf alone for each of ``values``, which every row reaches."""
    none = np.zeros(0, dtype=np.int32)
    nodes = Nodes.of_thresholds(none, np.zeros(0, dtype=np.float64), none, none, none)
    return joined([Trees.grown(nodes, value=each, depth=0) for each in values[:, None]])


def depth_of(left: Sequence[int], right: Sequence[int]) -> int:
    """The most comparisons on a way from the root to a leaf; of inner nodes, children behind their parent."""
    deepest = [1] * len(left)
    for node in reversed(range(len(left))):
        below = [deepest[child] for child in (left[node], right[node]) if child < len(left)]
        deepest[node] = 1 + max(below, default=0)
    return deepest[0] if deepest else 0


def _behind(inner: npt.NDArray[Any], leaves: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.concatenate([inner, leaves.astype(inner.dtype)])


def _moved(parts: Sequence[npt.NDArray[Any]], starts: npt.NDArray[Any]) -> Ints32:
    """Places in parts as places in all of them, end to end."""
    return np.concatenate([part + start for part, start in zip(parts, starts, strict=False)]).astype(np.int32)
