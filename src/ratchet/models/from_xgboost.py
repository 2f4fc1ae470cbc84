"""XGBoost's JSON of a booster as `Trees`, its comparisons kept to the letter.

A number goes left where ``value < condition`` in single precision, which is where ``value <= `` the number below the
condition; a missing value goes where the tree learned to send it.  The scores are XGBoost's to the digits of single
precision: it adds leaves up in that, `Trees` in double precision.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ratchet.arrays import Floats64
from ratchet.models.trees import Nodes, Trees, depth_of, joined


def read(text: str, rounds: int) -> tuple[Trees, Floats64]:
    """The trees of the first ``rounds`` in a booster's JSON (``Booster.save_raw("json")``), which has no categorical
    splits, and (scores,) what every score begins with.
    """
    learner = json.loads(text)["learner"]
    model = learner["gradient_booster"]["model"]
    columns = max(int(learner["learner_model_param"]["num_class"]), 1)
    return joined([_tree(each) for each in model["trees"][: rounds * columns]]), _base(learner, columns)


def _base(learner: Mapping[str, Any], columns: int) -> Floats64:
    """Where the scores begin: of two classes it is written as a probability."""
    text = learner["learner_model_param"]["base_score"].strip("[]")
    found = np.broadcast_to(np.array([float(each) for each in text.split(",")]), (columns,)).copy()
    if learner["objective"]["name"] == "binary:logistic":
        found = np.log(found / (1 - found))
    return found


def _tree(tree: Mapping[str, Any]) -> Trees:
    """One tree: inner nodes first, then leaves."""
    left, right = (np.array(tree[name], dtype=np.int32) for name in ("left_children", "right_children"))
    conditions = np.array(tree["split_conditions"], dtype=np.float32)
    leaf = left == -1
    # Nodes [inner, leaf, inner, leaf, leaf] are put in the order 0, 2, 1, 3, 4: their places are [0, 2, 1, 3, 4].
    order = np.argsort(leaf, kind="stable")
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    inner = order[: int((~leaf).sum())]
    left, right = place[left[inner]], place[right[inner]]
    nodes = Nodes.of_thresholds(
        feature=np.array(tree["split_indices"], dtype=np.int32)[inner],
        threshold=np.nextafter(conditions[inner], np.float32(-np.inf)).astype(np.float64),
        left=left,
        right=right,
        absent=np.where(np.array(tree["default_left"], dtype=bool)[inner], left, right),
    )
    values = conditions[order[len(inner) :]].astype(np.float64)  # a leaf's value stands where a condition would
    return Trees.grown(nodes, value=values, depth=depth_of(left.tolist(), right.tolist()))
