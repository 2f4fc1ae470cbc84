"""A search that promised more than new rows keep is held."""

from __future__ import annotations

from typing import Any

import pytest

from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from ratchet.spec import Gate
from ratchet.statistics.measured import Measured
from tests.gate.scenes import check, evidence


def _search(value: float, reach: float = 0.01) -> Measured:
    return Measured(value=value, low=value - reach, high=value + reach, n=8_000, method="test")


def _accuracy(**more: Any) -> Evidence:
    """A challenger of accuracy .9 where always guessing has .32."""
    return evidence(gate=Gate(metric="accuracy"), **more)


def test_a_search_that_agrees_passes_and_one_too_modest_does_too() -> None:
    for value in (0.90, 0.80):
        assert check(decide(_accuracy(search=_search(value))), "gap").passed


@pytest.mark.parametrize("rule", ["hash", "group"])
def test_a_gap_on_rows_drawn_by_lot_holds(rule: str) -> None:
    decision = decide(_accuracy(search=_search(0.97), rule=rule))
    assert decision.outcome == "hold"
    assert "0.970" in decision.sentence
    assert 'accept = ["gap"]' in decision.sentence


@pytest.mark.parametrize("rule", ["time", "column"])
def test_rows_from_elsewhere_must_keep_half_of_the_lift(rule: str) -> None:
    some = check(decide(_accuracy(search=_search(0.97), rule=rule)), "gap")
    assert some.passed
    assert "later or from elsewhere" in some.sentence
    most = _accuracy(ours=0.60, theirs=None, search=_search(0.97), rule=rule)
    decision = decide(most)
    assert decision.outcome == "hold", "0.28 is left of a lift of 0.65"
    assert check(decision, "gap").numbers["lift_kept"] == pytest.approx(0.28 / 0.65, abs=0.03)


def test_an_accepted_gap_passes_and_is_said() -> None:
    found = check(decide(_accuracy(search=_search(0.97), accept=["gap"])), "gap")
    assert found.passed
    assert "The spec accepts a gap." in found.sentence


def test_of_an_error_metric_less_is_the_promise() -> None:
    brier = Gate(metric="brier")
    assert decide(evidence(gate=brier, search=_search(0.05))).outcome == "hold"
    assert decide(evidence(gate=brier, search=_search(0.9))).outcome == "promote"


def test_without_a_search_there_is_no_gap() -> None:
    assert all(each.rule != "gap" for each in decide(_accuracy()).checks)
