"""The gate promotes what is better, holds what is not, and says when rows are too few to tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratchet.evaluation.scorecard import Cost
from ratchet.gate import printed
from ratchet.gate.decide import decide, numbers
from ratchet.gate.evidence import Evidence
from ratchet.spec import Gate
from ratchet.statistics.measured import Measured
from tests.gate.scenes import answers, evidence, passed, screen, sure

METRICS = ["accuracy", "macro_f1", "roc_auc", "log_loss", "pr_auc", "brier"]


@pytest.mark.parametrize("metric", METRICS)
def test_a_clearly_better_challenger_is_promoted_on_any_metric(metric: Any) -> None:
    decision = decide(evidence(gate=Gate(metric=metric)))
    assert decision.outcome == "promote", str(decision)
    assert (decision.rows_needed, decision.asked, decision.pending) == (None, True, False)


@pytest.mark.parametrize("metric", METRICS)
def test_a_clearly_worse_challenger_is_held_on_any_metric(metric: Any) -> None:
    decision = decide(evidence(ours=0.8, theirs=0.9, gate=Gate(metric=metric)))
    assert decision.outcome == "hold", str(decision)
    assert passed(decision)["better"] is False
    assert decision.rows_needed is None


def test_a_little_better_on_few_rows_needs_more_and_is_pending() -> None:
    decision = decide(evidence(rows=400, ours=0.82, theirs=0.80))
    assert (decision.outcome, decision.pending) == ("need_data", True), str(decision)
    assert decision.rows_needed is not None
    assert 400 < decision.rows_needed <= 4_000
    assert f"{decision.rows_needed:,}" in decision.sentence


def test_unclear_in_another_thing_too_is_not_pending() -> None:
    close = evidence(rows=400, ours=0.82, theirs=0.80)
    beside = {"one_feature.v1": sure(answers(close.labels, 0.79, 5))}
    decision = decide(replace(close, baselines=beside))
    assert (decision.outcome, decision.pending) == ("need_data", False)


def test_equal_answers_are_never_better() -> None:
    found = evidence()
    assert decide(replace(found, champion=found.challenger)).outcome == "hold"


def test_what_costs_nothing_is_judged_first_and_then_all_of_the_exam() -> None:
    gate = Gate(p99_ms=50, floor=0.5, slices=("s",))
    cost, search = Cost(p50_ms=1, p99_ms=2, bundle_mb=1), Measured(value=0.9, low=0.89, high=0.91, n=9, method="")
    slices = {"s": np.repeat(["x", "y"], 1_000)}
    fresh = np.arange(2_000) % 2 == 0
    found = evidence(gate=gate, cost=cost, screen=screen(0.9, 0.8), search=search, slices=slices, fresh=fresh)
    assert list(passed(decide(found))) == [
        "findings", "latency", "screen",
        "holdout", "floor", "beats_majority", "better", "fresh", "no_class_harmed", "no_slice_harmed",
        "calibration_kept", "gap",
    ]  # fmt: skip
    held = decide(replace(found, screen=screen(0.8, 0.9)))
    assert list(passed(held)) == ["findings", "latency", "screen"]


def test_a_class_of_three_rows_stops_nothing_by_itself() -> None:
    labels = np.repeat(np.arange(3), [2_400, 240, 3]).astype(np.int32)
    found = replace(
        evidence(rows=len(labels), theirs=None),
        labels=labels,
        challenger=sure(answers(labels, 0.99, 5)),
        baselines={"majority.v1": sure(np.zeros_like(labels))},
    )
    assert decide(found).outcome == "promote"


@settings(max_examples=40)
@given(rows=st.integers(1, 60), classes=st.integers(2, 5), seed=st.integers(0, 10_000), metric=st.sampled_from(
    ["accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall", "roc_auc", "pr_auc", "log_loss", "brier"]
), rule=st.sampled_from(["better", "no_worse"]))  # fmt: skip
def test_any_rows_give_a_decision_with_finite_numbers_and_the_same_one_twice(
    rows: int, classes: int, seed: int, metric: Any, rule: Any
) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, rows).astype(np.int32)
    found = Evidence(
        gate=Gate(metric=metric, rule=rule, floor=0.5, slices=("s",)),
        classes=tuple(map(str, range(classes))),
        labels=labels,
        challenger=sure(answers(labels, 0.9, seed, classes), classes),
        champion=rng.dirichlet(np.ones(classes), rows),
        baselines={"majority.v1": sure(np.zeros_like(labels), classes)},
        units=rng.integers(0, 40, rows).astype(np.uint64),
        fresh=rng.random(rows) < 0.7,
        slices={"s": rng.choice(["x", "y"], rows)},
    )
    first, second = decide(found), decide(found)
    assert first == second
    for each in (first, printed.decision(first)):
        assert all(np.isfinite(value) for value in numbers(each).values())
        assert str(each).count("\n") == len(each.checks)
