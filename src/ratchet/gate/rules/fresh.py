"""The fresh key: what is shown on all rows must be seen on those never asked before."""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Bools, Probabilities
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence, units_in
from ratchet.gate.rules.comparison import Terms, compare
from ratchet.gate.rules.ruling import Ruling
from ratchet.words import odds, percent

ENOUGH = 0.25
"""From this share of the exam's units on, those never asked have a say of their own."""
ALPHA = 0.2
"""What they alone must show: little, for they are few, but a challenger made of earlier answers shows nothing there."""


def fresh_key(evidence: Evidence, other: Probabilities, terms: Terms) -> list[Ruling]:
    """Whether the rows never asked, alone, agree that the challenger is what the whole exam has shown.

    Earlier answers tell something of the rows that gave them, and who asks often enough can climb on that (Blum &
    Hardt 2015, "The Ladder", section 4: boosting); of rows never asked they tell nothing.  No check where all rows are
    such, or fewer than `ENOUGH`.
    """
    fresh = _never_asked(evidence)
    share = units_in(None if evidence.units is None else evidence.units[fresh], int(fresh.sum()))
    share_of_units = share / max(units_in(evidence.units, evidence.rows), 1)
    if fresh.all() or share_of_units < ENOUGH:
        return []
    units = None if evidence.units is None else evidence.units[fresh]
    labels, ours, theirs = evidence.labels[fresh], evidence.challenger[fresh], other[fresh]
    found = compare(evidence.metric, labels, ours, theirs, units, terms.margin)
    if math.isnan(found.difference.value):
        sentence = (
            f"{evidence.metric.heading} cannot be measured on the rows never asked before: they are of one class."
        )
        return [Ruling(check=Check(rule="fresh", passed=None, sentence=sentence, plain=sentence))]
    rows = int(fresh.sum())
    numbers = {"rows": float(rows), "share": share_of_units, "p_value": found.p_value, "alpha": ALPHA}
    where = f"on the {rows:,} rows never asked before ({percent(share_of_units, whole=True)} of the evidence)"
    chance = f"chance alone would show this {odds(found.p_value)} of the time, where {odds(ALPHA)} is allowed"
    if found.p_value <= ALPHA:
        check = Check(
            rule="fresh",
            passed=True,
            sentence=f"Seen {where} too: {chance}.",
            plain=f"Seen {where} too.",
            numbers=numbers,
        )
        return [Ruling(check=check)]
    plain = f"What all rows show holds only on rows that were asked before: it is not seen {where}."
    check = Check(rule="fresh", passed=False, sentence=f"{plain[:-1]}: {chance}.", plain=plain, numbers=numbers)
    return [Ruling(check=check)]


def _never_asked(evidence: Evidence) -> Bools:
    """(rows,) the fresh rows of units of which no row was asked: a copy of a row that was is nothing new."""
    if evidence.fresh is None:
        return np.ones(evidence.rows, dtype=bool)
    if evidence.units is None:
        return evidence.fresh
    return np.asarray(~np.isin(evidence.units, evidence.units[~evidence.fresh]))
