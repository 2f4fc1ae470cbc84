"""Against the champion, or the anchor: what is said, and at what price."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ratchet.gate import printed
from ratchet.gate.decide import decide
from ratchet.gate.uses import exam_share
from ratchet.spec import Gate
from tests.gate.scenes import answers, check, evidence, passed, sure, use

_NO_WORSE = Gate(rule="no_worse", margin=0.02, metric="accuracy")


def test_half_of_the_exams_share_is_spent_at_once_and_looks_make_it_dearer() -> None:
    for uses, k in (([], 1), ([use()], 2), ([use(champion=None), use("look"), use()], 3)):
        decision = decide(evidence(uses=uses))
        assert decision.exam == k
        assert check(decision, "better").numbers["alpha"] == pytest.approx(exam_share(k, 0.95) / 2)


def test_each_exam_is_dearer_than_the_one_before_but_none_is_the_last() -> None:
    close = evidence(rows=2_000, ours=0.83, theirs=0.80, gate=Gate(metric="accuracy"))
    assert decide(close).outcome == "promote"
    assert decide(replace(close, uses=[use()] * 5)).outcome == "need_data"
    assert decide(evidence(uses=[use()] * 200)).outcome == "promote", "what is clear is promoted at the 201st"


def test_the_sentence_says_who_was_compared() -> None:
    itself = check(decide(evidence(champion_version="3")), "better").sentence
    assert "the champion, version 3 (as it is served)" in itself
    again = check(decide(evidence(champion_version="3", champion_by="recipe")), "better").sentence
    assert "its recipe fitted again" in again
    held = decide(evidence(ours=0.7, champion_version="3", champion_by="recipe"))
    assert "its recipe fitted again" in printed.decision(held).sentence, "whatever else is not told"


def test_no_worse_lets_an_equal_challenger_through_but_not_a_worse_one() -> None:
    equal = evidence(rows=4_000, ours=0.9, theirs=0.9, gate=_NO_WORSE)
    assert decide(replace(equal, champion=equal.challenger)).outcome == "promote"
    assert decide(evidence(rows=4_000, ours=0.85, theirs=0.9, gate=_NO_WORSE)).outcome == "hold"


def test_no_worse_is_no_staircase_down() -> None:
    found = evidence(rows=4_000, ours=0.9, theirs=0.9, gate=_NO_WORSE)
    assert found.champion is not None
    best = sure(answers(found.labels, 0.96, 8))
    anchored = replace(found, champion=found.challenger, anchor=best, anchor_version="2")
    decision = decide(anchored)
    assert decision.outcome == "hold", "as good as the champion, but the champion has slipped"
    assert "version 2, the last that was shown better" in decision.sentence
    assert passed(decide(replace(anchored, anchor=None)))["no_worse"]


def test_the_margin_is_whole_whatever_earlier_uses_found() -> None:
    found = evidence(rows=4_000, ours=0.9, theirs=0.9, gate=_NO_WORSE)
    numbers = {"no_worse.other": 0.99, "no_worse.challenger": 0.5}
    earlier = replace(use(champion=None), numbers=numbers)
    decision = decide(replace(found, champion=found.challenger, uses=[earlier]))
    assert check(decision, "no_worse").numbers["margin"] == 0.02
    assert decision.outcome == "promote"


def test_no_worse_tells_whether_better_was_shown_too() -> None:
    better = check(decide(evidence(gate=_NO_WORSE)), "no_worse").numbers
    assert better["better_p"] < better["alpha"]
    equal = evidence(rows=4_000, ours=0.9, theirs=0.9, gate=_NO_WORSE)
    same = check(decide(replace(equal, champion=equal.challenger)), "no_worse").numbers
    assert same["better_p"] > same["alpha"]


def test_rows_needed_are_counted_for_the_exam_that_will_judge_them() -> None:
    close = evidence(rows=400, ours=0.82, theirs=0.80)
    now, after = decide(close), decide(replace(close, uses=[use()] * 2))
    assert now.rows_needed is not None
    assert after.rows_needed is None or after.rows_needed > now.rows_needed
    asked = decide(evidence(rows=4 * now.rows_needed, ours=0.82, theirs=0.80, uses=[use()]))
    assert asked.outcome == "promote"


def test_copies_of_a_row_are_no_evidence() -> None:
    close = evidence(rows=300, ours=0.84, theirs=0.80, gate=Gate(metric="accuracy"))
    assert close.champion is not None
    again = np.tile(np.arange(300), 30)
    copied = replace(
        close, labels=close.labels[again], challenger=close.challenger[again], champion=close.champion[again],
        baselines={}, units=again.astype(np.uint64),
    )  # fmt: skip
    assert decide(close).outcome != "promote"
    assert decide(copied).outcome != "promote", "thirty copies of each row"
    assert decide(replace(copied, units=None)).outcome == "promote", "taken for new rows they would do"
