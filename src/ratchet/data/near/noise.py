"""Copies of rows of numbers with noise on them: the same thing measured again, the same person on another day.

How far apart copies lie is not known, so it is read off the table: pairs of rows are counted within ever larger
distances.  Where the count stays the same while the distance doubles (a plateau), what lies within is there for another
reason than nearness: of strangers twice as many lie within twice the distance for every dimension that they have, and
one dimension is left however much columns hang together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Floats64, Hashes, Ints
from ratchet.data.near.chance import beyond_chance
from ratchet.data.near.components import components, numbered
from ratchet.data.near.within import cells, pairs_within
from ratchet.hashing import mixed

FARTHEST = 32
"""The distance that copies may lie apart at most, in thousandths of a column's range."""
_GROWTH = 1.25
_ASKED = 600
"""Rows whose neighbours are counted."""
_SHARE, _FEWEST = 0.03, 20
"""The share of rows that must have a copy, and their least number."""
_MOVING = 3
"""Columns that must move between copies; one or two that are as good as equal are near by chance."""
_CROWD = 50
"""Neighbours of a row, on average, beyond which only smaller distances are looked at."""
_LARGEST = 20
"""A larger group is a cluster and no copies, unless it is less than a hundredth of the rows."""
_APART = 1e7


def noisy_copies(numbers: Sequence[Floats64], wide: Sequence[bool], others: Hashes) -> Ints:
    """Pairs of rows (n, 2) that are copies but for noise, with equal ``others`` (rows,); none where none are believed.

    ``numbers`` (rows,) are the columns in thousandths of their range, without NaN; ``wide`` tells which have many
    values.  Two rows are as far apart as in the column where they differ most.
    """
    # The first column is a wide one, in which rows whose other columns differ are put far apart, so that only numbers
    # are left to compare.
    order = np.argsort(np.logical_not(wide), kind="stable")
    points = [numbers[place] for place in order]
    points[0] = points[0] + numbered(others) * _APART
    distance = _plateau(points)
    if distance is None:
        return np.zeros((0, 2), dtype=np.int64)
    rows = _different(points)
    points = [each[rows] for each in points]
    if not beyond_chance([others[rows], *(cells([each], 4 * distance, np.zeros(1)) for each in points)]):
        return np.zeros((0, 2), dtype=np.int64)
    pairs = pairs_within(points, distance)
    moving = sum(_moves(each, pairs) for each in points[: sum(wide)])
    return rows[_small(pairs, len(rows))] if moving >= _MOVING else pairs[:0]


def _moves(column: Floats64, pairs: Ints) -> bool:
    """Whether a column differs in half of the pairs at least."""
    return len(pairs) > 0 and bool((column[pairs[:, 0]] != column[pairs[:, 1]]).mean() >= 0.5)


def _different(points: Sequence[Floats64]) -> Ints:
    """The first of all rows that are equal."""
    keys = np.zeros(len(points[0]), dtype=np.uint64)
    for each in points:
        keys = mixed(keys ^ each.view(np.uint64))
    return np.sort(np.unique(keys, return_index=True)[1])


def _plateau(points: Sequence[Floats64]) -> float | None:
    """The largest distance within which copies lie, if there are any."""
    limit, found = _neighbours(points)
    asked = min(_ASKED, len(points[0]))
    least = max(_FEWEST, _SHARE * asked)
    while limit >= 1:
        limit /= 2
        near = sum(int((each <= limit).sum()) for each in found)
        if sum(bool((each <= limit).any()) for each in found) < least:
            return None
        if sum(int((each <= 2 * limit).sum()) for each in found) <= _GROWTH * near:
            return limit
    return None


def _neighbours(points: Sequence[Floats64]) -> tuple[float, list[Floats64]]:
    """A distance, and the distances of the rows within it from each of some rows drawn by lot."""
    # Rows are sorted by the first column, so that a row's neighbours stand in one piece of the others; each column
    # leaves fewer of them.  In a crowd the distance is halved until a row has fifty neighbours on average.
    order = np.argsort(points[0])
    columns = [each[order] for each in points]
    drawn = np.random.default_rng(0).permutation(len(order))[:_ASKED]
    limit, found, total = 2.0 * FARTHEST, list[Floats64](), 0
    for place in drawn:
        found.append(_distances(columns, int(place), limit))
        total += len(found[-1])
        while total > _CROWD * max(len(found), 20) and limit > 1:
            limit /= 2
            found = [each[each <= limit] for each in found]
            total = sum(map(len, found))
    return limit, found


def _distances(columns: Sequence[Floats64], place: int, limit: float) -> Floats64:
    """How far the rows within a limit are from a row that they do not equal, in columns sorted by the first."""
    here = columns[0][place]
    begin, end = np.searchsorted(columns[0], (here - limit, here + limit))
    distances: Floats64 = np.abs(columns[0][begin:end] - here)
    near = slice(begin, end)
    for each in columns[1:]:
        apart = np.abs(each[near] - each[place])
        close = np.flatnonzero(apart <= limit)
        distances = np.maximum(distances[close], apart[close])
        near = close + begin if isinstance(near, slice) else near[close]
        if len(close) == 1:  # the row itself
            break
    return distances[distances > 0]


def _small(pairs: Ints, count: int) -> Ints:
    """The pairs whose groups are small; none where most rows are in large ones."""
    groups = components(count, pairs)
    sizes = np.bincount(groups)
    linked = sizes[groups] > 1
    small = sizes[groups] <= max(_LARGEST, count // 100)
    return pairs[small[pairs[:, 0]]] if (small & linked).sum() >= linked.sum() / 2 else pairs[:0]
