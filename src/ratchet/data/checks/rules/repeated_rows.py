"""Rows that occur more than once, exactly or nearly, and how many would stand on both sides of the split."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.arrays import Bools, Ints
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.wording import count_of, number, percent, short
from ratchet.data.findings import Finding, Severity
from ratchet.data.near.components import distinct
from ratchet.kinds.kind import Kind

_HOLDOUT = 0.2
_MATTERS = 0.01


def check_repeated_rows(rows: CheckedRows) -> Iterator[Finding]:
    """Rows whose features all equal those of an earlier row."""
    sizes = np.bincount(rows.equal)
    repeats = len(rows) - len(sizes)
    if not repeats:
        return
    crossing, words = _crossing(rows, rows.equal, np.ones(len(rows), dtype=bool))
    what = "texts" if list(rows.schema.features.values()) == [Kind.TEXT] else "rows"
    yield Finding(
        check="repeated_rows",
        severity=_severity(rows, repeats, crossing),
        sentence=(
            f"{repeats:,} of {count_of(len(rows), 'row')} ({percent(repeats / len(rows))}) are repeated: "
            f"{count_of(int((sizes > 1).sum()), what[:-1])} occur{'s' if (sizes > 1).sum() == 1 else ''} more than once"
            f"{words}"
        ),
        count=repeats,
        share=repeats / len(rows),
        examples=tuple(
            f"{sizes[group]:,} times: {_shown(rows, int(np.argmax(rows.equal == group)))}"
            for group in np.argsort(-sizes, kind="stable")[:3]
            if sizes[group] > 1
        ),
        todo="drop the copies, unless each is a real case of its own; the split keeps equal rows on one side",
        numbers={"groups": float((sizes > 1).sum()), "largest": float(sizes.max()), "crossing": float(crossing)},
    )


def check_near_duplicates(rows: CheckedRows) -> Iterator[Finding]:
    """Rows that are nearly, but not exactly, another row: a model that has seen one knows the other."""
    variants = distinct(rows.alike * len(rows) + rows.equal) // len(rows)
    different = np.bincount(variants)
    near = (different > 1)[rows.alike]
    count = int(near.sum())
    if not count:
        return
    crossing, words = _crossing(rows, rows.alike, near)
    yield Finding(
        check="near_duplicates",
        severity=_severity(rows, count, crossing),
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
        numbers={"groups": float((different > 1).sum()), "crossing": float(crossing)},
    )


def _severity(rows: CheckedRows, count: int, crossing: int) -> Severity:
    return "warning" if max(count, crossing / _HOLDOUT) >= _MATTERS * len(rows) else "note"


def _crossing(rows: CheckedRows, groups: Ints, which: Bools) -> tuple[int, str]:
    """How many held-out rows of ``which`` have their like among the others, with the end of a sentence that says so."""
    sizes = np.bincount(groups)
    held = rows.held
    if held is None:
        sizes = np.bincount(groups[which])
        share = rows.spec.split.holdout if rows.spec else _HOLDOUT
        expected = round(float((sizes * share * (1 - share ** (sizes - 1.0))).sum()))
        if not expected:
            return 0, ""
        return expected, (
            f"; a random split that holds out {share:.0%} would put about {expected:,} of them into the holdout "
            "with their like in training"
        ).replace("%", " %")
    kept = held | rows.excluded
    learned = np.bincount(groups[~kept], minlength=len(sizes)) > 0
    crossing = int((which & held & learned[groups]).sum())
    words = (
        f"; {crossing:,} of {count_of(int(held.sum()), 'held-out row')} have their like in training" if crossing else ""
    )
    aside = int(((np.bincount(groups[held], minlength=len(sizes)) > 0)[groups] & rows.excluded & which).sum())
    if aside:
        words += f"; the split has set {count_of(aside, 'row')} aside whose like is held out"
    return crossing, words


def _pair(rows: CheckedRows, group: np.integer) -> str:
    places = np.flatnonzero(rows.alike == group)
    _, first = np.unique(rows.equal[places], return_index=True)
    one, other = (int(places[each]) for each in np.sort(first)[:2])
    return " ~ ".join(_differing(_whole(rows, one), _whole(rows, other)))


def _differing(one: str, other: str) -> tuple[str, str]:
    """Two values from a little before where they begin to differ."""
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    begin = max(0, place - 20) if place > 40 else 0
    lead = "…" if begin else ""
    return short(lead + one[begin:], 60), short(lead + other[begin:], 60)


def _whole(rows: CheckedRows, place: int) -> str:
    """The texts of a row, or its other values where it has no text."""
    features = rows.schema.features
    names = rows.named(Kind.TEXT) or [name for name in features if features[name] not in {Kind.IMAGE, Kind.AUDIO}]
    values = (rows.frame.get_column(name)[place] for name in names)
    return ", ".join(number(each) if isinstance(each, float) else str(each or "empty") for each in values)


def _shown(rows: CheckedRows, place: int) -> str:
    return short(_whole(rows, place), 100) or f"row {place + 1:,}"
