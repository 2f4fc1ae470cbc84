"""Every metric keeps every promise, and the kit notices one that is broken."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.metrics.accuracy import Accuracy
from ratchet.metrics.brier import Brier
from ratchet.metrics.catalogue import METRICS
from ratchet.metrics.metric import Metric
from ratchet.statistics.units import Units
from ratchet.testing.metrics import check_metric


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_ours_keep_every_promise(metric: Metric) -> None:
    check_metric(metric)


def test_the_table_names_each_by_its_own_name() -> None:
    assert [each.name for each in METRICS.values()] == list(METRICS)
    assert len({each.prose for each in METRICS.values()}) == len(METRICS)


class _Nameless(Accuracy):
    name = "Accuracy, mine"


class _OfTheFirstRow(Brier):
    def _value(self, labels: Labels, probabilities: Probabilities) -> float:
        return float(self.of_rows(labels, probabilities)[0])


class _TheWrongWayRound(Brier):
    higher_is_better = True


class _TooSmall(Brier):
    bounds = (0.9, 1.0)


class _Lopsided(Brier):
    def _influence(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        return self.of_rows(labels, probabilities)


class _WithoutInfluence(Brier):
    def _influence(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        return np.zeros(len(labels))


class _Sure(Accuracy):
    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        return value - (1 - level), value + (1 - level)


class _DeafToUnits(Accuracy):
    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        return super()._interval(value, labels, probabilities, level, seed, None)


class _MadeUp(Accuracy):
    def value(self, labels: Labels, probabilities: Probabilities) -> float:
        return super().value(labels, probabilities) if len(labels) else 0.0


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (_Nameless(), "the name is like"),
        (_OfTheFirstRow(), "the order of rows does not matter"),
        (_TheWrongWayRound(), "higher is better"),
        (_TooSmall(), "the value lies within"),
        (_Lopsided(), "influences average to 0"),
        (_WithoutInfluence(), "with more weight"),
        (_Sure(), "a surer interval is no narrower"),
        (_DeafToUnits(), "make nothing surer"),
        (_MadeUp(), "no rows give NaN"),
    ],
)
def test_a_broken_promise_is_named(broken: Metric, promise: str) -> None:
    with pytest.raises(AssertionError, match=promise):
        check_metric(broken)
