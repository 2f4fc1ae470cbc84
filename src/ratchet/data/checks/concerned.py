"""The rows that findings are about, written out so that a person can look at each and correct it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ratchet.data.findings import Finding
from ratchet.errors import DataError
from ratchet.spec.names import RESERVED
from ratchet.words import plain

FINDING, NUMBER = "finding", "dataset_row"
"""What stands before the table's own columns: the check, and the row's number in the dataset."""


def concerned(frame: pl.DataFrame, findings: Sequence[Finding], label: str) -> pl.DataFrame:
    """The rows of a dataset that findings name, in the findings' order: which, where, the label, and all columns.

    Files in a column are given by their size, as they are of no use in a table of texts.
    """
    numbers = pl.DataFrame(
        {
            FINDING: [each.check for each in findings for _ in each.rows],
            NUMBER: pl.Series([row for each in findings for row in each.rows], dtype=pl.Int64),
        }
    )
    own = [name for name in frame.columns if name not in RESERVED]
    columns = [label, *(name for name in own if name != label)]
    files = [name for name in columns if frame.schema[name] == pl.Binary]
    rows = frame.select(*columns, "_id", "_side")[(numbers.get_column(NUMBER) - 1).to_list()]
    sizes = [(pl.col(name).bin.size().cast(pl.String) + " bytes").alias(name) for name in files]
    return pl.concat([numbers, rows.with_columns(sizes)], how="horizontal")


def write(frame: pl.DataFrame, path: Path) -> int:
    """Writes such rows as CSV; gives how many they are.  Raises `DataError` where the file cannot be written."""
    try:
        frame.write_csv(path)
    except OSError as error:
        raise DataError(
            f"the rows cannot be written to {path}: {plain(error.strerror or str(error))}", todo="choose another file"
        ) from None
    return frame.height
