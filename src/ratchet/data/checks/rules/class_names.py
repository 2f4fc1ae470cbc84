"""Classes that look like one class written in several ways, or like a label that is missing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows, row_numbers
from ratchet.data.findings import Finding
from ratchet.words import count_of, listed, short

MISSING = frozenset({"na", "n/a", "n.a.", "nan", "null", "none", "nil", "missing", "-", "--", "?", ".", "#n/a", "<na>"})
"""What programs and people write where they have no value, in small letters."""
_BETWEEN = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
_WHOLE = re.compile(r"(?<=\d)\.0+$")


def check_class_names(rows: CheckedRows) -> Iterator[Finding]:
    """Classes that differ in case, spacing or the form of a letter only; and classes called like a missing value."""
    alike: dict[str, list[int]] = {}
    for place, name in enumerate(rows.classes):
        alike.setdefault(folded(name), []).append(place)
    several = sorted((places for places in alike.values() if len(places) > 1), key=lambda places: -_rows(rows, places))
    if several:
        yield _one_class(rows, several)
    missing = [place for place, name in enumerate(rows.classes) if name.casefold() in MISSING]
    if missing:
        yield _no_class(rows, missing)


def folded(name: str) -> str:
    """What the ways of writing a class have in common.

    >>> folded("Needs  Work"), folded("needs_work"), folded("1.0"), folded("C++"), folded("A-")
    ('needs work', 'needs work', '1', 'c++', 'a-')
    """
    plain = unicodedata.normalize("NFKC", name).casefold().strip()
    return _WHOLE.sub("", _BETWEEN.sub(" ", plain))


def _one_class(rows: CheckedRows, several: Sequence[Sequence[int]]) -> Finding:
    count = sum(_rows(rows, places) for places in several)
    first = _said(rows, several[0])
    more = f", and {count_of(len(several) - 1, 'more such group')} of classes" if len(several) > 1 else ""
    return Finding(
        check="class_names",
        severity="warning",
        sentence=f"The classes {first} look like one class written in several ways{more}",
        count=count,
        share=count / len(rows),
        examples=tuple(_said(rows, places) for places in several[:5]),
        todo="write each class in one way in the table, and ingest again with --correct; if they differ, rename one",
        column=rows.schema.label,
        numbers={"groups": float(len(several)), "classes": float(sum(map(len, several)))},
        rows=_numbers(rows, [place for places in several for place in places]),
    )


def _no_class(rows: CheckedRows, missing: Sequence[int]) -> Finding:
    count = _rows(rows, missing)
    one = len(missing) == 1
    return Finding(
        check="class_names",
        severity="warning",
        sentence=(
            f"The {'class' if one else 'classes'} {_said(rows, missing)} {'looks' if one else 'look'} like a label "
            "that is missing, and would be learned and answered like any other"
        ),
        count=count,
        share=count / len(rows),
        examples=tuple(_said(rows, [place]) for place in missing[:5]),
        todo="empty these cells in the table: rows without a label are set aside; if it is a class, give it a name",
        column=rows.schema.label,
        numbers={"classes": float(len(missing))},
        rows=_numbers(rows, missing),
    )


def _said(rows: CheckedRows, places: Sequence[int]) -> str:
    return listed(f"{short(rows.classes[each], 40)} ({count_of(int(rows.counts[each]), 'row')})" for each in places)


def _numbers(rows: CheckedRows, places: Sequence[int]) -> tuple[int, ...]:
    return row_numbers(np.flatnonzero(np.isin(rows.labels, places)))


def _rows(rows: CheckedRows, places: Sequence[int]) -> int:
    return int(rows.counts[list(places)].sum())
