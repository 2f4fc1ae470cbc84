"""Whether prediction sets keep their promise on the holdout, and what they cost: how large, how many abstentions."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.errors import DataError
from ratchet.evaluation.intervals.wilson import wilson
from ratchet.evaluation.scorecard import Measured, Sets
from ratchet.models.conformal import Conformal

_Z = 1.959964


def measure_sets(conformal: Conformal, probabilities: Probabilities, labels: Labels) -> Sets:
    """How the sets do on rows with known labels, which nothing was fitted to.

    Shares have Wilson's interval, the mean size the normal one.  Raises `DataError` without rows.
    """
    if not len(labels):
        raise DataError("prediction sets cannot be measured without rows", todo="hold some rows out")
    sizes = conformal.contains(probabilities).sum(axis=1)
    found, rows = conformal.measure(probabilities, labels), len(labels)
    coverage = _share(found.covered, rows)
    kept = "keep" if coverage.low <= conformal.coverage <= coverage.high else "miss"
    kept = "more than keep" if coverage.low > conformal.coverage else kept
    abstained = _share(rows - found.single, rows)
    return Sets(
        promised=conformal.coverage,
        coverage=coverage,
        mean_size=_mean(sizes.astype(np.float64)),
        abstained=abstained,
        single_right=_share(found.single_right, found.single) if found.single else None,
        sentence=(
            f"Sets promise to hold the true class {conformal.coverage:.1%} of the time and {kept} it: "
            f"{coverage.value:.1%} ({coverage.low:.1%} to {coverage.high:.1%}). They hold {found.mean_size:.2f} "
            f"classes on average; {abstained.value:.1%} of the rows get no single answer."
        ),
    )


def _share(hits: int, rows: int) -> Measured:
    low, high = wilson(np.array(float(hits)), np.array(float(rows)))
    return Measured(value=hits / rows, low=float(low), high=float(high), n=rows, method="wilson")


def _mean(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Measured:
    error = float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    mean = float(values.mean())
    return Measured(value=mean, low=mean - _Z * error, high=mean + _Z * error, n=len(values), method="normal")
