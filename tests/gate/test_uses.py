"""What a use may spend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.gate.uses import asking_number, baseline_share, exam_number, exam_share
from tests.gate.scenes import use


@given(confidence=st.floats(0.5, 0.999), asked=st.integers(1, 3_000))
def test_however_often_it_is_asked_the_shares_stay_within_the_allowance(confidence: float, asked: int) -> None:
    spent = sum(exam_share(k, confidence) + baseline_share(k, confidence) for k in range(1, asked + 1))
    assert spent == pytest.approx((1 - confidence) * (1 - 1 / (asked + 1)))


@given(confidence=st.floats(0.5, 0.999), k=st.integers(1, 10_000))
def test_an_exam_is_never_spent_and_never_cheaper_than_the_next(confidence: float, k: int) -> None:
    assert 0 < exam_share(k + 1, confidence) < exam_share(k, confidence)
    assert 0 < baseline_share(k + 1, confidence) < baseline_share(k, confidence)


def test_a_look_counts_as_an_exam_and_a_first_champion_as_none() -> None:
    assert exam_number([]) == 1
    first = use(champion=None)
    assert exam_number([first]) == 1, "it was held against nobody"
    assert asking_number([first]) == 2, "but floor and baselines were asked"
    assert exam_number([first, use(), use("look", champion=None), use("look")]) == 4
    assert asking_number([first, use(), use("look", champion=None)]) == 4
