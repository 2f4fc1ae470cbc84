from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratchet.arrays import Labels
from ratchet.training.folds import ENOUGH_ROWS, FEW_ROWS, MOST_ROWS, REPEATS, plan

some_labels = st.lists(st.integers(0, 3), min_size=2, max_size=60).map(lambda each: np.array(each, np.int32))


@given(some_labels, st.integers(2, 10), st.integers(0, 5))
def test_each_row_is_scored_once_and_never_learned_from(labels: Labels, folds: int, seed: int) -> None:
    none = np.zeros(len(labels), bool)
    for repeat in plan(labels, none, None, folds=folds, seed=seed):
        scored = np.concatenate([fold.score for fold in repeat])
        assert sorted(scored) == list(range(len(labels)))
        for fold in repeat:
            assert not set(fold.fit) & set(fold.score)
            assert len(fold.fit) + len(fold.score) == len(labels)


def test_classes_are_spread_evenly() -> None:
    labels = np.array([0] * 90 + [1] * 10, np.int32)
    for repeat in plan(labels, np.zeros(100, bool), None, folds=5, seed=0):
        assert [int((labels[fold.score] == 1).sum()) for fold in repeat] == [2] * 5


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=20, max_size=80))
@settings(max_examples=15)
def test_groups_stay_together(rows: list[tuple[int, int]]) -> None:
    labels = np.array([label for label, _ in rows], np.int32)
    groups = np.array([f"g{group}" if group else "" for _, group in rows])
    for repeat in plan(labels, np.zeros(len(rows), bool), groups, folds=3, seed=1):
        for fold in repeat:
            shared = set(groups[fold.fit]) & set(groups[fold.score])
            assert shared <= {""}, "rows without a group are on their own"


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 1], [0, 1, 2, 3, 4]])
def test_groups_of_fewer_rows_a_class_than_folds_are_cut_all_the_same(labels: list[int]) -> None:
    groups = np.array(["a", "a", "b", "b", "c"])
    made = plan(np.array(labels, np.int32), np.zeros(5, bool), groups, folds=4, seed=0)
    for repeat in made:
        assert sorted(np.concatenate([fold.score for fold in repeat])) == list(range(5))
        assert all(not set(groups[fold.fit]) & set(groups[fold.score]) for fold in repeat)


def test_small_tables_are_cut_more_than_once_and_otherwise_each_time() -> None:
    labels = np.arange(FEW_ROWS - 1, dtype=np.int32) % 2
    repeats = plan(labels, np.zeros(len(labels), bool), None, folds=5, seed=0)
    assert len(repeats) == REPEATS
    assert not np.array_equal(repeats[0][0].score, repeats[1][0].score)
    again = plan(labels, np.zeros(len(labels), bool), None, folds=5, seed=0)
    assert all(np.array_equal(one.score, other.score) for one, other in zip(repeats[1], again[1], strict=True))


def test_large_tables_are_split_once_where_the_tuning_rows_are_enough() -> None:
    labels = np.arange(10 * ENOUGH_ROWS, dtype=np.int32) % 3
    tune = np.arange(len(labels)) % 10 == 0
    ((fold,),) = plan(labels, tune, None, folds=5, seed=0)
    assert fold.score.tolist() == np.flatnonzero(tune).tolist()
    assert fold.fit.tolist() == np.flatnonzero(~tune).tolist()


@pytest.mark.parametrize(("rows", "scored"), [(MOST_ROWS + 1, 3), (4 * MOST_ROWS, 1)])
def test_large_tables_of_few_tuning_rows_are_scored_on_enough_folds(rows: int, scored: int) -> None:
    labels = np.arange(rows, dtype=np.int32) % 3
    tune = np.arange(rows) < ENOUGH_ROWS // 2
    (folds,) = plan(labels, tune, None, folds=5, seed=0)
    assert len(folds) == scored
    assert sum(len(fold.score) for fold in folds) >= ENOUGH_ROWS
    for fold in folds:
        assert not set(fold.fit) & set(fold.score)
        assert len(fold.fit) + len(fold.score) == rows


some_times = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 4)), min_size=2, max_size=80)


@given(some_times, st.integers(2, 6))
def test_in_time_every_fold_learns_from_older_rows_only(rows: list[tuple[int, int, int]], folds: int) -> None:
    labels = np.array([label for label, _, _ in rows], np.int32)
    times = np.array([time for _, time, _ in rows])
    groups = np.array([f"g{group}" if group else "" for _, _, group in rows])
    none = np.zeros(len(rows), bool)
    made = plan(labels, none, groups, folds=folds, seed=0, times=times)
    if len(made) == REPEATS:
        return  # nothing can be chained: the oldest rows are of one class or one group
    (repeat,) = made
    scored = np.concatenate([fold.score for fold in repeat])
    assert len(set(scored)) == len(scored)
    for fold in repeat:
        assert times[fold.fit].max() < times[fold.score].min()
        assert len(np.unique(labels[fold.fit])) > 1
        assert set(groups[fold.fit]) & set(groups[fold.score]) <= {""}


def test_folds_in_time_score_all_but_the_oldest_rows_whatever_their_order() -> None:
    times = np.random.default_rng(0).permutation(1_200)
    labels = (np.arange(1_200) % 2).astype(np.int32)
    (repeat,) = plan(labels, np.zeros(1_200, bool), None, folds=5, seed=0, times=times)
    assert len(repeat) == 5
    assert sorted(np.concatenate([times[fold.score] for fold in repeat])) == list(range(200, 1_200))
    assert sorted(times[repeat[-1].fit]) == list(range(1_000)), "every older row is learned from"


def test_rows_of_one_moment_are_folded_as_if_they_had_none() -> None:
    labels = (np.arange(60) % 2).astype(np.int32)
    assert len(plan(labels, np.zeros(60, bool), None, folds=5, seed=0, times=np.zeros(60, np.int64))) == REPEATS


def test_a_large_table_in_time_is_scored_on_its_newest_rows() -> None:
    labels, times = np.arange(4 * MOST_ROWS, dtype=np.int32) % 3, np.arange(4 * MOST_ROWS)
    (repeat,) = plan(labels, np.zeros(len(labels), bool), None, folds=5, seed=0, times=times)
    assert len(repeat) == 1
    assert repeat[0].score[-1] == len(labels) - 1
    assert len(repeat[0].score) >= ENOUGH_ROWS
