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
