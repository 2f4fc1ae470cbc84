"""A tree of a scikit-learn forest as `Trees`, its comparisons kept to the letter (``value <= threshold``)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats32, Floats64
from ratchet.models.trees import Nodes, Trees

_LEAF = -1


def read(tree: Any, present: npt.NDArray[Any], classes: int, *, sparse: bool) -> Trees:
    """A fitted ``tree_``, whose leaves hold the shares of all classes, of which it knows the ``present`` ones.

    In ``sparse`` rows it saw the lowest number there is where a value was missing, so a missing value goes left.
    """
    leaf = tree.children_left == _LEAF
    order = np.argsort(leaf, kind="stable")  # inner nodes first
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    inner, leaves = order[: int((~leaf).sum())], order[int((~leaf).sum()) :]
    left, right = place[tree.children_left[inner]], place[tree.children_right[inner]]
    goes_left = np.ones(len(inner), dtype=bool) if sparse else tree.missing_go_to_left[inner].astype(bool)
    found = tree.value[leaves, 0, :]
    value = np.zeros((len(leaves), classes), dtype=np.float32)
    value[:, present] = found / found.sum(axis=1, keepdims=True)
    nodes = Nodes.of_thresholds(
        feature=tree.feature[inner].astype(np.int32),
        threshold=_not_above(tree.threshold[inner]),
        left=left,
        right=right,
        absent=np.where(goes_left, left, right),
    )
    return Trees.grown(nodes, value=value, depth=int(tree.max_depth))


def _not_above(thresholds: Floats64) -> Floats32:
    """The largest single number that is no larger: cells are single, so that it parts them alike in half the room."""
    near = thresholds.astype(np.float32)
    return np.where(near.astype(np.float64) > thresholds, np.nextafter(near, np.float32(-np.inf)), near)
