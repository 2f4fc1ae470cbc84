"""Columns that part the rows to learn from from those held out, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.shifting import shifting_columns
from ratchet.data.findings import Finding

_BECOMES = {
    "leave_out": "no model reads it",
    "refuse": "nothing is trained",
    "keep": "models read it all the same",
}


def check_shifting_columns(rows: CheckedRows) -> Iterator[Finding]:
    """A date, a running number or a name that tells on which side of the split a row lies."""
    how = rows.spec.split.shifting if rows.spec else "leave_out"
    for each in shifting_columns(rows.frame, rows.schema):
        yield Finding(
            check="shifting_columns",
            severity="error" if how == "refuse" else "warning",
            sentence=f"The column {each}, so what is learned of it does not hold there: {_BECOMES[how]}",
            count=len(rows),
            share=1.0,
            examples=(),
            todo=f'columns.{each.name} = "ignore" leaves it out for good, split.shifting = "keep" lets models read it',
            column=each.name,
            numbers={"auc": each.auc},
        )
