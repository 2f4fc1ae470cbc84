"""Class factors: taken where a metric of labels gains by them on rows they were not chosen by, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.metrics.catalogue import METRICS
from ratchet.models.decision import ClassFactors, best, choose


def _world(rows: int, shares: tuple[float, ...], signal: float, seed: int = 0) -> tuple[Labels, Probabilities]:
    """Labels drawn from honest probabilities of classes that are about as frequent as ``shares``."""
    rng = np.random.default_rng(seed)
    logits = np.log(shares) + signal * rng.normal(size=(rows, len(shares)))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (chances.cumsum(axis=1) > rng.random((rows, 1))).argmax(axis=1)
    return labels.astype(np.int32), chances


def test_a_rare_class_is_answered_sooner_for_macro_f1() -> None:
    labels, chances = _world(6_000, (0.85, 0.15), 1.0)
    chosen = choose(METRICS["macro_f1"], labels, chances, seed=0)
    assert chosen is not None
    assert 0.15 < chosen.factors.threshold(1) < 0.45
    later, unseen = _world(20_000, (0.85, 0.15), 1.0, seed=9)
    before, after = (METRICS["macro_f1"].value(later, each) for each in (unseen, chosen.factors.weighed(unseen)))
    assert after > before + 0.02
    assert chosen.gain == pytest.approx(after - before, abs=0.02), "the gain that is told is honest"


def test_probabilities_of_weighted_classes_have_a_higher_threshold() -> None:
    """Where rows of a rare class counted eightfold, the best threshold is far above .5."""
    rare = 8.0
    labels, chances = _world(4_000, (0.89, 0.11), 1.5)
    later, unseen = _world(20_000, (0.89, 0.11), 1.5, seed=9)
    told, asked = (ClassFactors((1.0, rare)).weighed(each) for each in (chances, unseen))
    chosen = choose(METRICS["macro_f1"], labels, told, seed=0)
    assert chosen is not None
    thresholds = np.linspace(0.3, 0.95, 66)
    scores = [METRICS["macro_f1"].value(later, ClassFactors((at, 1 - at)).weighed(asked)) for at in thresholds]
    assert 0.68 < thresholds[np.argmax(scores)] < 0.85, "the world is as it is meant"
    assert METRICS["macro_f1"].value(later, chosen.factors.weighed(asked)) > max(scores) - 0.01
    assert chosen.factors.threshold(1) > 0.65


def test_accuracy_of_honest_probabilities_is_left_alone() -> None:
    for seed in range(5):
        labels, chances = _world(2_000, (0.7, 0.3), 1.0, seed=seed)
        assert choose(METRICS["accuracy"], labels, chances, seed=0) is None


def test_many_classes_have_a_factor_each() -> None:
    labels, chances = _world(8_000, (0.5, 0.3, 0.1, 0.05, 0.05), 1.2)
    chosen = choose(METRICS["macro_recall"], labels, chances, seed=0)
    assert chosen is not None
    rare, common = chosen.factors.values[4], chosen.factors.values[0]
    assert rare > 2 * common
    assert np.prod(chosen.factors.values) == pytest.approx(1.0)


def test_nothing_is_chosen_for_metrics_of_probabilities_or_of_few_rows() -> None:
    labels, chances = _world(3_000, (0.85, 0.15), 1.0)
    assert choose(METRICS["roc_auc"], labels, chances, seed=0) is None
    assert choose(METRICS["macro_f1"], labels[:90], chances[:90], seed=0) is None
    assert choose(METRICS["macro_f1"], np.zeros_like(labels), chances, seed=0) is None


def test_units_are_not_parted_and_count_as_one() -> None:
    """Sixty copies of each of 50 rows are 50 rows: what looks like a gain on 3,000 is none."""
    labels, chances = _world(50, (0.7, 0.3), 0.6)
    copies, units = np.repeat(np.arange(50), 60), np.repeat(np.arange(50, dtype=np.uint64), 60)
    as_rows = choose(METRICS["macro_f1"], labels[copies], chances[copies], seed=0)
    as_units = choose(METRICS["macro_f1"], labels[copies], chances[copies], seed=0, units=units)
    assert as_rows is not None
    assert as_units is None


def test_few_rows_pull_the_factors_towards_one() -> None:
    labels, chances = _world(4_000, (0.85, 0.15), 1.0)
    found = [best(METRICS["macro_f1"], labels[:n], chances[:n], seed=0).threshold(1) for n in (40, 4_000)]
    assert 0.02 < found[0] < 0.98
    assert 0.2 < found[1] < 0.45


def test_the_same_seed_gives_the_same_factors_and_they_come_back_from_disk() -> None:
    labels, chances = _world(3_000, (0.85, 0.15), 1.0)
    one, other = (choose(METRICS["macro_f1"], labels, chances, seed=0) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.factors == other.factors == ClassFactors.from_state(one.factors.state())


def test_weighed_rows_sum_to_one_and_rank_as_the_products() -> None:
    weighed = ClassFactors((0.5, 2.0)).weighed(np.array([[0.7, 0.3], [0.9, 0.1], [0.0, 0.0]]))
    np.testing.assert_allclose(weighed.sum(axis=1), 1)
    assert weighed.argmax(axis=1).tolist() == [1, 0, 0]
