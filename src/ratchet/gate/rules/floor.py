"""The floor: the chosen metric must be shown to lie above it, not only to look so."""

from __future__ import annotations

from statistics import NormalDist

from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rows_needed import rows_needed
from ratchet.gate.rules.ruling import Ruling


def floor(evidence: Evidence, alpha: float) -> list[Ruling]:
    """The metric's one-sided lower bound at ``alpha`` against the floor (for an error metric: upper, and a ceiling)."""
    gate, metric = evidence.gate, evidence.metric
    if gate.floor is None:
        return []
    own = metric.measured(evidence.labels, evidence.challenger, level=1 - 2 * alpha, units=evidence.ids)
    up = metric.higher_is_better
    bound = own.low if up else own.high
    ahead = own.value - gate.floor if up else gate.floor - own.value
    sure = ahead >= 0 and abs(own.value - bound) <= ahead
    limit = "floor" if up else "ceiling"
    found = f"{metric.heading} {own.value:.3f} (surely {'above' if up else 'below'} {bound:.3f})"
    numbers = {"value": own.value, "bound": bound, "floor": gate.floor, "rows": float(own.n), "alpha": alpha}
    if sure:
        check = Check(
            rule="floor", passed=True, sentence=f"{found} clears the {limit} {gate.floor:g}.", numbers=numbers
        )
        return [Ruling(check=check)]
    spread = abs(own.value - bound) / _quantile(alpha)
    needed = rows_needed(own.n, ahead, spread, alpha)
    if needed is None:
        sentence = f"{found} does not clear the {limit} {gate.floor:g}."
        return [Ruling(check=Check(rule="floor", passed=False, sentence=sentence, numbers=numbers))]
    sentence = f"{found} looks past the {limit} {gate.floor:g}, but {own.n:,} holdout rows are too few to be sure."
    return [Ruling(check=Check(rule="floor", passed=None, sentence=sentence, numbers=numbers), rows_needed=needed)]


def _quantile(alpha: float) -> float:
    return NormalDist().inv_cdf(1 - alpha)
