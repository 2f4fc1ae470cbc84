"""The screen: whether a challenger is worth asking the holdout about, by what is known without it."""

from __future__ import annotations

import math

from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence, Screen
from ratchet.gate.rules.comparison import Comparison, Terms, compare
from ratchet.gate.rules.ruling import Ruling
from ratchet.words import odds

ALPHA = 0.16
"""A challenger whose lead could be chance with this probability or more is not worth an exam (AIC asks about as much
of a parameter: 0.157)."""
FEWEST = 30
"""With fewer units in common, what is known out of fold is little more than a guess, and the holdout is asked."""


def screened(evidence: Evidence) -> list[Ruling]:
    """Challenger and champion out of fold, on training rows of both, under the spec's rule and its margin.

    It costs nothing of the holdout, and spares it most challengers that are no better.  It lets through where there is
    nothing to compare with; and promotes nobody.
    """
    if evidence.champion is None:
        return []
    screen, margin = evidence.screen, evidence.gate.margin if evidence.gate.rule == "no_worse" else 0.0
    terms = Terms(alpha=ALPHA, later=ALPHA, margin=margin)
    if screen is None:
        return [_let_through("There are no out-of-fold answers of both to compare: the holdout is asked at once.")]
    if len(screen) < FEWEST:
        little = f"Only {len(screen)} units of training rows have out-of-fold answers of both"
        return [_let_through(f"{little}: the holdout is asked at once.", float(len(screen)))]
    found = compare(evidence.metric, screen.labels, screen.challenger, screen.champion, screen.units, margin)
    if math.isnan(found.difference.value):
        reason = f"{evidence.metric.heading} cannot be measured on the training rows that both have answered"
        return [_let_through(f"{reason}: the holdout is asked at once.", float(len(screen)))]
    return [Ruling(check=_judged(evidence, screen, found, terms))]


def _let_through(sentence: str, units: float = 0.0) -> Ruling:
    check = Check(rule="screen", passed=True, sentence=sentence, plain=sentence, numbers={"units": units})
    return Ruling(check=check)


def _judged(evidence: Evidence, screen: Screen, found: Comparison, terms: Terms) -> Check:
    measures = (
        f"{evidence.metric.prose} {found.ours:.3f} against {found.theirs:.3f} for the champion, "
        f"on the {len(screen.labels):,} training rows that both have answered out of fold"
    )
    chance = f"chance alone would show this {odds(found.p_value)} of the time ({found.difference.method})"
    passed = found.p_value < ALPHA
    if passed:
        sentence = f"Worth asking the holdout: {measures}; {chance}."
    else:
        sentence = f"Not shown out of fold to be {terms.aim} than the champion, so the holdout is not asked: {measures}"
        sentence += f"; {chance}, and {odds(ALPHA)} is the limit."
    numbers = {
        "challenger": found.ours,
        "other": found.theirs,
        "difference": found.difference.value,
        "p_value": found.p_value,
        "alpha": ALPHA,
        "rows": float(len(screen.labels)),
        "units": float(len(screen)),
    }
    return Check(rule="screen", passed=passed, sentence=sentence, plain=sentence, numbers=numbers)
