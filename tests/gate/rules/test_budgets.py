"""Floor, baselines, time and size: what every model must show by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ratchet.evaluation.scorecard import Cost
from ratchet.gate.decide import decide
from ratchet.gate.uses import baseline_share
from ratchet.spec import Gate
from tests.gate.scenes import answers, check, evidence, passed, sure, use


def test_the_first_champion_must_beat_guessing() -> None:
    assert decide(evidence(theirs=None)).outcome == "promote"
    guess = evidence(theirs=None)
    decision = decide(replace(guess, challenger=guess.baselines["majority.v1"]))
    assert decision.outcome == "hold"
    assert "always guessing a" in decision.sentence
    assert (decision.asked, decision.exam) == (True, None)


def test_guessing_the_last_label_is_called_so() -> None:
    found = evidence(theirs=None)
    ordered = replace(found, baselines={"last_label.v1": sure(answers(found.labels, 0.97, 4))})
    decision = decide(ordered)
    assert decision.outcome == "hold"
    assert check(decision, "beats_last_label").plain == "Not shown to be better than guessing the last label."


def test_floor_and_baselines_spend_their_own_tenth() -> None:
    decision = decide(evidence(gate=Gate(floor=0.5), uses=[use(champion=None), use(), use("look")]))
    for rule in ("floor", "beats_majority"):
        assert check(decision, rule).numbers["alpha"] == pytest.approx(baseline_share(4, 0.95))


def test_a_baseline_that_is_hardly_beaten_needs_data() -> None:
    found = evidence(rows=400, ours=0.82, theirs=None)
    decision = decide(replace(found, baselines={"one_feature.v1": sure(answers(found.labels, 0.79, 5))}))
    assert passed(decision)["beats_one_feature"] is None
    assert (decision.outcome, decision.pending) == ("need_data", False)


def test_the_floor_must_be_shown_not_only_seen() -> None:
    def at(floor: float) -> bool | None:
        return passed(decide(evidence(gate=Gate(floor=floor, metric="accuracy"))))["floor"]

    assert [at(0.85), at(0.885), at(0.95)] == [True, None, False]


def test_budgets_of_time_and_size_are_hard_and_ask_nothing_of_the_holdout() -> None:
    gate = Gate(p99_ms=50, bundle_mb=10)
    cheap, slow = Cost(p50_ms=1, p99_ms=20, bundle_mb=9), Cost(p50_ms=1, p99_ms=80, bundle_mb=11)
    assert decide(evidence(gate=gate, cost=cheap)).outcome == "promote"
    decision = decide(evidence(gate=gate, cost=slow))
    assert (passed(decision)["latency"], passed(decision)["size"]) == (False, False)
    assert not decision.asked
    assert decide(evidence(gate=gate)).outcome == "hold", "a cost that nobody measured is not within budget"


def test_a_holdout_that_can_show_nothing_is_not_asked() -> None:
    for found in (evidence(rows=0, theirs=None), evidence(rows=9)):
        decision = decide(found)
        assert (decision.outcome, decision.asked, decision.pending) == ("need_data", False, False)
        assert "show nothing" in decision.sentence
    two_groups = decide(evidence(units=np.arange(2_000, dtype=np.uint64) % 2))
    assert "2,000 rows, in 2 groups of rows that count as one" in two_groups.sentence
    one_class = replace(evidence(gate=Gate(metric="roc_auc")), labels=np.zeros(2_000, dtype=np.int32))
    assert "one class only" in decide(one_class).sentence
