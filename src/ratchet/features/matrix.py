"""Matrices put side by side, cut into rows, and handed to SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats32, Ints
from ratchet.features.encoder import Matrix, Sparse


def side_by_side(matrices: Sequence[Matrix]) -> Matrix:
    """The outputs of several encoders of the same rows: all dense ones in order, then all sparse ones."""
    dense = np.concatenate([each.dense for each in matrices], axis=1)
    parts = [each.sparse for each in matrices if each.sparse is not None]
    if not parts:
        return Matrix(dense)
    return Matrix(dense, parts[0] if len(parts) == 1 else beside(parts))


def beside(parts: Sequence[Sparse]) -> Sparse:
    """The outputs of several sparse parts of the same rows, those of the first first."""
    firsts = np.cumsum([0, *(part.width for part in parts)])
    shifted = [
        Sparse(part.indptr, part.indices + np.int32(first), part.values, int(firsts[-1]))
        for part, first in zip(parts, firsts, strict=False)
    ]
    return interleaved(shifted)


def interleaved(parts: Sequence[Sparse]) -> Sparse:
    """The cells of several sparse parts of the same rows and the same width, row by row."""
    if len(parts) == 1:
        return parts[0]
    # Parts with [2, 1] and [1, 1] cells in two rows make rows of [3, 2] cells: the cells of the first part go to places
    # [0, 1, 3], those of the second behind them in each row, to [2, 4].
    counts = [np.diff(part.indptr) for part in parts]
    indptr = np.zeros(len(parts[0].indptr), dtype=np.int64)
    np.cumsum(np.sum(counts, axis=0), out=indptr[1:])
    indices = np.empty(indptr[-1], dtype=np.int32)
    values = np.empty(indptr[-1], dtype=np.float32)
    start = indptr[:-1].copy()
    for part, count in zip(parts, counts, strict=True):
        places = np.arange(len(part.indices)) + np.repeat(start - part.indptr[:-1], count)
        indices[places] = part.indices
        values[places] = part.values
        start += count
    return Sparse(indptr, indices, values, parts[0].width)


def end_to_end(parts: Sequence[Sparse], width: int) -> Sparse:
    """The rows of several sparse parts, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    cells = np.cumsum([0, *(part.indptr[-1] for part in parts)])
    ends = [part.indptr[1:] + before for part, before in zip(parts, cells, strict=False)]
    return Sparse(
        np.concatenate([np.zeros(1, dtype=np.int64), *ends]),
        np.concatenate([np.zeros(0, dtype=np.int32), *(part.indices for part in parts)]),
        np.concatenate([np.zeros(0, dtype=np.float32), *(part.values for part in parts)]),
        width,
    )


def stacked(matrices: Sequence[Matrix]) -> Matrix:
    """The rows of several matrices with the same outputs, one matrix after the other."""
    dense = np.concatenate([each.dense for each in matrices])
    parts = [each.sparse for each in matrices if each.sparse is not None]
    return Matrix(dense, end_to_end(parts, parts[0].width) if parts else None)


def take(matrix: Matrix, rows: npt.NDArray[Any]) -> Matrix:
    """Some rows of a matrix, by index, in that order."""
    sparse = matrix.sparse
    if sparse is None:
        return Matrix(matrix.dense[rows])
    # Rows [2, 0] of indptr [0, 2, 3, 5] have 2 cells each, those at [3, 4] and [0, 1].
    counts = (sparse.indptr[1:] - sparse.indptr[:-1])[rows]
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(counts, out=indptr[1:])
    cells = np.arange(indptr[-1]) + np.repeat(sparse.indptr[:-1][rows] - indptr[:-1], counts)
    return Matrix(matrix.dense[rows], Sparse(indptr, sparse.indices[cells], sparse.values[cells], sparse.width))


def densified(matrix: Matrix, start: int, stop: int, *, empty: float = 0.0) -> Floats32:
    """(rows, outputs) every cell of the rows from ``start`` to ``stop``; ``empty`` where a sparse output is 0."""
    dense = matrix.dense[start:stop]
    if matrix.sparse is None:
        return dense
    sparse = matrix.sparse
    bounds = sparse.indptr[start : stop + 1]
    cells = np.zeros((len(dense), sparse.width), dtype=np.float32)
    inside = slice(int(bounds[0]), int(bounds[-1]))
    rows = np.repeat(np.arange(len(dense)), np.diff(bounds))
    np.add.at(cells, (rows, sparse.indices[inside]), sparse.values[inside])
    if empty != 0:
        cells[cells == 0] = empty
    return np.concatenate([dense, cells], axis=1)


def to_scipy(matrix: Matrix, *, stored: bool = False) -> Any:
    """All outputs, dense ones first: a scipy.sparse.csr_matrix, or the dense array where there are no sparse ones.

    Where ``stored``, every dense cell of the csr_matrix is, 0 too; a sparse one that is 0 never is.
    """
    if matrix.sparse is None:
        return matrix.dense
    from scipy import sparse

    each = matrix.sparse
    right = sparse.csr_matrix((each.values, each.indices, each.indptr), shape=(len(matrix), each.width))
    right = right.copy()  # the rows may be mapped from a file, and are not ours to change
    right.sum_duplicates()
    right.eliminate_zeros()
    rows, width = matrix.dense.shape
    if not width:
        return right
    if not stored:
        return sparse.hstack([sparse.csr_matrix(matrix.dense), right], format="csr")
    # Two rows of three dense cells are stored at columns [0, 1, 2, 0, 1, 2], and begin at [0, 3, 6].
    places, begins = np.tile(np.arange(width), rows), np.arange(rows + 1) * width
    left = sparse.csr_matrix((matrix.dense.ravel(), places, begins), shape=(rows, width))
    return sparse.hstack([left, right], format="csr")


def row_sums(cells: npt.NDArray[Any], bounds: Ints) -> npt.NDArray[Any]:
    """The sum of each row's cells, which lie between two ``bounds``; empty rows are 0.

    Each row is added up in the same order, alone or among others.
    """
    starts = bounds[:-1]
    filled = starts < bounds[1:]
    if len(starts) and np.logical_and.reduce(filled):
        return np.add.reduceat(cells, starts, axis=0)
    sums = np.zeros((len(starts), *cells.shape[1:]), dtype=cells.dtype)
    if filled.any():  # np.add.reduceat would repeat a neighbour's cell for an empty row
        sums[filled] = np.add.reduceat(cells, starts[filled], axis=0)
    return sums
