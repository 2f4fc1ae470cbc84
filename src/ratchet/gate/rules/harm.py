"""No class and no slice harmed: a better average must not be paid for by a few."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Labels
from ratchet.evaluation.paired import Difference, class_difference, difference
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence, units_in
from ratchet.gate.rules.ruling import Ruling
from ratchet.metrics.accuracy import Accuracy
from ratchet.metrics.predicted import most_probable
from ratchet.statistics.holm import holm
from ratchet.words import count_of, listed

MATTERS = 0.005
"""Half a point: with very many rows smaller losses become visible too, and do not matter."""
FEWEST = 3
"""Of fewer units nothing is said: copies of one row agree with each other, which looks like certainty."""


def no_class_harmed(evidence: Evidence) -> list[Ruling]:
    """Each class's F1 against the champion's; harmed where it is worse beyond chance and by `MATTERS`."""
    if evidence.champion is None:
        return []
    ours, theirs = most_probable(evidence.challenger), most_probable(evidence.champion)
    present = np.unique(evidence.labels)
    differences = {
        evidence.classes[each]: _of_class(evidence, int(each), ours, theirs)
        for each in present
        if _enough(evidence, evidence.labels == each)
    }
    return _judge("no_class_harmed", "class", "F1", differences, evidence.gate.confidence)


def no_slice_harmed(evidence: Evidence) -> list[Ruling]:
    """The chosen metric on each slice against the champion's (accuracy where it cannot be measured there)."""
    if evidence.champion is None or not evidence.slices:
        return []
    differences = {}
    for column, values in evidence.slices.items():
        for each in np.unique(values):
            inside = np.asarray(values == each, dtype=bool)
            if _enough(evidence, inside):
                differences[f"{column}={each}"] = _on(evidence, inside)
    return _judge("no_slice_harmed", "slice", evidence.metric.prose, differences, evidence.gate.confidence)


def _enough(evidence: Evidence, inside: Bools) -> bool:
    units = None if evidence.units is None else evidence.units[inside]
    return units_in(units, int(inside.sum())) >= FEWEST


def _on(evidence: Evidence, inside: Bools) -> Difference:
    assert evidence.champion is not None
    labels, units = evidence.labels[inside], None if evidence.units is None else evidence.units[inside]
    ours, theirs = evidence.challenger[inside], evidence.champion[inside]
    found = difference(evidence.metric, labels, ours, theirs, units)
    return difference(Accuracy(), labels, ours, theirs, units) if np.isnan(found.value) else found


def _of_class(evidence: Evidence, each: int, ours: Labels, theirs: Labels) -> Difference:
    return class_difference(each, evidence.labels, ours, theirs, evidence.units)


def _judge(rule: str, kind: str, word: str, differences: dict[str, Difference], confidence: float) -> list[Ruling]:
    """All of them together at ``1 - confidence`` (Holm 1979)."""
    if not differences:
        return []
    names = list(differences)
    corrected = holm([differences[name].turned().p_value() if differences[name].value < 0 else 1.0 for name in names])
    harmed = [
        (name, p)
        for name, p in zip(names, corrected, strict=True)
        if p < 1 - confidence and differences[name].value <= -MATTERS
    ]
    worst = min(differences, key=lambda name: differences[name].value)
    numbers = {"looked_at": float(len(names)), "harmed": float(len(harmed)), "worst": differences[worst].value}
    if harmed:
        losses = "; ".join(
            f"{name} loses {-differences[name].value:.3f} {word} (p {p:.2g} corrected)" for name, p in harmed[:5]
        )
        plain = f"Harmed beyond chance: {listed([name for name, _ in harmed], 5)}."
        check = Check(rule=rule, passed=False, sentence=f"Harmed: {losses}.", plain=plain, numbers=numbers)
        return [Ruling(check=check)]
    plain = f"None of {count_of(len(names), kind, 'classes' if kind == 'class' else None)} is worse beyond chance"
    sentence = f"{plain}; the least lucky is {worst} ({differences[worst].value:+.3f} {word})."
    check = Check(rule=rule, passed=True, sentence=sentence, plain=f"{plain}.", numbers=numbers)
    return [Ruling(check=check)]
