"""Newcombe's interval of an area holds the truth as often as it says, with few positives too."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from ratchet.metrics.roc_auc import RocAuc
from ratchet.statistics.newcombe import newcombe
from ratchet.statistics.units import numbered


@pytest.mark.parametrize("ones", [15, 60])
def test_holds_the_area_as_often_as_it_says(ones: int) -> None:
    rng = np.random.default_rng(ones)
    inside = np.arange(200) < ones
    metric, truth, held = RocAuc(), float(norm.cdf(1.5 / 2**0.5)), []
    for _ in range(600):
        scores = rng.standard_normal(200) + 1.5 * inside
        area = metric.area(scores[inside], scores[~inside])
        low, high = newcombe(area, inside, metric.area_influence(inside, scores), 0.95)
        held.append(low <= truth <= high)
        assert 0 <= low <= area <= high <= 1
    assert 0.925 <= np.mean(held) <= 0.98


def test_a_perfect_ranking_of_few_rows_is_not_called_certain() -> None:
    inside = np.arange(20) < 10
    low, high = newcombe(1.0, inside, np.zeros(20), 0.95)
    assert low < 0.95
    assert high == 1


def test_copies_in_units_make_no_area_surer() -> None:
    rng = np.random.default_rng(0)
    inside = np.arange(300) < 100
    metric, scores, copies = RocAuc(), rng.standard_normal(300) + inside, np.repeat(np.arange(300), 8)
    area = metric.area(scores[inside], scores[~inside])
    alone = newcombe(area, inside, metric.area_influence(inside, scores), 0.95)
    influences = metric.area_influence(inside[copies], scores[copies])
    together = newcombe(area, inside[copies], influences, 0.95, numbered(copies))
    blind = newcombe(area, inside[copies], influences, 0.95)
    assert together == pytest.approx(alone, abs=0.01)
    assert blind[1] - blind[0] < 0.5 * (alone[1] - alone[0])
