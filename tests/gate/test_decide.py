"""The gate promotes what is better, holds what is not, and says when rows are too few to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation.scorecard import Cost
from ratchet.gate.decide import decide, numbers
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence
from ratchet.gate.uses import BUDGET, HoldoutUse
from ratchet.spec import Gate

_USE = HoldoutUse(holdout_id="h", at=datetime(2024, 1, 1, tzinfo=UTC))


def _sure(answered: Labels, classes: int, sure: float = 0.9) -> Probabilities:
    rest = np.full((len(answered), classes), (1 - sure) / (classes - 1))
    rest[np.arange(len(answered)), answered] = sure
    return rest


def _answers(labels: Labels, accuracy: float, classes: int, seed: int) -> Labels:
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(labels)) > accuracy
    return np.where(wrong, (labels + 1 + rng.integers(0, classes - 1, len(labels))) % classes, labels).astype(np.int32)


def _evidence(rows: int = 2_000, ours: float = 0.9, theirs: float | None = 0.8, **more: Any) -> Evidence:
    labels = np.random.default_rng(0).integers(0, 3, rows).astype(np.int32)
    return Evidence(
        gate=more.pop("gate", Gate()),
        classes=("a", "b", "c"),
        labels=labels,
        challenger=_sure(_answers(labels, ours, 3, 1), 3),
        champion=None if theirs is None else _sure(_answers(labels, theirs, 3, 2), 3),
        baselines={"majority.v1": _sure(np.zeros_like(labels), 3)},
        ids=np.arange(rows, dtype=np.uint64),
        **more,
    )


def _passed(decision: Decision) -> dict[str, bool | None]:
    return {check.rule: check.passed for check in decision.checks}


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "roc_auc", "log_loss", "pr_auc", "brier"])
def test_a_clearly_better_challenger_is_promoted_on_any_metric(metric: Any) -> None:
    decision = decide(_evidence(gate=Gate(metric=metric)))
    assert decision.outcome == "promote", str(decision)
    assert decision.rows_needed is None


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "roc_auc", "log_loss", "pr_auc", "brier"])
def test_a_clearly_worse_challenger_is_held_on_any_metric(metric: Any) -> None:
    decision = decide(_evidence(ours=0.8, theirs=0.9, gate=Gate(metric=metric)))
    assert decision.outcome == "hold", str(decision)
    assert _passed(decision)["better"] is False


def test_the_first_champion_must_beat_guessing() -> None:
    assert decide(_evidence(theirs=None)).outcome == "promote"
    guess = _evidence(theirs=None)
    guess = replace(guess, challenger=guess.baselines["majority.v1"])
    decision = decide(guess)
    assert decision.outcome == "hold"
    assert "always guessing a" in decision.sentence


def test_a_little_better_on_few_rows_needs_more_and_says_about_how_many() -> None:
    decision = decide(_evidence(rows=400, ours=0.82, theirs=0.80))
    assert decision.outcome == "need_data", str(decision)
    assert decision.rows_needed is not None
    assert 400 < decision.rows_needed <= 4_000
    assert f"{decision.rows_needed:,}" in decision.sentence


def test_so_many_rows_as_it_asks_for_do_settle_it() -> None:
    asked = decide(_evidence(rows=400, ours=0.82, theirs=0.80)).rows_needed
    assert asked is not None
    assert decide(_evidence(rows=4 * asked, ours=0.82, theirs=0.80)).outcome == "promote"


def test_equal_answers_are_never_better() -> None:
    evidence = _evidence()
    assert decide(replace(evidence, champion=evidence.challenger)).outcome == "hold"


def test_the_floor_must_be_shown_not_only_seen() -> None:
    def at(floor: float) -> bool | None:
        return _passed(decide(_evidence(gate=Gate(floor=floor, metric="accuracy"))))["floor"]

    assert [at(0.85), at(0.89), at(0.95)] == [True, None, False]


def test_each_use_of_a_holdout_makes_the_next_dearer_until_it_is_spent() -> None:
    close = _evidence(rows=2_000, ours=0.83, theirs=0.80, gate=Gate(metric="accuracy"))
    assert decide(close).outcome == "promote"
    assert decide(replace(close, uses=[_USE] * 5)).outcome == "need_data"
    spent = decide(replace(_evidence(), uses=[_USE] * BUDGET))
    assert spent.outcome == "need_data"
    assert spent.rows_needed == 2_000
    assert "fresh labelled rows" in spent.sentence
    assert len(spent.checks) == 1, "a spent holdout answers nothing more"


def test_a_better_average_does_not_pay_for_a_harmed_class() -> None:
    labels = np.repeat(np.arange(3), [1_500, 1_500, 200]).astype(np.int32)
    ours, theirs = _answers(labels, 0.95, 3, 1), _answers(labels, 0.80, 3, 2)
    ours[3_000:] = np.where(np.arange(200) < 120, 0, 2)
    theirs[:3_000][theirs[:3_000] == 2] = 0
    evidence = replace(
        _evidence(rows=3_200, gate=Gate(metric="accuracy")),
        labels=labels, challenger=_sure(ours, 3), champion=_sure(theirs, 3), baselines={},
    )  # fmt: skip
    decision = decide(evidence)
    assert decision.outcome == "hold"
    assert "c loses" in decision.sentence


def test_a_better_average_does_not_pay_for_a_harmed_slice() -> None:
    evidence = _evidence(rows=3_000, ours=0.95, theirs=0.85)
    challenger = evidence.challenger.copy()
    french = np.arange(3_000) >= 2_700
    challenger[french] = _sure(_answers(evidence.labels[french], 0.5, 3, 9), 3)
    language = np.where(french, "fr", "en")
    decision = decide(replace(evidence, challenger=challenger, slices={"language": language}))
    assert decision.outcome == "hold"
    assert "language=fr loses" in decision.sentence


def test_calibration_may_not_get_lost() -> None:
    evidence = _evidence(ours=0.93, theirs=0.90)
    shy = evidence.challenger**0.15
    decision = decide(replace(evidence, challenger=shy / shy.sum(axis=1, keepdims=True)))
    assert _passed(decision)["calibration_kept"] is False


def test_budgets_of_time_and_size_are_hard() -> None:
    gate = Gate(p99_ms=50, bundle_mb=10)
    cheap, slow = Cost(p50_ms=1, p99_ms=20, bundle_mb=9), Cost(p50_ms=1, p99_ms=80, bundle_mb=11)
    assert decide(_evidence(gate=gate, cost=cheap)).outcome == "promote"
    decision = decide(_evidence(gate=gate, cost=slow))
    assert (_passed(decision)["latency"], _passed(decision)["size"]) == (False, False)
    assert decide(_evidence(gate=gate)).outcome == "hold", "a cost that nobody measured is not within budget"


def test_no_worse_lets_an_equal_challenger_through_but_not_a_worse_one() -> None:
    gate = Gate(rule="no_worse", margin=0.02, metric="accuracy")
    evidence = _evidence(rows=4_000, ours=0.9, theirs=0.9, gate=gate)
    assert decide(replace(evidence, champion=evidence.challenger)).outcome == "promote"
    assert decide(_evidence(rows=4_000, ours=0.85, theirs=0.9, gate=gate)).outcome == "hold"


def test_no_worse_is_no_staircase_down() -> None:
    gate = Gate(rule="no_worse", margin=0.02, metric="accuracy")
    evidence = _evidence(rows=4_000, ours=0.9, gate=gate)
    evidence = replace(evidence, champion=evidence.challenger)
    better_before = replace(_USE, numbers={"no_worse.other": 0.96})
    assert decide(replace(evidence, uses=[better_before])).outcome != "promote"


def test_an_empty_holdout_needs_data() -> None:
    assert decide(_evidence(rows=0, theirs=None)).outcome == "need_data"


def test_a_class_of_three_rows_stops_nothing_by_itself() -> None:
    labels = np.repeat(np.arange(3), [2_400, 240, 3]).astype(np.int32)
    evidence = replace(
        _evidence(rows=len(labels), theirs=None), labels=labels,
        challenger=_sure(_answers(labels, 0.99, 3, 5), 3),
        baselines={"majority.v1": _sure(np.zeros_like(labels), 3)},
    )  # fmt: skip
    assert decide(evidence).outcome == "promote"


def test_copies_of_a_row_are_no_evidence() -> None:
    close = _evidence(rows=300, ours=0.84, theirs=0.80, gate=Gate(metric="accuracy"))
    alone = decide(close)
    again = np.tile(np.arange(300), 30)
    copied = replace(
        close,
        labels=close.labels[again],
        challenger=close.challenger[again],
        champion=close.challenger[again] if close.champion is None else close.champion[again],
        baselines={},
        ids=again.astype(np.uint64),
    )
    assert alone.outcome != "promote"
    assert decide(copied).outcome != "promote", "thirty copies of each row"
    assert decide(replace(copied, ids=None)).outcome == "promote", "taken for new rows they would do"


@settings(max_examples=40)
@given(rows=st.integers(1, 60), classes=st.integers(2, 5), seed=st.integers(0, 10_000), metric=st.sampled_from(
    ["accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall", "roc_auc", "pr_auc", "log_loss", "brier"]
))  # fmt: skip
def test_any_rows_give_a_decision_with_finite_numbers_and_the_same_one_twice(
    rows: int, classes: int, seed: int, metric: Any
) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, rows).astype(np.int32)
    evidence = Evidence(
        gate=Gate(metric=metric, floor=0.5, slices=("s",)),
        classes=tuple(map(str, range(classes))),
        labels=labels,
        challenger=_sure(_answers(labels, 0.9, classes, seed), classes),
        champion=rng.dirichlet(np.ones(classes), rows),
        baselines={"majority.v1": _sure(np.zeros_like(labels), classes)},
        slices={"s": rng.choice(["x", "y"], rows)},
    )
    first, second = decide(evidence), decide(evidence)
    assert first == second
    assert all(np.isfinite(value) for value in numbers(first).values())
    assert str(first).count("\n") == len(first.checks)
