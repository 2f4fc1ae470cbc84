"""The floor: the chosen metric must be shown to lie above it, not only to look so."""

from __future__ import annotations

from statistics import NormalDist

from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rows_needed import rows_needed
from ratchet.gate.rules.comparison import measured
from ratchet.gate.rules.ruling import Ruling
from ratchet.gate.uses import asking_number, baseline_share


def floor(evidence: Evidence) -> list[Ruling]:
    """The metric's one-sided lower bound against the floor (for an error metric: upper, and a ceiling)."""
    gate, metric = evidence.gate, evidence.metric
    if gate.floor is None:
        return []
    j = asking_number(evidence.uses)
    alpha, later = baseline_share(j, gate.confidence), baseline_share(j + 1, gate.confidence)
    own = measured(evidence, 1 - 2 * alpha)
    up = metric.higher_is_better
    bound = own.low if up else own.high
    ahead = own.value - gate.floor if up else gate.floor - own.value
    needed = rows_needed(own.n, ahead, abs(own.value - bound) / NormalDist().inv_cdf(1 - alpha), later)
    limit = f"the {'floor' if up else 'ceiling'} {gate.floor:g}"
    found = f"{metric.heading} {own.value:.3f} (surely {'above' if up else 'below'} {bound:.3f})"
    passed = True if ahead >= 0 and abs(own.value - bound) <= ahead else None if needed is not None else False
    sentence, plain = {
        True: (f"{found} clears {limit}.", f"Shown to clear {limit}."),
        None: (
            f"{found} looks past {limit}, but {own.n:,} holdout rows are too few to be sure.",
            f"Perhaps past {limit}, but there are too few rows to tell.",
        ),
        False: (f"{found} does not clear {limit}.", f"Not shown to clear {limit}."),
    }[passed]
    numbers = {"value": own.value, "bound": bound, "floor": gate.floor, "rows": float(own.n), "alpha": alpha}
    check = Check(rule="floor", passed=passed, sentence=sentence, plain=plain, numbers=numbers)
    return [Ruling(check=check, rows_needed=needed if passed is None else None)]
