"""Segments are proved on units of evidence: one bad group is no weak part of the rows."""

from __future__ import annotations

import numpy as np

from ratchet.evaluation.segments import weakest


def test_a_weak_part_is_found_by_units_too_where_many_of_them_show_it() -> None:
    rng = np.random.default_rng(0)
    of = np.repeat(np.arange(800, dtype=np.uint64), 3)
    monthly = (rng.random(800) < 0.4)[of]
    right = rng.random(2_400) < np.where(monthly, 0.5, 0.9)
    plan = np.where(monthly, "monthly", "yearly")
    found = weakest({"plan": plan}, right, units=of)
    assert [each.rule for each in found] == ["plan = monthly"]
    assert found[0].accuracy.method == "wilson by units"


def test_rows_that_fail_together_make_no_weak_part_of_a_column_that_says_nothing() -> None:
    found, blind = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        of = np.repeat(np.arange(60, dtype=np.uint64), 30)
        right = (rng.random(60) < 0.8)[of]
        shop = rng.choice(["a", "b", "c"], 60)[of]
        found += bool(weakest({"shop": shop}, right, units=of, seed=seed))
        blind += bool(weakest({"shop": shop}, right, seed=seed))
    assert found <= 4
    assert blind > 20
