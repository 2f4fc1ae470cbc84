from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.split.assign import assigned, parted_anew
from ratchet.data.split.rows import SplitRows
from ratchet.data.split.rule import SplitRule, advanced, planned
from ratchet.data.split.sides import EXCLUDED, HOLDOUT, TRAIN, TUNE, Sides
from ratchet.data.split.time import NO_TIME
from ratchet.errors import DataError
from ratchet.spec import Spec, parse

NONE: Sides = np.zeros(0, dtype=np.uint8)


def spec_of(columns: dict[str, str] | None = None, **split: Any) -> Spec:
    return parse(
        {
            "name": "t",
            "label": "y",
            "columns": {"t": "text", **(columns or {})},
            "candidates": [{"family": "linear.v1"}],
            "split": split,
        }
    )


def ids_of(*values: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    return np.array(values, dtype=np.uint64)


def rows_of(ids: Any, labels: Any, alike: Any = None, chosen: Any = None, **more: Any) -> SplitRows:
    """Rows that are like no other, and came by lot, unless something else is said."""
    ids = np.asarray(ids, dtype=np.uint64)
    return SplitRows(
        ids=ids,
        labels=np.asarray(labels, dtype=np.int32),
        alike=ids if alike is None else np.asarray(alike, dtype=np.uint64),
        chosen=np.zeros(len(ids), dtype=bool) if chosen is None else np.asarray(chosen, dtype=bool),
        **more,
    )


def some_rows(count: int, classes: int = 2, **more: Any) -> SplitRows:
    rng = np.random.default_rng(count)
    return rows_of(rng.integers(0, 2**63, count), rng.integers(0, classes, count), **more)


HASH = planned(spec_of(), some_rows(1))

row_lists = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), st.integers(0, 8)), min_size=1, max_size=80)


def listed(rows: list[tuple[int, int, int]], *, groups: bool = False) -> SplitRows:
    array = np.array(rows, dtype=np.int64)
    return rows_of(
        array[:, 0],
        array[:, 1],
        groups=array[:, 2].astype(np.uint64) + np.uint64(1000) if groups else None,
    )


@given(row_lists, st.lists(st.integers(1, 80), max_size=4))
def test_a_row_never_changes_its_side_and_equal_rows_share_one(
    rows: list[tuple[int, int, int]], cuts: list[int]
) -> None:
    every = listed(rows)
    known = NONE
    for cut in sorted({min(cut, len(rows)) for cut in [*cuts, len(rows)]}):
        sides = assigned(HASH, every.first(cut), known)
        assert sides[: len(known)].tolist() == known.tolist()
        known = sides
    for unit in np.unique(every.ids):
        assert len(set(known[every.ids == unit].tolist())) == 1
    assert EXCLUDED not in known


@given(row_lists, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, int, int]], random: Any) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    straight = assigned(HASH, listed(rows), NONE)
    shuffled = assigned(HASH, listed([rows[place] for place in order]), NONE)
    assert shuffled.tolist() == straight[order].tolist()


@given(row_lists, st.integers(1, 80))
def test_groups_stay_whole_and_equal_rows_of_other_groups_do_not_cross(
    rows: list[tuple[int, int, int]], cut: int
) -> None:
    every = listed(rows, groups=True)
    split = planned(spec_of({"g": "group"}), every)
    assert split.rule == "group"
    known = assigned(split, every.first(cut), NONE)
    sides = assigned(split, every, known)
    assert sides[: len(known)].tolist() == known.tolist()
    assert every.groups is not None
    for keys in (every.groups, every.ids):
        for key in np.unique(keys):
            assert len(set(sides[keys == key].tolist()) - {EXCLUDED}) <= 1


def test_shares_are_as_asked_and_another_seed_or_draw_draws_others() -> None:
    rows = some_rows(100_000)
    sides = assigned(HASH, rows, NONE)
    assert np.bincount(sides).tolist() == pytest.approx([70_000, 10_000, 20_000], abs=500)
    other = assigned(planned(spec_of(seed=1), rows), rows, NONE)
    drawn = assigned(planned(spec_of(), rows, draw=1), rows, NONE)
    for others in (other, drawn):
        both = np.mean((sides == HOLDOUT) & (others == HOLDOUT))
        assert both == pytest.approx(0.04, abs=0.005)


def test_ids_of_the_split_name_what_it_depends_on() -> None:
    rows = some_rows(100)
    ids = [
        planned(spec_of(), rows).id,
        planned(spec_of(seed=1), rows).id,
        planned(spec_of(), rows, draw=1).id,
        planned(spec_of(holdout=0.3), rows).id,
        planned(spec_of(near_duplicates=False), rows).id,
        planned(spec_of({"g": "group"}), rows).id,
        planned(spec_of({"h": "group"}), rows).id,
        planned(spec_of({"w": "time"}), some_rows(100, times=np.arange(100))).id,
        replace(planned(spec_of(), rows), generation=1).id,
    ]
    assert len(set(ids)) == len(ids)
    assert max(map(len, ids)) <= 64


@pytest.mark.parametrize("seed", range(20))
def test_rare_classes_are_held_out_and_trained_on_in_a_small_table(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 2, 3, 4], [200, 40, 6, 2, 1]).astype(np.int32)
    ids = rng.integers(0, 2**63, len(labels)).astype(np.uint64)
    sides = assigned(HASH, rows_of(ids=ids, labels=labels), NONE)
    for label, count in ((1, 40), (2, 6), (3, 2)):
        held = int((sides[labels == label] == HOLDOUT).sum())
        assert max(1, int(0.1 * count)) <= held < count
        assert TRAIN in sides[labels == label]
    assert sides[labels == 4].tolist() == [TRAIN]
    assert 0.1 < np.mean(sides == HOLDOUT) < 0.3


def test_rare_rows_are_chosen_by_hash_so_that_a_later_row_of_the_class_changes_nothing() -> None:
    first = rows_of(ids=ids_of(*range(1, 41)), labels=np.repeat([0, 1], [37, 3]).astype(np.int32))
    known = assigned(HASH, first, NONE)
    for late in range(100, 140):
        grown = rows_of(ids=np.append(first.ids, ids_of(late)), labels=np.append(first.labels, np.int32(1)))
        assert assigned(HASH, grown, known)[:-1].tolist() == known.tolist()


def test_the_newest_rows_are_held_out_and_the_cuts_move_on_with_them() -> None:
    times = np.random.default_rng(0).permutation(1000) * 10**6
    rows = some_rows(1000, times=times)
    split = planned(spec_of({"w": "time"}), rows)
    sides = assigned(split, rows, NONE)
    assert np.bincount(sides).tolist() == [700, 100, 200]
    oldest_first = [times[sides == side] for side in (TRAIN, TUNE, HOLDOUT)]
    assert all(before.max() < after.min() for before, after in itertools.pairwise(oldest_first))
    late = np.append(np.arange(1000, 1100) * 10**6, [0, NO_TIME])
    later = some_rows(102, times=late)
    grown = rows_of(np.append(rows.ids, later.ids), np.append(rows.labels, later.labels), times=np.append(times, late))
    moved = advanced(split, grown)
    assert (moved.id, moved.cut is not None and split.cut is not None and moved.cut > split.cut) == (split.id, True)
    now = assigned(moved, grown, sides)
    assert (now[:1000] <= sides).all()
    assert now[1000:].tolist() == [HOLDOUT] * 100 + [TRAIN, EXCLUDED]
    assert np.bincount(now).tolist() == pytest.approx([771, 110, 220, 1], abs=2)
    assert advanced(moved, rows).cut == moved.cut


def test_chosen_rows_are_never_held_out_under_any_rule_and_move_no_cut() -> None:
    rows = some_rows(1000, times=np.arange(1000, dtype=np.int64))
    late = rows_of(np.arange(1, 501), np.zeros(500), chosen=np.ones(500), times=np.arange(1000, 1500, dtype=np.int64))
    assert late.times is not None
    grown = rows_of(
        np.append(rows.ids, late.ids),
        np.append(rows.labels, late.labels),
        chosen=np.append(rows.chosen, late.chosen),
        times=np.append(np.arange(1000), late.times).astype(np.int64),
    )
    timed = planned(spec_of({"w": "time"}), rows)
    assert advanced(timed, grown) == timed
    for split in (timed, HASH):
        known = assigned(split, rows, NONE)
        assert HOLDOUT not in assigned(split, grown, known)[1000:]


def test_a_chosen_row_in_a_held_out_unit_is_excluded_and_a_chosen_unit_trained_on() -> None:
    ids = np.arange(1, 401)
    units = np.repeat(np.arange(1, 201), 2)
    chosen = np.append(np.tile([False, True], 100), np.ones(200, dtype=bool))
    sides = assigned(HASH, rows_of(ids, np.zeros(400), alike=units, chosen=chosen), NONE)
    first, second = sides[:200:2], sides[1:200:2]
    assert (second[first == HOLDOUT] == EXCLUDED).all()
    assert (first == HOLDOUT).sum() > 5
    assert (second[first != HOLDOUT] == first[first != HOLDOUT]).all()
    assert set(sides[200:].tolist()) <= {TRAIN, TUNE}


pieces = st.lists(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=60),
    min_size=1,
    max_size=4,
)


@given(pieces, st.randoms())
def test_a_unit_is_on_one_side_whole_whatever_the_order_of_files(
    files: list[list[tuple[int, int, int]]], random: Any
) -> None:
    random.shuffle(files)
    rows = listed([row for file in files for row in file])
    # Equal rows are of one unit, and units do not grow together: so no row has to be excluded.
    rows = replace(rows, alike=rows.ids // np.uint64(3))
    known, count = NONE, 0
    for file in files:
        count += len(file)
        sides = assigned(HASH, rows.first(count), known)
        assert sides[: len(known)].tolist() == known.tolist()
        known = sides
    assert EXCLUDED not in known
    for unit in np.unique(rows.alike):
        assert len(set(known[rows.alike == unit].tolist())) == 1


@pytest.mark.parametrize("seed", range(20))
def test_the_holdout_is_as_large_as_asked_with_units_and_rare_classes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 3_000
    units = rng.integers(0, 1_200, count)
    rows = rows_of(rng.permutation(count), rng.integers(0, 400, count), alike=rng.integers(0, 2**62, 1_200)[units])
    split = planned(spec_of(holdout=0.3), rows)
    assert 0.26 < (assigned(split, rows, NONE) == HOLDOUT).mean() < 0.345


@pytest.mark.parametrize("seed", range(5))
def test_a_template_is_trained_on_whole_and_the_holdout_filled_from_the_others(seed: int) -> None:
    rng = np.random.default_rng(seed)
    alike = np.append(np.zeros(500), rng.integers(1, 2**62, 1_500)).astype(np.uint64)
    sides = assigned(HASH, rows_of(rng.permutation(2_000), np.zeros(2_000), alike=alike), NONE)
    assert (sides[:500] == TRAIN).all()
    assert (sides == HOLDOUT).mean() == pytest.approx(0.2, abs=0.03)


def test_rows_parted_anew_keep_their_sides_but_where_a_unit_crosses() -> None:
    known = np.array([TRAIN, HOLDOUT, TUNE, TRAIN, HOLDOUT, TUNE, TRAIN], dtype=np.uint8)
    rows = rows_of([1, 1, 2, 2, 3, 4, 5], np.zeros(7), alike=[1, 1, 2, 2, 3, 3, 5])
    assert parted_anew(rows, known).tolist() == [EXCLUDED, HOLDOUT, TRAIN, TRAIN, HOLDOUT, EXCLUDED, TRAIN]


def test_many_rows_of_one_moment_fall_on_one_side() -> None:
    times = np.repeat([1, 2, 3], [70, 5, 25]).astype(np.int64)
    rows = some_rows(100, times=times)
    sides = assigned(planned(spec_of({"w": "time"}), rows), rows, NONE)
    assert np.bincount(sides).tolist() == [70, 5, 25]
    with pytest.raises(DataError, match="two different moments"):
        planned(spec_of({"w": "time"}), some_rows(5, times=np.full(5, 7)))


def test_the_tables_own_split_is_kept_but_for_rows_that_cross_it() -> None:
    words = np.array([TRAIN, TRAIN, TUNE, HOLDOUT, TRAIN, TUNE], dtype=np.uint8)
    rows = rows_of(ids=ids_of(1, 2, 3, 2, 3, 4), labels=np.zeros(6, dtype=np.int32), named=words)
    split = planned(spec_of({"s": "split"}), rows)
    assert assigned(split, rows, NONE).tolist() == [TRAIN, EXCLUDED, TUNE, HOLDOUT, EXCLUDED, TUNE]


def test_rows_to_tune_on_are_taken_from_train_where_the_table_names_none() -> None:
    words = np.repeat([TRAIN, HOLDOUT], [8_000, 2_000]).astype(np.uint8)
    rows = some_rows(10_000, named=words)
    sides = assigned(planned(spec_of({"s": "split"}), rows), rows, NONE)
    assert (sides[8_000:] == HOLDOUT).all()
    assert int((sides == TUNE).sum()) == pytest.approx(800, abs=100)


@pytest.mark.parametrize(("words", "missing"), [([TRAIN, TUNE], "no test rows"), ([HOLDOUT, TUNE], "no train rows")])
def test_a_split_column_needs_rows_to_train_on_and_to_hold_out(words: list[int], missing: str) -> None:
    with pytest.raises(DataError, match=missing):
        planned(spec_of({"s": "split"}), some_rows(2, named=np.array(words, dtype=np.uint8)))


def test_near_duplicates_of_holdout_rows_are_excluded_and_newcomers_give_way_to_old_rows() -> None:
    words = np.array([TRAIN, HOLDOUT, TRAIN, TUNE], dtype=np.uint8)
    rows = rows_of(ids_of(1, 2, 3, 4), np.zeros(4), alike=[7, 7, 8, 8], named=words)
    split = planned(spec_of({"s": "split"}), rows)
    known = assigned(split, rows, NONE)
    assert known.tolist() == [EXCLUDED, HOLDOUT, TRAIN, TUNE]
    grown = rows_of(
        ids=ids_of(1, 2, 3, 4, 5, 6, 9),
        labels=np.zeros(7, dtype=np.int32),
        named=np.append(words, [HOLDOUT, TRAIN, HOLDOUT]).astype(np.uint8),
        alike=[7, 7, 8, 8, 8, 7, 7],
    )
    sides = assigned(split, grown, known)
    assert sides.tolist() == [*known, EXCLUDED, EXCLUDED, HOLDOUT]
    merged = assigned(split, replace(grown, alike=ids_of(7, 7, 7, 7, 7, 7, 7)), known)
    assert merged.tolist() == [*known, EXCLUDED, EXCLUDED, EXCLUDED]


@given(row_lists, st.integers(1, 80), st.integers(2, 20))
def test_no_group_of_near_duplicates_gains_a_new_row_on_both_sides(
    rows: list[tuple[int, int, int]], cut: int, kinds: int
) -> None:
    every = listed(rows)
    every = replace(every, alike=every.ids % np.uint64(kinds))
    known = assigned(HASH, every.first(cut), NONE)
    sides = assigned(HASH, every, known)
    assert sides[:cut].tolist() == known.tolist()
    for group in np.unique(every.alike):
        found = set(sides[every.alike == group].tolist())
        assert not (HOLDOUT in found and found & {TRAIN, TUNE})


def test_a_changed_rule_is_noticed() -> None:
    rows = some_rows(100, times=np.arange(100))
    split = planned(spec_of({"w": "time"}), rows, draw=3)
    assert split.follows(spec_of({"w": "time"}))
    assert not split.follows(spec_of())
    assert not split.follows(spec_of({"w": "time"}, holdout=0.25))
    assert isinstance(split, SplitRule)


def test_a_million_rows_are_split_at_once() -> None:
    rows = some_rows(1_000_000, classes=500)
    sides = assigned(HASH, replace(rows, alike=rows.ids >> np.uint64(43)), NONE)
    assert len(sides) == 1_000_000
