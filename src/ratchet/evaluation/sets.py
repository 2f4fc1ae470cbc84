"""Whether prediction sets keep their promise on the holdout, and what they cost: how large, how many abstentions."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.errors import DataError
from ratchet.evaluation.scorecard import Sets
from ratchet.models.conformal import Conformal
from ratchet.statistics.measured import Measured
from ratchet.statistics.wilson import quantile, share
from ratchet.words import percent

_LEVEL = 0.95


def measure_sets(conformal: Conformal, probabilities: Probabilities, labels: Labels) -> Sets:
    """How the sets do on rows with known labels, which nothing was fitted to.

    Shares have Wilson's interval, the mean size the normal one.  Raises `DataError` without rows.
    """
    if not len(labels):
        raise DataError("prediction sets cannot be measured without rows", todo="hold some rows out")
    sizes = conformal.contains(probabilities).sum(axis=1)
    found, rows = conformal.measure(probabilities, labels), len(labels)
    coverage = share(found.covered, rows)
    kept = "keep" if coverage.low <= conformal.coverage <= coverage.high else "miss"
    kept = "more than keep" if coverage.low > conformal.coverage else kept
    abstained = share(rows - found.single, rows)
    return Sets(
        promised=conformal.coverage,
        coverage=coverage,
        mean_size=_mean(sizes.astype(np.float64)),
        abstained=abstained,
        single_right=share(found.single_right, found.single) if found.single else None,
        sentence=(
            f"Sets promise to hold the true class {percent(conformal.coverage)} of the time and {kept} it: "
            f"{percent(coverage.value)} ({percent(coverage.low)} to {percent(coverage.high)}). "
            f"They hold {found.mean_size:.2f} classes on average; "
            f"{percent(abstained.value)} of the rows get no single answer."
        ),
    )


def _mean(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Measured:
    error = float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    mean = float(values.mean())
    return Measured(
        value=mean,
        low=mean - quantile(_LEVEL) * error,
        high=mean + quantile(_LEVEL) * error,
        n=len(values),
        method="normal",
    )
