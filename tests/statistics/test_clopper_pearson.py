from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from ratchet.statistics.clopper_pearson import clopper_pearson


@pytest.mark.parametrize(("hits", "rows"), [(0, 1), (1, 1), (9, 10), (0, 30), (47, 50)])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_it_is_scipys(hits: int, rows: int, level: float) -> None:
    theirs = binomtest(hits, rows).proportion_ci(level, method="exact")
    assert clopper_pearson(hits, rows, level) == pytest.approx((theirs.low, theirs.high))


def test_no_rows_say_nothing() -> None:
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_it_never_covers_less_than_promised() -> None:
    hits = np.random.default_rng(0).binomial(4, 0.95, 20_000)
    ends = [clopper_pearson(each, 4, 0.99) for each in range(5)]
    assert np.mean([ends[each][0] <= 0.95 <= ends[each][1] for each in hits]) >= 0.99
