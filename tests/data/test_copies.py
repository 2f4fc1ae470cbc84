from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ratchet.data.copies import copies_of_holdout
from ratchet.data.schema import Schema
from ratchet.errors import DataError
from ratchet.kinds.kind import Kind

NAMES = ["a", "b", "c"]
SCHEMA = Schema(columns=dict.fromkeys(NAMES, Kind.NUMBER), label="y")


def measured(copied: pl.DataFrame | None = None, count: int = 2_000) -> pl.DataFrame:
    """Rows of three numbers, the first 400 held out, and copies of some to learn from."""
    numbers = np.random.default_rng(8).normal(size=(count, 3))
    frame = pl.DataFrame(numbers, schema=NAMES).with_columns(
        _side=pl.when(pl.int_range(count) < 400).then(pl.lit("holdout")).otherwise(pl.lit("train"))
    )
    return frame if copied is None else pl.concat([frame, copied.with_columns(_side=pl.lit("train"))])


WAYS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "as they are": lambda rows: rows,
    "two decimals": lambda rows: rows.with_columns(pl.col(NAMES).round(2)),
    "four decimals": lambda rows: rows.with_columns(pl.col(NAMES).round(4)),
    "four digits": lambda rows: rows.with_columns(pl.col(NAMES).round_sig_figs(4)),
    "32 bits": lambda rows: rows.with_columns(pl.col(NAMES).cast(pl.Float32).cast(pl.Float64)),
}


@pytest.mark.parametrize("way", WAYS)
def test_copies_of_held_out_rows_are_found_however_they_were_written(way: str) -> None:
    found = copies_of_holdout(measured(WAYS[way](measured().head(100))), SCHEMA)
    assert found.rows.sum() == found.rows[2_000:].sum() == found.held_out == 100
    assert found.sentence == (
        "100 rows to learn from are copies of 100 held-out rows (equal, nearly equal, or with fewer digits) "
        "and left out"
    )


def test_strangers_are_no_copies_and_excluded_rows_are_not_looked_at() -> None:
    found = copies_of_holdout(measured(), SCHEMA)
    assert (int(found.rows.sum()), found.held_out, found.sentence) == (0, 0, None)
    aside = measured(measured().head(100)).with_columns(
        _side=pl.when(pl.int_range(2_100) < 2_000).then("_side").otherwise(pl.lit("excluded"))
    )
    assert not copies_of_holdout(aside, SCHEMA).rows.any()


def test_where_near_duplicates_are_let_be_only_equal_rows_count() -> None:
    copied = pl.concat([measured().head(50), WAYS["two decimals"](measured()[50:100])])
    assert copies_of_holdout(measured(copied), SCHEMA, near=False).rows.sum() == 50


@pytest.mark.parametrize(("count", "copies"), [(2_000, 201), (700, 100)])
def test_where_too_much_crosses_training_is_refused_with_the_mend(count: int, copies: int) -> None:
    with pytest.raises(DataError, match="are copies of") as caught:
        copies_of_holdout(measured(measured().head(copies), count), SCHEMA)
    assert "split.seed" in caught.value.todo


@pytest.mark.parametrize("name", ["german_credit.parquet", "telco_churn.parquet", "bank_marketing.parquet"])
def test_real_tables_have_no_invented_copies(name: str, real_data: Callable[[str], Path]) -> None:
    frame = pl.read_parquet(real_data(name)).with_columns(pl.selectors.numeric().cast(pl.Float64))
    kinds = {
        column: Kind.NUMBER if dtype.is_numeric() else Kind.CATEGORY
        for column, dtype in frame.schema.items()
        if column != "label"
    }
    frame = frame.with_columns(pl.Series("_side", np.random.default_rng(0).choice(["train", "holdout"], frame.height)))
    assert not copies_of_holdout(frame, Schema(columns=kinds, label="label")).rows.any()
