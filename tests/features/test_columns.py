from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from ratchet.errors import DataError
from ratchet.features.columns import from_frame
from ratchet.kinds.kind import Kind

FRAME = pl.DataFrame(
    {
        "n": [1, None, 3],
        "t": ["a", None, ""],
        "d": [datetime(2024, 1, 1), None, datetime(2024, 1, 2)],
        "c": [True, False, None],
        "g": ["x", "y", "z"],
        "i": [b"1", None, b""],
    }
)
KINDS = {"t": Kind.TEXT, "n": Kind.NUMBER, "d": Kind.DATE, "c": Kind.CATEGORY, "g": Kind.GROUP, "i": Kind.IMAGE}


def test_each_kind_has_its_form() -> None:
    columns = from_frame(FRAME, KINDS)
    assert list(columns) == ["t", "n", "d", "c", "i"]
    assert isinstance(columns["n"], np.ndarray)
    np.testing.assert_array_equal(columns["n"], [1.0, np.nan, 3.0])
    assert isinstance(columns["d"], np.ndarray)
    assert columns["d"].dtype == np.dtype("datetime64[us]")
    assert np.isnat(columns["d"]).tolist() == [False, True, False]
    assert columns["t"] == ["a", None, ""]
    assert columns["c"] == ["true", "false", None]
    assert columns["i"] == [b"1", None, b""]


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(DataError, match="columns are missing: n, t"):
        from_frame(FRAME.drop("n", "t"), {"n": Kind.NUMBER, "t": Kind.TEXT, "g": Kind.GROUP})
