"""A LightGBM booster's text as `Trees`, its comparisons kept to the letter.

A number goes left where ``value <= threshold`` in double precision, a category where it is in the node's set, a missing
value where the tree learned to send it; so the scores are those of LightGBM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.models.trees import Nodes, Trees, depth_of, joined

_IN_SET, _LEFT, _NAN = 1, 2, 8
"""Bits of LightGBM's ``decision_type``: a set of categories, no threshold; missing goes left; missing was seen in
training (else it counts as 0)."""


def read(text: str) -> Trees:
    """The trees in a booster's text (``Booster.model_to_string``)."""
    return joined([_tree(block) for block in text.split("\n\n") if block.lstrip().startswith("Tree=")])


def _tree(block: str) -> Trees:
    """One tree: inner nodes first, then leaves."""
    lines = dict(line.split("=", 1) for line in block.strip().splitlines() if "=" in line)
    leaves = _numbers(lines, "leaf_value", np.float64)
    inner = int(lines["num_leaves"]) - 1
    thresholds = _numbers(lines, "threshold", np.float64)[:inner]
    kinds = _numbers(lines, "decision_type", np.int64)[:inner]
    # A leaf is written as -1 less its number, and its node stands behind the inner ones: of two inner nodes 0 and 1,
    # leaf 0 is written -1 and becomes node 2 - 1 + 1 = 2; leaf 2 is written -3 and becomes node 2 - 1 + 3 = 4.
    left, right = (
        np.where(side < 0, inner - 1 - side, side).astype(np.int32)
        for side in (_numbers(lines, name, np.int64)[:inner] for name in ("left_child", "right_child"))
    )
    in_set = (kinds & _IN_SET) > 0
    goes_left = np.where(kinds & _NAN, (kinds & _LEFT) > 0, thresholds >= 0) & ~in_set
    first, count, words = _sets(lines, thresholds, in_set)
    return Trees.grown(
        Nodes(
            feature=_numbers(lines, "split_feature", np.int32)[:inner],
            threshold=thresholds,
            left=left,
            right=right,
            absent=np.where(goes_left, left, right).astype(np.int32),
            first=first,
            count=count,
        ),
        value=leaves,
        words=words,
        depth=depth_of(left.tolist(), right.tolist()),
    )


def _sets(
    lines: Mapping[str, str], thresholds: npt.NDArray[Any], in_set: npt.NDArray[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """(inner,) where each node's set begins among the words and how many words it has, 0 for none; and the words."""
    # The threshold of a node with a set is the set's number; sets 0 and 1 of 1 and 2 words have boundaries [0, 1, 3].
    first, count = np.zeros(len(in_set), dtype=np.int32), np.zeros(len(in_set), dtype=np.int32)
    bounds = _numbers(lines, "cat_boundaries", np.int32)
    numbers = thresholds[in_set].astype(np.int64)
    if len(numbers):
        first[in_set], count[in_set] = bounds[numbers], bounds[numbers + 1] - bounds[numbers]
    return first, count, _numbers(lines, "cat_threshold", np.int64).astype(np.uint32)


def _numbers(lines: Mapping[str, str], name: str, kind: type[np.generic]) -> npt.NDArray[Any]:
    return np.array(lines.get(name, "").split(), dtype=kind)
