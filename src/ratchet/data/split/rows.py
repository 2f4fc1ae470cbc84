"""What the side of a row depends on, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ratchet.arrays import Bools, Hashes, Ints, Ints32
from ratchet.data.split.sides import Sides


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitRows:
    """What the side of a row depends on, each (rows,).

    ``ids`` the hashes of the features; ``labels`` class indices; ``alike`` what near-duplicates share (a row like no
    other, its id); ``groups`` hashes of the group column, ``alike`` where a row has none; ``times`` microseconds since
    1970, `ratchet.data.split.time.NO_TIME` where missing; ``named`` the sides that a split column names; ``chosen``
    rows came because of what was answered, not by lot, and are never held out.
    """

    ids: Hashes
    labels: Ints32
    alike: Hashes
    chosen: Bools
    groups: Hashes | None = None
    times: Ints | None = None
    named: Sides | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, count: int) -> SplitRows:
        """The first rows."""
        every: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        first: dict[str, Any] = {name: None if values is None else values[:count] for name, values in every.items()}
        return SplitRows(**first)

    @property
    def units(self) -> Hashes:
        """What stands or falls together: the group where rows have one, else the near-duplicates."""
        return self.alike if self.groups is None else self.groups
