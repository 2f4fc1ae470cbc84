"""How a round of proposals is shared out among the candidates, and which candidate has lost too clearly to go on."""

from __future__ import annotations

from collections.abc import Sequence

ROUND = 6
"""Proposals of a round.  Not a share of all trials: a training with more of them goes the same way further."""
_ERRORS = 3.0
_LAG, _LAG_LARGE = 0.1, 0.05


def shares(standing: Sequence[int], left: int) -> dict[int, int]:
    """Candidate -> how many proposals of the next round it gets; ``standing`` has the candidates, best first.

    Shares fall with the place as 1, 1/2, 1/3 ..., rounded down; what is left over goes to the best ones.

    >>> shares([2, 0, 1], left=20)
    {2: 4, 0: 1, 1: 1}
    """
    count = min(left, max(ROUND, len(standing)))
    whole = sum(1 / place for place in range(1, len(standing) + 1))
    least = [max(int(count / whole / place), 1) for place in range(1, len(standing) + 1)]
    given = dict[int, int]()
    for candidate, share in zip(standing, least, strict=True):
        given[candidate] = min(share, count - sum(given.values()))
    if standing:
        given[standing[0]] += count - sum(given.values())
    return {candidate: share for candidate, share in given.items() if share}


def is_weak(lag: float, error: float, lead: float, *, large: bool = False) -> bool:
    """Whether a candidate whose best trial lies ``lag`` behind the best of all will hardly win with other settings.

    So if the lag is beyond chance, three of its standard ``error``s, and beyond what settings bring as a rule, a tenth
    of the ``lead`` of the best over the plainest baseline; half of that where the table is ``large``, as to find such
    settings takes long there.

    >>> is_weak(0.07, error=0.01, lead=0.28), is_weak(0.02, error=0.001, lead=0.28)
    (True, False)
    """
    return lag > _ERRORS * error and lag > (_LAG_LARGE if large else _LAG) * lead
