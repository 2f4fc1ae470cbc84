"""Pearson's chi-squared test: whether the rows and columns of a table of counts have anything to do with each other."""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Floats64, Ints
from ratchet.statistics.result import Result


def chi2(table: Ints) -> Result:
    """The test of independence of a table (rows, columns) of counts.

    Pearson (1900); tables of two by two are corrected for continuity (Yates 1934).  Rows and columns without any
    count say nothing and are left out; the p-value is 1 where fewer than two of either are left.
    """
    from scipy.special import chdtrc

    table = _filled(table)
    total = int(table.sum())
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    if min(table.shape) < 2:
        return Result(statistic=0.0, p_value=1.0, n=total)
    expected = _expected(table)
    gaps = np.abs(table - expected)
    if freedom == 1:
        gaps = np.maximum(gaps - 0.5, 0.0)
    statistic = float((gaps**2 / expected).sum())
    return Result(statistic=statistic, p_value=float(chdtrc(freedom, statistic)), n=total)


def cramers_v(table: Ints) -> float:
    """How strongly rows and columns of a table go together, 0 to 1 (Cramer 1946); 0 where either is alone."""
    table = _filled(table)
    if min(table.shape) < 2:
        return 0.0
    expected = _expected(table)
    statistic = float(((table - expected) ** 2 / expected).sum())
    return math.sqrt(statistic / (table.sum() * (min(table.shape) - 1)))


def _filled(table: Ints) -> Ints:
    table = table[table.sum(axis=1) > 0]
    return table[:, table.sum(axis=0) > 0]


def _expected(table: Ints) -> Floats64:
    """The counts that the sums of rows and columns would lead to expect."""
    # A cell is expected to hold its row's share of its column: of [[30, 10], [20, 40]] the first holds 40 * 50 / 100.
    return np.asarray(table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum())
