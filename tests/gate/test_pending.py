"""A pending challenger is promoted when the odds for it are high enough, and not before."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.gate.decide import decide
from ratchet.gate.pending import progress, settled
from ratchet.gate.uses import exam_share
from ratchet.spec import Gate
from tests.gate.scenes import check, evidence

_SHARE = exam_share(1, 0.95) / 2


def test_a_bet_starts_at_even_odds_and_a_losing_one_is_no_way_at_all() -> None:
    start = progress(np.array([]), _SHARE, rows=0)
    assert (start.rows, start.now, start.done, start.reached) == (0, 1.0, 0.0, False)
    assert progress(np.array([0.5]), _SHARE, rows=3).done == 0.0
    assert progress(np.array([0.5, 0.0]), _SHARE, rows=3).done == 0.0


def test_half_of_the_way_is_the_root_of_the_odds_needed() -> None:
    half = progress(np.array([2.0, (1 / _SHARE) ** 0.5]), _SHARE, rows=3)
    assert half.done == pytest.approx(0.5)
    assert not half.reached
    assert "50.0 % of the way" in str(half)


@pytest.mark.parametrize("after", [1.0, 0.0, np.inf])
def test_odds_once_reached_are_reached_for_good(after: float) -> None:
    found = progress(np.array([2 / exam_share(1, 0.95), after]), _SHARE, rows=3)
    assert found.reached
    assert found.done == 1.0
    assert not progress(np.array([1.99 / exam_share(1, 0.95)]), _SHARE, rows=3).reached


def test_the_ledger_gets_the_exam_with_what_was_open_settled() -> None:
    decision = decide(evidence(rows=400, ours=0.82, theirs=0.80))
    assert decision.pending
    promoted = settled(decision, progress(np.array([100.0, 240.0, 300.0]), _SHARE, rows=3))
    assert (promoted.outcome, promoted.pending, promoted.rows_needed) == ("promote", False, None)
    assert promoted.exam == decision.exam
    shown = check(promoted, "better")
    assert shown.passed
    assert promoted.sentence == shown.sentence == shown.plain
    assert "3 rows labelled since its exam" in shown.sentence
    assert "odds of 300 to 1" in shown.sentence
    assert [each.rule for each in promoted.checks] == [each.rule for each in decision.checks]


def test_no_worse_is_settled_within_its_margin_and_moves_no_anchor() -> None:
    gate = Gate(rule="no_worse", margin=0.02, metric="accuracy")
    decision = decide(evidence(rows=700, ours=0.82, theirs=0.81, gate=gate))
    assert decision.pending, str(decision)
    shown = check(settled(decision, progress(np.array([1e4]), _SHARE, rows=3)), "no_worse")
    assert "no more than 0.020 worse" in shown.sentence
    assert "better_p" not in shown.numbers


def test_what_is_not_pending_or_not_reached_is_not_settled() -> None:
    with pytest.raises(ValueError, match="hold"):
        settled(decide(evidence(ours=0.7)), progress(np.array([1e9]), _SHARE, rows=3))
    with pytest.raises(ValueError, match="of the way"):
        settled(decide(evidence(rows=400, ours=0.82, theirs=0.80)), progress(np.array([3.0]), _SHARE, rows=3))
