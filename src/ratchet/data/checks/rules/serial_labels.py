"""Labels that stay what they are for a while: under a random split the neighbours of a held-out row give it away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import percent


def check_serial_labels(rows: CheckedRows) -> Iterator[Finding]:
    """Labels that agree with that of the row before, by a date or as the rows came, where rows are split by hash."""
    if {Kind.TIME, Kind.SPLIT, Kind.GROUP} & set(rows.schema.columns.values()) or rows.serial is None:
        return
    column, strength = rows.serial
    guess = float(((rows.counts / len(rows)) ** 2).sum())
    agree = percent(guess + strength * (1 - guess), whole=True)
    by = "in the order of the rows" if column is None else f"in the order of '{column}'"
    yield Finding(
        check="serial_labels",
        severity="warning" if column is None else "error",
        sentence=(
            f"The labels are serial: {by}, {agree} of the rows carry the label of the row before, "
            f"where chance would give {percent(guess, whole=True)}"
            + (
                ""
                if column is None
                else ", and the holdout's neighbours in time are in training: its score is flattered"
            )
        ),
        count=len(rows),
        share=1.0,
        examples=_stretch(rows, column),
        todo=(
            'if rows come in the order of time, give the column that says when the kind "time"; '
            'if neighbours are about one thing, name that thing in a column of kind "group"'
            if column is None
            else f'columns.{column} = "time": the newest rows are then held out, and folds learn from older rows only'
        ),
        column=column,
        numbers={"agreement": guess + strength * (1 - guess), "chance": guess, "strength": strength},
    )


def _stretch(rows: CheckedRows, column: str | None) -> tuple[str, ...]:
    """How long the first few labels stay."""
    labels = rows.labels if column is None else rows.labels[rows.frame.get_column(column).arg_sort().to_numpy()]
    starts = np.flatnonzero(np.append(True, labels[1:] != labels[:-1]))[:6]
    lengths = np.diff(starts)
    said = (f"{rows.classes[labels[at]]} x {count}" for at, count in zip(starts, lengths, strict=False))
    return (f"from the first row on: {', '.join(said)}",)
