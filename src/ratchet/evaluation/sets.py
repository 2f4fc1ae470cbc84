"""Whether prediction sets keep their promise on the holdout, and what they cost: how large, how many abstentions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ratchet.arrays import Bools, Hashes, Labels, Probabilities
from ratchet.errors import DataError
from ratchet.evaluation.scorecard import ClassCoverage, Sets
from ratchet.models.conformal import Conformal
from ratchet.statistics.measured import Measured
from ratchet.statistics.unit_share import unit_mean, unit_share
from ratchet.words import percent

_LEVEL = 0.95
_KEPT = 10.0
"""So many rows that keep the promise are added to each class when the worst is looked for."""


def measure_sets(
    conformal: Conformal,
    probabilities: Probabilities,
    labels: Labels,
    *,
    classes: Sequence[str],
    units: Hashes | None = None,
) -> Sets:
    """How the sets do on rows with known labels, which nothing was fitted to; ``classes`` are their names.

    ``units`` (rows,) are the units of the rows, each of which counts as one, as it did when the sets were fitted; None
    where every row is its own.  Raises `DataError` without rows.
    """
    if not len(labels):
        raise DataError("prediction sets cannot be measured without rows", todo="hold some rows out")
    inside = conformal.contains(probabilities)
    sizes, right = inside.sum(axis=1), inside[np.arange(len(labels)), labels]
    single = sizes == 1
    found = Sets(
        promised=conformal.coverage,
        kind="classwise" if conformal.classwise else "average",
        coverage=unit_share(right, units, _LEVEL),
        worst=_worst(right, labels, classes, conformal.coverage, units),
        mean_size=unit_mean(sizes.astype(np.float64), units, _LEVEL),
        abstained=unit_share(~single, units, _LEVEL),
        single_right=unit_share(right[single], _of(units, single), _LEVEL) if single.any() else None,
    )
    return replace(found, sentence=in_words(found))


def _worst(
    right: Bools, labels: Labels, classes: Sequence[str], promised: float, units: Hashes | None
) -> ClassCoverage:
    """The class that is covered worst.

    A class of two rows, one of them missed, is not worse than one that misses 300 of 1,000: each is compared with ten
    more rows that keep the promise.  The interval is at a level that holds for all classes at once (Bonferroni), so
    that it holds for the one that was picked out.
    """
    present = np.unique(labels).tolist()
    level = 1 - (1 - _LEVEL) / len(present)
    found = {each: unit_share(right[labels == each], _of(units, labels == each), level, exact=True) for each in present}

    def kept(each: int) -> float:
        # At 0.95: 1 of 2 gives (1 + 9.5) / 12 = 0.875, and 700 of 1,000 give 709.5 / 1,010 = 0.702, which is the worst.
        count = found[each].n if units is None else len(np.unique(units[labels == each]))
        return (found[each].value * count + promised * _KEPT) / (count + _KEPT)

    worst = min(present, key=kept)
    return ClassCoverage(name=classes[worst], coverage=found[worst])


def _of(units: Hashes | None, rows: Bools) -> Hashes | None:
    return None if units is None else units[rows]


def in_words(found: Sets) -> str:
    """What the promise is, whether it is kept, for whom least, and what an answer of a single class is worth."""
    classwise, worst = found.kind == "classwise", found.worst
    judged = worst.coverage if classwise and worst is not None else found.coverage
    kept = "miss" if judged.high < found.promised else "more than keep" if judged.low > found.promised else "keep"
    said = [
        f"Sets promise to hold the true class {percent(found.promised)} of the time"
        f"{' in every class' if classwise else ''} and {kept} it: {_interval(found.coverage)}"
        f"{' over all rows' if classwise else ''}."
    ]
    if worst is not None:
        start = "For" if classwise else "That is an average: for"
        said.append(f"{start} '{worst.name}', the worst class, it is {_interval(worst.coverage)}.")
    said.append(f"They hold {found.mean_size.value:.2f} classes on average.")
    left = f"{percent(found.abstained.value)} of the rows get no" if found.abstained.value else "Every row gets a"
    what = "a single answer" if found.abstained.value else "it"
    right = f"; {what} is right {_interval(found.single_right)}" if found.single_right else ""
    return " ".join([*said, f"{left} single answer{right}."])


def _interval(measured: Measured) -> str:
    return f"{percent(measured.value)} ({percent(measured.low)} to {percent(measured.high)})"
