"""What the side of a row depends on, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

from ratchet.arrays import Hashes, Ints, Ints32
from ratchet.data.split.sides import Sides


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitRows:
    """What the side of a row depends on, each (rows,).

    ``ids`` the hashes of the features; ``labels`` class indices; ``groups`` hashes of the group column; ``times``
    microseconds since 1970, `ratchet.data.split.time.NO_TIME` where missing; ``named`` the sides that a split column
    names.
    """

    ids: Hashes
    labels: Ints32
    groups: Hashes | None = None
    times: Ints | None = None
    named: Sides | None = None

    def __len__(self) -> int:
        return len(self.ids)
