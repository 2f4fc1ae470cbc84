"""Beats the baselines: a model that always guessing equals has learned nothing worth serving."""

from __future__ import annotations

from ratchet.evaluation.summary import MAJORITY, called, guessed
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.comparison import Terms, compare, verdict
from ratchet.gate.rules.ruling import Ruling
from ratchet.gate.uses import asking_number, baseline_share


def beats_baselines(evidence: Evidence) -> list[Ruling]:
    """One check a baseline: better on the chosen metric, row by row, at what floor and baselines may spend.

    Each at the whole of it: a model is let through by mistake only if it passes them all.
    """
    j, confidence = asking_number(evidence.uses), evidence.gate.confidence
    terms = Terms(alpha=baseline_share(j, confidence), later=baseline_share(j + 1, confidence))
    return [_beats(evidence, family, terms) for family in evidence.baselines]


def _beats(evidence: Evidence, family: str, terms: Terms) -> Ruling:
    guess, accuracy = guessed(evidence.classes, evidence.labels, evidence.baselines.get(MAJORITY))
    name = called(family, guess)
    theirs = evidence.baselines[family]
    found = compare(evidence.metric, evidence.labels, evidence.challenger, theirs, evidence.units)
    told = f"{name} (accuracy {accuracy:.3f})" if family == MAJORITY else name
    return verdict(f"beats_{family.split('.')[0]}", evidence, found, terms, name=name, told=told)
