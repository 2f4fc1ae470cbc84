"""What the kits ask of matrices and of saved states."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np

from ratchet.features.encoder import Matrix, State

VERSIONED = re.compile(r"[a-z][a-z0-9_]*\.v[0-9]+")
"""How what reaches the disk is named."""


def check_well_formed(matrix: Matrix, rows: int) -> None:
    """Types and shapes as `Matrix` and `Sparse` promise; numbers finite, but for NaN in the dense part."""
    dense, sparse = matrix.dense, matrix.sparse
    assert dense.dtype == np.float32, f"the dense part is float32, found {dense.dtype}"
    assert dense.ndim == 2, f"the dense part has two dimensions, found {dense.ndim}"
    assert len(dense) == rows, f"one dense row per row: {rows}, found {len(dense)}"
    assert not np.isinf(dense).any(), "dense cells are finite or NaN, found an infinite one"
    if sparse is None:
        return
    found = [str(part.dtype) for part in (sparse.indptr, sparse.indices, sparse.values)]
    assert found == ["int64", "int32", "float32"], f"sparse parts are int64, int32, float32, found {found}"
    assert len(sparse.indptr) == rows + 1, f"one sparse row per row: {rows}, found {len(sparse.indptr) - 1}"
    assert sparse.indptr[0] == 0, "sparse rows begin at cell 0"
    assert (np.diff(sparse.indptr) >= 0).all(), "indptr never falls"
    assert sparse.indptr[-1] == len(sparse.indices) == len(sparse.values), "indptr ends at the number of cells"
    assert (sparse.indices >= 0).all(), "sparse indices are not negative"
    assert (sparse.indices < sparse.width).all(), f"sparse indices lie below the width {sparse.width}"
    assert np.isfinite(sparse.values).all(), "sparse cells are finite"


def cells(matrix: Matrix, row: int) -> tuple[bytes, list[tuple[int, float]]]:
    """One row as something to compare, bit by bit; the order of sparse cells does not count."""
    sparse = matrix.sparse
    if sparse is None:
        return matrix.dense[row].tobytes(), []
    part = slice(int(sparse.indptr[row]), int(sparse.indptr[row + 1]))
    return matrix.dense[row].tobytes(), sorted(
        zip(sparse.indices[part].tolist(), sparse.values[part].tolist(), strict=True)
    )


def check_equal(one: Matrix, other: Matrix, when: str) -> None:
    """The same numbers in every row, bit by bit."""
    assert len(one) == len(other), f"{when}: {len(one)} rows against {len(other)}"
    for row in range(len(one)):
        assert cells(one, row) == cells(other, row), f"{when}: row {row} has other numbers"


def through_disk(state: State) -> State:
    """The state as it comes back from a bundle: values through JSON, arrays through bytes."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name, array in state.arrays.items():
        assert isinstance(array, np.ndarray), f"state array {name} is a NumPy array, found {type(array).__name__}"
        assert array.dtype.kind in "biuf", f"state array {name} holds plain numbers, found {array.dtype}"
        arrays[name] = np.frombuffer(array.tobytes(), dtype=array.dtype).reshape(array.shape)
    for name, text in state.texts.items():
        assert isinstance(text, str), f"state text {name} is a str, found {type(text).__name__}"
    return State(
        meta=msgspec.json.decode(msgspec.json.encode(dict(state.meta))),
        arrays=arrays,
        texts=dict(state.texts),
        files=dict(state.files),
    )
