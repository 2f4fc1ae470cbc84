"""What each row counts for, so that rare classes are not drowned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ratchet.arrays import Floats64, Labels


def class_weights(labels: Labels, classes: int, params: Mapping[str, Any]) -> Floats64 | None:
    """(rows,) what each row counts for, so that every class counts the same; None where each counts one.

    ``params`` are those of a family with a ``class_weight`` of ``none`` or ``balanced``.
    """
    if params["class_weight"] != "balanced":
        return None
    counts = np.bincount(labels, minlength=classes)
    return np.asarray((len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[labels])
