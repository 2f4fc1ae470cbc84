"""No class and no slice harmed: a better average must not be paid for by a few."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Labels
from ratchet.evaluation.paired import Difference, class_difference, difference
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.ruling import Ruling
from ratchet.metrics.accuracy import Accuracy
from ratchet.metrics.predicted import most_probable
from ratchet.statistics.holm import holm

MATTERS = 0.005
"""Half a point: with very many rows smaller losses become visible too, and do not matter."""


def no_class_harmed(evidence: Evidence) -> list[Ruling]:
    """Each class's F1 against the champion's; harmed where it is worse beyond chance and by `MATTERS`."""
    if evidence.champion is None:
        return []
    ours, theirs = most_probable(evidence.challenger), most_probable(evidence.champion)
    present = np.unique(evidence.labels)
    differences = {evidence.classes[each]: _of_class(evidence, int(each), ours, theirs) for each in present}
    return [_judge("no_class_harmed", "class", "F1", differences, evidence.gate.confidence)]


def no_slice_harmed(evidence: Evidence) -> list[Ruling]:
    """The chosen metric on each slice against the champion's (accuracy where it cannot be measured there)."""
    if evidence.champion is None or not evidence.slices:
        return []
    differences = {}
    for column, values in evidence.slices.items():
        for each in np.unique(values):
            inside = values == each
            differences[f"{column}={each}"] = _on(evidence, inside)
    return [_judge("no_slice_harmed", "slice", evidence.metric.prose, differences, evidence.gate.confidence)]


def _on(evidence: Evidence, inside: np.ndarray) -> Difference:
    assert evidence.champion is not None
    labels = evidence.labels[inside]
    ours, theirs = evidence.challenger[inside], evidence.champion[inside]
    units = None if evidence.ids is None else evidence.ids[inside]
    found = difference(evidence.metric, labels, ours, theirs, units)
    return difference(Accuracy(), labels, ours, theirs, units) if np.isnan(found.value) else found


def _of_class(evidence: Evidence, each: int, ours: Labels, theirs: Labels) -> Difference:
    return class_difference(each, evidence.labels, ours, theirs, evidence.ids)


def _judge(rule: str, kind: str, word: str, differences: dict[str, Difference], confidence: float) -> Ruling:
    """All of them together at ``1 - confidence`` (Holm 1979)."""
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
        return Ruling(check=Check(rule=rule, passed=False, sentence=f"Harmed: {losses}.", numbers=numbers))
    sentence = (
        f"None of {len(names)} {kind}{'es' if kind == 'class' else 's'} is worse beyond chance; "
        f"the least lucky is {worst} ({differences[worst].value:+.3f} {word})."
    )
    return Ruling(check=Check(rule=rule, passed=True, sentence=sentence, numbers=numbers))
