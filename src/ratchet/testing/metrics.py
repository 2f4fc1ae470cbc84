"""The metric kit: `check_metric` tries to break every promise of `ratchet.metrics.metric.Metric`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.clock import rng
from ratchet.metrics.metric import Metric

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_UNIT = 9
_COPIES = 400
"""One more row among so many copies of all rows is as good as a small weight."""


def check_metric(metric: Metric) -> None:
    """Run every check of this kit; raises AssertionError that names the promise that is broken."""
    check_facts(metric)
    check_value(metric)
    check_direction(metric)
    check_interval(metric)
    check_units(metric)
    check_influence(metric)
    check_unseen(metric)
    check_nothing(metric)


def check_facts(metric: Metric) -> None:
    """It says what it is called, what it means, in which unit and between which bounds."""
    assert _NAME.fullmatch(metric.name), f"the name is like 'macro_f1', found {metric.name!r}"
    for fact in ("prose", "meaning", "unit", "method"):
        text = getattr(metric, fact)
        assert text, f"{fact} is said"
        assert "\n" not in text, f"{fact} is one line, found {text!r}"
    low, high = metric.bounds
    assert low < high, f"the bounds go from low to high, found {metric.bounds}"


def check_value(metric: Metric) -> None:
    """A number within the bounds that does not depend on the order of the rows, which are left as they are."""
    for labels, probabilities in _cases():
        before = labels.tobytes(), probabilities.tobytes()
        value = metric.value(labels, probabilities)
        assert (labels.tobytes(), probabilities.tobytes()) == before, "value leaves the rows as they were"
        low, high = metric.bounds
        assert low - 1e-12 <= value <= high + 1e-12, f"the value lies within {metric.bounds}, found {value}"
        order = rng("order", len(labels)).permutation(len(labels))
        again = metric.value(labels[order], probabilities[order])
        assert np.isclose(value, again, rtol=1e-9, atol=1e-12), f"the order of rows does not matter: {value}, {again}"


def check_direction(metric: Metric) -> None:
    """The truth itself is better than a guess that knows nothing, in the direction that the metric says."""
    labels = _labels(3, 90)
    sure = np.where(labels[:, None] == np.arange(3), 0.98, 0.01)
    wrong = np.where(((labels + 1) % 3)[:, None] == np.arange(3), 0.98, 0.01)
    right, lost = metric.value(labels, sure), metric.value(labels, wrong)
    better = right > lost if metric.higher_is_better else right < lost
    direction = "higher" if metric.higher_is_better else "lower"
    assert better, f"{direction} is better: the truth gets {right}, the opposite {lost}"


def check_interval(metric: Metric) -> None:
    """The interval holds the value, names its method and rows, is the same every time and wider where more is asked."""
    for labels, probabilities in _cases():
        found = metric.measured(labels, probabilities, seed=1)
        assert found.low <= found.value <= found.high, f"low <= value <= high, found {found}"
        low, high = metric.bounds
        inside = low - 1e-12 <= found.low and found.high <= high + 1e-12
        assert inside, f"the interval lies within {metric.bounds}, found {found}"
        assert found.value == metric.value(labels, probabilities), "the interval is that of the value"
        assert (found.n, found.method) == (len(labels), metric.method), f"it names its rows and method, found {found}"
        assert isinstance(found.approximate, bool), f"it says whether it is approximate, found {found.approximate!r}"
        assert found == metric.measured(labels, probabilities, seed=1), "the same rows and seed give the same interval"
        wider = metric.measured(labels, probabilities, level=0.999, seed=1)
        assert wider.high - wider.low >= found.high - found.low, "a surer interval is no narrower"


def check_units(metric: Metric) -> None:
    """Copies of rows, told to be units, are no evidence: the interval is about as wide as without them."""
    for labels, probabilities in _cases():
        alone = metric.measured(labels, probabilities)
        copies = np.tile(np.arange(len(labels)), _UNIT)
        found = metric.measured(labels[copies], probabilities[copies], units=copies.astype(np.uint64))
        assert np.isclose(found.value, alone.value), f"copies leave the value as it was: {alone}, {found}"
        as_wide = found.high - found.low >= 0.8 * (alone.high - alone.low)
        assert as_wide, f"copies of rows make nothing surer: {alone} becomes {found}"
        own = np.arange(len(labels), dtype=np.uint64)
        assert metric.measured(labels, probabilities, units=own) == alone, "rows of their own are units of their own"


def check_influence(metric: Metric) -> None:
    """Influences average to zero, and foretell how the value changes where a row gets more weight."""
    for labels, probabilities in _cases():
        influences = metric.influence(labels, probabilities)
        assert influences.shape == labels.shape, f"one influence a row, found {influences.shape}"
        scale = max(float(np.abs(influences).max()), 1.0)
        assert abs(float(influences.mean())) <= 1e-9 * scale, f"influences average to 0, found {influences.mean()}"
        many = np.tile(np.arange(len(labels)), _COPIES)
        value = metric.value(labels, probabilities)
        for row in range(0, len(labels), 7):
            more = np.append(many, row)
            change = (metric.value(labels[more], probabilities[more]) - value) * len(many)
            close = np.isclose(change, influences[row], atol=0.02 * scale, rtol=0.02)
            assert close, (
                f"row {row} with more weight changes the value by {change}, its influence is {influences[row]}"
            )


def check_unseen(metric: Metric) -> None:
    """Rows that chance did not show speak against either side with finite influences."""
    labels, ours = next(_cases())
    theirs = np.full_like(ours, 1 / ours.shape[1])
    for side in metric.unseen(0.1, labels, ours, theirs):
        assert np.isfinite(side).all(), f"influences of rows not seen are finite, found {side}"


def check_nothing(metric: Metric) -> None:
    """No rows give no number, and rows that cannot be measured NaN in every place."""
    none, nothing = np.zeros(0, np.int32), np.zeros((0, 3))
    assert np.isnan(metric.value(none, nothing)), "no rows give NaN"
    assert np.isnan(metric.measured(none, nothing).low), "no rows have no interval"
    assert len(metric.influence(none, nothing)) == 0, "no rows have no influence"
    labels, probabilities = np.zeros(5, np.int32), np.tile([0.6, 0.3, 0.1], (5, 1))
    found = metric.measured(labels, probabilities)
    if np.isnan(found.value):
        assert np.isnan([found.low, found.high]).all(), f"what cannot be measured has no interval, found {found}"
        assert np.isnan(metric.influence(labels, probabilities)).all(), "nor influences"


def _cases() -> Iterator[tuple[Labels, Probabilities]]:
    """Rows of two and of four classes, with and without ties, one class perhaps without rows."""
    for classes, present, ties in ((2, 2, False), (4, 4, True), (4, 3, False)):
        random = rng("metric", classes, present)
        labels = _labels(present, 42)
        weights = random.integers(1, 6, (42, classes)) if ties else random.random((42, classes))  # nosec B311
        scores = weights.astype(np.float64)
        scores[np.arange(42), labels] += 0.5
        yield labels, scores / scores.sum(axis=1, keepdims=True)


def _labels(classes: int, rows: int) -> Labels:
    labels = rng("labels", classes).integers(0, classes, rows).astype(np.int32)
    labels[:classes] = np.arange(classes)
    return labels
