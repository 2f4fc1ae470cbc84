"""A decision as a user's script meets it."""

from __future__ import annotations

from typing import get_args

import pytest

from ratchet.gate.decision import Decision, Outcome


@pytest.mark.parametrize("outcome", get_args(Outcome))
def test_a_decision_is_true_where_it_promotes_and_nowhere_else(outcome: Outcome) -> None:
    assert bool(Decision(outcome=outcome, checks=(), sentence="")) == (outcome == "promote")
