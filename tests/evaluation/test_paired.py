"""The paired test has the error of a paired bootstrap, counts units, and is honest where few rows decide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation.paired import class_difference, difference
from ratchet.metrics.catalogue import METRICS
from ratchet.metrics.metric import Metric


def _two(rows: int, seed: int = 0) -> tuple[Labels, Probabilities, Probabilities]:
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, rows, p=[0.6, 0.3, 0.1]).astype(np.int32)
    shared = rng.dirichlet(np.ones(3), rows)
    shared[np.arange(rows), labels] += 0.4
    sides = [shared + 0.3 * rng.random((rows, 3)) for _ in range(2)]
    ours, theirs = (side / side.sum(axis=1, keepdims=True) for side in sides)
    return labels, ours, theirs


def _sure(predicted: Labels, classes: int) -> Probabilities:
    return np.where(predicted[:, None] == np.arange(classes), 0.9, 0.1 / (classes - 1))


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_the_error_is_that_of_a_paired_bootstrap(metric: Metric) -> None:
    labels, ours, theirs = _two(1_500)
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(400):
        rows = rng.integers(0, len(labels), len(labels))
        drawn.append(metric.value(labels[rows], ours[rows]) - metric.value(labels[rows], theirs[rows]))
    assert difference(metric, labels, ours, theirs).error == pytest.approx(np.std(drawn), rel=0.17)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_turning_it_round_turns_everything(metric: Metric) -> None:
    labels, ours, theirs = _two(300)
    one, other = difference(metric, labels, ours, theirs), difference(metric, labels, theirs, ours)
    assert one.value == pytest.approx(-other.value)
    assert one.interval(0.95)[0] == pytest.approx(-other.interval(0.95)[1], abs=5e-3)
    assert one.p_value() == pytest.approx(other.turned().p_value(), abs=5e-3)


def test_better_means_less_for_errors() -> None:
    labels, ours, _ = _two(500)
    worse = np.full_like(ours, 1 / 3)
    for name in ("log_loss", "brier", "accuracy", "roc_auc"):
        assert difference(METRICS[name], labels, ours, worse).value > 0


def test_one_lucky_row_of_a_rare_class_is_no_proof() -> None:
    labels = np.repeat(np.arange(2), [198, 2]).astype(np.int32)
    theirs = np.where(np.arange(200) < 5, 1, 0).astype(np.int32)
    ours = labels.copy()
    ours[:5] = 1
    ours[-1] = 0
    sure = [np.where(each[:, None] == np.arange(2), 0.9, 0.1) for each in (ours, theirs)]
    found = difference(METRICS["macro_f1"], labels, sure[0], sure[1])
    assert found.value > 0.1
    assert found.p_value() > 0.02
    assert class_difference(1, labels, ours, theirs).p_value() > 0.02


@pytest.mark.parametrize("seed", range(4))
def test_accuracy_row_by_row_has_mcnemars_exact_test(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, 80).astype(np.int32)
    ours, theirs = (np.where(rng.random(80) < right, labels, 1 - labels) for right in (0.8, 0.65))
    won, lost = int(((ours == labels) & (theirs != labels)).sum()), int(((ours != labels) & (theirs == labels)).sum())
    found = difference(METRICS["accuracy"], labels, _sure(ours, 2), _sure(theirs, 2))
    assert found.method == "McNemar's exact test"
    assert found.p_value() == pytest.approx(binomtest(won, won + lost, 0.5, alternative="greater").pvalue, rel=1e-6)


def test_equal_units_are_kept_once_and_say_the_same() -> None:
    labels, ours, theirs = _two(1_500)
    units = np.repeat(np.arange(750, dtype=np.uint64), 2)
    rows = difference(METRICS["accuracy"], labels, ours, theirs)
    pairs = difference(METRICS["accuracy"], labels, ours, theirs, units)
    assert (len(rows.effects), len(pairs.effects)) == (3, 5), "won, lost, neither; and of two rows from -2 to 2"
    for found, count in ((rows, 1_500), (pairs, 750)):
        assert found.counts.sum() == count
        assert found.rows == 1_500
        assert float(found.counts @ found.effects) == pytest.approx(0, abs=1e-6)
        kinds = np.repeat(np.arange(len(found.counts)), found.counts.astype(int))
        spread = replace(found, effects=found.effects[kinds], sizes=found.sizes[kinds], counts=np.ones(count))
        assert spread.p_value() == pytest.approx(found.p_value())
        assert spread.interval(0.9) == pytest.approx(found.interval(0.9))


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_copies_of_rows_are_no_more_evidence_than_the_rows(metric: Metric) -> None:
    labels, ours, theirs = _two(400)
    rows = np.repeat(np.arange(400), 10)
    alone = difference(metric, labels, ours, theirs)
    found = difference(metric, labels[rows], ours[rows], theirs[rows], rows.astype(np.uint64))
    assert found.error == pytest.approx(alone.error, rel=0.02)
    assert found.p_value() == pytest.approx(alone.p_value(), abs=0.02)
    assert found.interval(0.9) == pytest.approx(alone.interval(0.9), abs=0.2 * alone.error)


def test_a_class_counts_by_units_too() -> None:
    labels, ours, theirs = _two(400)
    own, other = (each.argmax(axis=1).astype(np.int32) for each in (ours, theirs))
    rows = np.repeat(np.arange(400), 10)
    alone = class_difference(1, labels, own, other)
    found = class_difference(1, labels[rows], own[rows], other[rows], rows.astype(np.uint64))
    assert found.p_value() == pytest.approx(alone.p_value(), abs=0.02)
    assert class_difference(1, labels[rows], own[rows], other[rows]).error < 0.5 * found.error


@pytest.mark.parametrize("copies", [1, 10])
def test_a_loss_that_one_row_in_thousands_decides_is_not_called_better(copies: int) -> None:
    """Ours saves a little on all rows but one in 2,000, on which it loses all: equal on average."""
    rng, metric, promoted = np.random.default_rng(8), METRICS["log_loss"], 0
    units = np.repeat(np.arange(2_000 // copies, dtype=np.uint64), copies)
    for _ in range(200):
        bad = np.repeat(rng.random(2_000 // copies) < copies / 2_000, copies)
        losses = np.where(bad, 5.0, 0.3), np.where(bad, 0.0, 0.3 + 5 * copies / (2_000 - copies))
        ours, theirs = (np.column_stack([np.exp(-each), 1 - np.exp(-each)]) for each in losses)
        promoted += difference(metric, np.zeros(2_000, np.int32), ours, theirs, units).p_value() <= 0.05
    assert promoted <= 0.05 * 200


@pytest.mark.parametrize("smallest", [8, 30])
def test_luck_in_a_rare_class_is_not_called_better(smallest: int) -> None:
    """Ours loses 12 % of a rare class and wins as much of the other, so that macro-recall is truly no better."""
    rng, promoted = np.random.default_rng(9), 0
    labels = np.repeat(np.arange(2), [500 - smallest, smallest]).astype(np.int32)
    for _ in range(200):
        theirs = np.where(rng.random(500) < np.where(labels == 1, 0.12, 0.24), 1 - labels, labels)
        turned = rng.random(500) < np.where(labels == 1, 0.12, 0.5)
        ours = np.where(turned & ((labels == 1) | (theirs != labels)), 1 - theirs, theirs)
        ours = np.where(turned & (labels == 1), 0, ours)
        promoted += difference(METRICS["macro_recall"], labels, _sure(ours, 2), _sure(theirs, 2)).p_value() <= 0.05
    assert promoted <= 0.05 * 200


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_far_out_it_stays_a_probability_and_falls_with_the_margin(metric: Metric) -> None:
    labels, ours, theirs = _two(800)
    found = difference(metric, labels, ours, theirs)
    chances = [found.p_value(margin) for margin in np.linspace(-6, 25, 63) * found.error]
    assert np.all(np.isfinite(chances))
    assert np.all(np.diff(chances) < 0)
    assert min(chances) < 1e-3
    assert max(chances) > 0.999


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_the_interval_is_what_the_test_does_not_refuse(metric: Metric) -> None:
    labels, ours, theirs = _two(300)
    found = difference(metric, labels, ours, theirs, (np.arange(300) // 2).astype(np.uint64))
    low, high = found.interval(0.9)
    assert low < found.value < high
    for chance in (found.p_value(-low), found.turned().p_value(high)):
        assert 0.05 <= chance < 0.3, "the test, with a whole row not seen, refuses a little less"


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Pairs of copies, in which either side wins 5 % of the rows."""
    rng, held = np.random.default_rng(11), 0
    units = (np.arange(600) // 2).astype(np.uint64)
    for _ in range(300):
        drawn = np.repeat(rng.random(300), 2)
        ours, theirs = (drawn < 0.05), (drawn > 0.95)
        sides = [_sure(np.where(won, 1, 0).astype(np.int32), 2) for won in (ours, theirs)]
        low, high = difference(METRICS["accuracy"], np.ones(600, np.int32), sides[0], sides[1], units).interval(0.95)
        held += low <= 0 <= high
    assert 0.92 <= held / 300 <= 0.98


def test_equal_answers_show_nothing() -> None:
    labels, ours, _ = _two(50)
    for name in ("accuracy", "macro_f1", "brier"):
        found = difference(METRICS[name], labels, ours, ours)
        assert found.p_value() > 0.5
        assert found.interval(0.95) == (0, 0)


def test_one_win_over_a_constant_guess_is_no_proof() -> None:
    labels = np.array([0, 1, 0, 1], dtype=np.int32)
    guess, ours = np.full(4, 2, np.int32), np.array([0, 2, 2, 2], np.int32)
    assert difference(METRICS["accuracy"], labels, _sure(ours, 3), _sure(guess, 3)).p_value() == pytest.approx(0.5)


def test_what_cannot_be_measured_shows_nothing() -> None:
    labels, ours, theirs = _two(30)
    found = difference(METRICS["roc_auc"], np.zeros_like(labels), ours[:, :2], theirs[:, :2])
    assert found.p_value() == 1
    assert np.isnan(found.interval(0.95)).all()


def test_a_margin_makes_it_easier() -> None:
    labels, ours, theirs = _two(800)
    found = difference(METRICS["macro_f1"], labels, ours, theirs)
    assert found.p_value(0.05) < found.p_value() < found.p_value(-0.05)
