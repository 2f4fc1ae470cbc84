"""Rows that are equal in all columns but one of few values: a table joined with another repeats each row for each of
its values, and the column that was joined tells the copies apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Hashes, Ints
from ratchet.data.near.chance import alike_by_chance, beyond_chance, pairs_of, salted, together
from ratchet.data.near.components import distinct, links_of

FEW_VALUES = 50
"""A column of more values is no label on a copy, but tells rows apart."""
_GROWTH = 2.0
_GLANCE = 1_000
_SHARE, _FEWEST = 0.01, 10
"""The share of rows that must have a copy, and their least number."""
_BY_CHANCE = 1e-4
"""The share of the pairs that might agree if no column hung together with another: two columns tell too little."""


def alike_but_for_one(columns: Sequence[Hashes]) -> Ints:
    """Pairs of rows (n, 2) that are equal in all columns (rows,) but one, where they are believed to be copies.

    Believed is what links a hundredth of the rows, goes beyond chance (`ratchet.data.near.chance`), and does not grow
    to more than twice as many pairs when any one column more is left out.
    """
    links = [np.zeros((0, 2), dtype=np.int64)]
    low = [place for place, column in enumerate(columns) if _few(column[:_GLANCE]) and _few(column)]
    if len(columns) < 3 or not low:
        return links[0]
    keys = together(columns)
    low = [place for place in low if _many(keys - salted(columns[place], place))]
    if not low:
        return links[0]
    rows = np.sort(np.unique(keys, return_index=True)[1])  # equal rows are no news, and would hide chance
    for place in low:
        without = (keys - salted(columns[place], place))[rows]
        rest = [each[rows] for other, each in enumerate(columns) if other != place]
        if _many(without) and _believed(rest):
            links.append(links_of(without, rows))
    return np.concatenate(links)


def _few(column: Hashes) -> bool:
    return len(distinct(column)) <= FEW_VALUES


def _many(keys: Hashes) -> bool:
    """Whether enough rows share their key with another."""
    ordered = np.sort(keys)
    same = ordered[1:] == ordered[:-1]
    linked = int((np.append(same, False) | np.append(False, same)).sum())
    return linked >= max(_FEWEST, _SHARE * len(keys))


def _believed(columns: Sequence[Hashes]) -> bool:
    """Whether rows that agree in all columns are copies."""
    keys = together(columns)
    agreeing = pairs_of(keys)
    if alike_by_chance(columns) > _BY_CHANCE * agreeing or not beyond_chance(columns):
        return False
    return all(pairs_of(keys - salted(column, place)) <= _GROWTH * agreeing for place, column in enumerate(columns))
