"""Classes with too few rows to learn or judge."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.words import count_of, listed, short

TINY, FEW = 10, 50


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
