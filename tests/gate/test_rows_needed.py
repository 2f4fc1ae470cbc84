"""How many rows would settle it."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.gate.rows_needed import rows_needed


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
