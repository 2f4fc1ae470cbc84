from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.future_values import check_future_values
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]

RNG = np.random.default_rng(0)

COUNT = 5_000

RISING = np.where(RNG.random(COUNT) < np.linspace(0.05, 0.6, COUNT), "yes", "no")


def test_values_that_only_the_newest_rows_know(make: MakeRows) -> None:
    when = [datetime(2026, 1, 1) + timedelta(hours=each) for each in range(COUNT)]
    shop = np.where(np.arange(COUNT) >= 4_500, "new shop", "old shop")
    kinds = {"shop": Kind.CATEGORY, "when": Kind.TIME}
    (found,) = check_future_values(make(kinds, {"shop": shop, "when": when, "label": RISING}))
    assert (found.column, found.count) == ("shop", 500)
    assert "'new shop'" in found.sentence
