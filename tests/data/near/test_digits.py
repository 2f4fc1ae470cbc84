"""Rows that are equal in fewer digits are found among numbers of any size, without a warning."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from ratchet.data.near.digits import equal_in_fewer_digits
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind

SCHEMA = Schema(columns={"a": Kind.NUMBER, "b": Kind.NUMBER}, label="y")


def ways(first: Any, second: Any) -> list[int]:
    """For each way that is believed, how many rows have their like."""
    frame = pl.DataFrame({"a": first, "b": second})
    found = [np.unique(keys, return_counts=True)[1] for keys in equal_in_fewer_digits(frame, SCHEMA)]
    return [int(counts[counts > 1].sum()) for counts in found]


@pytest.mark.parametrize("size", [1.0, 1e-3, 1e-290, 1e-310])
def test_numbers_written_again_with_four_digits_are_found_whatever_their_size(size: float) -> None:
    random = np.random.default_rng(0)
    first, second = random.uniform(1, 9, 200), random.uniform(1, 9, 200)
    again = [np.array([float(f"{each * size:.3e}") for each in column[:60]]) for column in (first, second)]
    found = ways(np.concatenate([first * size, again[0]]), np.concatenate([second * size, again[1]]))
    assert 120 in found


def test_numbers_at_both_ends_of_what_there_is_are_no_like_of_each_other() -> None:
    ends = np.array([1.7e308, -1.7e308, 1.1e308, 5e-324, -5e-324, 0.0, np.nan, 1e308])
    assert ways(np.repeat(ends, 6), np.tile([1.5, 2.5, 3.5, 4.5, 5.5, 6.5], 8)) == []
