"""McNemar's exact test: which of two models is right more often, by the rows on which only one of them is."""

from __future__ import annotations

from ratchet.arrays import Bools
from ratchet.statistics.result import Result


def mcnemar(ours: Bools, theirs: Bools) -> Result:
    """The one-sided test that ours is no better; ``ours`` and ``theirs`` (rows,) are where each is right.

    Exact (McNemar 1947; Lehmann & Romano, "Testing Statistical Hypotheses", section 4.5): were both equally good,
    each row on which only one is right would fall to either like a coin, so that the p-value holds for any number of
    rows.  The statistic is how many of those rows, ``n``, fell to ours.

    >>> import numpy as np
    >>> found = mcnemar(np.ones(10, bool), np.zeros(10, bool))
    >>> found.statistic, found.n, round(found.p_value, 6)
    (10.0, 10, 0.000977)
    """
    from scipy.special import bdtrc

    won, lost = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    p_value = float(bdtrc(won - 1, won + lost, 0.5)) if won else 1.0
    return Result(statistic=float(won), p_value=p_value, n=won + lost)
