"""Rows to check: made up, or from the real data sets as an ingest would type them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.conform import conform
from ratchet.data.readers.batch import Batch
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind
from ratchet.spec import parse

MakeRows = Callable[..., CheckedRows]


@pytest.fixture
def make() -> MakeRows:
    """Rows from columns and their kinds; further arguments go to `Rows`."""

    def made(kinds: Mapping[str, Kind], columns: Mapping[str, Any], **more: Any) -> CheckedRows:
        floats = {name: pl.Float64 for name, kind in kinds.items() if kind is Kind.NUMBER}
        strings = {name: pl.String for name, kind in kinds.items() if kind in {Kind.TEXT, Kind.CATEGORY}}
        frame = pl.DataFrame(columns, schema_overrides={**floats, **strings}, strict=False)
        return CheckedRows(frame=frame, schema=Schema(columns=kinds, label="label"), **more)

    return made


@pytest.fixture
def real(real_data: Callable[[str], Path]) -> MakeRows:
    """A real data set, with the kinds of its columns; numbers are numbers and the others categories by default."""

    def loaded(name: str, kinds: Mapping[str, str] | None = None, without: tuple[str, ...] = ()) -> CheckedRows:
        frame = pl.read_parquet(real_data(f"{name}.parquet"))
        guessed = {
            column: "number" if dtype.is_numeric() else "category"
            for column, dtype in frame.schema.items()
            if column != "label" and column not in without
        }
        spec = parse({"name": "x", "label": "label", "columns": kinds or guessed, "candidates": [{"family": "x.v1"}]})
        typed, bad = conform(Batch(frame=frame, bad=(), first_row=1, origin=name), spec)
        assert not bad
        return CheckedRows(frame=typed, schema=Schema(columns=spec.columns, label="label"), spec=spec)

    return loaded
