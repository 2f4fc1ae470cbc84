"""The answers of small trees to many rows: no row goes down a tree, each value strikes out the leaves it cannot reach.

Lucchese et al. 2015, "QuickScorer: A Fast Algorithm to Rank Documents with Additive Ensembles of Regression Trees",
section 3; here the strokes of all nodes of a tree on one feature are joined in a table beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Floats64, Ints
from ratchet.models.trees import Trees

MOST_LEAVES = 64
"""A tree has at most as many leaves as a mask has bits."""
MOST_CELLS = 1 << 24
"""Tables of more masks than this are not made."""
_WORD = 32

Masks = npt.NDArray[np.uint64]

_TELLING = np.uint64(0x03F79D71B4CB0A89)
"""Multiplied by a power of two, each has other upper six bits (Leiserson et al. 1998, "Using de Bruijn Sequences to
Index a 1 in a Computer Word").
"""
_UPPER = np.uint64(58)
_PLACES = (_TELLING * (np.uint64(1) << np.arange(MOST_LEAVES, dtype=np.uint64))) >> _UPPER
"""(64,) those six bits of each power."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The masks of one tree: which leaves a row may still reach, knowing its value of one feature."""

    tables: tuple[tuple[int, Masks], ...]
    """Feature, and (slots,) a mask for each slot its values fall into."""
    values: Floats64
    """(64,) what a leaf adds, where the upper bits of its own mask say."""


@dataclass(frozen=True, slots=True)
class Masked:
    """Trees as masks.  Their scores are those of `Trees.scores`, to the last bit."""

    trees: tuple[Tree, ...]
    edges: Mapping[int, Floats64 | int]
    """Feature -> its thresholds, ascending; or how many numbers its sets may hold."""

    @classmethod
    def of(cls, trees: Trees) -> Self | None:
        """The masks; None of trees with too many leaves, or whose tables would take more room than they are worth."""
        own, leaf, mask = _leaves(trees)
        if mask is None:
            return None
        tables: list[list[tuple[int, Masks]]] = [[] for _ in trees.roots]
        edges, room = dict[int, Floats64 | int](), MOST_CELLS
        for feature in np.unique(trees.feature[~leaf]).tolist():
            nodes = np.flatnonzero(~leaf & (trees.feature == feature))
            edges[feature] = found = _edges(trees, nodes)
            room -= len(nodes) * _slots(found)
            mixed = isinstance(found, int) and not trees.count[nodes].all()  # sets and thresholds on one feature
            if room < 0 or mixed:
                return None
            for tree, table in _tables(trees, nodes, own[nodes], mask, found):
                tables[tree].append((feature, table))
        values = np.zeros((len(trees.roots), MOST_LEAVES))
        values[own[leaf], _PLACES[_numbers(own, leaf)[leaf]]] = trees.value[leaf]
        return cls(tuple(Tree(tuple(each), value) for each, value in zip(tables, values, strict=True)), edges)

    def scores(self, rows: npt.NDArray[Any], columns: int) -> Floats64:
        """(rows, columns) the sums of leaves, tree by tree; ``rows`` (rows, features), NaN where missing."""
        # A tree of leaves 0, 1 and 2 asks for feature 0 first: a value to the right of it strikes out leaf 0 and leaves
        # 0b110.  Its other node parts leaves 1 and 2 by feature 1: a value to the left strikes out leaf 2, 0b011.
        # What is left of both is 0b010: leaf 1.  The node is asked of rows that never come to it, too, and does no
        # harm: it strikes out leaves that those rows do not reach.
        codes = {feature: _codes(rows[:, feature], edges) for feature, edges in self.edges.items()}
        sums, left, more = (
            np.zeros((columns, len(rows))),
            np.empty(len(rows), np.uint64),
            np.empty(len(rows), np.uint64),
        )
        for number, tree in enumerate(self.trees):
            left.fill(1)  # the only leaf of a tree that asks nothing
            for at, (feature, table) in enumerate(tree.tables):
                table.take(codes[feature], out=more if at else left, mode="clip")
                if at:
                    np.bitwise_and(left, more, out=left)
            np.multiply(left, _TELLING, out=left)
            np.right_shift(left, _UPPER, out=left)
            sums[number % columns] += tree.values.take(left.view(np.int64))
        return sums.T


def _leaves(trees: Trees) -> tuple[Ints, Bools, Masks | None]:
    """(nodes,) the tree of each node, whether it is a leaf, and the leaves below it, a bit each; no masks where a tree
    has too many.
    """
    nodes = np.arange(len(trees.left))
    own, leaf = np.searchsorted(trees.roots, nodes, side="right") - 1, trees.left == nodes
    numbers = _numbers(own, leaf)
    if numbers.max(initial=0) >= MOST_LEAVES:
        return own, leaf, None
    mask = np.where(leaf, np.uint64(1) << np.maximum(numbers, 0).astype(np.uint64), np.uint64(0))
    for _ in range(trees.depth):  # each turn tells the parents
        mask = np.where(leaf, mask, mask[trees.left] | mask[trees.right])
    return own, leaf, mask


def _numbers(own: Ints, leaf: Bools) -> Ints:
    """(nodes,) how many leaves of its tree stand before each node.

    >>> _numbers(np.array([0, 0, 0, 1]), np.array([False, True, True, True])).tolist()
    [0, 0, 1, 0]
    """
    before: Ints = np.cumsum(leaf) - leaf
    starts = np.searchsorted(own, np.arange(own.max(initial=-1) + 1))
    return np.asarray(before - before[starts][own])


def _edges(trees: Trees, nodes: Ints) -> Floats64 | int:
    if trees.count[nodes].any():
        return _WORD * int(trees.count[nodes].max())
    return np.asarray(np.unique(trees.threshold[nodes]))


def _slots(edges: Floats64 | int) -> int:
    """A slot between each two edges and beside them, or for each number and for what is none; one where missing."""
    return edges + 2 if isinstance(edges, int) else len(edges) + 2


def _codes(values: npt.NDArray[Any], edges: Floats64 | int) -> Ints:
    """(rows,) the slot of each value.

    >>> _codes(np.array([0.5, 1.0, 7.0, np.nan]), np.array([1.0, 2.0])).tolist()
    [0, 0, 2, 3]
    """
    if isinstance(edges, int):
        numbers = np.nan_to_num(values, nan=-1.0).astype(np.int64)
        codes = np.where((numbers >= 0) & (numbers < edges), numbers, edges)
    else:
        codes = np.searchsorted(edges, values)
    codes[np.isnan(values)] = _slots(edges) - 1
    return codes


def _tables(trees: Trees, nodes: Ints, own: Ints, mask: Masks, edges: Floats64 | int) -> list[tuple[int, Masks]]:
    """For each tree that asks for one feature, at these nodes, its table."""
    # A row in a slot to the left of a node keeps all leaves but those on its right.  Two nodes of a tree that keep
    # 0b011 and 0b110 of a slot keep 0b010 together; `reduceat` joins the nodes of each tree, which stand together.
    slots = np.arange(_slots(edges) - 1)
    if isinstance(edges, int):
        words = trees.words.take(trees.first[nodes][:, None] + slots // _WORD, mode="clip")
        left = (slots // _WORD < trees.count[nodes][:, None]) & (words >> (slots % _WORD).astype(np.uint32) & 1 > 0)
    else:
        left = slots <= np.searchsorted(edges, trees.threshold[nodes])[:, None]
    left = np.column_stack([left, trees.absent[nodes] == trees.left[nodes]])
    every = mask[trees.roots[own]]
    on_left, on_right = (every & ~mask[side[nodes]] for side in (trees.right, trees.left))
    starts = np.flatnonzero(np.diff(own, prepend=-1))
    joined = np.bitwise_and.reduceat(np.where(left, on_left[:, None], on_right[:, None]), starts, axis=0)
    return list(zip(own[starts].tolist(), joined, strict=True))
