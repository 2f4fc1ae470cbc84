"""The holdout: whether its rows can show anything, and what asking them costs."""

from __future__ import annotations

import math

from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence, units_in
from ratchet.gate.rules.ruling import Ruling
from ratchet.gate.uses import asking_number, exam_number, exam_share
from ratchet.words import count_of, odds

FEWEST = 10
"""Fewer units of evidence than this show nothing, whatever they say."""


def enough_rows(evidence: Evidence) -> Ruling:
    """Unclear where the rows can show nothing: then nothing is compared."""
    units = units_in(evidence.units, evidence.rows)
    numbers = {"rows": float(evidence.rows), "units": float(units), "uses": float(len(evidence.uses))}
    if units < FEWEST:
        alike = f", in {count_of(units, 'group')} of rows that count as one" if units < evidence.rows else ""
        sentence = f"The holdout has {count_of(evidence.rows, 'row')}{alike}: so few show nothing."
        return _too_few(sentence, numbers, max(100, 2 * evidence.rows))
    if math.isnan(evidence.metric.value(evidence.labels, evidence.challenger)):
        sentence = f"{evidence.metric.heading} cannot be measured: the holdout has rows of one class only."
        return _too_few(sentence, numbers, evidence.rows * 2)
    confidence = evidence.gate.confidence
    if evidence.champion is None:
        number = asking_number(evidence.uses)
        sentence = f"Use {number} of this holdout: all of them together may err {odds(1 - confidence)} of the time."
    else:
        k = exam_number(evidence.uses)
        alpha = exam_share(k, confidence)
        numbers |= {"exam": float(k), "alpha": alpha}
        together = f"all of them together {odds(1 - confidence)}"
        sentence = f"Exam {k} on this holdout: it may err {odds(alpha)} of the time, {together}."
    return Ruling(check=Check(rule="holdout", passed=True, sentence=sentence, plain=sentence, numbers=numbers))


def _too_few(sentence: str, numbers: dict[str, float], needed: int) -> Ruling:
    check = Check(rule="holdout", passed=None, sentence=sentence, plain=sentence, numbers=numbers)
    return Ruling(check=check, rows_needed=needed)
