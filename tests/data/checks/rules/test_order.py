from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.order import check_future_values, check_order
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


RNG = np.random.default_rng(0)
COUNT = 5_000
RISING = np.where(RNG.random(COUNT) < np.linspace(0.05, 0.6, COUNT), "yes", "no")
KINDS = {"n": Kind.NUMBER}


def test_a_share_that_rises_along_the_rows(make: MakeRows) -> None:
    (found,) = check_order(make(KINDS, {"n": RNG.normal(size=COUNT), "label": RISING}))
    assert found.sentence.startswith("The label depends on the order of the rows: ")
    assert found.numbers["cramers_v"] > 0.3


def test_rows_in_no_order_or_sorted_by_label_are_no_finding(make: MakeRows) -> None:
    for labels in (RNG.permutation(RISING), np.sort(RISING)):
        assert not list(check_order(make(KINDS, {"n": RNG.normal(size=COUNT), "label": labels})))


def test_a_time_column_settles_it(make: MakeRows) -> None:
    when = [datetime(2026, 1, 1) + timedelta(hours=each) for each in range(COUNT)]
    columns = {"n": RNG.normal(size=COUNT), "when": when, "label": RISING}
    assert not list(check_order(make({**KINDS, "when": Kind.TIME}, columns)))
    shuffled = RNG.permutation(COUNT)
    columns = {"n": columns["n"], "when": [when[each] for each in shuffled], "label": RISING[shuffled]}
    (found,) = check_order(make({**KINDS, "when": Kind.DATE}, columns))
    assert 'columns.when = "time"' in found.todo


def test_values_that_only_the_newest_rows_know(make: MakeRows) -> None:
    when = [datetime(2026, 1, 1) + timedelta(hours=each) for each in range(COUNT)]
    shop = np.where(np.arange(COUNT) >= 4_500, "new shop", "old shop")
    kinds = {"shop": Kind.CATEGORY, "when": Kind.TIME}
    (found,) = check_future_values(make(kinds, {"shop": shop, "when": when, "label": RISING}))
    assert (found.column, found.count) == ("shop", 500)
    assert "'new shop'" in found.sentence
