"""Whether rows that agree in some columns are copies, or agree as strangers do.

Of two strangers that agree in all columns but one, as many agree in that one too as its values are common.  So the
pairs that differ in one column only tell how many would agree in all by chance; copies have no such pairs beside them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Hashes
from ratchet.hashing import mixed

_BEYOND = 3.0
"""How many times the pairs expected by chance must agree before agreement is believed."""


def together(columns: Sequence[Hashes]) -> Hashes:
    """One key a row (rows,) for what its columns (rows,), at least one, hold; without one it is ``key - salted``."""
    # Sums, since they can be taken apart again: (a, b, c) without b is a + c.  Each column has a salt of its own, so
    # that (a, b) and (b, a) differ.
    keys = np.zeros(len(columns[0]), dtype=np.uint64)
    for place, column in enumerate(columns):
        keys += salted(column, place)
    return keys


def salted(column: Hashes, place: int) -> Hashes:
    """The part of a column in the sum of `together`."""
    return mixed(column ^ np.uint64((place + 1) * 0x9E3779B97F4A7C15 % 2**64))


def beyond_chance(columns: Sequence[Hashes]) -> bool:
    """Whether more pairs of rows agree in all columns than would by chance."""
    # Two columns of a coin each and one of 1,000 even values, in 2,000 rows, have some 500 pairs that agree in all.
    # Without the first coin 1,000 agree: 500 of these differ in it, and a coin that falls alike half of the time makes
    # 500 expected by chance.  A copied half of the rows adds 1,000 pairs to both, and 1,500 is three times 500.
    if not columns:
        return False
    keys = together(columns)
    agreeing = pairs_of(keys)
    if not agreeing or agreeing == _pairs_among(len(keys)):  # none agree, or all do: nothing tells rows apart
        return False
    return all(
        agreeing >= _BEYOND * _expected(column, keys - salted(column, place), agreeing)
        for place, column in enumerate(columns)
    )


def alike_by_chance(columns: Sequence[Hashes]) -> float:
    """How many pairs of rows would agree in all columns if no column hung together with another."""
    among = _pairs_among(len(columns[0]))
    return float(among * np.prod([pairs_of(column) / among for column in columns])) if among else 0.0


def pairs_of(keys: Hashes) -> int:
    """How many pairs of rows share a key."""
    # Runs of equal keys: [2, 5, 5, 5] has runs of 1 and 3 rows, and 3 * 2 / 2 = 3 pairs.
    ordered = np.sort(keys)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    sizes = np.diff(np.append(starts, len(ordered)))
    return int((sizes * (sizes - 1) // 2).sum())


def _expected(column: Hashes, others: Hashes, agreeing: int) -> float:
    """The pairs expected to agree in a column by chance, of those that agree in all others."""
    alike = pairs_of(column) / _pairs_among(len(column))
    return 0.0 if alike >= 1 else (pairs_of(others) - agreeing) * alike / (1 - alike)


def _pairs_among(rows: int) -> int:
    return rows * (rows - 1) // 2
