"""Texts that say nothing: empty, or without a word."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows, row_numbers
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import percent, short

_MATTERS = 0.01
_SAYS = r"[\p{L}\p{M}\p{N}\p{So}\p{Sk}]"
"""Letters with their marks, digits, and pictographs with their shades."""


def check_empty_texts(rows: CheckedRows) -> Iterator[Finding]:
    """Texts that are empty or hold no letter, digit or pictograph of any script."""
    for name in rows.named(Kind.TEXT):
        column = rows.frame.get_column(name)
        missing = column.null_count()
        wordless = column.drop_nulls().filter(~column.drop_nulls().str.contains(_SAYS))
        count = missing + len(wordless)
        if not count or missing == len(rows):
            continue
        also = f", {len(wordless):,} of them without a letter or digit" if len(wordless) else ""
        labels = rows.frame.filter(column.is_null())[rows.schema.label].value_counts(sort=True)
        yield Finding(
            check="empty_texts",
            severity="warning" if count >= _MATTERS * len(rows) else "note",
            sentence=f"{count:,} of {len(rows):,} texts in '{name}' ({percent(count / len(rows))}) are empty{also}",
            count=count,
            share=count / len(rows),
            examples=(
                *(f"{label}: {number:,} empty" for label, number in labels.head(3).iter_rows()),
                *(short(each) for each in wordless.head(2).to_list()),
            ),
            todo="find out why they are empty, then drop or fill these rows: nothing can be learned from them",
            column=name,
            numbers={"missing": float(missing), "wordless": float(len(wordless))},
            rows=row_numbers((~column.str.contains(_SAYS).fill_null(False)).arg_true().to_numpy().astype(np.int64)),
        )
