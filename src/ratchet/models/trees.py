"""Grown trees as arrays, and their answers in NumPy: they load at once and need no LightGBM where they are served.

A booster's own text is read once, after training.  Its comparisons are kept to the letter (``value <= threshold`` in
double precision; a missing value goes where the tree learned to send it), so the scores are those of LightGBM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats64, Ints32

_LEFT, _NAN = 2, 8
"""Bits of LightGBM's ``decision_type``: missing goes left; missing was seen in training (else it counts as 0)."""


@dataclass(frozen=True, slots=True)
class Trees:
    """All trees' nodes end to end, leaves among them; a leaf leads to itself."""

    feature: Ints32
    threshold: Floats64
    left: Ints32
    right: Ints32
    absent: Ints32
    """Where a missing value leads."""
    value: Floats64
    """What a leaf adds to the score."""
    roots: Ints32
    """(trees,) the first node of each tree; tree i adds to score i modulo the number of scores."""
    depth: int

    def scores(self, rows: npt.NDArray[Any], columns: int) -> Floats64:
        """(rows, columns) the sums of leaves, tree by tree; ``rows`` (rows, features), NaN where missing."""
        leaves = self.value[self._reached(rows)]
        return np.asarray(leaves.reshape(len(rows), -1, columns).cumsum(axis=1)[:, -1])

    def _reached(self, rows: npt.NDArray[Any]) -> Ints32:
        """(rows, trees) the leaf each row ends in."""
        # All rows go down all trees at once, a node a turn.  With root 0 and leaves 1 and 2, two rows are at [0, 0],
        # then say at [1, 2], and stay there however many turns a deeper tree takes, since left and right of a leaf are
        # the leaf.
        lines = np.arange(len(rows))[:, None]
        nodes = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        missing = bool(np.isnan(rows).any())
        for _ in range(self.depth):
            values = rows[lines, self.feature[nodes]]
            onward = np.where(values <= self.threshold[nodes], self.left[nodes], self.right[nodes])
            nodes = np.where(np.isnan(values), self.absent[nodes], onward) if missing else onward
        return nodes

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything but the depth, by name."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "depth"}


def read(text: str) -> Trees:
    """The trees in a LightGBM booster's text (``Booster.model_to_string``) that has no categorical splits."""
    grown = [_tree(block) for block in text.split("\n\n") if block.lstrip().startswith("Tree=")]
    sizes = [len(nodes["feature"]) for nodes, _ in grown]
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    for (nodes, _), root in zip(grown, roots, strict=True):
        for name in ("left", "right", "absent"):
            nodes[name] = nodes[name] + root
    joined = {name: np.concatenate([nodes[name] for nodes, _ in grown]) for name in grown[0][0]}
    return Trees(**joined, roots=roots, depth=max(depth for _, depth in grown))


def _tree(block: str) -> tuple[dict[str, npt.NDArray[Any]], int]:
    """One tree's nodes, inner ones first, then leaves; and how deep it is."""
    lines = dict(line.split("=", 1) for line in block.strip().splitlines() if "=" in line)
    leaves = _numbers(lines, "leaf_value", np.float64)
    inner = int(lines["num_leaves"]) - 1
    own = np.arange(inner, inner + len(leaves), dtype=np.int32)
    thresholds = _numbers(lines, "threshold", np.float64)[:inner]
    kinds = _numbers(lines, "decision_type", np.int64)[:inner]
    # A leaf is written as -1 less its number, and its node stands behind the inner ones: of two inner nodes 0 and 1,
    # leaf 0 is written -1 and becomes node 2 - 1 + 1 = 2; leaf 2 is written -3 and becomes node 2 - 1 + 3 = 4.
    left, right = (
        np.where(side < 0, inner - 1 - side, side).astype(np.int32)
        for side in (_numbers(lines, name, np.int64)[:inner] for name in ("left_child", "right_child"))
    )
    goes_left = np.where(kinds & _NAN, (kinds & _LEFT) > 0, thresholds >= 0)
    nodes = {
        "feature": np.concatenate(
            [_numbers(lines, "split_feature", np.int32)[:inner], np.zeros(len(leaves), np.int32)]
        ),
        "threshold": np.concatenate([thresholds, np.zeros(len(leaves))]),
        "left": np.concatenate([left, own]),
        "right": np.concatenate([right, own]),
        "absent": np.concatenate([np.where(goes_left, left, right).astype(np.int32), own]),
        "value": np.concatenate([np.zeros(inner), leaves]),
    }
    return nodes, _depth(left.tolist(), right.tolist())


def _numbers(lines: Mapping[str, str], name: str, kind: type[np.generic]) -> npt.NDArray[Any]:
    return np.array(lines.get(name, "").split(), dtype=kind)


def _depth(left: Sequence[int], right: Sequence[int]) -> int:
    """The most comparisons on a way from the root to a leaf."""
    deepest = [1] * len(left)
    for node in reversed(range(len(left))):  # children come after their parent
        below = [deepest[child] for child in (left[node], right[node]) if child < len(left)]
        deepest[node] = 1 + max(below, default=0)
    return deepest[0] if deepest else 0
