"""Holm's correction: several p-values looked at together."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p-value corrected for how many there are, in their order.

    Below 5 % in any means 5 % over all together, however they depend on each other (Holm 1979, "A simple sequentially
    rejective multiple test procedure").

    >>> holm([0.01, 0.5, 0.02])
    [0.03, 0.5, 0.04]
    """
    corrected, highest = [0.0] * len(p_values), 0.0
    for place, each in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[each]))
        corrected[each] = highest
    return corrected
