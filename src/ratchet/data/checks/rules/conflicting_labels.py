"""Rows with equal features and different labels: at most one of them can be answered right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows, numbered_rows, row_numbers, together
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import count_of, percent

_COARSE = 0.2
"""Where more rows than this repeat another, equal rows are the table's nature and no slip of the labellers."""


def check_conflicting_labels(rows: CheckedRows) -> Iterator[Finding]:
    """Equal rows that carry more than one label; says how right a perfect model could be."""
    # One number for each pair of group and label, sorted, so that equal pairs are runs: with 2 classes, groups
    # [0, 0, 0, 1] labelled [1, 0, 1, 0] are [0, 1, 1, 2]; group 0 owns two runs, of 1 and 2 rows, so it is torn, and a
    # model that answers its larger run is right on 2 of 3.
    groups = np.bincount(rows.equal_groups)
    pairs = np.sort(rows.equal_groups * len(rows.classes) + rows.labels)
    starts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1]))
    owner, size = pairs[starts] // len(rows.classes), np.diff(np.append(starts, len(pairs)))
    torn = np.bincount(owner, minlength=len(groups)) > 1
    most = np.maximum.reduceat(size, np.flatnonzero(np.append(True, owner[1:] != owner[:-1])))
    count = int(groups[torn].sum())
    if not count:
        return
    best = float(most.sum() / len(rows))
    repeated = float((groups[groups > 1].sum()) / len(rows))
    wide = repeated < _COARSE or bool(rows.named(Kind.TEXT))
    yield Finding(
        check="conflicting_labels",
        severity="warning" if wide and count / len(rows) > 0.0005 else "note",
        sentence=(
            f"{count_of(count, 'row')} with equal features carry different labels: "
            f"no model can be right on more than {percent(best)} of the rows"
        ),
        count=count,
        share=count / len(rows),
        examples=_examples(rows, np.flatnonzero(torn)[:3]),
        todo=(
            "decide which label is right and correct the others"
            if wide
            else "add the column that tells these rows apart, or expect that ceiling"
        ),
        numbers={"ceiling": best, "groups": float(torn.sum())},
        rows=row_numbers(together(rows.equal_groups, torn)),
    )


def _examples(rows: CheckedRows, groups: np.ndarray) -> tuple[str, ...]:
    """Where to look: which rows say what, and what they are."""
    found = []
    for group in groups:
        places = np.flatnonzero(rows.equal_groups == group)
        labels = rows.labels[places]
        said = [f"{rows.classes[each]} in {numbered_rows(places[labels == each])}" for each in np.unique(labels)]
        found.append(f"{'; '.join(said)}: {rows.told(int(places[0]))}")
    return tuple(found)
