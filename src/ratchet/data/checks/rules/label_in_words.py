"""Columns that spell the label out."""

from __future__ import annotations

from collections.abc import Iterator

from ratchet.data.checks.checked_rows import GIVES_AWAY, CheckedRows
from ratchet.data.findings import Finding
from ratchet.words import percent, short


def check_label_in_words(rows: CheckedRows) -> Iterator[Finding]:
    """A text or category that spells the label out."""
    label = rows.schema.label
    leaking = {name for name, score in rows.single_columns.items() if score.explained >= GIVES_AWAY}
    sample = rows.frame[rows.sample]
    for name, found in rows.spelled.items():
        if name in leaking:
            continue
        count = round(found * len(rows))
        yield Finding(
            check="label_in_words",
            severity="error" if found >= GIVES_AWAY else "warning",
            sentence=f"The column '{name}' spells the label out in {percent(found)} of the rows",
            count=count,
            share=found,
            examples=tuple(
                f"{given}: {short(text)}" for text, given in sample.select(name, label).drop_nulls().head(3).iter_rows()
            ),
            todo=f'columns.{name} = "ignore", unless it is known before the label is',
            column=name,
            numbers={"found": found},
        )
