"""The screen spares the holdout what is no better out of fold."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.gate.decide import decide
from ratchet.gate.evidence import Screen
from ratchet.spec import Gate
from tests.gate.scenes import answers, check, evidence, screen, sure, truth


def test_better_out_of_fold_is_worth_asking() -> None:
    assert check(decide(evidence(screen=screen(0.9, 0.8))), "screen").passed


@pytest.mark.parametrize("ours", [0.80, 0.75])
def test_no_better_out_of_fold_is_held_before_the_holdout_is_asked(ours: float) -> None:
    decision = decide(evidence(screen=screen(ours, 0.8)))
    assert (decision.outcome, decision.asked, decision.exam) == ("hold", False, None)
    assert decision.sentence.startswith("Not shown out of fold to be better than the champion")
    assert [each.rule for each in decision.checks] == ["findings", "screen"]


def test_no_worse_is_screened_with_its_margin() -> None:
    same = screen(0.8, 0.8)
    same = Screen(labels=same.labels, challenger=same.champion, champion=same.champion)
    lenient = Gate(rule="no_worse", margin=0.02, metric="accuracy")
    assert decide(evidence(screen=same)).asked is False, "equal is not better"
    assert not check(decide(evidence(screen=same)), "screen").passed
    assert check(decide(evidence(screen=screen(0.81, 0.8), gate=lenient)), "screen").passed
    worse = check(decide(evidence(screen=screen(0.75, 0.8), gate=lenient)), "screen")
    assert worse.passed is False
    assert "no more than 0.020 worse" in worse.sentence


def test_nothing_or_too_little_to_compare_lets_through() -> None:
    assert check(decide(evidence()), "screen").passed
    assert check(decide(evidence(screen=screen(0.2, 0.8, rows=29))), "screen").passed
    labels = truth(290)
    copied = Screen(
        labels=labels,
        challenger=sure(answers(labels, 0.2, 1)),
        champion=sure(answers(labels, 0.8, 2)),
        units=np.arange(290, dtype=np.uint64) // 10,
    )
    found = check(decide(evidence(screen=copied)), "screen")
    assert found.passed
    assert "Only 29 units" in found.sentence
    one_class = np.zeros(100, dtype=np.int32)
    alike = Screen(labels=one_class, challenger=sure(one_class), champion=sure(one_class))
    assert check(decide(evidence(screen=alike, gate=Gate(metric="roc_auc"))), "screen").passed


def test_before_there_is_a_champion_there_is_no_screen() -> None:
    assert all(each.rule != "screen" for each in decide(evidence(theirs=None, screen=screen(0.1, 0.9))).checks)
