"""The Schema: the columns a classifier reads, and the classes it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ratchet.kinds.kind import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """Column names with their kinds in a fixed order, the label column, and the classes found in it.

    ``classes`` is sorted and frozen per dataset version; ``names`` maps a class to the name people read.
    """

    columns: Mapping[str, Kind]
    label: str
    classes: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def features(self) -> dict[str, Kind]:
        """The columns a model sees."""
        return {name: kind for name, kind in self.columns.items() if kind.is_feature}
