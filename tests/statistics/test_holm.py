"""Holm's correction equals the definition, step by step, and lies between none and Bonferroni's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.statistics.holm import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@given(P_VALUES)
def test_equals_the_definition(p_values: list[float]) -> None:
    ordered = sorted(p_values)
    steps = [min(1.0, (len(ordered) - rank) * p) for rank, p in enumerate(ordered)]
    expected = [max(steps[: rank + 1]) for rank in range(len(steps))]
    assert sorted(holm(p_values)) == pytest.approx(expected)


@given(P_VALUES)
def test_never_helps_and_never_hurts_more_than_bonferroni(p_values: list[float]) -> None:
    for p, corrected in zip(p_values, holm(p_values), strict=True):
        assert p <= corrected <= min(1.0, p * len(p_values)) + 1e-12


def test_nothing_to_correct_is_nothing() -> None:
    assert holm([]) == []
