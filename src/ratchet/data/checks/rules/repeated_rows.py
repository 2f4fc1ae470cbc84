"""Rows that occur more than once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows, numbered_rows, row_numbers, together
from ratchet.data.checks.crossing import crossing, severity_of
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import count_of, percent


def check_repeated_rows(rows: CheckedRows) -> Iterator[Finding]:
    """Rows whose features all equal those of an earlier row."""
    sizes = np.bincount(rows.equal_groups)
    repeats = len(rows) - len(sizes)
    if not repeats:
        return
    crossed, words = crossing(rows, rows.equal_groups, np.ones(len(rows), dtype=bool))
    what = "texts" if list(rows.schema.features.values()) == [Kind.TEXT] else "rows"
    yield Finding(
        check="repeated_rows",
        severity=severity_of(rows, repeats, crossed),
        sentence=(
            f"{repeats:,} of {count_of(len(rows), 'row')} ({percent(repeats / len(rows))}) are repeated: "
            f"{count_of(int((sizes > 1).sum()), what[:-1])} occur{'s' if (sizes > 1).sum() == 1 else ''} more than once"
            f"{words}"
        ),
        count=repeats,
        share=repeats / len(rows),
        examples=tuple(_example(rows, group) for group in np.argsort(-sizes, kind="stable")[:3] if sizes[group] > 1),
        todo="drop the copies, unless each is a real case of its own; the split keeps equal rows on one side",
        numbers={"groups": float((sizes > 1).sum()), "largest": float(sizes.max()), "crossing": float(crossed)},
        rows=row_numbers(together(rows.equal_groups, sizes > 1)),
    )


def _example(rows: CheckedRows, group: np.integer) -> str:
    places = np.flatnonzero(rows.equal_groups == group)
    told = rows.told(int(places[0]))
    return f"{len(places):,} times, {numbered_rows(places)}" + (f": {told}" if told else "")
