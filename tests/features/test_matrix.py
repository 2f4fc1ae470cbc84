from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ratchet.features.encoder import Matrix, Sparse
from ratchet.features.matrix import densified, end_to_end, interleaved, side_by_side, take, to_scipy

rows = st.lists(st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3)), max_size=4), min_size=1, max_size=6)


def sparse_of(cells: list[list[tuple[int, int]]], width: int = 5) -> Sparse:
    indptr = np.cumsum([0, *(len(each) for each in cells)]).astype(np.int64)
    flat = [cell for each in cells for cell in each]
    return Sparse(indptr, np.array([c for c, _ in flat], np.int32), np.array([v for _, v in flat], np.float32), width)


def dense_of(cells: list[list[tuple[int, int]]], width: int = 5) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    full = np.zeros((len(cells), width), np.float32)
    for row, each in enumerate(cells):
        for column, value in each:
            full[row, column] += value
    return full


def matrix_of(cells: list[list[tuple[int, int]]]) -> Matrix:
    return Matrix(np.arange(len(cells), dtype=np.float32)[:, None], sparse_of(cells))


@given(rows)
def test_cells_are_where_they_belong(cells: list[list[tuple[int, int]]]) -> None:
    matrix = matrix_of(cells)
    np.testing.assert_array_equal(densified(matrix, 0, len(cells))[:, 1:], dense_of(cells))
    before = matrix.sparse.values.copy() if matrix.sparse else None
    np.testing.assert_array_equal(to_scipy(matrix).toarray(), densified(matrix, 0, len(cells)))
    assert matrix.sparse is not None
    np.testing.assert_array_equal(matrix.sparse.values, before)


@given(rows)
def test_rows_can_be_taken_in_any_order(cells: list[list[tuple[int, int]]]) -> None:
    order = np.array([number % len(cells) for number in (2, 0, 5, 2)])
    taken = take(matrix_of(cells), order)
    np.testing.assert_array_equal(densified(taken, 0, 4), densified(matrix_of(cells), 0, len(cells))[order])


@given(rows)
def test_side_by_side(cells: list[list[tuple[int, int]]]) -> None:
    turned = cells[::-1]
    both = side_by_side([matrix_of(cells), matrix_of(turned)])
    expected = np.concatenate([both.dense, dense_of(cells), dense_of(turned)], axis=1)
    np.testing.assert_array_equal(densified(both, 0, len(cells)), expected)


@given(rows)
def test_parts_of_the_same_rows_add_up(cells: list[list[tuple[int, int]]]) -> None:
    both = Matrix(np.zeros((len(cells), 0), np.float32), interleaved([sparse_of(cells), sparse_of(cells[::-1])]))
    np.testing.assert_array_equal(densified(both, 0, len(cells)), dense_of(cells) + dense_of(cells[::-1]))


@given(rows, rows)
def test_end_to_end(first: list[list[tuple[int, int]]], second: list[list[tuple[int, int]]]) -> None:
    both = Matrix(
        np.zeros((len(first) + len(second), 0), np.float32), end_to_end(list(map(sparse_of, (first, second))), 5)
    )
    np.testing.assert_array_equal(densified(both, 0, len(both)), dense_of(first + second))


def test_no_parts_are_no_rows() -> None:
    assert end_to_end([], 7).indptr.tolist() == [0]
