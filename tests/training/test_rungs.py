from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels
from ratchet.training.folds import MOST_LEARNED, MOST_SCORED, Fold, plan
from ratchet.training.rungs import SAMPLE, SAMPLE_OF_MOST, Unit, fold_of, rungs


def labels_of(count: int) -> Labels:
    return (np.arange(count) % 2).astype(np.int32)


def sizes(count: int, folds: int = 5) -> list[int]:
    made = plan(labels_of(count), np.zeros(count, bool), None, folds=folds, seed=0)
    return [len(rung) for rung in rungs(made)]


def test_the_first_rung_has_enough_rows_to_tell_trials_apart() -> None:
    assert sizes(20_000) == [1, 3, 5]
    assert sizes(2_500) == [2, 5]
    assert sizes(300) == [5, 15]


def test_a_large_table_begins_with_a_sample_and_never_takes_all_rows() -> None:
    count = 1_000_000
    tune = np.arange(count) % 5 == 0
    made = plan(labels_of(count), tune, None, folds=5, seed=0)
    (fold,) = made[0]
    assert (len(fold.fit), len(fold.score)) == (MOST_LEARNED, MOST_SCORED)
    assert not set(fold.fit) & set(fold.score)
    assert not tune[fold.fit].any()
    assert tune[fold.score].all()
    first, last = rungs(made)
    assert (first, last) == ((Unit(0, 0, sample=True),), (Unit(0, 0),))
    sample = fold_of(made, first[0])
    assert (len(sample.fit), len(sample.score)) == (SAMPLE_OF_MOST, SAMPLE)
    assert set(sample.fit) <= set(fold.fit)
    assert set(sample.score) <= set(fold.score)
    again = fold_of(made, first[0])
    np.testing.assert_array_equal(again.fit, sample.fit)


def test_of_the_most_rows_a_fold_learns_from_the_sample_is_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ratchet.training.rungs.SAMPLE", 10)
    monkeypatch.setattr("ratchet.training.rungs.SAMPLE_OF_MOST", 40)
    monkeypatch.setattr("ratchet.training.rungs.MOST_LEARNED", 200)
    sizes = [
        (len(sample.fit), len(sample.score))
        for count in (199, 200)
        for sample in [fold_of(((Fold(np.arange(count), np.arange(count, count + 50)),),), Unit(0, 0, sample=True))]
    ]
    assert sizes == [(10, 10), (40, 10)]
