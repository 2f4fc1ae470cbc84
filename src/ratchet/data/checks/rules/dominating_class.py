"""A class so common that guessing it looks good."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.words import count_of, percent, short

DOMINATES, LARGE = 0.85, 0.75


def check_dominating_class(rows: CheckedRows) -> Iterator[Finding]:
    """A class so common that always answering it is right most of the time; says how good guessing looks."""
    if len(rows.classes) < 2:
        return
    place = int(np.argmax(rows.counts))
    share = float(rows.counts[place] / len(rows))
    if share < LARGE:
        return
    macro_f1 = 2 * share / (1 + share) / len(rows.classes)
    yield Finding(
        check="dominating_class",
        severity="warning" if share >= DOMINATES else "note",
        sentence=(
            f"Always guessing {short(rows.classes[place])} scores an accuracy of {_floored(share)} "
            f"({rows.counts[place]:,} of {count_of(len(rows), 'row')}) without having learned anything"
        ),
        count=int(rows.counts[place]),
        share=share,
        examples=tuple(
            f"{rows.classes[each]}: {rows.counts[each]:,} ({percent(rows.counts[each] / len(rows))})"
            for each in np.argsort(-rows.counts, kind="stable")[:5]
        ),
        todo=f"judge by macro-F1, where guessing gets {macro_f1:.2f}, and never by accuracy alone",
        column=rows.schema.label,
        numbers={"accuracy": share, "macro_f1": macro_f1},
    )


def _floored(share: float) -> str:
    """Two digits, or as many as tell it from 1."""
    digits = 2
    while round(share, digits) >= 1 and digits < 8:
        digits += 1
    return f"{share:.{digits}f}"
