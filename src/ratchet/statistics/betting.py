"""Testing by betting: wealth that can only grow by chance or by truth, and may be looked at whenever one likes.

A gambler bets, before each value is seen, that the mean of values is above zero.  Were it not, the bets would be fair
or worse, and whoever stops whenever he likes multiplies his money by 20 at most once in 20 times (Ville 1939): wealth
of 20 is evidence at 5 %, after any number of values and looks.  Waudby-Smith & Ramdas (2023, "Estimating means of
bounded random variables by betting", section 4) show that such a test of a bounded mean holds for any number of values,
however skewed.
"""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64

_FRACTIONS = np.geomspace(0.005, 0.95, 20)
"""The shares of his money that the gambler could lose at once, one purse each: fixed, so known before any value."""

_MOST = 700.0
"""The logarithm of about the most money that a float can count."""


def wealth(x: Floats64, bound: float) -> Floats64:
    """(rows,) the wealth, begun with 1, after each value of ``x``: evidence that their mean is above zero.

    ``x`` (rows,) are independent and lie within -``bound`` and ``bound``; their order must not depend on their values
    (shuffle by something else).  The money lies in equal parts in twenty purses, each of which always stakes its own
    fixed fraction; such a mixture is a fair game, and does nearly as well as the best purse (one twentieth of it at
    least).  It may be multiplied by the wealth of later, independent values.

    Raises `ValueError` where a value lies outside of the bound, for then nothing of this holds.

    >>> # One purse that stakes 0.5 has 1.5 after a win of 1, and 1.5 * (1 - 0.5 * 0.4) = 1.2 after a loss of 0.4.
    >>> wealth(np.array([1.0, -0.4]), 1.0).round(3).tolist(), bool(wealth(np.ones(60), 1.0)[-1] > 1e9)
    ([1.196, 1.075], True)
    """
    if len(x) and not (bound > 0 and float(np.abs(x).max()) <= bound * (1 + 1e-9)):
        raise ValueError(f"values from {x.min():g} to {x.max():g} are not within -{bound:g} and {bound:g}")
    # The purse of 0.5 goes on by log(1 + 0.5 x / bound) a value, so a running sum is its whole way.
    purses = np.cumsum(np.log1p(_FRACTIONS[:, None] * (x / bound)[None, :]), axis=1)
    top = purses.max(axis=0)
    return np.asarray(np.exp(np.minimum(top, _MOST)) * np.exp(purses - top).mean(axis=0))


def p_value(wealth: Floats64) -> float:
    """The p-value of a way of wealth (rows,): one over the most it ever was, at most 1 (Ville's inequality).

    >>> p_value(np.array([2.0, 25.0, 10.0])), p_value(np.zeros(0))
    (0.04, 1.0)
    """
    return 1.0 / max(float(wealth.max(initial=1.0)), 1.0)
