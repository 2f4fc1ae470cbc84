"""What a use may spend, and how many rows would settle it."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.gate.rows_needed import rows_needed
from ratchet.gate.uses import BUDGET, allowance


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_all_uses_together_spend_the_allowance_and_no_more(confidence: float) -> None:
    shares = [allowance(used, confidence) for used in range(BUDGET)]
    assert sum(share for share in shares if share is not None) == pytest.approx(1 - confidence)
    assert allowance(BUDGET, confidence) is None


def test_twice_as_clear_needs_a_quarter_of_the_rows() -> None:
    few, many = rows_needed(1_000, 0.02, 0.01, 0.001), rows_needed(1_000, 0.01, 0.01, 0.001)
    assert few is not None
    assert many is None, "ten times the rows would not do: no difference to be seen"
    assert few == pytest.approx(1_000 * ((3.09 + 0.84) / 2) ** 2, rel=0.05)


@pytest.mark.parametrize("value", [0.0, -0.1, float("nan")])
def test_rows_cannot_help_what_points_the_wrong_way(value: float) -> None:
    assert rows_needed(1_000, value, 0.01, 0.05) is None


def test_an_estimate_has_two_digits() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        found = rows_needed(1_234, float(rng.uniform(0.005, 0.05)), 0.01, 0.01)
        assert found is None or len(str(found).rstrip("0")) <= 2
