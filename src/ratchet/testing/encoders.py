"""The encoder kit: `check_encoder` tries to break every promise of `ratchet.features.encoder.Encoder`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ratchet.features.encoder import Column, CrossFitted, Encoder, Matrix, Target
from ratchet.features.matrix import take
from ratchet.testing.matrices import VERSIONED, cells, check_equal, check_well_formed, through_disk


def check_encoder(make: Callable[[], Encoder], column: Column, *, strange: Column | None = None) -> None:
    """Run every check of this kit; raises AssertionError that names the promise that is broken.

    ``make`` gives an encoder that is not fitted (the class itself does); ``column`` holds at least 4 values of its
    kind, with missing ones among them if you can; ``strange`` holds legal values that ``column`` has not, and is made
    up where it is not given.  A supervised encoder is given three classes in turn.
    """
    unseen = strange if strange is not None else strange_values(column)
    check_name(make)
    check_fit(make, column)
    check_target(make, column)
    check_cross_fitted(make, column)
    check_output(make, column, unseen)
    check_row_by_row(make, column, unseen)
    check_saving(make, column, unseen)
    check_little_to_learn_from(make, column, unseen)


def check_name(make: Callable[[], Encoder]) -> None:
    """The name reaches the disk, and so carries a version."""
    name = make().name
    assert VERSIONED.fullmatch(name), f"the name is like 'standard.v1', found {name!r}"


def check_target(make: Callable[[], Encoder], column: Column) -> None:
    """What is not supervised learns the same whatever the target; what is, something else from other labels."""
    encoder, target = make(), _target(column)
    turned = Target(((target.labels + 1) % 3).astype(np.int32) * (np.arange(len(target)) % 2).astype(np.int32), 3)
    first, second = (encoder.fit(column, each).transform(column) for each in (target, turned))
    if encoder.supervised:
        same = all(cells(first, row) == cells(second, row) for row in range(len(first)))
        assert not same, "a supervised encoder learns from the labels, found the same for other ones"
    else:
        check_equal(first, second, "fitted with other labels")
        check_equal(first, encoder.fit(column).transform(column), "fitted without labels")


def check_cross_fitted(make: Callable[[], Encoder], column: Column) -> None:
    """Where an encoder encodes the rows it learns from in a way of its own, no label reaches its own row's outputs."""
    target = _target(column)
    encoder = make().fit(column, target)
    if not isinstance(encoder, CrossFitted):
        return
    before = copy.deepcopy(column)
    whole = encoder.cross_fitted(column, target, 5)
    check_well_formed(whole, len(column))
    assert _same_column(column, before), "cross_fitted leaves the column as it was"
    widths = whole.dense.shape[1], whole.sparse.width if whole.sparse else 0
    assert encoder.widths == widths, (
        f"cross_fitted gives as many outputs as transform, {encoder.widths}, found {widths}"
    )
    check_equal(whole, encoder.cross_fitted(column, target, 5), "cross-fitted twice with one seed")
    for row in range(min(len(column), 20)):
        labels = target.labels.copy()
        labels[row] = (labels[row] + 1) % target.classes
        other = encoder.cross_fitted(column, Target(labels, target.classes), 5)
        check_equal(_rows(whole, [row]), _rows(other, [row]), "cross-fitted with another label of its own")
    for count in (1, 2):
        few = _take(column, range(count))
        check_well_formed(encoder.cross_fitted(few, _target(few), 5), count)


def check_fit(make: Callable[[], Encoder], column: Column) -> None:
    """`fit` returns a new encoder, leaves itself and the column as they were, and always learns the same."""
    encoder, before = make(), copy.deepcopy(column)
    first = encoder.fit(column, _target(column))
    assert first is not encoder, "fit returns a new encoder, found itself"
    assert _same_column(column, before), "fit leaves the column as it was"
    again = encoder.fit(column, _target(column))
    check_equal(first.transform(column), again.transform(column), "fitted twice to the same rows")
    other = _take(column, range(len(column) // 2))
    first_before = first.transform(column)
    first.fit(other, _target(other))
    check_equal(first_before, first.transform(column), "after fit of other rows returned another encoder")


def check_output(make: Callable[[], Encoder], column: Column, strange: Column) -> None:
    """Well-formed numbers for every value of the kind, seen or not; a name, told apart, for each output."""
    encoder = _fitted(make, column)
    for rows in (column, strange, _take(column, [])):
        before = copy.deepcopy(rows)
        matrix = encoder.transform(rows)
        check_well_formed(matrix, len(rows))
        assert _same_column(rows, before), "transform leaves the column as it was"
        widths = matrix.dense.shape[1], matrix.sparse.width if matrix.sparse else 0
        assert encoder.widths == widths, f"widths are those of the matrix, {widths}, found {encoder.widths}"
        width = sum(widths)
        names = list(encoder.names())
        assert len(names) == width, f"one name per output: {width}, found {len(names)} names"
        assert len(set(names)) == width, "names tell each output apart, found two alike"


def check_row_by_row(make: Callable[[], Encoder], column: Column, strange: Column) -> None:
    """A value's numbers are the same alone, in a batch, and in another order."""
    encoder = _fitted(make, column)
    for rows in (column, strange):
        whole = encoder.transform(rows)
        backwards = range(len(rows) - 1, -1, -1)
        turned = encoder.transform(_take(rows, backwards))
        check_equal(whole, _rows(turned, backwards), "in another order")
        for row in range(min(len(rows), 50)):
            check_equal(_rows(whole, [row]), encoder.transform(_take(rows, [row])), "alone")


def check_saving(make: Callable[[], Encoder], column: Column, strange: Column) -> None:
    """What comes back from the disk gives bit-equal results, and can be saved again."""
    encoder = _fitted(make, column)
    back = type(encoder).from_state(through_disk(encoder.state()))
    twice = type(encoder).from_state(through_disk(back.state()))
    assert list(back.names()) == list(encoder.names()), "names survive saving"
    for rows in (column, strange):
        check_equal(encoder.transform(rows), back.transform(rows), "saved and read")
        check_equal(encoder.transform(rows), twice.transform(rows), "saved and read twice")


def check_little_to_learn_from(make: Callable[[], Encoder], column: Column, strange: Column) -> None:
    """One row, one value over and over, or nothing but missing values are enough to fit and transform."""
    missing = missing_value(column)
    for rows in (_take(column, [0]), _take(column, [0, 0, 0]), _filled(column, [missing] * 3)):
        encoder = _fitted(make, rows)
        for each in (rows, column, strange):
            check_well_formed(encoder.transform(each), len(each))
        back = type(encoder).from_state(through_disk(encoder.state()))
        check_equal(encoder.transform(column), back.transform(column), "saved after little to learn from")


def strange_values(column: Column) -> Column:
    """Legal values of the column's kind that it is unlikely to have."""
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        return np.array([np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, -0.0, 1e38, 12345.678])
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        return np.array(
            ["NaT", "0001-01-01", "1969-12-31T23:59:59.999999", "2024-02-29", "9999-12-31"], "datetime64[us]"
        )
    if any(isinstance(each, bytes) for each in column):
        return [None, b"", b"\x00", b"no picture and no sound", bytes(range(256)) * 4]
    foreign = "d\u00e9j\u00e0 vu \u6f22\u5b57 \U0001f600"
    return [None, "", " ", "\x00", "\ufeff", "never seen before", foreign, "a" * 5000, "!?" * 400, "NULL", "0"]


def missing_value(column: Column) -> Any:
    """What stands for a missing value in such a column."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "fM":
        return np.datetime64("NaT") if column.dtype.kind == "M" else np.nan
    return None


def _take(column: Column, rows: Sequence[int]) -> Column:
    if isinstance(column, np.ndarray):
        return column[np.array(list(rows), dtype=np.int64)]
    return [column[row] for row in rows]


def _fitted(make: Callable[[], Encoder], column: Column) -> Encoder:
    return make().fit(column, _target(column))


def _target(column: Column) -> Target:
    return Target((np.arange(len(column)) % 3).astype(np.int32), 3)


def _filled(column: Column, values: Sequence[Any]) -> Column:
    return np.array(values, dtype=column.dtype) if isinstance(column, np.ndarray) else list(values)


def _same_column(one: Column, other: Column) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.dtype.kind != "O":
        return one.tobytes() == other.tobytes()
    return list(one) == list(other)


def _rows(matrix: Matrix, rows: Sequence[int]) -> Matrix:
    return take(matrix, np.array(list(rows), dtype=np.int64))
