"""Classes with too few rows to learn or judge, and classes so common that guessing looks good."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.wording import count_of, listed, percent, short
from ratchet.data.findings import Finding

TINY, FEW = 10, 50
DOMINATES, LARGE = 0.85, 0.75


def check_small_classes(rows: CheckedRows) -> Iterator[Finding]:
    """A class of fewer than `TINY` rows can be neither learned nor judged; one of fewer than `FEW` hardly."""
    order = np.argsort(rows.counts, kind="stable")
    few = [place for place in order if rows.counts[place] < FEW]
    if not few:
        return
    tiny = [place for place in few if rows.counts[place] < TINY]
    shown = tiny or few
    names = listed([f"{short(rows.classes[each])} has {count_of(int(rows.counts[each]), 'row')}" for each in shown])
    if len(shown) == 1:
        sentence = f"The class {names}: too few to {'learn it or to judge it' if tiny else 'judge it well'}"
    else:
        sentence = f"{count_of(len(shown), 'class', 'classes')} have fewer than {TINY if tiny else FEW} rows: {names}"
    count = int(rows.counts[few].sum())
    yield Finding(
        check="small_classes",
        severity="warning" if tiny else "note",
        sentence=sentence,
        count=count,
        share=count / len(rows),
        examples=tuple(f"{rows.classes[each]}: {count_of(int(rows.counts[each]), 'row')}" for each in few[:5]),
        todo="label more rows of it, merge it with a class near to it, or leave it out",
        column=rows.schema.label,
        numbers={"smallest": float(rows.counts[few[0]]), "classes": float(len(few))},
    )


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
        todo=f"judge by macro F1, where guessing gets {macro_f1:.2f}, and never by accuracy alone",
        column=rows.schema.label,
        numbers={"accuracy": share, "macro_f1": macro_f1},
    )


def _floored(share: float) -> str:
    """Two digits, or as many as tell it from 1."""
    digits = 2
    while round(share, digits) >= 1 and digits < 8:
        digits += 1
    return f"{share:.{digits}f}"
