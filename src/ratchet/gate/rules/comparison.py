"""Ours against theirs on the same rows: the sentence, the numbers and the verdict that every comparison shares."""

from __future__ import annotations

from dataclasses import dataclass

from ratchet.arrays import Hashes, Labels, Probabilities
from ratchet.evaluation.paired import Difference, difference
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rows_needed import rows_needed
from ratchet.gate.rules.ruling import Ruling
from ratchet.metrics.metric import Metric
from ratchet.statistics.measured import Measured
from ratchet.words import odds


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Comparison:
    """A model beside another on the chosen metric."""

    ours: float
    theirs: float
    difference: Difference
    p_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """On what terms a comparison is judged."""

    alpha: float
    """What it may spend."""
    later: float
    """What the same comparison may spend the next time: what rows still to come will be judged by."""
    margin: float = 0.0
    """By how much ours may be worse."""

    @property
    def aim(self) -> str:
        """What must be shown, before "than"."""
        return f"no more than {self.margin:.3f} worse" if self.margin else "better"


def compare(
    metric: Metric,
    labels: Labels,
    ours: Probabilities,
    theirs: Probabilities,
    units: Hashes | None,
    margin: float = 0.0,
) -> Comparison:
    """How far ours lies above theirs, and the p-value that it is worse by ``margin`` or more."""
    found = difference(metric, labels, ours, theirs, units)
    return Comparison(
        ours=metric.value(labels, ours),
        theirs=metric.value(labels, theirs),
        difference=found,
        p_value=found.p_value(margin),
    )


def measured(evidence: Evidence, level: float = 0.95) -> Measured:
    """The challenger's metric on the holdout."""
    return evidence.metric.measured(evidence.labels, evidence.challenger, level=level, units=evidence.units)


def verdict(
    rule: str,
    evidence: Evidence,
    found: Comparison,
    terms: Terms,
    *,
    name: str,
    told: str | None = None,
    unclear: bool = True,
) -> Ruling:
    """Passed at the terms' alpha; else unclear where a few times more rows would tell; else failed.

    ``name`` is what the other is called, ``told`` all there is to say of it; ``unclear`` whether it may be that.
    """
    apart = found.difference
    within = evidence.metric.difference_within(*apart.interval(evidence.gate.confidence))
    needed = rows_needed(evidence.rows, apart.value + terms.margin, apart.error, terms.later)
    passed = True if found.p_value <= terms.alpha else None if needed is not None and unclear else False
    plain = {
        True: f"Shown to be {terms.aim} than {name}.",
        None: f"Perhaps {terms.aim} than {name}, but there are too few rows to tell.",
        False: f"Not shown to be {terms.aim} than {name}.",
    }[passed]
    check = Check(
        rule=rule,
        passed=passed,
        sentence=f"{_measures(evidence, found, within, told or name)}; {_said(found, terms, passed)}",
        plain=plain,
        numbers=_numbers(evidence, found, within, terms),
    )
    return Ruling(check=check, rows_needed=needed if passed is None else None)


def _measures(evidence: Evidence, found: Comparison, within: tuple[float, float], other: str) -> str:
    apart = found.difference
    low, high = within
    return (
        f"{evidence.metric.heading} {found.ours:.3f} against {found.theirs:.3f} for {other}, on the same "
        f"{evidence.rows:,} rows: {abs(apart.value):.3f} {'better' if apart.value >= 0 else 'worse'} "
        f"({low:+.3f} to {high:+.3f})"
    )


def _said(found: Comparison, terms: Terms, passed: bool | None) -> str:
    chance = f"chance alone would show this {odds(found.p_value)} of the time ({found.difference.method})"
    if passed is None:
        return f"perhaps {terms.aim}, but {chance}, and {odds(terms.alpha)} is allowed."
    if passed:
        return f"shown to be {terms.aim}: {chance}, where {odds(terms.alpha)} is allowed."
    return f"not shown to be {terms.aim}."


def _numbers(evidence: Evidence, found: Comparison, within: tuple[float, float], terms: Terms) -> dict[str, float]:
    low, high = within
    return {
        "challenger": found.ours,
        "other": found.theirs,
        "difference": found.difference.value,
        "error": found.difference.error,
        "low": low,
        "high": high,
        "p_value": found.p_value,
        "alpha": terms.alpha,
        "rows": float(evidence.rows),
        **({"margin": terms.margin} if terms.margin else {}),
    }
