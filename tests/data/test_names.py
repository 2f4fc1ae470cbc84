"""Columns that Ratchet's own would be taken for: refused before a row is kept, at every door."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ratchet.data.names import check_names
from ratchet.drafting.draft import draft
from ratchet.errors import DataError
from ratchet.spec.names import RESERVED
from tests.data.ingest.sandbox import Sandbox, table


@pytest.mark.parametrize("name", sorted(RESERVED))
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_reserved_name_is_refused_at_ingest_and_nothing_is_registered(tmp_path: Path, name: str, ending: str) -> None:
    box = Sandbox(tmp_path)
    rows = table(0, 90).with_columns(pl.lit(True).alias(name))
    with pytest.raises(DataError, match=rf"'{name}' .a name that is kept") as caught:
        box.ingest(rows, name=f"t.{ending}")
    assert f"rename it in the table, such as to 'the{name}'" in caught.value.todo
    assert box.datasets.latest() is None
    assert box.ingest(table(0, 90)).added == 90
    box.database.close()


@pytest.mark.parametrize("label", ["y", "_side"])
def test_a_reserved_name_is_refused_at_init(tmp_path: Path, label: str) -> None:
    path = tmp_path / "t.csv"
    rows = table(0, 90).with_columns(pl.lit("a").alias("_side"))
    rows.write_csv(path)
    with pytest.raises(DataError, match=r"'_side' .a name that is kept"):
        draft(str(path), label)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "'' (no name)"),
        ("a\x1b[2J\0b", r"'a\x1b[2J\x00b' (a name with a NUL"),
        ("x" * 2_000, "a name of 2,000 characters"),
    ],
)
def test_names_that_no_spec_could_hold_are_told_without_printing_them(name: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        check_names(["a", name], "t.parquet")
    assert said in str(caught.value)
    assert str(caught.value).replace("\n", " ").isprintable()
    assert len(str(caught.value)) < 400
