"""McNemar's exact test: which of two models is right more often, by the rows on which only one of them is."""

from __future__ import annotations

from ratchet.arrays import Labels


def mcnemar(labels: Labels, ours: Labels, theirs: Labels) -> tuple[int, int, float]:
    """Rows only ours answers right, rows only theirs does, and the one-sided p-value that ours is no better.

    Exact (McNemar 1947; Lehmann & Romano, "Testing Statistical Hypotheses", section 4.5): were both equally good,
    each of those rows would fall to either like a coin, so that the p-value holds for any number of rows.

    >>> import numpy as np
    >>> truth = np.zeros(10, np.int32)
    >>> won, lost, p = mcnemar(truth, truth, truth + 1)
    >>> won, lost, round(p, 6)
    (10, 0, 0.000977)
    """
    from scipy.special import bdtrc

    won = int(((ours == labels) & (theirs != labels)).sum())
    lost = int(((ours != labels) & (theirs == labels)).sum())
    return won, lost, float(bdtrc(won - 1, won + lost, 0.5)) if won else 1.0
