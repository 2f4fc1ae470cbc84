"""Rows that are nearly another row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows, numbered_rows, row_numbers, together
from ratchet.data.checks.crossing import crossing, severity_of
from ratchet.data.findings import Finding
from ratchet.data.near.components import distinct
from ratchet.kinds.kind import Kind
from ratchet.words import count_of, percent, short


def check_near_duplicates(rows: CheckedRows) -> Iterator[Finding]:
    """Rows that are nearly, but not exactly, another row: a model that has seen one knows the other."""
    # Near and equal group as one number: of 5 rows, near group 2 with equal group 3 is 2 * 5 + 3.  Distinct ones,
    # divided by 5 again, give each near group once for every different row in it; those of one row have only copies.
    variants = distinct(rows.near_groups * len(rows) + rows.equal_groups) // len(rows)
    different = np.bincount(variants)
    near = (different > 1)[rows.near_groups]
    count = int(near.sum())
    if not count:
        return
    crossed, words = crossing(rows, rows.near_groups, near)
    yield Finding(
        check="near_duplicates",
        severity=severity_of(rows, count, crossed),
        sentence=(
            f"{count_of(count, 'row')} ({percent(count / len(rows))}) are nearly the same as another, "
            f"in {count_of(int((different > 1).sum()), 'group')}{words}"
        ),
        count=count,
        share=count / len(rows),
        examples=tuple(
            _pair(rows, group) for group in np.argsort(-different, kind="stable")[:3] if different[group] > 1
        ),
        todo="leave split.near_duplicates on, so that they stay on one side; drop the copies if they are of no use",
        numbers={"groups": float((different > 1).sum()), "crossing": float(crossed)},
        rows=row_numbers(together(rows.near_groups, different > 1)),
    )


def _pair(rows: CheckedRows, group: np.integer) -> str:
    places = np.flatnonzero(rows.near_groups == group)
    _, first = np.unique(rows.equal_groups[places], return_index=True)
    pair = places[np.sort(first)[:2]]
    one, other = (int(each) for each in pair)
    texts = rows.named(Kind.TEXT)
    said = " ~ ".join(_differing(rows.in_words(one), rows.in_words(other))) if texts else rows.differing(one, other)
    return f"{numbered_rows(pair)}: {said}" if said else numbered_rows(pair)


def _differing(one: str, other: str) -> tuple[str, str]:
    """Two values from a little before where they begin to differ."""
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    begin = max(0, place - 20) if place > 40 else 0
    lead = "…" if begin else ""
    return short(lead + one[begin:], 60), short(lead + other[begin:], 60)
