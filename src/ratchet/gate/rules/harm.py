"""No class and no slice harmed: a better average must not be paid for by a few."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Labels
from ratchet.evaluation import metrics
from ratchet.evaluation.paired import Difference, class_difference, copies, difference
from ratchet.evaluation.segments import holm
from ratchet.evaluation.summary import WORDS
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.finding import Finding

MATTERS = 0.005
"""Half a point: with very many rows smaller losses become visible too, and do not matter."""


def no_class_harmed(evidence: Evidence) -> list[Finding]:
    """Each class's F1 against the champion's; harmed where it is worse beyond chance and by `MATTERS`."""
    if evidence.champion is None:
        return []
    ours, theirs = metrics.answers(evidence.challenger), metrics.answers(evidence.champion)
    present = np.unique(evidence.labels)
    apart = {evidence.classes[each]: _of_class(evidence, int(each), ours, theirs) for each in present}
    return [_judge("no_class_harmed", "class", "F1", apart, evidence.gate.confidence)]


def no_slice_harmed(evidence: Evidence) -> list[Finding]:
    """The chosen metric on each slice against the champion's (accuracy where it cannot be measured there)."""
    if evidence.champion is None or not evidence.slices:
        return []
    apart = {}
    for column, values in evidence.slices.items():
        for each in np.unique(values):
            inside = values == each
            apart[f"{column}={each}"] = _on(evidence, inside)
    word = WORDS[evidence.gate.metric]
    return [_judge("no_slice_harmed", "slice", word, apart, evidence.gate.confidence)]


def _on(evidence: Evidence, inside: np.ndarray) -> Difference:
    assert evidence.champion is not None
    labels = evidence.labels[inside]
    ours, theirs = evidence.challenger[inside], evidence.champion[inside]
    found = difference(evidence.gate.metric, labels, ours, theirs)
    if np.isnan(found.value):
        found = difference("accuracy", labels, ours, theirs)
    return found.grouped(None if evidence.ids is None else copies(evidence.ids[inside]))


def _of_class(evidence: Evidence, each: int, ours: Labels, theirs: Labels) -> Difference:
    return class_difference(each, evidence.labels, ours, theirs).grouped(evidence.groups)


def _judge(rule: str, kind: str, word: str, apart: dict[str, Difference], confidence: float) -> Finding:
    """All of them together at ``1 - confidence`` (Holm 1979)."""
    names = list(apart)
    corrected = holm([apart[name].turned().p_value() if apart[name].value < 0 else 1.0 for name in names])
    harmed = [
        (name, p)
        for name, p in zip(names, corrected, strict=True)
        if p < 1 - confidence and apart[name].value <= -MATTERS
    ]
    worst = min(apart, key=lambda name: apart[name].value)
    numbers = {"looked_at": float(len(names)), "harmed": float(len(harmed)), "worst": apart[worst].value}
    if harmed:
        told = "; ".join(
            f"{name} loses {-apart[name].value:.3f} {word} (p {p:.2g} corrected)" for name, p in harmed[:5]
        )
        return Finding(check=Check(rule=rule, passed=False, sentence=f"Harmed: {told}.", numbers=numbers))
    sentence = (
        f"None of {len(names)} {kind}{'es' if kind == 'class' else 's'} is worse beyond chance; "
        f"the least lucky is {worst} ({apart[worst].value:+.3f} {word})."
    )
    return Finding(check=Check(rule=rule, passed=True, sentence=sentence, numbers=numbers))
