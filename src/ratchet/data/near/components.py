"""Groups from pairs: the connected components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Hashes, Ints

Whole = TypeVar("Whole", np.int64, np.uint64)


def components(count: int, pairs: Ints) -> Ints:
    """The group of each of ``count`` rows (count,), numbered by first appearance, given pairs of rows (n, 2)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return numbered(connected_components(links, directed=False)[1].astype(np.int64))


def numbered(keys: npt.NDArray[np.generic]) -> Ints:
    """Equal keys as equal numbers, counted by first appearance."""
    # Keys [9, 4, 9, 7] are sorted [4, 7, 9], first seen at [1, 3, 0]: by first appearance 9 is 0, 4 is 1 and 7 is 2,
    # which gives [0, 1, 0, 2].
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def named(groups: Ints, ids: Hashes) -> Hashes:
    """The smallest id in the group of each row (rows,): a name for the group that no order of rows changes."""
    # Groups [0, 1, 0] of ids [9, 4, 7] have the smallest ids [7, 4], so the rows are named [7, 4, 7].
    smallest = np.full(int(groups.max(initial=-1)) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(smallest, groups, ids)
    return smallest[groups]


def equal_rows(frame: pl.DataFrame, columns: Sequence[str]) -> Hashes:
    """A hash of each row's values in some columns (rows,), good for finding equal rows in this process only."""
    if not columns:
        return np.zeros(frame.height, dtype=np.uint64)
    return frame.select(columns).hash_rows().to_numpy()


def links_of(keys: npt.NDArray[np.generic], rows: Ints) -> Ints:
    """Pairs (n, 2) that link each of ``rows`` with the next one that has the same key."""
    # Keys [5, 3, 5, 5] of rows 0 to 3 give the links (0, 2) and (2, 3): enough to hang equal ones together, and
    # n - 1 of them for n equal keys where all pairs would be n * (n - 1) / 2.
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    return np.stack([rows[order[same]], rows[order[same + 1]]], axis=1)


def distinct(values: npt.NDArray[Whole]) -> npt.NDArray[Whole]:
    """The values that occur, sorted.  (``np.unique`` without positions hashes, which takes ten times as long.)"""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
