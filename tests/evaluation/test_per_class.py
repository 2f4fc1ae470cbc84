"""What is measured of one class, and on how many rows."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.evaluation.per_class import class_measures


def test_each_number_of_a_class_rests_on_its_own_rows() -> None:
    labels = np.repeat(np.arange(2), [990, 10]).astype(np.int32)
    predicted = labels.copy()
    predicted[:20] = 1
    card = class_measures(labels, np.where(predicted[:, None] == np.arange(2), 0.9, 0.1), 1)
    assert (card["recall"].n, card["precision"].n, card["support"].value) == (10, 30, 10)
    assert (card["recall"].value, card["precision"].value) == pytest.approx((1, 1 / 3))
    assert card["f1"].value == pytest.approx(2 * (1 / 3) / (1 + 1 / 3))


def test_a_class_that_never_occurs_has_numbers_all_the_same() -> None:
    card = class_measures(np.zeros(3, np.int32), np.tile([0.9, 0.1], (3, 1)), 1)
    assert all(card[each].value == 0 for each in ("recall", "precision", "f1", "support"))


def test_copies_of_rows_make_no_class_surer() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200).astype(np.int32)
    shown = np.where(rng.random(200) < 0.8, labels, 1 - labels)
    probabilities = np.where(shown[:, None] == np.arange(2), 0.9, 0.1)
    copies = np.repeat(np.arange(200), 6)
    alone = class_measures(labels, probabilities, 1)
    together = class_measures(labels[copies], probabilities[copies], 1, units=copies.astype(np.uint64))
    for name in ("precision", "recall", "f1", "pr_auc"):
        assert together[name].value == pytest.approx(alone[name].value)
        assert together[name].low == pytest.approx(alone[name].low, abs=0.02), name


def test_each_class_has_its_own_pr_auc_unless_it_has_no_row() -> None:
    labels = np.repeat(np.arange(2), 40).astype(np.int32)
    probabilities = np.column_stack([np.linspace(1, 0, 80), np.linspace(0, 0.6, 80), np.linspace(0, 0.4, 80)])
    assert class_measures(labels, probabilities, 0)["pr_auc"].value == 1
    assert "pr_auc" not in class_measures(labels, probabilities, 2)
