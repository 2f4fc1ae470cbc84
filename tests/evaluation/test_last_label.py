from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.evaluation.last_label import last_label

RNG = np.random.default_rng(0)


def test_each_row_has_the_label_of_the_row_before_it_also_where_that_is_held_out() -> None:
    times = np.array([50, 10, 30, 20, 40])
    labels = np.array([0, 2, 1, 1, 2], np.int32)  # in the order of time 2 1 1 2 0
    held = np.array([True, False, False, False, True])
    assert last_label(times, labels, held, classes=3).argmax(axis=1).tolist() == [2, 1]


def test_it_is_as_sure_as_labels_stay() -> None:
    count = 4_000
    anew = np.where(RNG.random(count) < 0.7, 0, np.arange(count))
    labels = RNG.integers(0, 2, count).astype(np.int32)[np.maximum.accumulate(anew)]
    held = np.arange(count) >= 3_000
    found = last_label(np.arange(count), labels, held, classes=2)
    assert found.max() == pytest.approx(0.85, abs=0.02)
    assert (found.argmax(axis=1) == labels[held]).mean() == pytest.approx(0.85, abs=0.04)


rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.booleans()), min_size=1, max_size=40)


@given(rows)
def test_the_order_of_the_rows_says_nothing(table: list[tuple[int, int, bool]]) -> None:
    times, labels, held = (np.array(each) for each in zip(*table, strict=True))
    order = np.random.default_rng(len(table)).permutation(len(table))
    found = last_label(times, labels.astype(np.int32), held, classes=3)
    assert np.allclose(found.sum(axis=1), 1)
    again = last_label(times[order], labels[order].astype(np.int32), held[order], classes=3)
    whole = np.zeros((len(table), 3))
    whole[held] = found
    np.testing.assert_array_equal(again, whole[order][held[order]])


def test_of_rows_of_one_moment_the_commonest_label_counts_and_of_none_the_shares() -> None:
    times = np.array([1, 1, 1, 2, 0])
    labels = np.array([1, 1, 0, 0, 0], np.int32)
    held = np.array([False, False, False, True, True])
    found = last_label(times, labels, held, classes=2)
    assert found[0].argmax() == 1
    assert found[1].tolist() == pytest.approx([2 / 5, 3 / 5]), "before the first moment there is none"
