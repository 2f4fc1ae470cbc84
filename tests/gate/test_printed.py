"""What is printed of the holdout is enough to act on, and too little to climb on."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.evaluation.score import score
from ratchet.evaluation.scorecard import ClassCoverage, Scorecard, Sets
from ratchet.gate import printed
from ratchet.gate.decide import decide, numbers
from ratchet.gate.evidence import Evidence
from ratchet.models.decision import ClassFactors
from ratchet.spec import Gate
from ratchet.statistics.measured import Measured
from tests.gate.scenes import check, evidence, finding, screen, use

_SEARCH = Measured(value=0.9, low=0.89, high=0.91, n=8_000, method="test")
_DIFFERENCE = re.compile(r"\d\.\d{2}")


def _card(found: Evidence) -> Scorecard:
    return score(
        classes=found.classes,
        labels=found.labels,
        probabilities=found.challenger,
        baselines=found.baselines,
        slices=found.slices,
        search_score=0.9,
        metric=found.gate.metric,
    )


def test_a_promotion_is_printed_in_full() -> None:
    found = evidence(search=_SEARCH)
    decision = decide(found)
    card = _card(found)
    assert printed.decision(decision) is decision
    assert printed.scorecard(card, decision) is card


@pytest.mark.parametrize("rule", ["better", "no_worse"])
def test_a_hold_prints_no_number_of_the_holdout(rule: str) -> None:
    gate = Gate(rule=rule, floor=0.875, slices=("s",))
    slices = {"s": np.repeat(["x", "y"], 1_000)}
    decision = decide(evidence(ours=0.8, theirs=0.9, gate=gate, slices=slices, search=_SEARCH))
    shown = printed.decision(decision)
    assert shown.outcome == "hold"
    assert "Not shown to be" in str(shown)
    for each in shown.checks:
        sentence = each.sentence.replace("0.875", "").replace("0.010 worse", "").replace("0.02 beyond", "")
        assert not _DIFFERENCE.search(sentence.split("may err")[0]), sentence
        assert not {"difference", "p_value", "low", "high", "challenger", "other", "worst"} & each.numbers.keys()
    assert check(shown, rule).numbers.keys() <= {"alpha", "rows", "margin"}
    assert check(shown, "floor").plain == "Not shown to clear the floor 0.875."


def test_every_decision_has_a_plain_sentence_for_each_check() -> None:
    for found in (evidence(), evidence(theirs=None), evidence(rows=5), evidence(findings=[finding()])):
        assert all(each.plain for each in decide(found).checks)


def test_need_of_data_prints_the_difference_to_a_standard_error() -> None:
    decision = decide(evidence(rows=400, ours=0.82, theirs=0.80))
    full, shown = check(decision, "better").numbers, check(printed.decision(decision), "better")
    step = shown.numbers["error"]
    assert full["error"] <= step < 2.5 * full["error"]
    assert shown.numbers["difference"] == pytest.approx(round(full["difference"] / step) * step)
    assert abs(shown.numbers["difference"] - full["difference"]) <= step / 2
    assert shown.sentence.startswith("Perhaps better than the champion")
    assert f"give or take {step:g}" in shown.sentence
    assert "p_value" not in shown.numbers
    rows = printed.decision(decision).rows_needed
    assert decision.rows_needed is not None
    assert rows is not None
    assert str(rows).rstrip("0") in {"1", "2", "5"}
    assert decision.rows_needed <= rows < 2.6 * decision.rows_needed
    assert f"{rows:,}" in printed.decision(decision).sentence


def test_a_difference_without_an_error_is_not_told() -> None:
    decision = decide(evidence(rows=400, ours=0.82, theirs=0.80))
    sudden = tuple(
        replace(each, numbers={**each.numbers, "error": 0.0}) if each.rule == "better" else each
        for each in decision.checks
    )
    shown = check(printed.decision(replace(decision, checks=sudden)), "better")
    assert shown.sentence == shown.plain


def test_what_did_not_ask_the_holdout_prints_all_it_has() -> None:
    decision = decide(evidence(screen=screen(0.8, 0.8)))
    assert printed.decision(decision) is decision
    assert "0.79" in decision.sentence, "out of fold"


def test_the_scorecard_of_what_is_not_shown_better_has_no_number_of_the_holdout() -> None:
    found = evidence(ours=0.8, theirs=0.9, slices={"s": np.repeat(["x", "y"], 1_000)})
    decision = decide(found)
    shown = printed.scorecard(_card(found), decision)
    assert (shown.metrics, shown.per_class, shown.slices, shown.gap, shown.sets) == ({}, {}, {}, None, None)
    assert shown.summary.startswith("Shown to be better than always guessing a")
    assert shown.summary.endswith("Not shown to be better than the champion.")
    assert printed.decision(decision).checks[-1].rule == "better", "what else failed would tell of the rows"


def test_an_answer_other_than_held_must_pass_the_last_one_by_a_standard_error() -> None:
    first = decide(evidence(rows=400, ours=0.82, theirs=0.80, champion_version="1"))
    assert first.outcome == "need_data"
    told = replace(use("exam", "1"), numbers=numbers(first))
    again = decide(evidence(rows=400, ours=0.82, theirs=0.80, champion_version="1", uses=[told]))
    assert (again.outcome, again.pending) == ("hold", False)
    other = decide(evidence(rows=400, ours=0.82, theirs=0.80, champion_version="2", uses=[told]))
    assert other.outcome == "need_data", "told was of another champion"


def test_the_scorecard_of_a_hold_for_another_reason_has_only_rounded_numbers() -> None:
    slices = {"s": np.repeat(["x", "y"], 1_000)}
    found = evidence(ours=0.8, theirs=None, gate=Gate(floor=0.95), slices=slices)
    card, decision = _card(found), decide(found)
    shown = printed.scorecard(card, decision)
    assert shown.metrics.keys() == card.metrics.keys()
    assert shown.slices.keys() == card.slices.keys()
    assert (shown.confusion, shown.lift, shown.segments, shown.reliability, shown.thresholds) == ((), {}, (), (), ())
    for name, each in shown.metrics.items():
        full = card.metrics[name]
        assert each == printed.rounded(full)
        assert each.low <= full.low <= full.high <= each.high
    assert shown.metrics["macro_f1"] != card.metrics["macro_f1"]
    assert shown.search_score == card.search_score
    assert "Not shown to clear the floor 0.95." in shown.summary
    assert "rounded to steps of about its standard error" in shown.summary
    assert f"{card.metrics['macro_f1'].value:.3f}" not in shown.summary


def test_sets_are_rounded_and_what_cost_the_holdout_nothing_is_kept() -> None:
    found = evidence(ours=0.8, theirs=None, gate=Gate(floor=0.95))
    share = Measured(value=0.9431, low=0.9312, high=0.9533, n=2_000, method="wilson")
    sets = Sets(
        promised=0.95, coverage=share, mean_size=share, abstained=share, single_right=share, sentence="0.9431",
        worst=ClassCoverage(name="a", coverage=share),
    )  # fmt: skip
    card = replace(_card(found), sets=sets, search=_SEARCH, train_seconds=3.0)
    shown = printed.scorecard(card, decide(found))
    assert shown.sets is not None
    assert shown.sets.worst is not None
    about = printed.rounded(share)
    assert about.value == 0.94
    assert [shown.sets.coverage, shown.sets.single_right, shown.sets.worst.coverage] == [about] * 3
    assert "94.0 % (93.0 % to 96.0 %)" in shown.sets.sentence
    assert "94.3" not in shown.sets.sentence
    assert (shown.search, shown.train_seconds, shown.headings) == (_SEARCH, 3.0, card.headings)


def test_the_scorecard_of_what_was_not_asked_has_nothing_of_the_holdout() -> None:
    found = evidence(screen=screen(0.8, 0.8))
    shown = printed.scorecard(_card(found), decide(found))
    assert (shown.metrics, shown.per_class, shown.baselines, shown.gap, shown.sets) == ({}, {}, {}, None, None)
    assert shown.search_score == 0.9
    assert shown.summary.startswith("Not shown out of fold")


@given(value=st.floats(0.01, 0.99), error=st.floats(1e-4, 0.2))
def test_rounding_moves_a_number_by_less_than_it_is_uncertain(value: float, error: float) -> None:
    low, high = max(value - 2 * error, 0.0), min(value + 2 * error, 1.0)
    full = Measured(value=value, low=low, high=high, n=100, method="test")
    shown = printed.rounded(full)
    assert shown.low <= full.low + 1e-9
    assert shown.high >= full.high - 1e-9
    assert 0 <= shown.low <= shown.value <= shown.high <= 1
    assert abs(shown.value - value) <= 2.6 * error


def test_what_is_certain_is_not_rounded() -> None:
    support = Measured(value=37.0, low=37.0, high=37.0, n=100, method="count")
    assert printed.rounded(support) == support


def test_what_a_threshold_brings_is_told_out_of_fold_where_the_holdout_is_rounded() -> None:
    found = evidence(rows=400, ours=0.82, theirs=0.80)
    factors = ClassFactors((0.5, 1.0, 2.0))
    card = score(
        classes=found.classes, labels=found.labels, probabilities=found.challenger, factors=factors, baselines={},
        search=Measured(value=0.731, low=0.7, high=0.76, n=400, method="test"), search_score=0.702,
    )  # fmt: skip
    assert card.labelling is not None
    assert " here (" in card.labelling.sentence
    for decided in (decide(found), decide(evidence(ours=0.8, theirs=0.9))):
        shown = printed.scorecard(card, decided)
        assert shown.labelling is not None
        assert (shown.labelling.here, shown.labelling.plain) == (None, None)
        assert shown.labelling.sentence.endswith(
            ", chosen out of fold for macro-F1: 0.731 out of fold (0.702 with the most probable class)."
        )
        assert shown.summary.endswith(
            "Out of fold its Macro-F1 is 0.731 (0.700 to 0.760) with its class factors "
            "(0.702 with the most probable class)."
        )
