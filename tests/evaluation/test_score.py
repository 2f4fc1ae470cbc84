"""The scorecard tells the truth in words and numbers."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation.score import score
from ratchet.evaluation.scorecard import Scorecard
from ratchet.evaluation.summary import gap
from ratchet.metrics.catalogue import METRICS
from ratchet.models.decision import ClassFactors
from ratchet.statistics.measured import Measured

_CLASSES = ("Needs Refinement", "Investment Ready", "Mentorship Needed")


def _certain(answered: Labels, classes: int, sure: float = 0.9) -> Probabilities:
    rest = np.full((len(answered), classes), (1 - sure) / (classes - 1))
    rest[np.arange(len(answered)), answered] = sure
    return rest


def _skewed(rows: int = 264) -> Labels:
    """91 % in one class, three rows in the last."""
    labels = np.zeros(rows, np.int32)
    labels[: int(rows * 0.08)] = 1
    labels[-3:] = 2
    return labels


def _score(labels: Labels, answered: Labels, rule: Labels, metric: str = "macro_f1") -> Scorecard:
    guess = np.zeros(len(labels), np.int32)
    return score(
        classes=_CLASSES,
        labels=labels,
        probabilities=_certain(answered, 3),
        baselines={"majority.v1": _certain(guess, 3), "one_feature.v1": _certain(rule, 3)},
        metric=metric,
    )


def test_a_model_that_guesses_the_majority_fools_nobody() -> None:
    labels = _skewed()
    card = _score(labels, np.zeros_like(labels), labels, metric="accuracy")
    assert card.summary.startswith(
        "NOT SHOWN TO BE BETTER than always guessing Needs Refinement, which scores 0.91 accuracy"
    )


def test_high_accuracy_that_guessing_has_too_is_called_out_beside_another_metric() -> None:
    labels = _skewed()
    answered = labels.copy()
    answered[30:60] = 1
    answered[-3:] = 0
    card = _score(labels, answered, np.zeros_like(labels))
    assert card.summary.startswith("Beats always guessing Needs Refinement (0.32)")
    assert "NOT SHOWN TO BE BETTER than always guessing Needs Refinement, which scores 0.91" in card.summary


def test_a_good_model_beats_both_and_says_what_guessing_gets() -> None:
    labels = _skewed(2_640)
    rule = labels.copy()
    rule[:150] = 0
    card = _score(labels, labels, rule)
    assert "Beats always guessing Needs Refinement (0.32) and the best one-feature rule" in card.summary
    assert "where always guessing Needs Refinement scores 0.92" in card.summary


def test_a_model_that_only_equals_the_rule_says_so_first() -> None:
    labels = _skewed(2_640)
    answered = labels.copy()
    answered[:40] = 0
    card = _score(labels, answered, answered)
    assert card.summary.startswith("NOT SHOWN TO BE BETTER than the best one-feature rule")


def test_every_number_has_its_interval_rows_and_method() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 500).astype(np.int32)
    probabilities = rng.dirichlet(np.ones(3), 500)
    probabilities[np.arange(500), labels] += 0.5
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    card = score(
        classes=_CLASSES,
        labels=labels,
        probabilities=probabilities,
        baselines={"majority.v1": _certain(np.zeros_like(labels), 3)},
        slices={"language": np.where(labels > 0, "fr", "en")},
        search_score=0.99,
        search=Measured(value=0.99, low=0.98, high=1.0, n=900, method="wilson-mover"),
    )
    assert set(card.metrics) == set(METRICS)
    for each in card.metrics.values():
        assert each.low <= each.value <= each.high
        assert each.low < each.high
        assert each.n == 500
        assert each.method
    assert set(card.slices) == {"language=en", "language=fr"}
    assert sum(map(sum, card.confusion)) == 500
    assert sum(each.rows for each in card.reliability) == 500
    assert card.thresholds[0].answered.value >= card.thresholds[-1].answered.value
    assert card.gap is not None
    assert card.gap.worrying
    assert card.lift["majority.v1"].better


def test_is_the_same_every_time() -> None:
    labels = _skewed()
    rule = np.roll(labels, 3)
    assert _score(labels, rule, labels) == _score(labels, rule, labels)


def test_survives_the_way_to_disk_and_back() -> None:
    labels = _skewed()
    card = _score(labels, np.roll(labels, 3), labels)
    text = msgspec.json.encode(card)
    assert b"NaN" not in text
    assert msgspec.json.decode(text, type=Scorecard) == card


def test_says_which_classes_are_hardly_measured() -> None:
    labels = _skewed()
    card = _score(labels, np.zeros_like(labels), labels)
    text = " ".join(card.notes)
    assert "Mentorship Needed (3)" in text
    assert "Never predicted" in text


def test_an_empty_holdout_is_nothing_known_not_a_crash() -> None:
    none = np.zeros(0, np.int32)
    card = _score(none, none, none)
    assert card.summary.startswith("NOTHING IS KNOWN")


def test_finds_the_weak_segment_and_only_that() -> None:
    rng = np.random.default_rng(1)
    rows = 4_000
    labels = rng.integers(0, 3, rows).astype(np.int32)
    plan, age = rng.choice(["monthly", "yearly"], rows), rng.normal(40, 10, rows)
    weak = (plan == "monthly") & (age > 45)
    wrong = rng.random(rows) < np.where(weak, 0.5, 0.1)
    answered = np.where(wrong, (labels + 1) % 3, labels).astype(np.int32)
    card = score(
        classes=_CLASSES,
        labels=labels,
        probabilities=_certain(answered, 3),
        baselines={},
        columns={"plan": plan, "age": age, "noise": rng.random(rows)},
    )
    assert card.segments
    assert "age > 4" in card.segments[0].rule
    assert "plan" in card.segments[0].rule
    assert card.segments[0].accuracy.value == pytest.approx(0.5, abs=0.12)


def test_finds_no_segment_where_there_is_none() -> None:
    found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 3, 600).astype(np.int32)
        answered = np.where(rng.random(600) < 0.2, (labels + 1) % 3, labels).astype(np.int32)
        odd = np.where(rng.random(600) < 0.1, [np.nan, np.inf, 1e300] * 200, rng.random(600))
        card = score(
            classes=_CLASSES,
            labels=labels,
            probabilities=_certain(answered, 3),
            baselines={},
            columns={"a": odd, "b": rng.choice(["x", "y", "z"], 600)},
            seed=seed,
        )
        found += bool(card.segments)
    assert found <= 5


def _answers(rows: int, seed: int = 0) -> tuple[Labels, Probabilities]:
    rng = np.random.default_rng(seed)
    labels = (rng.random(rows) < 0.3).astype(np.int32)
    scores = rng.standard_normal(rows) + 1.5 * labels
    positive = 1 / (1 + np.exp(1.2 - scores))
    return labels, np.column_stack([1 - positive, positive])


def test_copies_of_rows_told_as_units_change_no_interval_and_no_verdict() -> None:
    labels, probabilities = _answers(150)
    copies = np.repeat(np.arange(150), 10)
    guess = {"majority.v1": np.tile([0.7, 0.3], (150, 1))}
    alone = score(classes=("No", "Yes"), labels=labels, probabilities=probabilities, baselines=guess)
    together = score(
        classes=("No", "Yes"),
        labels=labels[copies],
        probabilities=probabilities[copies],
        baselines={family: each[copies] for family, each in guess.items()},
        slices={"all": np.full(1_500, "yes")},
        units=copies.astype(np.uint64),
    )
    for name, each in alone.metrics.items():
        found = together.metrics[name]
        assert found.high - found.low > 0.8 * (each.high - each.low), name
        assert found.method.endswith("by units")
    assert together.slices["all=yes"]["accuracy"].low == together.metrics["accuracy"].low
    assert together.thresholds[0].accuracy.low == pytest.approx(alone.thresholds[0].accuracy.low, abs=0.02)
    assert together.reliability[-1].accuracy.method == "wilson by units"


def test_pr_auc_says_of_which_class_it_is() -> None:
    labels, probabilities = _answers(400)
    card = score(classes=("No", "Yes"), labels=labels, probabilities=probabilities, baselines={}, metric="pr_auc")
    assert (card.positive, card.headings["pr_auc"]) == ("Yes", "PR-AUC of Yes")
    assert card.metrics["pr_auc"].value == card.per_class["Yes"]["pr_auc"].value
    assert card.per_class["No"]["pr_auc"].value > card.metrics["pr_auc"].value
    assert "PR-AUC of Yes" in card.summary
    other = score(
        classes=("No", "Yes"), labels=labels, probabilities=probabilities, baselines={}, metric="pr_auc", positive=0
    )
    assert other.metrics["pr_auc"].value == card.per_class["No"]["pr_auc"].value


def test_a_difference_is_never_more_than_can_be() -> None:
    labels = np.array([0, 1, 0, 1, 0, 1], np.int32)
    sure = _certain(labels, 2)
    card = score(classes=("a", "b"), labels=labels, probabilities=sure, baselines={"majority.v1": 1 - sure})
    assert card.lift["majority.v1"].difference.high <= 1


def _measured(value: float, low: float, high: float) -> Measured:
    return Measured(value=value, low=low, high=high, n=100, method="wilson")


def test_a_gap_is_judged_by_both_intervals_and_its_causes_named() -> None:
    held = _measured(0.7, 0.65, 0.75)
    close = gap(METRICS["accuracy"], _measured(0.8, 0.74, 0.86), held)
    assert not close.worrying
    assert close.sentence.endswith("they agree.")
    wide = gap(METRICS["accuracy"], _measured(0.8, 0.76, 0.84), held)
    assert wide.worrying
    assert "chosen by luck, or rows leak between the folds" in wide.sentence
    later = gap(METRICS["accuracy"], _measured(0.8, 0.76, 0.84), held, "column")
    assert "the table's own test rows 0.700" in later.sentence
    assert "come from elsewhere or later" in later.sentence
    loss = gap(METRICS["log_loss"], _measured(0.2, 0.1, 0.3), _measured(0.5, 0.4, 0.6))
    assert loss.worrying


def test_labels_decided_by_class_factors_are_what_metrics_of_labels_see() -> None:
    """30 of 100 are yes, each at .4: at .5 none is answered yes, from .35 on all of them and ten others are."""
    labels = np.repeat([1, 0, 0], [30, 10, 60]).astype(np.int32)
    yes = np.repeat([0.4, 0.36, 0.1], [30, 10, 60])
    probabilities = np.column_stack([1 - yes, yes])
    asked: dict[str, Any] = {
        "classes": ("no", "yes"),
        "labels": labels,
        "probabilities": probabilities,
        "baselines": {},
    }
    plain = score(**asked, positive=1)
    card = score(**asked, positive=1, factors=ClassFactors((0.35, 0.65)))
    assert plain.labelling is None
    assert plain.confusion == ((70, 0), (30, 0))
    assert card.confusion == ((60, 10), (0, 30))
    assert card.metrics["accuracy"].value == 0.9
    assert card.per_class["yes"]["recall"].value == 1
    assert card.labelling is not None
    assert card.labelling.here == card.metrics["macro_f1"]
    assert card.labelling.plain == plain.metrics["macro_f1"]
    assert card.labelling.sentence == (
        f"Decision threshold 0.35 for yes, chosen out of fold for macro-F1: {card.metrics['macro_f1'].value:.3f} here "
        f"({plain.metrics['macro_f1'].value:.3f} at 0.5)."
    )
    assert not card.labelling.beside_trials, "nothing is known out of fold"
    search = Measured(value=0.873, low=0.817, high=0.914, n=100, method="test")
    known = score(**asked, positive=1, factors=ClassFactors((0.35, 0.65)), search=search, search_score=0.848).labelling
    assert known is not None
    assert "macro-F1: 0.873 out of fold (0.848 with the most probable class), 0." in known.sentence
    assert known.beside_trials == (
        "Trials are scored with the most probable class; with the threshold 0.35 the chosen one has 0.873."
    )
    for name in ("roc_auc", "pr_auc", "brier", "log_loss", "ece"):
        assert card.metrics[name] == plain.metrics[name], "probabilities are what they were"
    assert card.reliability == plain.reliability
    assert [(each.confidence, each.answered.value) for each in plain.thresholds[:2]] == [(0.5, 1.0), (0.6, 1.0)]
    sure = card.thresholds[0]
    assert (sure.confidence, sure.answered.value, sure.accuracy.value) == (0.5, 0.6, 1.0), "answers of yes are at .4"


def test_factors_of_many_classes_are_named() -> None:
    labels = _skewed()
    factors = ClassFactors((0.5, 1.0, 2.0))
    card = score(classes=_CLASSES, labels=labels, probabilities=_certain(labels, 3), factors=factors, baselines={})
    assert card.labelling is not None
    assert card.labelling.factors == dict(zip(_CLASSES, factors.values, strict=True))
    assert "probability times a factor for each class (Needs Refinement x 0.50" in card.labelling.sentence
